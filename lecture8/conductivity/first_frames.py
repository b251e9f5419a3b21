"""Frames that need no pupil yet: the crystal shaken and strained, short runs of the teacher."""

import numpy as np
from ase import Atoms

from lecture8.integrators import BlowUp, Langevin, Trajectory, simulate
from lecture8.structures import moved_to, thermalise

SCALE, WIDTHS = 0.01, (0.03, 0.08, 0.15)
FRICTION_PER_FS = 0.01


def strained(
    atoms: Atoms, rng: np.random.Generator, *, scale: float = SCALE, widths=WIDTHS
) -> Atoms:
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


def short_run(
    atoms: Atoms,
    potential,
    *,
    temperature_K: float,
    picoseconds: float,
    frames: int,
    rng: np.random.Generator,
) -> list[Atoms]:
    """Return frames of a run from the crystal on, evenly spaced, or as far as it goes."""
    # The crystal has no potential energy to share: half of what it gets goes there.
    start = thermalise(atoms, temperature_K=2 * temperature_K, rng=rng)
    interval = max(1, round(500 * picoseconds / frames))
    run = as_far_as_it_goes(
        start,
        potential,
        timestep_fs=2.0,
        steps=interval * frames,
        record_every_fs=2.0 * interval,
        bath=Langevin(temperature_K=temperature_K, friction_per_fs=FRICTION_PER_FS),
        rng=rng,
    )
    return [moved_to(positions, atoms) for positions in run.positions[1:]]


def as_far_as_it_goes(start: Atoms, potential, **settings) -> Trajectory:
    """Return the run of `simulate`, or what there is of it if it blows up."""
    try:
        return simulate(start, potential, **settings)
    except BlowUp as error:  # what it saw before is worth learning
        return error.trajectory


def believable(frames: list[Atoms], largest_force: float) -> list[Atoms]:
    """Return the frames without a force component (eV/Å) that large."""
    return [atoms for atoms in frames if np.abs(atoms.get_forces()).max() < largest_force]
