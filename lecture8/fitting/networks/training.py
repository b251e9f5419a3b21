"""Gradient descent on the loss: what happens to a network between its first and its best epoch."""

import copy
import math
import time
from collections.abc import Callable

import numpy as np
import torch
import torch._dynamo  # else torch imports it, a thousand modules, with its first optimiser

from lecture8.fitting.common.loss import Loss
from lecture8.fitting.fitted_potential import history_of, nothing_fitted
from lecture8.fitting.networks.batches import Batch, collate
from lecture8.fitting.networks.model import EnergyNetwork

# The weights that are kept are an average over the last tenth of all steps, but at most over this
# many: the average sits calmer in the valley than any single step does.
AVERAGED_STEPS = 50


def train_network(
    network: EnergyNetwork,
    train: list[Batch],
    validation: list[Batch],
    *,
    loss: Loss,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    patience: int,
    seconds: float | None,
    rng: np.random.Generator,
    warm: bool = False,
    report: Callable[[int, float, float], None] = lambda epoch, train, validation: None,
) -> dict[str, list[float]]:
    """Fit the weights of `network`, in place, and leave it with the best that were seen.

    Adam; the learning rate climbs to `learning_rate` within a tenth of the epochs, or of `seconds`
    if they end sooner, and then falls to zero along a cosine (Smith, Topin, arXiv:1708.07120); the
    weights that are judged and kept are a running average. Stops after `patience` epochs without a
    better validation loss, after the epoch in which `seconds` have passed, or when interrupted.

    Parameters
    ----------
    warm : bool
        The weights are worth something as they are: they are kept if none that follow are better.
        Else an interrupt before the end of the first epoch is passed on.

    Returns
    -------
    dict of lists
        "epoch", "train" and "validation" (losses), one entry an epoch.

    Raises
    ------
    ValueError
        If the validation loss was finite after no epoch.
    """
    held_out = [collate(part) for part in _chunks(validation, 50)]
    optimiser = torch.optim.Adam(network.parameters(), lr=learning_rate)
    steps_per_epoch = math.ceil(len(train) / batch_size)
    averaged = copy.deepcopy(network).eval()
    best, best_loss, best_epoch = None, math.inf, 0
    if warm:  # it must not end worse than it began
        best, best_loss = copy.deepcopy(averaged.state_dict()), mean_loss(averaged, held_out, loss)
    rows = []  # epoch, losses
    began = time.monotonic()
    steps = 0

    def progress(step: int) -> float:
        late = 0.0 if seconds is None else (time.monotonic() - began) / seconds
        return min(1.0, max(step / (epochs * steps_per_epoch), late))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: one_cycle(progress(step)))
    network.train()
    try:
        for epoch in range(1, epochs + 1):
            shuffled = [train[k] for k in rng.permutation(len(train))]
            sum_of_losses = 0.0
            for part in _chunks(shuffled, batch_size):
                batch = collate(part)
                value = batch_loss(network, batch, loss)
                optimiser.zero_grad()
                value.backward()
                # One bad frame must not throw the weights away.
                torch.nn.utils.clip_grad_norm_(network.parameters(), 10.0)
                optimiser.step()
                schedule.step()
                steps += 1
                _move_average(averaged, network, 1 / min(AVERAGED_STEPS, 1 + steps / 10))
                sum_of_losses += value.item() * len(part)
            held_out_loss = mean_loss(averaged, held_out, loss)
            if held_out_loss < best_loss:
                best, best_loss = copy.deepcopy(averaged.state_dict()), held_out_loss
                best_epoch = epoch
            rows.append((epoch, sum_of_losses / len(train), held_out_loss))
            report(*rows[-1])
            late = seconds is not None and time.monotonic() - began > seconds
            if late or epoch - best_epoch >= patience:
                break
    except KeyboardInterrupt:
        if best is None:  # interrupted before there was anything to return
            raise
    if rows and not np.isfinite([row[2] for row in rows]).any():
        raise nothing_fitted(len(rows), rows[-1][2], learning_rate)
    network.load_state_dict(best)
    network.eval()
    return history_of(rows)


def batch_loss(network: EnergyNetwork, batch: Batch, loss: Loss) -> torch.Tensor:
    """Return the lecture's loss of one batch."""
    energies, forces = network(batch)
    return loss(
        energies, batch.energy, forces, batch.forces, batch.frame_of_atom, batch.atoms_per_frame
    )


def mean_loss(network: EnergyNetwork, batches: list[Batch], loss: Loss) -> float:
    """Return the loss, averaged over all frames of `batches`."""
    total = sum(batch_loss(network, batch, loss).item() * len(batch.energy) for batch in batches)
    return total / sum(len(batch.energy) for batch in batches)


def one_cycle(progress: float) -> float:
    """Return the learning rate, as a share of the highest, at `progress` from 0 to 1."""
    if progress < 0.1:
        return 0.1 + 0.9 * progress / 0.1
    return 0.5 * (1 + math.cos(math.pi * (progress - 0.1) / 0.9))


@torch.no_grad()
def _move_average(averaged: EnergyNetwork, network: EnergyNetwork, share: float) -> None:
    """Move every averaged weight towards the present one by `share` of the way."""
    for mean, weight in zip(averaged.parameters(), network.parameters(), strict=True):
        mean.lerp_(weight, share)


def _chunks(items: list, size: int) -> list[list]:
    return [items[start : start + size] for start in range(0, len(items), size)]
