"""How far ions hop, and where they are."""

import numpy as np
import pytest
from scipy.stats import maxwell

from lecture8.ionic_conductivity import density_grid, non_gaussian_parameter, van_hove_self

from .walks import TRIANGULAR, hops, random_walk, wrap


def test_the_van_hove_function_of_a_walk_is_a_maxwell_distribution():
    r = random_walk(np.random.default_rng(0), 4000, 50)
    edges = np.linspace(0, 6, 31)
    centres = (edges[1:] + edges[:-1]) / 2
    found = van_hove_self(r, 10, edges)
    expected = maxwell.pdf(centres, scale=np.sqrt(2 * 0.5 * 0.1 * 10))
    np.testing.assert_allclose(found, expected, atol=0.02)  # 20,000 independent: 1 % of the peak
    assert np.sum(found * np.diff(edges)) == pytest.approx(1, abs=1e-3)
    assert np.sum(van_hove_self(r, 10, edges[:6]) * np.diff(edges[:6])) < 0.3  # cut at 1 Å


def test_hops_have_a_peak_at_their_distance_and_are_not_gaussian():
    r = hops(np.random.default_rng(1), 4000, 30, probability=0.01, distance=3.0, rattling=0.1)
    edges = np.linspace(0, 6, 61)
    found = van_hove_self(r, 5, edges)
    far = found.copy()
    far[:15] = 0
    assert edges[np.argmax(far)] == pytest.approx(3.0, abs=0.11)  # one bin
    # <r^2> = p a^2, <r^4> = p a^4: alpha is 3 / (5 p) - 1 for p = 5 x 0.01 without rattling.
    still = hops(np.random.default_rng(1), 4000, 30, probability=0.01, distance=3.0, rattling=0)
    assert non_gaussian_parameter(still, 1) == pytest.approx(3 / (5 * 0.01) - 1, rel=0.1)
    walk = random_walk(np.random.default_rng(2), 4000, 50)
    assert non_gaussian_parameter(walk, 10) == pytest.approx(0, abs=0.03)
    flight = np.arange(5)[:, None, None] * np.random.default_rng(3).standard_normal((50_000, 3))
    assert non_gaussian_parameter(flight, 1) == pytest.approx(0, abs=0.03)  # four standard errors


@pytest.mark.parametrize("cell", [np.diag([4.0, 5.0, 6.0]), TRIANGULAR])
def test_the_density_adds_up_to_the_number_of_ions_and_does_not_mind_wrapping(cell):
    r = random_walk(np.random.default_rng(3), 300, 7)
    grid = density_grid(r, cell, spacing=0.5)
    voxel = abs(np.linalg.det(cell)) / grid.size
    assert grid.sum() * voxel == pytest.approx(7)
    assert grid.shape == tuple(np.ceil(np.linalg.norm(cell, axis=1) / 0.5))
    moved = density_grid(wrap(r, cell), cell, spacing=0.5)
    assert np.abs(moved - grid).sum() * voxel < 0.01  # but for positions on a face


def test_an_ion_at_its_site_fills_the_voxel_there():
    cell = np.eye(3) * 4
    grid = density_grid(np.broadcast_to([0.5, 3.5, -0.5], (10, 1, 3)), cell, spacing=1.0)
    assert grid[0, 3, 3] == pytest.approx(1.0)  # one ion in 1 Å3
    assert np.count_nonzero(grid) == 1
    almost = np.full((2, 1, 3), -1e-18)  # wraps to 1.0, not to 0.999
    assert density_grid(almost, cell).sum() > 0


def test_what_does_not_fit_is_refused():
    r = random_walk(np.random.default_rng(4), 20, 2)
    for lag in (0, 20):
        with pytest.raises(ValueError, match="from 1 to 19"):
            van_hove_self(r, lag, [0, 1])
    with pytest.raises(ValueError, match="must rise"):
        van_hove_self(r, 1, [1, 0])
    with pytest.raises(ValueError, match="not defined"):
        non_gaussian_parameter(np.zeros((9, 1, 3)), 1)
    with pytest.raises(ValueError, match="not defined"):
        non_gaussian_parameter(r[..., :2], 1)
    with pytest.raises(ValueError, match="spans no volume"):
        density_grid(r, np.zeros((3, 3)))
    with pytest.raises(ValueError, match="spacing is 0"):
        density_grid(r, np.eye(3), spacing=0)
