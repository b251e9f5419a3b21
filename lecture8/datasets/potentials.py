"""Data of notebook 2."""

import numpy as np
from ase import units

from lecture8.datasets.files import table


def argon_dimer_table() -> dict[str, np.ndarray]:
    """Return the CCSD(T) curve of Ar2: "distance" (Å), and energies (eV) by basis.

    Made by ``recipes/argon_dimer.py`` with `reference.argon_dimer_energy`.
    """
    columns = table("argon_dimer.csv")
    distance = columns.pop("distance_A")
    energies = {basis: energy * units.invcm for basis, energy in columns.items()}
    return {"distance": distance} | energies
