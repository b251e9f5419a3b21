"""Checks that a simulation must pass before anyone believes it (used from notebook 1 on)."""

from typing import NamedTuple

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator
from ase.neighborlist import build_neighbor_list

from lecture8.arguments import check_positive, check_whole
from lecture8.integrators import AnyPotential, Trajectory


class Estimate(NamedTuple):
    """A number and its standard error, in the same unit."""

    value: float
    error: float


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


def energy_drift(trajectory: Trajectory, *, blocks: int = 10) -> Estimate:
    """Return the slope of the *total* energy against time, per particle.

    The energy of a good integrator swings around a constant and the swing is correlated in time,
    so the run is cut into `blocks` means, the line goes through those, and their scatter around it
    gives the standard error.

    Returns
    -------
    Estimate
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
    _check_series("total energies", trajectory.total_energies)
    times, energies = (
        np.array([block.mean() for block in np.array_split(x, blocks)])
        for x in (trajectory.times, trajectory.total_energies)
    )
    slope, error = _line(times, energies)
    particles = len(trajectory.masses)
    return Estimate(slope / particles, error / particles)


def order_of_convergence(timesteps, errors) -> Estimate:
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


def block_average(samples, *, blocks: int = 20) -> Estimate:
    """Return the mean of correlated samples and its standard error, from means over blocks.

    Neighbours in time resemble each other, so sigma / sqrt(T) is far too small an error; means over
    blocks longer than the correlation time are nearly independent.

    Raises
    ------
    ValueError
        If there are fewer samples than blocks, or they are not one series of finite numbers.

    Notes
    -----
    Flyvbjerg, Petersen, J. Chem. Phys. 91, 461 (1989).
    """
    samples = np.asarray(samples, float)
    check_whole("blocks", blocks, 2)
    _check_series("samples", samples)
    if len(samples) < blocks:
        raise ValueError(f"{len(samples)} samples cannot fill {blocks} blocks")
    means = np.array([block.mean() for block in np.array_split(samples, blocks)])
    return Estimate(float(samples.mean()), float(means.std(ddof=1) / np.sqrt(blocks)))


def autocorrelation(samples, *, max_lag: int | None = None) -> np.ndarray:
    """Return the normalised autocorrelation C(k) of a series, for lags k = 0 ... max_lag.

    C(k) = c(k) / c(0),   c(k) = (1/T) sum_{t=0}^{T-1-k} (x_t - <x>) (x_{t+k} - <x>).

    All T terms share the 1/T, so C is too small by the factor 1 - k/T; in return its noise stays
    bounded where 1 / (T - k) would blow it up, in the tail, where few terms are left.

    Parameters
    ----------
    samples : array (T,)
    max_lag : int, optional
        T - 1 if left out.

    Returns
    -------
    array (max_lag + 1,)
        C(0) = 1.

    Raises
    ------
    ValueError
        If the samples are not one series, not finite or all equal, or `max_lag` does not fit.
    """
    samples = np.asarray(samples, float)
    _check_series("samples", samples)
    if len(samples) < 2 or np.ptp(samples) == 0:
        raise ValueError("the samples are all equal; a constant has no fluctuations to correlate")
    length = len(samples)
    max_lag = length - 1 if max_lag is None else max_lag
    check_whole("max_lag", max_lag, 0)
    if not 0 <= max_lag < length:
        raise ValueError(f"max_lag is {max_lag}, but must be from 0 to {length - 1} here")
    # Padded with as many zeros, or the end of the series would be correlated with its beginning.
    spectrum = np.fft.rfft(samples - samples.mean(), 2 * length)
    sums = np.fft.irfft(np.abs(spectrum) ** 2)[: max_lag + 1]
    return sums / sums[0]


def correlation_time(samples) -> float:
    """Return the integrated autocorrelation time tau, in units of the sampling interval.

    tau = 1/2 + sum_{k=1}^{M} C(k),   with M the first lag that is at least 6 tau(M).

    White noise has 1/2, an exponential C(k) = exp(-k / tau) has tau (if tau >> 1). A series of T
    samples is worth T / (2 tau) independent ones: the error of its mean is sigma sqrt(2 tau / T).
    Beyond the window M the sum would collect noise only. The relative error of tau itself is about
    sqrt(2 (2 M + 1) / T), so a series should be some 1000 tau long for a tau good to 15 %.

    Parameters
    ----------
    samples : array (T,)
        At least ten.

    Raises
    ------
    ValueError
        If there are fewer than ten samples, or `autocorrelation` refuses them.

    Notes
    -----
    Madras, Sokal, J. Stat. Phys. 50, 109 (1988), appendix C: the definition, window and error.
    """
    if np.ndim(samples) == 1 and len(samples) < 10:
        raise ValueError(f"{len(samples)} samples are too few for a correlation time; give ten")
    times = np.cumsum(autocorrelation(samples)) - 0.5  # tau(M): C(0) counts one half
    window = np.argmax(np.arange(len(times)) >= 6 * times)
    return float(times[window])


def _check_series(name: str, samples: np.ndarray) -> None:
    if samples.ndim != 1:
        raise ValueError(f"{name} have shape {samples.shape}, but must be one series (T,)")
    if not np.all(np.isfinite(samples)):
        bad = int(np.argmin(np.isfinite(samples)))
        raise ValueError(
            f"the {name} contain NaN or inf, first at {bad}: {samples[bad]}; "
            "cut the series before that"
        )


def _line(x: np.ndarray, y: np.ndarray) -> Estimate:
    """Return the slope of the least-squares line through (x, y) and its standard error."""
    x, y = x - x.mean(), y - y.mean()
    slope = np.sum(x * y) / np.sum(x**2)
    scatter = np.sum((y - slope * x) ** 2) / (len(x) - 2)  # two parameters were fitted
    return Estimate(float(slope), float(np.sqrt(scatter / np.sum(x**2))))


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
