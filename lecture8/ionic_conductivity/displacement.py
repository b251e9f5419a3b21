"""Displacement: how far each atom went, out of the periodic cell and with the framework at rest."""

import warnings

import numpy as np
from ase.geometry import complete_cell, find_mic, minkowski_reduce


def unwrap(positions, cell, *, periodic=True, limit: float = 0.4) -> np.ndarray:
    """Return positions (T, N, 3) that run on where `positions` jump through the cell's faces.

    u(t+1) = u(t) + [w(t+1) - w(t)]_shortest image,   u(0) = w(0).

    The shortest image is the true step only if no atom moves half a cell between two frames. A step
    of 0.6 cells looks like one of 0.4: what cannot be seen can be suspected, so a step of more than
    `limit` of a cell vector is refused, which catches true steps from `limit` to 1 - `limit`.
    Positions that are unwrapped already come back as they are.

    Parameters
    ----------
    positions : array (T, N, 3)
        Å, wrapped.
    cell : array (3, 3) or (T, 3, 3)
        Å; rows are the cell vectors, of any shape. In a cell that changes, the steps of wrapped
        positions are added up (not the images): only so does pressure add no diffusion.
    periodic : bool or array (3,) of bool
    limit : float
        Fraction of a (reduced) cell vector, up to 0.5, which lets everything pass.

    Raises
    ------
    ValueError
        If shapes do not fit, a position is not finite, or an atom moves too far in one step.

    Warns
    -----
    UserWarning
        If the cell changes: a diffusion coefficient belongs to one volume.

    Notes
    -----
    Bullerjahn et al., J. Chem. Theory Comput. 19, 3406 (2023), on changing cells ("TOR").
    """
    positions = check_positions(positions)
    cell = np.asarray(cell, float)
    if cell.shape not in ((3, 3), (len(positions), 3, 3)):
        raise ValueError(
            f"the cell has shape {cell.shape}, but must be (3, 3), or ({len(positions)}, 3, 3): "
            "one for each frame"
        )
    if not 0 < limit <= 0.5:
        raise ValueError(f"limit is {limit}, but must lie between 0 and 0.5; 0.4 is usual")
    if cell.ndim == 3 and np.array_equal(cell, np.broadcast_to(cell[0], cell.shape)):
        cell = cell[0]
    steps = np.diff(positions, axis=0)
    if cell.ndim == 2:
        steps = _shortest(steps, cell, periodic, limit, 0)
    else:
        warn_of_changing_cell(cell)
        pairs = enumerate(zip(steps, cell[1:], strict=True))
        steps = np.concatenate([_shortest(s[None], c, periodic, limit, t) for t, (s, c) in pairs])
    return np.concatenate([positions[:1], positions[0] + np.cumsum(steps, axis=0)])


def warn_of_changing_cell(cells: np.ndarray) -> None:
    """Warn if the cells (T, 3, 3) are not all the same."""
    change = np.ptp(cells, axis=0).max() / np.linalg.norm(cells[0], axis=1).max()
    if change > 1e-6:
        warnings.warn(
            f"the cell changes during the run, by up to {100 * change:.2g} % of its longest "
            "vector; D and the number density belong to one volume, so run at constant volume, or "
            "use the mean cell and check that the change is small",
            stacklevel=3,
        )


def _shortest(steps, cell, periodic, limit, first_frame) -> np.ndarray:
    """Return the shortest image of each step (T-1, N, 3), or raise if one is too long."""
    pbc = np.broadcast_to(np.asarray(periodic, bool), 3)
    if not pbc.any():
        return steps
    if abs(np.linalg.det(complete_cell(cell))) < 1e-6 or not cell[pbc].any(axis=1).all():
        raise ValueError(
            f"the cell vectors {cell.tolist()} span no volume, but periodic is {pbc.tolist()}; "
            "set the cell of the frames, or periodic=False if the positions are unwrapped"
        )
    cell = minkowski_reduce(complete_cell(cell), pbc)[0]
    fractional = steps @ np.linalg.inv(cell)
    images = np.where(pbc, np.round(fractional), 0.0)
    steps = steps - images @ cell
    # An image shorter than half the shortest vector has no rival; a longer one may, if skewed.
    half = np.linalg.norm(cell[pbc], axis=1).min() / 2
    long = np.linalg.norm(steps, axis=-1) >= half
    if long.any():
        steps[long] = find_mic(steps[long], cell, pbc)[0]
    farthest = np.abs((steps @ np.linalg.inv(cell))[..., pbc])  # (T-1, N, periodic directions)
    if farthest.max(initial=0) > limit:
        frame, atom, _ = np.unravel_index(np.argmax(farthest), farthest.shape)
        raise ValueError(
            f"atom {atom} moves {farthest.max():.2f} of a cell vector between frames "
            f"{first_frame + frame} and {first_frame + frame + 1}; above {limit} nobody knows "
            "through which face it went: record frames more often, or take a larger cell "
            "(limit=0.5 trusts every step)"
        )
    return steps


def remove_drift(positions, framework) -> np.ndarray:
    """Return positions (T, N, 3) as seen from the framework, which then stays where it was.

    r_i(t) <- r_i(t) - (R(t) - R(0)),   R = plain mean over the framework's atoms.

    The sites of the mobile ions sit between framework atoms, however heavy those are, so the ruler
    is the mean of their positions, not their centre of mass. (Masses belong to momentum: the centre
    of mass of *all* atoms is what dynamics keeps at rest, and that of the framework is not.)

    Parameters
    ----------
    positions : array (T, N, 3)
        Å, unwrapped.
    framework : array of int or bool
        Which atoms make the framework: indices, or a mask (N,).

    Raises
    ------
    ValueError
        If there is no framework, or it is all there is.
    """
    positions = check_positions(positions)
    atoms = np.arange(positions.shape[1])
    framework = np.asarray(framework)
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
    centre = positions[:, chosen].mean(axis=1, keepdims=True)  # (T, 1, 3)
    return positions - (centre - centre[0])


def charge_displacement(positions, charges=None) -> np.ndarray:
    """Return one walker (T, 1, 3) whose diffusion coefficient is that of the charge.

    R(t) = sum_i z_i r_i(t) / sqrt(sum_i z_i^2).

    With this norm, ions that move independently give D_charge = D_tracer; ions that follow each
    other give more.

    Parameters
    ----------
    positions : array (T, N, 3)
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
    if charges.shape != (ions,) or not np.any(charges):
        raise ValueError(
            f"charges have shape {charges.shape}, but must be ({ions},), one per ion and not all 0"
        )
    return charges / np.sqrt(np.mean(charges**2))


def check_positions(positions) -> np.ndarray:
    """Return positions as floats (T, N, D), or raise ValueError if they are no trajectory."""
    positions = np.asarray(positions, float)
    if positions.ndim != 3 or positions.shape[0] < 2 or 0 in positions.shape:
        raise ValueError(
            f"positions have shape {positions.shape}, but must be (frames, atoms, directions) with "
            "at least two frames"
        )
    if not np.all(np.isfinite(positions)):
        raise ValueError("the positions contain NaN or inf; cut the trajectory before that")
    return positions
