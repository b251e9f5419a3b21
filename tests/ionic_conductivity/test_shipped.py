"""The shipped runs are whole, say what they are, and their recipes run."""

import runpy
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lecture8.datasets import (
    fitted_lgps,
    nagp_framework,
    nagp_runs,
    pupil_framework,
    pupil_runs,
    teacher_frames,
    teacher_runs,
)
from lecture8.foundation_models import load
from lecture8.ionic_conductivity import diffusion_coefficient, remove_drift
from lecture8.packed_positions import pack, unpack
from lecture8.structures import lgps, nagp

CASES = [(T, 50) for T in (600, 800, 1000)]
CASES += [(T, 100) for T in (500, 600, 700, 800, 900, 1000)]


def test_packed_positions_come_back_to_half_a_unit():
    rng = np.random.default_rng(0)
    # Far out and long steps: 300 Å fit, and rounding errors do not add up along the run.
    positions = np.cumsum(rng.normal(scale=3, size=(2, 4000, 3, 3)), axis=1) + 300
    packed = pack(positions, 0.01)
    assert packed.dtype == np.int16
    # Half a unit, and the seven digits of float32 at 1000 Å.
    assert np.abs(unpack(packed, 0.01) - positions).max() < 0.005 + 1e-4


@pytest.mark.parametrize(("value", "what"), [(400.0, "400 Å does not fit, 328 Å"), (np.nan, "nan")])
def test_what_does_not_fit_is_refused(value, what):
    positions = np.zeros((1, 5, 2, 3))
    positions[0, 3, 1, 2] = value
    with pytest.raises(ValueError, match=what):
        pack(positions, 0.01)


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


# The recipes --------------------------------------------------------------------------------------


def test_the_recipe_of_the_teacher_goes_on_where_it_stopped_and_packs(tmp_path, monkeypatch):
    recipe = runpy.run_path("recipes/lgps_teacher.py")
    for name, value in {
        "TIMESTEP_FS": 10.0,  # 100 steps of a cold crystal
        "EQUILIBRATE_PS": 1,
        "FRAMES": 2,
        "load": lambda name: fitted_lgps(),
    }.items():
        monkeypatch.setitem(recipe["run"].__globals__, name, value)
    for picoseconds in (1, 2):
        monkeypatch.setitem(recipe["run"].__globals__, "PICOSECONDS", picoseconds)
        recipe["run"](tmp_path, 1, 0)
        kept = np.load(tmp_path / "lgps_teacher_1K_0.npz")
        assert len(kept["positions_mA"]) == 10 * picoseconds
        assert int(kept["ps"]) == 1 + picoseconds
    recipe["pack_runs"](tmp_path, tmp_path)
    packed = np.load(tmp_path / "lgps_teacher.npz")
    assert packed["positions_1K"].shape == (1, 10, 50, 3)
    assert packed["interval_ps"] == pytest.approx(0.2)
    assert (tmp_path / "lgps_teacher_frames.xyz.gz").exists()
    assert not list(tmp_path.glob("*partial*"))


def test_the_recipe_of_the_runs_makes_what_is_shipped(monkeypatch):
    recipe = runpy.run_path("recipes/lgps_runs.py")
    settings = recipe["case"].__globals__
    monkeypatch.setitem(settings, "REPLICAS", 2)
    monkeypatch.setitem(settings, "PICOSECONDS", 3)
    with ThreadPoolExecutor(1) as executor:
        made = recipe["case"](800, 50, executor)
    assert made["positions_800K_50"].shape == (2, 4, 20, 3)
    assert made["framework_800K_50"].shape == (3, 3)
    ions = unpack(made["positions_800K_50"], settings["UNIT"])
    crystal = lgps()
    moved = ions[:, 0] - crystal.positions[crystal.numbers == 3]
    assert 0.1 < np.sqrt(np.mean(moved**2)) < 3.0  # Å: it has moved, and has not flown away
    assert np.abs(remove_drift(ions[0], [0])).max() < 100
