"""Make costs.csv: what one step of molecular dynamics costs, from electrons to pairs.

Run: python -m recipes.costs [folder]    (some 7 minutes on one core)

Seconds of one core (processor time, one thread everywhere) for one energy with all forces, on
several sizes each. Between two calls every atom moves by some 0.01 Å, as in a step of a simulation;
compiled potentials are timed in a run. The methods take turns, and the table keeps the median.

Two things to know. CCSD(T) is the price of one *energy*: its forces by central differences take 6 N
of them. Density functional theory starts each field from nothing; a program for dynamics starts
from the last one, and saves perhaps half.
"""

import platform
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from ase import Atoms, units
from threadpoolctl import threadpool_limits

from lecture8 import foundation_models
from lecture8.datasets import fitted_butane, fitted_lgps
from lecture8.integrators import simulate
from lecture8.potentials.fast_lennard_jones import FastLennardJones
from lecture8.reference import dft_energy_and_forces, gfn2_xtb
from lecture8.structures import ARGON, argon_box, lgps, thermalise
from recipes.writing import chosen_folder, write_rows

COLUMNS = ("method", "system", "atoms", "seconds_per_step", "calls", "timestep_fs", "machine")
# Steps in use, as notebook 1 finds them: with C-H bonds, for lithium, for argon.
HYDROGEN, LITHIUM, ARGON_STEP = 1, 2, 10  # fs


def alkane(carbons: int) -> Atoms:
    """Return C_n H_(2n+2), all trans: a zigzag of carbons in the xy plane, tetrahedral angles."""
    corner = np.array([np.sqrt(2 / 3), np.sqrt(1 / 3), 0])  # half of a tetrahedral angle off y
    side = np.array([0, np.sqrt(1 / 3), np.sqrt(2 / 3)])
    chain = [1.53 * np.array([i * corner[0], (i % 2) * corner[1], 0]) for i in range(carbons)]
    hydrogens = []
    for i, carbon in enumerate(chain):
        out = 1 if i % 2 else -1
        hydrogens += [carbon + 1.09 * side * (1, out, sign) for sign in (1, -1)]
        if i == 0:
            hydrogens.append(carbon + 1.09 * corner * (-1, 1, 1))
        if i == carbons - 1:
            hydrogens.append(carbon + 1.09 * corner * (1, -out, 1))
    return Atoms(f"C{carbons}H{2 * carbons + 2}", positions=[*chain, *hydrogens])


def coupled_cluster_energy(atoms: Atoms) -> float:
    """Return the frozen-core CCSD(T) energy of a molecule in the cc-pVDZ basis, eV."""
    from pyscf import cc, gto, lib, scf

    molecule = [(a.symbol, a.position) for a in atoms]
    with lib.with_omp_threads(1):
        field = scf.RHF(gto.M(atom=molecule, basis="cc-pvdz", verbose=0)).run()
        cluster = cc.CCSD(field, frozen=int(sum(atoms.symbols == "C"))).run()
        return (cluster.e_tot + cluster.ccsd_t()) * units.Hartree


def seconds_of_calls(function: Callable, atoms: Atoms, calls: int) -> list[float]:
    """Return the processor time of each of so many calls; atoms move in between."""
    atoms, rng, seconds = atoms.copy(), np.random.default_rng(0), []
    for _ in range(calls):
        atoms.rattle(0.01, rng=rng)
        began = time.process_time()
        function(atoms)
        seconds.append(time.process_time() - began)
    return seconds


def seconds_of_run(potential, atoms: Atoms, steps: int, fs: float) -> list[float]:
    """Return the processor time per step of three runs of a compiled potential, lists included."""
    length = {"timestep_fs": fs, "steps": steps, "record_every_fs": fs * steps}
    warm = thermalise(atoms, temperature_K=200, rng=np.random.default_rng(0))
    state, seconds = simulate(warm, potential, **length).last, []  # leaves the perfect crystal
    for _ in range(3):
        began = time.process_time()
        state = simulate(state, potential, **length).last
        seconds.append((time.process_time() - began) / steps)
    return seconds


def argon():
    """Yield (system, atoms, time step in fs, a function that measures) for each size."""
    potential = FastLennardJones(**ARGON, cutoff=2.5 * ARGON["sigma"])
    for repeat in (6, 10, 16):
        box = argon_box(repeat)
        measure = partial(seconds_of_run, potential, box, 100_000 // len(box), ARGON_STEP)
        yield "argon", len(box), ARGON_STEP, measure


def moment_network():
    """Yield the same for the pupil of CHGNet."""
    potential = fitted_lgps()
    for supercell in ((1, 1, 1), (2, 1, 1), (4, 4, 2)):
        crystal = lgps() * supercell
        measure = partial(seconds_of_run, potential, crystal, 60_000 // len(crystal), LITHIUM)
        yield "LGPS", len(crystal), LITHIUM, measure


def foundation_model(name: str):
    """Yield the same for a foundation model."""
    potential = foundation_models.load(name)
    for supercell in ((1, 1, 1), (2, 1, 1)):
        crystal = lgps() * supercell
        measure = partial(seconds_of_calls, potential.get_forces, crystal, 2)
        yield "LGPS", len(crystal), LITHIUM, measure


def alkanes(prepare: Callable, chains: tuple[int, ...], calls: int):
    """Yield the same for molecules of so many carbons; `prepare` returns what is called."""
    function = prepare()
    for carbons in chains:
        molecule = alkane(carbons)
        measure = partial(seconds_of_calls, function, molecule, calls)
        yield f"C{carbons}H{2 * carbons + 2}", len(molecule), HYDROGEN, measure


METHODS = {
    "Lennard-Jones": argon,
    "moment network": moment_network,
    "CHGNet": partial(foundation_model, "chgnet"),
    "SevenNet-0": partial(foundation_model, "sevennet-0"),
    "PaiNN": partial(alkanes, lambda: fitted_butane("painn").get_forces, (4,), 30),
    "GFN2-xTB": partial(alkanes, lambda: gfn2_xtb().get_forces, (4, 8, 16, 32), 5),
    "DFT": partial(alkanes, lambda: dft_energy_and_forces, (2, 4, 6), 1),
    "CCSD(T) energy": partial(alkanes, lambda: coupled_cluster_energy, (2, 3, 4), 1),
}


def main(folder: Path, rounds: int = 3, methods=METHODS) -> None:
    """Write the table into `folder`, for all of `METHODS` or some."""
    seconds = {}
    with threadpool_limits(1):
        for number in range(rounds):
            for method in methods:
                for size, (system, atoms, fs, measure) in enumerate(METHODS[method]()):
                    if number == size == 0:
                        measure()  # imports and compiles
                    times = seconds.setdefault((method, system, atoms, fs), [])
                    times += measure()
                    print(number, method, system, f"{statistics.median(times):.3g} s", flush=True)
    rows = [
        (method, system, atoms, f"{statistics.median(times):.3g}", len(times), fs, _machine())
        for (method, system, atoms, fs), times in seconds.items()
    ]
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    write_rows(folder / "costs.csv", COLUMNS, rows)


def _machine() -> str:
    """Return the processor's name, where the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    for line in cpuinfo.read_text().splitlines() if cpuinfo.exists() else ():
        if line.startswith("model name"):
            return f"one core of {line.split(':')[1].strip()}"
    return f"one core, {platform.machine()}"


if __name__ == "__main__":
    main(chosen_folder())
