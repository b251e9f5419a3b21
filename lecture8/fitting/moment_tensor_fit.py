"""Fitting a moment tensor potential: nonlinear least squares by damped Gauss-Newton steps.

The loss is a sum of squared residuals, L = |R(p)|^2, of a few hundred coefficients p. With the
Jacobian J = dR/dp a step d solves (Levenberg, Marquardt)

    (J^T J + damping D) d = -J^T R,     D = diag(J^T J).

The damping falls after a step that kept what the quadratic model had promised, and rises until a
step lowers the loss. It is needed: scaling up a radial function and scaling down its moments
changes nothing, so J^T J is singular. J^T J is summed frame by frame; J is never held whole.

Early steps are far from exact, and a few frames suffice to see where they lead: the fit begins with
a sample about as large as the parameters need, and doubles it whenever a step gains little.
"""

import math
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from threadpoolctl import threadpool_limits

from lecture8.fitting.loss import Loss
from lecture8.fitting.moment_tensor import MomentTensor, MomentTensorPotential
from lecture8.fitting.moment_tensor_jacobian import jacobian
from lecture8.fitting.moment_tensor_motep import PaddedVerletPairs, evaluate
from lecture8.pairs import pairs_within

STARTS = 4  # random radial functions that compete: the loss has many valleys
STEPS_OF_A_START = 10
ROWS_PER_PARAMETER = 8  # residuals in the first sample
LITTLE_GAIN = 0.03  # a step that lowers the loss by less asks for more frames
NO_GAIN = 1e-3  # less than this on the validation set is no improvement
TRIALS = 12  # dampings tried before a step is given up


class Frame(NamedTuple):
    """A labelled frame and who is near whom in it (`PaddedVerletPairs`)."""

    atoms: Atoms
    types: np.ndarray
    neighbours: np.ndarray
    vectors: np.ndarray
    energy: float
    forces: np.ndarray


# Matrices this small gain nothing from a second core, and lose much where others want it too.
@threadpool_limits.wrap(limits=1, user_api="blas")
def fit_moment_tensor(
    train: list[Atoms],
    validation: list[Atoms],
    *,
    model: MomentTensor | MomentTensorPotential,
    rng: np.random.Generator,
    loss: Loss | None = None,
    iterations: int = 100,
    patience: int = 5,
    seconds: float | None = None,
    report: Callable[[int, float, float], None] | None = None,
) -> MomentTensorPotential:
    """Fit a moment tensor potential to labelled frames and return the best seen on `validation`.

    An interrupt ends the fit and returns the best so far (before the first step there is none, and
    it is passed on). Stress labels are not used. The same seed gives the same numbers.

    Parameters
    ----------
    train, validation : list of Atoms
        With energy (eV) and forces (eV/Å).
    model : MomentTensor or MomentTensorPotential
        A fitted potential is where the fit starts from, with all frames; it is not changed.
    rng : numpy Generator
        Draws the first radial functions and the sample.
    loss : Loss, optional
        Without a weight on the energy, the energies of the elements are fitted last, on their own.
    iterations : int
        Steps at most.
    patience : int
        Stop after so many steps with all frames that lowered the validation loss by less than
        0.1 % in all.
    seconds : float, optional
        Stop after the step in which so much time has passed.
    report : function, optional
        Called as report(iteration, train_loss, validation_loss) after each step.

    Raises
    ------
    ValueError
        For no frames, a frame without finite energy and forces, or an element that `train` (or the
        fitted `model`) does not have.
    """
    began = time.monotonic()
    loss = loss or Loss()
    check_labels("training", train)
    check_labels("validation", validation)
    if fresh := isinstance(model, MomentTensor):
        numbers = sorted({int(z) for atoms in train for z in atoms.numbers})
        elements = [chemical_symbols[z] for z in numbers]
        potential = MomentTensorPotential(model, elements, _shortest_distance(train, model.cutoff))
    else:
        potential = model.copy()
    train, validation = ([_prepared(atoms, potential) for atoms in x] for x in (train, validation))
    train = [train[k] for k in rng.permutation(len(train))]

    best, best_loss, milestone, waited = None, math.inf, math.inf, 0
    try:
        if fresh:
            sample = train[: _first_sample(potential, train, loss)]
            parameters, damping = _best_start(potential, sample, loss, rng)
        else:
            sample, damping = train, 1e-3
            parameters = potential.mtp_data.parameters
            best, best_loss = parameters, loss_of(potential, parameters, validation, loss)
        for iteration in range(1, iterations + 1):
            parameters, damping, gain = _step(potential, parameters, damping, sample, loss)
            losses = [loss_of(potential, parameters, x, loss) for x in (train, validation)]
            for name, value in zip(potential.history, (iteration, *losses), strict=True):
                potential.history[name].append(value)
            if losses[1] < best_loss:
                best, best_loss = parameters, losses[1]
            if report is not None:
                report(iteration, *losses)
            if seconds is not None and time.monotonic() - began > seconds:
                break
            if len(sample) < len(train):
                if gain < LITTLE_GAIN:
                    sample = train[: 2 * len(sample)]
                continue
            waited = 0 if losses[1] < (1 - NO_GAIN) * milestone else waited + 1
            milestone = min(milestone, losses[1]) if waited else losses[1]
            if waited >= patience or gain == 0:
                break
    except KeyboardInterrupt:
        if best is None:  # interrupted before there was anything to return
            raise
    potential.mtp_data.parameters = best
    if loss.energy == 0:
        missing = [
            x.energy - evaluate(potential.engine, x.atoms, x.neighbours, x.vectors)[0]
            for x in train
        ]
        potential.mtp_data.species_coeffs += _energies_of_elements(potential, train, missing)
    return potential


def loss_of(potential, parameters, frames: list[Frame], loss: Loss) -> float:
    """Return the loss of `potential` with `parameters`."""
    potential.mtp_data.parameters = parameters
    results = [evaluate(potential.engine, x.atoms, x.neighbours, x.vectors) for x in frames]
    sizes = np.array([len(x.atoms) for x in frames])
    with np.errstate(over="ignore", invalid="ignore"):  # a step too far is refused by its loss
        return float(
            loss(
                np.array([energy for energy, _, _ in results]),
                np.array([x.energy for x in frames]),
                np.concatenate([forces for _, forces, _ in results]),
                np.concatenate([x.forces for x in frames]),
                np.repeat(np.arange(len(frames)), sizes),
                sizes,
            )
        )


def derivatives(potential, parameters, frames: list[Frame], loss: Loss):
    """Return the loss, its gradient 2 J^T R (P,) and its curvature 2 J^T J (P, P)."""
    data = potential.mtp_data
    data.parameters = parameters
    linear = parameters[: len(data.moment_coeffs) + len(data.species)]
    value, gradient, curvature = 0.0, np.zeros(len(parameters)), np.zeros(2 * (len(parameters),))
    for x in frames:
        columns = jacobian(
            x.neighbours,
            x.vectors,
            x.types,
            data.radial_basis.min,
            data.radial_basis.max,
            data.radial_coeffs,
            data.moment_coeffs,
            data.alpha_index_basic,
            data.alpha_index_times,
            data.alpha_moment_mapping,
        )  # (P, 1 + 3N)
        # Energy and forces are linear in the first of the coefficients.
        residual = linear @ columns[: len(linear)] - np.array([x.energy, *x.forces.flat])
        # Each frame counts alike, and each of its 3N force components: the loss has 1/(3N).
        weights = np.full(len(residual), loss.forces / (len(residual) - 1))
        weights[0] = loss.energy
        weights /= len(frames)
        weighted = columns * weights
        value += weights @ residual**2
        gradient += 2 * weighted @ residual
        curvature += 2 * weighted @ columns.T
    return float(value), gradient, curvature


def _step(potential, parameters, damping, frames, loss):
    """Return better parameters, the next damping, and by what fraction the loss fell."""
    value, gradient, curvature = derivatives(potential, parameters, frames, loss)
    scale = _scale(curvature)
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


def _scale(curvature: np.ndarray) -> np.ndarray:
    """Return the unit of each parameter that makes the diagonal of the curvature 1."""
    diagonal = np.diag(curvature)
    return 1 / np.sqrt(np.maximum(diagonal, max(1e-14 * diagonal.max(), 1e-300)))


# Where to start -----------------------------------------------------------------------------------


def _best_start(potential, frames, loss, rng):
    """Return parameters and damping of the best of several random starts, a few steps on."""
    ends = []
    for _ in range(STARTS):
        parameters, damping = _random_start(potential, frames, loss, rng), 1e-2
        for _ in range(STEPS_OF_A_START):
            parameters, damping, _ = _step(potential, parameters, damping, frames, loss)
        ends.append((loss_of(potential, parameters, frames, loss), len(ends), parameters, damping))
    return min(ends)[2:]


def _random_start(potential, frames, loss, rng) -> np.ndarray:
    """Return random radial functions with the best linear coefficients for them.

    A radial function is scaled to a mean square of 1 over the distances that occur.
    """
    data = potential.mtp_data
    low, high = data.radial_basis.min, data.radial_basis.max
    data.radial_coeffs = rng.normal(size=data.radial_coeffs.shape)
    centres = np.concatenate([np.repeat(x.types, x.neighbours.shape[1]) for x in frames])
    others = np.concatenate([x.types[x.neighbours].ravel() for x in frames])
    r = np.concatenate([np.linalg.norm(x.vectors, axis=2).ravel() for x in frames])
    for (centre, other), c in zip(
        np.ndindex(data.radial_coeffs.shape[:2]),
        data.radial_coeffs.reshape(-1, *data.radial_coeffs.shape[2:]),
        strict=True,
    ):
        here = r[(centres == centre) & (others == other) & (r < high)]
        if len(here):
            x = (2 * here - low - high) / (high - low)
            q = np.polynomial.chebyshev.chebvander(x, c.shape[1] - 1) * (high - here[:, None]) ** 2
            c /= np.sqrt(np.mean((q @ c.T) ** 2, axis=0))[:, None]
    data.moment_coeffs = np.zeros(len(data.moment_coeffs))
    data.species_coeffs = _energies_of_elements(potential, frames, [x.energy for x in frames])
    parameters = data.parameters
    k = len(data.moment_coeffs) + len(data.species)
    _, gradient, curvature = derivatives(potential, parameters, frames, loss)
    scale = _scale(curvature[:k, :k])
    curvature = scale[:, None] * curvature[:k, :k] * scale + 1e-8 * np.eye(k)
    parameters[:k] -= scale * np.linalg.solve(curvature, scale * gradient[:k])
    return parameters


def _energies_of_elements(potential, frames, energies) -> np.ndarray:
    """Return an energy for each element, by least squares; of the smallest norm if undetermined."""
    count = len(potential.species)
    counts = np.array([np.bincount(x.types, minlength=count) for x in frames], float)
    return np.linalg.lstsq(counts, np.array(energies), rcond=None)[0]


def _first_sample(potential, frames, loss) -> int:
    atoms = np.mean([len(x.atoms) for x in frames])
    rows = (loss.energy > 0) + (loss.forces > 0) * 3 * atoms
    return math.ceil(ROWS_PER_PARAMETER * potential.number_of_parameters / rows)


# Frames -------------------------------------------------------------------------------------------


def check_labels(name: str, frames: list[Atoms]) -> None:
    """Raise ValueError if there are no frames, or one has no finite energy and forces."""
    if not frames:
        raise ValueError(f"the {name} set is empty; give at least one labelled frame")
    for index, atoms in enumerate(frames):
        if atoms.calc is None or not {"energy", "forces"} <= set(atoms.calc.results):
            raise ValueError(
                f"{name} frame {index} carries no energy and forces; label it first: "
                "lecture8.frames.label(frames, potential)"
            )
        for label in ("energy", "forces"):
            if not np.all(np.isfinite(value := atoms.calc.results[label])):
                bad = np.ravel(value)[~np.isfinite(np.ravel(value))][0]
                raise ValueError(f"{name} frame {index} has {label} of {bad}; leave it out")


def _prepared(atoms: Atoms, potential: MomentTensorPotential) -> Frame:
    potential.check_elements(atoms)
    return Frame(
        atoms,
        np.searchsorted(potential.species, atoms.numbers),
        *PaddedVerletPairs(potential.description.cutoff, skin=0.0)(atoms),
        float(atoms.calc.results["energy"]),
        np.array(atoms.calc.results["forces"], float),
    )


def _shortest_distance(frames: list[Atoms], cutoff: float) -> float:
    """Return 0.95 of the shortest distance in `frames`, within (0, 0.9 cutoff)."""
    shortest = cutoff
    for atoms in frames:
        i, j, shift = pairs_within(atoms, cutoff)
        vectors = atoms.positions[j] + shift - atoms.positions[i]
        shortest = min(shortest, np.linalg.norm(vectors, axis=1).min(initial=cutoff))
    return float(np.clip(0.95 * shortest, 0.1, 0.9 * cutoff))
