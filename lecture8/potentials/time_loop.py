"""Parts of the compiled time loops of fast potentials; they read like `lecture8.integrators.steps`.

Each potential has a loop of its own: numba keeps on disk what it compiled only if no function was
handed to it, so a loop must name the forces that it needs. It looks like this, with the `Moving`
and the `Plan` of `lecture8.integrators.time_loop`:

    recorded, taken = arrays_for(plan, r), 0
    while taken < plan.steps:
        kick_and_drift(r, v, forces, masses, plan)              # B A, or B A O A with a friction
        if moved_too_far(r, listed, skin / 2):                  # of `neighbours`
            ...                                                 # a new list; or give up
        energy = ...                                            # and forces
        kick(v, forces, masses, plan.timestep / 2)              # B
        taken += 1
        record(recorded, taken, plan, r, v, energy)
    return recorded, forces, energy, taken
"""

import numpy as np

from lecture8.just_in_time import njit

FAR = 10.0  # an atom that went so many reaches of the list in a step is as good as nowhere


@njit(cache=True)
def kick(v, forces, masses, dt):
    """Change the velocities by dt F / m."""
    for i in range(len(v)):
        for k in range(3):
            v[i, k] += dt * forces[i, k] / masses[i]


@njit(cache=True)
def kick_and_drift(r, v, forces, masses, plan):
    """Begin a step: kick by dt / 2 and drift by dt, in its middle friction and noise."""
    dt, kT = plan.timestep, plan.thermal_energy
    kick(v, forces, masses, dt / 2)
    if plan.friction == 0:
        drift(r, v, dt)
        return
    drift(r, v, dt / 2)
    c = np.exp(-plan.friction * dt)
    for i in range(len(v)):
        for k in range(3):
            noise = np.sqrt(kT / masses[i]) * plan.rng.standard_normal()
            v[i, k] = c * v[i, k] + np.sqrt(1 - c**2) * noise
    drift(r, v, dt / 2)


@njit(cache=True)
def drift(r, v, dt):
    """Change the positions by dt v."""
    for i in range(len(r)):
        for k in range(3):
            r[i, k] += dt * v[i, k]


@njit(cache=True)
def lost(r, listed, limit):
    """Say whether an atom is nowhere, or further than `limit` from where it was listed."""
    return not np.all(np.abs(r - listed) < limit)


@njit(cache=True)
def arrays_for(plan, r):
    """Return arrays for positions, velocities (T, N, 3) and energies (T,) of the frames."""
    number = plan.steps // plan.record_every
    shape = (number, len(r), 3)
    return np.empty(shape), np.empty(shape), np.empty(number)


@njit(cache=True)
def record(recorded, taken, plan, r, v, energy):
    """Keep the state after so many steps, if it is a frame."""
    if taken % plan.record_every == 0:
        n = taken // plan.record_every - 1
        recorded[0][n], recorded[1][n], recorded[2][n] = r, v, energy
