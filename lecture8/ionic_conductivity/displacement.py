"""Displacement: how far each atom went, as seen from the framework."""

import numpy as np

from lecture8.integrators import Trajectory
from lecture8.integrators.trajectory import seen_from
from lecture8.ionic_conductivity.replicas import Replicas, with_positions

FAR_AWAY = 1e8  # Å: a double resolves no 1e-8 Å beyond, and no atom gets there


def remove_drift(run, framework):
    """Return a run as seen from the framework, which then stays where it was.

    r_i(t) <- r_i(t) - (R(t) - R(0)),   R = plain mean over the framework's atoms.

    The sites of the mobile ions sit between framework atoms, however heavy those are, so the ruler
    is the mean of their positions, not their centre of mass. (Masses belong to momentum: the centre
    of mass of *all* atoms is what dynamics keeps at rest, and that of the framework is not.)

    Parameters
    ----------
    run : Trajectory, Replicas or array (T, N, 3)
        Å, unwrapped; the same comes back. `Trajectory.of` and `Replicas.of` do this and leave the
        framework out.
    framework : array of int or bool
        Which atoms make the framework: indices, or a mask (N,).

    Raises
    ------
    ValueError
        If there is no framework, or it is all there is.
    """
    return with_positions(run, lambda positions: _without_drift(positions, framework))


def _without_drift(positions, framework) -> np.ndarray:
    positions = check_positions(positions)
    atoms = np.arange(positions.shape[1])
    framework = np.asarray(framework)
    if framework.size and framework.dtype.kind not in "biu":
        raise ValueError(
            f"the framework is {framework.ravel()[:3].tolist()}..., but must be indices or a mask, "
            'for example symbols != "Li"'
        )
    if framework.dtype != bool and framework.size:
        if framework.min() < 0 or framework.max() >= len(atoms):
            raise ValueError(f"the framework names atoms that do not exist; there are {len(atoms)}")
    elif framework.size and framework.shape != atoms.shape:
        raise ValueError(f"the framework mask is {framework.shape}, but must be {atoms.shape}")
    chosen = np.unique(atoms[framework]) if framework.size else []
    if not 0 < len(chosen) < len(atoms):
        raise ValueError(
            f"the framework has {len(chosen)} of {len(atoms)} atoms; name those that stay, for "
            'example symbols != "Li"'
        )
    return seen_from(positions, chosen)


def charge_displacement(positions, charges=None) -> np.ndarray:
    """Return one walker (T, 1, 3) whose diffusion coefficient is that of the charge.

    R(t) = sum_i z_i r_i(t) / sqrt(sum_i z_i^2).

    With this norm, ions that move independently give D_charge = D_tracer; ions that follow each
    other give more.

    Parameters
    ----------
    positions : Trajectory or array (T, N, 3)
        Å, unwrapped and without drift, of the mobile ions only.
    charges : array (N,), optional
        In units of e; all alike if left out.

    Raises
    ------
    ValueError
        If shapes do not fit or all charges are zero.
    """
    positions = check_positions(positions)
    weights = normalised_charges(charges, positions.shape[1])
    return np.einsum("n,tnd->td", weights, positions)[:, None] / np.sqrt(len(weights))


def normalised_charges(charges, ions: int) -> np.ndarray:
    """Return charges (N,) with a mean square of one."""
    charges = np.ones(ions) if charges is None else np.asarray(charges, float)
    if charges.shape != (ions,) or not np.any(charges) or not np.all(np.isfinite(charges)):
        raise ValueError(
            f"charges have shape {charges.shape}, but must be ({ions},), one number per ion and "
            "not all 0"
        )
    return charges / np.sqrt(np.mean(charges**2))


def check_positions(positions) -> np.ndarray:
    """Return positions of a run as floats (T, N, D), or raise ValueError if they are of none."""
    if isinstance(positions, Replicas):
        raise ValueError(
            f"these are {len(positions)} replicas, but one run is needed; take one after the "
            "other, the first is runs[0]"
        )
    positions = positions.positions if isinstance(positions, Trajectory) else positions
    positions = np.asarray(positions, float)
    if positions.ndim != 3 or positions.shape[0] < 2 or 0 in positions.shape:
        raise ValueError(
            f"positions have shape {positions.shape}, but must be (frames, atoms, directions) with "
            "at least two frames"
        )
    if not np.abs(positions).max() < FAR_AWAY:  # NaN is below nothing
        frame, atom, _ = np.argwhere(~(np.abs(positions) < FAR_AWAY))[0]
        raise ValueError(
            f"the positions contain NaN or inf, or are far away: atom {atom} in frame {frame} is "
            f"at {positions[frame, atom]} Å; cut the trajectory before that"
        )
    return positions


def check_lag(name: str, lag, frames: int) -> None:
    """Raise ValueError unless `lag` is a number of frames that a trajectory of `frames` has."""
    if not isinstance(lag, int | np.integer) or not 1 <= lag < frames:
        raise ValueError(
            f"{name} is {lag!r} frames, but must be a whole number from 1 to {frames - 1} here"
        )
