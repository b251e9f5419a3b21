"""The harmonic oscillator, the one system for which every integrator can be solved on paper."""

from dataclasses import dataclass

import numpy as np

from lecture8.finite import check_positions


@dataclass(frozen=True)
class Harmonic:
    """Each particle on a spring of its own to the origin: V = k/2 sum_i |r_i|^2, F_i = -k r_i.

    With mass m it swings at the angular frequency omega = sqrt(k / m).

    Parameters
    ----------
    stiffness : float
        k, energy / length^2.
    """

    stiffness: float = 1.0

    def __call__(self, positions: np.ndarray) -> tuple[float, np.ndarray]:
        """Return energy and forces (N, D) at `positions` (N, D)."""
        check_positions(positions)
        energy = 0.5 * self.stiffness * np.sum(positions**2)
        return float(energy), -self.stiffness * positions
