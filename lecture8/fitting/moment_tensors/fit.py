"""Fitting a moment tensor potential: nonlinear least squares, step by step.

Early steps are far from exact, and a few frames suffice to see where they lead: the fit begins with
a sample about as large as the parameters need, and doubles it whenever a step gains little.
"""

import math
import time
from collections.abc import Callable

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from threadpoolctl import threadpool_limits

from lecture8.arguments import check_generator, check_positive, check_whole
from lecture8.fitting.common.loss import Loss
from lecture8.fitting.fitted_potential import nothing_fitted
from lecture8.fitting.moment_tensors.engine import evaluate
from lecture8.fitting.moment_tensors.potential import MomentTensor, MomentTensorPotential
from lecture8.fitting.moment_tensors.start import (
    best_start,
    energies_of_elements,
    first_sample,
    shortest_distance,
)
from lecture8.fitting.moment_tensors.step import loss_of, prepared, step
from lecture8.frames import check_labels

LITTLE_GAIN = 0.03  # a step that lowers the loss by less asks for more frames
NO_GAIN = 1e-3  # less than this on the validation set is no improvement


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
        Stop after so many steps with all frames that together lowered the validation loss by less
        than 0.1 %.
    seconds : float, optional
        Stop after the step in which so much time has passed.
    report : function, optional
        Called as report(iteration, train_loss, validation_loss) after each step.

    Raises
    ------
    ValueError
        For no frames, a frame without finite energy and forces, an element that `train` (or the
        fitted `model`) does not have, a setting that makes no sense, or a validation loss that was
        never finite.
    """
    check_generator("rng", rng)
    check_whole("iterations", iterations, 1 if isinstance(model, MomentTensor) else 0)
    check_whole("patience", patience, 1)
    if seconds is not None:
        check_positive("seconds", seconds)
    began = time.monotonic()
    loss = loss or Loss()
    check_labels(train, name="the training frames")
    check_labels(validation, name="the validation frames")
    if fresh := isinstance(model, MomentTensor):
        numbers = sorted({int(z) for atoms in train for z in atoms.numbers})
        elements = [chemical_symbols[z] for z in numbers]
        potential = MomentTensorPotential(model, elements, shortest_distance(train, model.cutoff))
    else:
        potential = model.copy()
    train, validation = ([prepared(atoms, potential) for atoms in x] for x in (train, validation))
    train = [train[k] for k in rng.permutation(len(train))]

    best, best_loss, milestone, waited = None, math.inf, math.inf, 0
    try:
        if fresh:
            sample = train[: first_sample(potential, train, loss)]
            parameters, damping = best_start(potential, sample, loss, rng)
        else:
            sample, damping = train, 1e-3
            parameters = potential.mtp_data.parameters
            best, best_loss = parameters, loss_of(potential, parameters, validation, loss)
        for iteration in range(1, iterations + 1):
            parameters, damping, gain = step(potential, parameters, damping, sample, loss)
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
    if loss.energy == 0:
        missing = [
            x.energy - evaluate(potential.engine, x.atoms, x.neighbours, x.vectors)[0]
            for x in train
        ]
        potential.mtp_data.species_coeffs += energies_of_elements(potential, train, missing)
    return potential
