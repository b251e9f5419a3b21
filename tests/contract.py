"""What a potential promises: one function a clause, for any `Potential` and atoms that it knows.

Each takes ``(potential, atoms, precision)``, with atoms in a skewed periodic cell and off their
places, and fails an assertion where the promise is broken. All compute with one and the same
potential: what one clause leaves behind must be nothing to the next.
"""

import copy
import pickle
from typing import NamedTuple

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.calculator import CalculationFailed, PropertyNotImplementedError
from ase.constraints import FixAtoms
from scipy.spatial.transform import Rotation

from lecture8.integrators import simulate, velocity_verlet
from lecture8.potentials import NotOffered, Potential

VOIGT = [(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)]  # ASE's order
NOBODY_KNOWS = "Og"


class Precision(NamedTuple):
    """How exact the arithmetic of a potential is, and what follows for numerical derivatives."""

    energy: float  # eV, how far rounding may take the energy of a frame
    force: float  # eV/Å, the same of a force
    step: float  # Å, of numerical derivatives
    slope: float  # eV/Å, the error of those: energy / step, or third derivative * step^2 / 6


# Sums of some thousand terms, each exact to 1e-15 of itself; the third derivatives of stiff bonds
# are some 1e3 eV/Å3.
DOUBLE = Precision(energy=1e-8, force=1e-8, step=1e-4, slope=1e-5)
# An energy of 100 eV is exact to 1e-5 eV; a step at which that spoils a slope as much as the
# third derivative does.
SINGLE = Precision(energy=5e-5, force=2e-4, step=3e-3, slope=1e-2)


def energy_and_forces(potential, atoms: Atoms) -> tuple[float, np.ndarray]:
    return potential.get_potential_energy(atoms), potential.get_forces(atoms)


def assert_same(got, expected, precision: Precision) -> None:
    """Hold two (energy, forces) to each other."""
    assert abs(got[0] - expected[0]) <= precision.energy
    np.testing.assert_allclose(got[1], expected[1], rtol=0, atol=precision.force)


# Derivatives --------------------------------------------------------------------------------------


def forces_are_the_slope_of_the_energy(potential, atoms, precision):
    forces = potential.get_forces(atoms)
    assert np.abs(forces).max() > 10 * precision.slope, "nothing to compare: choose other atoms"
    rng, h = np.random.default_rng(0), precision.step
    for _ in range(4):
        way = rng.standard_normal(forces.shape)
        way /= np.linalg.norm(way)
        energies = []
        for s in (-h, h):
            moved = atoms.copy()
            moved.positions += s * way
            energies.append(potential.get_potential_energy(moved))
        slope = (energies[1] - energies[0]) / (2 * h)
        assert abs(slope + np.sum(forces * way)) <= precision.slope


def stress_is_the_strain_derivative_of_the_energy(potential, atoms, precision):
    stress, volume = potential.get_stress(atoms), atoms.get_volume()
    # Compared as energies, dE/d(strain). A strain changes pairs by their distance, some 3 Å, times
    # it; the errors of the atoms add up at random.
    strain = precision.step / 3
    tolerance = 3 * precision.slope * len(atoms) ** 0.5
    normal, shear = np.split(stress * volume, 2)
    # Nor could it be told which shear is which.
    assert np.abs(normal).max() > 2 * tolerance, "nothing to compare: strain the cell"
    assert np.ptp(shear) > 2 * tolerance, "nothing to compare: skew the cell"
    for (a, b), component in zip(VOIGT, stress, strict=True):
        energies = []
        for s in (-strain, strain):
            deformation = np.eye(3)
            deformation[a, b] += s / 2
            deformation[b, a] += s / 2
            strained = atoms.copy()
            strained.set_cell(atoms.cell.array @ deformation, scale_atoms=True)
            energies.append(potential.get_potential_energy(strained))
        slope = (energies[1] - energies[0]) / (2 * strain)
        assert abs(slope - component * volume) <= tolerance


# Symmetries ---------------------------------------------------------------------------------------


def a_shift_of_all_atoms_changes_nothing(potential, atoms, precision):
    shifted = atoms.copy()
    shifted.positions += [1.3, -2.1, 0.7]
    assert_same(
        energy_and_forces(potential, shifted), energy_and_forces(potential, atoms), precision
    )


def forces_turn_with_the_atoms_and_the_cell(potential, atoms, precision):
    turn = Rotation.from_rotvec([0.5, -1.1, 0.8]).as_matrix()
    turned = atoms.copy()
    turned.set_cell(atoms.cell.array @ turn.T)
    turned.positions = atoms.positions @ turn.T
    energy, forces = energy_and_forces(potential, atoms)
    assert_same(energy_and_forces(potential, turned), (energy, forces @ turn.T), precision)


def the_order_of_the_atoms_is_of_no_matter(potential, atoms, precision):
    order = np.random.default_rng(0).permutation(len(atoms))[::-1]
    energy, forces = energy_and_forces(potential, atoms)
    assert_same(energy_and_forces(potential, atoms[order]), (energy, forces[order]), precision)


def an_atom_may_stand_in_any_cell(potential, atoms, precision):
    elsewhere = atoms.copy()
    elsewhere.positions[0] += 2 * atoms.cell[0] - atoms.cell[1]
    elsewhere.positions[-1] -= 3 * atoms.cell[2]
    expected = energy_and_forces(potential, atoms)
    assert_same(energy_and_forces(potential, elsewhere), expected, precision)
    elsewhere.wrap()
    assert_same(energy_and_forces(potential, elsewhere), expected, precision)


def two_cells_have_twice_the_energy(potential, atoms, precision):
    energy, forces = energy_and_forces(potential, atoms)
    stress = potential.get_stress(atoms)
    doubled = atoms * (1, 2, 1)
    two = 2 * energy, np.tile(forces, (2, 1))
    assert_same(energy_and_forces(potential, doubled), two, precision)
    # A virial is a sum of forces times distances, of 10 Å at most.
    tolerance = 10 * precision.force * len(atoms) / atoms.get_volume()
    np.testing.assert_allclose(potential.get_stress(doubled), stress, rtol=0, atol=tolerance)


# One answer, however asked ------------------------------------------------------------------------


def an_interaction_has_its_shapes_and_is_what_ase_gets(potential, atoms, precision):
    energy, forces, virial, energies = potential.interaction(atoms)
    assert np.shape(energy) == ()
    for array, shape in ((forces, (len(atoms), 3)), (virial, (3, 3))):
        assert array.shape == shape
        assert array.dtype == float
    if energies is not None:
        assert energies.shape == (len(atoms),)
        assert abs(energies.sum() - energy) <= precision.energy
    assert_same(energy_and_forces(potential, atoms), (energy, forces), precision)
    stress = [-virial[a, b] / atoms.get_volume() for a, b in VOIGT]
    tolerance = 10 * precision.force * len(atoms) / atoms.get_volume()  # as above
    # Nothing turns the cell: the virial is symmetric.
    np.testing.assert_allclose(virial, virial.T, rtol=0, atol=tolerance * atoms.get_volume())
    np.testing.assert_allclose(potential.get_stress(atoms), stress, rtol=0, atol=tolerance)
    attached = atoms.copy()
    attached.calc = potential
    assert_same(
        (attached.get_potential_energy(), attached.get_forces()), (energy, forces), precision
    )


def many_frames_are_predicted_as_one_by_one(potential, atoms, precision):
    other = atoms[: len(atoms) - len(atoms) // 2] * (2, 1, 1)
    other.rattle(0.02, seed=1)
    frames = [atoms, other, atoms]
    energies, forces = potential.predict(frames)
    assert np.shape(energies) == (3,)
    for atoms_of_one, energy, force in zip(frames, energies, forces, strict=True):
        alone = potential.interaction(atoms_of_one)
        assert_same((energy, force), (alone.energy, alone.forces), precision)


def everything_implemented_is_delivered(potential, atoms, precision):
    for name in potential.implemented_properties:
        value = potential.get_property(name, atoms)
        assert np.all(np.isfinite(value))
    assert {"energy", "free_energy", "forces", "stress"} <= set(potential.implemented_properties)
    assert potential.get_property("free_energy", atoms) == potential.get_potential_energy(atoms)
    with pytest.raises(PropertyNotImplementedError):
        potential.get_property("dipole", atoms)


def a_molecule_has_no_stress(potential, atoms, precision):
    molecule = atoms.copy()
    molecule.pbc = False
    potential.get_stress(atoms)  # that of the crystal must not be handed out again
    try:
        potential.get_potential_energy(molecule)
    except ValueError as sentence:
        refusal = str(sentence)
    else:
        refusal = ""
    if refusal:
        assert "pbc" in refusal
        return
    with pytest.raises(PropertyNotImplementedError):
        potential.get_stress(molecule)


# What it refuses ----------------------------------------------------------------------------------


def what_is_no_number_is_refused(potential, atoms, precision):
    energy = potential.get_potential_energy(atoms)
    ways = [
        potential.get_potential_energy,
        potential.get_forces,
        potential.interaction,
        lambda frame: potential.predict([atoms, frame]),
    ]
    for value in (np.nan, np.inf, -np.inf, 1e30):
        broken = atoms.copy()
        broken.positions[1, 1] = value
        for way in ways:
            with pytest.raises(CalculationFailed, match=r"positions of atom 1 \(\w+\) are .*, "):
                way(broken)
        broken = atoms.copy()
        broken.cell[1, 1] = value
        for way in ways:
            with pytest.raises(CalculationFailed, match="the cell is "):
                way(broken)
    assert potential.get_potential_energy(atoms.copy()) == energy  # nothing of it stays behind


def what_is_no_frame_is_refused(potential, atoms, precision):
    flat = atoms.copy()
    flat.cell[2] = flat.cell[0] + flat.cell[1]
    no_cell = atoms.copy()
    no_cell.cell = None
    stranger = atoms.copy()
    stranger.symbols[0] = NOBODY_KNOWS
    nobody = atoms[:0]
    cases = [
        (flat, "volume|plane"),
        (no_cell, "volume|plane"),
        (stranger, NOBODY_KNOWS),
        (nobody, "no atoms"),
    ]
    for frame, sentence in cases:
        for way in (potential.interaction, lambda frame: potential.predict([atoms, frame])):
            with pytest.raises(ValueError, match=sentence):
                way(frame)
    # Through ASE too, though that looks at no more than the energy.
    for frame, sentence in cases:
        with pytest.raises(ValueError, match=sentence):
            potential.get_potential_energy(frame)


def two_atoms_on_one_spot_are_refused(potential, atoms, precision):
    broken = atoms.copy()
    broken.positions[0] = broken.positions[1]
    for way in (
        potential.interaction,
        potential.get_potential_energy,
        lambda frame: potential.predict([atoms, frame]),
    ):
        with pytest.raises(CalculationFailed, match=r"same spot|apart, nearer than"):
            way(broken)


# Copies, caches, and whose array it is ------------------------------------------------------------


def copies_give_the_same_numbers(potential, atoms, precision):
    energy, forces = energy_and_forces(potential, atoms)
    other = atoms.copy()
    other.rattle(0.05, seed=2)
    for twin in (copy.deepcopy(potential), pickle.loads(pickle.dumps(potential))):
        twin.reset()  # else it hands out the results that were copied with it
        assert_same(energy_and_forces(twin, atoms), (energy, forces), precision)
        twin.get_potential_energy(other)
        # What the twin computes is nothing to the original.
        assert_same(energy_and_forces(potential, atoms), (energy, forces), precision)


def every_change_is_noticed(potential, atoms, precision):
    """Held to what a copy says that has just computed another number of atoms."""
    other = copy.deepcopy(potential)
    before = energy_and_forces(potential, atoms)
    assert len(changes(atoms)) == 6
    for name, changed in changes(atoms).items():
        answers = []
        other.get_potential_energy(atoms * (1, 1, 2))  # what it keeps is of those
        for one in (other, potential):
            try:
                answers.append(energy_and_forces(one, changed))
            except (ValueError, CalculationFailed) as refusal:
                answers.append(str(refusal))
        expected, got = answers
        if isinstance(expected, str):
            assert got == expected, name
        else:
            assert not isinstance(got, str), f"{name}: {got}"
            assert_same(got, expected, precision)
        assert_same(energy_and_forces(potential, atoms), before, precision)


def changes(atoms: Atoms) -> dict[str, Atoms]:
    """Return frames that differ from `atoms` in one thing each."""
    small, large, cell, species, open_, fewer = (atoms.copy() for _ in range(6))
    small.positions[0, 0] += 0.02
    large.positions[0] += [1.0, -0.8, 0.9]
    cell.cell[0] *= 1.04  # the atoms stay where they are
    species.numbers = species.numbers[::-1]
    open_.pbc = False
    del fewer[-1]
    return {
        "a position by little": small,
        "a position by much": large,
        "the cell": cell,
        "the species": species,
        "the boundaries": open_,
        "the number of atoms": fewer,
    }


def results_belong_to_whoever_asked(potential, atoms, precision):
    other = atoms.copy()
    other.rattle(0.05, seed=3)
    for ask in (
        lambda frame: list(potential.interaction(frame)[1:3]),
        lambda frame: [potential.get_forces(frame), potential.get_stress(frame)],
        lambda frame: potential.predict([frame])[1],
    ):
        mine = ask(atoms)
        kept = copy.deepcopy(mine)
        ask(other)
        for array, expected in zip(mine, kept, strict=True):
            np.testing.assert_array_equal(array, expected)  # another frame has not written here
            array[:] = 0.0  # and I may
        for array, expected in zip(ask(atoms), kept, strict=True):
            np.testing.assert_allclose(array, expected, rtol=0, atol=precision.force)


def the_atoms_stay_as_they_were(potential, atoms, precision):
    given = atoms.copy()
    given.positions[0] += atoms.cell[0]  # outside the cell
    given.set_velocities(np.full((len(atoms), 3), 0.01))
    given.info["note"], given.arrays["tag of mine"] = "mine", np.arange(len(atoms))
    before = copy.deepcopy(given)
    potential.interaction(given)
    potential.predict([given])
    potential.get_stress(given)
    assert given == before  # positions, numbers, cell, boundaries
    assert given.info == before.info
    assert given.calc is None
    assert given.arrays.keys() == before.arrays.keys()
    for name, array in before.arrays.items():
        np.testing.assert_array_equal(given.arrays[name], array)


def constraints_are_for_the_atoms_not_for_the_potential(potential, atoms, precision):
    held = atoms.copy()
    held.set_constraint(FixAtoms([0]))
    held.calc = potential
    expected = potential.interaction(atoms).forces
    assert np.abs(expected[0]).max() > 10 * precision.force
    for forces in (
        potential.interaction(held).forces,
        potential.predict([held])[1][0],
        held.get_forces(apply_constraint=False),
    ):
        np.testing.assert_allclose(forces, expected, rtol=0, atol=precision.force)
    np.testing.assert_array_equal(held.get_forces()[0], 0.0)
    np.testing.assert_allclose(held.get_forces()[1:], expected[1:], rtol=0, atol=precision.force)


# What not every potential can do ------------------------------------------------------------------


def a_time_loop_moves_as_the_readable_steps_do(potential, atoms, precision):
    if not offered(potential, lambda: potential.time_loop(atoms)):
        return
    start = atoms.copy()
    start.set_velocities(0.01 * np.random.default_rng(4).standard_normal((len(atoms), 3)))
    runs = [
        simulate(start, potential, timestep_fs=0.5, steps=10, step=step)
        for step in (None, velocity_verlet)
    ]
    # Ten steps make rounding grow by no more than ten.
    np.testing.assert_allclose(
        runs[0].positions, runs[1].positions, rtol=0, atol=10 * precision.force
    )
    np.testing.assert_allclose(
        runs[0].potential_energies, runs[1].potential_energies, rtol=0, atol=10 * precision.energy
    )


def rows_are_one_for_each_atom(potential, atoms, precision):
    if not offered(potential, lambda: potential.rows(atoms)):
        return
    rows = potential.rows(atoms)
    assert rows.shape[0] == len(atoms)
    assert rows.ndim == 2
    assert np.all(np.isfinite(rows))
    order = np.arange(len(atoms))[::-1]
    np.testing.assert_allclose(potential.rows(atoms[order]), rows[order], rtol=1e-9, atol=1e-9)


def what_is_saved_is_what_is_loaded(potential, atoms, precision, folder):
    path = folder / "saved"
    if not offered(potential, lambda: potential.save(path)):
        assert not path.exists()
        offered(potential, lambda: pytest.fail(f"{type(potential).load(path)} was loaded"))
        return
    twin = type(potential).load(path)
    assert_same(energy_and_forces(twin, atoms), energy_and_forces(potential, atoms), precision)
    np.testing.assert_array_equal(twin.species, potential.species)


def offered(potential: Potential, ask) -> bool:
    """Return whether it can; hold a "not I" to a sentence that names who says so."""
    try:
        ask()
    except NotOffered as refusal:
        sentence = str(refusal)
    else:
        return True
    assert type(potential).__name__ in sentence
    return False


CLAUSES = [
    forces_are_the_slope_of_the_energy,
    stress_is_the_strain_derivative_of_the_energy,
    a_shift_of_all_atoms_changes_nothing,
    forces_turn_with_the_atoms_and_the_cell,
    the_order_of_the_atoms_is_of_no_matter,
    an_atom_may_stand_in_any_cell,
    two_cells_have_twice_the_energy,
    an_interaction_has_its_shapes_and_is_what_ase_gets,
    many_frames_are_predicted_as_one_by_one,
    everything_implemented_is_delivered,
    a_molecule_has_no_stress,
    what_is_no_number_is_refused,
    what_is_no_frame_is_refused,
    two_atoms_on_one_spot_are_refused,
    copies_give_the_same_numbers,
    every_change_is_noticed,
    results_belong_to_whoever_asked,
    the_atoms_stay_as_they_were,
    constraints_are_for_the_atoms_not_for_the_potential,
    a_time_loop_moves_as_the_readable_steps_do,
    rows_are_one_for_each_atom,
    what_is_saved_is_what_is_loaded,
]
