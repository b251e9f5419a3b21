"""Replicas: the same crystal many times over, with other random numbers, at one temperature.

They are independent, so that their scatter is the error of their mean (`lecture8.measured`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lecture8.integrators import Trajectory


@dataclass(frozen=True, eq=False)  # == of arrays is an array
class Replicas(Sequence):
    """Runs at one temperature that differ in random numbers alone: ``runs[0]``, ``len(runs)``.

    Parameters
    ----------
    trajectories : tuple of Trajectory
        Those that arrived, with the same atoms and times. Positions are unwrapped, and the
        framework may still drift (`of`); often float32: seven digits, 1e-6 Å at 10 Å, are far less
        than an atom rattles, and half to send and to keep. What measures them computes in float64.
    temperature_K : float
        Of the bath.
    kinetic_temperatures_K : array (R,)
        2 K / (3 N k), mean over the frames, N atoms that can move: what the bath made of it.
    failures : list of str
        Which replicas are missing, and why.
    """

    trajectories: tuple[Trajectory, ...]
    temperature_K: float
    kinetic_temperatures_K: np.ndarray
    failures: list[str]

    def __len__(self) -> int:
        return len(self.trajectories)

    def __getitem__(self, index):
        return self.trajectories[index]

    @property
    def positions(self) -> np.ndarray:
        """Positions of all, (R, T, N, 3), Å; a copy."""
        return np.stack([run.positions for run in self._any()])

    @property
    def times(self) -> np.ndarray:
        """Times of the frames (T,), ps, the same for all."""
        return self._any()[0].times

    @property
    def symbols(self) -> np.ndarray:
        """Elements (N,), the same for all."""
        return self._any()[0].symbols

    @property
    def cell(self) -> np.ndarray:
        """Cell (3, 3), Å, the same for all; rows are the cell vectors."""
        return self._any()[0].cell

    def of(self, ion: str) -> "Replicas":
        """Return the runs of one element, each as seen from its framework: `Trajectory.of`."""
        return self.each(lambda run: run.of(ion))

    def each(self, change: Callable[[Trajectory], Trajectory]) -> "Replicas":
        """Return the replicas with each trajectory changed."""
        return replace(self, trajectories=tuple(map(change, self.trajectories)))

    def _any(self) -> tuple[Trajectory, ...]:
        if not self.trajectories:
            why = f"; the first: {self.failures[0]}" if self.failures else ""
            raise ValueError(f"no replica arrived at {self.temperature_K:g} K{why}")
        return self.trajectories


def positions_and_times(run, times) -> tuple[list, np.ndarray]:
    """Return the positions of each replica, R of (T, N, 3), and the times (T,).

    Parameters
    ----------
    run : Trajectory, Replicas, array (T, N, 3), or R of these arrays
    times : array (T,) or None
        Of arrays, which do not bring their own.

    Raises
    ------
    ValueError
        If there are no times, or two sorts of them.
    """
    if isinstance(run, Replicas | Trajectory):
        if times is not None:
            raise ValueError("times are given, but the run brings its own; leave them out")
        runs = [run] if isinstance(run, Trajectory) else run._any()
        return [one.positions for one in runs], runs[0].times
    if times is None:
        raise ValueError("times are missing: positions alone do not say when; give those of frames")
    several = isinstance(run, list | tuple) or np.ndim(run) == 4
    return list(run) if several else [run], times


def with_positions(run, change: Callable):
    """Return `run`, a Trajectory, Replicas or array, with positions (T, N, 3) changed.

    Positions keep their type: float32 stays float32.
    """
    if isinstance(run, Replicas):
        return run.each(lambda one: with_positions(one, change))
    if isinstance(run, Trajectory):
        return replace(run, positions=change(run.positions).astype(run.positions.dtype))
    return change(run)
