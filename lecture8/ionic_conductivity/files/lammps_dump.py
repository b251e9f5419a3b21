"""LAMMPS' text dumps: whatever columns they have, whatever box, atoms in any order."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from ase.calculators.lammps import convert
from ase.calculators.lammps.unitconvert import UNITSETS
from ase.io.lammpsrun import construct_cell

from lecture8.ionic_conductivity.files.elements import (
    elements_of_masses,
    elements_of_types,
    is_element,
)
from lecture8.ionic_conductivity.files.recorded import Recorded
from lecture8.ionic_conductivity.files.text_lines import TextLines

# The best first: what is unwrapped says more. (columns, image flags, scaled by the box, unwrapped)
IMAGES = ("ix", "iy", "iz")
PLACES = (
    (("xu", "yu", "zu"), (), False, True),
    (("xsu", "ysu", "zsu"), (), True, True),
    (("x", "y", "z"), IMAGES, False, True),
    (("xs", "ys", "zs"), IMAGES, True, True),
    (("x", "y", "z"), (), False, False),
    (("xs", "ys", "zs"), (), True, False),
)


@dataclass
class _Frame:
    """What stands in one frame; `units` stands in the first only."""

    units: str | None = None
    time: float | None = None
    step: int | None = None
    atoms: int | None = None
    box: tuple | None = None  # cell (3, 3), origin (3,), periodic (3,)
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


def read_dump(path, species: list[str] | None = None) -> Recorded:
    """Return the frames of a LAMMPS dump, atoms in the order of their ids.

    Where there is a choice, unwrapped columns are taken: xu, xsu, x with ix, xs with ix, x, xs. A
    box whose header does not say which directions are periodic counts as periodic: where no atom
    moves half a box in a step, this changes nothing.

    Parameters
    ----------
    species : list of str, optional
        The elements of types 1, 2, ..., for a dump without a column ``element`` or ``mass``.

    Raises
    ------
    ValueError
        If the dump is damaged, its atoms or columns change, or it does not say what they are.
    """
    first, atoms, symbols = None, None, None
    positions, cells, steps, times = [], [], [], []
    with TextLines(path) as lines:
        while (frame := _frame(lines, first.units if first else None)) is not None:
            if first is None:
                first = frame
                place = _place(lines.path.name, frame.columns)
                kind = _kind(lines.path.name, frame.columns, species)
            if frame.columns != first.columns:
                raise lines.fault(f"the columns are {frame.columns}, and {first.columns} before")
            if not np.array_equal(frame.box[2], first.box[2]):
                raise lines.fault("the periodic directions are others than before")
            words = dict(zip(frame.columns, zip(*frame.rows, strict=True), strict=True))
            ids = lines.wholes(words["id"], "an id")
            order = np.argsort(ids)
            who = ids[order], np.array(words[kind])[order]
            if atoms is None:
                if len(set(ids)) < len(ids):
                    raise lines.fault(f"{len(ids)} atoms have {len(set(ids))} different ids")
                atoms, symbols = who, _symbols(lines, kind, who[1], species)
            elif not all(map(np.array_equal, who, atoms)):
                raise lines.fault(
                    f"frame {len(steps)} has other atoms than frame 0 ({len(ids)} and "
                    f"{len(symbols)}, or other ids or elements)"
                )
            positions.append(_positions(lines, frame, words, place)[order])
            cells.append(frame.box[0])
            steps.append(frame.step)
            times.append(frame.time)
    if first is None:
        raise ValueError(f"{lines.path.name} holds no line 'ITEM: TIMESTEP', so no frames")
    _check_times(lines.path.name, steps, times)
    return Recorded(
        symbols,
        np.array(positions) * _angstrom(first.units),
        np.array(cells) * _angstrom(first.units),
        first.box[2],
        unwrapped=place[3],
        steps=np.array(steps),
    )


def _frame(lines: TextLines, units) -> _Frame | None:
    """Return the next frame, or None at the end."""
    frame = _Frame(units)
    for line in lines:
        item, _, rest = line.strip().removeprefix("ITEM: ").partition("ATOMS ")
        if line.startswith("ITEM: ATOMS "):
            if None in (frame.step, frame.atoms, frame.box):
                raise lines.fault("the atoms come without time step, number of atoms, or box")
            if frame.atoms < 1:
                raise lines.fault(f"step {frame.step} has {frame.atoms} atoms")
            frame.columns = rest.split()
            what = f"the atoms of step {frame.step}"
            frame.rows = lines.words(frame.atoms, len(frame.columns), what)
            return frame
        if line.startswith("ITEM: BOX BOUNDS"):
            frame.box = _box(lines, item.split()[2:])
            continue
        known = {"UNITS": "units", "TIME": "time", "TIMESTEP": "step", "NUMBER OF ATOMS": "atoms"}
        if not line.startswith("ITEM: ") or item not in known:
            raise lines.fault(f"{line.strip()[:60]!r} is no item of a dump of atoms")
        word = lines.words(1, 1, item)[0][0]
        if item in ("TIMESTEP", "NUMBER OF ATOMS"):
            word = int(lines.wholes([word], item)[0])
        elif item == "TIME":
            word = float(lines.floats([word], item)[0])
        setattr(frame, known[item], word)
    if frame != _Frame(units):
        raise lines.fault("the last frame has no atoms")
    return None


def _box(lines: TextLines, titles: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return cell (3, 3), origin (3,), and which directions are periodic (3,)."""
    labels = [title for title in titles if title in ("xy", "xz", "yz", "abc", "origin")]
    flags = titles[len(labels) :]
    if len(flags) not in (0, 3) or any(len(f) != 2 or set(f) - set("pfsm") for f in flags):
        raise lines.fault(f"the box is titled {' '.join(titles)!r}, not pp pp pp or the like")
    words = next(lines, "").split()
    rows = [words, *lines.words(2, len(words), "the box")]
    bounds = np.array([lines.floats(row, "the box") for row in rows])
    periodic = np.array(["p" in flag for flag in flags] or [True] * 3)
    wanted = {(): (2, 3), ("xy", "xz", "yz"): (3,), ("abc", "origin"): (4,)}.get(tuple(labels), ())
    if bounds.shape[1] not in wanted:
        raise lines.fault(f"the box has {bounds.shape[1]} columns under {' '.join(titles)!r}")
    if labels[:1] == ["abc"]:
        return bounds[:, :3], bounds[:, 3], periodic
    tilt = bounds[:, 2] if bounds.shape[1] == 3 else np.zeros(3)
    cell, origin = construct_cell(bounds[:, :2].ravel(), tilt)
    if np.any(np.diag(cell) < 0):
        raise lines.fault(f"the box ends before it begins: {bounds[:, :2].tolist()}")
    return cell, origin, periodic


def _place(name: str, columns: list[str]) -> tuple:
    """Return the row of `PLACES` that a dump with these columns allows."""
    for axes in dict.fromkeys([*(place[0] for place in PLACES), IMAGES]):
        given = [axis for axis in axes if axis in columns]
        if 0 < len(given) < 3:
            missing = [axis for axis in axes if axis not in columns]
            raise ValueError(
                f"{name} has the column {' '.join(given)}, but not {' '.join(missing)}; dump all "
                "three, or none of them"
            )
    for place in PLACES:
        if set(place[0] + place[1]) <= set(columns):
            return place
    raise ValueError(
        f"{name} has the columns {' '.join(columns)} and no positions; dump x y z, or better "
        "xu yu zu"
    )


def _kind(name: str, columns: list[str], species) -> str:
    """Return the column that says which atom is which."""
    if "id" not in columns:
        raise ValueError(
            f"{name} has the columns {columns} and no id, so atoms may change places from frame to "
            "frame; dump them with id"
        )
    if len(set(columns)) < len(columns):
        raise ValueError(f"{name} has a column twice: {' '.join(columns)}; dump each once")
    kind = next((column for column in ("element", "mass", "type") if column in columns), None)
    if kind in ("element", "mass") and species is not None:
        raise ValueError(f"{name} names its elements; leave species out")
    if kind is None:
        raise ValueError(
            f"{name} has the columns {columns} and no element, mass or type, so nobody knows what "
            "its atoms are; dump them with element"
        )
    if kind == "type" and species is None:
        raise ValueError(
            f"{name} numbers its types and does not name the elements; give them in the order of "
            'the types, for example species=["Li", "P", "S"]'
        )
    return kind


def _symbols(lines: TextLines, kind: str, words: np.ndarray, species) -> np.ndarray:
    name = lines.path.name
    if kind == "mass":
        return elements_of_masses(name, lines.floats(words, "a mass"))
    if kind == "type":
        return elements_of_types(name, lines.wholes(words, "a type"), species)
    for word in words:
        if not is_element(word):
            raise ValueError(
                f"{name} has the element {word[:20]!r}, which is none; name the elements with "
                "dump_modify element"
            )
    return words


def _positions(lines: TextLines, frame: _Frame, words: dict, place) -> np.ndarray:
    """Return positions (N, 3), in the units of the dump."""
    axes, images, scaled, _ = place
    cell, origin, _ = frame.box
    what = f"step {frame.step}"
    r = np.transpose([lines.floats(words[axis], what) for axis in axes])
    if images:
        flags = np.transpose([lines.wholes(words[axis], what) for axis in images])
    else:
        flags = np.zeros_like(r)
    return origin + (r + flags) @ cell if scaled else r + flags @ cell


def _angstrom(units: str | None) -> float:
    """Return what a length of 1 is in Å; a dump without units has Å, as the usual two styles."""
    if units is None:
        return 1.0
    if units not in UNITSETS or units == "ASE":
        raise ValueError(
            f"the dump has units {units}, in which lengths are not in Å; scale its positions and "
            "box, and write it without units"
        )
    return convert(1.0, "distance", units, "ASE")


def _check_times(name: str, steps: list[int], times: list) -> None:
    """Raise ValueError if steps do not rise, or the dump has times that steps are not even in."""
    for frame, (a, b) in enumerate(pairwise(steps)):
        if b <= a:
            raise ValueError(
                f"{name}: frame {frame + 1} is of step {b}, after step {a}; keep one piece of a "
                "run that was started again, or each frame once"
            )
    if None in times or len(times) < 3:
        return
    speed = np.diff(times) / np.diff(steps)
    if not np.allclose(speed, speed[0], rtol=1e-2):
        raise ValueError(
            f"{name}: the time step changes from {speed.min():g} to {speed.max():g} (in the dump's "
            "unit of time), so the frames are not evenly spaced; run with one time step"
        )
