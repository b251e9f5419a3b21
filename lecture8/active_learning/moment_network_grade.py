"""The extrapolation grade of a moment network: D-optimality of its last layer."""

import numpy as np
from ase import Atoms

from lecture8.active_learning.grades import Grader
from lecture8.active_learning.maxvol import maxvol
from lecture8.active_learning.widening import widening


class ReadoutGrade(Grader):
    """gamma of a network that is linear in its last step: how far an atom is outside.

    The energy of an atom of element z is e_z + a_z.q + b_z.x, with invariants q and neurons x, so
    b(i) = (1, q, x) is for the last layer what a row of `ExtrapolationGrade` is for a linear
    potential: with the **active set** A of its element, gamma(i) = max_k |c_k|, b(i) = c A.

    Neurons are bounded and would hide an atom that is far out; the invariants are not, and show it.

    Parameters
    ----------
    potential : MomentNetworkPotential
    frames : list of Atoms
        What it was fitted to; labels are not needed.
    unseen : float
        As for `ExtrapolationGrade`: each column k adds an artificial row, zeros and `unseen` times
        the largest |b_k|, so that there is an active set however few frames there are.

    Raises
    ------
    ValueError
        If there are no frames.

    Notes
    -----
    Podryabinkin, Shapeev, Comput. Mater. Sci. 140, 171 (2017), applied to the last layer alone.
    """

    def __init__(self, potential, frames: list[Atoms], *, unseen: float = 1e-3):
        if not frames:
            raise ValueError("there are no training frames; give those of the fit")
        self.potential = potential
        kinds = np.concatenate([potential.kinds(atoms) for atoms in frames])
        rows = np.concatenate([self.rows(atoms) for atoms in frames])  # (M, 1 + D + H)
        self._scale = np.abs(rows).max(axis=0)
        self._scale[self._scale == 0] = 1
        rows /= self._scale
        self._active = []  # the active set of each element
        for z in range(len(potential.species)):
            own = np.concatenate([rows[kinds == z], unseen * np.eye(rows.shape[1])])
            self._active.append(own[maxvol(own)])
        self._inverse = [np.linalg.inv(active) for active in self._active]

    def rows(self, atoms: Atoms) -> np.ndarray:
        """Return b = (1, q, x) of each atom, (N, 1 + D + H)."""
        return self.potential.rows(atoms)

    def per_atom(self, atoms: Atoms) -> np.ndarray:
        """Return gamma for each atom, shape (N,)."""
        rows, kinds = self.rows(atoms) / self._scale, self.potential.kinds(atoms)
        grades = np.empty(len(atoms))
        for z in np.unique(kinds):
            grades[kinds == z] = np.abs(rows[kinds == z] @ self._inverse[z]).max(axis=1)
        return grades

    def most_doubtful(self, frames: list[Atoms], number: int, *, above: float = 1.0) -> list[int]:
        """Return which of `frames` to add, each the most doubtful once those before it are in."""
        rows = []
        for atoms in frames:
            own, kinds = self.rows(atoms) / self._scale, self.potential.kinds(atoms)
            rows.append([own[kinds == z] for z in range(len(self._active))])
        return widening(rows, self._active, number, above)
