"""Where the ions are, and how far they hop: density, van Hove function, non-Gaussian parameter."""

import numpy as np

from lecture8.arguments import check_positive
from lecture8.ionic_conductivity.displacement import check_lag, check_positions
from lecture8.ionic_conductivity.replicas import Replicas

MOST_VOXELS = 1e8  # 800 MB


def van_hove_self(positions, lag: int, edges) -> np.ndarray:
    """Return the probability density (1/Å) that an ion is at distance r after `lag` frames.

    4 pi r^2 G_s(r, t): a histogram of |r(t0 + t) - r(t0)| over ions and origins. Diffusion has one
    hump that moves and widens; hopping has a peak at each distance between sites.

    Parameters
    ----------
    positions : Trajectory, Replicas or array (T, N, 3)
        Å, unwrapped, drift removed. Of replicas, all ions count alike.
    lag : int
        In frames.
    edges : array (B + 1,)
        Of the bins, Å.

    Returns
    -------
    array (B,)
        Integrates to 1 if the bins reach far enough; what lies beyond them is missing.

    Raises
    ------
    ValueError
        If `lag` or `edges` do not fit.
    """
    edges = np.asarray(edges, float)
    if edges.ndim != 1 or len(edges) < 2 or not np.all(np.diff(edges) > 0):
        raise ValueError(f"the bin edges are {edges}, but must rise: np.linspace(0, 8, 81)")
    distances = np.linalg.norm(_steps(positions, lag), axis=-1)
    return np.histogram(distances, edges)[0] / distances.size / np.diff(edges)


def non_gaussian_parameter(positions, lag: int) -> float:
    """Return alpha_2 = 3 <r^4> / (5 <r^2>^2) - 1 of the displacements over `lag` frames.

    0 for diffusion in three directions, and for thermal flight; positive where some ions hop and
    most stay.

    Raises
    ------
    ValueError
        If `lag` does not fit, nothing moves, or there are not three directions.
    """
    steps = _steps(positions, lag)
    square = np.sum(steps**2, axis=-1)
    if steps.shape[2] != 3 or not square.any():
        raise ValueError(
            f"displacements of shape {steps.shape} must have three directions, and ions that move, "
            "or alpha_2 is not defined"
        )
    return float(3 * np.mean(square**2) / (5 * np.mean(square) ** 2) - 1)


def density_grid(positions, cell, spacing: float = 0.3) -> np.ndarray:
    """Return the mean number density (1/Å3) of ions on a grid (A, B, C) along the cell vectors.

    The sum over voxels, times their volume, is the number of ions. Voxel (0, 0, 0) has its corner
    at the origin; the grid is periodic.

    Parameters
    ----------
    positions : Trajectory, Replicas or array (T, N, 3)
        Å, wrapped or not, drift removed: else sites are smeared. Of replicas, the mean.
    cell : array (3, 3)
        Å, rows are the cell vectors: of the run, or of one cell in it to average into.
    spacing : float
        Å, the longest edge of a voxel.

    Raises
    ------
    ValueError
        If the cell has no volume, or `spacing` is not positive or too fine.
    """
    replicas = len(positions) if isinstance(positions, Replicas) else 1
    positions, cell = _all_ions(positions), np.asarray(cell, float)
    if cell.shape != (3, 3) or not 1e-6 < abs(np.linalg.det(cell)) < np.inf:
        raise ValueError(f"the cell {cell.tolist()} spans no volume; give three cell vectors")
    check_positive("spacing", spacing, " of Å; 0.3 is usual")
    voxels = np.ceil(np.linalg.norm(cell, axis=1) / spacing - 1e-9)
    if voxels.prod() > MOST_VOXELS:
        raise ValueError(
            f"spacing is {spacing} Å, which makes {voxels.prod():.1g} voxels of this cell, and "
            "these do not fit into memory; 0.3 is usual"
        )
    voxels = np.maximum(voxels, 1).astype(int)
    fractional = positions.reshape(-1, 3) @ np.linalg.inv(cell)
    indices = np.floor((fractional % 1.0) * voxels).astype(int) % voxels  # 1 - 1e-17 rounds to 1
    flat = np.ravel_multi_index(indices.T, voxels)
    counts = np.bincount(flat, minlength=voxels.prod()).reshape(voxels)
    return counts / (replicas * len(positions)) / (abs(np.linalg.det(cell)) / voxels.prod())


def _all_ions(positions) -> np.ndarray:
    """Return positions (T, N, 3), of replicas those of all ions, (T, R N, 3)."""
    if isinstance(positions, Replicas):
        return np.concatenate([check_positions(run) for run in positions], axis=1)
    return check_positions(positions)


def _steps(positions, lag: int) -> np.ndarray:
    positions = _all_ions(positions)
    check_lag("lag", lag, len(positions))
    return positions[lag:] - positions[:-lag]
