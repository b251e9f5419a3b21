"""The loop records what it should, takes any potential, and stops with a reason."""

import numpy as np
import pytest
from ase import Atoms, units
from ase.calculators.calculator import CalculationFailed
from ase.calculators.lj import LennardJones as AseLennardJones

from lecture8.integrators import BlowUp, Langevin, initial_state, simulate
from lecture8.potentials import FastLennardJones, LennardJones
from lecture8.structures import ARGON, argon_box
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
    run = simulate(dimer, calculator, timestep_fs=10, steps=200)
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
        simulate(atoms, GivesUp(**ARGON), timestep_fs=20, steps=500)


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


def test_the_last_state_of_a_blow_up_is_the_last_good_one():
    def fails_beyond_two(positions):
        return np.where(positions > 2, np.nan, 1.0)

    start = initial_state([[0.0]], [[1.0]], [1.0], fails_beyond_two)
    with pytest.raises(BlowUp) as caught:
        simulate(start, fails_beyond_two, timestep=0.1, steps=100, record_every=10)
    run, last = caught.value.trajectory, caught.value.trajectory.last
    assert run.times[-1] == pytest.approx(1.0)  # of the tenth step; the thirteenth failed
    assert last.time == pytest.approx(1.2)
    assert simulate(last, fails_beyond_two, timestep=0.01, steps=2).positions[-1] < 2


def test_an_energy_that_is_no_number_is_a_blow_up():
    def forgets_its_energy(positions):
        return (np.nan if positions[0, 0] > 0.5 else 0.0), np.ones_like(positions)

    start = initial_state([[0.0]], [[1.0]], [1.0], forgets_its_energy)
    with pytest.raises(BlowUp, match="the potential energy is nan"):
        simulate(start, forgets_its_energy, timestep=0.1, steps=100)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"steps": 1e1}, r"steps is 10.0, but must be a whole number of at least 0; write 10$"),
        ({"timestep_fs": "5 fs"}, "timestep_fs is '5 fs', but must be a positive number"),
        ({"timestep_fs": None}, "timestep_fs is None and timestep is None; give one of the two"),
        ({"timestep": 1.0}, "timestep_fs is 5.0 and timestep is 1.0; give one of the two"),
        ({"picoseconds": 1}, "picoseconds is 1 and steps is 1; give one of the two"),
        ({"steps": None}, "picoseconds is None and steps is None; give one of the two"),
        ({"steps": None, "picoseconds": -1}, "picoseconds is -1, but must be a positive number"),
        (
            {"steps": None, "picoseconds": 0.002},
            "picoseconds is 0.002, shorter than the time step of 5.0 fs; run longer",
        ),
        ({"record_every": 2}, "record_every is 2 steps; for atoms give record_every_fs, 2 times 5"),
        ({"record_every_fs": 0}, "record_every_fs is 0, but must be a positive number"),
        (
            {"record_every_fs": 12.0},
            "record_every_fs is 12.0, but must be a multiple of the time step, 5.0 fs; 10 would do",
        ),
        (
            {"timestep_fs": None, "timestep": 1.0},
            "the start is made of atoms, whose time has a unit; give timestep_fs",
        ),
        ({"bath": 300.0}, r"bath is 300.0, but must be a Langevin\(...\)"),
        (
            {"bath": Langevin(thermal_energy=1.0, friction=1.0)},
            "the bath is Langevin.*atoms need temperature_K and friction_per_fs",
        ),
        (
            {"bath": Langevin(temperature_K=300, friction_per_fs=0.01), "rng": None},
            "rng is None, .*numpy.random.default_rng",
        ),
        (
            {"start": np.zeros((2, 3))},
            "start is a ndarray, but must be a State or Atoms",
        ),
        ({"potential": None}, "the potential is None, but must be an ASE calculator or a function"),
        ({"potential": LennardJones}, "the potential is <class .*LennardJones"),
    ],
)
def test_a_run_that_makes_no_sense_is_refused(wrong, message):
    dimer = Atoms("Ar2", positions=[[0, 0, 0], [0, 0, 4.0]])
    settings = {"start": dimer, "potential": LennardJones(**ARGON), "timestep_fs": 5.0, "steps": 1}
    settings["rng"] = np.random.default_rng(0)
    with pytest.raises(ValueError, match=message):
        simulate(**settings | wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"timestep": "0.1"}, "timestep is '0.1', but must be a positive number.*reversed"),
        ({"timestep": None, "timestep_fs": 1.0}, "timestep_fs is 1.0, but .* no species.*timestep"),
        ({"steps": None, "picoseconds": 1}, "a number without a unit.*steps and record_every"),
        ({"record_every_fs": 1}, "timestep is 0.1, a number without a unit.*steps and record_ev"),
        ({"record_every": 2.0}, r"record_every is 2.0, .* at least 1; write 2$"),
        (
            {"bath": Langevin(temperature_K=300, friction_per_fs=0.01)},
            "the bath is Langevin.*a model system needs thermal_energy and friction",
        ),
    ],
)
def test_a_model_system_has_no_units(wrong, message):
    settings = {"timestep": 0.1, "steps": 1, "rng": np.random.default_rng(0)}
    with pytest.raises(ValueError, match=message):
        simulate(released_spring(), SPRING, **settings | wrong)


@pytest.mark.parametrize("potential", [LennardJones(**ARGON), FastLennardJones(**ARGON, cutoff=8)])
def test_picoseconds_are_steps_and_femtoseconds_of_frames_too(potential):
    dimer = Atoms("Ar2", positions=[[0, 0, 0], [0, 0, 4.0]])
    by_time = simulate(dimer, potential, timestep_fs=0.1, picoseconds=0.003, record_every_fs=0.3)
    by_steps = simulate(dimer, potential, timestep_fs=0.1, steps=30)
    assert by_time.positions.shape == (11, 2, 3)
    np.testing.assert_array_equal(by_time.positions, by_steps.positions[::3])
    # In ps; the last state keeps ASE's unit.
    np.testing.assert_allclose(by_time.times, 3e-4 * np.arange(11), rtol=1e-12, atol=1e-18)
    assert by_time.last.time == pytest.approx(3 * units.fs, rel=1e-12)
    # The time step that is not a whole part of a picosecond: to the nearest step.
    assert len(simulate(dimer, potential, timestep_fs=3, picoseconds=0.01).times) == 1 + 3


def test_a_run_of_atoms_says_what_they_are_and_in_which_cell():
    box = argon_box(2)
    run = simulate(box, FastLennardJones(**ARGON, cutoff=5.0), timestep_fs=5, steps=1)
    assert set(run.symbols) == {"Ar"}
    np.testing.assert_array_equal(run.cell, box.cell.array)
    model = simulate(released_spring(), SPRING, timestep=0.1, steps=1)
    assert model.symbols is None
    assert model.cell is None


def test_a_trajectory_is_no_start_but_its_last_state_is():
    run = simulate(released_spring(), SPRING, timestep=0.1, steps=1)
    with pytest.raises(ValueError, match=r"start is a Trajectory.*give its `last`"):
        simulate(run, SPRING, timestep=0.1, steps=1)


def test_states_and_trajectories_can_be_compared_and_hashed():
    one, other = (simulate(released_spring(), SPRING, timestep=0.1, steps=1) for _ in range(2))
    assert one == one
    assert one != other
    assert one.last != other.last
    assert len({one, other, one.last, one}) == 3
