"""Trajectories that people have: extended XYZ, ASE, LAMMPS dumps and VASP's XDATCAR."""

import warnings
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from ase.io.trajectory import TrajectoryReader

from lecture8.arguments import check_positive
from lecture8.frames import read as read_frames
from lecture8.integrators import Trajectory
from lecture8.ionic_conductivity.cells import into_cell
from lecture8.ionic_conductivity.diffusive_window import frame_interval
from lecture8.ionic_conductivity.files.lammps_dump import read_dump
from lecture8.ionic_conductivity.files.recorded import Recorded
from lecture8.ionic_conductivity.files.text_lines import DAMAGE, open_any
from lecture8.ionic_conductivity.files.xdatcar import read_xdatcar
from lecture8.ionic_conductivity.jumps import check_open_directions
from lecture8.ionic_conductivity.unwrapping import remove_breathing, unwrap

XYZ, ASE, LAMMPS, VASP = "extended XYZ", "ASE's .traj", "a LAMMPS dump", "XDATCAR"
UNWRAPPED = "unwrapped_position"  # GPUMD's column


def read_trajectory(
    path,
    *,
    interval_fs: float | None = None,
    timestep_fs: float | None = None,
    species: list[str] | None = None,
    wrapped: bool | None = None,
    cell=None,
    limit: float = 0.4,
) -> Trajectory:
    """Return a trajectory from a file, unwrapped: ``run.of("Li")`` are the ions.

    Times are in ps from 0, evenly spaced; the cell is the mean over the frames.

    Extended XYZ, ASE's ``.traj``, LAMMPS' text dumps and VASP's XDATCAR, plain or ``.gz``: told by
    what the file begins with, whatever its name. Where a file has unwrapped positions (LAMMPS' xu,
    or x and the image flag ix; GPUMD's unwrapped_position), these are taken as they are.

    Parameters
    ----------
    path : str or Path
    interval_fs : float, optional
        Time between two *stored* frames; for VASP, POTIM times the interval of storing. Most files
        do not say.
    timestep_fs : float, optional
        The time step of the run, instead of `interval_fs`, for LAMMPS dumps: they number the steps.
    species : list of str, optional
        For a LAMMPS dump without a column ``element``: the elements of types 1, 2, ...; for an
        XDATCAR whose names are no elements: those in their place.
    wrapped : bool, optional
        Whether positions jump through the faces of the cell, where the file does not say, or says
        something else: True unwraps them in all directions that have a cell vector, False takes
        them as they are. Left out, the file is believed where its jumps do not contradict it.
    cell : array (3,) or (3, 3), optional
        Å, lengths or vectors: for a file that holds none, as CP2K's positions.
    limit : float
        Longest step between two frames, as in `unwrap`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is unreadable or of another format, the frames differ in their atoms, the times
        are not given or not even, atoms move too far between frames, or their jumps say that they
        are wrapped where the file says not, or the reverse.

    Warns
    -----
    UserWarning
        If the cell changes; if `wrapped` is False, and positions jump as wrapped ones do.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no file {path}; check the name and the folder you run in"
        )
    recorded = _read(path, _format(path), species)
    if len(recorded.positions) < 2:
        raise ValueError(
            f"{path} holds {len(recorded.positions)} frames; a trajectory needs two or more"
        )
    if cell is not None:
        recorded = recorded._replace(cells=_given(path.name, cell, recorded.cells))
    if cell is not None and wrapped:
        _check_inside(path.name, recorded)
    times = _times(len(recorded.positions), recorded.steps, interval_fs, timestep_fs)
    positions = _unwrapped(path.name, recorded, wrapped, limit)
    return Trajectory(
        times=times,
        positions=positions,
        symbols=recorded.symbols,
        cell=recorded.cells.mean(axis=0),
    )


def _format(path: Path) -> str:
    """Return the format that the file begins as; or, if it begins as none, that of its name."""
    try:
        with open_any(path) as file:
            start = file.read(4096)
    except DAMAGE as cause:
        raise ValueError(f"{path.name} cannot be unpacked ({cause}); copy it again") from cause
    lines = [x for x in start.decode("utf-8-sig", "replace").splitlines() if x.strip()] or [""]
    if start.startswith(b"- of Ulm"):
        return ASE
    if lines[0].startswith("ITEM:"):
        return LAMMPS
    if any(line.strip().startswith("Direct configuration") for line in lines[:9]):
        return VASP
    if lines[0].strip().isdecimal() and "ITEM:" not in "".join(lines[:2]):
        return XYZ
    name = path.name.lower().removesuffix(".gz")
    if name.endswith((".xyz", ".extxyz")):
        return XYZ
    if name.endswith(".traj"):
        return ASE
    if "xdatcar" in name:
        return VASP
    if "dump" in name or name.endswith(".lammpstrj"):
        return LAMMPS
    raise ValueError(
        f"the format of {path.name} is unknown: it begins with {lines[0][:40]!r}; extended XYZ, "
        "ASE's .traj, LAMMPS' text dumps and XDATCAR can be read, and ase.io.write makes the first "
        "of many others"
    )


def _read(path: Path, kind: str, species) -> Recorded:
    if kind == VASP:
        return read_xdatcar(path, species)
    if kind == LAMMPS:
        return read_dump(path, species)
    if species is not None:
        raise ValueError(f"{path.name} is {kind} and names its elements; leave species out")
    return _from_atoms(path.name, read_frames(path) if kind == XYZ else _ase_frames(path))


def _ase_frames(path: Path) -> list[Atoms]:
    try:
        with open_any(path) as file:
            return list(TrajectoryReader(file))
    except Exception as cause:  # a parser of broken bytes can stumble in any way
        raise ValueError(
            f"{path.name} cannot be read as {ASE} ({type(cause).__name__}: {cause}); is it cut "
            "short, or another format?"
        ) from cause


def _from_atoms(name: str, frames: list[Atoms]) -> Recorded:
    """Return what the frames say, or raise ValueError if they are not of the same atoms."""
    for index, atoms in enumerate(frames):
        known = (atoms.numbers >= 0) & (atoms.numbers < len(chemical_symbols))
        if not known.all():
            raise ValueError(
                f"{name} is garbled: frame {index} has an atom of atomic number "
                f"{atoms.numbers[~known][0]}; copy it again, or make it again"
            )
        if not np.array_equal(atoms.numbers, frames[0].numbers):
            raise ValueError(
                f"frame {index} of {name} has {atoms.get_chemical_formula('reduce')}, frame 0 "
                f"{frames[0].get_chemical_formula('reduce')}: the same atoms must come in the same "
                "order"
            )
        if not np.array_equal(atoms.pbc, frames[0].pbc):
            raise ValueError(
                f"frame {index} of {name} has pbc {atoms.pbc.tolist()}, frame 0 "
                f"{frames[0].pbc.tolist()}: the same directions must be periodic in all"
            )
    if not frames:
        raise ValueError(f"{name} holds 0 frames; a trajectory needs two or more")
    unwrapped = all(np.shape(atoms.arrays.get(UNWRAPPED)) == (len(atoms), 3) for atoms in frames)
    column = UNWRAPPED if unwrapped else "positions"
    return Recorded(
        np.array(frames[0].get_chemical_symbols()),
        np.array([atoms.arrays[column] for atoms in frames]),
        np.array([atoms.cell.array for atoms in frames]),
        frames[0].pbc,
        unwrapped,
    )


def _given(name: str, cell, cells: np.ndarray) -> np.ndarray:
    """Return the cell that was given for each frame (T, 3, 3), or raise ValueError."""
    if cells.any():
        raise ValueError(f"cell is given, but {name} has one of its own; leave cell out")
    given = np.asarray(cell, float)
    given = given.reshape(3, 3) if given.size == 9 else np.diag(given.ravel())
    if given.shape != (3, 3) or not abs(np.linalg.det(given)) > 0:
        raise ValueError(f"cell is {cell}, but must be three lengths or three vectors, in Å")
    return np.broadcast_to(given, cells.shape)


def _check_inside(name: str, recorded: Recorded) -> None:
    """Raise ValueError if wrapped positions do not fit into the cell that was given for them."""
    extent = np.ptp(recorded.positions[0] @ np.linalg.inv(recorded.cells[0]), axis=0)
    if extent.max() > 1.2:
        raise ValueError(
            f"the positions of {name} span {extent.max():.1f} times the cell that was given, and "
            "so are not wrapped into it; is it that of the unit cell?"
        )


def _unwrapped(name: str, recorded: Recorded, wrapped: bool | None, limit: float) -> np.ndarray:
    """Return positions (T, N, 3) that run on through the faces of the cell."""
    _, positions, cells, periodic, unwrapped, _ = recorded
    if wrapped not in (None, True, False):
        raise ValueError(f"wrapped is {wrapped!r}, but must be True, False, or left out")
    if unwrapped and wrapped:
        raise ValueError(f"wrapped is True, but {name} has unwrapped positions; leave wrapped out")
    if wrapped is False and not unwrapped:
        try:
            check_open_directions(positions, cells, np.zeros(3, bool))
        except ValueError as doubt:
            warnings.warn(f"you say that {name} is unwrapped, but {doubt}", stacklevel=3)
    if unwrapped or wrapped is False:
        return remove_breathing(positions, cells, periodic=periodic)
    if wrapped:
        periodic = periodic | cells[0].any(axis=-1)
        if not periodic.any():
            raise ValueError(
                f"wrapped is True, but {name} has no cell to unwrap with; read its frames, give "
                "them cell and pbc, and write them again, all with ASE"
            )
        positions = into_cell(positions, cells, periodic)
    return unwrap(positions, cells, periodic=periodic, limit=limit)


def _times(frames: int, steps, interval_fs, timestep_fs) -> np.ndarray:
    """Return the times (T,) in ps, from 0; `steps` are the numbers that LAMMPS gave the frames."""
    if (interval_fs is None) == (timestep_fs is None):
        raise ValueError(
            "give either interval_fs, the time between two stored frames, or for a LAMMPS dump "
            "timestep_fs, the time step of the run"
        )
    name = "timestep_fs" if interval_fs is None else "interval_fs"
    given = timestep_fs if interval_fs is None else interval_fs
    check_positive(name, given, " of femtoseconds")
    if steps is None and timestep_fs is not None:
        raise ValueError(
            "this format does not number its steps, so timestep_fs is not enough; give "
            "interval_fs, the time between two stored frames"
        )
    steps = np.arange(frames) if steps is None else steps
    steps = steps - steps[0]
    stride = 1 if interval_fs is None else steps[-1] / (frames - 1)
    times = steps / stride * given / 1000
    frame_interval(times)  # refuses a LAMMPS dump with a gap
    return times
