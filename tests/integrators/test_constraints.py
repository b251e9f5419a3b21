"""What FixAtoms holds stands still in every step and every loop; other constraints are refused."""

from functools import partial

import numpy as np
import pytest
from ase import units
from ase.constraints import (
    FixAtoms,
    FixBondLengths,
    FixCartesian,
    FixCom,
    FixedLine,
    FixSymmetry,
    Hookean,
)
from ase.md.verlet import VelocityVerlet

from lecture8.datasets import fitted_lgps
from lecture8.integrators import (
    Langevin,
    initial_state,
    langevin_baoab,
    simulate,
    state_from_atoms,
    velocity_verlet,
)
from lecture8.potentials import FastLennardJones, LennardJones
from lecture8.structures import ARGON, argon_box, lgps, thermalise
from tests.integrators.springs import STEPS

HELD = np.arange(20)
POTENTIAL = FastLennardJones(**ARGON, cutoff=8.0)
BATH = Langevin(temperature_K=90, friction_per_fs=0.005)


def argon():
    """A box whose first atoms have velocities of before they were fixed, some of them twice."""
    box = thermalise(argon_box(3), temperature_K=90, rng=np.random.default_rng(0))
    box.set_constraint([FixAtoms(HELD[:15]), FixAtoms(HELD[10:])])
    return box


def run_of(start, **settings):
    rng = np.random.default_rng(1)
    return simulate(start, POTENTIAL, timestep_fs=5, steps=30, rng=rng, **settings)


RUNS = {step.__name__: partial(run_of, step=step) for step in STEPS} | {
    "langevin": partial(run_of, bath=BATH, step=langevin_baoab),
    "compiled": run_of,
    "compiled, langevin": partial(run_of, bath=BATH),
}


@pytest.mark.parametrize("name", RUNS)
def test_fixed_atoms_stand_still_and_the_others_do_not(name):
    run = RUNS[name](argon())
    moved = np.abs(run.positions[-1] - run.positions[0]).max(axis=1)
    assert np.all(moved[HELD] == 0)
    assert np.all(run.velocities[:, HELD] == 0)
    assert moved[20:].min() > 1e-3
    assert np.all(np.isfinite(run.total_energies))
    # They go on standing still from where this run ended.
    more = RUNS[name](run.last)
    np.testing.assert_array_equal(more.positions[-1, HELD], argon().positions[HELD])


def test_the_others_move_as_in_ase():
    ours = simulate(argon(), LennardJones(**ARGON, cutoff=8.0), timestep_fs=5, steps=50)
    theirs = argon()
    theirs.set_velocities(np.where(np.arange(108)[:, None] < 20, 0, theirs.get_velocities()))
    theirs.calc = LennardJones(**ARGON, cutoff=8.0)
    VelocityVerlet(theirs, 5 * units.fs).run(50)
    # The same steps, added up in another order.
    np.testing.assert_allclose(ours.positions[-1], theirs.positions, atol=1e-9)
    kinetic = theirs.get_kinetic_energy()
    assert ours.kinetic_energies[-1] == pytest.approx(kinetic, rel=1e-9)
    assert ours.last.kinetic_energy == pytest.approx(kinetic, rel=1e-9)


def test_the_energy_is_conserved_beside_a_wall():
    run = simulate(argon(), POTENTIAL, timestep_fs=5, steps=200)
    # Verlet's swing goes as dt^2; 88 atoms at 90 K have 1 eV of kinetic energy.
    assert np.ptp(run.total_energies) < 5e-3


def test_moment_networks_keep_them_too():
    crystal = thermalise(lgps(), temperature_K=600, rng=np.random.default_rng(0))
    crystal.set_constraint(FixAtoms([atom.index for atom in crystal if atom.symbol == "S"]))
    rng = np.random.default_rng(1)
    run = simulate(crystal, fitted_lgps(), timestep_fs=2, steps=20, bath=BATH, rng=rng)
    moved = np.abs(run.positions[-1] - run.positions[0]).max(axis=1)
    fixed = crystal.symbols == "S"
    assert np.all(moved[fixed] == 0)
    assert moved[~fixed].min() > 1e-3


def test_velocities_are_drawn_for_those_that_can_move():
    box = argon_box(5)
    box.set_constraint(FixAtoms(range(250)))
    warm = thermalise(box, temperature_K=90, rng=np.random.default_rng(3))
    assert np.all(warm.get_velocities()[:250] == 0)
    energies = 0.5 * warm.get_masses()[250:] * np.sum(warm.get_velocities()[250:] ** 2, axis=1)
    # Of 250 atoms, the mean of 3 kT / 2 scatters by sqrt(2 / 750) = 5 %. Three of these.
    assert energies.mean() == pytest.approx(1.5 * units.kB * 90, rel=0.15)
    # And nothing is subtracted for a centre of mass that the wall does not let go.
    free = thermalise(argon_box(5), temperature_K=90, rng=np.random.default_rng(3))
    free_again = free.get_velocities() - warm.get_velocities()
    assert np.ptp(free_again[250:], axis=0).max() < 1e-12  # one vector, the centre of mass's


@pytest.mark.parametrize(
    "constraint",
    [
        FixCom(),
        FixBondLengths([[0, 1]]),
        FixCartesian(0, (True, False, False)),
        FixedLine(0, (0, 0, 1)),
        Hookean(0, 1, 5.0, rt=4.0),
        FixSymmetry(argon_box(1)),
    ],
    ids=lambda constraint: type(constraint).__name__,
)
def test_other_constraints_are_refused_by_name(constraint):
    box = argon_box(1)
    box.set_constraint([FixAtoms([0]), constraint])
    name = type(constraint).__name__
    for run in (RUNS["velocity_verlet"], RUNS["compiled"]):
        with pytest.raises(ValueError, match=rf"constraint {name}, .*FixAtoms alone.*set_const"):
            run(box)


def test_a_state_with_atoms_of_its_own_keeps_them():
    box = argon()
    start = initial_state(box.positions, np.ones((108, 3)), box.get_masses(), POTENTIAL, atoms=box)
    again = initial_state(start.positions, start.velocities, start.masses, POTENTIAL, atoms=box)
    for state in (start, again, state_from_atoms(box, POTENTIAL)):
        moved = velocity_verlet(state, POTENTIAL, 1.0)
        assert np.all(moved.positions[HELD] == box.positions[HELD])
        assert np.isinf(state.masses[HELD]).all()
        assert np.isfinite(state.masses[20:]).all()
