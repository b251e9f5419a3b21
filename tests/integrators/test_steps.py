"""Steps against closed forms, symmetries and ASE, with planted bugs that must be seen."""

from dataclasses import replace

import numpy as np
import pytest
from ase import units
from ase.md.langevinbaoab import LangevinBAOAB
from ase.md.verlet import VelocityVerlet

from lecture8.integrators import (
    PICOSECOND,
    Langevin,
    explicit_euler,
    initial_state,
    langevin_baoab,
    semi_implicit_euler,
    simulate,
    steps,
    velocity_verlet,
    yoshida4,
)
from lecture8.potentials import Gravity, Harmonic, LennardJones
from lecture8.structures import ARGON, argon_box, thermalise
from lecture8.validation import order_of_convergence
from tests.integrators.springs import SPRING, STEPS, released_spring

SYMPLECTIC = [semi_implicit_euler, velocity_verlet, yoshida4]
REVERSIBLE = [velocity_verlet, yoshida4]


def verlet_with_full_kicks(state, potential, timestep):
    """A planted bug: the halves of dt are missing in both kicks."""
    state = steps._kick(state, timestep)
    state = steps._update_forces(steps._drift(state, timestep), potential)
    return steps._kick(state, timestep)


def verlet_with_stale_forces(state, potential, timestep):
    """A planted bug: the second kick uses the forces of the old positions."""
    state = steps._kick(state, timestep / 2)
    state = steps._kick(steps._drift(state, timestep), timestep / 2)
    return steps._update_forces(state, potential)


def baoab_with_wrong_noise(state, potential, timestep, *, thermal_energy, friction, rng):
    """A planted bug: noise sqrt(1 - c) instead of sqrt(1 - c^2)."""
    c = np.exp(-friction * timestep)
    state = steps._drift(steps._kick(state, timestep / 2), timestep / 2)
    noise = np.sqrt((1 - c) * thermal_energy / state.masses)[:, None] * rng.standard_normal(
        state.velocities.shape
    )
    state = replace(state, velocities=c * state.velocities + noise)
    state = steps._update_forces(steps._drift(state, timestep / 2), potential)
    return steps._kick(state, timestep / 2)


# Order -------------------------------------------------------------------------------------------


def measured_order(step):
    timesteps = 5.0 / np.array([100, 200, 400, 800])
    errors = []
    for timestep in timesteps:
        last = simulate(
            released_spring(), SPRING, step=step, timestep=timestep, steps=round(5 / timestep)
        ).last
        errors.append(
            np.hypot(last.positions[0, 0] - np.cos(5.0), last.velocities[0, 0] + np.sin(5.0))
        )
    return order_of_convergence(timesteps, errors).value


@pytest.mark.parametrize(("step", "order"), STEPS.items())
def test_global_error_falls_with_the_order_of_the_scheme(step, order):
    # 0.1: the next power of dt still bends the line at the longest step.
    assert measured_order(step) == pytest.approx(order, abs=0.1)


@pytest.mark.parametrize("bug", [verlet_with_full_kicks, verlet_with_stale_forces])
def test_a_broken_verlet_is_not_of_second_order(bug):
    assert measured_order(bug) < 1.5


# Closed forms ------------------------------------------------------------------------------------


def test_explicit_euler_multiplies_the_energy_by_one_plus_omega2_dt2():
    run = simulate(released_spring(), SPRING, step=explicit_euler, timestep=0.1, steps=100)
    # The law is exact; only rounding is left.
    np.testing.assert_allclose(run.total_energies, 0.5 * 1.01 ** np.arange(101), rtol=1e-12)


def shadow_energy(run, timestep):
    r, v = run.positions[:, 0, 0], run.velocities[:, 0, 0]
    return v**2 / 2 + r**2 / 2 * (1 - timestep**2 / 4)


def test_velocity_verlet_conserves_its_shadow_energy():
    run = simulate(released_spring(), SPRING, timestep=0.5, steps=1000)
    assert np.ptp(shadow_energy(run, 0.5)) < 1e-12  # rounding in 1,000 steps
    assert np.ptp(run.total_energies) > 0.01  # the true energy does swing


def test_a_broken_verlet_does_not():
    run = simulate(released_spring(), SPRING, step=verlet_with_stale_forces, timestep=0.5, steps=50)
    assert np.ptp(shadow_energy(run, 0.5)) > 0.1


@pytest.mark.parametrize(("timestep", "stable"), [(1.99, True), (2.01, False)])
def test_velocity_verlet_is_stable_up_to_two_over_omega(timestep, stable):
    run = simulate(released_spring(), SPRING, timestep=timestep, steps=500)
    assert (abs(run.positions).max() < 10) == stable


def kepler(step, steps):
    bodies = Gravity((1.0, 1e-3))
    total, e = 1.001, 0.6
    share = np.array([-1e-3, 1.0]) / total
    start = initial_state(
        np.outer(share, [1 + e, 0.0]),
        np.outer(share, [0.0, np.sqrt(total * (1 - e) / (1 + e))]),
        [1.0, 1e-3],
        bodies,
    )
    year = 2 * np.pi / np.sqrt(total)
    return simulate(start, bodies, step=step, timestep=year / steps, steps=steps)


def test_kepler_orbit_closes_after_one_period():
    run = kepler(yoshida4, 4000)
    # Fourth order: (2 pi / 4000)^4 = 6e-12, times a large factor at the close passage.
    np.testing.assert_allclose(run.positions[-1], run.positions[0], atol=1e-6)
    # The closest approach of the ellipse is a (1 - e).
    distance = np.linalg.norm(run.positions[:, 0] - run.positions[:, 1], axis=1)
    assert distance.min() == pytest.approx(0.4, abs=1e-5)


@pytest.mark.parametrize("step", STEPS)
def test_angular_momentum_is_exact_for_kicks_and_drifts(step):
    run = kepler(step, 500)
    r, v = run.positions, run.velocities
    momentum = np.einsum("i,ti->t", run.masses, r[..., 0] * v[..., 1] - r[..., 1] * v[..., 0])
    change = np.ptp(momentum) / momentum[0]
    assert change < 1e-12 if step in SYMPLECTIC else change > 1e-3


# Symmetries --------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", STEPS)
def test_time_reversal(step):
    there = simulate(released_spring(), SPRING, step=step, timestep=0.1, steps=1000).last
    back = simulate(there.reversed(), SPRING, step=step, timestep=0.1, steps=1000).last
    miss = abs(back.positions[0, 0] - 1.0)
    assert miss < 1e-11 if step in REVERSIBLE else miss > 1e-3  # rounding, or a real arrow of time


def test_momentum_is_conserved_and_galilean_invariance_holds():
    argon = LennardJones(**ARGON, cutoff=8.5, onset=7.0)
    box = thermalise(argon_box(3), temperature_K=200, rng=np.random.default_rng(0))
    rest = simulate(box, argon, timestep_fs=10, steps=20)
    momentum = np.einsum("i,tid->td", rest.masses, rest.velocities)
    assert abs(momentum).max() < 1e-10  # sum F = 0 up to rounding
    wind = np.array([0.01, -0.02, 0.03])
    box.set_velocities(box.get_velocities() + wind)
    windy = simulate(box, argon, timestep_fs=10, steps=20)
    moved = rest.positions + PICOSECOND * windy.times[:, None, None] * wind
    np.testing.assert_allclose(windy.positions, moved, atol=1e-10)  # rounding, a little chaos


# Temperature -------------------------------------------------------------------------------------


def spring_statistics(step, timestep):
    """Return <r^2>, <v^2> and their standard errors from 4,000 independent springs at kT = 0.7."""
    rng = np.random.default_rng(5)
    bath = Langevin(thermal_energy=0.7, friction=1.0)
    number, m, k = 4000, 2.0, 3.0
    springs = Harmonic(stiffness=k)
    start = initial_state(
        rng.standard_normal((number, 1)) * np.sqrt(0.7 / k),
        rng.standard_normal((number, 1)) * np.sqrt(0.7 / m),
        np.full(number, m),
        springs,
    )
    run = simulate(start, springs, step=step, timestep=timestep, steps=300, bath=bath, rng=rng)
    r2 = (run.positions[100:, :, 0] ** 2).mean(axis=0) * k
    v2 = (run.velocities[100:, :, 0] ** 2).mean(axis=0) * m
    return [(x.mean(), x.std() / np.sqrt(number)) for x in (r2, v2)]


@pytest.mark.parametrize("timestep", [0.3, 1.0, 1.4])
def test_langevin_gives_the_variances_of_the_closed_form(timestep):
    (r2, r2_error), (v2, v2_error) = spring_statistics(langevin_baoab, timestep)
    omega2 = 3.0 / 2.0
    # Five standard errors; the springs are independent, so these are true standard errors.
    assert abs(r2 - 0.7) < 5 * r2_error
    assert abs(v2 - 0.7 * (1 - omega2 * timestep**2 / 4)) < 5 * v2_error
    assert r2_error < 0.01  # the test can see an error of a few percent


def test_langevin_with_wrong_noise_is_caught():
    (r2, r2_error), _ = spring_statistics(baoab_with_wrong_noise, 0.3)
    assert abs(r2 - 0.7) > 5 * r2_error


def test_langevin_without_friction_is_velocity_verlet():
    quiet, rng = Langevin(thermal_energy=1.0, friction=0.0), np.random.default_rng(0)
    a = simulate(released_spring(), SPRING, bath=quiet, rng=rng, timestep=0.1, steps=50)
    b = simulate(released_spring(), SPRING, timestep=0.1, steps=50)
    np.testing.assert_allclose(a.positions, b.positions, atol=1e-14)  # two half drifts for one


def test_same_seed_same_run():
    def run(seed):
        bath, rng = Langevin(thermal_energy=1.0, friction=1.0), np.random.default_rng(seed)
        run = simulate(released_spring(), SPRING, timestep=0.1, steps=20, bath=bath, rng=rng)
        return run.positions

    np.testing.assert_array_equal(run(1), run(1))
    assert not np.array_equal(run(1), run(2))


# ASE ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["VelocityVerlet", "LangevinBAOAB"])
def test_agrees_with_ase_step_for_step(name):
    argon = LennardJones(**ARGON, cutoff=8.5, onset=7.0)
    box = thermalise(argon_box(3), temperature_K=200, rng=np.random.default_rng(0))
    atoms = box.copy()
    atoms.calc = argon
    if name == "VelocityVerlet":
        bath, theirs = None, VelocityVerlet(atoms, timestep=5 * units.fs)
    else:
        bath = Langevin(temperature_K=94.4, friction_per_fs=1 / 200)
        theirs = LangevinBAOAB(
            atoms,
            timestep=5 * units.fs,
            temperature_K=94.4,
            T_tau=200 * units.fs,
            rng=np.random.default_rng(3),
        )
    rng = np.random.default_rng(3)
    ours = simulate(box, argon, timestep_fs=5, steps=40, bath=bath, rng=rng)
    for positions in ours.positions[1:]:
        theirs.run(1)
        # The same sums in another order: rounding, which chaos multiplies.
        np.testing.assert_allclose(positions, atoms.positions, atol=1e-11)


@pytest.mark.parametrize(("kT", "friction"), [(-1.0, 1.0), (1.0, -1.0), (np.nan, 1.0)])
def test_a_negative_temperature_or_friction_is_refused(kT, friction):
    settings = {"thermal_energy": kT, "friction": friction}
    with pytest.raises(ValueError, match=r"is (-1\.0|nan), .* cannot be negative"):
        langevin_baoab(released_spring(), SPRING, 0.1, **settings, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"is (-1\.0|nan), .* cannot be negative"):
        Langevin(**settings)
