"""Out of the periodic cell: positions that run on through its faces."""

import numpy as np
from ase.geometry import complete_cell, find_mic, minkowski_reduce

from lecture8.arguments import check_positive
from lecture8.integrators import Trajectory
from lecture8.ionic_conductivity.cells import (
    check_cells,
    check_volume,
    completed,
    fractional_coordinates,
    into_cell,
    warn_of_changing_cell,
)
from lecture8.ionic_conductivity.displacement import check_positions
from lecture8.ionic_conductivity.jumps import ASK, check_jumps, check_open_directions
from lecture8.ionic_conductivity.replicas import Replicas, with_positions


def unwrap(run, cell=None, *, periodic=True, limit: float = 0.4):
    """Return a run whose positions go on where those of `run` jump through the cell's faces.

    u(t+1) = u(t) + [w(t+1) - w(t)]_shortest image,   u(0) = w(0).

    The shortest image is the true step only if no atom moves half a cell between two frames. A step
    of 0.6 cells looks like one of 0.4: what cannot be seen can be suspected, so a step of more than
    `limit` of a cell vector is refused, which catches true steps from `limit` to 1 - `limit`.
    Positions that are unwrapped already come back as they are, unless an ion went that far, which
    is refused where it can be told from wrapping: `remove_breathing` is for these.

    Parameters
    ----------
    run : Trajectory, Replicas or array (T, N, 3)
        Å, wrapped; the same comes back.
    cell : array (3, 3) or (T, 3, 3), optional
        Å; that of the run if left out. Rows are the cell vectors, of any shape. In a cell that
        changes, the steps of wrapped positions are added up (not the images): only so does
        pressure add no diffusion.
    periodic : bool or array (3,) of bool
        False: the positions are unwrapped. An array, as ``atoms.pbc``, may be wrong: where it is
        False, and atoms jump as wrapped ones do, you are asked.
    limit : float
        Fraction of a (reduced) cell vector, up to 0.5, which lets everything pass.

    Raises
    ------
    ValueError
        If shapes do not fit, a position is not finite, an atom moves too far in one step, or jumps
        say that positions are wrapped where they should not be, or the reverse.

    Warns
    -----
    UserWarning
        If the cell changes: a diffusion coefficient belongs to one volume.

    Notes
    -----
    Bullerjahn et al., J. Chem. Theory Comput. 19, 3406 (2023), on changing cells ("TOR").
    """
    if cell is None and isinstance(run, Trajectory | Replicas):
        cell = run.cell
    if cell is None:
        raise ValueError("the cell is missing, and nothing tells where its faces are; give it")
    return with_positions(run, lambda positions: _unwrapped(positions, cell, periodic, limit))


def _unwrapped(positions, cell, periodic, limit: float) -> np.ndarray:
    positions = check_positions(positions)
    cell = check_cells(cell, len(positions))
    check_positive("limit", limit)
    if limit > 0.5:
        raise ValueError(f"limit is {limit}, but must lie between 0 and 0.5; 0.4 is usual")
    pbc = np.broadcast_to(np.asarray(periodic, bool), 3)
    if np.ndim(periodic):
        check_open_directions(positions, cell, pbc)
    if not pbc.any():
        return positions.copy()
    check_volume(cell, pbc)
    if cell.ndim == 2:
        recorded = np.diff(positions, axis=0)
        steps = _shortest(recorded, cell, pbc, limit, 0)
    else:
        warn_of_changing_cell(cell)
        recorded = _without_breathing(positions, cell, pbc)
        # Into the cell first: far outside, the images of an atom breathe with the cell.
        inside = np.diff(into_cell(positions, cell, pbc), axis=0)
        pairs = enumerate(zip(inside, cell[1:], strict=True))
        steps = np.concatenate([_shortest(s[None], c, pbc, limit, t) for t, (s, c) in pairs])
    half = np.linalg.norm(cell, axis=-1)[..., pbc].min() / 2
    check_jumps(positions, cell, pbc, np.linalg.norm(recorded - steps, axis=-1) > half)
    return np.concatenate([positions[:1], positions[0] + np.cumsum(steps, axis=0)])


def remove_breathing(positions, cell, *, periodic=True) -> np.ndarray:
    """Return unwrapped positions (T, N, 3) without what a cell that changes adds to them.

    r = w + n L, with w inside the cell L and whole numbers n:   u(t+1) = u(t) + r(t+1) - r(t) -
    n(t) [L(t+1) - L(t)],   u(0) = r(0).

    The farther n is from 0, the more r breathes with L, and that is no diffusion. In a constant
    cell, positions come back as they are.

    Parameters
    ----------
    positions, cell, periodic
        As for `unwrap`; no step is too long.

    Raises
    ------
    ValueError
        If shapes do not fit, a position is not finite, or a cell has nothing of the one before.

    Warns
    -----
    UserWarning
        If the cell changes.
    """
    positions = check_positions(positions)
    cell = check_cells(cell, len(positions))
    pbc = np.broadcast_to(np.asarray(periodic, bool), 3)
    if cell.ndim == 2 or not pbc.any():
        return positions.copy()
    warn_of_changing_cell(cell)
    check_volume(cell, pbc)
    steps = _without_breathing(positions, cell, pbc)
    return np.concatenate([positions[:1], positions[0] + np.cumsum(steps, axis=0)])


def _without_breathing(positions, cell, pbc) -> np.ndarray:
    """Return the steps (T-1, N, 3) of positions in cells (T, 3, 3)."""
    inside = into_cell(positions, cell, pbc)
    images = np.round(fractional_coordinates(positions - inside, cell))
    # A box that is tilted too far is flipped: its vectors are others, of the same lattice.
    before, after = completed(cell[:-1]), completed(cell[1:])
    flips = np.round(after @ np.linalg.inv(before))  # usually 1
    lost = np.abs(np.abs(np.linalg.det(flips)) - 1) > 0.5
    if lost.any():
        frame = int(np.argmax(lost))
        raise ValueError(
            f"the cell changes from {cell[frame].tolist()} to {cell[frame + 1].tolist()} Å between "
            f"frames {frame} and {frame + 1}, which no barostat does; is the file damaged, or of "
            "two runs?"
        )
    breathing = images[:-1] @ (np.linalg.inv(flips) @ after - before)
    return np.diff(positions, axis=0) - breathing


def _shortest(steps, cell, pbc, limit, first_frame) -> np.ndarray:
    """Return the shortest image of each step (T-1, N, 3), or raise if one is too long."""
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
            f"(limit=0.5 trusts every step); {ASK}"
        )
    return steps
