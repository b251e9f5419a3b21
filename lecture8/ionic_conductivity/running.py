"""Running replicas: at several temperatures, on many workers, wherever there is a free core."""

import warnings
from copy import deepcopy
from functools import partial
from typing import NamedTuple

import numpy as np
from ase import Atoms, units

from lecture8.arguments import (
    check_generator,
    check_not_negative,
    check_positive,
    check_whole,
)
from lecture8.integrators import PICOSECOND, BlowUp, Langevin, Trajectory, simulate
from lecture8.integrators.state import fixed_atoms
from lecture8.ionic_conductivity.replicas import Replicas
from lecture8.structures import thermalise
from lecture8.workers import DIED, Failed, run_tasks

HOTTEST = 10  # times its bath: a lone atom gets there in one frame of a million, a blow-up at once


class NoReplica(RuntimeError):
    """No replica arrived at all."""


class _Plan(NamedTuple):
    """What all replicas have in common."""

    timestep_fs: float
    friction_per_fs: float
    equilibration_steps: int
    steps: int
    record_every_fs: float


def run_replicas(
    start: Atoms,
    potential,
    *,
    temperatures_K,
    replicas: int,
    picoseconds: float,
    executor,
    rng: np.random.Generator,
    timestep_fs: float = 2.0,
    friction_per_fs: float = 1e-3,
    equilibrate_ps: float = 2.0,
    record_every_fs: float = 100.0,
    progress: bool = True,
) -> dict[float, Replicas]:
    """Run Langevin dynamics (BAOAB) of each temperature, several times, on the workers.

        runs = run_replicas(lgps(), fitted_lgps(), temperatures_K=[600, 900], replicas=4, ...)
        diffusion_coefficient(runs[900].of("Li"))

    Replica k at T has random numbers of its own, ``default_rng([drawn, round(T), k])`` with one
    number drawn from `rng` for all: which worker had it, when, and what ran beside it, changes
    nothing but the last digits where numba compiled anew.

    Parameters
    ----------
    start : Atoms
        At rest on its sites. A perfect crystal has no potential energy to share, so it starts with
        velocities of 2 T, of which half goes there. A snapshot of a run has its share already: it
        starts too hot, and needs an `equilibrate_ps` of several 1 / `friction_per_fs`. Atoms that
        FixAtoms holds stand still; other constraints are refused.
    potential : calculator
        Can be pickled. `simulate` uses its compiled time loop, if it has one.
    temperatures_K : sequence of float
    replicas : int
        At each temperature; an error needs two or more.
    picoseconds : float
        Of each replica, equilibration not counted, in whole intervals of `record_every_fs`.
    executor : LocalProcesses, dask.distributed.Client or concurrent.futures.Executor
        As for `lecture8.workers.run_tasks`. A replica whose process died is run again.
    rng : numpy Generator
    timestep_fs, friction_per_fs, equilibrate_ps, record_every_fs : float
        As for `simulate`.
    progress : bool
        Show a progress bar that counts replicas.

    Returns
    -------
    dict, temperature -> Replicas
        In order of temperature. A replica that failed is set aside, with the reason.

    Raises
    ------
    ValueError
        For a temperature, number or time that makes no sense, a constraint other than FixAtoms, or
        a potential that cannot be had on a worker.
    NoReplica
        If no replica arrived at all: a RuntimeError, as is that no worker starts.

    Warns
    -----
    UserWarning
        If one is missing.
    """
    plan, times = _plan(timestep_fs, friction_per_fs, equilibrate_ps, picoseconds, record_every_fs)
    temperatures_K = _checked_temperatures(temperatures_K)
    check_whole("replicas", replicas, 1)
    check_generator("rng", rng)
    fixed_atoms(start)  # refuses what no replica would keep
    start = start.copy()  # without its calculator
    drawn = int(rng.integers(2**32))
    tasks = [
        (temperature, (drawn, round(temperature), k))
        for temperature in temperatures_K
        for k in range(replicas)
    ]
    replica = partial(_replica, start, potential, plan)
    # Three: what killed four processes, as on Dask, will kill the next.
    outcomes = run_tasks(replica, tasks, executor=executor, retries=3, progress=progress)
    describe = {
        "times": times,
        "masses": start.get_masses(),
        "symbols": np.array(start.get_chemical_symbols()),
        "cell": start.cell.array,
    }
    runs = {}
    for place, temperature in enumerate(temperatures_K):
        outcome_of = dict(enumerate(outcomes[place * replicas : (place + 1) * replicas]))
        arrived = [x for x in outcome_of.values() if not isinstance(x, Failed)]
        runs[temperature] = Replicas(
            tuple(Trajectory(positions=positions, **describe) for positions, _ in arrived),
            temperature,
            np.array([kinetic_K for _, kinetic_K in arrived]),
            [
                f"replica {k} at {temperature:g} K: {outcome}"
                for k, outcome in outcome_of.items()
                if isinstance(outcome, Failed)
            ],
        )
    _report([failure for run in runs.values() for failure in run.failures], len(tasks))
    return runs


def _report(failures: list[str], of: int) -> None:
    if len(failures) == of:
        remedy = "Try one replica at the lowest temperature, and a shorter time step"
        if all(failure.endswith(DIED) for failure in failures):
            remedy = (
                'Is there memory for all of them? Does `if __name__ == "__main__":` stand above?'
            )
        raise NoReplica(f"none of {of} replicas arrived; the first: {failures[0]}. {remedy}")
    if failures:
        warnings.warn(
            f"{len(failures)} of {of} replicas are missing; the first: {failures[0]}. The others "
            "are kept; all reasons are in `failures`",
            stacklevel=3,
        )


# On the worker ------------------------------------------------------------------------------------


def _replica(start: Atoms, potential, plan: _Plan, temperature_K: float, seed: tuple):
    """Return positions (T, N, 3) and mean kinetic temperature (K) of one replica."""
    rng = np.random.default_rng(seed)
    potential = deepcopy(potential)  # threads may have been handed the same one
    warm = thermalise(start, temperature_K=2 * temperature_K, rng=rng)
    run = _langevin(warm, potential, temperature_K, plan, plan.equilibration_steps, rng)
    run = _langevin(run.last, potential, temperature_K, plan, plan.steps, rng)
    return run.positions.astype(np.float32), _kinetic_temperatures(run).mean()


def _langevin(start, potential, temperature_K, plan: _Plan, steps: int, rng) -> Trajectory:
    """Return the run, or raise BlowUp with the time of the last good state."""
    try:
        run = simulate(
            start,
            potential,
            timestep_fs=plan.timestep_fs,
            steps=steps,
            bath=Langevin(temperature_K=temperature_K, friction_per_fs=plan.friction_per_fs),
            record_every_fs=plan.record_every_fs,
            rng=rng,
        )
    except BlowUp as error:
        raise _blow_up(error.trajectory.last.time / PICOSECOND, error) from None
    kinetic_K = _kinetic_temperatures(run)
    # Atoms that shoot through each other may stay finite: far apart, no force is left to overflow.
    if kinetic_K.max() > HOTTEST * temperature_K:
        first = int(np.argmax(kinetic_K > HOTTEST * temperature_K))
        raise _blow_up(
            run.times[first],
            f"it has {kinetic_K[first]:.3g} K in a bath of {temperature_K:g} K; take a shorter "
            "time step, or a potential that knows such frames",
        )
    return run


def _blow_up(ps: float, why) -> BlowUp:
    return BlowUp(f"lost {ps:.3f} ps after its start, equilibration included: {why}")


def _kinetic_temperatures(run: Trajectory) -> np.ndarray:
    """Return 2 K / (3 N k) of each frame, (T,)."""
    # No degree of freedom less: the noise of the bath moves the centre of mass as well.
    moving = 3 * np.isfinite(run.masses).sum()
    return 2 * run.kinetic_energies / (moving * units.kB)


# What was asked for -------------------------------------------------------------------------------


def _plan(timestep_fs, friction_per_fs, equilibrate_ps, picoseconds, record_every_fs):
    """Return the plan, and the times (T,) of the frames in ps; or raise ValueError."""
    names = "timestep_fs", "friction_per_fs", "picoseconds", "record_every_fs"
    values = timestep_fs, friction_per_fs, picoseconds, record_every_fs
    for name, value in zip(names, values, strict=True):
        check_positive(name, value)
    check_not_negative("equilibrate_ps", equilibrate_ps)
    record_every = max(1, round(record_every_fs / timestep_fs))
    # 0.3 is not 3 * 0.1
    if abs(record_every * timestep_fs - record_every_fs) > 1e-6 * timestep_fs:
        raise ValueError(
            f"record_every_fs is {record_every_fs}, but must be a multiple of the time step, "
            f"{timestep_fs} fs; {record_every * timestep_fs:g} would do"
        )
    intervals = int(1000 * picoseconds / record_every_fs + 1e-6)
    if intervals < 1:
        raise ValueError(
            f"picoseconds is {picoseconds}, shorter than the {record_every_fs:g} fs between two "
            "frames; run longer, or record more often"
        )
    plan = _Plan(
        timestep_fs=timestep_fs,
        friction_per_fs=friction_per_fs,
        equilibration_steps=round(1000 * equilibrate_ps / timestep_fs),
        steps=intervals * record_every,
        record_every_fs=record_every_fs,
    )
    return plan, np.arange(intervals + 1) * record_every_fs / 1000


def _checked_temperatures(temperatures_K) -> list[float]:
    """Return the temperatures in rising order, or raise ValueError."""
    try:
        temperatures = np.sort(np.atleast_1d(np.asarray(temperatures_K, float)))
    except (TypeError, ValueError):
        raise ValueError(f"temperatures_K is {temperatures_K!r}; give numbers, in K") from None
    if temperatures.ndim != 1 or not len(temperatures):
        raise ValueError(f"temperatures_K is {temperatures_K}; give one or more, in K")
    if not (np.all(np.isfinite(temperatures)) and temperatures[0] > 0):
        raise ValueError(f"temperatures_K are {temperatures.tolist()}, but must be positive")
    if len({round(t) for t in temperatures}) < len(temperatures):
        raise ValueError(
            f"temperatures_K are {temperatures.tolist()}, but two that round to the same kelvin "
            "would have the same random numbers; give each once, 1 K apart"
        )
    return temperatures.tolist()
