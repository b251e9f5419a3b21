"""Seconds per step of molecular dynamics: in our own time loop, and in ASE's."""

import time

from ase import Atoms
from ase.md.verlet import VelocityVerlet
from contest import Contest, take_turns

from lecture8.integrators import simulate


def seconds_of_ours(start, potential, timestep_fs: float, steps: int, **bath) -> float:
    """Return what a step of `simulate` takes, its first neighbour list included."""
    length = {"timestep_fs": timestep_fs, "steps": steps, "record_every_fs": steps * timestep_fs}
    begin = time.perf_counter()
    simulate(start, potential, **length, **bath)
    return (time.perf_counter() - begin) / steps


def seconds_of_ase(atoms: Atoms, calculator, timestep: float, steps: int, warm: int) -> float:
    """Return what a step of VelocityVerlet (ASE's unit of time) takes after `warm` steps."""
    atoms = atoms.copy()
    atoms.calc = calculator
    dynamics = VelocityVerlet(atoms, timestep=timestep)
    dynamics.run(warm)
    begin = time.perf_counter()
    dynamics.run(steps)
    return (time.perf_counter() - begin) / steps


def per_atom(number: int, runs: dict, **rounds: int) -> Contest:
    """Return the contest of runs that give seconds per step of that many atoms."""
    subject, unit = f"{number:,} atoms", "µs per atom and step"
    return take_turns(subject, unit, runs, scale=1e6 / number, atoms=number, **rounds)
