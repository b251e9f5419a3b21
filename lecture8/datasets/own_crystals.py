"""Structure files to begin a study with, and a study that is finished."""

import json
from pathlib import Path

from ase import Atoms

from lecture8.datasets.files import path_of
from lecture8.frames import read

STRUCTURES = ("Li6PS5Cl", "Li6PS5Cl_ordered", "Li3PS4", "Na3PS4", "NaCl")


def structure_file(name: str) -> Path:
    """Return the CIF of a crystal, with symmetry and occupancies as in the paper it names.

    Parameters
    ----------
    name : str
        "Li6PS5Cl" (S and Cl share two sites), "Li6PS5Cl_ordered" (they do not), "Li3PS4" (beta),
        "Na3PS4" (cubic, with Si) or "NaCl". Coordinates are rounded: relax before use.
    """
    if name not in STRUCTURES:
        raise ValueError(f"there is no structure {name!r}; choose one of {', '.join(STRUCTURES)}")
    return path_of(f"{name}.cif")


def study(name: str) -> dict:
    """Return the ``study.json`` of a finished study, as `recipes/own_crystals.py` made it.

    SevenNet-0 is the teacher; the budget is in ``["settings"]``.
    """
    file = path_of(f"study_{name}.json")
    if not file.is_file():
        raise ValueError(f"there is no study of {name!r}")
    return json.loads(file.read_text(encoding="utf-8"))


def first_examination(labels: str = "sevennet-0") -> list[Atoms]:
    """Return the frames of the first examination in the study of Li6PS5Cl.

    info has "temperature_K" and "grade", gamma of the first pupil (`first_pupil`).

    Parameters
    ----------
    labels : str
        "sevennet-0", the teacher; or "pbe", which `recipes/pbe.py` computed of the same frames, in
        the same order, without stress.
    """
    seen = read(path_of("Li6PS5Cl_examined.xyz.gz"))
    if labels == "sevennet-0":
        return seen
    if labels != "pbe":
        raise ValueError(f'labels is {labels!r}; choose "sevennet-0" or "pbe"')
    computed = {a.info["examined"]: a for a in read(path_of("Li6PS5Cl_pbe.xyz.gz"))}
    for place, atoms in computed.items():
        atoms.info = dict(seen[place].info)
    return [computed[place] for place in sorted(computed)]


def first_pupil():
    """Return the first pupil in the study of Li6PS5Cl, fitted to some seventy frames."""
    from lecture8.fitting import load

    return load(path_of("Li6PS5Cl_pupil.npz"))
