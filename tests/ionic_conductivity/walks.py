"""Trajectories whose diffusion is known in closed form."""

import numpy as np

TRIANGULAR = np.array([[8.0, 0.0, 0.0], [3.5, 7.0, 0.0], [-3.0, 3.2, 6.5]])  # Å, strongly tilted


def random_walk(rng, frames, ions, *, D=0.5, interval=0.1, replicas=None) -> np.ndarray:
    """Return positions ([R,] T, N, 3) with <(dx)^2> = 2 D dt; D for all axes or for each."""
    shape = (frames, ions, 3) if replicas is None else (replicas, frames, ions, 3)
    return np.cumsum(rng.standard_normal(shape) * np.sqrt(2 * np.asarray(D) * interval), axis=-3)


def correlated_pairs(rng, frames, pairs, *, correlation, replicas=None) -> np.ndarray:
    """Return walks of 2 x `pairs` ions; the steps of partners have this correlation coefficient.

    A pair's charge moves by <(a + b)^2> = 2 + 2 correlation, so H = 1 / (1 + correlation).
    """
    a = random_walk(rng, frames, pairs, replicas=replicas)
    b = random_walk(rng, frames, pairs, replicas=replicas)
    return np.concatenate([a, correlation * a + np.sqrt(1 - correlation**2) * b], axis=-2)


def hops(rng, frames, ions, *, probability, distance, rattling) -> np.ndarray:
    """Return ions on a cubic lattice that hop and rattle: D = probability distance^2 / (6 dt)."""
    steps = np.zeros((frames, ions, 3))
    t, i = np.nonzero(rng.random((frames, ions)) < probability)
    steps[t, i, rng.integers(3, size=len(t))] = distance * rng.choice([-1, 1], size=len(t))
    return np.cumsum(steps, axis=0) + rattling * rng.standard_normal(steps.shape)


def wrap(positions, cell) -> np.ndarray:
    fractional = positions @ np.linalg.inv(cell)
    return (fractional - np.floor(fractional)) @ cell
