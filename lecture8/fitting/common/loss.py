"""The loss that a fit makes small."""

from dataclasses import dataclass
from numbers import Real

import numpy as np


@dataclass(frozen=True)
class Loss:
    """How wrong a model is, each error in units of one that counts as much as the others.

    L = |(E^ - E) / (N energy)|^2 + 1/(3N) sum_i |(F^_i - F_i) / forces|^2 + 1/9 |(S^ - S)/stress|^2

    Hats are the model's, plain letters the labels; N is the number of atoms of the frame. The first
    two terms are averaged over frames, the last over the frames whose stress is known, in models
    that learn from it. In the words of the lecture, lambda_E = 1 / (N energy)^2 and lambda_F =
    1 / forces^2.

    Parameters
    ----------
    energy : float
        The error of the energy that counts as one, eV per atom. Infinity leaves the energies out;
        so it is for the others.
    forces : float
        eV/Å.
    stress : float
        eV/Å3.

    Raises
    ------
    ValueError
        If one is not positive, or energies and forces are both left out.
    """

    energy: float = 0.01
    forces: float = 0.05
    stress: float = 0.005

    def __post_init__(self):
        for name, value in vars(self).items():
            if not (isinstance(value, Real) and value > 0):
                raise ValueError(
                    f"{name} is {value!r}, but is the error that counts as one, and must be a "
                    "positive number"
                )
        if self.energy == self.forces == np.inf:
            raise ValueError("energy and forces are both infinite: nothing is left to fit to")

    def __call__(self, energy, forces, frame_of_atom, atoms_per_frame, stress=None):
        """Return the loss of a batch of B frames with M atoms in all, as written above.

        Works on NumPy arrays and on torch tensors alike.

        Parameters
        ----------
        energy : array (B,)
            E^ - E, eV.
        forces : array (M, 3)
            F^ - F, eV/Å.
        frame_of_atom : integer array (M,)
            Which of the B frames each atom belongs to.
        atoms_per_frame : array (B,)
            N of each frame.
        stress : array (S, 3, 3), optional
            S^ - S of the frames whose stress is known, eV/Å3.
        """
        of_energy = (energy / atoms_per_frame / self.energy) ** 2  # (B,)
        per_atom = ((forces / self.forces) ** 2).sum(-1)  # (M,)
        # Each atom's share of 1/(3N) times the sum over its own frame.
        of_forces = (per_atom / (3 * atoms_per_frame[frame_of_atom])).sum() / len(energy)
        value = of_energy.mean() + of_forces
        if stress is not None and len(stress):
            value = value + ((stress / self.stress) ** 2).mean()
        return value
