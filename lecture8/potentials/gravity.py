"""Newton's gravity: Kepler's ellipse for two bodies, chaos for three."""

from dataclasses import dataclass

import numpy as np
from ase.calculators.calculator import CalculationFailed

from lecture8.finite import check_positions


@dataclass(frozen=True)
class Gravity:
    """Every pair of bodies attracts: V = -sum_{i<j} m_i m_j / |r_i - r_j|, with G = 1.

    Parameters
    ----------
    masses : tuple of N floats
    """

    masses: tuple[float, ...]

    def __post_init__(self):
        # A list or an array would be as good, but has no hash.
        object.__setattr__(self, "masses", tuple(float(mass) for mass in self.masses))

    def __call__(self, positions: np.ndarray) -> tuple[float, np.ndarray]:
        """Return energy and forces (N, D) at `positions` (N, D)."""
        if len(positions) != len(self.masses):
            raise ValueError(
                f"there are {len(self.masses)} masses, but {len(positions)} bodies; "
                "give one for each"
            )
        check_positions(positions)
        m = np.array(self.masses)
        d = positions[None, :, :] - positions[:, None, :]  # (N, N, D), from i to j
        r = np.linalg.norm(d, axis=-1)  # (N, N)
        np.fill_diagonal(r, np.inf)  # a body does not attract itself
        if r.min() == 0:
            i, j = np.argwhere(r == 0)[0]
            raise CalculationFailed(f"bodies {i} and {j} are at the same place; move one")
        pair = m[:, None] * m[None, :] / r  # (N, N)
        # One half: the matrix counts each pair twice.
        return float(-0.5 * pair.sum()), np.sum((pair / r**2)[:, :, None] * d, axis=1)
