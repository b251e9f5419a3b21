"""The text of an extended XYZ file, taken apart line by line before ASE reads each frame."""

import re
from io import StringIO

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols
from ase.io.extxyz import key_val_str_to_dict, read_xyz

# Isotopes of hydrogen that have symbols of their own, and their masses in u.
_ISOTOPES = {"D": 2.01410, "T": 3.01605}
# A symbol, and what programs hang on to it: Cu1+, O2-, Li_sv, Li/5e8d3a, H12.
_SPECIES = re.compile(r"[A-Za-z]{1,2}|([A-Z][a-z]?)(?:\d*[+-]?\d*|[_/].*)")
CUT = "the file is cut short or garbled: copy it again, or make it again"
_PROPERTIES = re.compile(r"Properties\s*=\s*[\"'{]?([^\s\"'}]+)")


def parse(text: str) -> list[Atoms]:
    """Return the frames of `text`, blank lines between them left out.

    Raises
    ------
    ValueError
        If it does not consist of whole frames; names the line.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if ended := not lines[-1].strip():
        lines.pop()
    frames, rows, number = [], [], 0
    while number < len(lines):
        if not lines[number].strip():
            number += 1
            continue
        if not re.fullmatch(r"\s*\d+\s*", lines[number]):
            raise ValueError(
                f"line {number + 1} is {lines[number].strip()[:40]!r}, where the number of atoms "
                f"of a frame must be; {CUT}"
            )
        atoms = int(lines[number])
        end = number + 2 + atoms
        if end > len(lines):
            raise ValueError(
                f"the frame that starts in line {number + 1} is to have {atoms} atoms, but the "
                f"text ends {end - len(lines)} lines too early; {CUT}"
            )
        frames.append(_frame(lines[number:end], number))
        rows += lines[number + 2 : end]
        number = end
    if not ended:
        _check_last_number(rows, len(lines))
    return frames


def _frame(lines: list[str], number: int) -> Atoms:
    """Return the frame in `lines`, the first of which is line `number` of the file, from 0."""
    count, comment, *rows = lines
    for key in ("Lattice", "Properties"):  # some programs write them in small letters
        if f"{key}=" not in comment:
            comment = re.sub(rf"(?<!\S){key}\s*=", f"{key}=", comment, count=1, flags=re.IGNORECASE)
    declared = _PROPERTIES.search(comment)
    names, sizes = _columns(declared[1] if declared else "species:S:1:pos:R:3", number)
    widths = [len(row.split()) for row in rows]
    # Without a declaration, what follows the positions is anybody's guess, and left out.
    wanted = sum(sizes) if declared else max([4, *widths])
    for k, width in enumerate(widths):
        if width != wanted:
            raise ValueError(
                f"line {number + 3 + k} has {width} columns, where {wanted} must be; {CUT}"
            )
    masses = {}
    if {"species", "symbols"} & set(names):
        which = names.index("species" if "species" in names else "symbols")
        rows, masses = _elements(rows, sum(sizes[:which]), number)
    values = _key_values(comment, number)
    frame = "\n".join([count, comment, *rows, ""])
    try:
        (atoms,) = read_xyz(StringIO(frame), index=slice(None), properties_parser=lambda _: values)
    except Exception as cause:  # a parser of broken text can stumble in any way
        raise ValueError(
            f"the frame that starts in line {number + 1} cannot be read ({type(cause).__name__}: "
            f"{cause}); {CUT}"
        ) from cause
    if not np.all((atoms.numbers >= 0) & (atoms.numbers < len(chemical_symbols))):
        raise ValueError(
            f"the frame that starts in line {number + 1} has atomic numbers up to "
            f"{np.abs(atoms.numbers).max()}, and there is no such element"
        )
    _check_finite(atoms, number)
    if masses and "masses" not in atoms.arrays:
        atoms.set_masses([masses.get(k, m) for k, m in enumerate(atoms.get_masses())])
    return atoms


def _check_finite(atoms: Atoms, number: int) -> None:
    """Raise ValueError if an atom is nowhere, or the cell."""
    bad = np.flatnonzero(~np.isfinite(atoms.positions).all(axis=1))
    if len(bad):
        raise ValueError(
            f"line {number + 3 + bad[0]} has the position {atoms.positions[bad[0]]}; leave the "
            "frame out, and those after it if the run exploded"
        )
    if not np.all(np.isfinite(atoms.cell.array)):
        raise ValueError(f"line {number + 2} has the cell {atoms.cell.tolist()}; leave it out")


def _columns(properties: str, number: int) -> tuple[list[str], list[int]]:
    """Return the names of the columns and how many each has."""
    columns = properties.split(":")
    names, sizes = columns[::3], columns[2::3]
    if len(columns) % 3 or not all(size.isdigit() for size in sizes):
        raise ValueError(
            f"line {number + 2} has Properties={properties}, no list of name:type:columns; {CUT}"
        )
    if not {"pos", "positions"} & set(names) or not {"species", "symbols", "Z", "numbers"} & set(
        names
    ):
        raise ValueError(
            f"line {number + 2} has Properties={properties}, but a frame needs species and pos"
        )
    return names, [int(size) for size in sizes]


def _elements(rows: list[str], column: int, number: int):
    """Return the rows with plain symbols, and atom -> mass where there is D or T."""
    changed, masses = [], {}
    for k, row in enumerate(rows):
        words = row.split()
        species = words[column]
        match = _SPECIES.fullmatch(species)
        symbol = (match[1] or species).capitalize() if match else None
        if symbol in _ISOTOPES:
            masses[k] = _ISOTOPES[symbol]
            symbol = "H"
        if symbol not in atomic_numbers:
            raise ValueError(
                f"line {number + 3 + k} has the species {species!r}, which is no element; "
                "write its symbol"
            )
        words[column] = symbol
        changed.append(row if symbol == species else " ".join(words))
    return changed, masses


def _key_values(comment: str, number: int) -> dict:
    """Return the keys of a comment line as ASE does, and say what is wrong with a tensor."""
    which = f"line {number + 2}"
    try:
        values = key_val_str_to_dict(comment)
    except ValueError as cause:
        tensor = re.search(r"info item (\w+), expecting special 3x3", str(cause))
        if not tensor:
            raise ValueError(f"{which} cannot be read ({cause}); {CUT}") from cause
        raise ValueError(
            f"{which} has a {tensor[1]} that is not nine numbers; write its whole matrix, since "
            "six numbers have many orders"
        ) from cause
    stress = values.get("stress")
    if stress is not None and np.abs(stress - stress.T).max() > 0.05 * np.abs(stress).max():
        raise ValueError(
            f"{which} has a stress that is not symmetric, {stress.T.tolist()}; look at its order"
        )
    return values


def _check_last_number(rows: list[str], line: int) -> None:
    """Refuse a last row that may have been cut within its last number.

    It must look like the last number of the other rows, or if there are none, like its own others.
    """
    *others, last = [row.split() for row in rows]
    others = [words[-1] for words in others] or last[1:-1]
    decimals, characters, exponent = _looks(last[-1])
    looks = [_looks(word) for word in others]
    if (
        not others
        or decimals < min(other[0] for other in looks)
        or characters < min(other[1] for other in looks)
        or (exponent < 2 if exponent is not None else any(other[2] for other in looks))
    ):
        raise ValueError(
            f"line {line} ends with {last[-1]!r} and no new line, and may have lost digits; if it "
            "is whole, end it with a new line"
        )


def _looks(word: str) -> tuple[int, int, int | None]:
    """Return how many decimals, characters and digits of an exponent (or None) `word` has."""
    mantissa, e, exponent = word.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return decimals, len(word), len(exponent.lstrip("+-")) if e else None
