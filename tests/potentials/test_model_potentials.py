"""Harmonic, Morse and Gravity: forces are the slope of the energy, and the closed forms hold."""

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.calculator import CalculationFailed
from ase.calculators.morse import MorsePotential

from lecture8.integrators import initial_state, simulate
from lecture8.potentials import Gravity, Harmonic, Morse
from lecture8.validation import numerical_forces

MORSE = Morse(depth=1.3, width=1.7, length=1.1)


def with_wrong_sign(potential):
    def wrong(positions):
        energy, forces = potential(positions)
        return energy, -forces

    return wrong


CASES = [
    (Harmonic(stiffness=2.5), (4, 2)),
    (MORSE, (2, 3)),
    (Gravity((1.0, 2.0, 0.5)), (3, 2)),
]


@pytest.mark.parametrize(("potential", "shape"), CASES)
def test_forces_are_minus_the_gradient(potential, shape):
    positions = np.random.default_rng(2).standard_normal(shape)
    expected = numerical_forces(positions, potential, displacement=1e-5)
    # h^2 times the third derivative (1e-10 x 100) plus rounding, 1e-16 / h.
    np.testing.assert_allclose(potential(positions)[1], expected, atol=1e-6)
    wrong = with_wrong_sign(potential)
    assert abs(wrong(positions)[1] - numerical_forces(positions, wrong)).max() > 0.01


@pytest.mark.parametrize(("potential", "shape"), CASES[1:])
def test_pair_forces_add_to_zero_and_energy_knows_no_origin(potential, shape):
    positions = np.random.default_rng(3).standard_normal(shape)
    energy, forces = potential(positions)
    assert abs(forces.sum(axis=0)).max() < 1e-12  # rounding
    assert potential(positions + 5.0)[0] == pytest.approx(energy, rel=1e-12)


@pytest.mark.parametrize("r", [0.6, 1.1, 1.5, 4.0])
def test_morse_agrees_with_ase(r):
    positions = np.array([[0, 0, 0], [r, 0, 0]], float)
    atoms = Atoms("H2", positions)
    # ASE's rho0 is width times length; its cutoff starts beyond 1.9 r0, so move it out.
    ase = MorsePotential(epsilon=1.3, rho0=1.7 * 1.1, r0=1.1, rcut1=20.0, rcut2=30.0)
    energy, forces = MORSE(positions)
    assert energy == pytest.approx(ase.get_potential_energy(atoms), abs=1e-12)
    np.testing.assert_allclose(forces, ase.get_forces(atoms), atol=1e-12)


def test_morse_vibrates_at_the_frequency_of_its_stiffness():
    # Morse's levels give the exact classical period 2 pi / (omega sqrt(-E / D)).
    start = initial_state([[0.0], [1.2]], [[0.0], [0.0]], [1.0, 1.0], MORSE)
    run = simulate(start, MORSE, timestep=0.001, steps=20_000)
    distance = run.positions[:, 1, 0] - run.positions[:, 0, 0]
    turns = np.flatnonzero((distance[1:-1] > distance[:-2]) & (distance[1:-1] >= distance[2:]))
    period = np.diff(run.times[1:-1][turns]).mean()
    omega = np.sqrt(MORSE.stiffness / 0.5)  # reduced mass 1/2
    expected = 2 * np.pi / (omega * np.sqrt(-start.potential_energy / MORSE.depth))
    assert period == pytest.approx(expected, rel=1e-3)  # times are known to one step of 0.001


def test_morse_is_one_bond():
    with pytest.raises(ValueError, match="one bond of two atoms, but got 3"):
        MORSE(np.zeros((3, 3)))


@pytest.mark.parametrize(("potential", "shape"), CASES)
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_positions_that_are_no_numbers_are_refused(potential, shape, bad):
    positions = np.random.default_rng(4).standard_normal(shape)
    positions[1, 0] = bad
    with pytest.raises(CalculationFailed, match=f"the position of particle 1 is .*{bad}"):
        potential(positions)


def test_bodies_and_masses_are_as_many_and_apart():
    with pytest.raises(ValueError, match="there are 1 masses, but 3 bodies"):
        Gravity((1.0,))(np.eye(3))
    with pytest.raises(CalculationFailed, match="bodies 0 and 2 are at the same place"):
        Gravity((1.0, 1.0, 1.0))(np.array([[0.0, 0], [1, 0], [0, 0]]))
    with pytest.raises(CalculationFailed, match="two atoms are at the same place"):
        MORSE(np.zeros((2, 3)))
    assert Gravity([1, 2]) == Gravity(np.array([1.0, 2.0]))
    assert hash(Gravity([1, 2])) == hash(Gravity((1.0, 2.0)))
