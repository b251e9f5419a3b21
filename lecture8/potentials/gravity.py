"""Newton's gravity: Kepler's ellipse for two bodies, chaos for three."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Gravity:
    """Every pair of bodies attracts: V = -sum_{i<j} m_i m_j / |r_i - r_j|, with G = 1.

    Parameters
    ----------
    masses : tuple of N floats
    """

    masses: tuple[float, ...]

    def __call__(self, positions: np.ndarray) -> tuple[float, np.ndarray]:
        """Return energy and forces (N, D) at `positions` (N, D)."""
        m = np.array(self.masses)
        d = positions[None, :, :] - positions[:, None, :]  # (N, N, D), from i to j
        r = np.linalg.norm(d, axis=-1)  # (N, N)
        np.fill_diagonal(r, np.inf)  # a body does not attract itself
        pair = m[:, None] * m[None, :] / r  # (N, N)
        # One half: the matrix counts each pair twice.
        return float(-0.5 * pair.sum()), np.sum((pair / r**2)[:, :, None] * d, axis=1)
