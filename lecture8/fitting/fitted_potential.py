"""What all fitted potentials share."""

import numpy as np
from ase import Atoms
from ase.calculators.calculator import CalculationFailed, all_changes
from ase.data import chemical_symbols

from lecture8.finite import check_finite
from lecture8.potential import Potential

HISTORY = ("epoch", "train", "validation")


def history_of(rows: list[tuple[int, float, float]]) -> dict[str, list[float]]:
    """Return the losses of a fit by name from its rows, one an epoch."""
    return {name: [row[k] for row in rows] for k, name in enumerate(HISTORY)}


def nothing_fitted(epochs: int, loss: float, learning_rate: float | None = None) -> ValueError:
    """Return the error of a fit that ended with a validation loss that is no number."""
    remedy = (
        "two atoms of a frame may sit on the same spot, or the weights of the loss be too large"
        if learning_rate is None
        else f"take a learning_rate below {learning_rate:g}"
    )
    return ValueError(
        f"the loss on the validation frames is {loss} after {epochs} epochs, and there is no "
        f"potential to return; {remedy}"
    )


class FittedPotential(Potential):
    """A calculator that knows the elements it was trained on.

    A subclass has `species`, their atomic numbers in increasing order, `history`, the losses of its
    fit, and the methods `predict`, `save` and `load`.
    """

    species: np.ndarray
    history: dict[str, list[float]]

    @property
    def elements(self) -> list[str]:
        """Symbols of the elements that were in the training set."""
        return [chemical_symbols[z] for z in self.species]

    def check_elements(self, atoms: Atoms) -> None:
        """Raise ValueError if `atoms` holds an element that the potential has never seen."""
        unknown = sorted(set(atoms.numbers.tolist()) - {int(z) for z in self.species})
        if unknown:
            raise ValueError(
                f"{chemical_symbols[unknown[0]]} was not in the training set, which had "
                f"{', '.join(self.elements)} only; train with frames that contain it"
            )

    def check_atoms(self, atoms: Atoms) -> None:
        """Raise ValueError or CalculationFailed if the potential can make no sense of `atoms`."""
        if not isinstance(atoms, Atoms):
            raise ValueError(f"{atoms!r} is no frame; give a list of Atoms, also of one: [atoms]")
        if len(atoms) == 0:
            raise ValueError(f"{atoms!r} holds no atoms; give at least one")
        self.check_elements(atoms)
        check_finite(atoms)
        vectors = atoms.cell.array[atoms.pbc]  # (periodic directions, 3)
        if np.linalg.matrix_rank(vectors) < len(vectors):
            raise ValueError(
                f"atoms.pbc is {atoms.pbc.tolist()}, but the vectors of the cell there, "
                f"{vectors.tolist()} Å, span no volume; set atoms.cell, or atoms.pbc = False"
            )

    def check_results(self, energy: float, forces: np.ndarray) -> None:
        """Raise CalculationFailed if there is NaN or inf in what was found for finite positions."""
        if not (np.isfinite(energy) and np.all(np.isfinite(forces))):
            raise CalculationFailed(
                "energy and forces are not finite: two atoms sit on the same spot, or nearly; look "
                "at the last frames"
            )

    def check_state(self, atoms: Atoms, tol: float = 0.0) -> list[str]:
        """Return what differs from the atoms of the last results.

        ASE's own comparison, to within `tol` and with charges and magnetic moments, takes longer
        than a fast potential does.
        """
        last = self.atoms
        if last is None or len(last) != len(atoms):
            return list(all_changes)
        pairs = {
            "positions": (last.positions, atoms.positions),
            "numbers": (last.numbers, atoms.numbers),
            "cell": (last.cell.array, atoms.cell.array),
            "pbc": (last.pbc, atoms.pbc),
        }
        return [name for name, (a, b) in pairs.items() if not np.array_equal(a, b)]
