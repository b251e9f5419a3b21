"""The state of a system at one instant, where it comes from, and the forces there."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator, CalculationFailed

Potential = BaseCalculator | Callable[[np.ndarray], np.ndarray | tuple[float, np.ndarray]]


class BlowUp(ArithmeticError):
    """A run left the finite numbers; `trajectory` holds what was recorded before (or None)."""

    trajectory = None


@dataclass(frozen=True)
class State:
    """All there is to know at one instant; a step returns a new one and leaves the old untouched.

    Parameters
    ----------
    positions, velocities, forces : array (N, D)
        Forces belong to the positions of the same state: velocity Verlet needs each of them twice,
        and a force is what a simulation pays for.
    masses : array (N,)
    potential_energy : float or None
        None if the potential is a function that returns forces only.
    time : float
    atoms : Atoms or None
        Species, cell and boundary conditions for an ASE calculator; its positions are not used.
    """

    positions: np.ndarray
    velocities: np.ndarray
    masses: np.ndarray
    forces: np.ndarray
    potential_energy: float | None
    time: float = 0.0
    atoms: Atoms | None = None

    @property
    def accelerations(self) -> np.ndarray:
        """F / m, shape (N, D)."""
        return self.forces / self.masses[:, None]

    @property
    def kinetic_energy(self) -> float:
        """K = sum_i m_i v_i^2 / 2."""
        return float(0.5 * np.sum(self.masses[:, None] * self.velocities**2))

    def reversed(self) -> "State":
        """Return the state with every velocity turned round: where it came from lies ahead."""
        return replace(self, velocities=-self.velocities)


def initial_state(
    positions, velocities, masses, potential: Potential, *, atoms: Atoms | None = None
) -> State:
    """Return the state from which a run starts, with the forces there.

    Parameters
    ----------
    positions, velocities : array (N, D)
    masses : array (N,)
        All positive.
    potential : calculator or function
    atoms : Atoms, optional
        Species and cell, which an ASE calculator needs.

    Raises
    ------
    ValueError
        For a wrong shape, a mass that is not positive, or a number that is not finite.
    """
    # Copies: a state must not change when its caller's arrays do.
    positions, velocities, masses = (np.array(x, float) for x in (positions, velocities, masses))
    if positions.ndim != 2:
        raise ValueError(
            f"positions have shape {positions.shape}, but must be (N, D): one row per particle; "
            "a single particle on a line is [[x]]"
        )
    if velocities.shape != positions.shape:
        raise ValueError(
            f"velocities have shape {velocities.shape}, but positions {positions.shape}; "
            "give each particle one velocity"
        )
    if masses.shape != positions.shape[:1]:
        raise ValueError(
            f"masses have shape {masses.shape}, but there are {len(positions)} particles; "
            "give one mass for each"
        )
    if not (np.all(masses > 0) and np.all(np.isfinite(masses))):
        bad = int(np.argmax(~((masses > 0) & np.isfinite(masses))))
        raise ValueError(f"particle {bad} has mass {masses[bad]}; a mass must be a positive number")
    if not np.all(np.isfinite(velocities)):
        raise ValueError("the velocities contain NaN or inf; give finite numbers")
    try:
        energy, forces = evaluate(potential, positions, atoms)
    except BlowUp as error:
        raise ValueError(
            f"the run cannot start: {error}; do two particles sit on each other?"
        ) from None
    return State(positions, velocities, masses, forces, energy, atoms=atoms)


def state_from_atoms(atoms: Atoms, potential: Potential) -> State:
    """Return the state of `atoms` in ASE units (Å, u, eV and the time unit that follows)."""
    return initial_state(
        atoms.positions, atoms.get_velocities(), atoms.get_masses(), potential, atoms=atoms
    )


def evaluate(potential, positions, atoms) -> tuple[float | None, np.ndarray]:
    """Return potential energy (None if the potential gives forces only) and forces (N, D).

    Raises
    ------
    BlowUp
        If positions or forces are not finite, or a calculator fails.
    ValueError
        If a calculator has no `atoms`, or the forces have another shape than the positions.
    """
    if not np.all(np.isfinite(positions)):
        raise BlowUp("the positions contain NaN or inf")
    if isinstance(potential, BaseCalculator):
        if atoms is None:
            raise ValueError(
                "an ASE calculator needs species and a cell; start the run from an Atoms object, "
                "or give initial_state its atoms"
            )
        atoms = atoms.copy()
        atoms.positions = positions
        try:
            energy = float(potential.get_potential_energy(atoms))
            forces = np.array(potential.get_forces(atoms))
        except CalculationFailed as failure:
            raise BlowUp(f"the calculator failed: {failure}") from None
    else:
        result = potential(positions)
        # A tuple begins with energy and forces; a virial may follow, which no step needs.
        energy, forces = result[:2] if isinstance(result, tuple) else (None, result)
        forces = np.array(forces, float)
    if forces.shape != positions.shape:
        raise ValueError(
            f"the potential returned forces of shape {forces.shape} "
            f"for positions of shape {positions.shape}; they must be equal"
        )
    if not np.all(np.isfinite(forces)):
        raise BlowUp("the forces contain NaN or inf")
    return energy, forces
