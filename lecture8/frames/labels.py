"""Labels: the energy, forces and stress of a reference potential, which a frame carries along."""

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator, CalculationFailed
from ase.calculators.singlepoint import SinglePointCalculator
from tqdm.auto import tqdm

from lecture8.frames.lists import as_list


def label(frames: list[Atoms], potential: BaseCalculator, *, progress=False) -> list[Atoms]:
    """Return copies that carry the energy, forces and, if periodic, stress of `potential`.

    ``info`` is kept and constraints are dropped: a label is the whole force. The stress needs a
    cell that is periodic in all three directions, and a potential that implements it.

    Raises
    ------
    ValueError
        If `frames` is no list of structures.
    CalculationFailed
        If the potential fails or returns NaN or inf; says at which frame.
    """
    labelled = []
    for index, atoms in enumerate(tqdm(as_list(frames), disable=not progress, unit="frame")):
        copy = atoms.copy()
        copy.set_constraint()
        try:
            results = {"energy": float(potential.get_potential_energy(copy))}
            results["forces"] = np.array(potential.get_forces(copy), float)  # (N, 3)
            if (
                copy.pbc.all()
                and copy.cell.rank == 3
                and "stress" in potential.implemented_properties
            ):
                results["stress"] = np.array(potential.get_stress(copy), float)  # (6,) Voigt
        except RuntimeError as failure:  # CalculationFailed is one
            raise CalculationFailed(
                f"the potential failed at frame {index}: {failure}; look at that structure, "
                "and leave it out if it makes no sense"
            ) from failure
        for name, value in results.items():
            if not np.all(np.isfinite(value)):
                raise CalculationFailed(
                    f"the {name} of frame {index} contains NaN or inf; "
                    "are two of its atoms too close for this potential?"
                )
        copy.calc = SinglePointCalculator(copy, **results)
        labelled.append(copy)
    return labelled


def is_number(value) -> bool:
    """Return whether `value` is one real number; True and text are none."""
    array = np.asarray(value)
    return array.shape == () and array.dtype.kind in "iuf"


def changed_since_labelled(atoms: Atoms) -> bool:
    """Return whether positions, species or cell differ from those that the labels belong to."""
    # Also finds a live calculator shared by several frames: it knows the last of them only.
    changes = atoms.calc.check_state(atoms) if atoms.calc and atoms.calc.results else []
    return not {"positions", "numbers", "cell", "pbc"}.isdisjoint(changes)
