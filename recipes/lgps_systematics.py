"""Make lgps_systematics.csv: what lies outside the interval of PBE's pupil, measured.

Run: python -m recipes.lgps_systematics FOLDER [OUT]   (half an hour on two cores; each row has
a file in FOLDER, and a script that was stopped goes on with the next)

D of lithium by `fitted_lgps("PBE")`, ten replicas each (of the larger cell four), when one thing is
changed: the volume (that of the experiment), which sites germanium has, the size of the cell. What
they compare with are `long_runs` of the same pupil. Beside ours the cell with germanium elsewhere
lies lower, says PBE: recipes/pbe/orderings, both at rest, labelled by `pbe.py`.
"""

import json
import sys
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.optimize import LBFGS

from lecture8.datasets import fitted_lgps
from lecture8.ionic_conductivity import diffusion_coefficient, run_replicas
from lecture8.replacing import replacing
from lecture8.structures import lgps
from lecture8.workers import LocalProcesses
from recipes.lgps import random_ordering
from recipes.lgps_pbe import FOLDER, MEASURED_VOLUME, at_volume, write_queue
from recipes.writing import DATA, write_rows

REPLICAS, PICOSECONDS, EQUILIBRATE_PS = 10, {300: 500, 400: 250, 600: 200}, 20
COLUMNS = ("changed", "temperature_K", "atoms", "volume_A3", "replicas")
COLUMNS += ("D_A2_ps", "error", "low", "high")
ORDERINGS, RELAXATIONS = 200, 10


def other_ordering(potential) -> Atoms:
    """Return the lowest of some orderings with germanium elsewhere, relaxed in the same cell."""
    rng = np.random.default_rng(2012)
    sites = _germanium(lgps())
    drawn = []
    while len(drawn) < ORDERINGS:
        atoms = random_ordering(rng)
        atoms.set_cell(lgps().cell, scale_atoms=True)
        if _germanium(atoms) != sites:
            drawn.append(atoms)
    energies = [potential.get_potential_energy(atoms) for atoms in drawn]
    ours, *others = (
        relaxed(atoms, potential)
        for atoms in (lgps(), *(drawn[k] for k in np.argsort(energies)[:RELAXATIONS]))
    )
    energy, atoms = min(others, key=lambda pair: pair[0])
    print(f"germanium elsewhere: {energy - ours[0]:+.2f} eV beside ours", flush=True)
    return atoms


def relaxed(atoms: Atoms, potential) -> tuple[float, Atoms]:
    """Return energy (eV) and atoms at rest, in the cell as it is."""
    atoms = atoms.copy()
    atoms.calc = potential
    LBFGS(atoms, logfile=None).run(fmax=0.05, steps=400)
    energy = float(atoms.get_potential_energy())
    atoms.calc = None
    return energy, atoms


def _germanium(atoms: Atoms) -> tuple:
    """Return along which axis the two germanium atoms of a cell lie apart, and how far."""
    first, second = atoms.get_scaled_positions()[atoms.symbols == "Ge"]
    apart = np.abs(first - second)
    return tuple(np.round(np.minimum(apart, 1 - apart) * 4).astype(int))


def cases(potential) -> dict[str, tuple[Atoms, tuple[int, ...], dict]]:
    """Return name -> crystal, temperatures (K), settings of the runs."""
    return {
        "the volume of the experiment": (at_volume(MEASURED_VOLUME), (600, 400), {}),
        "germanium elsewhere": (other_ordering(potential), (600, 400, 300), {}),
        "200 atoms": (lgps() * (2, 2, 1), (400, 300), {"replicas": 4}),
    }


def row(name: str, crystal: Atoms, temperature_K: int, potential, executor, **changed) -> dict:
    """Run, and return a row of the table."""
    settings = {"replicas": REPLICAS} | changed
    runs = run_replicas(
        crystal,
        potential,
        temperatures_K=[temperature_K],
        picoseconds=PICOSECONDS[temperature_K],
        equilibrate_ps=EQUILIBRATE_PS,
        timestep_fs=4.0,
        friction_per_fs=1e-3,
        record_every_fs=5000 if temperature_K < 500 else 1000,
        executor=executor,
        rng=np.random.default_rng(temperature_K),
        progress=False,
        **settings,
    )[temperature_K]
    d = diffusion_coefficient(runs.of("Li"))
    numbers = (len(crystal), round(crystal.get_volume(), 1), settings["replicas"])
    found = (f"{x:.3g}" for x in (d.value, d.error, d.low, d.high))
    return dict(zip(COLUMNS, (name, temperature_K, *numbers, *found), strict=True))


def write_orderings(potential) -> None:
    """Write both cells at rest as a queue for `pbe.py`, unless it is there."""
    file = FOLDER / "orderings" / "queue.xyz"
    if not file.exists():
        both = {
            "ours": relaxed(lgps(), potential)[1],
            "germanium elsewhere": other_ordering(potential),
        }
        for name, atoms in both.items():
            atoms.info = {"run": f"ordering: {name}"}
        write_queue(file, list(both.values()))


def main(folder: Path, out: Path = DATA) -> None:
    """Measure what is missing in `folder`, and write the table into `out`."""
    folder.mkdir(parents=True, exist_ok=True)
    potential = fitted_lgps("PBE")
    write_orderings(potential)
    rows = []
    with LocalProcesses(2) as executor:
        for name, (crystal, temperatures_K, changed) in cases(potential).items():
            for T in temperatures_K:
                file = folder / f"{name.replace(' ', '-')}-{T}K.json"
                if not file.exists():
                    found = row(name, crystal, T, potential, executor, **changed)
                    with replacing(file) as partial:
                        partial.write_text(json.dumps(found))
                rows.append(json.loads(file.read_text()))
    write_rows(out / "lgps_systematics.csv", COLUMNS, rows)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else DATA)
