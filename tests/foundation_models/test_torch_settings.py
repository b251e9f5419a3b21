"""What somebody set in torch changes no number of a potential that computes with it."""

import numpy as np
import pytest
import torch
from ase.build import bulk

from lecture8.datasets import fitted_butane
from lecture8.foundation_models import load
from lecture8.structures import butane


@pytest.fixture
def make(request, tmp_path):
    """Return a function that makes the potential of a name afresh, and atoms for it."""

    def potential_and_atoms(name):
        if name in ("schnet", "painn", "so3net"):
            return fitted_butane(name), butane()
        if name == "mace":
            (tmp_path / "mace.model").write_bytes(request.getfixturevalue("mace_content"))
            sha256 = request.getfixturevalue("mace_sha256")
            potential = load("mace-mp-0", weights=tmp_path / "mace.model", sha256=sha256)
            return potential, bulk("LiS", "rocksalt", a=5.2, cubic=True)
        return load(name), bulk("LiF", "rocksalt", a=4.0, cubic=True)

    return potential_and_atoms


@pytest.mark.parametrize("name", ["schnet", "painn", "so3net", "sevennet-0", "chgnet", "mace"])
def test_what_somebody_set_in_torch_changes_no_number(make, name):
    def numbers():
        potential, atoms = make(name)
        energies, forces = potential.predict([atoms])
        asked = [potential.get_potential_energy(atoms), *potential.get_forces(atoms).flat]
        return [*asked, *energies, *forces[0].flat]

    expected = numbers()
    before = torch.get_default_dtype()
    try:
        torch.set_default_dtype(torch.float64)
        # Single precision; two threads add up in any order.
        np.testing.assert_allclose(numbers(), expected, rtol=0, atol=2e-6)
        with torch.no_grad():
            np.testing.assert_allclose(numbers(), expected, rtol=0, atol=2e-6)
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(before)
    random = torch.get_rng_state()
    numbers()
    assert torch.equal(torch.get_rng_state(), random)
