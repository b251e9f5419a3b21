"""Whether what must not matter does not: orientation, place, order in the list, size of the cell.

Each function takes ``(atoms, potential, rng)`` and returns, in meV/atom, the `difference` of
energies and forces that should be the same.
"""

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator
from scipy.spatial.transform import Rotation

from lecture8.trust.measurement import FAR, Measurement, difference, labels


def rotation_error(
    atoms: Atoms, potential: BaseCalculator, rng: np.random.Generator
) -> Measurement:
    """Turn atoms and cell together: the energy must stay, the forces turn along."""
    turn = Rotation.from_quat(rng.standard_normal(4)).as_matrix()  # evenly over all turns
    turned = atoms.copy()
    turned.set_cell(atoms.cell.array @ turn.T)
    turned.positions = atoms.positions @ turn.T
    energy, forces = labels(atoms, potential)
    return difference(labels(turned, potential), (energy, forces @ turn.T))


def translation_error(
    atoms: Atoms, potential: BaseCalculator, rng: np.random.Generator
) -> Measurement:
    """Shift all atoms by up to 5 Å, and those that leave the cell by a cell vector back into it."""
    shifted = atoms.copy()
    shifted.positions += rng.uniform(-5, 5, 3)
    shifted.wrap()
    return difference(labels(shifted, potential), labels(atoms, potential))


def permutation_error(
    atoms: Atoms, potential: BaseCalculator, rng: np.random.Generator
) -> Measurement:
    """Shuffle the list of atoms: the energy must stay, the forces be shuffled along."""
    order = rng.permutation(len(atoms))
    energy, forces = labels(atoms, potential)
    return difference(labels(atoms[order], potential), (energy, forces[order]))


def size_error(atoms: Atoms, potential: BaseCalculator, rng: np.random.Generator) -> Measurement:
    """Double the cell along its shortest vector, or copy the molecule `FAR` away: twice E."""
    energy, forces = labels(atoms, potential)
    if atoms.pbc.any():
        lengths = np.where(atoms.pbc, atoms.cell.lengths(), np.inf)
        doubled = atoms * np.where(np.arange(3) == lengths.argmin(), 2, 1)
    else:
        copy = atoms.copy()
        copy.positions[:, 0] += np.ptp(atoms.positions[:, 0]) + FAR
        doubled = atoms + copy
    return difference(labels(doubled, potential), (2 * energy, np.tile(forces, (2, 1))))
