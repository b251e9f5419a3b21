"""What all fitted potentials share."""

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.data import chemical_symbols


class FittedPotential(Calculator):
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
