"""A compiled loop does what the steps do, is taken without asking, and ends in the last good state.

The loop is that of Lennard-Jones: it comes from a room that this one does not know.
"""

import numpy as np
import pytest
from ase import units

from lecture8.integrators import (
    BlowUp,
    Langevin,
    TimeLoop,
    langevin_baoab,
    simulate,
    velocity_verlet,
)
from lecture8.integrators.time_loop import Moving, Plan, follow
from lecture8.potentials import FastLennardJones, LennardJones
from lecture8.structures import ARGON, argon_box, thermalise

# About 300 K; with these random numbers the last good state can still be slowed down.
BATH = Langevin(temperature_K=0.026 / units.kB, friction_per_fs=1e-3 * units.fs)
FAST = FastLennardJones(**ARGON, cutoff=8.0)


def liquid():
    return thermalise(argon_box(3), temperature_K=300, rng=np.random.default_rng(1))


class Counted(FastLennardJones):
    """Counts how often Python asks it for forces, and how often for its loop."""

    evaluated = loops = 0

    def evaluate(self, atoms):
        self.evaluated += 1
        return super().evaluate(atoms)

    def time_loop(self, atoms):
        self.loops += 1
        return super().time_loop(atoms)


@pytest.mark.parametrize("bath", [None, BATH])
def test_the_loop_is_taken_by_itself_to_the_same_numbers(bath):
    runs = []
    for step, expected in (
        (None, (1, 1)),  # the forces at the start
        (velocity_verlet if bath is None else langevin_baoab, (0, 101)),
    ):
        potential = Counted(**ARGON, cutoff=8.0)
        rng = np.random.default_rng(2)
        run = simulate(liquid(), potential, timestep_fs=5, steps=100, bath=bath, rng=rng, step=step)
        assert (potential.loops, potential.evaluated) == expected
        runs.append(run)
    # The same terms in another order, and a hundred steps of chaos.
    for name in ("positions", "velocities", "potential_energies"):
        np.testing.assert_allclose(*(getattr(run, name) for run in runs), atol=1e-10)
    np.testing.assert_allclose(runs[0].times, runs[1].times, rtol=1e-12)
    for name in ("positions", "velocities", "forces", "time"):
        np.testing.assert_allclose(*(getattr(run.last, name) for run in runs), atol=1e-10)


def test_who_offers_no_loop_is_moved_step_by_step():
    ours, compiled = (
        simulate(liquid(), potential, timestep_fs=5, steps=20)
        for potential in (LennardJones(**ARGON, cutoff=8.0), FAST)
    )
    np.testing.assert_allclose(ours.positions, compiled.positions, atol=1e-10)  # as above


@pytest.mark.parametrize("every", [1, 7])
@pytest.mark.parametrize("bath", [None, BATH])
def test_the_last_state_of_a_blow_up_is_the_last_good_one(every, bath):
    """A time step of 60 fs: some steps go well before the liquid explodes."""

    def run(steps, **settings):
        rng = np.random.default_rng(2)
        return simulate(liquid(), FAST, timestep_fs=60, steps=steps, bath=bath, rng=rng, **settings)

    with pytest.raises(BlowUp, match=r"blew up at step .*step of 60 fs is too long") as caught:
        run(5000, record_every_fs=60 * every)
    number = int(str(caught.value).split("step ")[1].split(":")[0])
    kept, last = caught.value.trajectory, caught.value.trajectory.last
    assert number > 2
    assert last.time == pytest.approx((number - 1) * 60 * units.fs)
    assert len(kept.times) == 1 + (number - 1) // every
    if every == 1:
        np.testing.assert_array_equal(last.positions, kept.positions[-1])
        np.testing.assert_array_equal(last.velocities, kept.velocities[-1])
    # That of the same steps, where there were no more.
    good = run(number - 1).last
    for name in ("positions", "velocities", "forces", "potential_energy"):
        np.testing.assert_array_equal(getattr(last, name), getattr(good, name))
    atoms = liquid()
    atoms.positions = last.positions
    # Summed in another order.
    assert FAST.get_potential_energy(atoms) == pytest.approx(last.potential_energy, rel=1e-9)
    slower = simulate(last, FAST, timestep_fs=0.06, steps=1)
    assert np.all(np.isfinite(slower.total_energies))


def followed(run, **plan):
    """Follow a loop of one particle at rest; `run` gets what moves and a plan."""
    moving = Moving(np.zeros((1, 3)), np.zeros((1, 3)), np.ones(1), np.eye(3), np.zeros(3, bool))
    rng = np.random.default_rng(0)
    plan = Plan(timestep=1.0, record_every=1, thermal_energy=0, friction=0, rng=rng, **plan)
    loop = TimeLoop(run, advice="")
    return moving, follow(loop, moving, plan, (0.0, np.zeros((1, 3))), progress=False)


def test_velocities_that_explode_at_the_end_of_a_chunk_are_not_good_either():
    """The compiled loop looks at the energy; here it is the velocities alone that are infinite."""

    def run(moving, plan):
        moving.velocities[:] = np.inf if plan.steps > 3 else plan.steps
        recorded = np.zeros((plan.steps, 1, 3)), np.zeros((plan.steps, 1, 3)), np.zeros(plan.steps)
        return recorded, np.zeros((1, 3)), 0.0, plan.steps

    moving, (positions, *_, taken) = followed(run, steps=5)
    assert taken == moving.velocities[0, 0] == 3
    assert len(positions) == 1 + 3


def test_a_loop_returns_to_python_after_some_hundred_steps():
    chunks = []

    def run(moving, plan):
        chunks.append(plan.steps)
        number = plan.steps // plan.record_every
        recorded = np.zeros((number, 1, 3)), np.zeros((number, 1, 3)), np.zeros(number)
        return recorded, np.zeros((1, 3)), 0.0, plan.steps

    *_, taken = followed(run, steps=1200)[1]
    assert taken == sum(chunks) == 1200
    assert max(chunks) == 500
