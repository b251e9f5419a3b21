"""Lennard-Jones against its formula, ASE's calculator, central differences and symmetry."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.lj import LennardJones as AseLennardJones

from lecture8.potentials import LennardJones, lennard_jones
from lecture8.structures import ARGON, argon_box, argon_cluster
from lecture8.validation import numerical_forces


def shaken_box():
    box = argon_box(3)
    box.rattle(0.3, rng=np.random.default_rng(4))
    return box


def triclinic_box():
    box = bulk("Ar", a=5.3) * (6, 6, 6)
    box.rattle(0.3, rng=np.random.default_rng(4))
    return box


@pytest.mark.parametrize("r", [0.9, 1.0, 2 ** (1 / 6), 2.0])
def test_pair_energy_and_force(r):
    positions = np.array([[0, 0, 0], [r, 0, 0]], float)
    energy, forces, *_ = lennard_jones(positions, epsilon=1.0, sigma=1.0)
    assert energy == pytest.approx(4 * (r**-12 - r**-6), abs=1e-12)
    # Force on the second atom, along x: 24 (2 / r^13 - 1 / r^7); positive (outwards) inside.
    assert forces[1, 0] == pytest.approx(24 * (2 * r**-13 - r**-7), abs=1e-11)
    np.testing.assert_array_equal(forces[0], -forces[1])


@pytest.mark.parametrize("make", [shaken_box, triclinic_box])
@pytest.mark.parametrize("onset", [None, 6.5])
def test_agrees_with_ase(make, onset):
    atoms = make()
    ours = LennardJones(**ARGON, cutoff=8.0, onset=onset)
    theirs = AseLennardJones(**ARGON, rc=8.0, ro=onset, smooth=onset is not None)
    # The same few thousand terms of up to 0.1 eV in another order.
    assert ours.get_potential_energy(atoms) == pytest.approx(
        theirs.get_potential_energy(atoms), abs=1e-10
    )
    np.testing.assert_allclose(ours.get_forces(atoms), theirs.get_forces(atoms), atol=1e-12)


def test_without_the_nearest_image_it_would_not():
    """The twin of the test above: the same box in free space is another system."""
    atoms = shaken_box()
    free = atoms.copy()
    free.pbc = False
    ours = LennardJones(**ARGON, cutoff=8.0)
    assert abs(ours.get_potential_energy(atoms) - ours.get_potential_energy(free)) > 0.1


@pytest.mark.parametrize("onset", [None, 6.5])
def test_forces_are_minus_the_gradient(onset):
    atoms = argon_cluster(3)
    atoms.rattle(0.2, rng=np.random.default_rng(1))
    potential = LennardJones(**ARGON, cutoff=8.0, onset=onset)
    deviation = abs(potential.get_forces(atoms) - numerical_forces(atoms, potential)).max()
    # h = 1e-4 Å: h^2 times third derivatives of a few eV/Å^3, and rounding 1e-15 / h.
    assert deviation < 1e-7


@pytest.mark.parametrize("r", [6.4999, 6.5001, 7.3, 7.9999, 8.0001, 9.0])
def test_the_switched_pair_is_smooth_where_it_begins_and_ends(r):
    def energy(distance):
        positions = np.array([[0, 0, 0], [distance, 0, 0]], float)
        return lennard_jones(positions, **ARGON, cutoff=8.0, onset=6.5)

    h = 1e-4
    slope = (energy(r + h)[0] - energy(r - h)[0]) / (2 * h)
    assert energy(r)[1][1, 0] == pytest.approx(-slope, abs=1e-8)
    if r > 8:
        assert energy(r)[0] == 0


def test_the_shifted_pair_is_continuous_in_energy_but_not_in_force():
    def at(r):
        positions = np.array([[0, 0, 0], [r, 0, 0]], float)
        energy, forces, *_ = lennard_jones(positions, **ARGON, cutoff=8.0)
        return energy, forces[1, 0]

    assert at(8 - 1e-9)[0] == pytest.approx(at(8 + 1e-9)[0], abs=1e-12)
    assert abs(at(8 - 1e-9)[1] - at(8 + 1e-9)[1]) > 1e-5


def test_energy_knows_no_rotation_no_numbering_and_no_wrapping():
    atoms = shaken_box()
    potential = LennardJones(**ARGON, cutoff=8.0)
    energy, forces = potential.get_potential_energy(atoms), potential.get_forces(atoms)
    assert abs(forces.sum(axis=0)).max() < 1e-12  # Newton's third law, up to rounding

    order = np.random.default_rng(0).permutation(len(atoms))
    shuffled = atoms[order]
    assert potential.get_potential_energy(shuffled) == pytest.approx(energy, abs=1e-11)
    np.testing.assert_allclose(potential.get_forces(shuffled), forces[order], atol=1e-12)

    moved = atoms.copy()
    moved.positions += np.outer(np.arange(len(atoms)) % 3 - 1, atoms.cell[0])
    assert potential.get_potential_energy(moved) == pytest.approx(energy, abs=1e-10)

    turned = atoms.copy()
    turned.rotate(40, (1, 2, 3), rotate_cell=True)
    assert potential.get_potential_energy(turned) == pytest.approx(energy, abs=1e-10)


# Bad input ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("cutoff", [None, 9.0])
def test_a_cutoff_longer_than_half_the_cell_is_refused(cutoff):
    with pytest.raises(ValueError, match=r"must be at most 8.670 Å"):
        LennardJones(**ARGON, cutoff=cutoff).get_potential_energy(argon_box(3))


def test_half_the_shortest_height_counts_and_not_half_an_edge():
    skewed = Atoms("Ar", cell=[[10, 0, 0], [9, 5, 0], [0, 0, 10]], pbc=True)
    with pytest.raises(ValueError, match=r"at most 2\.428 Å"):
        LennardJones(**ARGON, cutoff=4.0).get_potential_energy(skewed)


def test_a_second_species_is_refused():
    with pytest.raises(ValueError, match=r"one species, but the atoms are \['Ar', 'Kr'\]"):
        LennardJones(**ARGON).get_potential_energy(Atoms("ArKr", positions=[[0, 0, 0], [4, 0, 0]]))


def test_partly_periodic_atoms_are_refused():
    box = argon_box(3)
    box.pbc = [True, True, False]
    with pytest.raises(ValueError, match="all three directions or none"):
        LennardJones(**ARGON, cutoff=8.0).get_potential_energy(box)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"epsilon": -1.0, "sigma": 3.4}, "epsilon is -1.0"),
        ({"epsilon": 1.0, "sigma": 0.0}, "sigma is 0.0"),
        ({"epsilon": 1.0, "sigma": 3.4, "onset": 5.0}, "no cutoff to switch to"),
    ],
)
def test_parameters_without_meaning_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        LennardJones(**wrong)


def test_an_onset_beyond_the_cutoff_is_refused():
    with pytest.raises(ValueError, match=r"between 0 and the cutoff of 8\.0"):
        LennardJones(**ARGON, cutoff=8.0, onset=8.5).get_potential_energy(argon_box(3))
