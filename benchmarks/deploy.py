"""Large runs: an exported deck on more and more processes, and our own engine on more atoms.

- scaling: liquid argon (cutoff 8.5 Å, skin 1 Å, 5 fs, Langevin, written by `lecture8.deploy`), the
  same number of atoms on 1, 2, 4 ... MPI processes of LAMMPS. The process counts take turns;
  speed-up is the median over rounds of time on 1 process / time on p, efficiency that over p.
- network: the same of LGPS at 600 K, with the shipped moment network inside LAMMPS.
- atoms: the shipped moment network on larger and larger supercells of LGPS at 600 K, one core of
  ours (`simulate`, Langevin, 2 fs). The sizes take turns. Each size has a process of its
  own, whose peak memory is given: interpreter and libraries are in it. Where time and memory are
  proportional to the atoms, the columns per atom do not change.
"""

import argparse
import math
import multiprocessing
import os
import re
import resource
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from lecture8.datasets import fitted_lgps
from lecture8.deploy import export_lammps, run_lammps
from lecture8.integrators import Langevin, simulate
from lecture8.potentials.fast_lennard_jones import FastLennardJones
from lecture8.structures import ARGON, argon_box, lgps, thermalise

WHAT = ("scaling", "network", "atoms")


def argon(repeat: int) -> tuple:
    """Return atoms, potential, how often to repeat them, and the run: 4 repeat^3 atoms of argon."""
    how = {"timestep_fs": 5, "temperature_K": 94.4, "friction_per_fs": 1e-3}
    return argon_box(1), FastLennardJones(**ARGON, cutoff=8.5), (repeat,) * 3, how


def conductor(repeat: int) -> tuple:
    """Return the same for 50 repeat^3 atoms of LGPS with the shipped moment network."""
    how = {"timestep_fs": 2, "temperature_K": 600, "friction_per_fs": 1e-3}
    return lgps(), fitted_lgps(), (repeat,) * 3, how


def seconds_of_lammps(case, steps: int, processes: int) -> float:
    """Return seconds per step of LAMMPS's own loop, as its log tells."""
    atoms, potential, replicate, how = case
    length = {"picoseconds": steps * how["timestep_fs"] * 1e-3}
    length["record_every_fs"] = steps * how["timestep_fs"]
    with tempfile.TemporaryDirectory() as folder:
        deck = export_lammps(
            atoms,
            potential,
            folder,
            rng=np.random.default_rng(0),
            replicate=replicate,
            **how,
            **length,
        )
        log = run_lammps(deck, processes=processes).read_text()
    seconds, of = re.search(r"Loop time of (\S+) on (\d+) procs", log).groups()
    if int(of) != processes:
        raise RuntimeError(f"asked for {processes} processes, LAMMPS ran on {of}")
    return float(seconds) / steps


def print_scaling(case, steps: int, processes: list[int], rounds: int) -> None:
    """Print the lines of one size."""
    times = {p: [] for p in processes}
    for number in range(rounds):
        for p in processes:
            times[p].append(seconds_of_lammps(case, steps, p))
        print(f"  round {number + 1} of {rounds}", file=sys.stderr)
    atoms = len(case[0]) * math.prod(case[2])
    for p, seconds in times.items():
        ratios = zip(times[processes[0]], seconds, strict=True)
        gain = statistics.median(one / many for one, many in ratios)
        ms = [1e3 * s for s in seconds]
        print(
            f"| {atoms:,} | {p} | {statistics.median(ms):.4g} ({min(ms):.4g} to {max(ms):.4g}) | "
            f"{1e3 * statistics.median(ms) / atoms:.3g} | {gain:.2f} | "
            f"{gain * processes[0] / p:.0%} |",
            flush=True,
        )


def measure_ours(supercell: tuple[int, int, int], atom_steps: float) -> tuple[float, float]:
    """Return seconds per step and peak memory (MB) of the moment network; for a fresh process."""
    rng = np.random.default_rng(0)
    potential = fitted_lgps()
    atoms = thermalise(lgps() * supercell, temperature_K=600, rng=rng)
    bath = Langevin(temperature_K=600, friction_per_fs=0.01)
    # A neighbour list serves some tens of steps; fewer would pay for it too dearly.
    steps = max(50, round(atom_steps / len(atoms)))
    how = {"timestep_fs": 2, "steps": steps, "record_every_fs": 2 * steps}
    # The first run compiles, and leaves the perfect crystal.
    start = simulate(atoms, potential, **how, bath=bath, rng=rng).last
    begin = time.perf_counter()
    simulate(start, potential, **how, bath=bath, rng=rng)
    seconds = (time.perf_counter() - begin) / steps
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB, and bytes on macOS
    return seconds, peak * (1 if sys.platform == "darwin" else 1024) / 1e6


def in_a_fresh_process(function, *arguments):
    """Return `function(*arguments)`, computed by an interpreter that starts and ends with it."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
        return executor.submit(function, *arguments).result()


def print_atoms(supercells: list[tuple[int, int, int]], atom_steps: float, rounds: int) -> None:
    """Print the table of our own engine."""
    outcomes = {cell: [] for cell in supercells}
    for number in range(rounds):
        for cell in supercells:
            outcomes[cell].append(in_a_fresh_process(measure_ours, cell, atom_steps))
        print(f"  round {number + 1} of {rounds}", file=sys.stderr)
    smallest = outcomes[supercells[0]]
    for cell in supercells:
        atoms = 50 * math.prod(cell)
        ms = [1e3 * seconds for seconds, _ in outcomes[cell]]
        micro = [1e3 * x / atoms for x in ms]
        per_atom = [
            (big / atoms) / (small / (50 * math.prod(supercells[0])))
            for (big, _), (small, _) in zip(outcomes[cell], smallest, strict=True)
        ]
        peak = statistics.median(megabytes for _, megabytes in outcomes[cell])
        print(
            f"| {atoms:,} | {statistics.median(ms):.4g} | {statistics.median(micro):.3g} "
            f"({min(micro):.3g} to {max(micro):.3g}) | {statistics.median(per_atom):.2f} | "
            f"{peak:.0f} |",
            flush=True,
        )


def three_integers(text: str) -> tuple[int, int, int]:
    """Return (1, 1, 2) for "1,1,2"."""
    a, b, c = (int(part) for part in text.split(","))
    return a, b, c


def main() -> None:
    """Print both tables in Markdown."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    powers = [2**k for k in range(cores.bit_length())]
    sizes = [(1, 1, 1), (1, 1, 2), (2, 2, 2), (3, 3, 3), (5, 5, 4), (7, 7, 8)]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", default=WHAT, help=", ".join(WHAT))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--repeats", type=int, nargs="+", default=[20, 40], help="R: 4 R^3 atoms of argon"
    )
    parser.add_argument(
        "--lgps-repeats", type=int, nargs="+", default=[4, 6], help="R: 50 R^3 atoms of LGPS"
    )
    parser.add_argument("--processes", type=int, nargs="+", default=powers)
    parser.add_argument(
        "--argon-atom-steps", type=float, default=1.2e7, help="atoms times steps of one run"
    )
    parser.add_argument(
        "--supercells", type=three_integers, nargs="+", default=sizes, help="of LGPS, as 1,1,2"
    )
    parser.add_argument(
        "--lgps-atom-steps", type=float, default=3e5, help="atoms times steps of one run"
    )
    arguments = parser.parse_args()
    for what, title, unit, make in (
        ("scaling", "argon", 4, argon),
        ("network", "LGPS", 50, conductor),
    ):
        if what in arguments.what:
            print(f"| {title} atoms in LAMMPS | processes | ms per step (min to max) | ", end="")
            print("µs per atom and step | speed-up | efficiency |\n|---|---|---|---|---|---|")
            work = arguments.argon_atom_steps if unit == 4 else arguments.lgps_atom_steps
            for repeat in arguments.repeats if unit == 4 else arguments.lgps_repeats:
                steps = max(10, round(work / (unit * repeat**3)))
                print_scaling(make(repeat), steps, arguments.processes, arguments.rounds)
    if "atoms" in arguments.what:
        print("\n| LGPS atoms | ms per step | µs per atom and step (min to max) | ", end="")
        print("per atom, relative to the smallest | peak memory, MB |")
        print("|---|---|---|---|---|")
        print_atoms(arguments.supercells, arguments.lgps_atom_steps, arguments.rounds)


if __name__ == "__main__":
    main()
