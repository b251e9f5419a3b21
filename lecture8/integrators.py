"""Integrators: from F = ma = -dV/dr to a trajectory, one small step at a time (notebook 1).

=====  ==========================  ======  ==================
r      positions                   (N, D)  length
v      velocities                  (N, D)  length / time
m      masses                      (N,)    mass
F      forces, -dV/dr              (N, D)  energy / length
V, K   potential, kinetic energy           energy
dt     time step                           time
=====  ==========================  ======  ==================

The integrators know no units: F = ma holds in any consistent set. In ASE's set (eV, Å, u) a time
step of 5 fs is written ``timestep=5 * ase.units.fs``; in a model system numbers are of order one.

A **step** is a function ``step(state, potential, timestep) -> state``. Each is built from moves
that can be solved exactly: B, the kick (v changes, r stands still); A, the drift (r changes, v is
kept); and for a thermostat O, friction and noise. The order of the letters is the integrator.

A **potential** is an ASE calculator, or a function of the positions that returns
``(energy, forces)``, or the forces alone (then the run records no potential energy).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator, CalculationFailed
from tqdm.auto import tqdm

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


@dataclass(frozen=True)
class Trajectory:
    """What `simulate` recorded, T instants of N particles in D dimensions.

    Parameters
    ----------
    times : array (T,)
    positions, velocities : array (T, N, D)
        Positions are unwrapped: a particle that leaves a periodic cell is not put back.
    masses : array (N,)
    potential_energies : array (T,) or None
    last : State
        The state after the last step; `simulate` can continue from it.
    """

    times: np.ndarray
    positions: np.ndarray
    velocities: np.ndarray
    masses: np.ndarray
    potential_energies: np.ndarray | None
    last: State

    @property
    def kinetic_energies(self) -> np.ndarray:
        """K(t) = sum_i m_i v_i^2 / 2, shape (T,)."""
        return 0.5 * np.einsum("i,tid,tid->t", self.masses, self.velocities, self.velocities)

    @property
    def total_energies(self) -> np.ndarray:
        """E(t) = K + V, shape (T,): the quantity that Newton's equations conserve."""
        if self.potential_energies is None:
            raise ValueError(
                "this run recorded no potential energy, because its potential returns forces only; "
                "let the function return (energy, forces)"
            )
        return self.kinetic_energies + self.potential_energies


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
        energy, forces = _evaluate(potential, positions, atoms)
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


def _evaluate(potential, positions, atoms) -> tuple[float | None, np.ndarray]:
    """Return potential energy (or None) and forces at `positions`, or raise."""
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


# The moves ---------------------------------------------------------------------------------------


def _kick(state: State, timestep: float) -> State:
    """Apply B: v <- v + dt F / m."""
    return replace(state, velocities=state.velocities + timestep * state.accelerations)


def _drift(state: State, timestep: float) -> State:
    """Apply A: r <- r + dt v."""
    # The forces are still those of the old positions; `_update_forces` must follow.
    return replace(
        state,
        positions=state.positions + timestep * state.velocities,
        time=state.time + timestep,
    )


def _update_forces(state: State, potential: Potential) -> State:
    """Set F = -dV/dr at the new positions: the expensive line of every simulation."""
    energy, forces = _evaluate(potential, state.positions, state.atoms)
    return replace(state, potential_energy=energy, forces=forces)


def _friction_and_noise(state: State, timestep, thermal_energy, friction, rng) -> State:
    """Apply O: v <- c v + sqrt((1 - c^2) kT / m) xi with c = exp(-gamma dt), exact for any dt."""
    c = np.exp(-friction * timestep)
    thermal_speed = np.sqrt(thermal_energy / state.masses)[:, None]  # (N, 1)
    noise = rng.standard_normal(state.velocities.shape)
    velocities = c * state.velocities + np.sqrt(1 - c**2) * thermal_speed * noise
    return replace(state, velocities=velocities)


# The steps ---------------------------------------------------------------------------------------


def explicit_euler(state: State, potential: Potential, timestep: float) -> State:
    """Move both r and v along the slopes of the old state: order 1, and it gains energy.

    r <- r + dt v,   v <- v + dt F(r) / m,   both right-hand sides old.
    """
    moved = _drift(state, timestep)
    kicked = _kick(state, timestep)
    return _update_forces(replace(moved, velocities=kicked.velocities), potential)


def semi_implicit_euler(state: State, potential: Potential, timestep: float) -> State:
    """Kick first, then drift with the *new* velocity: order 1, but symplectic ("B A").

    v <- v + dt F(r) / m,   r <- r + dt v.
    """
    return _update_forces(_drift(_kick(state, timestep), timestep), potential)


def velocity_verlet(state: State, potential: Potential, timestep: float) -> State:
    """Half a kick, a drift, half a kick: order 2, symplectic and reversible ("B A B").

    v <- v + dt/2 F(r) / m,   r <- r + dt v,   v <- v + dt/2 F(r) / m.

    Swope, Andersen, Berens, Wilson, J. Chem. Phys. 76, 637 (1982), eqs. 19-20.
    """
    state = _kick(state, timestep / 2)
    state = _drift(state, timestep)
    state = _update_forces(state, potential)
    return _kick(state, timestep / 2)


def yoshida4(state: State, potential: Potential, timestep: float) -> State:
    """Three velocity Verlet steps, the middle one backwards: order 4, symplectic, 3 forces a step.

    The lengths w1, w0, w1 (times dt) add to one step (2 w1 + w0 = 1) and cancel the error of third
    order (2 w1^3 + w0^3 = 0): w1 = 1 / (2 - 2^(1/3)) = 1.35, w0 = -1.70.

    Forest, Ruth, Physica D 43, 105 (1990); Yoshida, Phys. Lett. A 150, 262 (1990), eq. 2.11.
    """
    w1 = 1 / (2 - 2 ** (1 / 3))
    w0 = 1 - 2 * w1
    for weight in (w1, w0, w1):
        state = velocity_verlet(state, potential, weight * timestep)
    return state


def langevin_baoab(
    state: State,
    potential: Potential,
    timestep: float,
    *,
    thermal_energy: float,
    friction: float,
    rng: np.random.Generator,
) -> State:
    """Velocity Verlet with friction and noise in the middle of the drift: constant temperature.

    m dv = F dt - gamma m v dt + sqrt(2 gamma m kT) dW, split as "B A O A B".

    Fix the keywords with `functools.partial` to make it a step for `simulate`.

    Parameters
    ----------
    thermal_energy : float
        kT, in the unit of the potential energy (eV with ASE calculators: ``units.kB * 300``).
    friction : float
        gamma, in 1 / time.
    rng : numpy Generator

    Raises
    ------
    ValueError
        If kT or gamma is negative.

    Notes
    -----
    Leimkuhler, Matthews, J. Chem. Phys. 138, 174102 (2013), eqs. 10-14. For a harmonic oscillator
    <r^2> = kT / k holds exactly at any stable step, and <m v^2> = kT (1 - (omega dt)^2 / 4).
    """
    if not (thermal_energy >= 0 and friction >= 0):
        raise ValueError(
            f"thermal_energy is {thermal_energy} and friction {friction}; neither can be negative"
        )
    state = _kick(state, timestep / 2)
    state = _drift(state, timestep / 2)
    state = _friction_and_noise(state, timestep, thermal_energy, friction, rng)
    state = _drift(state, timestep / 2)
    state = _update_forces(state, potential)
    return _kick(state, timestep / 2)


# The loop ----------------------------------------------------------------------------------------


def simulate(
    start: State | Atoms,
    potential: Potential,
    *,
    timestep: float,
    steps: int,
    step: Callable[[State, Potential, float], State] = velocity_verlet,
    record_every: int = 1,
    progress: bool = False,
) -> Trajectory:
    """Take `steps` steps and record the start and every `record_every`-th state after it.

    Parameters
    ----------
    start : State or Atoms
    potential : calculator or function
    timestep : float
        Positive, in the time unit of the state (with Atoms: ``5 * ase.units.fs``). To run backwards
        in time, turn the velocities round: ``state.reversed()``.
    steps, record_every : int
    step : function
        One of the steps of this module, or your own.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Trajectory
        Of 1 + steps // record_every instants.

    Raises
    ------
    ValueError
        For a step, a number of steps or a start that makes no sense.
    BlowUp
        If a position, velocity or force stops being finite; says at which step, and carries the
        run so far in its attribute `trajectory`.
    """
    if not (np.isscalar(timestep) and np.isfinite(timestep) and timestep > 0):
        raise ValueError(
            f"timestep is {timestep}, but must be a positive number; "
            "to run backwards, start from state.reversed()"
        )
    for name, value, least in (("steps", steps, 0), ("record_every", record_every, 1)):
        if not isinstance(value, int | np.integer) or value < least:
            raise ValueError(f"{name} is {value!r}, but must be a whole number of at least {least}")

    state = state_from_atoms(start, potential) if isinstance(start, Atoms) else start
    recorded = [state]
    # Overflow is caught below, by name and step, rather than as a warning of NumPy's.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for number in tqdm(range(1, steps + 1), disable=not progress, unit="step"):
            try:
                state = step(state, potential, timestep)
                if not np.all(np.isfinite(state.velocities)):
                    raise BlowUp("the velocities contain NaN or inf")
            except BlowUp as cause:
                error = BlowUp(
                    f"the run blew up at step {number}: {cause}; "
                    f"the step of {timestep:.3g} is too long for this potential, take a shorter one"
                )
                error.trajectory = _record(recorded)
                raise error from None
            if number % record_every == 0:
                recorded.append(state)
    return replace(_record(recorded), last=state)


def _record(states: list[State]) -> Trajectory:
    first = states[0]
    energies = None
    if first.potential_energy is not None:
        energies = np.array([s.potential_energy for s in states])
    return Trajectory(
        times=np.array([s.time for s in states]),
        positions=np.array([s.positions for s in states]),
        velocities=np.array([s.velocities for s in states]),
        masses=first.masses,
        potential_energies=energies,
        last=states[-1],
    )
