"""PBE's frames of LGPS, SevenNet-0's pupil, and the long runs."""

import numpy as np
import pytest
from ase import units

from lecture8.datasets import (
    fitted_lgps,
    lgps_systematics,
    long_run_energies,
    long_runs,
    pbe_frames,
)
from lecture8.fitting import errors
from lecture8.ionic_conductivity import diffusion_coefficient
from lecture8.structures import lgps


@pytest.fixture(scope="module")
def frames():
    return pbe_frames()


def test_the_frames_are_whole_and_split_by_run(frames):
    assert {str(atoms.symbols) for atoms in frames} == {str(lgps().symbols)}
    test = [atoms for atoms in frames if "test" in atoms.info["run"]]
    assert len(test) == 52
    assert len(frames) == 161
    forces = np.array([atoms.get_forces() for atoms in frames])
    assert np.abs(forces.sum(axis=1)).max() < 0.031  # eV/Å; beyond 0.03 a label is refused
    # No frame twice.
    positions = np.array([atoms.positions.ravel() for atoms in frames])
    apart = np.abs(positions[:, None] - positions).max(axis=-1)
    assert apart[~np.eye(len(frames), dtype=bool)].min() > 0.1


def test_pupils_are_as_soft_as_their_teachers(frames):
    """Slopes of the teachers themselves, on the same frames: 0.62 and 0.85."""
    test = [atoms for atoms in frames if "test" in atoms.info["run"]]
    chgnet, sevennet = (errors(test, fitted_lgps(t)) for t in ("CHGNet", "SevenNet-0"))
    assert chgnet.force_slope("Li") == pytest.approx(0.62, abs=0.02)
    assert sevennet.force_slope("Li") == pytest.approx(0.86, abs=0.02)
    assert sevennet.force_rmse < 0.6 * chgnet.force_rmse


def test_the_pupil_of_pbe_is_near_to_it_and_not_soft(frames):
    """67 meV/Å and 0.986 in these frames; the course asks for 80, and 0.97 to 1.03."""
    test = [atoms for atoms in frames if "test" in atoms.info["run"]]
    found = errors(test, fitted_lgps("PBE"))
    assert found.force_rmse < 80
    assert found.force_slope("Li") == pytest.approx(1, abs=0.03)


def test_more_heat_more_potential_energy():
    """Between 600 and 700 K half of the heat of a solid: 3/2 k_B per atom, and some more."""
    cold, hot = (long_run_energies("PBE", T).mean() for T in (600, 700))
    harmonic = 50 * 1.5 * units.kB * 100
    assert 0.9 * harmonic < hot - cold < 1.5 * harmonic


def test_an_unknown_teacher_and_an_unknown_run_are_refused():
    with pytest.raises(ValueError, match="no pupil of 'MACE'; choose CHGNet, SevenNet-0, PBE"):
        fitted_lgps("MACE")
    with pytest.raises(ValueError, match=r"holds no run 'CHGNet_250K'; it has CHGNet_300K"):
        long_runs("CHGNet", 250)
    with pytest.raises(ValueError, match=r"holds no run 'PBE_250K'; it has"):
        long_run_energies("PBE", 250)


def test_the_long_runs_are_at_their_temperature():
    runs = long_runs("CHGNet", 300)
    assert len(runs) == 10
    assert runs.times[1] == 10
    assert runs.times[-1] >= 490
    assert runs.kinetic_temperatures_K.mean() == pytest.approx(300, rel=0.01)
    start = lgps()[lgps().symbols == "Li"].positions
    assert np.abs(runs.positions[:, 0] - start).max() < 15  # Å, in 30 ps


def test_what_was_changed_beside_what_it_compares_with():
    """Only the sites of germanium matter, and only in the cold (notebook 6)."""
    beside = {
        (what, T): d.value / diffusion_coefficient(long_runs("PBE", T)).value
        for (what, T), d in lgps_systematics().items()
    }
    assert beside["germanium elsewhere", 300] < 0.5 < 0.7 < beside["germanium elsewhere", 600]
    assert 0.4 < beside["germanium at random", 300] < 0.7
    for what in ("the volume of the experiment", "200 atoms"):
        assert beside[what, 400] == pytest.approx(1, abs=0.3)
