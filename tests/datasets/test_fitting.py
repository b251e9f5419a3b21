"""What is shipped is what its recipe gave, and is as good as the table says."""

import numpy as np
import pytest

from lecture8.datasets import butane_frames, costs, fitted_butane, learning_curves, stability
from lecture8.fitting import errors
from lecture8.frames import check, duplicates, label, split
from lecture8.reference import gfn2_xtb
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
    assert len(runs["run"]) == 4 * 5 * 3
    for level in (6, 8, 10, 12):
        for k in range(5):
            here = (runs["potential"] == f"mtp {level}") & (runs["fit"] == k)
            assert sorted(runs["run"][here]) == [0, 1, 2]
            assert np.ptp(runs["force_mae_meV_A"][here]) == 0  # the runs of a fit share its error


def price_per_atom(table, method):
    rows = table["method"] == method
    return table["seconds_per_step"][rows] / table["atoms"][rows]


def test_the_price_list_is_in_its_order():
    table = costs()
    methods = ["Lennard-Jones", "moment network", "CHGNet", "SevenNet-0", "DFT"]
    prices = [price_per_atom(table, method).mean() for method in methods]
    assert np.all(np.diff(np.log10(prices)) > 0.3)  # each at least twice the one before
    # From size to size: proportional to N for pairs (the cache costs a little more), and
    # steeply more for electrons. CCSD(T) grows as N^7 in the end.
    for method, lowest, highest in (
        ("Lennard-Jones", 0.9, 1.3),
        ("moment network", 0.9, 1.2),
        ("GFN2-xTB", 1.5, 3),
        ("DFT", 2, 3.5),
        ("CCSD(T) energy", 5, 7.5),
    ):
        rows = table["method"] == method
        logs = np.log(table["atoms"][rows]), np.log(table["seconds_per_step"][rows])
        assert lowest < np.polyfit(*logs, 1)[0] < highest, method


def test_there_is_no_other_architecture():
    with pytest.raises(ValueError, match="no fitted 'nequip'; choose schnet"):
        fitted_butane("nequip")


@pytest.mark.parametrize(("name", "runs", "frames"), [("300K", 4, 200), ("500K", 24, 1200)])
def test_shipped_frames_are_what_they_say(name, runs, frames):
    shipped = butane_frames(name)
    assert len(shipped) == frames
    assert len({atoms.info["run"] for atoms in shipped}) == runs
    assert {atoms.info["temperature_K"] for atoms in shipped} == {int(name[:-1])}
    check(shipped)
    assert duplicates(shipped[: frames // 2], shipped[frames // 2 :]) == []
    for atoms in shipped[:: frames // 3]:
        fresh = label([atoms], gfn2_xtb())[0]
        assert atoms.get_potential_energy() == pytest.approx(fresh.get_potential_energy(), abs=1e-4)
        # Positions are kept to 1e-8 Å; GFN2-xTB's own convergence is the larger error.
        assert np.allclose(atoms.get_forces(), fresh.get_forces(), atol=2e-3)


def test_there_is_no_other_temperature():
    with pytest.raises(ValueError, match="no frames called '400K'; choose 300K"):
        butane_frames("400K")
