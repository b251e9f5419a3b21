"""Fitting a network: frames in, potential out."""

import numpy as np
from ase import Atoms

from lecture8.fitting.networks.batches import to_batch
from lecture8.fitting.networks.model import EnergyNetwork, Network, initialise, reference_energies
from lecture8.fitting.networks.potential import NetworkPotential
from lecture8.fitting.networks.training import train_network


def fit_network(
    train: list[Atoms],
    validation: list[Atoms],
    *,
    model: Network | NetworkPotential,
    rng: np.random.Generator,
    **settings,
) -> NetworkPotential:
    """Fit a network to labelled frames and return the best seen on `validation`.

    Parameters
    ----------
    train, validation : list of Atoms
        With energy (eV) and forces (eV/Å).
    model : Network or NetworkPotential
        A fitted potential is where the fit starts from; it is not changed.
    rng : numpy Generator
        Draws the first weights and the order of the frames.
    settings
        Those of `train_network`, all of them.

    Raises
    ------
    ValueError
        For an element that a fitted `model` does not know.
    """
    if warm := isinstance(model, NetworkPotential):
        description, offsets = model.description, model.reference_energies
        options = {"skin": model.skin}
        network = EnergyNetwork(description)
        network = network.to(next(model.network.parameters()).dtype)
        network.load_state_dict(model.network.state_dict())
        for atoms in train:
            model.check_elements(atoms)
    else:
        description, offsets = model, reference_energies(train)
        network, options = initialise(description, rng), {}
    dtype = next(network.parameters()).dtype
    train, validation = (
        [to_batch(a, description.cutoff, reference_energies=offsets, dtype=dtype) for a in part]
        for part in (train, validation)
    )
    history = train_network(network, train, validation, rng=rng, warm=warm, **settings)
    return NetworkPotential(description, network, offsets, history=history, **options)
