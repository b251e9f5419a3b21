"""What takes too long for a lesson: tables made by the scripts in ``lecture8/data``."""

from importlib import resources

import numpy as np

from lecture8.fitting.shipped import shipped_table


def comparison() -> dict[str, np.ndarray]:
    """Return the shipped comparison of strategies, column name -> array (rows,).

    "strategy", "seed", "labels" (bought), "force_mae_500K" and "force_mae_800K" (meV/Å),
    "worst_800K" (99th percentile of the errors of single forces, meV/Å), "torsion_mae" (meV),
    "survived_ps_600K" (of 10), "reference_calls" (forces computed to get those labels). Made by
    ``lecture8/data/make_active_learning.py``, which says what the strategies are.
    """
    return shipped_table("active_learning.csv")


def reference_torsions() -> np.ndarray:
    """Return dihedral angles of butane in GFN2-xTB dynamics at 600 K: (1000, 8), degrees.

    Eight runs of 50 ps, an instant each 50 fs. Made by ``lecture8/data/make_butane_torsions.py``.
    """
    with (resources.files("lecture8") / "data" / "butane_torsions_600K.csv").open() as file:
        return np.loadtxt(file, delimiter=",", skiprows=1)
