"""Runs that take too long for a lesson, made by the scripts in ``lecture8/data``.

Positions are kept as whole numbers of a small unit, and as steps from frame to frame, which zip
well: `pack` and `unpack`.
"""

from importlib import resources

import numpy as np
from ase import Atoms

from lecture8.frames import read
from lecture8.ionic_conductivity.replicas import Replicas
from lecture8.structures import lgps, nagp


def pack(positions, unit: float) -> np.ndarray:
    """Return positions (R, T, N, 3), Å, as steps in whole units of `unit`, Å, from the origin on.

    Raises
    ------
    ValueError
        If a step does not fit into 16 bits, or is not finite.
    """
    whole = np.rint(np.asarray(positions, float) / unit)
    steps = np.diff(whole, axis=1, prepend=0.0)
    longest = np.abs(steps).max()
    if not longest < 2**15:  # also true for NaN
        raise ValueError(
            f"a step of {unit * longest:.0f} Å does not fit, {unit * 2**15:.0f} Å do; take a "
            "larger unit, if these positions are those of one run"
        )
    return steps.astype(np.int16)


def unpack(steps, unit: float) -> np.ndarray:
    """Return the positions (R, T, N, 3), Å, that `pack` was given, to half a unit."""
    return (np.cumsum(steps, axis=1, dtype=np.int64) * unit).astype(np.float32)


def teacher_runs(temperature_K: int) -> Replicas:
    """Return runs of 20 ps of CHGNet itself, 50 atoms: two at 600 K, three at 800 and 1000 K.

    Made by ``lecture8/data/make_lgps_teacher.py``. The cell wanders: `remove_drift`. Kinetic
    temperatures were not kept: NaN.
    """
    return _replicas("lgps_teacher.npz", f"{temperature_K}K", lgps())


def teacher_frames() -> list[Atoms]:
    """Return labelled frames of these runs; ``info`` has "temperature_K" and "seed".

    Nothing shipped was fitted to them but for seed 0 at 1000 K.
    """
    with resources.as_file(_data() / "lgps_teacher_frames.xyz.gz") as path:
        return read(path)


def pupil_runs(temperature_K: int, atoms: int = 100) -> Replicas:
    """Return ten runs of 100 ps of `fitted_lgps`, the Li only, as seen from the framework.

    At 500, 600, ... 1000 K with 100 atoms, and at 600, 800 and 1000 K with 50. `cell` is that of
    the supercell. Made by ``lecture8/data/make_lgps_runs.py``.
    """
    cells = {50: (1, 1, 1), 100: (2, 1, 1)}
    if atoms not in cells:
        raise ValueError(f"there are no runs of {atoms} atoms; choose 50 or 100")
    crystal = lgps() * cells[atoms]
    return _replicas("lgps_runs.npz", f"{temperature_K}K_{atoms}", crystal[crystal.numbers == 3])


def pupil_framework(temperature_K: int, atoms: int = 100) -> dict[str, np.ndarray]:
    """Return the mean squared displacement (L,), Å2, of "P", "S" and "Ge" in `pupil_runs`."""
    with resources.as_file(_data() / "lgps_runs.npz") as path, np.load(path) as table:
        return dict(
            zip(("P", "S", "Ge"), table[f"framework_{temperature_K}K_{atoms}"], strict=True)
        )


def nagp_runs(temperature_K: int) -> Replicas:
    """Return eight runs of `nagp`, the six Na only, as seen from the framework.

    400 ps at 900 and 1000 K, 100 ps at 1100 and 1200 K, a frame every 0.5 ps. Made by
    ``lecture8/data/make_nagp_runs.py`` with a pupil of CHGNet (``make_nagp_pupil.py``).
    """
    crystal = nagp()
    return _replicas("nagp_runs.npz", f"{temperature_K}K", crystal[crystal.numbers == 11])


def nagp_framework(temperature_K: int) -> dict[str, np.ndarray]:
    """Return the mean squared displacement (L,), Å2, of "Al", "Ge", "P", "O" in `nagp_runs`."""
    with resources.as_file(_data() / "nagp_runs.npz") as path, np.load(path) as table:
        return dict(zip(("Al", "Ge", "P", "O"), table[f"framework_{temperature_K}K"], strict=True))


def _replicas(file: str, name: str, atoms: Atoms) -> Replicas:
    with resources.as_file(_data() / file) as path, np.load(path) as table:
        if f"positions_{name}" not in table:
            names = sorted(x.split("_", 1)[1] for x in table.files if x.startswith("positions_"))
            raise ValueError(f"{file} holds no run {name!r}; it has {', '.join(names)}")
        positions = unpack(table[f"positions_{name}"], float(table["unit_A"]))
        return Replicas(
            positions,
            float(table["interval_ps"]) * np.arange(positions.shape[1]),
            np.array(atoms.get_chemical_symbols()),
            atoms.cell.array,
            table.get(f"temperatures_{name}", np.full(len(positions), np.nan)),
            [],
        )


def _data():
    return resources.files("lecture8") / "data"
