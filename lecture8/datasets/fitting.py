"""Data of notebook 3: butane, potentials that were fitted to it, and what forces cost."""

from typing import TYPE_CHECKING

import numpy as np
from ase import Atoms

from lecture8.datasets.files import path_of, table
from lecture8.frames import read

if TYPE_CHECKING:
    from lecture8.fitting.common.fitted_potential import FittedPotential


def butane_frames(name: str = "500K") -> list[Atoms]:
    """Return frames of butane, labelled by GFN2-xTB.

    "500K": 24 independent runs of 5 ps, a frame each 100 fs. "300K" and "800K": 4 runs each, to
    see what a potential that was trained at 500 K is worth elsewhere. Made by
    ``recipes/butane.py``.

    Raises
    ------
    ValueError
        If there is no such set.
    """
    if name not in ("300K", "500K", "800K"):
        raise ValueError(f"there are no frames called {name!r}; choose 300K, 500K or 800K")
    return read(path_of(f"butane_{name}.xyz.gz"))


def fitted_butane(architecture: str) -> "FittedPotential":
    """Return a "schnet", "painn" or "so3net", fitted to 400 frames of butane at 500 K.

    Made by ``recipes/learning_curves.py``.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    from lecture8.fitting import load

    if architecture not in ("schnet", "painn", "so3net"):
        raise ValueError(f"there is no fitted {architecture!r}; choose schnet, painn or so3net")
    return load(path_of(f"butane_{architecture}.npz"))


def learning_curves() -> dict[str, np.ndarray]:
    """Return one row for each fit of a network to frames of butane at 500 K.

    "architecture", "frames", "seed", "parameters", "force_mae_meV_A" and "energy_mae_meV" on 400
    test frames, "seconds_one_core". Made by ``recipes/learning_curves.py``.
    """
    return table("learning_curves.csv")


def stability() -> dict[str, np.ndarray]:
    """Return how long fits of moment tensor potentials carried butane at 500 K.

    A row for each run: "potential", like "mtp 12"; "fit", of five from other first parameters;
    "run"; "parameters"; "force_mae_meV_A" of the fit on 400 test frames; "survived_ps" (of 50).
    Made by ``recipes/stability.py``.
    """
    return table("stability.csv")


def costs() -> dict[str, np.ndarray]:
    """Return the price list of forces.

    "method", from "Lennard-Jones" to "CCSD(T) energy"; "system", "atoms"; "seconds_per_step" of one
    core for one energy with its forces (of CCSD(T): the energy alone), "calls" that this is the
    median of; "timestep_fs" in use for such a system; "machine". Made by ``recipes/costs.py``,
    which has the settings. Other machines: other numbers, much the same ratios.
    """
    return table("costs.csv")
