"""Who is near whom: the pairs that every potential with a cutoff sums over."""

import numpy as np
from ase import Atoms
from ase.geometry import complete_cell
from matscipy.neighbours import neighbour_list


def pairs_within(atoms: Atoms, cutoff: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return centre (P,), neighbour (P,) and shift (P, 3), in Å, of all pairs within `cutoff`."""
    # matscipy wants a cell even where there is none: complete_cell gives free directions a unit
    # vector, and the list goes through them unharmed because their pbc is False.
    cell = complete_cell(atoms.cell)
    i, j, images = neighbour_list(
        "ijS", positions=atoms.positions, cell=cell, pbc=atoms.pbc, cutoff=float(cutoff)
    )
    return i, j, images @ cell


class VerletPairs:
    """Pairs within a cutoff, searched with a skin and kept while no atom has crossed half of it.

    Parameters
    ----------
    cutoff, skin : float
        Å.
    """

    def __init__(self, cutoff: float, skin: float):
        self.cutoff, self.skin = cutoff, skin
        self._last = None

    def __call__(self, atoms: Atoms) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return i (P,), j (P,) and r_ij (P, 3), Å, of all directed pairs within the cutoff."""
        if not self._still_good(atoms):
            self._last = atoms.copy()
            self._list = pairs_within(atoms, self.cutoff + self.skin)
        i, j, shift = self._list
        r_ij = atoms.positions[j] + shift - atoms.positions[i]
        near = np.einsum("pk,pk->p", r_ij, r_ij) < self.cutoff**2
        return i[near], j[near], r_ij[near]

    def _still_good(self, atoms: Atoms) -> bool:
        last = self._last
        return (
            last is not None
            and len(last) == len(atoms)
            and np.array_equal(last.cell.array, atoms.cell.array)
            and np.array_equal(last.pbc, atoms.pbc)
            and np.max(np.sum((atoms.positions - last.positions) ** 2, axis=1), initial=0.0)
            < (self.skin / 2) ** 2
        )
