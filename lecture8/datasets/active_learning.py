"""Data of notebook 4."""

import numpy as np

from lecture8.datasets.files import table


def comparison() -> dict[str, np.ndarray]:
    """Return the comparison of strategies of active learning.

    "strategy", "seed", "labels" (bought), "force_mae_500K" and "force_mae_800K" (meV/Å),
    "worst_800K" (99th percentile of the errors of single forces, meV/Å), "torsion_mae" (meV),
    "survived_ps_600K" (of 10), "reference_calls" (forces computed to get those labels). Made by
    ``recipes/active_learning.py``, which says what the strategies are.
    """
    return table("active_learning.csv")


def butane_loops() -> dict[str, np.ndarray]:
    """Return how the loop of notebook 4 went with other seeds, a row for each generation.

    "level" (8 or 12), "start" ("as it is" or "turned"), "seed"; "leg" (1 asks for 5 ps, 2 for 25),
    "generation" in it, "labels" bought before its exploration, "survived_ps", "force_mae_800K"
    (meV/Å), "ended"; "torsion_before" and "torsion_after" the whole run (meV, largest error of the
    profile). Made by ``recipes/butane_loops.py``.
    """
    return table("butane_loops.csv")


def reference_torsions() -> np.ndarray:
    """Return dihedral angles of butane in GFN2-xTB dynamics at 600 K: (1000, 16), degrees.

    Sixteen runs of 50 ps, an instant each 50 fs. Made by ``recipes/butane_torsions.py``.
    """
    return np.column_stack(list(table("butane_torsions_600K.csv").values())).astype(float)
