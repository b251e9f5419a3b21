"""Out of the periodic cell, through faces that are there, and no others."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lecture8.ionic_conductivity import mean_squared_displacement, unwrap
from lecture8.ionic_conductivity.unwrapping import remove_breathing

from .walks import TRIANGULAR, random_walk, wrap

ROUNDING = 1e-9  # Å: sums of some thousand steps in double precision


@pytest.mark.parametrize("cell", [np.diag([5.0, 9.0, 14.0]), TRIANGULAR, TRIANGULAR[::-1]])
def test_a_wrapped_walk_is_unwrapped(cell):
    true = random_walk(np.random.default_rng(0), 2000, 5, D=0.1)
    unwrapped = unwrap(wrap(true, cell), cell)
    np.testing.assert_allclose(unwrapped - unwrapped[0], true - true[0], atol=ROUNDING)
    np.testing.assert_allclose(unwrap(true, cell), true, atol=ROUNDING)


def test_a_wrapped_trajectory_has_a_bounded_mean_squared_displacement():
    # The planted bug: whoever forgets to unwrap measures the size of the cell.
    cell = np.eye(3) * 6.0
    true = random_walk(np.random.default_rng(1), 2000, 20)
    wrapped = wrap(true, cell)
    assert mean_squared_displacement(wrapped)[-1] < 3 * 6.0**2
    assert mean_squared_displacement(unwrap(wrapped, cell))[-1] > 200  # 6 D tau = 300 Å2


def test_skewed_cells_need_the_shortest_image_and_not_the_nearest_integer():
    cell = np.array([[6.0, 0.0, 0.0], [12.5, 6.0, 0.0], [0.0, 0.0, 6.0]])
    true = np.array([[[0.0, 0, 0]], [[1.2, 2.4, 0]], [[0.4, 3.2, 0]]])
    np.testing.assert_allclose(unwrap(wrap(true, cell), cell), true, atol=ROUNDING)
    step = (true[1] - true[0]) @ np.linalg.inv(cell)
    naive = (step - np.round(step)) @ cell  # the planted bug
    assert np.linalg.norm(naive) > 1.5 * np.linalg.norm(true[1])


@pytest.mark.parametrize("step", [0.45, 0.55])
def test_a_step_of_about_half_a_cell_is_refused(step):
    true = np.zeros((5, 2, 3))
    true[3:, 1, 0] = step * 10
    wrapped = wrap(true, np.eye(3) * 10)
    with pytest.raises(ValueError, match=r"atom 1 moves 0.45 .* frames 2 and 3; above 0.4"):
        unwrap(wrapped, np.eye(3) * 10)
    unwrap(wrapped, np.eye(3) * 10, limit=0.5)


def test_directions_that_are_not_periodic_stay_as_they_are():
    true = np.cumsum(np.full((20, 1, 3), 1.0), axis=0)
    cell = np.diag([5.0, 5.0, 0.0])
    wrapped = true.copy()
    wrapped[..., :2] %= 5
    np.testing.assert_allclose(unwrap(wrapped, cell, periodic=[1, 1, 0]), true - [0, 0, 0])
    np.testing.assert_array_equal(unwrap(wrapped, np.zeros((3, 3)), periodic=False), wrapped)


def test_a_changing_cell_warns_and_its_breathing_adds_no_diffusion():
    frames, far = 3000, 20
    own = np.diff(random_walk(np.random.default_rng(2), frames, 20, D=0.2), axis=0)
    breath = 1 + 0.02 * np.sin(2 * np.pi * np.arange(frames) / 50)
    cells = 8 * breath[:, None, None] * np.eye(3)
    wrapped, images = np.full((frames, 20, 3), 4.0), np.full((frames, 20, 3), float(far))
    for t in range(frames - 1):  # the barostat scales the atoms with the cell, then they step
        moved = wrapped[t] * breath[t + 1] / breath[t] + own[t]
        wrapped[t + 1] = wrap(moved, cells[t + 1])
        images[t + 1] = images[t] + np.round((moved - wrapped[t + 1]) @ np.linalg.inv(cells[t + 1]))
    with pytest.warns(UserWarning, match="the cell changes during the run, by up to 4 %"):
        unwrapped = unwrap(wrapped, cells)
    true = np.mean(own**2)
    # Breathing moves a wrapped atom by some 4 Å times 0.1 % per frame, little beside 0.2 Å.
    assert np.mean(np.diff(unwrapped, axis=0) ** 2) == pytest.approx(true, rel=0.01)
    # The planted bug: whole images, added up, breathe with the cell, the more the farther away.
    lattice = wrapped + images @ cells
    assert np.mean(np.diff(lattice, axis=0) ** 2) > 2 * true


def test_a_cell_for_each_frame_that_is_always_the_same_does_not_warn(recwarn):
    r = random_walk(np.random.default_rng(3), 50, 2, D=0.1)
    cells = np.broadcast_to(TRIANGULAR, (50, 3, 3))
    np.testing.assert_array_equal(unwrap(r, cells), unwrap(r, TRIANGULAR))
    assert not recwarn


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((np.zeros((4, 3)), np.eye(3)), "positions have shape"),
        ((np.full((4, 1, 3), np.nan), np.eye(3)), "NaN or inf"),
        ((np.zeros((4, 1, 3)), np.eye(2)), "the cell has shape"),
        ((np.zeros((4, 1, 3)), np.zeros((3, 3))), "span no volume"),
    ],
)
def test_unwrap_says_what_does_not_fit(arguments, match):
    with pytest.raises(ValueError, match=match):
        unwrap(*arguments)
    with pytest.raises(ValueError, match=r"limit is 0\.7"):
        unwrap(np.zeros((4, 1, 3)), np.eye(3), limit=0.7)


@st.composite
def cells(draw):
    """Return a cell (3, 3), Å, of any shape and orientation."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    tilt = draw(st.floats(0, 1.5)) * rng.uniform(-1, 1, (3, 3)) * (1 - np.eye(3))
    turned = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    return rng.uniform(4, 15, 3)[:, None] * (np.eye(3) + np.tril(tilt)) @ turned


@settings(deadline=None, derandomize=True, max_examples=60)
@given(cells(), st.tuples(*[st.booleans()] * 3), st.integers(0, 2**32))
def test_any_cell_and_any_open_directions_give_the_truth_back(cell, pbc, seed):
    rng = np.random.default_rng(seed)
    true = random_walk(rng, 100, 4, D=0.05) + rng.random((1, 4, 3)) @ cell
    fractional = true @ np.linalg.inv(cell)
    wrapped = true - np.where(pbc, np.floor(fractional), 0) @ cell
    unwrapped = unwrap(wrapped, cell, periodic=pbc)
    np.testing.assert_allclose(unwrapped - unwrapped[0], true - true[0], atol=ROUNDING)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(cells(), st.integers(0, 2**32))
def test_in_a_cell_that_changes_unwrapped_positions_move_as_wrapped_ones(cell, seed):
    rng = np.random.default_rng(seed)
    breath = 1 + 0.02 * np.sin(np.arange(100))[:, None, None]
    true = random_walk(rng, 100, 4, D=0.05) + rng.integers(-9, 9, (1, 4, 3)) @ cell
    fractional = true @ np.linalg.inv(cell)
    changing = breath * cell
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the cell, which changes
        of_wrapped = unwrap((fractional % 1) @ changing, changing)
        of_unwrapped = remove_breathing(fractional @ changing, changing)
        also = unwrap(fractional @ changing, changing)  # unwrapped, but the file does not say so
    moved = of_wrapped - of_wrapped[0]
    np.testing.assert_allclose(of_unwrapped - of_unwrapped[0], moved, atol=ROUNDING)
    np.testing.assert_allclose(also - also[0], moved, atol=ROUNDING)
    # The planted bug: far from the origin, images breathe.
    images = fractional @ changing
    assert np.abs(np.diff(images, axis=0)).mean() > 1.1 * np.abs(np.diff(moved, axis=0)).mean()


@pytest.mark.parametrize(
    ("positions", "match"),
    [
        (np.where(np.arange(12).reshape(4, 1, 3) == 7, np.nan, 1.0), r"atom 0 in frame 2 is at"),
        (np.full((4, 1, 3), 1e30), r"atom 0 in frame 0 is at"),
    ],
)
def test_positions_that_are_no_places_are_named_with_their_frame(positions, match):
    with pytest.raises(ValueError, match=match):
        unwrap(positions, np.eye(3))


def test_a_cell_that_is_not_finite_is_named_with_its_frame():
    cells = np.repeat(10 * np.eye(3)[None], 4, axis=0)
    cells[2, 0, 0] = np.inf
    with pytest.raises(ValueError, match=r"the cell of frame 2 is .*inf"):
        unwrap(np.zeros((4, 1, 3)), cells)
