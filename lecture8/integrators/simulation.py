"""The loop that takes step after step, and the trajectory that it records."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms
from tqdm.auto import tqdm

from lecture8.arguments import check_positive, check_whole
from lecture8.integrators.state import (
    BlowUp,
    Potential,
    State,
    moving_masses,
    state_of,
)
from lecture8.integrators.steps import velocity_verlet


@dataclass(frozen=True, eq=False)  # == of arrays is an array
class Trajectory:
    """What `simulate` recorded, T instants of N particles in D dimensions.

    Parameters
    ----------
    times : array (T,)
    positions, velocities : array (T, N, D)
        Positions are unwrapped: a particle that leaves a periodic cell is not put back.
    masses : array (N,)
        Infinite for atoms that were fixed.
    potential_energies : array (T,) or None
    last : State
        The state after the last step; `simulate` can continue from it.
    """

    times: np.ndarray
    positions: np.ndarray
    velocities: np.ndarray
    masses: np.ndarray
    potential_energies: np.ndarray | None
    last: State

    @property
    def kinetic_energies(self) -> np.ndarray:
        """K(t) = sum_i m_i v_i^2 / 2, shape (T,)."""
        masses = moving_masses(self.masses)
        return 0.5 * np.einsum("i,tid,tid->t", masses, self.velocities, self.velocities)

    @property
    def total_energies(self) -> np.ndarray:
        """E(t) = K + V, shape (T,): the quantity that Newton's equations conserve."""
        if self.potential_energies is None:
            raise ValueError(
                "this run recorded no potential energy, because its potential returns forces only; "
                "let the function return (energy, forces)"
            )
        return self.kinetic_energies + self.potential_energies


def simulate(
    start: State | Atoms,
    potential: Potential,
    *,
    timestep: float,
    steps: int,
    step: Callable[[State, Potential, float], State] = velocity_verlet,
    record_every: int = 1,
    progress: bool = False,
) -> Trajectory:
    """Take `steps` steps and record the start and every `record_every`-th state after it.

    Parameters
    ----------
    start : State or Atoms
        Atoms that ASE's FixAtoms holds stand still; other constraints are refused.
    potential : calculator or function
    timestep : float
        Positive, in the time unit of the state (with Atoms: ``5 * ase.units.fs``). To run backwards
        in time, turn the velocities round: ``state.reversed()``.
    steps, record_every : int
    step : function
        One of `lecture8.integrators`, or your own.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Trajectory
        Of 1 + steps // record_every instants.

    Raises
    ------
    ValueError
        For a step, a number of steps or a start that makes no sense.
    BlowUp
        If a position, velocity, energy or force stops being finite; says at which step, and carries
        the run so far in its attribute `trajectory`, `last` being the last good state.
    """
    check_run(timestep, steps, record_every)

    state = state_of(start, potential)
    recorded = [state]
    # Overflow is caught below, by name and step, rather than as a warning of NumPy's.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for number in tqdm(range(1, steps + 1), disable=not progress, unit="step"):
            try:
                state = step(state, potential, timestep)
                if not np.all(np.isfinite(state.velocities)):
                    raise BlowUp("the velocities contain NaN or inf")
            except BlowUp as cause:
                error = BlowUp(
                    f"the run blew up at step {number}: {cause}; "
                    f"the step of {timestep:.3g} is too long for this potential, take a shorter one"
                )
                error.trajectory = replace(_record(recorded), last=state)
                raise error from None
            if number % record_every == 0:
                recorded.append(state)
    return replace(_record(recorded), last=state)


def check_run(timestep, steps, record_every) -> None:
    """Raise ValueError, naming the argument, if a run of these makes no sense."""
    check_positive("timestep", timestep, "; to run backwards, start from state.reversed()")
    check_whole("steps", steps, 0)
    check_whole("record_every", record_every, 1)


def _record(states: list[State]) -> Trajectory:
    first = states[0]
    energies = None
    if first.potential_energy is not None:
        energies = np.array([s.potential_energy for s in states])
    return Trajectory(
        times=np.array([s.time for s in states]),
        positions=np.array([s.positions for s in states]),
        velocities=np.array([s.velocities for s in states]),
        masses=first.masses,
        potential_energies=energies,
        last=states[-1],
    )
