"""The loss is the lecture's formula, and errors say per what they are."""

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import Calculator
from ase.calculators.emt import EMT
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms

from lecture8.fitting import Loss, errors
from lecture8.frames import label
from lecture8.potentials import LennardJones

# Two frames, of 2 and 3 atoms: a mistake in 1/(3N) cannot hide behind equal sizes.
FRAME_OF_ATOM = np.array([0, 0, 1, 1, 1])
SIZES = np.array([2, 3])


def batch(rng):
    return {"energy": rng.normal(size=2), "forces": rng.normal(size=(5, 3))}  # model minus label


def by_hand(errors, energy, forces, per_frame=lambda N: 1 / (3 * N)):
    """The slide's formula, frame by frame."""
    total = 0.0
    for frame, N in enumerate(SIZES):
        total += (errors["energy"][frame] / (N * energy)) ** 2
        squares = 0.0
        for atom in np.flatnonzero(frame == FRAME_OF_ATOM):
            squares += np.sum((errors["forces"][atom] / forces) ** 2)
        total += per_frame(N) * squares
    return total / len(SIZES)


def test_the_loss_is_the_formula_of_the_slide():
    errors = batch(np.random.default_rng(0))
    value = Loss(energy=0.3, forces=2.0)(
        **errors, frame_of_atom=FRAME_OF_ATOM, atoms_per_frame=SIZES
    )
    # Sums of ten numbers of order one, in two orders.
    assert value == pytest.approx(by_hand(errors, 0.3, 2.0), rel=1e-12)
    # The twin with 1/N for 1/(3N) must be told apart.
    assert value != pytest.approx(by_hand(errors, 0.3, 2.0, lambda N: 1 / N), rel=1e-2)


def test_an_error_of_its_tolerance_counts_as_one():
    loss = Loss(energy=0.01, forces=0.05, stress=0.004)
    where = {"frame_of_atom": FRAME_OF_ATOM, "atoms_per_frame": SIZES}
    nothing = {"energy": np.zeros(2), "forces": np.zeros((5, 3))}
    stress = np.full((1, 3, 3), 0.004)
    for one in (
        nothing | {"energy": 0.01 * SIZES},
        nothing | {"forces": np.full((5, 3), 0.05)},
        nothing | {"stress": stress},
    ):
        assert loss(**one, **where) == pytest.approx(1.0, rel=1e-12)  # rounding
    assert loss(**nothing, **where, stress=stress[:0]) == 0  # no frame whose stress is known


def test_torch_gives_what_numpy_gives():
    errors = batch(np.random.default_rng(1))
    tensors = {name: torch.tensor(value) for name, value in errors.items()}
    ours = Loss()(**errors, frame_of_atom=FRAME_OF_ATOM, atoms_per_frame=SIZES)
    theirs = Loss()(
        **tensors,
        frame_of_atom=torch.tensor(FRAME_OF_ATOM),
        atoms_per_frame=torch.tensor(SIZES),
    )
    assert float(theirs) == pytest.approx(float(ours), rel=1e-12)  # the same sums


@pytest.mark.parametrize("value", [0, -1, np.nan, "1", None])
@pytest.mark.parametrize("name", ["energy", "forces", "stress"])
def test_a_tolerance_that_is_none_is_refused(name, value):
    with pytest.raises(ValueError, match=f"{name} is {value!r}, but is the error that counts as"):
        Loss(**{name: value})


def test_a_loss_of_nothing_is_refused():
    with pytest.raises(ValueError, match="nothing is left to fit to"):
        Loss(energy=np.inf, forces=np.inf)


def frame(symbols, energy, forces):
    atoms = Atoms(symbols, positions=np.arange(3.0 * len(forces)).reshape(-1, 3))
    atoms.calc = SinglePointCalculator(atoms, energy=energy, forces=np.array(forces))
    return atoms


class Constant:
    """Says 1 eV and no force whatever it is asked."""

    def predict(self, frames):
        return np.ones(len(frames)), [np.zeros((len(atoms), 3)) for atoms in frames]


def test_errors_keep_total_and_per_atom_apart():
    frames = [
        frame("H2", 1.2, [[0.1, 0, 0], [0, 0.1, 0]]),
        frame("CH3", 0.6, [[0, 0, 0.6], [0, 0, 0], [0, 0, 0], [0, 0, 0]]),
    ]
    found = errors(frames, Constant())
    # By hand, to rounding: |1 - 1.2| = 200 meV over 2 atoms, |1 - 0.6| = 400 meV over 4.
    assert found.energy_mae == pytest.approx(300)
    assert found.energy_mae_per_atom == pytest.approx((100 + 100) / 2)
    assert found.energy_rmse == pytest.approx(np.sqrt((200**2 + 400**2) / 2))
    # 18 components: two of 100 and one of 600 meV/Å.
    assert found.force_mae == pytest.approx(800 / 18)
    assert found.force_rmse == pytest.approx(np.sqrt((2 * 100**2 + 600**2) / 18))
    assert found.by_element["C"] == pytest.approx(600 / 3)
    assert found.by_element["H"] == pytest.approx(200 / 15)
    assert "meV/atom" in str(found)
    assert "meV/Å" in str(found)


def test_the_slope_of_forces_tells_a_soft_potential():
    atoms = Atoms("Cu2Ag", [[0, 0, 0], [2.5, 0, 0], [0, 2.6, 0]])
    (labelled,) = label([atoms], EMT())
    assert errors([labelled], EMT()).force_slope("Cu") == pytest.approx(1)
    copper = (atoms.symbols == "Cu")[:, None]
    twice = np.where(copper, 2, 4) * labelled.get_forces()
    labelled.calc = SinglePointCalculator(labelled, energy=0.0, forces=twice)
    found = errors([labelled], EMT())
    assert found.force_slope("Cu") == pytest.approx(1 / 2)
    assert found.force_slope("Ag") == pytest.approx(1 / 4)
    with pytest.raises(ValueError, match="no labelled force on 'Li'; the frames have Ag, Cu"):
        found.force_slope("Li")


def test_each_frame_is_asked_once_for_energy_forces_and_stress():
    class Counting(LennardJones):
        calls = 0

        def evaluate(self, atoms):
            self.calls += 1
            return super().evaluate(atoms)

    argon = {"epsilon": 0.0104, "sigma": 3.4, "cutoff": 2.5}
    frames = label([bulk("Ar", a=5.3, cubic=True) * n for n in (1, 2)], LennardJones(**argon))
    counting = Counting(**argon)
    assert errors(frames, counting).stress_mae == pytest.approx(0)
    assert counting.calls == len(frames)


def test_errors_of_nothing_and_of_unlabelled_frames_are_refused():
    with pytest.raises(ValueError, match="no frames"):
        errors([], Constant())
    with pytest.raises(ValueError, match="frame 1 of the frames carries no"):
        errors([frame("H2", 0, [[0, 0, 0], [0, 0, 0]]), Atoms("H")], Constant())


class Crystal(Calculator):
    """Says 1 eV, no force, and a stress of 0.01 eV/Å3 along x."""

    implemented_properties = ("energy", "forces", "stress")

    def calculate(self, atoms, properties, system_changes):
        stress = np.array([0.01, 0, 0, 0, 0, 0])
        self.results = {"energy": 1.0, "forces": np.zeros((len(atoms), 3)), "stress": stress}


def with_stress(pbc, stress):
    atoms = frame("H2", 1.0, [[0, 0, 0], [0, 0, 0]])
    atoms.set_cell([9, 9, 9])
    atoms.pbc = pbc
    labels = dict(atoms.calc.results, **({} if stress is None else {"stress": stress}))
    atoms.calc = SinglePointCalculator(atoms, **labels)
    return atoms


def test_errors_report_the_stress_in_GPa_where_both_have_one():
    frames = [
        with_stress(True, [0.01, 0.03, 0, 0, 0, 0]),
        with_stress(True, None),
        with_stress([True, True, False], np.ones(6)),  # a slab has no stress that one could compare
    ]
    found = errors(frames, Crystal())
    # By hand: one of six components is 0.03 eV/Å3 off, and 1 eV/Å3 is 160.2177 GPa.
    assert found.stress_mae == pytest.approx(0.03 / 6 * 160.2177, rel=1e-6)
    assert found.stress_rmse == pytest.approx(0.03 / np.sqrt(6) * 160.2177, rel=1e-6)
    assert "stress MAE 0.801 GPa" in str(found)
    for none in (errors(frames, Constant()), errors(frames[1:], Crystal())):
        assert none.stress_mae is none.stress_rmse is None
        assert "stress" not in str(none)


def test_errors_are_of_the_whole_force(copper):
    """Also where an atom of the frame is held fixed, and a potential asks the frame itself."""
    (labelled,) = label([copper], EMT())
    labelled.set_constraint(FixAtoms([0]))
    assert errors([labelled], EMT()).force_mae == 0


def test_errors_refuse_labels_that_are_no_numbers_or_of_other_positions():
    for value in (True, "-3 eV", np.nan):
        bad = frame("H2", 0.0, [[0, 0, 0], [0, 0, 0]])
        bad.calc.results["energy"] = value
        with pytest.raises(ValueError, match=r"frame 0 of the frames .*energy"):
            errors([bad], Constant())
    moved = frame("H2", 0.0, [[0, 0, 0], [0, 0, 0]])
    moved.positions += 0.1
    with pytest.raises(ValueError, match="was changed after it was labelled"):
        errors([moved], Constant())
