"""Networks and frames that the tests of the fitting room share."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from lecture8.fitting.networks.description import ARCHITECTURES, Network
from lecture8.fitting.networks.model import initialise
from lecture8.fitting.networks.potential import NetworkPotential
from lecture8.structures import butane
from lecture8.threads import torch_settings


@pytest.fixture(autouse=True)
def one_core():
    """Let torch use one core, as `fit` does: sums over two have no fixed order."""
    with torch_settings(1):
        yield


@pytest.fixture(params=ARCHITECTURES)
def small(request):
    """An untrained potential of each architecture for C and H, in double precision."""
    description = Network(request.param, features=8, interactions=2, radial=10, cutoff=4.0)
    network = initialise(description, np.random.default_rng(3)).double()
    return NetworkPotential(description, network, {1: -13.6, 6: -1030.0})


@pytest.fixture
def molecule() -> Atoms:
    """A butane off its minimum."""
    atoms = butane()
    atoms.rattle(0.05, rng=np.random.default_rng(0))
    return atoms


@pytest.fixture
def crystal() -> Atoms:
    """Carbon and hydrogen on a skewed rock salt lattice: eight atoms, smaller than the cutoff."""
    atoms = bulk("CH", "rocksalt", a=4.2) * (2, 2, 1)
    atoms.set_cell(
        atoms.cell.array @ [[1, 0.05, 0], [0, 1.02, 0.03], [0, 0, 0.97]], scale_atoms=True
    )
    atoms.rattle(0.1, rng=np.random.default_rng(1))
    return atoms
