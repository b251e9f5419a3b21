"""Argon: the numbers of atoms, the density, the temperature."""

import numpy as np
import pytest
from ase import units

from lecture8.structures import (
    ARGON,
    BUTANE_CHAIN,
    argon_box,
    argon_cluster,
    butane,
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
        (lambda: argon_box(2, density_g_cm3=-1), "density is -1 g/cm3"),
        (
            lambda: thermalise(argon_box(1), temperature_K=-5, rng=np.random.default_rng(0)),
            "temperature is -5 K",
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
