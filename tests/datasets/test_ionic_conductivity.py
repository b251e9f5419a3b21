"""The runs are whole, and say what they are."""

import numpy as np
import pytest

from lecture8.datasets import (
    nagp_framework,
    nagp_runs,
    pupil_framework,
    pupil_runs,
    teacher_frames,
    teacher_runs,
)
from lecture8.foundation_models import load
from lecture8.ionic_conductivity import diffusion_coefficient
from lecture8.structures import lgps, nagp

CASES = [(T, 50) for T in (600, 800, 1000)]
CASES += [(T, 100) for T in (500, 600, 700, 800, 900, 1000)]


TEACHER = {600: 2, 800: 3, 1000: 3}  # runs


@pytest.mark.parametrize(("temperature_K", "number"), TEACHER.items())
def test_the_teachers_runs(temperature_K, number):
    runs = teacher_runs(temperature_K)
    assert runs.positions.shape == (number, 500, 50, 3)
    assert runs.times[1] == pytest.approx(0.04)
    start = runs.positions[:, 0] - lgps().positions
    framework = runs.symbols != "Li"
    # Two ps after the crystal, the framework is where it was, but for heat and a wandering cell.
    start -= start[:, framework].mean(axis=1, keepdims=True)
    assert np.sqrt(np.mean(start[:, framework] ** 2)) < 0.8  # Å
    for seed in range(number):
        assert not np.allclose(runs.positions[seed], runs.positions[seed - 1], atol=0.1)


def test_the_teachers_frames_carry_its_labels():
    frames = teacher_frames()
    runs = {(a.info["temperature_K"], a.info["seed"]) for a in frames}
    assert runs == {(T, seed) for T, number in TEACHER.items() for seed in range(number)}
    assert len(frames) == 240
    atoms = frames[77]
    teacher, bare = load("chgnet"), atoms.copy()
    # Positions are stored to 1e-8 Å; CHGNet computes in single precision.
    assert teacher.get_potential_energy(bare) == pytest.approx(
        atoms.get_potential_energy(), abs=1e-3
    )
    np.testing.assert_allclose(teacher.get_forces(bare), atoms.get_forces(), atol=1e-3)


@pytest.mark.parametrize(("temperature_K", "atoms"), CASES)
def test_the_pupils_runs(temperature_K, atoms):
    runs = pupil_runs(temperature_K, atoms)
    assert runs.positions.shape == (10, 101, 2 * atoms // 5, 3)
    assert set(runs.symbols) == {"Li"}
    assert runs.times[-1] == 100
    # The kinetic energy of N atoms scatters by sqrt(2 / 3N) from frame to frame. Ten times 101 are
    # a ps apart, as long as the bath takes: not quite independent, hence five standard errors.
    error = temperature_K * np.sqrt(2 / (3 * atoms) / 1010)
    assert abs(runs.kinetic_temperatures_K.mean() - temperature_K) < 5 * error
    assert np.all(np.isfinite(runs.positions))


def share_of_lithium(temperature_K, symbol):
    """Return how fast a framework element diffuses in the second half of the lags, beside Li."""
    ions, curve = pupil_runs(temperature_K), pupil_framework(temperature_K)[symbol]
    assert curve.shape == (51,)
    d = diffusion_coefficient(ions.positions, ions.times).value
    return (curve[50] - curve[25]) / (6 * d * 25)


@pytest.mark.parametrize("symbol", ["P", "Ge"])
def test_the_framework_stays_up_to_900_K_and_not_at_1000_K(symbol):
    for temperature_K in (500, 600, 700, 800, 900):
        assert share_of_lithium(temperature_K, symbol) < 0.01
    assert share_of_lithium(1000, symbol) > 0.01


def test_sulphur_turns_with_its_tetrahedra_but_stays():
    """A tetrahedron's S can go no further than to another of its corners, 3.4 Å or 11.6 Å2."""
    for temperature_K in (500, 600, 700, 800, 900):
        assert pupil_framework(temperature_K)["S"][50] < 11.6


HOMEWORK = {900: 400, 1000: 400, 1100: 100, 1200: 100}  # K: ps


@pytest.mark.parametrize(("temperature_K", "picoseconds"), HOMEWORK.items())
def test_the_homeworks_runs(temperature_K, picoseconds):
    runs = nagp_runs(temperature_K)
    assert runs.positions.shape == (8, 2 * picoseconds + 1, 6, 3)
    assert set(runs.symbols) == {"Na"}
    assert runs.times[-1] == picoseconds
    assert np.linalg.det(runs.cell) == pytest.approx(nagp().get_volume())
    # P-O bonds swing fast beside a step of 2 fs: BAOAB's positions are at the bath's temperature,
    # its velocities some per cent below it.
    assert runs.kinetic_temperatures_K.mean() == pytest.approx(temperature_K, rel=0.03)
    assert nagp_framework(temperature_K)["O"].max() < 2.5  # Å2, to another corner it is 2.5 Å


def test_sodium_moves_in_the_homeworks_runs_and_the_framework_does_not():
    d = []
    for temperature_K in HOMEWORK:
        runs = nagp_runs(temperature_K)
        # Without a window it looks for one, and refuses runs that have none.
        d.append(diffusion_coefficient(runs.positions, runs.times).value)
    assert d[-1] > 1.3 * d[0]  # with errors of a fifth, neighbours may change places
    for temperature_K, value in zip(HOMEWORK, d, strict=True):
        for symbol in ("Al", "Ge", "P"):
            curve = nagp_framework(temperature_K)[symbol]
            assert (curve[100] - curve[50]) / (6 * value * 25) < 0.01


def test_runs_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match=r"no run '700K'; it has 1000K, 600K, 800K"):
        teacher_runs(700)
    with pytest.raises(ValueError, match="no runs of 400 atoms; choose 50 or 100"):
        pupil_runs(800, atoms=400)
    with pytest.raises(ValueError, match=r"no run '950K_100'; it has 1000K_100, 1000K_50, .*800K"):
        pupil_runs(950)
