"""The ab initio side: energies whose forces match, and the shipped table against its recipe."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms, units

from lecture8.reference import (
    argon_dimer_energy,
    argon_dimer_table,
    dft_energy_and_forces,
    gfn2_xtb,
    torsion_scan,
)
from lecture8.structures import BUTANE_CHAIN, butane
from lecture8.validation import numerical_forces


def test_gfn2_xtb_forces_are_minus_the_gradient():
    water = Atoms("OHH", positions=[[0, 0, 0], [0.8, 0.6, 0], [-0.7, 0.7, 0.1]])
    forces = gfn2_xtb().get_forces(water)
    # The field converges to about 1e-6 Hartree-like units; h = 0.005 Å divides that error.
    expected = numerical_forces(water, gfn2_xtb(), displacement=0.005)
    np.testing.assert_allclose(forces, expected, atol=2e-3)


def test_dft_forces_are_minus_the_gradient():
    def energy(distance):
        return dft_energy_and_forces(Atoms("H2", positions=[[0, 0, 0], [0, 0, distance]]))

    (high, _), (low, _), (_, forces) = energy(0.81), energy(0.79), energy(0.80)
    # The grid moves with the atoms and its own derivative is left out: a few meV/Å.
    assert forces[1, 2] == pytest.approx(-(high - low) / 0.02, abs=0.02)
    assert abs(forces.sum(axis=0)).max() < 1e-6


def test_torsion_of_butane():
    energies, structures = torsion_scan(
        butane(), gfn2_xtb(), chain=BUTANE_CHAIN, angles_deg=[180, 120, 60, 0]
    )
    meV = (energies - energies[0]) * 1e3
    assert meV[0] < meV[2] < meV[1] < meV[3]  # trans, gauche, barrier, cis
    assert 10 < meV[2] < 60
    for angle, atoms in zip([180, 120, 60, 0], structures, strict=True):
        turned = atoms.get_dihedral(*BUTANE_CHAIN)
        assert abs((turned - angle + 180) % 360 - 180) < 0.5
        assert atoms.get_distance(1, 2) == pytest.approx(1.53, abs=0.05)  # nothing else broke


def test_table_is_a_well_at_the_right_place():
    table = argon_dimer_table()
    r = table["distance"]
    assert np.all(np.diff(r) > 0)
    best = table["aug-cc-pvtz+bond"]
    # Patkowski and Szalewicz (2010): 99.3 cm-1 at 3.762 Å.
    assert r[best.argmin()] == pytest.approx(3.76, abs=0.07)
    assert -best.min() / units.invcm == pytest.approx(99.3, abs=3)
    small = table["aug-cc-pvdz"]
    assert -small.min() < 0.6 * -best.min()  # what a small basis misses


def test_table_is_what_its_recipe_gives():
    table = argon_dimer_table()
    at = 10
    live = argon_dimer_energy(table["distance"][at], basis="aug-cc-pvdz", bond_functions=False)
    # Three decimals are printed; the coupled-cluster equations add their convergence.
    assert live == pytest.approx(table["aug-cc-pvdz"][at], abs=0.005 * units.invcm)


def test_the_recipe_writes_the_rows_of_the_shipped_table(tmp_path, monkeypatch):
    """The whole script, for two distances and the basis that takes seconds."""
    path = "lecture8/data/make_argon_dimer.py"
    spec = importlib.util.spec_from_file_location("make_argon_dimer", path)
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    shipped = Path("lecture8/data/argon_dimer.csv").read_text().splitlines()
    assert shipped[2] == ",".join(("distance_A", *recipe.LEVELS))
    assert [float(row.split(",")[0]) for row in shipped[3:]] == list(recipe.DISTANCES)
    level = next(iter(recipe.LEVELS))
    monkeypatch.setattr(recipe, "LEVELS", {level: recipe.LEVELS[level]})
    monkeypatch.setattr(recipe, "DISTANCES", (3.5, 4.5))
    recipe.main(tmp_path / "table.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]
    written = (tmp_path / "table.csv").read_text().splitlines()
    assert written[:2] == shipped[:2]
    for row in written[3:]:
        distance, energy = map(float, row.split(","))
        expected = next(s for s in shipped[3:] if float(s.split(",")[0]) == distance)
        assert energy == pytest.approx(float(expected.split(",")[1]), abs=0.005)  # 1/cm


def test_a_distance_must_be_positive():
    with pytest.raises(ValueError, match=r"distance is -1.0 Å"):
        argon_dimer_energy(-1.0)
