"""Where the fit of a moment tensor potential begins: the best of a few random starts.

A potential is linear in most of its coefficients; only the radial functions need to be guessed. The
loss has many valleys, so several guesses compete for a few steps on a small sample of the frames.
"""

import math

import numpy as np
from ase import Atoms

from lecture8.fitting.common.element_energies import reference_energies
from lecture8.fitting.moment_tensors.step import derivatives, loss_of, scale_of, step
from lecture8.pairs import pairs_within

STARTS = 4  # random radial functions that compete
STEPS_OF_A_START = 10
ROWS_PER_PARAMETER = 8  # residuals in the first sample


def best_start(potential, frames, loss, rng):
    """Return parameters and damping of the best of several random starts, a few steps on."""
    ends = []
    for _ in range(STARTS):
        parameters, damping = _random_start(potential, frames, loss, rng), 1e-2
        for _ in range(STEPS_OF_A_START):
            parameters, damping, _ = step(potential, parameters, damping, frames, loss)
        ends.append((loss_of(potential, parameters, frames, loss), len(ends), parameters, damping))
    return min(ends, key=lambda end: (np.isnan(end[0]), *end[:2]))[2:]


def _random_start(potential, frames, loss, rng) -> np.ndarray:
    """Return random radial functions with the best linear coefficients for them.

    A radial function is scaled to a mean square of 1 over the distances that occur.
    """
    data = potential.mtp_data
    low, high = data.radial_basis.min, data.radial_basis.max
    data.radial_coeffs = rng.normal(size=data.radial_coeffs.shape)
    pairs = [x.near for x in frames]
    centres = np.concatenate([np.repeat(x.types, np.diff(x.first)) for x in pairs])
    others = np.concatenate([x.types[x.others] for x in pairs])
    r = np.concatenate([np.linalg.norm(x.vectors, axis=1) for x in pairs])
    for (centre, other), c in zip(
        np.ndindex(data.radial_coeffs.shape[:2]),
        data.radial_coeffs.reshape(-1, *data.radial_coeffs.shape[2:]),
        strict=True,
    ):
        here = r[(centres == centre) & (others == other)]
        if len(here):
            x = (2 * here - low - high) / (high - low)
            q = np.polynomial.chebyshev.chebvander(x, c.shape[1] - 1) * (high - here[:, None]) ** 2
            c /= np.sqrt(np.mean((q @ c.T) ** 2, axis=0))[:, None]
    data.moment_coeffs = np.zeros(len(data.moment_coeffs))
    energies = reference_energies([x.atoms for x in frames])
    data.species_coeffs = np.array([energies.get(z, 0.0) for z in potential.species])
    parameters = data.parameters
    k = len(data.moment_coeffs) + len(data.species)
    _, gradient, curvature = derivatives(potential, parameters, frames, loss)
    scale = scale_of(curvature[:k, :k])
    curvature = scale[:, None] * curvature[:k, :k] * scale + 1e-8 * np.eye(k)
    parameters[:k] -= scale * np.linalg.solve(curvature, scale * gradient[:k])
    return parameters


def first_sample(potential, frames, loss) -> int:
    """Return how many frames have as many labels as the parameters need."""
    atoms = np.mean([len(x.atoms) for x in frames])
    rows = (loss.energy < np.inf) + (loss.forces < np.inf) * 3 * atoms
    return math.ceil(ROWS_PER_PARAMETER * potential.number_of_parameters / rows)


def shortest_distance(frames: list[Atoms], cutoff: float) -> float:
    """Return 0.95 of the shortest distance in `frames`, within (0, 0.9 cutoff)."""
    shortest = cutoff
    for atoms in frames:
        i, j, shift = pairs_within(atoms, cutoff)
        vectors = atoms.positions[j] + shift - atoms.positions[i]
        shortest = min(shortest, np.linalg.norm(vectors, axis=1).min(initial=cutoff))
    return float(np.clip(0.95 * shortest, 0.1, 0.9 * cutoff))
