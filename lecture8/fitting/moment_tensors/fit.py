"""Fitting a moment tensor potential: nonlinear least squares, step by step.

Early steps are far from exact, and a few frames suffice to see where they lead: the fit begins with
a sample about as large as the parameters need, and doubles it whenever a step gains little.
"""

import math
import time

import numpy as np
from ase.data import chemical_symbols
from threadpoolctl import threadpool_limits

from lecture8.fitting.common.description import Report
from lecture8.fitting.common.element_energies import reference_energies
from lecture8.fitting.common.history import nothing_fitted
from lecture8.fitting.common.loss import Loss
from lecture8.fitting.moment_tensors.description import MomentTensor
from lecture8.fitting.moment_tensors.potential import MomentTensorPotential, interaction_of
from lecture8.fitting.moment_tensors.start import best_start, first_sample, shortest_distance
from lecture8.fitting.moment_tensors.step import loss_of, prepared, step

LITTLE_GAIN = 0.03  # a step that lowers the loss by less asks for more frames
NO_GAIN = 1e-3  # less than this on the validation set is no improvement


# Matrices this small gain nothing from a second core, and lose much where others want it too.
@threadpool_limits.wrap(limits=1, user_api="blas")
def fit_moment_tensor(
    description: MomentTensor,
    train,
    validation,
    *,
    start: MomentTensorPotential | None,
    loss: Loss,
    rng: np.random.Generator,
    seconds: float | None,
    report: Report,
    epochs: int,
    patience: int,
) -> MomentTensorPotential:
    """Fit a moment tensor potential to labelled frames and return the best seen on `validation`.

    An interrupt ends the fit and returns the best so far (before the first step there is none, and
    it is passed on). The same seed gives the same numbers. Arguments are those of
    `Description.fit`, all of them.
    """
    began = time.monotonic()
    if start is None:
        numbers = sorted({int(z) for atoms in train for z in atoms.numbers})
        shortest = shortest_distance(train, description.cutoff)
        elements = [chemical_symbols[z] for z in numbers]
        potential = MomentTensorPotential(description, elements, shortest)
    else:
        potential = start.copy()
    train, validation = ([prepared(atoms, potential) for atoms in x] for x in (train, validation))
    train = [train[k] for k in rng.permutation(len(train))]

    best, best_loss, milestone, waited = None, math.inf, math.inf, 0
    try:
        if start is None:
            sample = train[: first_sample(potential, train, loss)]
            parameters, damping = best_start(potential, sample, loss, rng)
        else:
            sample, damping = train, 1e-3
            parameters = potential.mtp_data.parameters
            best, best_loss = parameters, loss_of(potential, parameters, validation, loss)
        for epoch in range(1, epochs + 1):
            parameters, damping, gain = step(potential, parameters, damping, sample, loss)
            losses = [loss_of(potential, parameters, x, loss) for x in (train, validation)]
            for name, value in zip(potential.history, (epoch, *losses), strict=True):
                potential.history[name].append(value)
            if losses[1] < best_loss:
                best, best_loss = parameters, losses[1]
            report(epoch, *losses)
            if seconds is not None and time.monotonic() - began > seconds:
                break
            if len(sample) < len(train):
                if gain < LITTLE_GAIN:
                    sample = train[: 2 * len(sample)]
                continue
            # Small steps add up: the milestone moves only when it is passed.
            if losses[1] < (1 - NO_GAIN) * milestone:
                milestone, waited = losses[1], 0
            else:
                waited += 1
            if waited >= patience or gain == 0:
                break
    except KeyboardInterrupt:
        if best is None:  # interrupted before there was anything to return
            raise
    seen = potential.history["validation"]
    if seen and not np.isfinite(seen).any():
        raise nothing_fitted(len(seen), seen[-1])
    potential.mtp_data.parameters = best
    if loss.energy == np.inf:
        coefficients = potential.coefficients
        missing = [x.energy - interaction_of(coefficients, x.near).energy for x in train]
        more = reference_energies([x.atoms for x in train], missing)
        potential.mtp_data.species_coeffs += [more.get(z, 0.0) for z in potential.species]
    return potential
