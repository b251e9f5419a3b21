"""The state of a system at one instant, where it comes from, and the forces there."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator, CalculationFailed
from ase.constraints import FixAtoms

AnyPotential = BaseCalculator | Callable[[np.ndarray], np.ndarray | tuple[float, np.ndarray]]


class BlowUp(ArithmeticError):
    """A run left the finite numbers; `trajectory` holds what was recorded before (or None)."""

    trajectory = None


@dataclass(frozen=True, eq=False)  # == of arrays is an array
class State:
    """All there is to know at one instant; a step returns a new one and leaves the old untouched.

    Parameters
    ----------
    positions, velocities, forces : array (N, D)
        Forces belong to the positions of the same state: velocity Verlet needs each of them twice,
        and a force is what a simulation pays for.
    masses : array (N,)
        Infinite for an atom that ASE's FixAtoms holds: no force and no noise moves it.
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
        return float(0.5 * np.sum(moving_masses(self.masses)[:, None] * self.velocities**2))

    def reversed(self) -> "State":
        """Return the state with every velocity turned round: where it came from lies ahead."""
        return replace(self, velocities=-self.velocities)


def initial_state(
    positions, velocities, masses, potential: AnyPotential, *, atoms: Atoms | None = None
) -> State:
    """Return the state from which a run starts, with the forces there.

    Parameters
    ----------
    positions, velocities : array (N, D)
    masses : array (N,)
        All positive.
    potential : calculator or function
    atoms : Atoms, optional
        Species and cell, which an ASE calculator needs. What its FixAtoms hold stands still.

    Raises
    ------
    ValueError
        For a wrong shape, a mass that is not positive, a number that is not finite, or a constraint
        other than FixAtoms.
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
    if isinstance(potential, type) or not (
        isinstance(potential, BaseCalculator) or callable(potential)
    ):
        raise ValueError(
            f"the potential is {potential!r}, but must be an ASE calculator or a function of the "
            "positions"
        )
    fixed = fixed_atoms(atoms) if atoms is not None else []
    masses[fixed], velocities[fixed] = np.inf, 0.0
    good = (masses > 0) & np.isfinite(masses)
    good[fixed] = True
    if not np.all(good):
        bad = int(np.argmin(good))
        raise ValueError(f"particle {bad} has mass {masses[bad]}; a mass must be a positive number")
    for name, values in (("positions", positions), ("velocities", velocities)):
        if not np.all(np.isfinite(values)):
            bad = int(np.argmin(np.isfinite(values).all(axis=1)))
            raise ValueError(
                f"the run cannot start: the {name} contain NaN or inf, those of particle {bad} are "
                f"{values[bad]}; give finite numbers"
            )
    try:
        energy, forces = evaluate(potential, positions, atoms)
    except BlowUp as error:
        raise ValueError(
            f"the run cannot start: {error}; do two particles sit on each other?"
        ) from None
    return State(positions, velocities, masses, forces, energy, atoms=atoms)


def state_of(start, potential: AnyPotential) -> State:
    """Return the state that `start`, a State or Atoms, stands for; refuse (ValueError) the rest."""
    if isinstance(start, Atoms):
        return state_from_atoms(start, potential)
    if not isinstance(start, State):
        remedy = (
            "give its `last`" if hasattr(start, "last") else "initial_state makes one of arrays"
        )
        raise ValueError(
            f"start is a {type(start).__name__}, but must be a State or Atoms; {remedy}"
        )
    return start


def state_from_atoms(atoms: Atoms, potential: AnyPotential) -> State:
    """Return the state of `atoms` in ASE units (Å, u, eV and the time unit that follows)."""
    return initial_state(
        atoms.positions, atoms.get_velocities(), atoms.get_masses(), potential, atoms=atoms
    )


def fixed_atoms(atoms: Atoms) -> np.ndarray:
    """Return the indices of the atoms that FixAtoms holds; refuse any other constraint.

    Raises
    ------
    ValueError
        Names a constraint that our dynamics would not keep.
    """
    for constraint in atoms.constraints:
        if not isinstance(constraint, FixAtoms):
            raise ValueError(
                f"the atoms carry the constraint {type(constraint).__name__}, which this dynamics "
                "would not keep: of all constraints it knows FixAtoms alone; remove the others "
                "with atoms.set_constraint()"
            )
    indices = [constraint.get_indices() for constraint in atoms.constraints]
    return np.unique(np.concatenate(indices)) if indices else np.array([], int)


def moving_masses(masses: np.ndarray) -> np.ndarray:
    """Return masses (N,) with zeros for fixed atoms, whose kinetic energy is none."""
    return np.where(np.isfinite(masses), masses, 0.0)


def evaluate(potential, positions, atoms) -> tuple[float | None, np.ndarray]:
    """Return potential energy (None if the potential gives forces only) and forces (N, D).

    Raises
    ------
    BlowUp
        If positions, energy or forces are not finite, or a calculator fails.
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
    if energy is not None and not np.isfinite(energy):
        raise BlowUp(f"the potential energy is {energy}")
    return energy, forces
