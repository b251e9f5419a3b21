"""Gradient descent with Adam: what happens to a model between its first and its last epoch.

It knows nothing of what it trains. It is handed two functions: one adds the gradient of the loss of
a few frames to the weights, the other says the loss on the validation set.
"""

import copy
import math
import time
from collections.abc import Callable

import numpy as np
import torch
import torch._dynamo  # else torch imports it, a thousand modules, with its first optimiser

from lecture8.fitting.common.history import history_of, nothing_fitted

# The weights that are kept are an average over the last tenth of all steps, but at most over this
# many: the average sits calmer in the valley than any single step does.
AVERAGED_STEPS = 50


def train(
    model: torch.nn.Module,
    frames: int,
    *,
    gradient: Callable[[list[int]], float],
    judge: Callable[[torch.nn.Module], float],
    epochs: int,
    batch_size: int,
    learning_rate: float,
    rng: np.random.Generator,
    seconds: float | None = None,
    patience: int | None = None,
    warm: bool = False,
    keep_last: bool = False,
    averaged: bool = False,
    largest_gradient: float,
    betas: tuple[float, float] = (0.9, 0.999),
    report: Callable[[int, float, float], None] = lambda epoch, train, validation: None,
) -> dict[str, list[float]]:
    """Train the weights of `model`, in place, and leave it with the best that were seen.

    The learning rate is that of `one_cycle`, by epochs or by `seconds`, whichever end sooner; it
    has fallen to zero by then. The fit stops after `patience` epochs without a better validation
    loss, after the epoch in which `seconds` have passed, or when interrupted.

    Parameters
    ----------
    frames : int
        How many there are to train on.
    gradient : function
        gradient(part) adds the gradient of the mean loss of these frames to the weights' `grad`,
        and returns that loss.
    judge : function
        judge(model) returns the loss on the validation set.
    epochs, batch_size : int
        Passes through the frames; frames in a step.
    learning_rate : float
        The highest.
    rng : numpy Generator
        Draws the order of the frames.
    warm : bool
        The weights are worth something as they are: they are kept if none that follow are better.
        Else an interrupt before the end of the first epoch is passed on.
    keep_last : bool
        Leave the weights of the end, where the learning rate has fallen to zero, instead of the
        best; an interrupt still leaves the best.
    averaged : bool
        Judge and keep a running average of the weights.
    largest_gradient : float
        A longer one is shortened to this: one bad frame must not throw the weights away.
    betas : tuple of float
        Of Adam.
    report : function
        Called as report(epoch, train_loss, validation_loss) after each epoch.

    Returns
    -------
    dict of lists
        "epoch", "train" and "validation" (losses), one entry an epoch.

    Raises
    ------
    ValueError
        If the validation loss was finite after no epoch (after the last, with `keep_last`).
    """
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    optimiser = torch.optim.Adam(weights, lr=learning_rate, betas=betas)
    judged = copy.deepcopy(model).eval() if averaged else model
    best, best_loss, best_epoch = None, math.inf, 0
    if warm:  # it must not end worse than it began
        best, best_loss = copy.deepcopy(judged.state_dict()), judge(judged)
    rows, steps, began = [], 0, time.monotonic()  # rows: epoch, losses
    steps_per_epoch = math.ceil(frames / batch_size)
    interrupted = False
    try:
        for epoch in range(1, epochs + 1):
            order, total = rng.permutation(frames), 0.0
            model.train()
            for start in range(0, frames, batch_size):
                progress = steps / (epochs * steps_per_epoch)
                if seconds is not None:
                    progress = max(progress, (time.monotonic() - began) / seconds)
                for group in optimiser.param_groups:
                    group["lr"] = learning_rate * one_cycle(min(1.0, progress))
                part = order[start : start + batch_size]
                optimiser.zero_grad()
                total += gradient(part) * len(part)
                torch.nn.utils.clip_grad_norm_(weights, largest_gradient)
                optimiser.step()
                steps += 1
                if averaged:
                    _move_average(judged, model, 1 / min(AVERAGED_STEPS, 1 + steps / 10))
            validation = judge(judged.eval())
            if validation < best_loss:
                best, best_loss = copy.deepcopy(judged.state_dict()), validation
                best_epoch = epoch
            rows.append((epoch, total / frames, validation))
            report(*rows[-1])
            if seconds is not None and time.monotonic() - began > seconds:
                break
            if patience is not None and epoch - best_epoch >= patience:
                break
    except KeyboardInterrupt:
        if best is None:  # interrupted before there was anything to return
            raise
        interrupted = True
    kept = rows[-1:] if keep_last and not interrupted else rows
    if kept and not np.isfinite([row[2] for row in kept]).any():
        raise nothing_fitted(len(rows), rows[-1][2], learning_rate)
    if interrupted or not keep_last:
        model.load_state_dict(best)
    model.eval()
    return history_of(rows)


def one_cycle(progress: float) -> float:
    """Return the learning rate, as a share of the highest, at `progress` from 0 to 1.

    It climbs within a tenth of the way, and then falls to zero along a cosine (Smith, Topin,
    arXiv:1708.07120).
    """
    if progress < 0.1:
        return 0.1 + 0.9 * progress / 0.1
    return 0.5 * (1 + math.cos(math.pi * (progress - 0.1) / 0.9))


@torch.no_grad()
def _move_average(averaged: torch.nn.Module, model: torch.nn.Module, share: float) -> None:
    """Move every averaged weight towards the present one by `share` of the way."""
    for mean, weight in zip(averaged.parameters(), model.parameters(), strict=True):
        mean.lerp_(weight, share)
