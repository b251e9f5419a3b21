"""A state is its own, and one that makes no sense is refused."""

import numpy as np
import pytest
from ase import Atoms

from lecture8.integrators import initial_state, state_from_atoms, velocity_verlet
from lecture8.potentials import LennardJones
from lecture8.structures import ARGON
from tests.integrators.springs import SPRING


def test_a_state_does_not_change_when_its_callers_arrays_do():
    positions = np.array([[1.0]])
    state = initial_state(positions, [[0.0]], [1.0], SPRING)
    positions[0, 0] = 7.0
    assert state.positions[0, 0] == 1.0
    after = velocity_verlet(state, SPRING, 0.1)
    assert state.positions[0, 0] == 1.0 != after.positions[0, 0]


@pytest.mark.parametrize(
    ("positions", "velocities", "masses", "message"),
    [
        ([1.0], [0.0], [1.0], r"shape \(1,\).*one row per particle"),
        ([[1.0]], [[0.0, 0.0]], [1.0], "give each particle one velocity"),
        ([[1.0]], [[0.0]], [1.0, 2.0], "give one mass for each"),
        ([[1.0], [2.0]], [[0.0], [0.0]], [1.0, 0.0], "particle 1 has mass 0.0"),
        ([[1.0]], [[0.0]], [np.nan], "particle 0 has mass nan"),
        ([[1.0]], [[np.inf]], [1.0], "velocities contain NaN or inf"),
        ([[np.nan]], [[0.0]], [1.0], "cannot start: the positions contain NaN or inf"),
    ],
)
def test_a_start_that_makes_no_sense_is_refused(positions, velocities, masses, message):
    with pytest.raises(ValueError, match=message):
        initial_state(positions, velocities, masses, SPRING)


def test_forces_of_a_wrong_shape_are_refused():
    with pytest.raises(ValueError, match=r"forces of shape \(3,\).*\(1, 1\)"):
        initial_state([[1.0]], [[0.0]], [1.0], lambda r: np.zeros(3))


def test_a_calculator_needs_atoms():
    with pytest.raises(ValueError, match="start the run from an Atoms object"):
        initial_state(np.eye(3), np.zeros((3, 3)), np.ones(3), LennardJones(**ARGON))
    atoms = Atoms("Ar3", positions=4 * np.eye(3))
    given = initial_state(
        atoms.positions,
        np.zeros((3, 3)),
        atoms.get_masses(),
        LennardJones(**ARGON),
        atoms=atoms,
    )
    np.testing.assert_array_equal(
        given.forces, state_from_atoms(atoms, LennardJones(**ARGON)).forces
    )


def test_two_atoms_on_one_spot_cannot_start():
    atoms = Atoms("Ar2", positions=np.zeros((2, 3)))
    with (
        np.errstate(all="ignore"),
        pytest.raises(ValueError, match=r"cannot start.*sit on each other"),
    ):
        state_from_atoms(atoms, LennardJones(**ARGON))
