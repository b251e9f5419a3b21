"""A trajectory: what a run recorded, whoever ran it."""

from dataclasses import dataclass, replace

import numpy as np

from lecture8.integrators.state import State, moving_masses


@dataclass(frozen=True, eq=False)  # == of arrays is an array
class Trajectory:
    """T instants of N particles in D dimensions.

    Parameters
    ----------
    times : array (T,)
        ps, if the particles are atoms; in a model system, whatever unit its time step had.
    positions : array (T, N, D)
        Å for atoms. Unwrapped: a particle that leaves a periodic cell is not put back.
    velocities : array (T, N, D), optional
        For atoms in ASE's unit, Å (u / eV)^(1/2), as ``atoms.get_velocities()``.
    masses : array (N,), optional
        Infinite for atoms that were fixed.
    potential_energies : array (T,), optional
        eV for atoms.
    last : State, optional
        The state after the last step; `simulate` can continue from it.
    symbols : array (N,) of str, optional
    cell : array (3, 3), optional
        Å; rows are the cell vectors.
    """

    times: np.ndarray
    positions: np.ndarray
    velocities: np.ndarray | None = None
    masses: np.ndarray | None = None
    potential_energies: np.ndarray | None = None
    last: State | None = None
    symbols: np.ndarray | None = None
    cell: np.ndarray | None = None

    @property
    def kinetic_energies(self) -> np.ndarray:
        """K(t) = sum_i m_i v_i^2 / 2, shape (T,)."""
        if self.velocities is None:
            raise ValueError("this run recorded no velocities, and has no kinetic energy")
        masses = moving_masses(self.masses)
        return 0.5 * np.einsum("i,tid,tid->t", masses, self.velocities, self.velocities)

    @property
    def total_energies(self) -> np.ndarray:
        """E(t) = K + V, shape (T,): the quantity that Newton's equations conserve."""
        if self.potential_energies is None:
            raise ValueError(
                "this run recorded no potential energy, because its potential returns forces only; "
                "let the function return (energy, forces)"
            )
        return self.kinetic_energies + self.potential_energies

    def of(self, ion: str) -> "Trajectory":
        """Return the run of the atoms of one element, as seen from the framework, all others.

        r_i(t) - (R(t) - R(0)),   R the mean position of the framework.

        Raises
        ------
        ValueError
            If there is no such atom, or no other.
        """
        chosen = np.array([]) if self.symbols is None else np.asarray(self.symbols) == ion
        if not chosen.any() or chosen.all():
            names = [] if self.symbols is None else sorted(set(map(str, self.symbols)))
            names = ", ".join(names) or "no names of elements"
            raise ValueError(
                f"the ion is {ion!r}, but the run has {names}; name an element that moves among "
                "others that stay"
            )
        parts = {
            "positions": seen_from(self.positions, ~chosen)[:, chosen],
            "velocities": None if self.velocities is None else self.velocities[:, chosen],
            "masses": None if self.masses is None else self.masses[chosen],
            "symbols": np.asarray(self.symbols)[chosen],
        }
        return replace(self, **parts, potential_energies=None, last=None)


def seen_from(positions: np.ndarray, framework) -> np.ndarray:
    """Return positions (T, N, D) less the drift of the framework, r_i(t) - (R(t) - R(0)).

    R is the plain mean over the framework's atoms: indices, or a mask (N,).
    """
    place = positions[:, framework].mean(axis=1, keepdims=True, dtype=float)  # (T, 1, D)
    return (positions - (place - place[0])).astype(positions.dtype)
