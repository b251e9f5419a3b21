"""Fitting a moment network: Adam on energies, forces and stress, many times through the frames."""

import numpy as np
import torch
from ase import Atoms
from ase.data import chemical_symbols

from lecture8.fitting.common.element_energies import reference_energies
from lecture8.fitting.common.loss import Loss
from lecture8.fitting.common.trainer import train
from lecture8.fitting.moment_networks.coefficients import coefficients_of, continue_from
from lecture8.fitting.moment_networks.description import MomentNetwork
from lecture8.fitting.moment_networks.frames import Prepared, collate, predict, prepare
from lecture8.fitting.moment_networks.model import EnergyModel
from lecture8.fitting.moment_networks.potential import MomentNetworkPotential
from lecture8.pairs import pairs_within


def loss_of(model: EnergyModel, batch: Prepared, loss: Loss, create_graph=True) -> torch.Tensor:
    """Return the loss of a batch."""
    energy, forces, virial = predict(model, batch, create_graph)
    known = torch.isfinite(batch.stress[:, 0, 0])
    stress = virial[known] / batch.volume[known, None, None] - batch.stress[known]
    sizes = torch.bincount(batch.frame, minlength=len(energy))
    return loss(energy - batch.energy, forces - batch.forces, batch.frame, sizes, stress)


def fit_moment_network(
    description: MomentNetwork,
    known: list[Atoms],
    validation: list[Atoms],
    *,
    start: MomentNetworkPotential | None,
    loss: Loss,
    rng: np.random.Generator,
    **settings,
) -> MomentNetworkPotential:
    """Fit a moment network to labelled frames.

    An interrupt ends the fit and returns the epoch that was best on `validation`. Arguments are
    those of `Description.fit`, all of them.
    """
    species = _species(known, validation, start)
    offsets = _energies_of_elements(known, species, start)
    frames, held = (
        [prepare(a, species, description.cutoff, description.radial_size, offsets) for a in part]
        for part in (known, validation)
    )
    sums, kinds = torch.cat([x.sums for x in frames]), torch.cat([x.kinds for x in frames])
    model = EnergyModel(description, len(species), rng)
    if start is None:
        model.standardise(sums, kinds)
    else:
        continue_from(model, start.coefficients, offsets, sums, kinds)

    def gradient(part) -> float:
        value = loss_of(model, collate([frames[k] for k in part]), loss)
        value.backward()
        return value.item()

    history = train(
        model,
        len(frames),
        gradient=gradient,
        judge=lambda model: float(np.mean([loss_of(model, x, loss, False).item() for x in held])),
        rng=rng,
        keep_last=True,
        largest_gradient=100.0,
        betas=(0.9, 0.99),
        **settings,
    )
    core, options = core_radii(known, species, description.cutoff), {}
    if start is not None:
        core, options = np.minimum(core, start.coefficients.core), {"skin": start.skin}
    coefficients = coefficients_of(model, offsets, core)
    return MomentNetworkPotential(description, species, coefficients, history=history, **options)


# Where the fit begins -----------------------------------------------------------------------------


def _species(known, validation, start: MomentNetworkPotential | None) -> np.ndarray:
    """Return the atomic numbers (Z,) that it will know, or raise ValueError."""
    if start is not None:
        for atoms in known + validation:
            start.check_species(atoms)
        return start.species
    species = np.unique(np.concatenate([atoms.numbers for atoms in known]))
    if new := set(np.concatenate([a.numbers for a in validation]).tolist()) - set(species.tolist()):
        raise ValueError(
            f"validation frames contain {chemical_symbols[min(new)]}, which no training frame "
            "does; add frames with it to the training set"
        )
    return species


def _energies_of_elements(frames, species, start) -> np.ndarray:
    """Return what to take away from the energies for each atom of an element, (Z,), eV.

    What is left must be small, for single precision. A start is asked for the mean energies of its
    atoms; without one a least-squares fit finds them.
    """
    if start is None:
        return np.array(list(reference_energies(frames).values()))
    kinds = np.concatenate([start.kinds(atoms) for atoms in frames])
    energies = np.concatenate([start.interaction(atoms).energies for atoms in frames])
    offsets = start.coefficients.offset.copy()  # of an element that is in none of the frames
    for z in np.unique(kinds):
        offsets[z] = energies[kinds == z].mean()
    return offsets


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
