"""The ab initio side: energies whose forces match, and the shipped table against its recipe."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms, units
from ase.calculators.calculator import Calculator

from lecture8.datasets import argon_dimer_table, butane_frames
from lecture8.frames import check, duplicates, label
from lecture8.reference import (
    argon_dimer_energy,
    dft_energy_and_forces,
    gfn2_xtb,
    labelled_dynamics,
    torsion_scan,
    turn_torsion,
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
    path = "recipes/argon_dimer.py"
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
    with pytest.raises(ValueError, match=r"distance is -1.0, but must be a positive"):
        argon_dimer_energy(-1.0)


# Ab initio dynamics ------------------------------------------------------------------------------


def test_labelled_dynamics_makes_frames_with_their_own_labels():
    frames = labelled_dynamics(
        butane(),
        gfn2_xtb(),
        temperature_K=500,
        steps=40,
        record_every=10,
        equilibrate=20,
        rng=np.random.default_rng(0),
        run="a",
    )
    assert [atoms.info["time_ps"] for atoms in frames] == [0.005, 0.01, 0.015, 0.02]
    assert {atoms.info["run"] for atoms in frames} == {"a"}
    check(frames)
    for atoms in frames:
        # Its own iterations start elsewhere: GFN2-xTB converges its charges to some 1e-6.
        fresh = label([atoms], gfn2_xtb())[0]
        assert atoms.get_potential_energy() == pytest.approx(fresh.get_potential_energy(), abs=1e-5)
        assert np.allclose(atoms.get_forces(), fresh.get_forces(), atol=1e-3)
        assert np.allclose(atoms.get_center_of_mass(), 0, atol=1e-9)


def test_labelled_dynamics_holds_its_temperature():
    """Springs in place of electrons: the mean potential energy of k r^2 / 2 is kT/2 per axis."""

    class Well(Calculator):
        implemented_properties = ("energy", "forces")

        def calculate(self, atoms=None, properties=(), system_changes=()):
            super().calculate(atoms, properties, system_changes)
            r = self.atoms.positions
            self.results = {"energy": 0.5 * 3.0 * np.sum(r**2), "forces": -3.0 * r}

    atoms = Atoms("H8", positions=np.zeros((8, 3)), cell=[50, 50, 50], pbc=True)
    frames = labelled_dynamics(
        atoms,
        Well(),
        temperature_K=500,
        steps=10_000,
        record_every=20,
        timestep_fs=1.0,
        equilibrate=500,
        rng=np.random.default_rng(1),
    )
    mean = np.mean([a.get_potential_energy() for a in frames])
    # 24 axes, 500 frames, correlated over a few of them: 2 % standard error.
    assert mean == pytest.approx(24 * 0.5 * units.kB * 500, rel=0.06)


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


def test_the_recipe_makes_the_shipped_frames_begin_alike():
    """The first frames of the first run, remade: short enough for chaos not to matter."""
    path = Path("recipes/butane.py")
    specification = importlib.util.spec_from_file_location("make_butane", path)
    recipe = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(recipe)
    remade = recipe.one_run(300, 0, steps=200)
    shipped = butane_frames("300K")[0]
    assert remade[0].info == shipped.info
    # After 1.1 ps the rounding of another machine has grown; a bond is stiffer than that.
    assert remade[0].get_potential_energy() == pytest.approx(
        shipped.get_potential_energy(), abs=0.05
    )


def test_there_is_no_other_temperature():
    with pytest.raises(ValueError, match="no frames called '400K'; choose 300K"):
        butane_frames("400K")


def test_a_torsion_turns_one_end_and_keeps_bonds():
    gauche = turn_torsion(butane(), BUTANE_CHAIN, 65)
    assert gauche.get_dihedral(*BUTANE_CHAIN) == pytest.approx(65)
    for a, b in ((0, 1), (1, 2), (2, 3)):
        assert gauche.get_distance(a, b) == pytest.approx(butane().get_distance(a, b))
