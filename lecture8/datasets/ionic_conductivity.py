"""Data of notebook 6 and its homework: LGPS and NAGP, a teacher and its pupils."""

from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms

from lecture8.datasets.files import crystal, path_of, table
from lecture8.frames import read
from lecture8.packed_positions import unpack

if TYPE_CHECKING:
    from lecture8.fitting import MomentNetworkPotential
    from lecture8.ionic_conductivity import Replicas
    from lecture8.measured import Measured


def lgps_frames() -> list[Atoms]:
    """Return 1,257 frames of Li10GeP2S12, labelled by CHGNet: what `fitted_lgps` was fitted to.

    ``info["run"]`` is one of seven. Made by ``recipes/lgps_frames.py``, which tells what each run
    is.
    """
    return read(path_of("lgps_frames.xyz.gz"))


def pbe_frames() -> list[Atoms]:
    """Return frames of Li10GeP2S12, 50 atoms at 300 to 900 K, labelled by PBE.

    ``info["run"]`` says how a frame was chosen; those with "test" in it are not for fitting. Made
    by ``recipes/pbe.py`` with GPAW from the queue of ``recipes/lgps_pbe.py``.
    """
    return read(path_of("lgps_pbe.xyz.gz"))


PUPILS = {
    "CHGNet": "lgps_moment_network.npz",
    "SevenNet-0": "lgps_sevennet.npz",
    "PBE": "lgps_pbe.npz",
}


def fitted_lgps(teacher: str = "CHGNet") -> "MomentNetworkPotential":
    """Return the moment network that was fitted to a teacher's Li10GeP2S12.

    "CHGNet" (`lgps_frames`; ``recipes/lgps_frames.py``), "SevenNet-0" (the same frames, other
    labels; ``recipes/lgps_sevennet.py``) or "PBE" (from SevenNet-0's on, with `pbe_frames`;
    ``recipes/lgps_pbe_pupil.py``; its stress is 0.19 GPa too low, ``recipes/pbe_frames.py``).

    Raises
    ------
    ValueError
        If there is no such teacher.
    """
    from lecture8.fitting import load

    if teacher not in PUPILS:
        raise ValueError(f"there is no pupil of {teacher!r}; choose {', '.join(PUPILS)}")
    return load(path_of(PUPILS[teacher]))


def teacher_runs(temperature_K: int) -> "Replicas":
    """Return runs of 20 ps of CHGNet itself, 50 atoms: two at 600 K, three at 800 and 1000 K.

    Made by ``recipes/lgps_teacher.py``. The cell wanders: ``.of("Li")``. Kinetic temperatures were
    not kept: NaN.
    """
    return _replicas("lgps_teacher.npz", f"{temperature_K}K", temperature_K, crystal("lgps"))


def teacher_frames() -> list[Atoms]:
    """Return labelled frames of these runs; ``info`` has "temperature_K" and "seed".

    Nothing that comes with the course was fitted to them but for seed 0 at 1000 K.
    """
    return read(path_of("lgps_teacher_frames.xyz.gz"))


def pupil_runs(temperature_K: int, atoms: int = 100) -> "Replicas":
    """Return ten runs of 100 ps of `fitted_lgps`, the Li only, as seen from the framework.

    At 500, 600, ... 1000 K with 100 atoms, and at 600, 800 and 1000 K with 50. `cell` is that of
    the supercell. Made by ``recipes/lgps_runs.py``.
    """
    cells = {50: (1, 1, 1), 100: (2, 1, 1)}
    if atoms not in cells:
        raise ValueError(f"there are no runs of {atoms} atoms; choose 50 or 100")
    lgps = crystal("lgps") * cells[atoms]
    lithium = lgps[lgps.symbols == "Li"]
    return _replicas("lgps_runs.npz", f"{temperature_K}K_{atoms}", temperature_K, lithium)


def pupil_framework(temperature_K: int, atoms: int = 100) -> dict[str, np.ndarray]:
    """Return the mean squared displacement (L,), Å2, of "P", "S" and "Ge" in `pupil_runs`."""
    return _framework("lgps_runs.npz", f"{temperature_K}K_{atoms}", ("P", "S", "Ge"))


def long_runs(teacher: str, temperature_K: int) -> "Replicas":
    """Return ten runs of 0.25 ns or more of a teacher's pupil, 50 atoms, the Li only.

    As seen from the framework, a frame every 2.5 to 10 ps, from 300 to 900 K; `teacher` as for
    `fitted_lgps`. Made by ``recipes/lgps_long_runs.py``.

    Raises
    ------
    ValueError
        If there is no such teacher or temperature.
    """
    lgps = crystal("lgps")
    lithium = lgps[lgps.symbols == "Li"]
    return _replicas("lgps_long_runs.npz", f"{teacher}_{temperature_K}K", temperature_K, lithium)


def long_run_energies(teacher: str, temperature_K: int) -> np.ndarray:
    """Return the mean potential energy (R,), eV per 50 atoms, of each of `long_runs`.

    Raises
    ------
    ValueError
        If there is no such teacher or temperature.
    """
    long_runs(teacher, temperature_K)  # names what there is
    with np.load(path_of("lgps_long_runs.npz")) as arrays:
        return arrays[f"energies_{teacher}_{temperature_K}K"]


def lgps_learning() -> dict[str, np.ndarray]:
    """Return what 10 to 100 labels of PBE buy, column name -> array (rows,).

    ``begins_with``, ``frames``, ``seed``, ``force_rmse_meV_A``, ``slope_li`` (forces on Li beside
    PBE's) and ``energy_scatter_meV_atom``. Made by ``recipes/lgps_learning.py``.
    """
    return table("lgps_learning.csv")


def lgps_systematics() -> "dict[tuple[str, int], Measured]":
    """Return D of Li, Å2/ps, by PBE's pupil with one thing changed: (what, temperature in K) -> D.

    What it compares with is that of ``long_runs("PBE", T)``: 50 atoms, 992 Å3. Made by
    ``recipes/lgps_systematics.py``.
    """
    from lecture8.measured import from_error

    rows = table("lgps_systematics.csv")
    names = "changed", "temperature_K", "D_A2_ps", "error", "replicas"
    return {
        (str(what), int(T)): from_error(float(value), float(error), int(replicas))
        for what, T, value, error, replicas in zip(*(rows[x] for x in names), strict=True)
    }


def nagp_runs(temperature_K: int) -> "Replicas":
    """Return eight runs of `nagp`, the six Na only, as seen from the framework.

    400 ps at 900 and 1000 K, 100 ps at 1100 and 1200 K, a frame every 0.5 ps. Made by
    ``recipes/nagp_runs.py`` with a pupil of CHGNet (``recipes/nagp_pupil.py``).
    """
    nagp = crystal("nagp")
    return _replicas(
        "nagp_runs.npz", f"{temperature_K}K", temperature_K, nagp[nagp.symbols == "Na"]
    )


def nagp_framework(temperature_K: int) -> dict[str, np.ndarray]:
    """Return the mean squared displacement (L,), Å2, of "Al", "Ge", "P", "O" in `nagp_runs`."""
    return _framework("nagp_runs.npz", f"{temperature_K}K", ("Al", "Ge", "P", "O"))


def _framework(file: str, name: str, symbols: tuple[str, ...]) -> dict[str, np.ndarray]:
    with np.load(path_of(file)) as arrays:
        return dict(zip(symbols, arrays[f"framework_{name}"], strict=True))


def _replicas(file: str, name: str, temperature_K: int, atoms: Atoms) -> "Replicas":
    from lecture8.integrators import Trajectory
    from lecture8.ionic_conductivity.replicas import Replicas

    with np.load(path_of(file)) as arrays:
        if f"positions_{name}" not in arrays:
            names = sorted(x.split("_", 1)[1] for x in arrays.files if x.startswith("positions_"))
            raise ValueError(f"{file} holds no run {name!r}; it has {', '.join(names)}")
        positions = unpack(arrays[f"positions_{name}"], float(arrays["unit_A"]))
        kinetic_K = arrays.get(f"temperatures_{name}", np.full(len(positions), np.nan))
        interval_ps = arrays.get(f"interval_ps_{name}", arrays.get("interval_ps"))
        describe = {
            "times": float(interval_ps) * np.arange(positions.shape[1]),
            "masses": atoms.get_masses(),
            "symbols": np.array(atoms.get_chemical_symbols()),
            "cell": atoms.cell.array,
        }
    runs = tuple(Trajectory(positions=one, **describe) for one in positions)
    return Replicas(runs, temperature_K, kinetic_K, failures=[])
