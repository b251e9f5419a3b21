"""Argon: the numbers of atoms, the density, the temperature. LGPS, NGPO: bonds."""

import numpy as np
import pytest
from ase import units
from ase.build import make_supercell

from lecture8.foundation_models import load
from lecture8.structures import (
    ARGON,
    BUTANE_CHAIN,
    argon_box,
    argon_cluster,
    butane,
    lgps,
    nagp,
    ngpo,
    thermalise,
)


@pytest.mark.parametrize(("shells", "number"), [(1, 1), (2, 13), (3, 55), (4, 147)])
def test_clusters_are_mackay_icosahedra(shells, number):
    cluster = argon_cluster(shells)
    assert len(cluster) == number
    assert set(cluster.symbols) == {"Ar"}
    assert not cluster.pbc.any()
    if shells > 1:
        distances = np.linalg.norm(cluster.positions, axis=1)
        nearest = np.sort(distances)[1:13]
        np.testing.assert_allclose(nearest, 2 ** (1 / 6) * ARGON["sigma"], rtol=1e-9)


@pytest.mark.parametrize(("repeat", "number"), [(1, 4), (3, 108), (6, 864)])
def test_box_has_the_density_it_was_asked_for(repeat, number):
    box = argon_box(repeat, density_g_cm3=1.374)
    assert len(box) == number
    grams = box.get_masses().sum() * units._amu * 1e3
    assert grams / (box.get_volume() * 1e-24) == pytest.approx(1.374, rel=1e-9)
    assert box.pbc.all()


def test_thermalise_gives_the_temperature_and_no_drift_and_leaves_its_argument_alone():
    box = argon_box(6)
    hot = thermalise(box, temperature_K=94.4, rng=np.random.default_rng(0))
    # The temperature of 864 atoms fluctuates by sqrt(2 / 3N) = 2.8 %: four of those.
    assert hot.get_temperature() == pytest.approx(94.4, rel=0.11)
    assert abs(hot.get_momenta().sum(axis=0)).max() < 1e-10
    assert abs(box.get_momenta()).max() == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: argon_cluster(0), "shells is 0"),
        (lambda: argon_box(0), "repeat is 0"),
        (lambda: argon_box(2, density_g_cm3=-1), "density_g_cm3 is -1"),
        (
            lambda: thermalise(argon_box(1), temperature_K=-5, rng=np.random.default_rng(0)),
            "temperature_K is -5",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_butane_is_trans_and_its_carbons_come_first_in_order():
    molecule = butane()
    assert molecule.get_chemical_formula() == "C4H10"
    assert list(molecule.symbols[:4]) == ["C"] * 4
    for i in range(3):
        assert molecule.get_distance(i, i + 1) == pytest.approx(1.53, abs=0.03)
    assert molecule.get_dihedral(*BUTANE_CHAIN) == pytest.approx(180, abs=1)


def shortest(atoms, first, second):
    """Return the shortest distance (Å) from each `first` atom to another of the kind `second`."""
    distances = atoms.get_all_distances(mic=True)
    np.fill_diagonal(distances, np.inf)
    return distances[atoms.symbols == first][:, atoms.symbols == second].min(axis=1)


def test_lgps_is_the_electrolyte():
    cell = lgps()
    assert str(cell.symbols) == "Li20Ge2P4S24"
    assert cell.pbc.all()
    assert not cell.info
    assert cell.calc is None
    a, b, c, *angles = cell.cell.cellpar()
    # PBE, which SevenNet-0 imitates, makes cells some 1 % too long; an ordering of Li and Ge breaks
    # the symmetry by another percent or two.
    assert np.array([a, b]) == pytest.approx([8.718, 8.718], rel=0.03)
    assert c == pytest.approx(12.635, rel=0.03)
    assert angles == pytest.approx([90, 90, 90], abs=2)


def test_lgps_is_made_of_tetrahedra_and_lithium_between_them():
    cell = lgps()
    distances = cell.get_all_distances(mic=True)
    sulphur = cell.symbols == "S"
    for symbol, bond in (("P", 2.06), ("Ge", 2.24)):
        nearest = np.sort(distances[cell.symbols == symbol][:, sulphur], axis=1)
        # Bonds differ with the lithium beside them by some hundredths of an Å.
        np.testing.assert_allclose(nearest[:, :4], bond, atol=0.07)
        assert nearest[:, 4].min() > 3.2  # the fifth S belongs to another tetrahedron
    lithium = shortest(cell, "Li", "S")
    assert lithium.min() > 2.2
    assert lithium.max() < 2.6
    assert shortest(cell, "Li", "Li").min() > 2.4


def test_lgps_is_relaxed_under_sevennet_0():
    atoms = lgps()
    atoms.calc = load("sevennet-0")
    # Relaxed until 0.05 eV/Å; rounding positions to 1e-5 Å adds less than 1e-3.
    assert np.linalg.norm(atoms.get_forces(), axis=1).max() < 0.06
    assert abs(atoms.get_stress()).max() < 0.3 * units.GPa


def test_ngpo_is_made_of_octahedra_and_tetrahedra_and_sodium_between_them():
    atoms = ngpo()
    assert atoms.get_chemical_formula() == "Ge4Na2O24P6"
    assert list(dict.fromkeys(atoms.symbols)) == ["Na", "Ge", "P", "O"]
    distances = atoms.get_all_distances(mic=True)
    oxygen = atoms.symbols == "O"
    # Bond and number of O of each kind; the spread within a kind is that of R-3c, below 0.05 Å.
    for symbol, bond, number, beyond in (("P", 1.54, 4, 2.7), ("Ge", 1.90, 6, 2.9)):
        nearest = np.sort(distances[atoms.symbols == symbol][:, oxygen], axis=1)
        np.testing.assert_allclose(nearest[:, :number], bond, atol=0.05)
        assert nearest[:, number].min() > beyond
    sodium = atoms.symbols == "Na"
    nearest = np.sort(distances[sodium][:, oxygen], axis=1)
    np.testing.assert_allclose(nearest[:, :6], nearest[0, 0], atol=0.01)  # M1: an octahedron
    assert distances[sodium][:, sodium].max() == pytest.approx(6.03, abs=0.02)


def test_ngpo_beside_experiment():
    cell = make_supercell(ngpo(), ((1, -1, 0), (0, 1, -1), (1, 1, 1)))  # three, hexagonal
    assert len(cell) == 108
    a, b, c, *angles = cell.cell.cellpar()
    assert angles == pytest.approx([90, 90, 120], abs=1e-3)
    # What the docstring says; Zhao et al. 2009 have 8.109 and 21.536 Å, and CHGNet is off by 3.1 %.
    assert (a, b, c) == pytest.approx((8.36, 8.36, 21.67), abs=0.01)
    assert (a, c) == pytest.approx((8.109, 21.536), rel=0.035)


def test_nagp_is_ngpo_with_aluminium_and_a_sodium_beside_each():
    atoms = nagp()
    assert atoms.get_chemical_formula() == "Al2Ge6Na6O48P12"
    assert list(dict.fromkeys(atoms.symbols)) == ["Na", "Al", "Ge", "P", "O"]
    charges = {"Na": 1, "Al": 3, "Ge": 4, "P": 5, "O": -2}
    assert sum(charges[symbol] for symbol in atoms.symbols) == 0
    distances = atoms.get_all_distances(mic=True)
    oxygen, sodium = (atoms.symbols == symbol for symbol in ("O", "Na"))
    for symbol, bond, number in (("P", 1.54, 4), ("Ge", 1.91, 6), ("Al", 1.93, 6)):
        nearest = np.sort(distances[atoms.symbols == symbol][:, oxygen], axis=1)
        np.testing.assert_allclose(nearest[:, :number], bond, atol=0.12)
    # Each Al has an Na on M2 within 4 Å; no two Na are closer than M1 and M2.
    aluminium = atoms.symbols == "Al"
    assert (distances[aluminium][:, sodium].min(axis=1) < 4).all()
    between = distances[np.ix_(sodium, sodium)] + 9 * np.eye(6)
    assert between.min() > 2.6


@pytest.mark.parametrize("crystal", [ngpo, nagp])
def test_the_homeworks_crystals_are_relaxed_under_chgnet(crystal):
    atoms = crystal()
    atoms.calc = load("chgnet")
    # Relaxed until 0.002 eV/Å, or 300 steps: a tenth of a GPa is 1 in 1000 of the volume.
    assert np.linalg.norm(atoms.get_forces(), axis=1).max() < 0.005
    assert abs(atoms.get_stress()).max() < 0.12 * units.GPa
