"""The Morse potential: a bond that is harmonic near its minimum and breaks when pulled."""

from dataclasses import dataclass

import numpy as np
from ase.calculators.calculator import CalculationFailed

from lecture8.finite import check_positions


@dataclass(frozen=True)
class Morse:
    """Two atoms at distance r: V = D (1 - exp(-a (r - r0)))^2 - D, zero when the bond is broken.

    Near r0 it is a spring of stiffness k = 2 D a^2.

    Parameters
    ----------
    depth : float
        D, energy.
    width : float
        a, 1 / length: the larger, the narrower the well.
    length : float
        r0, length.

    Notes
    -----
    Morse, Phys. Rev. 34, 57 (1929), eq. 4.
    """

    depth: float
    width: float
    length: float

    @property
    def stiffness(self) -> float:
        """K = d2V/dr2 at r0 = 2 D a^2, energy / length^2."""
        return 2 * self.depth * self.width**2

    def __call__(self, positions: np.ndarray) -> tuple[float, np.ndarray]:
        """Return energy and forces (2, D) at `positions` (2, D)."""
        if len(positions) != 2:
            raise ValueError(f"Morse describes one bond of two atoms, but got {len(positions)}")
        check_positions(positions)
        d = positions[1] - positions[0]
        r = np.linalg.norm(d)
        if r == 0:
            raise CalculationFailed("the two atoms are at the same place: no direction to push in")
        e = np.exp(-self.width * (r - self.length))
        energy = self.depth * (1 - e) ** 2 - self.depth
        slope = 2 * self.depth * self.width * (1 - e) * e  # dV/dr
        pull = slope * d / r  # a stretched bond (slope > 0) pulls atom 0 towards atom 1
        return float(energy), np.array([pull, -pull])
