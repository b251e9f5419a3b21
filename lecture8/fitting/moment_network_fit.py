"""Fitting a moment network: Adam on energies, forces and stress, many times through the frames."""

import math
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from ase import Atoms
from ase.data import chemical_symbols

from lecture8.fitting.moment_network import EnergyModel, MomentNetwork
from lecture8.fitting.moment_network_atom import Coefficients
from lecture8.fitting.moment_network_frames import Prepared, collate, predict, prepare
from lecture8.fitting.moment_network_potential import MomentNetworkPotential
from lecture8.fitting.moment_tensor_fit import check_labels
from lecture8.pairs import pairs_within
from lecture8.threads import torch_threads


class Weights(NamedTuple):
    """What an error of each kind counts: the loss is the mean of squared (error / scale)."""

    energy: float = 0.01  # eV per atom
    forces: float = 0.05  # eV/Å
    stress: float = 0.005  # eV/Å3


def loss_of(model, batch: Prepared, weights: Weights, create_graph=True) -> torch.Tensor:
    """Return the loss of a batch."""
    energy, forces, virial = predict(model, batch, create_graph)
    sizes = torch.bincount(batch.frame, minlength=len(energy))
    loss = (((energy - batch.energy) / sizes / weights.energy) ** 2).mean()
    loss = loss + (((forces - batch.forces) / weights.forces) ** 2).mean()
    known = torch.isfinite(batch.stress[:, 0, 0])
    if known.any():
        stress = (virial / batch.volume[:, None, None])[known]
        loss = loss + (((stress - batch.stress[known]) / weights.stress) ** 2).mean()
    return loss


def fit_moment_network(
    train: list[Atoms],
    validation: list[Atoms],
    *,
    model: MomentNetwork,
    rng: np.random.Generator,
    epochs: int = 200,
    batch_size: int = 4,
    learning_rate: float = 2e-3,
    weights: Weights | None = None,
    seconds: float | None = None,
    report: Callable[[int, float, float], None] | None = None,
) -> MomentNetworkPotential:
    """Fit a moment network to labelled frames.

    The learning rate falls to zero along a cosine, so the last parameters are the ones to keep. The
    same seed gives the same numbers on the same machine, unless `seconds` is given.

    Parameters
    ----------
    train, validation : list of Atoms
        With energy (eV), forces (eV/Å) and, where known, stress (eV/Å3).
    model : MomentNetwork
    rng : numpy Generator
        Draws the first parameters and the order of the frames.
    epochs, batch_size : int
        Passes through `train`; frames in a step.
    learning_rate : float
        The highest; some hundred steps of 0.01 are enough to ruin a fit.
    weights : Weights, optional
    seconds : float, optional
        The cosine runs along the time instead of the epochs, and ends with it if that is sooner.
    report : function, optional
        Called as report(epoch, train_loss, validation_loss) after each epoch.

    Raises
    ------
    ValueError
        For no frames, a frame without finite energy and forces, or an element of `validation` that
        `train` does not have.
    """
    check_labels("training", train)
    check_labels("validation", validation)
    species = np.unique(np.concatenate([atoms.numbers for atoms in train]))
    if new := set(np.concatenate([a.numbers for a in validation]).tolist()) - set(species.tolist()):
        raise ValueError(
            f"validation frames contain {chemical_symbols[min(new)]}, which no training frame "
            "does; add frames with it to the training set"
        )
    counts = np.array([np.sum(a.numbers[:, None] == species, axis=0) for a in train], float)
    energies = np.array([a.calc.results["energy"] for a in train])
    offsets = np.linalg.lstsq(counts, energies, rcond=None)[0]
    with torch_threads(1):  # more gain nothing on matrices this small
        known, held = (
            [prepare(a, species, model.cutoff, model.radial_size, offsets) for a in part]
            for part in (train, validation)
        )
        network = EnergyModel(model, len(species), rng)
        network.standardise(torch.cat([x.sums for x in known]), torch.cat([x.kinds for x in known]))
        history = descend(
            network,
            known,
            held,
            epochs=epochs,
            rng=rng,
            batch_size=batch_size,
            learning_rate=learning_rate,
            weights=weights or Weights(),
            seconds=seconds,
            report=report,
        )
    core = core_radii(train, species, model.cutoff)
    numbers = coefficients_of(network, offsets, core)
    return MomentNetworkPotential(model, species, numbers, history=history)


def descend(
    model, frames, validation, *, epochs, rng, batch_size, learning_rate, weights, seconds, report
) -> dict[str, list[float]]:
    """Fit `model` in place, by Adam, and return the losses of each epoch."""
    optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate, betas=(0.9, 0.99))
    history = {"epoch": [], "train": [], "validation": []}
    began = time.monotonic()
    for epoch in range(1, epochs + 1):
        order = rng.permutation(len(frames))
        parts = [order[k : k + batch_size] for k in range(0, len(order), batch_size)]
        total = 0.0
        for step, part in enumerate(parts):
            progress = (epoch - 1 + step / len(parts)) / epochs
            if seconds is not None:
                progress = max(progress, (time.monotonic() - began) / seconds)
            warm = min(1.0, progress / 0.02 + 0.05)
            rate = learning_rate * warm * (1 + math.cos(math.pi * min(progress, 1.0))) / 2
            for group in optimiser.param_groups:
                group["lr"] = rate
            optimiser.zero_grad()
            loss = loss_of(model, collate([frames[k] for k in part]), weights)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 100.0)
            optimiser.step()
            total += loss.item() * len(part)
        held = np.mean([loss_of(model, x, weights, False).item() for x in validation])
        history["epoch"].append(epoch)
        history["train"].append(total / len(frames))
        history["validation"].append(float(held))
        if report is not None:
            report(epoch, history["train"][-1], history["validation"][-1])
        if seconds is not None and time.monotonic() - began > seconds:
            break
    return history


# From the fit to the potential --------------------------------------------------------------------


def coefficients_of(model: EnergyModel, offsets: np.ndarray, core: np.ndarray) -> Coefficients:
    """Return what the compiled potential needs, with shift and scale of the invariants folded in.

    Parameters
    ----------
    offsets : array (Z,)
        Energies of the elements that `prepare` had taken away, eV.
    core : array (Z, Z)
        Radii of the repulsive cores, Å.
    """
    with torch.no_grad():
        numbers = {k: v.double().numpy() for k, v in model.state_dict().items()}
    elements, channels, _ = numbers["mixing"].shape
    scale, centre = numbers["scale"], numbers["centre"]
    hidden = numbers["hidden"].swapaxes(1, 2) * scale[:, None]  # (Z, H, D)
    linear = numbers["linear"] * scale
    return Coefficients(
        model.description.cutoff,
        numbers["mixing"].reshape(elements, channels, elements, -1).transpose(0, 2, 3, 1),
        hidden,
        numbers["bias"] - np.einsum("zhd,zd->zh", hidden, centre),
        numbers["readout"],
        linear,
        numbers["offset"] + offsets - np.einsum("zd,zd->z", linear, centre),
        core,
    )


def core_radii(frames: list[Atoms], species: np.ndarray, cutoff: float) -> np.ndarray:
    """Return where the repulsion of each pair of elements begins, (Z, Z), Å.

    At 0.97 of the shortest distance in `frames`, so that no frame ever feels it; and never beyond
    0.8 of the cutoff, for pairs that no frame has near each other.
    """
    shortest = np.full((len(species), len(species)), cutoff)
    for atoms in frames:
        i, j, shift = pairs_within(atoms, cutoff)
        r = np.linalg.norm(atoms.positions[j] + shift - atoms.positions[i], axis=1)
        kinds = np.searchsorted(species, atoms.numbers)
        np.minimum.at(shortest, (kinds[i], kinds[j]), r)
    return np.minimum(0.97 * shortest, 0.8 * cutoff)
