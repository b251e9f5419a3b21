"""Random damage to valid files, for all readers: `python -m tests.fuzz_readers SECONDS SEED`.

Every case must end in a ValueError with its cause, or in a trajectory: the right one, or, where a
number was replaced by another number, a finite one of the same atoms. Each case can be run again
from its seed and index alone.
"""

import gzip
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from functools import cache
from io import BytesIO, StringIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io.extxyz import write_xyz
from ase.io.trajectory import TrajectoryWriter
from ase.io.vasp import write_vasp_xdatcar

from lecture8 import frames
from lecture8.ionic_conductivity import read_trajectory

SYMBOLS, SPECIES = ["Li", "Li", "Li", "P", "S", "S"], ["Li", "P", "S"]
FRAMES, LONGEST = 8, 20  # seconds that a case may take: a hang is a failure
CELL = np.array([[7.0, 0.0, 0.0], [1.5, 6.5, 0.0], [-1.0, 0.8, 6.0]])  # Å
DIGITS = 3e-4  # Å, of moves: frames times what cells and places lose when five decimals are left


class Kind(NamedTuple):
    """A valid file: its name, its bytes, and how it is read into positions (T, N, 3)."""

    name: str
    content: bytes
    read: callable


# Valid files --------------------------------------------------------------------------------------


@cache
def kinds() -> tuple[Kind, ...]:
    rng = np.random.default_rng(0)
    steps = 0.3 * rng.standard_normal((FRAMES, len(SYMBOLS), 3))
    true = rng.random((1, len(SYMBOLS), 3)) @ CELL + np.cumsum(steps, axis=0)
    wrapped = [_labelled(r, rng) for r in true]
    text = StringIO()
    write_xyz(text, wrapped)
    xyz = text.getvalue().encode()
    trajectory = BytesIO()
    writer = TrajectoryWriter(trajectory)
    for atoms in wrapped:
        writer.write(atoms)
    plain, interval = trajectory.getvalue(), {"interval_fs": 10}
    dump = {"timestep_fs": 0.5, "species": SPECIES}
    return (
        Kind("frames.xyz", xyz, lambda path: [atoms.positions for atoms in frames.read(path)]),
        Kind("run.xyz", xyz, _reader(**interval)),
        Kind("run.xyz.gz", gzip.compress(xyz, mtime=0), _reader(**interval)),
        Kind("run.traj", plain, _reader(**interval)),
        Kind("run.traj.gz", gzip.compress(plain, mtime=0), _reader(**interval)),
        Kind("XDATCAR", _xdatcar(wrapped), _reader(**interval)),
        Kind("XDATCAR_npt", _xdatcar(wrapped, breath=0.01), _reader(**interval)),
        Kind("XDATCAR.gz", gzip.compress(_xdatcar(wrapped), mtime=0), _reader(**interval)),
        Kind("run.lammpstrj", _dump(true, "x y z"), _reader(**dump)),
        Kind("run_xu.lammpstrj", _dump(true, "xu yu zu"), _reader(**dump)),
        Kind("run_ix.lammpstrj", _dump(true, "x y z ix iy iz"), _reader(**dump)),
        Kind("run_xs.lammpstrj", _dump(true, "xs ys zs"), _reader(**dump)),
        Kind("dump.gz", gzip.compress(_dump(true, "x y z"), mtime=0), _reader(**dump)),
    )


def _reader(**how):
    return lambda path: read_trajectory(path, **how).positions


def _labelled(positions, rng) -> Atoms:
    atoms = Atoms(SYMBOLS, positions=positions, cell=CELL, pbc=True)
    atoms.wrap()
    forces = rng.standard_normal(positions.shape)
    atoms.calc = SinglePointCalculator(atoms, energy=rng.standard_normal(), forces=forces)
    return atoms


def _xdatcar(images: list[Atoms], breath: float = 0.0) -> bytes:
    text = StringIO()
    for k, atoms in enumerate(images):
        image = atoms.copy()
        image.set_cell(CELL * (1 + breath * np.sin(k)), scale_atoms=True)
        part = StringIO()
        write_vasp_xdatcar(part, [image])
        lines = part.getvalue().splitlines(keepends=True)
        lines[7] = f"Direct configuration= {k + 1:5d}\n"
        text.writelines(lines if k == 0 or breath else lines[7:])
    return text.getvalue().encode()


def _dump(true: np.ndarray, columns: str) -> bytes:
    (lx, _, _), (xy, ly, _), (xz, yz, lz) = CELL
    low, high = min(0, xy, xz, xy + xz), lx + max(0, xy, xz, xy + xz)
    text = ""
    for k, r in enumerate(true):
        text += f"ITEM: TIMESTEP\n{20 * k}\nITEM: NUMBER OF ATOMS\n{len(r)}\n"
        text += f"ITEM: BOX BOUNDS xy xz yz pp pp pp\n{low} {high} {xy}\n"
        text += f"{min(0, yz)} {ly + max(0, yz)} {xz}\n0 {lz} {yz}\nITEM: ATOMS id type {columns}\n"
        fractional = r @ np.linalg.inv(CELL)
        images = np.floor(fractional).astype(int)
        for i in np.random.default_rng(k).permutation(len(r)):
            place = {"xu": r, "xs": fractional - images}.get(columns[:2], r - images @ CELL)[i]
            flags = images[i].tolist() if "ix" in columns else []
            words = [i + 1, SPECIES.index(SYMBOLS[i]) + 1, *(f"{x:.8f}" for x in place), *flags]
            text += " ".join(map(str, words)) + " \n"
    return text.encode()


# Damage -------------------------------------------------------------------------------------------


def _flip_bits(data: bytes, rng) -> bytes:
    data = bytearray(data)
    for place in rng.integers(len(data), size=rng.integers(1, 4)):
        data[place] ^= 1 << rng.integers(8)
    return bytes(data)


def _replace_bytes(data: bytes, rng) -> bytes:
    start, length = rng.integers(len(data)), rng.integers(1, 9)
    return data[:start] + rng.bytes(length) + data[start + length :]


def _cut(data: bytes, rng) -> bytes:
    return data[: rng.integers(len(data))]


def _cut_out(data: bytes, rng) -> bytes:
    start = rng.integers(len(data))
    return data[:start] + data[start + rng.integers(1, 200) :]


def _on_lines(change):
    def damage(data: bytes, rng) -> bytes:
        lines = data.splitlines(keepends=True)
        change(lines, rng.integers(len(lines)), rng)
        return b"".join(lines)

    damage.__name__ = change.__name__
    return damage


@_on_lines
def _delete_line(lines, k, rng):
    del lines[k]


@_on_lines
def _repeat_line(lines, k, rng):
    lines.insert(k, lines[k])


@_on_lines
def _blank_line(lines, k, rng):
    lines.insert(k, b"\n")


@_on_lines
def _swap_words(lines, k, rng):
    words = lines[k].split(b" ")
    i, j = rng.integers(len(words), size=2)
    words[i], words[j] = words[j], words[i]
    lines[k] = b" ".join(words)


@_on_lines
def _strange_word(lines, k, rng):
    words = lines[k].split()
    strange = [b"nan", b"inf", b"1e400", b"-1", b"0", b"999999999999", b"Li", b"", b"1_0", b"1e9"]
    if words:
        words[rng.integers(len(words))] = strange[rng.integers(len(strange))]
    lines[k] = b" ".join(words) + b"\n"


@_on_lines
def _swap_lines(lines, k, rng):
    other = rng.integers(len(lines))
    lines[k], lines[other] = lines[other], lines[k]


DAMAGES = (
    _flip_bits,
    _replace_bytes,
    _cut,
    _cut_out,
    _delete_line,
    _repeat_line,
    _blank_line,
    _swap_words,
    _strange_word,
    _swap_lines,
)
# These replace no number by another one, so that what is still read must be right.
STRUCTURAL = {"_cut", "_delete_line", "_repeat_line", "_blank_line"}


# Cases --------------------------------------------------------------------------------------------


@cache
def truth(index: int) -> np.ndarray:
    """Return the positions (T, N, 3) of a kind's undamaged file."""
    kind = kinds()[index]
    return _read(kind, kind.content)


def _read(kind: Kind, content: bytes) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of cells that change
        path = Path(folder) / kind.name
        path.write_bytes(content)
        return np.array(kind.read(path))


def run_case(seed: int, index: int) -> tuple[str, str, str]:
    """Return the name of the file, of the damage, and what came of it."""
    rng = np.random.default_rng([seed, index])
    which = rng.integers(len(kinds()))
    kind, damage = kinds()[which], DAMAGES[rng.integers(len(DAMAGES))]
    name = damage.__name__.strip("_")
    binary = kind.name.endswith((".gz", ".traj"))
    content = damage(kind.content, rng)
    right = truth(int(which))
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(LONGEST)
    try:
        positions = _read(kind, content)
    except (ValueError, FileNotFoundError) as error:
        good = type(error) in (ValueError, FileNotFoundError) and len(str(error)) > 30
        return kind.name, name, "refused" if good else f"FAILED: {type(error)}: {error}"
    except BaseException as error:
        return kind.name, name, f"FAILED: {type(error).__name__}: {error}"
    finally:
        signal.alarm(0)
    if positions.ndim != 3 or positions.shape[1:] != right.shape[1:] or len(positions) > FRAMES:
        return kind.name, name, f"FAILED: positions of shape {positions.shape}"
    if not np.all(np.isfinite(positions)):
        return kind.name, name, "FAILED: positions are not finite"
    if np.abs(positions - right[: len(positions)]).max() < DIGITS:
        return kind.name, name, "right"
    if not binary and damage.__name__ in STRUCTURAL:
        return kind.name, name, "FAILED: other positions"
    return kind.name, name, "other numbers"


def _too_long(*_):
    raise TimeoutError(f"more than {LONGEST} s")


def main(seconds: float, seed: int) -> int:
    """Run cases for a while; print how many ended how, and each that failed."""
    start, index, counts = time.monotonic(), 0, Counter()
    while time.monotonic() - start < seconds:
        name, damage, outcome = run_case(seed, index)
        if outcome.startswith("FAILED"):
            print(f"seed {seed}, case {index}: {name}, {damage}: {outcome[:300]}", flush=True)
            outcome = "FAILED"
        counts[name, outcome] += 1
        counts["all", outcome] += 1
        index += 1
    for (name, outcome), number in sorted(counts.items()):
        print(f"{name:20} {outcome:14} {number}")
    return int(counts["all", "FAILED"] > 0)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), int(sys.argv[2])))
