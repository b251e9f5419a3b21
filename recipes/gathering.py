"""How recipes gather frames that a pupil is fitted to."""

import numpy as np
from ase import Atoms

from lecture8.integrators import BlowUp, Trajectory, simulate


def as_far_as_it_goes(start: Atoms, potential, **settings) -> Trajectory:
    """Return the run of `simulate`, or what there is of it if it blows up."""
    try:
        return simulate(start, potential, **settings)
    except BlowUp as error:  # what it saw before is worth learning
        return error.trajectory


def strained(atoms: Atoms, rng: np.random.Generator, *, scale: float, widths) -> Atoms:
    """Return the crystal in a cell of up to some per cent of strain, its atoms off their places.

    Parameters
    ----------
    scale : float
        Standard deviation of each component of the strain; up to 3 % of expansion are added.
    widths : list of float
        Å; one of them is drawn as the standard deviation of the displacements.
    """
    strain = rng.normal(scale=scale, size=(3, 3))
    strain = (strain + strain.T) / 2 + np.eye(3) * (1 + rng.uniform(-0.03, 0.03))
    atoms = atoms.copy()
    atoms.set_cell(atoms.cell.array @ strain, scale_atoms=True)
    atoms.positions += rng.normal(scale=rng.choice(widths), size=atoms.positions.shape)
    return atoms


def believable(frames: list[Atoms], largest_force: float) -> list[Atoms]:
    """Return the frames without a force component (eV/Å) that large."""
    return [atoms for atoms in frames if np.abs(atoms.get_forces()).max() < largest_force]
