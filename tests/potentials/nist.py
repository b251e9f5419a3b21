"""Lennard-Jones energies as the NIST reference calculations define them."""

from typing import NamedTuple

import numpy as np
from ase import Atoms
from ase.cell import Cell

from lecture8.potentials import tail_correction
from lecture8.potentials.fast_lennard_jones import FastLennardJones


class ReferenceEnergies(NamedTuple):
    """Energies of a configuration in reduced units (epsilon = sigma = 1)."""

    pair_energy: float
    tail_energy: float
    pair_virial: float


def reference_energies(positions, cell, *, cutoff: float = 3.0) -> ReferenceEnergies:
    """Return U_pair, U_LRC and W_pair of positions (N, 3) in a cell that `Cell.new` knows.

    U_pair = sum of 4 (r^-12 - r^-6) over pairs within the cutoff, cut and not shifted;
    U_LRC = 8/3 pi N rho (cutoff^-9 / 3 - cutoff^-3);
    W_pair = sum of 24 (2 r^-12 - r^-6), that is of -r du/dr: positive where atoms repel.

    Notes
    -----
    NIST Standard Reference Simulation Website, SRD 173, Lennard-Jones Fluid Reference Calculations.
    """
    atoms = Atoms(
        numbers=np.ones(len(positions)), positions=positions, cell=Cell.new(cell), pbc=True
    )
    fluid = FastLennardJones(epsilon=1.0, sigma=1.0, cutoff=cutoff, shifted=False)
    pairs = fluid.interaction(atoms)
    tail, _ = tail_correction(len(atoms), atoms.get_volume(), epsilon=1.0, sigma=1.0, cutoff=cutoff)
    return ReferenceEnergies(pairs.energy, tail, float(np.trace(pairs.virial)))
