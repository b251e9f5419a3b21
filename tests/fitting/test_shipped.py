"""What is shipped is what its recipe gave, and is as good as the table says."""

import numpy as np
import pytest

from lecture8.fitting import errors
from lecture8.fitting.shipped import fitted_butane, learning_curves, stability
from lecture8.frames import split
from lecture8.reference import butane_frames
from lecture8.validation import numerical_forces


@pytest.fixture(scope="module")
def test_frames():
    *_, test = split(
        butane_frames(), train=400, validation=100, test=400, rng=np.random.default_rng(0)
    )
    return test


@pytest.mark.parametrize("architecture", ["schnet", "painn", "so3net"])
def test_a_shipped_potential_is_the_one_of_the_table(architecture, test_frames):
    table = learning_curves()
    row = (table["architecture"] == architecture) & (table["frames"] == 400) & (table["seed"] == 0)
    potential = fitted_butane(architecture)
    found = errors(test_frames, potential)
    # Single precision on another machine; the table has two decimals.
    assert found.force_mae == pytest.approx(table["force_mae_meV_A"][row][0], abs=0.05)
    assert found.energy_mae == pytest.approx(table["energy_mae_meV"][row][0], abs=0.05)
    assert potential.number_of_parameters == table["parameters"][row][0]
    assert len(potential.history["epoch"]) > 10


@pytest.mark.parametrize("architecture", ["schnet", "painn", "so3net"])
def test_forces_of_a_shipped_potential_are_the_slope_of_its_energy(architecture, test_frames):
    potential = fitted_butane(architecture).double()
    atoms = test_frames[7].copy()
    slope = numerical_forces(atoms, potential)
    # Central differences of an energy of 371 eV, known to 1e-13 of it; SchNetPack's constants and
    # PaiNN's table add 1e-5.
    assert np.allclose(potential.get_forces(atoms), slope, atol=1e-4)


def test_the_tables_are_whole():
    table = learning_curves()
    combinations = set(
        zip(table["architecture"], table["frames"].tolist(), table["seed"].tolist(), strict=True)
    )
    assert len(combinations) == len(table["seed"]) == 3 * 5 * 2
    runs = stability()
    assert np.all((runs["survived_ps"] > 0) & (runs["survived_ps"] <= 50))
    assert {"schnet", "painn", "so3net", "mtp 6", "mtp 12"} <= set(runs["potential"])


def test_there_is_no_other_architecture():
    with pytest.raises(ValueError, match="no fitted 'nequip'; choose schnet"):
        fitted_butane("nequip")
