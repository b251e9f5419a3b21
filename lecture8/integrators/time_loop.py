"""Time loops in compiled code: what `simulate` hands to them, and what comes back.

A potential that is fast enough brings a time loop of its own (`Potential.time_loop`), which does
what the steps of `lecture8.integrators` do, but returns to Python only every few hundred steps: for
a progress bar, and for the stop button.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from tqdm.auto import tqdm


class Moving(NamedTuple):
    """What moves, in place.

    Parameters
    ----------
    positions, velocities : array (N, 3)
    masses : array (N,)
    cell : array (3, 3)
    periodic : array (3,) of bool
    """

    positions: np.ndarray
    velocities: np.ndarray
    masses: np.ndarray
    cell: np.ndarray
    periodic: np.ndarray


class Plan(NamedTuple):
    """How far, and in which bath; a friction of 0 is velocity Verlet.

    Parameters
    ----------
    timestep : float
    steps, record_every : int
    thermal_energy, friction : float
    rng : numpy Generator
    """

    timestep: float
    steps: int
    record_every: int
    thermal_energy: float
    friction: float
    rng: np.random.Generator


class TimeLoop(NamedTuple):
    """A compiled time loop.

    Parameters
    ----------
    run : function
        run(moving, plan) takes the steps in place and returns (positions, velocities, energies)
        that it recorded, the last forces (N, 3), the last energy, and how many steps were taken
        before something stopped being finite.
    advice : str
        What to do after a blow-up.
    at_once : bool
        Do not return to Python in between.
    """

    run: Callable
    advice: str
    at_once: bool = False


def follow(loop: TimeLoop, moving: Moving, plan: Plan, start: tuple, *, progress: bool):
    """Take the steps of `plan`, some hundred at a time, up to the last good state.

    Parameters
    ----------
    start : tuple
        Energy and forces (N, 3) of the first frame.

    Returns
    -------
    positions, velocities (T, N, 3), energies (T,), last energy, last forces (N, 3), steps taken
    """
    energy, forces = start
    frames = [(moving.positions[None].copy(), moving.velocities[None].copy(), np.array([energy]))]
    every, taken = plan.record_every, 0
    chunk = max(plan.steps, 1) if loop.at_once else every * max(1, 500 // every)
    with tqdm(total=plan.steps, disable=not progress, unit="step") as bar:
        while taken < plan.steps:
            part = plan._replace(steps=min(chunk, plan.steps - taken))
            recorded, forces, energy, good = _to_last_good(loop.run, moving, part)
            frames.append([x[: good // every] for x in recorded])
            taken += good
            bar.update(good)
            if good < part.steps:
                break
    positions, velocities, energies = (np.concatenate(x) for x in zip(*frames, strict=True))
    return positions, velocities, energies, float(energy), forces, taken


def _to_last_good(run: Callable, moving: Moving, plan: Plan):
    """Return what `run` does, and leave what moves in the last good state, not the exploded."""
    r, v = moving.positions, moving.velocities
    before = r.copy(), v.copy(), plan.rng.bit_generator.state
    recorded, forces, energy, good = run(moving, plan)
    steps = plan.steps
    while steps and (good < steps or not all(np.all(np.isfinite(x)) for x in (r, v, forces))):
        # It exploded in place, so the same steps once more, but not the one that was too many.
        steps = min(good, steps - 1)
        r[:], v[:], plan.rng.bit_generator.state = before
        recorded, forces, energy, good = run(moving, plan._replace(steps=steps))
    return recorded, forces, energy, good
