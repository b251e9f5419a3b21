"""Checks that a simulation must pass before anyone believes it (used from notebook 1 on)."""

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator
from ase.neighborlist import build_neighbor_list

from lecture8.arguments import check_positive, check_whole
from lecture8.correlated_samples import check_series
from lecture8.integrators import AnyPotential, Trajectory
from lecture8.measured import Measured, from_error


def numerical_forces(
    system: np.ndarray | Atoms, potential: AnyPotential, *, displacement: float = 1e-4
) -> np.ndarray:
    """Return forces (N, D) by central differences of the energy, F = -dV/dr.

    F_ia = -(V(r_ia + h) - V(r_ia - h)) / (2 h), with an error of order h^2.

    Parameters
    ----------
    system : array (N, D) or Atoms
        Positions, or atoms where the potential is an ASE calculator.
    potential : calculator or function
        A function must return (energy, forces).
    displacement : float
        h, in the unit of the positions. Rounding spoils a much smaller one: the difference of two
        nearly equal energies is divided by 2 h.

    Raises
    ------
    ValueError
        If `displacement` is not positive, the function returns no energy, or a calculator is given
        positions without atoms.
    """
    check_positive("displacement", displacement)
    if isinstance(potential, BaseCalculator) and not isinstance(system, Atoms):
        raise ValueError("an ASE calculator needs species and a cell; give Atoms, not positions")
    positions = system.positions if isinstance(system, Atoms) else np.asarray(system, float)

    def energy(moved: np.ndarray) -> float:
        if isinstance(potential, BaseCalculator):
            atoms = system.copy()
            atoms.positions = moved
            return potential.get_potential_energy(atoms)
        result = potential(moved)
        if not isinstance(result, tuple):
            raise ValueError("the potential returns forces only; let it return (energy, forces)")
        return result[0]

    forces = np.zeros_like(positions)
    for index in np.ndindex(positions.shape):
        step = np.zeros_like(positions)
        step[index] = displacement
        forces[index] = -(energy(positions + step) - energy(positions - step)) / (2 * displacement)
    return forces


def numerical_stress(
    atoms: Atoms, potential: BaseCalculator, *, strain: float = 1e-5
) -> np.ndarray:
    """Return the stress tensor (3, 3), eV/Å3, by straining the cell and all atoms in it.

    sigma_ab = (1 / volume) dE / d(eps_ab), where every vector r, of cell and atom alike, becomes
    (1 + eps) r. **Sign**: positive means that the energy rises as the cell is stretched, so the
    material pulls (tension); a material under pressure has negative stress, P = -tr(sigma) / 3.

    Raises
    ------
    ValueError
        If the atoms are not periodic in all directions, or `strain` is not positive.
    """
    if not (atoms.pbc.all() and atoms.cell.rank == 3):
        raise ValueError(
            f"atoms.pbc is {atoms.pbc.tolist()} and the cell has {atoms.cell.rank} directions, but "
            "a stress needs a periodic cell"
        )
    check_positive("strain", strain)

    def energy(deformation: np.ndarray) -> float:
        strained = atoms.copy()
        strained.set_constraint()  # FixSymmetry would change the strain
        strained.set_cell(atoms.cell.array @ deformation.T, scale_atoms=True)
        return potential.get_potential_energy(strained)

    stress = np.zeros((3, 3))
    for a in range(3):
        for b in range(3):
            step = np.zeros((3, 3))
            # A symmetric strain: a rotation of the cell costs no energy.
            step[a, b] += strain / 2
            step[b, a] += strain / 2
            difference = energy(np.eye(3) + step) - energy(np.eye(3) - step)
            stress[a, b] = difference / (2 * strain * atoms.get_volume())
    return stress


def energy_drift(trajectory: Trajectory, *, blocks: int = 10) -> Measured:
    """Return the slope of the *total* energy against time, per particle.

    The energy of a good integrator swings around a constant and the swing is correlated in time,
    so the run is cut into `blocks` means, the line goes through those, and their scatter around it
    gives the standard error.

    Returns
    -------
    Measured
        Energy / time / particle; for atoms eV/ps.

    Raises
    ------
    ValueError
        If there are fewer than two instants per block, or an energy is not finite.
    """
    check_whole("blocks", blocks, 3)
    instants = len(trajectory.times)
    if instants < 2 * blocks:
        raise ValueError(
            f"{instants} instants cannot be cut into {blocks} blocks of two or more; "
            "run longer or record more often"
        )
    check_series("total energies", trajectory.total_energies)
    times, energies = (
        np.array([block.mean() for block in np.array_split(x, blocks)])
        for x in (trajectory.times, trajectory.total_energies)
    )
    return _line(times, energies) / len(trajectory.masses)


def order_of_convergence(timesteps, errors) -> Measured:
    """Return the order p of an integrator from errors that fall as dt^p: the slope on log-log axes.

    Parameters
    ----------
    timesteps, errors : array (M,)
        At least three, all positive.

    Raises
    ------
    ValueError
        If there are fewer than three, or one is not positive.
    """
    timesteps, errors = np.asarray(timesteps, float), np.asarray(errors, float)
    if timesteps.size < 3 or timesteps.shape != errors.shape or timesteps.ndim != 1:
        raise ValueError(
            f"got {timesteps.size} time steps and {errors.size} errors; "
            "a slope with an error needs three or more of each"
        )
    for name, values in (("time steps", timesteps), ("errors", errors)):
        if not np.all((values > 0) & (values < np.inf)):
            raise ValueError(
                f"the {name} are {values.tolist()}, but must all be positive to have a logarithm"
            )
    if np.ptp(timesteps) == 0:
        raise ValueError(f"the time steps are all {timesteps[0]}; a slope needs different ones")
    return _line(np.log(timesteps), np.log(errors))


def survival_time(trajectory: Trajectory, atoms: Atoms, *, stretch: float = 1.5) -> float:
    """Return the time until a molecule first falls apart, or inf if it does not.

    It has fallen apart when a bond of `atoms` is longer than `stretch` times its length there, or
    two atoms that are not bonded have come closer than its shortest bond divided by `stretch`.

    Parameters
    ----------
    trajectory : Trajectory
    atoms : Atoms
        The intact molecule; its bonds are those that covalent radii suggest.
    stretch : float
        Larger than 1. Hot bonds swing by some 15 %.

    Raises
    ------
    ValueError
        If no two of the atoms are bonded, or bonds go through the faces of the cell, or the run was
        one of other atoms.
    """
    if not 1 < stretch < np.inf:
        raise ValueError(f"stretch is {stretch}, but must be larger than 1; 1.5 is usual")
    if trajectory.positions.shape[1:] != atoms.positions.shape:
        raise ValueError(
            f"the run has {trajectory.positions.shape[1]} particles in "
            f"{trajectory.positions.shape[2]} dimensions, but there are {len(atoms)} atoms; give "
            "those that it started from"
        )
    first, second = np.triu_indices(len(atoms), 1)
    connected = build_neighbor_list(atoms, self_interaction=False).get_connectivity_matrix()
    connected = connected.toarray() + connected.toarray().T
    bonded = connected[first, second] > 0
    if not bonded.any():
        raise ValueError(f"no two atoms of {atoms.symbols} are bonded; give a molecule")
    if atoms.pbc.any():
        free = Atoms(atoms.numbers, atoms.positions)
        alone = build_neighbor_list(free, self_interaction=False).get_connectivity_matrix()
        if alone.nnz != np.count_nonzero(bonded):
            raise ValueError(
                f"bonds of {atoms.symbols} go through the faces of the cell; give the molecule in "
                "one piece, with pbc = False, and a run of it"
            )
    intact = np.linalg.norm(atoms.positions[first] - atoms.positions[second], axis=1)
    vectors = trajectory.positions[:, first] - trajectory.positions[:, second]  # (T, pairs, 3)
    lengths = np.linalg.norm(vectors, axis=-1)
    broken = (lengths[:, bonded] > stretch * intact[bonded]).any(axis=1)
    clashed = (lengths[:, ~bonded] < intact[bonded].min() / stretch).any(axis=1)
    bad = np.flatnonzero(broken | clashed)
    return float(trajectory.times[bad[0]]) if len(bad) else np.inf


def _line(x: np.ndarray, y: np.ndarray) -> Measured:
    """Return the slope of the least-squares line through (x, y) and its standard error."""
    x, y = x - x.mean(), y - y.mean()
    slope = np.sum(x * y) / np.sum(x**2)
    scatter = np.sum((y - slope * x) ** 2) / (len(x) - 2)  # two parameters were fitted
    error = np.sqrt(scatter / np.sum(x**2))
    return from_error(float(slope), float(error), len(x) - 1)
