"""Make studies of crystals that others have measured, and the first examination of one of them.

Run: python -m recipes.own_crystals folder [names]   (a night for all; goes on where it was stopped)

Each is what ``python -m lecture8.conductivity`` does with the structure file; its folder is kept in
`folder`, with the report. Shipped so far: Li6PS5Cl (from a draft of the command: the same steps and
seeds, but its notes do not name the charges), Li6PS5Cl_ordered, Li3PS4 and NaCl. NAGP and Na3PS4
have not been run to the end.
"""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from lecture8.conductivity import conductivity
from lecture8.datasets import structure_file
from lecture8.datasets.files import path_of
from lecture8.frames import read, write
from recipes.writing import DATA

# name: settings, where they differ from the usual ones
STUDIES = {
    "Li6PS5Cl": {"ion": "Li", "orderings": 3},
    "NaCl": {"ion": "Na", "budget": "small"},
    "Li3PS4": {"ion": "Li"},
    "Li6PS5Cl_ordered": {"ion": "Li"},
    "NAGP": {"ion": "Na", "budget": "small", "temperatures_K": (900, 1000, 1100, 1200)},
    "Na3PS4": {"ion": "Na", "budget": "small"},
}
EXAMINED = "Li6PS5Cl"  # whose first examination is shipped


def main(folder: Path, out: Path, names: Sequence[str]) -> None:
    """Do what is missing of `names` in `folder`, and copy what is shipped into `out`."""
    for name in names:
        file = path_of("nagp.xyz") if name == "NAGP" else structure_file(name)
        conductivity(file, folder=folder / name, **STUDIES[name])
        shutil.copyfile(folder / name / "study.json", out / f"study_{name}.json")
    if EXAMINED not in names:
        return
    teaching = folder / EXAMINED / "teaching"
    shutil.copyfile(teaching / "pupil-0.npz", out / f"{EXAMINED}_pupil.npz")
    write(out / f"{EXAMINED}_examined.xyz.gz", read(teaching / "examined-0.xyz"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), DATA, sys.argv[2:] or tuple(STUDIES))
