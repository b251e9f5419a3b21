"""The loss is the lecture's formula, and errors say per what they are."""

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.calculators.emt import EMT
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms

from lecture8.fitting import Loss, errors
from lecture8.frames import label

# Two frames, of 2 and 3 atoms: a mistake in 1/(3N) cannot hide behind equal sizes.
FRAME_OF_ATOM = np.array([0, 0, 1, 1, 1])
SIZES = np.array([2, 3])


def batch(rng):
    return {
        "energy": rng.normal(size=2),
        "energy_label": rng.normal(size=2),
        "forces": rng.normal(size=(5, 3)),
        "forces_label": rng.normal(size=(5, 3)),
    }


def by_hand(values, lambda_E, lambda_F, per_frame=lambda N: 1 / (3 * N)):
    """The slide's formula, frame by frame."""
    total = 0.0
    for frame, N in enumerate(SIZES):
        total += lambda_E * (values["energy"][frame] - values["energy_label"][frame]) ** 2
        squares = 0.0
        for atom in np.flatnonzero(frame == FRAME_OF_ATOM):
            squares += np.sum((values["forces"][atom] - values["forces_label"][atom]) ** 2)
        total += lambda_F * per_frame(N) * squares
    return total / len(SIZES)


def test_the_loss_is_the_formula_of_the_slide():
    values = batch(np.random.default_rng(0))
    found = Loss(energy=0.3, forces=2.0)(
        **values, frame_of_atom=FRAME_OF_ATOM, atoms_per_frame=SIZES
    )
    # Sums of ten numbers of order one, in two orders.
    assert found == pytest.approx(by_hand(values, 0.3, 2.0), rel=1e-12)
    # The twin with 1/N for 1/(3N) must be told apart.
    assert found != pytest.approx(by_hand(values, 0.3, 2.0, lambda N: 1 / N), rel=1e-2)


def test_torch_gives_what_numpy_gives():
    values = batch(np.random.default_rng(1))
    tensors = {name: torch.tensor(value) for name, value in values.items()}
    ours = Loss()(**values, frame_of_atom=FRAME_OF_ATOM, atoms_per_frame=SIZES)
    theirs = Loss()(
        **tensors,
        frame_of_atom=torch.tensor(FRAME_OF_ATOM),
        atoms_per_frame=torch.tensor(SIZES),
    )
    assert float(theirs) == pytest.approx(float(ours), rel=1e-12)  # the same sums


@pytest.mark.parametrize(("energy", "forces"), [(0, 0), (-1, 1), (1, np.nan), (np.inf, 1)])
def test_weights_that_make_no_loss_are_refused(energy, forces):
    with pytest.raises(ValueError, match="loss weights"):
        Loss(energy=energy, forces=forces)


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


def test_errors_of_nothing_and_of_unlabelled_frames_are_refused():
    with pytest.raises(ValueError, match="no frames"):
        errors([], Constant())
    with pytest.raises(ValueError, match="frame 1 of the frames carries no"):
        errors([frame("H2", 0, [[0, 0, 0], [0, 0, 0]]), Atoms("H")], Constant())


class Crystal(Constant):
    """Says a stress of 0.01 eV/Å3 along x, too."""

    implemented_properties = ("energy", "forces", "stress")

    def get_stress(self, atoms):
        return np.array([0.01, 0, 0, 0, 0, 0])


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
