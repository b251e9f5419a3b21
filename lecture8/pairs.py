"""Who is near whom: the pairs that every potential with a cutoff sums over."""

import numpy as np
from ase import Atoms
from ase.geometry import complete_cell
from matscipy.neighbours import neighbour_list

from lecture8.arguments import check_positive
from lecture8.finite import FLAT, check_cell, spanned

MOST = 1e9  # pairs; 40 GB


def pairs_within(atoms: Atoms, cutoff: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return centre (P,), neighbour (P,) and shift (P, 3), in Å, of all pairs within `cutoff`.

    Raises
    ------
    ValueError
        If the cutoff is not a positive number or has room for more pairs than memory, a position is
        no number, or the cell has no volume where it is periodic.
    """
    check_positive("cutoff", cutoff, ", in Å")
    _check_listable(atoms, cutoff)
    cell = cell_for_lists(atoms)
    i, j, images = neighbour_list(
        "ijS", positions=atoms.positions, cell=cell, pbc=atoms.pbc, cutoff=float(cutoff)
    )
    return i, j, images @ cell


def cell_for_lists(atoms: Atoms) -> np.ndarray:
    """Return three independent vectors (3, 3), Å: those of the cell where it is periodic.

    Lists want a cell even where there is none. Along an open direction any vector will do, since
    its pbc is False.
    """
    cell = complete_cell(atoms.cell)
    if not abs(np.linalg.det(cell)) > FLAT * np.prod(np.linalg.norm(cell, axis=1)):
        cell = complete_cell(np.where(atoms.pbc[:, None], atoms.cell.array, 0.0))
    return cell


def _check_listable(atoms: Atoms, cutoff: float) -> None:
    if not np.all(np.isfinite(atoms.positions)):
        bad = int(np.argmin(np.isfinite(atoms.positions).all(axis=1)))
        raise ValueError(
            f"atom {bad} is at {atoms.positions[bad]} Å, and what is no number has no neighbours; "
            "has a run blown up before, or is the file damaged?"
        )
    check_cell(atoms)
    if not atoms.pbc.any():
        return
    periodic = atoms.cell.array[atoms.pbc]
    images = (2 * cutoff) ** len(periodic) / spanned(periodic)
    if len(atoms) ** 2 * images > MOST:
        raise ValueError(
            f"cutoff is {cutoff} Å: within it lie some {images:.1g} images of this cell of "
            f"{len(atoms)} atoms, too many for a list of pairs; shorten it"
        )


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
            self._list = pairs_within(atoms, self.cutoff + self.skin)
            self._last = atoms.copy()  # not before: a list that was refused is none
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
