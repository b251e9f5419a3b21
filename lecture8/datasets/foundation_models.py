"""Data of notebook 5: published solids, and fine-tuning to Li2S."""

from typing import NamedTuple

import numpy as np
from ase import Atoms
from ase.build import bulk

from lecture8.datasets.files import path_of, table
from lecture8.frames import read


class Solid(NamedTuple):
    """A row of `solids`: lattice constants in Å, bulk moduli in GPa."""

    formula: str
    structure: str
    a_experiment: float
    B_experiment: float
    a_pbe: float
    B_pbe: float

    def atoms(self) -> Atoms:
        """Return the primitive cell, with the lattice constant of PBE."""
        return bulk(self.formula, self.structure, a=self.a_pbe)


def solids() -> list[Solid]:
    """Return eight cubic solids with lattice constants and bulk moduli of experiment and of PBE.

    ``solids.csv`` names the source of each number, and which of them were typed from memory. The
    lattice constants of experiment are free of thermal and zero-point expansion, and so compare
    with a minimum of E(V).
    """
    columns = table("solids.csv")
    rows = zip(*(columns[name].tolist() for name in Solid._fields), strict=True)
    return [Solid(*row) for row in rows]


def lithium_sulfide_frames() -> list[Atoms]:
    """Return 100 frames of Li2S (12 atoms, 800 K, 20 runs of 5), labelled by PBE.

    Made by ``recipes/pbe.py`` with GPAW, from runs of SevenNet-0 (``recipes/lithium_sulfide.py``).
    """
    return read(path_of("lithium_sulfide.xyz.gz"))


def rattled_solids() -> list[Atoms]:
    """Return Si, NaCl, MgO and LiCl, each rattled twice by 0.1 Å (8 atoms), labelled by PBE.

    Made by ``recipes/pbe.py`` with GPAW.
    """
    return read(path_of("rattled_solids.xyz.gz"))


def fine_tuning_curves() -> dict[str, np.ndarray]:
    """Return one row for each fit to frames of Li2S.

    "method": "zero-shot" (SevenNet-0 and the shift), "fine-tuned", "no shift" (fine-tuned without
    it) and "from scratch" (PaiNN); "frames" (for zero-shot: that the shift was found from), "seed";
    "force_mae_meV_A" and "energy_mae_meV_atom" on 40 test frames; "elsewhere_meV_A", the force MAE
    in `rattled_solids` (NaN from scratch, where nothing was known);
    "seconds_one_core". Made by ``recipes/fine_tuning.py``, which has the settings.
    """
    return table("fine_tuning.csv")
