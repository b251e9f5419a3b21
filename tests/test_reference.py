"""The ab initio side: energies whose forces match, torsions, labelled dynamics."""

import numpy as np
import pytest
from ase import Atoms, units
from ase.calculators.calculator import Calculator

from lecture8.frames import check, label
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


def test_a_distance_must_be_positive():
    with pytest.raises(ValueError, match=r"distance is -1.0, but must be a positive"):
        argon_dimer_energy(-1.0)


# Ab initio dynamics ------------------------------------------------------------------------------


def test_labelled_dynamics_makes_frames_with_their_own_labels():
    frames = labelled_dynamics(
        butane(),
        gfn2_xtb(),
        temperature_K=500,
        picoseconds=0.02,
        record_every_fs=5,
        equilibrate_ps=0.01,
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
        picoseconds=10,
        record_every_fs=20,
        timestep_fs=1.0,
        equilibrate_ps=0.5,
        rng=np.random.default_rng(1),
    )
    mean = np.mean([a.get_potential_energy() for a in frames])
    # 24 axes, 500 frames, correlated over a few of them: 2 % standard error.
    assert mean == pytest.approx(24 * 0.5 * units.kB * 500, rel=0.06)


def test_a_torsion_turns_one_end_and_keeps_bonds():
    gauche = turn_torsion(butane(), BUTANE_CHAIN, 65)
    assert gauche.get_dihedral(*BUTANE_CHAIN) == pytest.approx(65)
    for a, b in ((0, 1), (1, 2), (2, 3)):
        assert gauche.get_distance(a, b) == pytest.approx(butane().get_distance(a, b))
