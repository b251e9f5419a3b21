"""What takes too long for a lesson: files made by the scripts in ``lecture8/data``."""

from importlib import resources

import numpy as np
from ase import Atoms

from lecture8.frames import read


def lithium_sulfide_frames() -> list[Atoms]:
    """Return 100 frames of Li2S (12 atoms, 800 K, 20 runs of 5), labelled by CHGNet-r2SCAN.

    Made by ``lecture8/data/make_lithium_sulfide.py``. The labels stand in for your own DFT.
    """
    file = resources.files("lecture8") / "data" / "lithium_sulfide.xyz.gz"
    with resources.as_file(file) as path:
        return read(path)


def fine_tuning_curves() -> dict[str, np.ndarray]:
    """Return the shipped learning curves, column name -> array (rows,): one row for each fit.

    "method": "zero-shot" (SevenNet-0 and the shift), "fine-tuned", "no shift" (fine-tuned without
    it) and "from scratch" (PaiNN); "frames" (for zero-shot: that the shift was found from), "seed";
    "force_mae_meV_A" and "energy_mae_meV_atom" on 40 test frames; "forgetting_meV_A", the force
    MAE against SevenNet-0 as it came, on other solids (NaN from scratch, where nothing was known);
    "seconds_one_core". Made by ``lecture8/data/make_fine_tuning.py``, which has the settings.
    """
    from lecture8.fitting.shipped import shipped_table

    return shipped_table("fine_tuning.csv")
