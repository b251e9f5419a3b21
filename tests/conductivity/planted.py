"""Runs whose diffusion is known: a crystal that rattles, with ions that walk."""

import numpy as np
from ase import units

from lecture8.integrators import Trajectory
from lecture8.ionic_conductivity import Replicas
from lecture8.structures import lgps
from tests.ionic_conductivity.walks import random_walk

LITHIUM = 20
HOT_D, BARRIER, HOT_K = 0.05, 0.25, 1000  # Å2/ps, eV, K


def diffusion(T: float) -> float:
    return HOT_D * np.exp(-BARRIER / units.kB * (1 / T - 1 / HOT_K))


def walking_lgps(T: float, *, D=None, replicas=4, frames=400, interval=0.2, seed=0) -> Replicas:
    """Return runs of LGPS in which lithium walks with D, that of `diffusion` if left out."""
    rng = np.random.default_rng([seed, round(T)])
    D = diffusion(T) if D is None else D
    runs = []
    for _ in range(replicas):
        positions = lgps().positions + 0.1 * rng.standard_normal((frames, 50, 3))
        if D > 0:
            walk = random_walk(rng, frames, LITHIUM, D=D, interval=interval)
            positions[:, :LITHIUM] += walk - walk[0]
        runs.append(
            Trajectory(
                times=interval * np.arange(frames),
                positions=positions,
                masses=lgps().get_masses(),
                symbols=np.array(lgps().get_chemical_symbols()),
                cell=lgps().cell.array,
            )
        )
    return Replicas(tuple(runs), float(T), np.full(replicas, float(T)), [])
