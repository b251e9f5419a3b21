"""Make lgps_systematics.csv: what lies outside the interval of PBE's pupil, measured.

Run, as often as there are cores: nice -n 19 python -m recipes.lgps_systematics FOLDER
at any time, what is there:       python -m recipes.lgps_systematics FOLDER --pack

D of lithium by `fitted_lgps("PBE")` when one thing is changed: the volume (that of the experiment),
which sites germanium has, the size of the cell. What they compare with are `long_runs` of the same
pupil. Each run leaves a file in FOLDER, so that whoever is killed loses that one. Rows that are
packed already are kept, unless FOLDER has all runs of that row: delete the row to have it run anew.

Germanium has two of four sites in the cell of 50 atoms, which is three pairs by symmetry: 6.4 Å
apart along c (`structures.lgps`), 7.9 Å or 6.3 Å apart across. recipes/pbe/orderings has all three
at rest, labelled by `pbe.py`: the second is the lowest. X-rays see the average, so "at random" has
eight of sixteen sites of a cell of 200 atoms drawn anew for each run.
"""

import argparse
import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.geometry import get_distances
from ase.io import read
from ase.optimize import LBFGS

from lecture8.datasets import fitted_lgps
from lecture8.integrators import Langevin, simulate
from lecture8.ionic_conductivity import diffusion_coefficient
from lecture8.structures import lgps, thermalise
from recipes.ion_runs import UNIT
from recipes.lgps import CELL, random_ordering, sites
from recipes.lgps_pbe import FOLDER, MEASURED_VOLUME, at_volume, write_queue
from recipes.pbe import claimed
from recipes.writing import DATA, write_arrays, write_rows

COLUMNS = ("changed", "temperature_K", "atoms", "volume_A3", "replicas")
COLUMNS += ("D_A2_ps", "error", "low", "high")
EQUILIBRATE_PS, STIR_PS, STIR_K = 20, 50, 600  # stirred: where lithium was never at rest before
ORDERINGS, RELAXATIONS = 300, 10
PAIRS = {"ours": 6.37, "germanium elsewhere": 7.87, "germanium on the third pair": 6.35}  # Å apart


@dataclass(frozen=True)
class Case:
    """One thing that is changed; `crystal(k)` is what replica k starts from."""

    crystal: Callable[[int], Atoms]
    picoseconds: dict[int, float]  # of a run, at each temperature (K)
    replicas: int = 10
    stirred: bool = False


def cases() -> dict[str, Case]:
    """Return name -> case."""
    pair = {name: read(FOLDER / "orderings" / "queue.xyz", k) for k, name in enumerate(PAIRS)}
    elsewhere, third = list(pair)[1:]
    small = at_volume(MEASURED_VOLUME)
    return {
        "the volume of the experiment": Case(lambda k: small, {600: 200, 400: 250}),
        elsewhere: Case(lambda k: pair[elsewhere], {600: 200, 400: 250, 300: 500}),
        third: Case(lambda k: pair[third], {600: 200, 400: 250, 300: 1000}, stirred=True),
        "200 atoms": Case(lambda k: lgps() * (2, 2, 1), {400: 250, 300: 500}, replicas=4),
        "germanium at random": Case(
            at_random, {600: 200, 400: 250, 350: 300, 300: 500}, replicas=8, stirred=True
        ),
    }


@cache
def at_random(replica: int) -> Atoms:
    """Return 200 atoms, germanium on eight of its sixteen sites, at rest."""
    atoms = lgps() * (2, 2, 1)
    shared = Atoms("X4", scaled_positions=sites("GeP") / CELL, cell=lgps().cell) * (2, 2, 1)
    tetrahedra = np.flatnonzero((atoms.symbols == "Ge") | (atoms.symbols == "P"))
    places, centres = shared.positions, atoms.positions[tetrahedra]
    apart = get_distances(places, centres, cell=atoms.cell, pbc=True)[1]  # (16, 24)
    nearest = tetrahedra[apart.argmin(axis=1)]
    order = np.random.default_rng([2012, replica]).permutation(nearest)
    atoms.symbols[order] = "P"
    atoms.symbols[order[: len(order) // 2]] = "Ge"
    return relaxed(atoms, fitted_lgps("PBE"))[1]


def lowest_with(apart: float, potential) -> Atoms:
    """Return the lowest of some orderings with germanium so far apart (Å), in the same cell."""
    rng = np.random.default_rng(2012)
    drawn = []
    for _ in range(ORDERINGS):
        atoms = random_ordering(rng)
        atoms.set_cell(lgps().cell, scale_atoms=True)
        along_c = abs(apart_by(atoms)[2]) > 5
        if abs(np.linalg.norm(apart_by(atoms)) - apart) < 0.2 and not along_c:
            drawn.append(atoms)
    energies = [potential.get_potential_energy(atoms) for atoms in drawn]
    at_rest = [relaxed(drawn[k], potential) for k in np.argsort(energies)[:RELAXATIONS]]
    return min(at_rest, key=lambda pair: pair[0])[1]


def apart_by(atoms: Atoms) -> np.ndarray:
    """Return the vector (3,), Å, from one of two germanium atoms to the other's nearest image."""
    return atoms.get_distance(*np.flatnonzero(atoms.symbols == "Ge"), mic=True, vector=True)


def relaxed(atoms: Atoms, potential) -> tuple[float, Atoms]:
    """Return energy (eV) and atoms at rest, in the cell as it is."""
    atoms = atoms.copy()
    atoms.calc = potential
    LBFGS(atoms, logfile=None).run(fmax=0.05, steps=400)
    energy = float(atoms.get_potential_energy())
    atoms.calc = None
    return energy, atoms


def write_orderings(potential) -> None:
    """Write the three pairs at rest as a queue for `pbe.py`; what is there is kept."""
    file = FOLDER / "orderings" / "queue.xyz"
    frames = read(file, ":") if file.exists() else [relaxed(lgps(), potential)[1]]
    for name in list(PAIRS)[len(frames) :]:
        frames.append(lowest_with(PAIRS[name], potential))
    for name, atoms in zip(PAIRS, frames, strict=True):
        atoms.info = {"run": f"ordering: {name}"}
    write_queue(file, frames)


def file_of(folder: Path, name: str, temperature_K: int, replica: int) -> Path:
    """Return where a run is kept."""
    return folder / f"{name.replace(' ', '-')}_{temperature_K}K_{replica}.npz"


def run(case: Case, temperature_K: int, replica: int, potential) -> dict[str, np.ndarray]:
    """Return positions of lithium (T, N, 3) as seen from the framework, as they are kept."""
    rng = np.random.default_rng([temperature_K, replica])
    crystal = case.crystal(replica)

    def moved(start, at_K: int, picoseconds: float, record_ps: float):
        return simulate(
            start,
            potential,
            timestep_fs=4.0,
            picoseconds=picoseconds,
            record_every_fs=1000 * record_ps,
            bath=Langevin(temperature_K=at_K, friction_per_fs=1e-3),
            rng=rng,
        )

    # The crystal has no potential energy to share: half of what it gets goes there.
    start = thermalise(crystal, temperature_K=2 * temperature_K, rng=rng)
    if case.stirred:
        start = moved(start, STIR_K, STIR_PS, STIR_PS).last
    start = moved(start, temperature_K, EQUILIBRATE_PS, EQUILIBRATE_PS).last
    interval_ps = 5.0 if temperature_K < 500 else 1.0
    positions = moved(start, temperature_K, case.picoseconds[temperature_K], interval_ps).positions
    lithium = crystal.symbols == "Li"
    drift = positions[:, ~lithium].mean(axis=1) - crystal.positions[~lithium].mean(axis=0)
    seen = positions[:, lithium] - drift[:, None]
    return {
        "lithium": np.rint(seen / UNIT).astype(np.int16),
        "interval_ps": interval_ps,
        "cell": crystal.get_volume(),
        "atoms": len(crystal),
    }


def work(folder: Path, there: set[tuple[str, int]]) -> None:
    """Run what is missing and nobody else has, the longest first."""
    potential = fitted_lgps("PBE")
    every = [
        (picoseconds * len(case.crystal(0)), name, T, k)
        for name, case in cases().items()
        for T, picoseconds in case.picoseconds.items()
        for k in range(case.replicas)
        if (name, T) not in there
    ]
    for _, name, T, k in sorted(every, key=lambda task: -task[0]):
        file = file_of(folder, name, T, k)
        with claimed(file.with_suffix(".lock")) as ours:
            if not ours or file.exists():
                continue
            write_arrays(file, **run(cases()[name], T, k, potential))
        print(file.name, flush=True)


def row(folder: Path, name: str, temperature_K: int, replicas: int) -> dict | None:
    """Return a row of the table, or None where runs are missing or not diffusive."""
    files = [file_of(folder, name, temperature_K, k) for k in range(replicas)]
    if not all(file.exists() for file in files):
        return None
    runs = [dict(np.load(file)) for file in files]
    lithium = [arrays["lithium"] * UNIT for arrays in runs]
    times = np.arange(len(lithium[0])) * float(runs[0]["interval_ps"])
    try:
        d = diffusion_coefficient(lithium, times)
    except ValueError as reason:
        print(f"{name}, {temperature_K} K: {reason}")
        return None
    numbers = (int(runs[0]["atoms"]), round(float(runs[0]["cell"]), 1), replicas)
    found = (f"{x:.3g}" for x in (d.value, d.error, d.low, d.high))
    return dict(zip(COLUMNS, (name, temperature_K, *numbers, *found), strict=True))


def packed(folder: Path) -> list[dict]:
    """Return the rows of the table, those of `folder` before those that are shipped."""
    shipped = {(x["changed"], int(x["temperature_K"])): x for x in rows_shipped()}
    rows = []
    for name, case in cases().items():
        for T in case.picoseconds:
            found = row(folder, name, T, case.replicas) or shipped.get((name, T))
            if found:
                rows.append(found)
    return rows


def rows_shipped() -> list[dict]:
    """Return what the table has, a dict for each row."""
    with open(DATA / "lgps_systematics.csv", newline="") as file:
        return list(csv.DictReader(file))


def main() -> None:
    """Work, or pack."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the runs are kept")
    parser.add_argument("--pack", action="store_true", help="write the table instead")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.pack:
        return write_rows(DATA / "lgps_systematics.csv", COLUMNS, packed(options.folder))
    write_orderings(fitted_lgps("PBE"))
    work(options.folder, {(x["changed"], int(x["temperature_K"])) for x in rows_shipped()})


if __name__ == "__main__":
    main()
