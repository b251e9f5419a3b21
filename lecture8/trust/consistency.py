"""Whether energy, forces and stress belong together.

Each function takes ``(atoms, potential, rng)``, changes none of them but the generator, and returns
a `Measurement`. Most networks compute in single precision, which rounds an energy to some 1e-7 of
itself; so energies are compared over displacements of 0.003 Å and strains of 0.2 %, where rounding
spoils a force by some 0.2 %. With the 1e-4 Å that suits double precision it would be 5 %.
"""

from dataclasses import replace

import numpy as np
from ase import Atoms, units
from ase.calculators.calculator import BaseCalculator, PropertyNotImplementedError
from ase.stress import voigt_6_to_full_3x3_stress
from scipy.spatial.distance import cdist

from lecture8.integrators import Trajectory, simulate
from lecture8.pairs import pairs_within
from lecture8.structures import thermalise
from lecture8.trust.measurement import Measurement, NotApplicable, labels
from lecture8.validation import energy_drift, numerical_forces, numerical_stress


def force_error(
    atoms: Atoms, potential: BaseCalculator, rng: np.random.Generator, *, directions: int = 8
) -> Measurement:
    """Return how far forces are from the slope of the energy, in % of what they claim it to be.

    All atoms move at once along a random direction u (N, 3), and -dE/ds is held to sum F . u: two
    energies test all forces, where `numerical_forces` of the atoms would take 6 N. Forces that are
    5 % too large are found to be so to a digit; other errors to a quarter, with eight directions.
    """
    _, forces = labels(atoms, potential)
    ways = rng.standard_normal((directions, *forces.shape))  # (K, N, 3)

    def surface(s: np.ndarray) -> tuple[float, None]:
        moved = atoms.copy()
        moved.positions += np.tensordot(s[0], ways, axes=1)  # s (1, K): how far along each way
        return float(potential.get_potential_energy(moved)), None

    slopes = numerical_forces(np.zeros((1, directions)), surface, displacement=0.003)[0]  # (K,)
    claimed = np.tensordot(ways, forces, axes=2)
    return Measurement(float(100 * np.linalg.norm(slopes - claimed) / np.linalg.norm(claimed)))


def stress_error(atoms: Atoms, potential: BaseCalculator, rng: np.random.Generator) -> Measurement:
    """Return how far the stress is from the strain derivative of the energy, in % of its size.

    The cell is first strained by some 2 % at random: at rest there is no stress to compare.
    """
    if not atoms.pbc.all():
        raise NotApplicable("the atoms are not periodic in all directions, so they have no stress")
    strain = 0.02 * rng.standard_normal((3, 3))
    strained = atoms.copy()
    strained.set_cell(atoms.cell.array @ (np.eye(3) + (strain + strain.T) / 2), scale_atoms=True)
    try:
        stress = np.array(potential.get_stress(strained))
    except PropertyNotImplementedError:
        raise NotApplicable("the calculator has no stress: simulate at constant volume") from None
    if stress.shape == (6,):  # CHGNet's is the whole matrix
        stress = voigt_6_to_full_3x3_stress(stress)
    expected = numerical_stress(strained, potential, strain=2e-3)
    error = np.linalg.norm(stress - expected) / np.linalg.norm(expected)
    return Measurement(float(100 * error))


def nve_drift(
    atoms: Atoms,
    potential: BaseCalculator,
    rng: np.random.Generator,
    *,
    steps: int = 100,
    temperature_K: float = 300.0,
) -> Measurement:
    """Return the drift of the total energy at constant volume, meV/atom/ps, with its error.

    The time step is 0.25 fs times the root of the smallest mass in u, but at most 2 fs: some 40
    points for each vibration. What such a step still does to the energy is subtracted
    (`_conserved`), so that a hundred of them, less than a picosecond, show the potential's drift.
    """
    timestep_fs = min(0.25 * np.sqrt(atoms.get_masses().min()), 2.0)
    start = thermalise(atoms, temperature_K=temperature_K, rng=rng)
    trajectory = simulate(start, potential, timestep_fs=timestep_fs, steps=steps)
    drift = energy_drift(_conserved(trajectory, timestep_fs * units.fs))
    return Measurement(1e3 * drift.value, 1e3 * drift.error)


def _conserved(trajectory: Trajectory, dt: float) -> Trajectory:
    """Return the run, less two instants at either end, with the energy that velocity Verlet keeps.

    With a true force it keeps K + V - dt^2 sum_i m_i (v_i . j_i / 12 + a_i^2 / 24) to order dt^4,
    where K + V itself swings with dt^2; a is the acceleration and j = da/dt the jerk.

    Notes
    -----
    Hairer, Lubich, Wanner, Acta Numerica 12, 399 (2003): the modified energy.
    """
    inner = slice(2, -2)
    accelerations = np.diff(trajectory.positions, 2, axis=0) / dt**2  # (T-2, N, 3), as Verlet has
    jerks = (accelerations[2:] - accelerations[:-2]) / (2 * dt)  # (T-4, N, 3)
    velocities = trajectory.velocities[inner]
    swing = velocities * jerks / 12 + accelerations[1:-1] ** 2 / 24
    correction = -(dt**2) * np.einsum("i,tid->t", trajectory.masses, swing)
    return replace(
        trajectory,
        times=trajectory.times[inner],
        positions=trajectory.positions[inner],
        velocities=velocities,
        potential_energies=trajectory.potential_energies[inner] + correction,
    )


def largest_jump(atoms: Atoms, potential: BaseCalculator, rng: np.random.Generator) -> Measurement:
    """Return the largest jump of the energy along a path, meV: what no force has worked for.

    Between two points the energy changes by the work, E(s + h) - E(s) + int F . dr = 0, while one
    atom of a crystal moves by 1.2 Å, or a copy of a molecule by 6 Å away from the molecule. On the
    way many pairs pass through any cutoff, so a jump there is met without knowing where it is.
    """
    moving, direction, path = (_one_atom if atoms.pbc.any() else _two_copies)(atoms, rng)

    def missing(lengths: np.ndarray) -> np.ndarray:
        """Return |dE + work| of all intervals of `lengths` (M,) but the first and last, (M-3,)."""
        energies, p = np.empty(len(lengths)), np.empty(len(lengths))
        for k, s in enumerate(lengths):
            moved = moving.copy()
            moved.positions += s * direction
            energies[k], forces = labels(moved, potential)
            p[k] = np.sum(forces * direction)
        # The cubic through four points, integrated over the middle one of their three intervals.
        work = (lengths[1] - lengths[0]) / 24 * (-p[:-3] + 13 * p[1:-2] + 13 * p[2:-1] - p[3:])
        return np.abs(np.diff(energies)[1:-1] + work)

    jumps, third, refined = missing(path), (path[1] - path[0]) / 3, set()
    # A third of the step takes 99 % off the error of the integral, and nothing off a jump.
    for _ in range(8):
        worst = int(np.argmax(jumps))
        if worst in refined or jumps[worst] < 1e-4:
            break
        refined.add(worst)
        jumps[worst] = missing(path[worst + 1] + third * np.arange(-1, 5)).max()
    return Measurement(float(1e3 * jumps.max()))


def _one_atom(atoms: Atoms, rng) -> tuple[Atoms, np.ndarray, np.ndarray]:
    """Return a crystal, the way (N, 3) of one of its atoms, and how far it goes, Å."""
    mover, lengths = int(rng.integers(len(atoms))), np.linspace(-0.6, 0.6, 31)
    i, j, shift = pairs_within(atoms, 5.0)
    neighbours = (atoms.positions[j] + shift - atoms.positions[i])[i == mover]  # (M, 3)
    ways = rng.standard_normal((50, 3))
    ways /= np.linalg.norm(ways, axis=1)[:, None]
    # Not into a neighbour: the way on which it keeps farthest from the nearest.
    room = [cdist(lengths[:, None] * way, neighbours).min(initial=5.0) for way in ways]
    direction = np.zeros((len(atoms), 3))
    direction[mover] = ways[np.argmax(room)]
    return atoms, direction, lengths


def _two_copies(atoms: Atoms, rng) -> tuple[Atoms, np.ndarray, np.ndarray]:
    """Return a molecule and its copy, the way (2N, 3) of the copy, and how far it goes, Å."""
    way = rng.standard_normal(3)
    way /= np.linalg.norm(way)
    start = 0.0
    while cdist(atoms.positions, atoms.positions + start * way).min() < 3.0:
        start += 0.1
    direction = np.repeat([np.zeros(3), way], len(atoms), axis=0)
    return atoms + atoms, direction, start + np.linspace(0, 6, 54)
