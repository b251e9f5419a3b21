"""The loop records what it should, takes any potential, and stops with a reason."""

import numpy as np
import pytest
from ase import Atoms, units
from ase.calculators.calculator import CalculationFailed
from ase.calculators.lj import LennardJones as AseLennardJones

from lecture8.integrators import BlowUp, initial_state, simulate
from lecture8.potentials import LennardJones
from lecture8.structures import ARGON
from tests.integrators.springs import SPRING, STEPS, released_spring


@pytest.mark.parametrize("step", STEPS)
def test_a_function_that_returns_forces_only_is_a_potential(step):
    run = simulate(
        initial_state([[1.0]], [[0.0]], [1.0], lambda r: -r),
        lambda r: -r,
        step=step,
        timestep=0.1,
        steps=10,
    )
    reference = simulate(released_spring(), SPRING, step=step, timestep=0.1, steps=10)
    np.testing.assert_array_equal(run.positions, reference.positions)
    with pytest.raises(ValueError, match="returns forces only"):
        _ = run.total_energies


def test_records_the_start_and_every_nth_state_and_continues_from_the_last():
    whole = simulate(released_spring(), SPRING, timestep=0.1, steps=10)
    assert whole.positions.shape == (11, 1, 1)
    np.testing.assert_allclose(whole.times, 0.1 * np.arange(11))
    sparse = simulate(released_spring(), SPRING, timestep=0.1, steps=10, record_every=4)
    np.testing.assert_array_equal(sparse.positions, whole.positions[[0, 4, 8]])
    assert sparse.last.time == pytest.approx(1.0)
    first = simulate(released_spring(), SPRING, timestep=0.1, steps=4)
    second = simulate(first.last, SPRING, timestep=0.1, steps=6)
    np.testing.assert_array_equal(second.positions[-1], whole.positions[-1])


def test_kinetic_energies_of_a_trajectory_are_those_of_its_states():
    run = simulate(released_spring(), SPRING, timestep=0.1, steps=10)
    assert run.kinetic_energies[-1] == pytest.approx(run.last.kinetic_energy, rel=1e-14)


def test_any_ase_calculator_is_a_potential():
    dimer = Atoms("Ar2", positions=[[0, 0, 0], [0, 0, 4.0]])
    calculator = AseLennardJones(**ARGON, rc=20.0)
    run = simulate(dimer, calculator, timestep=10 * units.fs, steps=200)
    assert np.ptp(run.total_energies) < 1e-3 * ARGON["epsilon"]
    assert dimer.calc is None  # the caller's atoms are left alone
    np.testing.assert_array_equal(dimer.positions[1], [0, 0, 4.0])


@pytest.mark.parametrize("timestep", [0.0, -0.1, np.nan, np.inf])
def test_a_time_step_that_is_not_positive_is_refused(timestep):
    with pytest.raises(ValueError, match=f"timestep is {timestep}.*reversed"):
        simulate(released_spring(), SPRING, timestep=timestep, steps=1)


@pytest.mark.parametrize(("steps", "every"), [(-1, 1), (2.5, 1), (5, 0)])
def test_numbers_of_steps_must_be_whole(steps, every):
    with pytest.raises(ValueError, match="whole number"):
        simulate(released_spring(), SPRING, timestep=0.1, steps=steps, record_every=every)


def test_a_calculator_that_fails_in_a_run_is_a_blow_up_that_says_why():
    class GivesUp(LennardJones):
        def calculate(self, atoms=None, properties=(), system_changes=()):
            super().calculate(atoms, properties, system_changes)
            if self.atoms.positions[1, 0] > 4.0:
                raise CalculationFailed("no convergence")

    atoms = Atoms("Ar2", positions=[[0, 0, 0], [3.3, 0, 0]])
    with pytest.raises(BlowUp, match=r"step \d+: the calculator failed: no convergence"):
        simulate(atoms, GivesUp(**ARGON), timestep=20 * units.fs, steps=500)


def test_a_blow_up_names_its_step_and_keeps_the_run_so_far():
    def fails_beyond_two(positions):
        return np.where(positions > 2, np.nan, 1.0)

    start = initial_state([[0.0]], [[1.0]], [1.0], fails_beyond_two)
    with pytest.raises(BlowUp, match="blew up at step 13: the forces contain NaN") as caught:
        simulate(start, fails_beyond_two, timestep=0.1, steps=100)
    kept = caught.value.trajectory
    assert len(kept.times) == 13
    assert np.all(np.isfinite(kept.positions))


def test_a_step_beyond_the_limit_ends_in_a_message_and_not_in_nan():
    with pytest.raises(BlowUp, match=r"the step of 2.5 is too long for this potential"):
        simulate(released_spring(), SPRING, timestep=2.5, steps=5000)
