"""Fitting a network: frames in, potential out."""

import copy

import numpy as np
import torch

from lecture8.fitting.common.element_energies import reference_energies
from lecture8.fitting.common.loss import Loss
from lecture8.fitting.common.trainer import train
from lecture8.fitting.networks.batches import Batch, collate, to_batch
from lecture8.fitting.networks.description import Network
from lecture8.fitting.networks.model import EnergyNetwork, initialise
from lecture8.fitting.networks.potential import NetworkPotential

LARGEST_GRADIENT = 5000.0  # some ten times that of the first steps


def fit_network(
    description: Network,
    known,
    validation,
    *,
    start: NetworkPotential | None,
    loss: Loss,
    rng: np.random.Generator,
    **settings,
) -> NetworkPotential:
    """Fit a network to labelled frames and return the best seen on `validation`.

    Arguments are those of `Description.fit`, all of them.
    """
    if start is None:
        offsets, network, options = reference_energies(known), initialise(description, rng), {}
    else:
        offsets, network = start.reference_energies, copy.deepcopy(start.network)
        options = {"skin": start.skin}
        for atoms in known:
            start.check_species(atoms)
    dtype = next(network.parameters()).dtype
    known, validation = (
        [to_batch(a, description.cutoff, reference_energies=offsets, dtype=dtype) for a in part]
        for part in (known, validation)
    )
    warm = start is not None
    history = train_network(network, known, validation, loss=loss, rng=rng, warm=warm, **settings)
    return NetworkPotential(description, network, offsets, history=history, **options)


def train_network(
    network: EnergyNetwork, known: list[Batch], validation: list[Batch], *, loss: Loss, **settings
) -> dict[str, list[float]]:
    """Fit the weights of `network`, in place, and leave it with the best that were seen.

    What is judged and kept is a running average of the weights. `settings` and what is returned
    are those of `common.trainer.train`.
    """
    held_out = [collate(validation[k : k + 50]) for k in range(0, len(validation), 50)]

    def gradient(part) -> float:
        value = batch_loss(network, collate([known[k] for k in part]), loss)
        value.backward()
        return value.item()

    return train(
        network,
        len(known),
        gradient=gradient,
        judge=lambda judged: mean_loss(judged, held_out, loss),
        averaged=True,
        largest_gradient=LARGEST_GRADIENT,
        **settings,
    )


def batch_loss(network: EnergyNetwork, batch: Batch, loss: Loss) -> torch.Tensor:
    """Return the lecture's loss of one batch."""
    energy, forces = network(batch)
    return loss(
        energy - batch.energy, forces - batch.forces, batch.frame_of_atom, batch.atoms_per_frame
    )


def mean_loss(network: EnergyNetwork, batches: list[Batch], loss: Loss) -> float:
    """Return the loss, averaged over all frames of `batches`."""
    total = sum(batch_loss(network, batch, loss).item() * len(batch.energy) for batch in batches)
    return total / sum(len(batch.energy) for batch in batches)
