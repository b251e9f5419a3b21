"""Three ways to doubt: extrapolation grade, committee, distance in descriptor space.

A **grader** is made from a potential and the frames it was fitted to. ``grader(frames)`` returns a
number for each frame, that of its most doubtful atom; ``grader.per_atom(atoms)`` all of them. No
grader asks for a label, so all run inside molecular dynamics.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator
from scipy.spatial import cKDTree

from lecture8.active_learning.maxvol import maxvol
from lecture8.active_learning.widening import widening

if TYPE_CHECKING:  # the fitting room brings motep, which workers that only label do without
    from lecture8.fitting import MomentTensor, MomentTensorPotential


class Grader:
    """Grade frames by their most doubtful atom."""

    def per_atom(self, atoms: Atoms) -> np.ndarray:
        """Return a grade for each atom, shape (N,)."""
        raise NotImplementedError

    def __call__(self, frames: list[Atoms]) -> np.ndarray:
        """Return a grade for each frame, shape (B,)."""
        return np.array([self.per_atom(atoms).max() for atoms in frames])


class ExtrapolationGrade(Grader):
    """The D-optimality grade gamma: how far an atom is outside the training set.

    b(i) = dV_i / d(parameters),   gamma(i) = max_k |c_k|  with  b(i) = c A.

    V_i is the energy of atom i, so b(i), a row of P numbers, is all that a linear fit ever sees of
    its surroundings. A are the P rows of the training set that span the largest volume (`maxvol`),
    the **active set**. gamma <= 1 on the training set; beyond 1 the energy of the atom is
    extrapolated. Common limits: select from gamma = 2, stop the run at 10.

    Derivatives by the *radial* coefficients are rows of b too, though V_i is not linear in them:
    moments and species alone are a dozen numbers summed over neighbours of all elements, and a new
    contact between two hydrogens disappears in the sum. (``radial=False`` shows it.)

    Parameters
    ----------
    potential : MomentTensorPotential
    frames : list of Atoms
        What it was fitted to; labels are not needed.
    radial : bool
    unseen : float
        Some directions no training atom has (few frames; one element only; and rescaling a radial
        function together with its moments changes no energy). Each parameter k therefore adds an
        artificial row to the training set: zeros, and `unseen` times the largest |b_k| there.
        A has an inverse then, and what goes beyond `unseen` in a new direction grades high.

    Notes
    -----
    Podryabinkin, Shapeev, Comput. Mater. Sci. 140, 171 (2017); neighbourhood mode. Radial
    coefficients as in MLIP: Novikov et al., Mach. Learn.: Sci. Technol. 2, 025002 (2021), eq. 11.
    """

    def __init__(
        self,
        potential: MomentTensorPotential,
        frames: list[Atoms],
        *,
        radial: bool = True,
        unseen: float = 1e-4,
    ):
        from lecture8.fitting import MomentTensorPotential

        if not isinstance(potential, MomentTensorPotential):
            raise ValueError(
                f"the extrapolation grade needs a moment tensor potential, not {potential!r}; "
                "a network can be graded by CommitteeGrade or DistanceGrade"
            )
        if not frames:
            raise ValueError("there are no training frames; give those of the fit")
        self.potential, self.radial = potential, radial
        rows = np.concatenate([self.rows(atoms) for atoms in frames])  # (M, P)
        scale = np.abs(rows).max(axis=0)
        scale[scale == 0] = 1
        rows = np.concatenate([rows, unseen * np.diag(scale)])
        self.active_set = rows[maxvol(rows / scale)]  # A, (P, P)
        self._scale = scale
        self._inverse = np.linalg.inv(self.active_set / scale)

    def rows(self, atoms: Atoms) -> np.ndarray:
        """Return b, the derivatives of each atom's energy: (N, P)."""
        rows, coefficients = self.potential.rows(atoms), self.potential.coefficients
        linear = len(coefficients.weights) + len(coefficients.species)
        return rows if self.radial else rows[:, :linear]

    def per_atom(self, atoms: Atoms) -> np.ndarray:
        """Return gamma for each atom, shape (N,)."""
        return np.abs(self.rows(atoms) / self._scale @ self._inverse).max(axis=1)

    def most_doubtful(self, frames: list[Atoms], number: int, *, above: float = 1.0) -> list[int]:
        """Return which of `frames` to add, each the most doubtful once those before it are in."""
        rows = [[self.rows(atoms) / self._scale] for atoms in frames]
        return widening(rows, [self.active_set / self._scale], number, above)


class CommitteeGrade(Grader):
    """Disagreement of several potentials: the standard deviation of an atom's force, eV/Å.

    sigma(i) = sqrt( 1/K sum_k |F_i^(k) - <F_i>|^2 ),   <F_i> the mean over the K members.

    Blind where all members are wrong in the same way.

    Parameters
    ----------
    potentials : list of calculators
        At least two, fitted to different frames or from different starts (`fit_committee`).

    Notes
    -----
    Query by committee: Seung, Opper, Sompolinsky, COLT 1992, p. 287.
    """

    def __init__(self, potentials: list[Calculator]):
        if len(potentials) < 2:
            raise ValueError(f"a committee of {len(potentials)} cannot disagree; give two or more")
        self.potentials = list(potentials)

    def per_atom(self, atoms: Atoms) -> np.ndarray:
        """Return sigma for each atom, shape (N,), eV/Å."""
        atoms = atoms.copy()
        forces = np.array([p.get_forces(atoms) for p in self.potentials])  # (K, N, 3)
        return np.sqrt(((forces - forces.mean(axis=0)) ** 2).sum(axis=2).mean(axis=0))


def fit_committee(
    frames: list[Atoms],
    size: int,
    *,
    fit: Callable[[list[Atoms], np.random.Generator], Calculator],
    rng: np.random.Generator,
    share: float = 0.8,
) -> list[Calculator]:
    """Return `size` potentials, each fitted from another start to another random part of `frames`.

    Parameters
    ----------
    fit : function
        Called as fit(part of the frames, rng).
    share : float
        How much of the frames each gets.
    """
    number = max(1, round(share * len(frames)))
    parts = [sorted(rng.choice(len(frames), number, replace=False)) for _ in range(size)]
    return [fit([frames[i] for i in part], rng) for part in parts]


class DistanceGrade(Grader):
    """Distance in descriptor space to the nearest training atom of the same element.

    The descriptor is the scalars of moment tensors, standardised over the training atoms; the
    distance is in units of the largest that a training atom has from its nearest. So it does not
    exceed 1 for a training atom, even one left out. It knows nothing of the potential: blind to
    which directions matter for the energy.

    Parameters
    ----------
    frames : list of Atoms
        The training set; labels are not needed.
    description : MomentTensor, optional
        Which scalars; those of level 8 if left out.
    """

    def __init__(self, frames: list[Atoms], *, description: MomentTensor | None = None):
        if not frames:
            raise ValueError("there are no training frames; give those of the fit")
        self._descriptor = _descriptor(frames, description)
        numbers = np.concatenate([atoms.numbers for atoms in frames])
        scalars = np.concatenate([self._scalars(atoms) for atoms in frames])  # (M, S)
        self._known = {}
        for z in np.unique(numbers):
            own = scalars[numbers == z]
            mean, spread = own.mean(axis=0), own.std(axis=0)
            spread[spread < 1e-9 * np.abs(mean).max()] = 1
            tree = cKDTree((own - mean) / spread)
            # The nearest is the atom itself; the second nearest is its neighbour. One atom: none.
            largest = tree.query(tree.data, k=2)[0][:, 1].max() if len(own) > 1 else 0.0
            self._known[int(z)] = mean, spread, tree, largest or 1.0

    def _scalars(self, atoms: Atoms) -> np.ndarray:
        rows = self._descriptor.rows(atoms)
        return rows[:, : len(self._descriptor.coefficients.weights)]  # (N, S)

    def per_atom(self, atoms: Atoms) -> np.ndarray:
        """Return the scaled distance for each atom, shape (N,)."""
        scalars, grades = self._scalars(atoms), np.empty(len(atoms))
        for z in np.unique(atoms.numbers):
            here = atoms.numbers == z
            mean, spread, tree, largest = self._known[int(z)]
            grades[here] = tree.query((scalars[here] - mean) / spread)[0] / largest
        return grades


def _descriptor(frames: list[Atoms], description: MomentTensor | None) -> MomentTensorPotential:
    """Return a potential whose radial functions are single polynomials, others for each element.

    Its energies mean nothing; it is there for its scalars.
    """
    from lecture8.fitting import MomentTensor, MomentTensorPotential
    from lecture8.fitting.moment_tensors.basis import basis_table

    description = description or MomentTensor(level=8)
    elements = sorted({symbol for atoms in frames for symbol in atoms.symbols})
    functions = int(basis_table(description.level).components[:, 0].max()) + 1
    size = max(functions * len(elements), 2)
    description = MomentTensor(description.level, description.cutoff, size)
    potential = MomentTensorPotential(description, elements, 0.5)
    coefficients = np.zeros_like(potential.mtp_data.radial_coeffs)  # (centre, other, mu, b)
    for other in range(len(elements)):
        for mu in range(functions):
            coefficients[:, other, mu, mu * len(elements) + other] = 1
    potential.mtp_data.radial_coeffs = coefficients
    return potential
