"""The PaiNN written out by hand is SchNetPack's."""

import numpy as np
import pytest

from lecture8.fitting.networks import compiled_painn
from lecture8.fitting.networks.compiled_painn import CompiledPaiNN
from lecture8.fitting.networks.model import Network, initialise, pair_gradients
from lecture8.pairs import pairs_within


def both(atoms, description, seed=0):
    network = initialise(description, np.random.default_rng(seed)).double()
    i, j, shift = pairs_within(atoms, description.cutoff)
    r_ij = atoms.positions[j] + shift - atoms.positions[i]
    ours = CompiledPaiNN(network, description)(atoms.numbers, i, j, r_ij)
    return ours, pair_gradients(network, atoms.numbers, i, j, r_ij)


@pytest.mark.parametrize("interactions", [1, 3])
def test_energies_and_gradients_are_those_of_schnetpack(molecule, crystal, interactions):
    description = Network("painn", features=16, interactions=interactions, cutoff=4.5)
    for atoms in (molecule, crystal):
        (energies, gradient), (expected, expected_gradient) = both(atoms, description)
        assert np.abs(expected_gradient).max() > 1e-3
        # The table of the filters: 1e-8 of their value, a hundred times more of their slope.
        assert np.allclose(energies, expected, atol=1e-7)
        assert np.allclose(gradient, expected_gradient, atol=1e-5)


def test_a_coarse_table_would_be_noticed(molecule, monkeypatch):
    monkeypatch.setattr(compiled_painn, "KNOTS_PER_ANGSTROM", 4)
    (_, gradient), (_, expected) = both(molecule, Network("painn", features=16))
    assert not np.allclose(gradient, expected, atol=1e-5)
