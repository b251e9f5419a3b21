"""VASP's XDATCAR: fractional coordinates, under the names that VASP gives its elements."""

import re
from itertools import pairwise

import numpy as np

from lecture8.ionic_conductivity.files.elements import elements_of_vasp
from lecture8.ionic_conductivity.files.recorded import Recorded
from lecture8.ionic_conductivity.files.text_lines import TextLines

FRAME = re.compile(r"\s*Direct configuration\s*=\s*(\d*)")


def read_xdatcar(path, species: list[str] | None = None) -> Recorded:
    """Return the frames of an XDATCAR.

    A run at constant pressure repeats the header before each frame, with another cell.

    Parameters
    ----------
    species : list of str, optional
        The elements in the order of their numbers of atoms, where the file has no names of
        elements.

    Raises
    ------
    ValueError
        If the file is damaged, its atoms change, a name is no element, or frames are missing.
    """
    first, cell, header = None, None, []  # first: which elements, and how many atoms of each
    fractional, cells, steps = [], [], []
    with TextLines(path) as lines:
        for line in lines:
            frame = FRAME.match(line)
            if not frame:
                header.append(line)
                if len(header) > 7:
                    raise lines.fault(f"{header[0].strip()[:60]!r} starts no frame")
                continue
            if header or cell is None:
                kinds, cell = _header(lines, header, species)
                if first is not None and kinds != first:
                    raise ValueError(
                        f"{lines.path.name}: the header at line {lines.number} has other atoms "
                        f"than the first, {kinds} and {first}; read runs of different atoms one "
                        "by one"
                    )
                first, header = kinds, []
            atoms = sum(number for _, number in first)
            rows = lines.words(atoms, 3, f"frame {len(cells)}")
            fractional.append([lines.floats(row, f"frame {len(cells)}") for row in rows])
            cells.append(cell)
            # VASP prints stars where a number has too many digits.
            steps.append(int(lines.wholes([frame[1]], "its number")[0]) if frame[1] else None)
        if cells and header:
            raise lines.fault(f"{header[0].strip()[:60]!r} starts no frame")
    if not cells:
        raise ValueError(f"{lines.path.name} holds no line 'Direct configuration=', so no frames")
    _check_steps(lines.path.name, steps)
    cells, symbols = np.array(cells), np.repeat(*zip(*first, strict=True))
    return Recorded(symbols, np.array(fractional) @ cells, cells, np.array([True] * 3))


def _header(lines: TextLines, header: list[str], species) -> tuple[list, np.ndarray]:
    """Return elements with their numbers of atoms, and the cell (3, 3), from the lines of a header.

    These are a comment (which may be blank), the scale, three cell vectors, names (which old
    versions leave out), and the numbers of atoms.
    """
    rows = [line.split() for line in header]
    if len(rows) < 5:
        raise lines.fault(
            f"{len(rows)} lines above the frame do not make scale, cell, names and numbers of atoms"
        )
    counts = lines.wholes(rows.pop(), "a number of atoms").tolist()
    names = None if _are_numbers(rows[-1]) else rows.pop()
    cell = [lines.floats(row, "a cell vector") for row in rows[-3:]]
    if [len(vector) for vector in cell] != [3, 3, 3] or len(rows) not in (4, 5):
        raise lines.fault("the header has not the lines scale, three cell vectors, names, numbers")
    symbols = elements_of_vasp(lines.path.name, names, counts, species)
    if sum(counts) < 1 or min(counts) < 0:
        raise lines.fault(f"the numbers of atoms are {counts}")
    scale = lines.floats(rows[-4], "the scale")
    cell = np.array(cell)
    if scale.shape == (1,) and scale[0] < 0:  # as in POSCAR: the volume of the cell, Å3
        volume = abs(np.linalg.det(cell))
        scale = np.cbrt(-scale / volume) if volume else np.zeros(1)
    if scale.shape not in ((1,), (3,)) or not np.all(scale > 0):
        raise lines.fault(f"the scale is {' '.join(rows[-4])!r}, but must be one number or three")
    return list(zip(symbols, counts, strict=True)), cell * scale  # three of them scale x, y and z


def _are_numbers(words: list[str]) -> bool:
    try:
        return bool([float(word) for word in words])
    except ValueError:
        return False


def _check_steps(name: str, steps: list) -> None:
    """Raise ValueError if a frame is missing; files of several runs start again with one."""
    known = [(a, b) for a, b in pairwise(steps) if None not in (a, b) and a < b]
    for a, b in known:
        if b - a != known[0][1] - known[0][0]:
            raise ValueError(
                f"{name} numbers its frames unevenly: {known[0][1]} follows {known[0][0]}, but {b} "
                f"follows {a}; frames are missing, or were stored at other intervals: cut it there"
            )
