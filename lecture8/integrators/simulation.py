"""`simulate`, the one way to run: step after step, and what it records."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

import numpy as np
from ase import Atoms, units
from tqdm.auto import tqdm

from lecture8.arguments import check_generator, check_positive, check_whole
from lecture8.integrators.bath import Langevin
from lecture8.integrators.state import AnyPotential, BlowUp, State, state_of
from lecture8.integrators.steps import langevin_baoab, velocity_verlet
from lecture8.integrators.time_loop import Moving, Plan, follow
from lecture8.integrators.trajectory import Trajectory
from lecture8.potential import NotOffered, Potential

PICOSECOND = 1000 * units.fs


def simulate(
    start: State | Atoms,
    potential: AnyPotential,
    *,
    timestep_fs: float | None = None,
    picoseconds: float | None = None,
    steps: int | None = None,
    bath: Langevin | None = None,
    record_every_fs: float | None = None,
    rng: np.random.Generator | None = None,
    step: Callable[..., State] | None = None,
    progress: bool = False,
    timestep: float | None = None,
    record_every: int | None = None,
) -> Trajectory:
    """Move atoms, or the particles of a model system, and record where they go.

        simulate(argon, potential, timestep_fs=5, picoseconds=20, record_every_fs=100)
        simulate(lgps, potential, timestep_fs=2, picoseconds=50, rng=np.random.default_rng(1),
                 bath=Langevin(temperature_K=600, friction_per_fs=0.01))
        simulate(spring, Harmonic(), timestep=0.1, steps=500)

    Velocity Verlet; in a bath, Langevin BAOAB. A potential with a compiled time loop uses it, to
    the same numbers but for rounding.

    Parameters
    ----------
    start : State or Atoms
        Atoms that ASE's FixAtoms holds stand still; other constraints are refused.
    potential : Potential, calculator or function
    timestep_fs : float
        To run backwards in time, turn the velocities round: ``state.reversed()``.
    picoseconds : float
    steps : int
        How long: one of the two.
    bath : Langevin, optional
        Without, the energy is conserved.
    record_every_fs : float, optional
        Time between two frames, a multiple of the time step, which it is if left out.
    rng : numpy Generator
        Needed in a bath.
    step : function, optional
        One of `lecture8.integrators`, or your own; in a bath, it gets thermal_energy, friction and
        rng as keywords. Its steps are taken one by one in Python, also where there is a compiled
        loop.
    progress : bool
        Show a progress bar.
    timestep, record_every : float and int
        For a model system, whose numbers have no units: its time step, and how many of them lie
        between two frames; `steps` and a `Langevin` without units go with them.

    Returns
    -------
    Trajectory
        The start and every frame after it.

    Raises
    ------
    ValueError
        For a time, a number of steps, a bath or a start that makes no sense.
    BlowUp
        If a position, velocity, energy or force stops being finite; says at which step, and carries
        the run so far in its attribute `trajectory`, `last` being the last good state.
    """
    steps, record_every = _steps(
        timestep_fs, picoseconds, steps, record_every_fs, timestep, record_every
    )
    _check_units(start, timestep_fs, bath)
    if bath is not None:
        check_generator("rng", rng)
    state = state_of(start, potential)
    plan = Plan(
        timestep=float(timestep if timestep_fs is None else timestep_fs * units.fs),
        steps=steps,
        record_every=record_every,
        thermal_energy=0.0 if bath is None else float(bath.thermal_energy),
        friction=0.0 if bath is None else float(bath.friction),
        rng=np.random.default_rng(0) if bath is None else rng,  # never drawn from
    )
    loop = None
    if step is None and state.atoms is not None and isinstance(potential, Potential):
        with suppress(NotOffered):  # then the readable steps do it
            loop = potential.time_loop(state.atoms)
    if loop is not None:
        return _compiled(state, loop, plan, progress)
    if bath is not None:
        step = partial(
            step or langevin_baoab,
            thermal_energy=bath.thermal_energy,
            friction=bath.friction,
            rng=rng,
        )
    return _step_by_step(state, potential, step or velocity_verlet, plan, progress)


def _step_by_step(state: State, potential, step: Callable, plan: Plan, progress: bool):
    states = [state]
    # Overflow is caught below, by name and step, rather than as a warning of NumPy's.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for number in tqdm(range(1, plan.steps + 1), disable=not progress, unit="step"):
            try:
                state = step(state, potential, plan.timestep)
                if not np.all(np.isfinite(state.velocities)):
                    raise BlowUp("the velocities contain NaN or inf")
            except BlowUp as cause:
                why = f"{cause}; {TOO_LONG.format(_named(plan.timestep, state))}"
                raise _blow_up(number, why, _record(states, state)) from None
            if number % plan.record_every == 0:
                states.append(state)
    return _record(states, state)


def _record(states: list[State], last: State) -> Trajectory:
    first = states[0]
    energies = None
    if first.potential_energy is not None:
        energies = np.array([s.potential_energy for s in states])
    return _trajectory(
        np.array([s.time for s in states]),
        np.array([s.positions for s in states]),
        np.array([s.velocities for s in states]),
        energies,
        last,
    )


def _compiled(state: State, loop, plan: Plan, progress: bool) -> Trajectory:
    from lecture8.pairs import cell_for_lists  # brings a library that model systems do without

    moving = Moving(
        state.positions.copy(),
        state.velocities.copy(),
        state.masses,
        cell_for_lists(state.atoms),
        state.atoms.pbc,
    )
    start = state.potential_energy, state.forces
    *frames, energy, forces, taken = follow(loop, moving, plan, start, progress=progress)
    last = replace(
        state,
        positions=moving.positions,
        velocities=moving.velocities,
        forces=forces,
        potential_energy=energy,
        time=state.time + plan.timestep * taken,
    )
    times = state.time + plan.timestep * plan.record_every * np.arange(len(frames[-1]))
    trajectory = _trajectory(times, *frames, last)
    if taken < plan.steps:
        advice = loop.advice.format(_named(plan.timestep, state))
        why = f"energy or positions are no longer finite; {advice}"
        raise _blow_up(taken + 1, why, trajectory)
    return trajectory


def _trajectory(times, positions, velocities, energies, last: State) -> Trajectory:
    atoms = last.atoms
    return Trajectory(
        times=times if atoms is None else times / PICOSECOND,
        positions=positions,
        velocities=velocities,
        masses=last.masses,
        potential_energies=energies,
        last=last,
        symbols=None if atoms is None else np.array(atoms.get_chemical_symbols()),
        cell=None if atoms is None else atoms.cell.array.copy(),
    )


TOO_LONG = "the step of {} is too long for this potential, take a shorter one"


def _named(timestep: float, state: State) -> str:
    return f"{timestep:.3g}" if state.atoms is None else f"{timestep / units.fs:.3g} fs"


def _blow_up(number: int, why: str, trajectory: Trajectory) -> BlowUp:
    error = BlowUp(f"the run blew up at step {number}: {why}")
    error.trajectory = trajectory
    return error


# What was asked for -------------------------------------------------------------------------------


def _steps(timestep_fs, picoseconds, steps, record_every_fs, timestep, record_every):
    """Return the number of steps, and how many lie between two frames; or raise ValueError."""
    _one_of(timestep_fs=timestep_fs, timestep=timestep)
    _one_of(picoseconds=picoseconds, steps=steps)
    backwards = "; to run backwards, start from state.reversed()"
    if timestep_fs is None:
        check_positive("timestep", timestep, backwards)
        if picoseconds is not None or record_every_fs is not None:
            raise ValueError(
                f"timestep is {timestep}, a number without a unit, so that picoseconds and "
                "record_every_fs mean nothing; give timestep_fs, or steps and record_every"
            )
        check_whole("steps", steps, 0)
        record_every = 1 if record_every is None else record_every
        check_whole("record_every", record_every, 1)
        return steps, record_every
    check_positive("timestep_fs", timestep_fs, backwards)
    if record_every is not None:
        raise ValueError(
            f"record_every is {record_every} steps; for atoms give record_every_fs, "
            f"{record_every} times {timestep_fs}"
        )
    record_every = 1
    if record_every_fs is not None:
        record_every = steps_between("record_every_fs", record_every_fs, timestep_fs)
    if steps is None:
        steps = steps_within(picoseconds, timestep_fs)
    check_whole("steps", steps, 0)
    return steps, record_every


def steps_within(picoseconds: float, timestep_fs: float) -> int:
    """Return the number of steps nearest to `picoseconds`; raise ValueError if that is none."""
    check_positive("picoseconds", picoseconds)
    steps = round(1000 * picoseconds / timestep_fs)
    if steps < 1:
        raise ValueError(
            f"picoseconds is {picoseconds}, shorter than the time step of {timestep_fs} fs; run "
            "longer"
        )
    return steps


def steps_between(name: str, interval_fs: float, timestep_fs: float) -> int:
    """Return the number of steps in an interval; raise ValueError if that is not whole."""
    check_positive(name, interval_fs)
    steps = max(1, round(interval_fs / timestep_fs))
    # 0.3 is not 3 * 0.1
    if abs(steps * timestep_fs - interval_fs) > 1e-6 * timestep_fs:
        raise ValueError(
            f"{name} is {interval_fs}, but must be a multiple of the time step, {timestep_fs} fs; "
            f"{steps * timestep_fs:g} would do"
        )
    return steps


def _one_of(**values) -> None:
    """Raise ValueError unless one of the two values is given."""
    if sum(value is not None for value in values.values()) != 1:
        told = " and ".join(f"{name} is {value}" for name, value in values.items())
        raise ValueError(f"{told}; give one of the two")


def _check_units(start, timestep_fs, bath: Langevin | None) -> None:
    """Raise ValueError if atoms come without units, or a model system with them."""
    if not isinstance(start, State | Atoms):
        return  # `state_of` refuses it
    atoms = isinstance(start, Atoms) or start.atoms is not None
    in_fs = timestep_fs is not None
    if atoms and not in_fs:
        raise ValueError("the start is made of atoms, whose time has a unit; give timestep_fs")
    if in_fs and not atoms:
        raise ValueError(
            f"timestep_fs is {timestep_fs}, but the start has no species, so its time has no unit; "
            "give timestep, or start from an Atoms object"
        )
    if bath is not None and not isinstance(bath, Langevin):
        raise ValueError(f"bath is {bath!r}, but must be a Langevin(...) or left out")
    if bath is not None and bath.has_units != atoms:
        raise ValueError(
            f"the bath is {bath}, but "
            + (
                "atoms need temperature_K and friction_per_fs"
                if atoms
                else "a model system needs thermal_energy and friction"
            )
        )
