"""What takes too long for a lesson: fits and runs made by the scripts in ``lecture8/data``."""

from importlib import resources

import numpy as np
from ase import Atoms

from lecture8.fitting.fitted_potential import FittedPotential
from lecture8.fitting.interface import load
from lecture8.fitting.moment_network_potential import MomentNetworkPotential
from lecture8.frames import read


def fitted_butane(architecture: str) -> FittedPotential:
    """Return the shipped "schnet", "painn" or "so3net", fitted to 400 frames of butane at 500 K.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if architecture not in ("schnet", "painn", "so3net"):
        raise ValueError(f"there is no fitted {architecture!r}; choose schnet, painn or so3net")
    file = resources.files("lecture8") / "data" / f"butane_{architecture}.npz"
    with resources.as_file(file) as path:
        return load(path)


def fitted_lgps() -> MomentNetworkPotential:
    """Return the shipped moment network, fitted to CHGNet's Li10GeP2S12 (`lgps_frames`)."""
    with resources.as_file(
        resources.files("lecture8") / "data" / "lgps_moment_network.npz"
    ) as path:
        return MomentNetworkPotential.load(path)


def lgps_frames() -> list[Atoms]:
    """Return 1,257 frames of Li10GeP2S12, labelled by CHGNet: what `fitted_lgps` was fitted to.

    ``info["run"]`` is one of seven. Made by ``lecture8/data/make_lgps_frames.py``, which tells what
    each run is.
    """
    file = resources.files("lecture8") / "data" / "lgps_frames.xyz.gz"
    with resources.as_file(file) as path:
        return read(path)


def learning_curves() -> dict[str, np.ndarray]:
    """Return the shipped table, column name -> array (rows,): one row for each fit.

    "architecture", "frames", "seed", "parameters", "force_mae_meV_A" and "energy_mae_meV" on 400
    test frames, "seconds_one_core".
    """
    return shipped_table("learning_curves.csv")


def stability() -> dict[str, np.ndarray]:
    """Return the shipped table of runs at 500 K, column name -> array (rows,).

    "potential", "seed", "survived_ps" (of 50). Made by ``lecture8/data/make_stability.py``.
    """
    return shipped_table("stability.csv")


def costs() -> dict[str, np.ndarray]:
    """Return the shipped price list of forces, column name -> array (rows,).

    "method", from "Lennard-Jones" to "CCSD(T) energy"; "system", "atoms"; "seconds_per_step" of one
    core for one energy with its forces (of CCSD(T): the energy alone), "calls" that this is the
    median of; "timestep_fs" in use for such a system; "machine". Made by
    ``lecture8/data/make_costs.py``, which has the settings. Other machines: other numbers, much the
    same ratios.
    """
    return shipped_table("costs.csv")


def shipped_table(name: str) -> dict[str, np.ndarray]:
    """Return the table `name` of ``lecture8/data``, column name -> array (rows,)."""
    with (resources.files("lecture8") / "data" / name).open() as file:
        table = np.genfromtxt(file, delimiter=",", names=True, dtype=None, encoding="utf-8")
    return {name: table[name] for name in table.dtype.names}
