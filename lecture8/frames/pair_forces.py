"""Forces between pairs, fitted to labelled forces: what they say of the stress of the same frames.

F_i = sum_j f(r_ij) r_ij / r_ij has the virial V sigma = 1/2 sum_ij f(r_ij) r_ij r_ij / r_ij, so
whoever knows f from the forces knows how the stress changes from frame to frame. No material has
such forces alone, but they carry most of a stress's change: the correlation is 0.9 and more for
argon, copper, silicon (Tersoff), Li2S and Li10GeP2S12 (CHGNet). Its trace is left out: the energy
of an electron gas presses on the cell without a force on any atom.
"""

from dataclasses import dataclass

import numpy as np
from ase import Atoms

from lecture8.frames.copies import group_by
from lecture8.pairs import pairs_within

CUTOFF, FUNCTIONS = 6.0, 10  # Å, and how many radial functions each pair of elements has
_VOIGT = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))


@dataclass(frozen=True, eq=False)
class PairVirial:
    """What fitted pair forces say of some frames.

    Parameters
    ----------
    chosen : list of integer array
        Indices of frames that have the same atoms.
    cells : list of array
        Their cells, as rows (B, 9), Å.
    virial : list of array (B, 6)
        V sigma of the pair forces, eV.
    """

    chosen: list[np.ndarray]
    cells: list[np.ndarray]
    virial: list[np.ndarray]
    doubt, share = 0.75, 0.4

    @property
    def basis(self) -> str:
        """What it rests on."""
        return f"pair forces fitted to {sum(map(len, self.chosen))} frames"

    def compare(self, strain_energy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the changes of our V sigma and of theirs (B, 6), without trace, from the mean.

        What is linear in the cell is left out, too: it belongs to the energies.
        """
        ours, theirs = [], []
        for index, cells, virial in zip(self.chosen, self.cells, self.virial, strict=True):
            basis = _basis(cells)
            for part, values in ((ours, virial), (theirs, strain_energy[index])):
                changes = values - basis @ (basis.T @ values)
                changes[:, :3] -= changes[:, :3].mean(1, keepdims=True)
                part.append(np.sqrt([1, 1, 1, 2, 2, 2]) * changes)  # yz stands for zy, too
        return np.concatenate(ours), np.concatenate(theirs)


def virial_of_pairs(frames: list[Atoms], *, atoms: int = 2500) -> PairVirial | None:
    """Return the virial of pair forces fitted to some frames of `atoms` atoms in all.

    None if five changes are not left after the mean, or there are no forces.
    """
    groups = group_by(frames, lambda a: (tuple(a.numbers), tuple(a.pbc))).values()
    share = np.clip(atoms // sum(len(frames[g[0]]) for g in groups), 8, 40)
    groups = [
        np.array(g)[np.linspace(0, len(g) - 1, min(len(g), share)).astype(int)] for g in groups
    ]
    cells = [np.array([frames[k].cell.array.ravel() for k in g]) for g in groups]
    left = [len(g) - _basis(c).shape[1] for g, c in zip(groups, cells, strict=True)]
    kept = [k for k in range(len(groups)) if left[k] > 0]
    if sum(left[k] for k in kept) < 5:
        return None
    chosen = [groups[k] for k in kept]
    forces, virials, labels = [], [], []
    species = np.unique(np.concatenate([frames[g[0]].numbers for g in chosen]))
    for k in np.concatenate(chosen):
        f, v = _pair_functions(frames[k], species)
        forces.append(f)
        virials.append(v)
        labels.append(np.ravel(frames[k].calc.results["forces"]))
    A, F = np.concatenate(forces), np.concatenate(labels)
    size = np.sqrt(np.mean(A**2, axis=0))
    if not size.any() or np.abs(F).max() < 1e-3:  # eV/Å
        return None
    present = size > 1e-6 * size.max()
    A = A[:, present] / size[present]
    normal = A.T @ A / len(A) + 1e-3 * np.eye(A.shape[1])  # as far as the data know each function
    coefficients = np.linalg.solve(normal, A.T @ F / len(A)) / size[present]
    virial = iter([v[:, present] @ coefficients for v in virials])
    return PairVirial(
        chosen, [cells[k] for k in kept], [np.array([next(virial) for _ in g]) for g in chosen]
    )


def _pair_functions(atoms: Atoms, species: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return forces (3N, M), atoms first, and virials (6, M) of each function alone."""
    i, j, shift = pairs_within(atoms, CUTOFF)
    vectors = atoms.positions[j] + shift - atoms.positions[i]  # (P, 3)
    r = np.linalg.norm(vectors, axis=1)
    kinds = np.searchsorted(species, atoms.numbers)
    low, high = np.minimum(kinds[i], kinds[j]), np.maximum(kinds[i], kinds[j])
    centres = np.linspace(1, CUTOFF, FUNCTIONS)
    width = centres[1] - centres[0]
    values = (
        np.exp(-(((r[:, None] - centres) / width) ** 2)) * (1 - (r / CUTOFF) ** 2)[:, None] ** 2
    )
    column = (high * (high + 1) // 2 + low)[:, None] * FUNCTIONS + np.arange(FUNCTIONS)  # (P, K)
    size = len(species) * (len(species) + 1) // 2 * FUNCTIONS
    along = values[:, :, None] * (vectors / r[:, None])[:, None]  # (P, K, 3)
    row = 3 * i[:, None, None] + np.arange(3)
    place = (row * size + column[:, :, None]).ravel()
    forces = np.bincount(place, along.ravel(), 3 * len(atoms) * size).reshape(-1, size)
    virials = [
        np.bincount(column.ravel(), (along[:, :, x] * vectors[:, y, None] / 2).ravel(), size)
        for x, y in _VOIGT
    ]
    return forces, np.array(virials)


def _basis(cells: np.ndarray) -> np.ndarray:
    """Return orthonormal columns (B, k) that span a constant and what is linear in the cell."""
    changes = cells - cells.mean(0)
    u, s, _ = np.linalg.svd(np.hstack([np.ones((len(cells), 1)), changes]), full_matrices=False)
    return u[:, s > 1e-4 * max(s[0], 1)]
