"""What all checks share: how a result is written down, and energies and forces to compare."""

from typing import NamedTuple

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator

# Å. At room temperature an atom is about so far from its place, so a wrong force times this is the
# wrong energy that it causes.
THERMAL_AMPLITUDE = 0.1
# Å. Beyond the cutoffs of all potentials of this course.
FAR = 15.0


class Measurement(NamedTuple):
    """A value, its standard error where it has one, and where it was found."""

    value: float
    error: float = 0.0
    note: str = ""


class NotApplicable(Exception):
    """The question makes no sense for these atoms or this calculator; says why."""


def labels(atoms: Atoms, potential: BaseCalculator) -> tuple[float, np.ndarray]:
    """Return energy (eV) and forces (N, 3) (eV/Å) in double precision."""
    return float(potential.get_potential_energy(atoms)), np.array(
        potential.get_forces(atoms), float
    )


def difference(found: tuple, expected: tuple) -> Measurement:
    """Return how far two (energy, forces (N, 3)) are apart, meV/atom.

    The larger of |dE| / N and, for the atom where it is largest, |dF| times `THERMAL_AMPLITUDE`.
    """
    energy = abs(found[0] - expected[0]) / len(expected[1])
    force = np.linalg.norm(found[1] - expected[1], axis=1).max()
    # Not Python's max, which loses a NaN.
    return Measurement(float(1e3 * np.max([energy, force * THERMAL_AMPLITUDE])))


def alone(symbols, positions, like: Atoms) -> Atoms:
    """Return a few atoms in empty space, in a large box if `like` is periodic.

    Some calculators of crystals refuse atoms without a cell.
    """
    if not like.pbc.any():
        return Atoms(symbols, positions)
    return Atoms(symbols, positions, cell=[2 * FAR] * 3, pbc=like.pbc)
