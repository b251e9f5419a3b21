"""Trajectories that people have: extended XYZ, ASE, LAMMPS dumps and VASP's XDATCAR."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io import read
from ase.io.formats import open_with_compression

from lecture8.frames import read as read_frames
from lecture8.ionic_conductivity.diffusive_window import frame_interval
from lecture8.ionic_conductivity.displacement import unwrap

# What starts a frame, in the formats whose readers stop silently where a file is damaged.
MARKS = {"vasp-xdatcar": "Direct configuration=", "lammps-dump-text": "ITEM: TIMESTEP"}


@dataclass(frozen=True)
class IonTrajectory:
    """A run, ready to be measured: ``run.positions[:, run.symbols == "Li"]`` are the ions.

    Parameters
    ----------
    positions : array (T, N, 3)
        Å, unwrapped; the framework may still drift (`remove_drift`).
    symbols : array (N,) of str
    cell : array (3, 3)
        Å, the mean over the frames; rows are the cell vectors.
    times : array (T,)
        ps, from 0, evenly spaced.
    """

    positions: np.ndarray
    symbols: np.ndarray
    cell: np.ndarray
    times: np.ndarray


def read_trajectory(
    path,
    *,
    interval_fs: float | None = None,
    timestep_fs: float | None = None,
    species: list[str] | None = None,
    limit: float = 0.4,
) -> IonTrajectory:
    """Return a trajectory from a file, unwrapped, with its times.

    The format follows from the name: ``.xyz``, ``.extxyz`` and ``.xyz.gz`` (extended XYZ),
    ``.traj`` (ASE), names with ``XDATCAR`` in them, and ``.lammpstrj``, ``.dump`` or names with
    ``dump`` in them (LAMMPS).

    Parameters
    ----------
    path : str or Path
    interval_fs : float, optional
        Time between two *stored* frames; for VASP, POTIM times the interval of storing. Most files
        do not say.
    timestep_fs : float, optional
        The time step of the run, instead of `interval_fs`, for LAMMPS dumps: they number the steps.
    species : list of str, optional
        For a LAMMPS dump without a column ``element``: the elements of types 1, 2, ...
    limit : float
        Longest step between two frames, as in `unwrap`.

    Raises
    ------
    ValueError
        If the file is missing, unreadable or of another format, the frames differ in their atoms,
        the times are not given or not even, or atoms move too far between frames.

    Warns
    -----
    UserWarning
        If the cell changes.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"there is no file {path}; check the name and the folder you run in")
    kind = _format(path)
    frames = _read(path, kind, species)
    _check_atoms(path, frames)
    steps = [atoms.info.get("timestep") for atoms in frames] if kind.startswith("lammps") else None
    times = _times(len(frames), steps, interval_fs, timestep_fs)
    first = frames[0]
    cells = np.array([atoms.cell.array for atoms in frames])
    positions = unwrap(
        np.array([atoms.positions for atoms in frames]), cells, periodic=first.pbc, limit=limit
    )
    symbols = np.array(first.get_chemical_symbols())
    return IonTrajectory(positions, symbols, cells.mean(axis=0), times)


def _format(path: Path) -> str:
    name = path.name.lower()
    if "xdatcar" in name:
        return "vasp-xdatcar"
    if "dump" in name or name.endswith(".lammpstrj"):
        return "lammps-dump-text"
    if name.endswith((".xyz", ".extxyz", ".xyz.gz")):
        return "extxyz"
    if name.endswith(".traj"):
        return "traj"
    raise ValueError(
        f"the format of {path.name} is unknown; rename it to .xyz (extended), .traj, .lammpstrj "
        "or XDATCAR, or write its frames with ase.io.write"
    )


def _read(path: Path, kind: str, species) -> list[Atoms]:
    if kind == "extxyz":
        frames = read_frames(path)
    else:
        how = {}
        if kind == "lammps-dump-text":
            _check_columns(path, species)
            how = {"specorder": species}
        try:
            frames = read(path, index=":", format=kind, **how)
        except Exception as cause:  # a parser of broken text can stumble in any way
            raise ValueError(
                f"{path} cannot be read as {kind} ({type(cause).__name__}: {cause}); is it cut "
                "short, or another format?"
            ) from cause
        if kind in MARKS:
            _check_whole(path, MARKS[kind], len(frames))
    if len(frames) < 2:
        raise ValueError(f"{path} holds {len(frames)} frames; a trajectory needs two or more")
    return frames


def _check_whole(path: Path, mark: str, frames: int) -> None:
    """Raise ValueError if the file has another number of frames, or stops within a line."""
    started, line = 0, ""
    with open_with_compression(path) as file:
        for line in file:
            started += mark in line
    if started != frames or not line.endswith("\n"):
        raise ValueError(
            f"{path.name} is cut short or garbled: of {started} frames that it starts, {frames} "
            "can be read, and the last may be incomplete; cut it after the last whole frame"
        )


def _check_columns(path: Path, species) -> None:
    """Raise ValueError if a LAMMPS dump does not say which atom is which."""
    with open_with_compression(path) as file:
        columns = next((line.split() for line in file if line.startswith("ITEM: ATOMS")), [])
    if "id" not in columns:
        raise ValueError(
            f"{path.name} has the columns {columns[2:]} and no id, so atoms may change places from "
            "frame to frame; dump them with id"
        )
    named = not {"element", "mass"}.isdisjoint(columns)
    if named == (species is not None):
        raise ValueError(
            f"{path.name} names its elements; leave species out"
            if named
            else f"{path.name} numbers its types and does not name the elements; give them in the "
            'order of the types, for example species=["Li", "P", "S"]'
        )


def _check_atoms(path: Path, frames: list[Atoms]) -> None:
    for index, atoms in enumerate(frames):
        if not np.array_equal(atoms.numbers, frames[0].numbers):
            raise ValueError(
                f"frame {index} of {path.name} has {atoms.get_chemical_formula('reduce')}, frame 0 "
                f"{frames[0].get_chemical_formula('reduce')}: the same atoms must come in the same "
                "order"
            )


def _times(frames: int, steps, interval_fs, timestep_fs) -> np.ndarray:
    """Return the times (T,) in ps, from 0; `steps` are the numbers that LAMMPS gave the frames."""
    if (interval_fs is None) == (timestep_fs is None):
        raise ValueError(
            "give either interval_fs, the time between two stored frames, or for a LAMMPS dump "
            "timestep_fs, the time step of the run"
        )
    given = timestep_fs if interval_fs is None else interval_fs
    if not given > 0:
        raise ValueError(f"the time between frames is {given} fs, but must be positive")
    if steps is None and timestep_fs is not None:
        raise ValueError(
            "this format does not number its steps, so timestep_fs is not enough; give "
            "interval_fs, the time between two stored frames"
        )
    steps = np.arange(frames) if steps is None else np.array(steps)
    steps = steps - steps[0]
    stride = 1 if interval_fs is None else (steps[-1] or 1) / (frames - 1)
    times = steps / stride * given / 1000
    frame_interval(times)  # refuses a LAMMPS dump with a gap
    return times
