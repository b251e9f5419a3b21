"""Lennard-Jones liquid: ours against LAMMPS and ASE, the same work side by side (`make bench`).

fcc start at rho* = 0.8442, T* = 1.44 (melts to about 0.7), cutoff 2.5 sigma, skin 0.3 sigma with a
displacement test at every step, NVE with dt* = 0.005, double precision, no output; 300 steps are
run before the clock starts. The contestants take turns; the table gives medians over the rounds,
and the median of the ratios within each round: a shared machine changes speed as it pleases.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.lj import LennardJones as AseLennardJones
from ase.md.velocitydistribution import Stationary, thermalize_momenta
from ase.md.verlet import VelocityVerlet

from lecture8.potentials.fast_lennard_jones import FastLennardJones

OURS = "ours, 1 thread"


def liquid(repeat: int) -> Atoms:
    """Return the start in reduced units, as atoms of mass 1."""
    atoms = bulk("Ar", "fcc", a=(4 / 0.8442) ** (1 / 3), cubic=True) * (repeat, repeat, repeat)
    atoms.set_masses(np.ones(len(atoms)))
    thermalize_momenta(atoms, 1.44 / units.kB, rng=np.random.default_rng(0))
    Stationary(atoms)
    return atoms


def run_ours(repeat: int, steps: int, threads: int) -> float:
    """Return seconds per step of the compiled engine."""
    potential = FastLennardJones(epsilon=1.0, sigma=1.0, cutoff=2.5, skin=0.3)
    how = {"timestep": 0.005, "threads": threads}
    start = potential.simulate(liquid(repeat), steps=300, record_every=300, **how).last
    begin = time.perf_counter()
    potential.simulate(start, steps=steps, record_every=steps, **how)
    return (time.perf_counter() - begin) / steps


def run_ase(repeat: int, steps: int) -> float:
    """Return seconds per step of ASE's own Lennard-Jones and velocity Verlet."""
    atoms = liquid(repeat)
    atoms.calc = AseLennardJones(epsilon=1.0, sigma=1.0, rc=2.5)
    dynamics = VelocityVerlet(atoms, timestep=0.005)
    dynamics.run(1)
    begin = time.perf_counter()
    dynamics.run(steps)
    return (time.perf_counter() - begin) / steps


def run_lammps(python: str, style: str, repeat: int, steps: int) -> float:
    """Return seconds per step of LAMMPS, run by the `python` of the peers' environment."""
    root = Path(python).parent.parent
    environment = os.environ | {"LD_LIBRARY_PATH": str(root / "lib"), "OMP_NUM_THREADS": "1"}
    script = Path(__file__).with_name("run_lammps.py")
    command = [python, script, style, str(repeat), str(steps)]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def compare(python: str, repeat: int, steps: int, rounds: int) -> dict[str, list[float]]:
    """Return contestant -> seconds per step, one number a round."""
    contestants = {
        OURS: lambda: run_ours(repeat, steps, 1),
        "ours, 2 threads": lambda: run_ours(repeat, steps, 2),
        "LAMMPS lj/cut/opt": lambda: run_lammps(python, "lj/cut/opt", repeat, steps),
        "LAMMPS lj/cut": lambda: run_lammps(python, "lj/cut", repeat, steps),
        "ASE LennardJones": lambda: run_ase(repeat, max(2, 4000 // (4 * repeat**3))),
    }
    run_ours(repeat, 1, 2)  # compile before the clock starts
    times = {name: [] for name in contestants}
    for number in range(rounds):
        for name, contestant in contestants.items():
            times[name].append(contestant())
        print(f"  round {number + 1} of {rounds}", file=sys.stderr)
    return times


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", required=True, help="python of the peers' environment")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    print("| atoms | engine | µs per atom and step (min to max) | time relative to ours |")
    print("|---|---|---|---|")
    for repeat, steps in ((6, 2000), (10, 500)):
        times = compare(arguments.peers, repeat, steps, arguments.rounds)
        number = 4 * repeat**3
        for name, seconds in times.items():
            ratios = [a / b for a, b in zip(seconds, times[OURS], strict=True)]
            micro = [1e6 * s / number for s in seconds]
            print(
                f"| {number:,} | {name} | {statistics.median(micro):.3g} "
                f"({min(micro):.3g} to {max(micro):.3g}) | {statistics.median(ratios):.2f} |"
            )


if __name__ == "__main__":
    main()
