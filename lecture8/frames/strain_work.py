"""The work of a changing cell: what energies of frames in different cells say of their stress."""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from scipy.spatial import cKDTree

from lecture8.frames.copies import group_by


@dataclass(frozen=True, eq=False)
class StrainWork:
    """Pairs of similar frames a, b in different cells.

    Parameters
    ----------
    first, second : integer array (P,)
    strains : tuple of two arrays (P, 6)
        Of the cell of a, and of b, from a to b: xx, yy, zz, and twice yz, xz, xy.
    work : array (P,)
        E_b - E_a, less the work of the forces, eV.
    error : array (P,)
        How far that may be off, eV.
    """

    first: np.ndarray
    second: np.ndarray
    strains: tuple[np.ndarray, np.ndarray]
    work: np.ndarray
    error: np.ndarray
    share = 0.1

    @property
    def basis(self) -> str:
        """What it rests on."""
        return f"{len(self.work)} pairs of similar frames"

    @property
    def doubt(self) -> float:
        """The least correlation that so few pairs do not have by chance: t = 4."""
        return max(0.7, np.sqrt(16 / (16 + len(self.work) - 1)))

    def compare(self, strain_energy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the work (P,) and what V sigma (B, 6) makes of it, over the error of each pair."""
        a, b = self.strains
        theirs = np.sum(strain_energy[self.first] * a + strain_energy[self.second] * b, axis=1) / 2
        return self.work / self.error, theirs / self.error


def work_of_strain(frames: list[Atoms]) -> StrainWork | None:
    """Return pairs of similar frames in different cells, or None if there are fewer than five.

    E_b - E_a = (V_a sigma_a + V_b sigma_b)/2 : strain - (F_a + F_b)/2 . dr + O(3), where dr is the
    move within the cell.
    """
    pairs = [
        pair
        for members in group_by(frames, lambda a: (tuple(a.numbers), tuple(a.pbc))).values()
        for pair in _pairs([frames[i] for i in members], np.array(members))
    ]
    if len(pairs) < 5:
        return None
    first, second, strain_a, strain_b, work, error = map(np.array, zip(*pairs, strict=True))
    # A pair that is 1000 times as exact as the others is worth no more than ten of them.
    error = np.maximum(error, 0.1 * np.median(error))
    return StrainWork(first, second, (strain_a, strain_b), work, error)


def _pairs(frames: list[Atoms], index: np.ndarray):
    """Yield first, second, strains, work and error of frames and the nearest in another cell."""
    cells = np.array([atoms.cell.array for atoms in frames])  # (B, 3, 3)
    if len(frames) < 2 or np.ptp(cells, axis=0).max() < 1e-6:
        return
    fractions = np.array([a.positions @ np.linalg.inv(a.cell.array) for a in frames])  # (B, N, 3)
    within = (fractions @ cells.mean(0)).reshape(len(frames), -1) / np.sqrt(len(frames[0]))
    reduced = (cells @ np.linalg.inv(cells.mean(0))).reshape(len(frames), 9)
    # Strains of 0.1 count as much as 0.3 Å.
    _, near = cKDTree(np.hstack([within, 3 * reduced])).query(
        np.hstack([within, 3 * reduced]), k=range(2, min(len(frames), 6) + 1)
    )
    done = set()
    for a in range(len(frames)):
        other = [b for b in near[a] if np.abs(reduced[a] - reduced[b]).max() > 1e-4]
        if not other or (pair := tuple(sorted((a, other[0])))) in done:
            continue
        done.add(pair)
        a, b = pair
        far = np.linalg.norm(within[a] - within[b])
        if far < 0.3 and np.linalg.norm(reduced[a] - reduced[b]) < 0.15:
            change = cells[b] - cells[a]
            moved = fractions[b] - fractions[a]
            of_a, of_b = frames[a].calc.results, frames[b].calc.results
            along_a = np.sum(of_a["forces"] * (moved @ cells[a]))
            along_b = np.sum(of_b["forces"] * (moved @ cells[b]))
            work = of_b["energy"] - of_a["energy"] + (along_a + along_b) / 2
            error = 0.1 * abs(along_b - along_a) + 1e-3
            strains = [_voigt(np.linalg.solve(cell, change)) for cell in (cells[a], cells[b])]
            yield index[a], index[b], *strains, work, error


def _voigt(gradient: np.ndarray) -> np.ndarray:
    """Return xx, yy, zz, 2 yz, 2 xz, 2 xy of the symmetric part."""
    strain = (gradient + gradient.T) / 2
    return np.array([*np.diag(strain), 2 * strain[1, 2], 2 * strain[0, 2], 2 * strain[0, 1]])
