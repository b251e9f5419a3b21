"""Make argon_dimer.csv: the CCSD(T) curve of Ar2 (about an hour on one core).

Run: python -m recipes.argon_dimer [folder]
"""

from pathlib import Path

from ase import units
from tqdm import tqdm

from lecture8.reference import argon_dimer_energy
from lecture8.replacing import replacing
from recipes.writing import chosen_folder

DISTANCES = (3.1, 3.2, 3.3, 3.4, 3.5, 3.6, 3.7, 3.76, 3.8, 3.9, 4.0, 4.2, 4.5, 5.0, 6.0)

# Name of the column -> how to compute it.
LEVELS = {
    "aug-cc-pvdz": {"basis": "aug-cc-pvdz", "bond_functions": False},
    "aug-cc-pvdz+bond": {"basis": "aug-cc-pvdz"},
    "aug-cc-pvtz+bond": {"basis": "aug-cc-pvtz"},
}

HEADER = """\
# Ar2, interaction energy in cm-1, frozen-core CCSD(T) with counterpoise correction; "+bond" adds
# mid-bond functions 3s3p2d2f1g. PySCF 2.14.0; made by recipes/argon_dimer.py.
"""


def main(table: Path) -> None:
    """Compute all points, then write the table whole."""
    rows = [",".join(("distance_A", *LEVELS))]
    for distance in tqdm(DISTANCES, unit="point"):
        energies = [
            argon_dimer_energy(distance, **level) / units.invcm for level in LEVELS.values()
        ]
        rows.append(",".join(f"{x:.3f}" for x in (distance, *energies)))
        print(rows[-1], flush=True)
    with replacing(table) as partial:
        partial.write_text(HEADER + "\n".join(rows) + "\n")


if __name__ == "__main__":
    main(chosen_folder() / "argon_dimer.csv")
