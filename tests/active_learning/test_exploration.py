"""Exploration stops when in doubt, and nothing broken comes back from it."""

from functools import partial

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import CalculationFailed, Calculator, all_changes
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms

from lecture8.active_learning import explore
from lecture8.active_learning.exploration import pieces, too_close
from lecture8.reference import labelled_dynamics
from lecture8.structures import argon_box, butane


class Exploding(Calculator):
    """A repulsion of all atoms that grows with time."""

    implemented_properties = ["energy", "forces"]  # noqa: RUF012
    calls, how = 0, "apart"

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.calls += 1
        away = self.atoms.positions - self.atoms.positions.mean(axis=0)
        if self.how == "fails" and self.calls > 50:
            raise CalculationFailed("the field did not converge")
        strength = {"apart": 0.002, "together": -0.002, "fails": 0.0, "infinite": 0.0}[self.how]
        if self.how == "infinite" and self.calls > 50:
            strength = np.inf
        strength *= self.calls
        self.results = {"energy": 0.0, "forces": np.nan_to_num(strength, posinf=1e300) * away}


def by_time(frames):
    """Doubt that grows: 1 for each call."""
    by_time.calls += 1
    return np.full(len(frames), float(by_time.calls))


def run(start, potential, grader, *, seed=0, **settings):
    by_time.calls = 0
    settings = {"temperature_K": 300, "picoseconds": 0.2, "threshold": 1.0} | settings
    return explore(start, potential, grader, rng=np.random.default_rng(seed), **settings)


@pytest.mark.parametrize("how", ["apart", "together", "fails", "infinite"])
def test_an_explosion_is_never_a_candidate(how):
    potential = Exploding()
    potential.how = how
    found = run(butane(), potential, by_time, break_threshold=1e9)
    assert found.reason == "exploded"
    assert found.survived_ps < 0.2
    assert found.candidates  # those before it are kept
    for atoms in found.candidates:
        assert np.isfinite(atoms.positions).all()
        assert not too_close(atoms)
        assert pieces(atoms) == 1


def test_without_the_guard_pieces_would_be_candidates(monkeypatch):
    """The twin."""
    monkeypatch.setattr("lecture8.active_learning.exploration.pieces", lambda atoms: 1)
    found = run(butane(), Exploding(), by_time, break_threshold=1e9)
    assert max(pieces(atoms) for atoms in found.candidates) > 1


def test_it_stops_at_the_break_threshold(fitted):
    found = run(butane(), fitted, by_time, threshold=3, break_threshold=6, run="hot-1")
    assert found.reason == "threshold"
    assert [a.info["grade"] for a in found.candidates] == [4, 5, 6, 7]
    assert [a.info["time_ps"] for a in found.candidates] == [0.04, 0.05, 0.06, 0.07]
    assert {a.info["run"] for a in found.candidates} == {"hot-1"}
    assert (found.largest_grade, found.survived_ps) == (7, 0.07)
    at_once = run(butane(), fitted, by_time, threshold=3, break_threshold=3)
    assert [a.info["grade"] for a in at_once.candidates] == [4]


def test_a_run_without_doubt_finishes(fitted):
    found = run(
        butane(), fitted, lambda frames: [0.5], timestep_fs=0.5, picoseconds=0.1, grade_every_fs=5
    )
    assert found == type(found)([], 0.1, 0.5, "finished")


def test_a_grade_that_is_no_number_ends_the_run(fitted):
    found = run(butane(), fitted, lambda frames: np.full(len(frames), np.nan))
    assert (found.reason, found.candidates) == ("exploded", [])


def test_the_same_seed_finds_the_same(fitted):
    one, again, other = (run(butane(), fitted, by_time, seed=s).candidates for s in (1, 1, 2))
    np.testing.assert_array_equal(one[0].positions, again[0].positions)
    assert not np.allclose(one[0].positions, other[0].positions)


def test_a_crystal_unchanged():
    start = bulk("Cu", cubic=True) * (2, 2, 2)
    found = run(start, EMT(), by_time, picoseconds=0.12, timestep_fs=4.0, grade_every_fs=40)
    assert found.reason == "finished"
    assert [a.info["grade"] for a in found.candidates] == [2, 3]
    assert found.candidates[0].pbc.all()
    assert found.candidates[0].calc is None


def test_what_is_broken_and_what_is_not():
    assert pieces(butane()) == 1
    assert not too_close(butane())
    torn = butane()
    torn.positions[4] += 5
    assert pieces(torn) == 2
    clash = butane()
    clash.set_distance(0, 4, 0.5, fix=0)
    assert too_close(clash)
    assert pieces(argon_box()) == 108  # no bonds: none can break
    assert pieces(bulk("Cu", cubic=True)) == 1
    across = Atoms("H2", positions=[[0.1, 0, 0], [9.8, 0, 0]], cell=[10, 10, 10], pbc=True)
    assert too_close(across)
    assert pieces(across) == 1


def test_settings_that_make_no_sense_are_refused(fitted):
    bad = partial(run, butane(), fitted, by_time)
    with pytest.raises(ValueError, match="threshold is 0"):
        bad(threshold=0)
    with pytest.raises(ValueError, match="break_threshold 1"):
        bad(threshold=2, break_threshold=1)
    with pytest.raises(ValueError, match=r"grade_every_fs is 500, .* than the run of 0\.2 ps"):
        bad(grade_every_fs=500)
    with pytest.raises(ValueError, match=r"grade_every_fs is 2\.5, .*multiple of the time step, 1"):
        bad(grade_every_fs=2.5)


class Peaceful(Calculator):
    """No forces; remembers the charges it was asked about."""

    implemented_properties = ("energy", "forces")

    def __init__(self):
        super().__init__()
        self.charges = set()

    def calculate(self, atoms=None, properties=(), system_changes=()):
        super().calculate(atoms, properties, system_changes)
        self.charges.add((round(atoms.get_initial_charges().sum()), atoms.info.get("spin")))
        self.results = {"energy": 0.0, "forces": np.zeros((len(atoms), 3))}


def ion():
    """Held at one end, charged, heavy at the other, with a label and velocities from before."""
    atoms = butane()
    atoms.set_initial_charges([1.0] + [0.0] * 13)
    atoms.info = {"spin": 2, "REF_energy": -7.0, "run": "before"}
    atoms.set_velocities(np.ones((14, 3)))
    atoms.set_masses([12.0] * 4 + [2.0] * 10)
    atoms.set_constraint(FixAtoms([0, 4]))
    return atoms


def test_candidates_are_the_atoms_they_were_without_their_labels():
    found = run(ion(), Peaceful(), lambda frames: [5.0], threshold=3, picoseconds=0.02)
    for atoms in found.candidates:
        assert atoms.get_initial_charges().sum() == 1
        np.testing.assert_array_equal(atoms.get_masses(), ion().get_masses())
        assert atoms.info["spin"] == 2
        assert "REF_energy" not in atoms.info
        assert not atoms.has("momenta")
        np.testing.assert_array_equal(atoms.positions[[0, 4]], ion().positions[[0, 4]])
        assert np.abs(atoms.positions - ion().positions)[1:4].min() > 0
    assert len(found.candidates) == 2
    assert hash(found) == hash(found)


def test_labels_are_of_the_charge_that_the_run_had():
    potential = Peaceful()
    how = {"temperature_K": 300, "picoseconds": 0.002, "record_every_fs": 1, "equilibrate_ps": 0}
    frames = labelled_dynamics(ion(), potential, **how, rng=np.random.default_rng(0))
    assert potential.charges == {(1, 2)}
    assert [atoms.info["time_ps"] for atoms in frames] == [0.001, 0.002]
    for atoms in frames:
        np.testing.assert_array_equal(atoms.positions[[0, 4]], ion().positions[[0, 4]])
