"""What holds for every potential of ours, from Lennard-Jones to foundation models."""

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.calculator import CalculationFailed

from lecture8.datasets import fitted_butane, fitted_lgps
from lecture8.foundation_models import load
from lecture8.potentials import LennardJones
from lecture8.potentials.fast_lennard_jones import FastLennardJones
from lecture8.structures import ARGON, argon_box, butane, lgps
from tests.fitting.moment_tensors.planted import planted

OF_TORCH = ["schnet", "painn", "so3net", "sevennet-0", "chgnet", "mace"]
ALL = ["Lennard-Jones", "fast Lennard-Jones", "moment tensor", "moment network", *OF_TORCH]


@pytest.fixture
def make(request, tmp_path):
    """Return a function that makes the potential of a name afresh, and atoms for it."""

    def potential_and_atoms(name):
        if name in ("schnet", "painn", "so3net"):
            return fitted_butane(name), butane()
        if name == "moment tensor":
            return planted(), butane()
        if name == "moment network":
            return fitted_lgps(), lgps()
        if name.endswith("Lennard-Jones"):
            kind = LennardJones if name == "Lennard-Jones" else FastLennardJones
            return kind(**ARGON, cutoff=5.0), argon_box(3)
        if name == "mace":
            (tmp_path / "mace.model").write_bytes(request.getfixturevalue("mace_content"))
            sha256 = request.getfixturevalue("mace_sha256")
            potential = load("mace-mp-0", weights=tmp_path / "mace.model", sha256=sha256)
            return potential, bulk("LiS", "rocksalt", a=5.2, cubic=True)
        return load(name), bulk("LiF", "rocksalt", a=4.0, cubic=True)

    return potential_and_atoms


@pytest.mark.parametrize("name", ALL)
def test_positions_and_cells_that_are_no_numbers_are_refused_in_one_sentence(make, name):
    potential, atoms = make(name)
    energy = potential.get_potential_energy(atoms)
    for value in (np.nan, np.inf, -np.inf, 1e30):
        broken = atoms.copy()
        broken.positions[3, 1] = value
        ways = [potential.get_potential_energy, potential.get_forces]
        if hasattr(potential, "predict"):
            ways.append(lambda atoms: potential.predict([atoms]))
        for way in ways:
            with pytest.raises(CalculationFailed, match=r"positions of atom 3 \(\w+\) are .*, "):
                way(broken)
        broken = atoms.copy()
        broken.cell[1, 1] = value
        with pytest.raises(CalculationFailed, match="the cell is "):
            potential.get_potential_energy(broken)
    assert potential.get_potential_energy(atoms.copy()) == energy  # nothing of it stays behind


@pytest.mark.parametrize("name", OF_TORCH)
def test_what_somebody_set_in_torch_changes_no_number(make, name):
    import torch

    def numbers():
        potential, atoms = make(name)
        found = [potential.get_potential_energy(atoms), *potential.get_forces(atoms).flat]
        if hasattr(potential, "predict"):
            found += [*potential.predict([atoms])[0], *potential.predict([atoms])[1][0].flat]
        return found

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
