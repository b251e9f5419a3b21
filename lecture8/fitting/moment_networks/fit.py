"""Fitting a moment network: Adam on energies, forces and stress, many times through the frames."""

import copy
import math
import time
from collections.abc import Callable

import numpy as np
import torch
import torch._dynamo  # else torch imports it, a thousand modules, with its first optimiser
from ase import Atoms
from ase.data import chemical_symbols

from lecture8.arguments import check_generator, check_positive, check_whole
from lecture8.fitting.common.loss import Weights
from lecture8.fitting.fitted_potential import history_of, nothing_fitted
from lecture8.fitting.moment_networks.coefficients import coefficients_of, continue_from
from lecture8.fitting.moment_networks.description import MomentNetwork
from lecture8.fitting.moment_networks.frames import Prepared, collate, predict, prepare
from lecture8.fitting.moment_networks.model import EnergyModel
from lecture8.fitting.moment_networks.potential import MomentNetworkPotential
from lecture8.frames import check_labels
from lecture8.pairs import pairs_within
from lecture8.threads import torch_settings


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
    model: MomentNetwork | None = None,
    start: MomentNetworkPotential | None = None,
    rng: np.random.Generator,
    epochs: int = 200,
    batch_size: int = 4,
    learning_rate: float = 2e-3,
    weights: Weights | None = None,
    seconds: float | None = None,
    report: Callable[[int, float, float], None] | None = None,
) -> MomentNetworkPotential:
    """Fit a moment network to labelled frames.

    The learning rate falls to zero along a cosine, so the last parameters are the ones to keep. An
    interrupt ends the fit and returns those of the epoch that was best on `validation` (before the
    end of the first there is none, and it is passed on). The same seed gives the same numbers on
    the same machine, unless `seconds` is given.

    Parameters
    ----------
    train, validation : list of Atoms
        With energy (eV), forces (eV/Å) and, where known, stress (eV/Å3).
    model : MomentNetwork
        What to fit, from nothing; not needed with a `start`, which has one.
    start : MomentNetworkPotential, optional
        Go on from its parameters (it is not changed itself), for labels of the same reference.
        Its repulsive cores shrink where a frame has atoms nearer to each other, and never grow.
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
        For no frames, a frame without finite energy and forces, an element of `validation` that
        `train` does not have, one of either that `start` does not know, neither `model` nor
        `start`, a setting that makes no sense, or a validation loss that was never finite.
    """
    check_generator("rng", rng)
    check_whole("epochs", epochs, 0)  # none: a start keeps its energies, and its cores shrink
    check_whole("batch_size", batch_size, 1)
    check_positive("learning_rate", learning_rate)
    if seconds is not None:
        check_positive("seconds", seconds)
    check_labels(train, name="the training frames")
    check_labels(validation, name="the validation frames")
    model, species = _described(train, validation, model, start)
    offsets = _energies_of_elements(train, species, start)
    with torch_settings(1):  # more gain nothing on matrices this small
        known, held = (
            [prepare(a, species, model.cutoff, model.radial_size, offsets) for a in part]
            for part in (train, validation)
        )
        sums, kinds = torch.cat([x.sums for x in known]), torch.cat([x.kinds for x in known])
        network = EnergyModel(model, len(species), rng)
        if start is None:
            network.standardise(sums, kinds)
        else:
            continue_from(network, start.coefficients, offsets, sums, kinds)
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
    core, options = core_radii(train, species, model.cutoff), {}
    if start is not None:
        core, options = np.minimum(core, start.coefficients.core), {"skin": start.skin}
    numbers = coefficients_of(network, offsets, core)
    return MomentNetworkPotential(model, species, numbers, history=history, **options)


def descend(
    model, frames, validation, *, epochs, rng, batch_size, learning_rate, weights, seconds, report
) -> dict[str, list[float]]:
    """Fit `model` in place, by Adam, and return the losses of each epoch."""
    optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate, betas=(0.9, 0.99))
    rows = []  # epoch, losses
    best, best_loss = None, math.inf  # parameters to return if interrupted
    began = time.monotonic()
    try:
        for epoch in range(1, epochs + 1):
            order = rng.permutation(len(frames))
            parts = [order[k : k + batch_size] for k in range(0, len(order), batch_size)]
            total = 0.0
            for step, part in enumerate(parts):
                progress = (epoch - 1 + step / len(parts)) / epochs
                if seconds is not None:
                    progress = max(progress, (time.monotonic() - began) / seconds)
                for group in optimiser.param_groups:
                    group["lr"] = learning_rate * share_of_rate(progress)
                optimiser.zero_grad()
                loss = loss_of(model, collate([frames[k] for k in part]), weights)
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 100.0)
                optimiser.step()
                total += loss.item() * len(part)
            held = float(np.mean([loss_of(model, x, weights, False).item() for x in validation]))
            if held < best_loss:
                best, best_loss = copy.deepcopy(model.state_dict()), held
            rows.append((epoch, total / len(frames), held))
            if report is not None:
                report(*rows[-1])
            if seconds is not None and time.monotonic() - began > seconds:
                break
    except KeyboardInterrupt:
        if best is None:  # interrupted before there was anything to return
            raise
        model.load_state_dict(best)
    else:
        if rows and not math.isfinite(rows[-1][2]):  # the last parameters are those that are kept
            raise nothing_fitted(len(rows), rows[-1][2], learning_rate)
    return history_of(rows)


def share_of_rate(progress: float) -> float:
    """Return the learning rate, as a share of the highest, at `progress` from 0 to 1."""
    warm = min(1.0, progress / 0.02 + 0.05)
    return warm * (1 + math.cos(math.pi * min(progress, 1.0))) / 2


# Where the fit begins -----------------------------------------------------------------------------


def _described(train, validation, model, start) -> tuple[MomentNetwork, np.ndarray]:
    """Return what is fitted and the atomic numbers (Z,) it will know, or raise ValueError."""
    if start is not None:
        if model is not None and model != start.description:
            raise ValueError(
                f"model is {model}, but the start is a {start.description}; leave out one of them"
            )
        for atoms in train + validation:
            start.check_elements(atoms)
        return start.description, start.species
    if model is None:
        raise ValueError(
            "there is nothing to fit: give model=MomentNetwork(...), or a fitted potential as start"
        )
    species = np.unique(np.concatenate([atoms.numbers for atoms in train]))
    if new := set(np.concatenate([a.numbers for a in validation]).tolist()) - set(species.tolist()):
        raise ValueError(
            f"validation frames contain {chemical_symbols[min(new)]}, which no training frame "
            "does; add frames with it to the training set"
        )
    return model, species


def _energies_of_elements(frames, species, start) -> np.ndarray:
    """Return what to take away from the energies for each atom of an element, (Z,), eV.

    What is left must be small, for single precision. A start is asked for the mean energies of its
    atoms; without one a least-squares fit finds them.
    """
    if start is not None:
        kinds = np.concatenate([start.kinds(atoms) for atoms in frames])
        energies = np.concatenate([start.evaluate(atoms)[0] for atoms in frames])
        offsets = start.coefficients.offset.copy()  # of an element that is in none of the frames
        for z in np.unique(kinds):
            offsets[z] = energies[kinds == z].mean()
        return offsets
    counts = np.array([np.sum(a.numbers[:, None] == species, axis=0) for a in frames], float)
    energies = np.array([a.calc.results["energy"] for a in frames])
    return np.linalg.lstsq(counts, energies, rcond=None)[0]


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
