"""What the settings of `pbe.py` cost: convergence.csv, from two frames of LGPS.

Run: nice -n 19 env OMP_NUM_THREADS=1 /usr/bin/python3 recipes/pbe_convergence.py   (two to six
hours on one core; goes on where it was stopped)

Each variant changes one setting of `pbe.label`, or two. The row says by how much forces (root mean
square of a component, largest, that of Li), stress and energy then differ from the settings in use.
"""

import csv
from pathlib import Path

import numpy as np
from ase.io import read, write
from pbe import Refused, claimed, find_data_set, label, write_whole

QUEUE = Path(__file__).parent / "pbe" / "lgps" / "queue.xyz"
FOLDER = Path(__file__).parent / "pbe" / "convergence"
FRAMES = (0, 1)
VARIANTS = {
    "in use": {},
    "350 eV": {"cutoff_eV": 350},
    "600 eV": {"cutoff_eV": 600},
    "800 eV": {"cutoff_eV": 800},
    "density to 5e-5": {"density": 5e-5},
    "Gamma alone": {"kpts": (1, 1, 1)},
    "2 x 2 x 1 k-points": {"kpts": (2, 2, 1)},
    "2 x 2 x 2 k-points": {"kpts": (2, 2, 2)},
    "Li without 1s": {"setups": {}},
    "Ge with 3d": {"setups": {"Li": "3", "Ge": "14"}},  # 23 minutes a frame
}


def main() -> None:
    """Compute what is missing, then write the table."""
    FOLDER.mkdir(exist_ok=True)
    find_data_set("Ge", 14)
    queue = read(QUEUE, index=":")
    for name, settings in VARIANTS.items():
        for frame in FRAMES:
            file = FOLDER / f"{name.replace(' ', '-')}-{frame}.xyz"
            with claimed(file.with_suffix(".lock")) as ours:
                if file.exists() or not ours:
                    continue
                try:
                    labelled = label(queue[frame], **settings)
                except Refused as reason:
                    print(f"{name}, frame {frame}: refused, {reason}", flush=True)
                    continue
                write_whole(file, lambda p, a=labelled: write(p, a, format="extxyz"))
                print(f"{name}, frame {frame}: {labelled.info['seconds']} s", flush=True)
    table(FOLDER.parent / "convergence.csv")


def table(file: Path) -> None:
    """Write a row for each variant and frame that is there."""
    rows = [("variant", "frame", "force_rms_meV_A", "force_max_meV_A", "li_force_rms_meV_A")]
    rows[0] += ("stress_max_GPa", "energy_meV_atom", "seconds")
    for name in VARIANTS:
        for frame in FRAMES:
            paths = [FOLDER / f"{x.replace(' ', '-')}-{frame}.xyz" for x in ("in use", name)]
            if not all(path.exists() for path in paths):
                continue
            ours, other = (read(path) for path in paths)
            forces = 1e3 * (other.get_forces() - ours.get_forces())
            stress = 160.21766 * (other.get_stress() - ours.get_stress())  # eV/Å³ in GPa
            energy = 1e3 * (other.get_potential_energy() - ours.get_potential_energy()) / len(ours)
            rms = [np.sqrt(np.mean(x**2)) for x in (forces, forces[ours.numbers == 3])]
            numbers = [rms[0], np.abs(forces).max(), rms[1], np.abs(stress).max(), energy]
            numbers = [f"{x:.3f}" for x in numbers]
            rows.append((name, frame, *numbers, other.info["seconds"]))

    def put(path: Path) -> None:
        with open(path, "w", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(rows)

    write_whole(file, put)


if __name__ == "__main__":
    main()
