"""One step of the fit of a moment tensor potential: damped Gauss-Newton.

The loss is a sum of squared residuals, L = |R(p)|^2, of a few hundred coefficients p. With the
Jacobian J = dR/dp a step d solves (Levenberg, Marquardt)

    (J^T J + damping D) d = -J^T R,     D = diag(J^T J).

The damping falls after a step that kept what the quadratic model had promised, and rises until a
step lowers the loss. It is needed: scaling up a radial function and scaling down its moments
changes nothing, so J^T J is singular. J^T J is summed frame by frame; J is never held whole.
"""

from typing import NamedTuple

import numpy as np
from ase import Atoms

from lecture8.fitting.common.loss import Loss
from lecture8.fitting.moment_tensors.jacobian import jacobian
from lecture8.fitting.moment_tensors.potential import (
    MomentTensorPotential,
    Surroundings,
    interaction_of,
)

TRIALS = 12  # dampings tried before a step is given up


class Frame(NamedTuple):
    """A labelled frame and who is near whom in it."""

    atoms: Atoms
    near: Surroundings
    energy: float
    forces: np.ndarray


def prepared(atoms: Atoms, potential: MomentTensorPotential) -> Frame:
    """Return a frame with its neighbours, or raise ValueError for an element that is unknown."""
    potential.check_species(atoms)
    return Frame(
        atoms,
        potential.surroundings(atoms),
        float(atoms.calc.results["energy"]),
        np.array(atoms.calc.results["forces"], float),
    )


def loss_of(potential, parameters, frames: list[Frame], loss: Loss) -> float:
    """Return the loss of `potential` with `parameters`."""
    potential.mtp_data.parameters = parameters
    coefficients = potential.coefficients
    results = [interaction_of(coefficients, x.near) for x in frames]
    sizes = np.array([len(x.atoms) for x in frames])
    with np.errstate(over="ignore", invalid="ignore"):  # a step too far is refused by its loss
        return float(
            loss(
                np.array([a.energy - x.energy for a, x in zip(results, frames, strict=True)]),
                np.concatenate([a.forces - x.forces for a, x in zip(results, frames, strict=True)]),
                np.repeat(np.arange(len(frames)), sizes),
                sizes,
            )
        )


def derivatives(potential, parameters, frames: list[Frame], loss: Loss):
    """Return the loss, its gradient 2 J^T R (P,) and its curvature 2 J^T J (P, P)."""
    data = potential.mtp_data
    data.parameters = parameters
    coefficients = potential.coefficients
    linear = parameters[: len(data.moment_coeffs) + len(data.species)]
    value, gradient, curvature = 0.0, np.zeros(len(parameters)), np.zeros(2 * (len(parameters),))
    for x in frames:
        columns = jacobian(*x.near, coefficients)  # (P, 1 + 3N)
        # Energy and forces are linear in the first of the coefficients.
        residual = linear @ columns[: len(linear)] - np.array([x.energy, *x.forces.flat])
        # Each frame counts alike, and each of its 3N force components: the loss has 1/(3N).
        weights = np.full(len(residual), 1 / (loss.forces**2 * x.forces.size))
        weights[0] = 1 / (loss.energy * len(x.forces)) ** 2
        weights /= len(frames)
        weighted = columns * weights
        value += weights @ residual**2
        gradient += 2 * weighted @ residual
        curvature += 2 * weighted @ columns.T
    return float(value), gradient, curvature


def step(potential, parameters, damping, frames, loss):
    """Return better parameters, the next damping, and by what fraction the loss fell."""
    value, gradient, curvature = derivatives(potential, parameters, frames, loss)
    scale = scale_of(curvature)
    gradient, curvature = scale * gradient, scale[:, None] * curvature * scale
    growth = 2
    for _ in range(TRIALS):
        d = -np.linalg.solve(curvature + damping * np.eye(len(gradient)), gradient)
        new = loss_of(potential, parameters + scale * d, frames, loss)
        if new < value:
            promised = -(gradient @ d + d @ curvature @ d / 2)
            # Nielsen, IMM-REP-1999-05: down to a third if the promise was kept, up if it was not.
            factor = max(1 / 3, 1 - (2 * (value - new) / promised - 1) ** 3)
            return parameters + scale * d, max(damping * factor, 1e-12), 1 - new / value
        damping, growth = damping * growth, growth * 2
    return parameters, damping, 0.0


def scale_of(curvature: np.ndarray) -> np.ndarray:
    """Return the unit of each parameter that makes the diagonal of the curvature 1."""
    diagonal = np.diag(curvature)
    return 1 / np.sqrt(np.maximum(diagonal, max(1e-14 * diagonal.max(), 1e-300)))
