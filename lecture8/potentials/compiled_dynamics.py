"""Molecular dynamics that stays in compiled code: what the time loops of fast potentials share.

A run goes through three layers. `follow`, in Python, checks what it was asked for and calls a
compiled `run` for some hundred steps at a time; in between there is time for a progress bar and for
the stop button. `run` is the time loop, and each potential has its own: numba keeps on disk what it
compiled only if no function was handed to it, so the loop must name the forces that it needs. Its
parts are here, and read like the steps of `lecture8.integrators`:

    room = room_for(steps // every, r)
    well = 0
    while well < steps:
        kick_and_drift(r, v, forces, masses, dt, bath, rng)     # B A, or B A O A with a friction
        if moved_too_far(r, listed, skin / 2):                  # of `neighbours`
            ...                                                 # a new list; or give up
        energy = ...                                            # and forces
        kick(v, forces, masses, dt / 2)                         # B
        well += 1
        record(room, well, every, r, v, energy)
    return room, forces, energy, well
"""

from collections.abc import Callable

import numpy as np
from ase import Atoms
from tqdm.auto import tqdm

from lecture8.integrators import BlowUp, State, Trajectory
from lecture8.integrators.simulation import check_run
from lecture8.integrators.state import state_of
from lecture8.integrators.steps import check_bath
from lecture8.just_in_time import njit
from lecture8.pairs import cell_for_lists

FAR = 10.0  # an atom that went so many reaches of the list in a step is as good as nowhere

# In the time loop ---------------------------------------------------------------------------------


@njit(cache=True)
def kick(v, forces, masses, dt):
    """Change the velocities by dt F / m."""
    for i in range(len(v)):
        for k in range(3):
            v[i, k] += dt * forces[i, k] / masses[i]


@njit(cache=True)
def kick_and_drift(r, v, forces, masses, dt, bath, rng):
    """Begin a step: kick by dt / 2 and drift by dt, in its middle the bath = (kT, friction)."""
    kT, friction = bath
    kick(v, forces, masses, dt / 2)
    if friction == 0:
        drift(r, v, dt)
        return
    drift(r, v, dt / 2)
    c = np.exp(-friction * dt)
    for i in range(len(v)):
        for k in range(3):
            noise = np.sqrt(kT / masses[i]) * rng.standard_normal()
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
def room_for(number, r):
    """Return arrays for positions, velocities (T, N, 3) and energies (T,) of a trajectory."""
    shape = (number, len(r), 3)
    return np.empty(shape), np.empty(shape), np.empty(number)


@njit(cache=True)
def record(room, step, every, r, v, energy):
    """Keep the state after `step` steps, if it is an `every`-th."""
    if step % every == 0:
        n = step // every - 1
        room[0][n], room[1][n], room[2][n] = r, v, energy


# Around it ----------------------------------------------------------------------------------------


def follow(
    start: State | Atoms,
    potential,
    run: Callable,
    *,
    timestep: float,
    steps: int,
    thermal_energy: float,
    friction: float,
    rng: np.random.Generator | None,
    record_every: int,
    progress: bool,
    advice: str,
    at_once: bool = False,
) -> Trajectory:
    """Return the trajectory that `lecture8.integrators.simulate` would, from a compiled loop.

    Parameters
    ----------
    start : State or Atoms
    potential : calculator
        For the forces at the start.
    run : function
        run(atoms, (r, v, masses, cell, periodic), (dt, steps, every, bath, rng)) takes the steps
        in place and returns (positions, velocities, energies), last forces (N, 3), last energy and
        the number of steps that went well.
    timestep, steps, thermal_energy, friction, rng, record_every, progress
        As for `FastLennardJones.simulate`.
    advice : str
        What to do after a blow-up; may name the {timestep}.
    at_once : bool
        Do not return to Python in between.

    Raises
    ------
    ValueError
        For a step, a number of steps or a bath that makes no sense.
    BlowUp
        If energy or positions stop being finite; carries the run so far, up to the last good state.
    """
    check_run(timestep, steps, record_every)
    if rng is None and friction == 0:
        rng = np.random.default_rng(0)  # never drawn from
    check_bath(thermal_energy, friction, rng)
    state = state_of(start, potential)
    if state.atoms is None:
        raise ValueError("the state has no species and no cell; start from an Atoms object")
    r, v = state.positions.copy(), state.velocities.copy()
    cell = cell_for_lists(state.atoms)
    moving = r, v, state.masses, cell, state.atoms.pbc
    bath = float(thermal_energy), float(friction)
    forces, energy, done = state.forces, state.potential_energy, 0

    def take(number):
        how = float(timestep), number, record_every, bath, rng
        return run(state.atoms, moving, how)

    kept = [(r[None].copy(), v[None].copy(), np.array([energy]))]
    chunk = max(steps, 1) if at_once else record_every * max(1, 500 // record_every)
    with tqdm(total=steps, disable=not progress, unit="step") as bar:
        while done < steps:
            number = min(chunk, steps - done)
            room, forces, energy, well = _as_far_as_all_is_well(take, number, r, v, rng)
            kept.append([x[: well // record_every] for x in room])
            done += well
            bar.update(well)
            if well < number:
                break
    positions, velocities, energies = (np.concatenate(x) for x in zip(*kept, strict=True))
    times = state.time + timestep * record_every * np.arange(len(energies))
    time = state.time + timestep * done
    last = State(r, v, state.masses, forces, float(energy), time, state.atoms)
    trajectory = Trajectory(times, positions, velocities, state.masses, energies, last)
    if done < steps:
        error = BlowUp(
            f"the run blew up at step {done + 1}: energy or positions are no longer finite; "
            f"{advice.format(timestep=timestep)}"
        )
        error.trajectory = trajectory
        raise error
    return trajectory


def _as_far_as_all_is_well(take: Callable, number: int, r, v, rng):
    """Take up to `number` steps and leave r and v (N, 3) in the last good state, not the exploded.

    Returns what `run` does.
    """
    before = r.copy(), v.copy(), rng.bit_generator.state
    room, forces, energy, well = take(number)
    while number and (well < number or not all(np.all(np.isfinite(x)) for x in (r, v, forces))):
        # It exploded in place, so the same steps once more, but not the one that was too many.
        number = min(well, number - 1)
        r[:], v[:], rng.bit_generator.state = before
        room, forces, energy, well = take(number)
    return room, forces, energy, well
