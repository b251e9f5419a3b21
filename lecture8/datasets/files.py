"""Where the files are, and how a table is read."""

from importlib import resources
from pathlib import Path

import numpy as np
from ase import Atoms

from lecture8.frames import read


def path_of(name: str) -> Path:
    """Return where the file `name` of ``lecture8/data`` is."""
    return Path(resources.files("lecture8") / "data" / name)  # an installed package is a folder


def table(name: str) -> dict[str, np.ndarray]:
    """Return the table `name` of ``lecture8/data``, column name -> array (rows,).

    Lines that begin with # are for human readers.
    """
    lines = path_of(name).read_text(encoding="utf-8").splitlines()
    columns = np.genfromtxt(
        [line for line in lines if not line.startswith("#")],
        delimiter=",",
        names=True,
        deletechars="",
        dtype=None,
        encoding="utf-8",
    )
    return {column: columns[column] for column in columns.dtype.names}


def crystal(name: str) -> Atoms:
    """Return the structure in `name`.xyz of ``lecture8/data``; see `lecture8.structures`."""
    (atoms,) = read(path_of(f"{name}.xyz"))
    atoms.info.clear()
    return atoms
