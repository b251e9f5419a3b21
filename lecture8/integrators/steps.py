"""The steps, each a few lines: Euler to Yoshida, and Langevin for a constant temperature.

A **step** is a function ``step(state, potential, timestep) -> state``. Each is built from moves
that can be solved exactly: B, the kick (v changes, r stands still); A, the drift (r changes, v is
kept); and for a thermostat O, friction and noise. The order of the letters is the integrator.
"""

from dataclasses import replace

import numpy as np

from lecture8.arguments import check_generator, check_not_negative
from lecture8.integrators.state import AnyPotential, State, evaluate

# The moves ---------------------------------------------------------------------------------------


def _kick(state: State, timestep: float) -> State:
    """Apply B: v <- v + dt F / m."""
    return replace(state, velocities=state.velocities + timestep * state.accelerations)


def _drift(state: State, timestep: float) -> State:
    """Apply A: r <- r + dt v."""
    # The forces are still those of the old positions; `_update_forces` must follow.
    return replace(
        state,
        positions=state.positions + timestep * state.velocities,
        time=state.time + timestep,
    )


def _update_forces(state: State, potential: AnyPotential) -> State:
    """Set F = -dV/dr at the new positions: the expensive line of every simulation."""
    energy, forces = evaluate(potential, state.positions, state.atoms)
    return replace(state, potential_energy=energy, forces=forces)


def _friction_and_noise(state: State, timestep, thermal_energy, friction, rng) -> State:
    """Apply O: v <- c v + sqrt((1 - c^2) kT / m) xi with c = exp(-gamma dt), exact for any dt."""
    c = np.exp(-friction * timestep)
    thermal_speed = np.sqrt(thermal_energy / state.masses)[:, None]  # (N, 1)
    noise = rng.standard_normal(state.velocities.shape)
    velocities = c * state.velocities + np.sqrt(1 - c**2) * thermal_speed * noise
    return replace(state, velocities=velocities)


# The steps ---------------------------------------------------------------------------------------


def explicit_euler(state: State, potential: AnyPotential, timestep: float) -> State:
    """Move both r and v along the slopes of the old state: order 1, and it gains energy.

    r <- r + dt v,   v <- v + dt F(r) / m,   both right-hand sides old.
    """
    moved = _drift(state, timestep)
    kicked = _kick(state, timestep)
    return _update_forces(replace(moved, velocities=kicked.velocities), potential)


def semi_implicit_euler(state: State, potential: AnyPotential, timestep: float) -> State:
    """Kick first, then drift with the *new* velocity: order 1, but symplectic ("B A").

    v <- v + dt F(r) / m,   r <- r + dt v.
    """
    return _update_forces(_drift(_kick(state, timestep), timestep), potential)


def velocity_verlet(state: State, potential: AnyPotential, timestep: float) -> State:
    """Half a kick, a drift, half a kick: order 2, symplectic and reversible ("B A B").

    v <- v + dt/2 F(r) / m,   r <- r + dt v,   v <- v + dt/2 F(r) / m.

    Swope, Andersen, Berens, Wilson, J. Chem. Phys. 76, 637 (1982), eqs. 19-20.
    """
    state = _kick(state, timestep / 2)
    state = _drift(state, timestep)
    state = _update_forces(state, potential)
    return _kick(state, timestep / 2)


def yoshida4(state: State, potential: AnyPotential, timestep: float) -> State:
    """Three velocity Verlet steps, the middle one backwards: order 4, symplectic, 3 forces a step.

    The lengths w1, w0, w1 (times dt) add to one step (2 w1 + w0 = 1) and cancel the error of third
    order (2 w1^3 + w0^3 = 0): w1 = 1 / (2 - 2^(1/3)) = 1.35, w0 = -1.70.

    Forest, Ruth, Physica D 43, 105 (1990); Yoshida, Phys. Lett. A 150, 262 (1990), eq. 2.11.
    """
    w1 = 1 / (2 - 2 ** (1 / 3))
    w0 = 1 - 2 * w1
    for weight in (w1, w0, w1):
        state = velocity_verlet(state, potential, weight * timestep)
    return state


def langevin_baoab(
    state: State,
    potential: AnyPotential,
    timestep: float,
    *,
    thermal_energy: float,
    friction: float,
    rng: np.random.Generator,
) -> State:
    """Velocity Verlet with friction and noise in the middle of the drift: constant temperature.

    m dv = F dt - gamma m v dt + sqrt(2 gamma m kT) dW, split as "B A O A B".

    `simulate` takes it in a bath, `Langevin`, which brings the keywords.

    Parameters
    ----------
    thermal_energy : float
        kT, in the unit of the potential energy (eV with ASE calculators: ``units.kB * 300``).
    friction : float
        gamma, in 1 / time.
    rng : numpy Generator

    Raises
    ------
    ValueError
        If kT or gamma is negative, or there is no generator.

    Notes
    -----
    Leimkuhler, Matthews, J. Chem. Phys. 138, 174102 (2013), eqs. 10-14. For a harmonic oscillator
    <r^2> = kT / k holds exactly at any stable step, and <m v^2> = kT (1 - (omega dt)^2 / 4).
    """
    check_bath(thermal_energy, friction, rng)
    state = _kick(state, timestep / 2)
    state = _drift(state, timestep / 2)
    state = _friction_and_noise(state, timestep, thermal_energy, friction, rng)
    state = _drift(state, timestep / 2)
    state = _update_forces(state, potential)
    return _kick(state, timestep / 2)


def check_bath(thermal_energy, friction, rng) -> None:
    """Raise ValueError, naming the argument, if a bath of these makes no sense."""
    check_not_negative("thermal_energy", thermal_energy)
    check_not_negative("friction", friction)
    check_generator("rng", rng)
