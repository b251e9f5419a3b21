"""Wrapped or not: what the jumps of a trajectory say, where its file says nothing, or else.

Wrapping puts atoms into the cell. So its jumps are about as long as the cell, and end within it.
"""

import numpy as np

from lecture8.ionic_conductivity.cells import completed, fractional_coordinates

# Cells, between where jumps end: 1 if each atom is wrapped, nearly 2 if molecules are kept whole.
WRAPPED = 2.0
SHORTEST = 2.0  # Å, of jumps: no cell is shorter than a bond
ASK = (
    "if these positions are wrapped, say wrapped=True in read_trajectory (it needs the cell), and "
    "if they run on through the faces of the cell, or have none, wrapped=False"
)


def check_open_directions(positions, cells, periodic) -> None:
    """Raise ValueError if positions jump as if wrapped, in a direction that is not periodic.

    With a cell: jumps of more than half a cell vector that end within two cells. Without: jumps
    half as long as the positions reach, or more, few, and with a gap between them and all other
    steps, as the steps of a molecule that tumbles do not have.

    Parameters
    ----------
    positions : array (T, N, 3)
    cells : array (3, 3) or (T, 3, 3)
    periodic : array (3,) of bool
    """
    axes = np.flatnonzero(~np.asarray(periodic))
    if not len(axes):
        return
    given = np.asarray(cells).any(axis=(0, -1) if np.ndim(cells) == 3 else -1)
    if not np.all(np.abs(np.linalg.det(completed(cells))) > 1e-6):
        given, cells = np.zeros(3, bool), np.eye(3)
    vectors = completed(cells)
    places = fractional_coordinates(positions, cells)
    lengths = np.linalg.norm(vectors, axis=-1).reshape(-1, 1, 3)  # Å
    for axis in axes:
        steps = np.abs(np.diff(places[..., axis], axis=0))
        far = steps > 0.5
        if given[axis] and far.any() and np.ptp(places[1:, :, axis][far]) <= WRAPPED:
            raise _lost(positions, far, f"direction {axis} is")
        along = (places * lengths)[..., axis]  # Å
        if (far := _stand_out(np.abs(np.diff(along, axis=0)), np.ptp(along))) is not None:
            raise _lost(positions, far, f"direction {axis} is")
    if not given.any():  # a cell that is turned has no vector along an axis
        steps = np.linalg.norm(np.diff(positions, axis=0), axis=-1)
        if (far := _stand_out(steps, np.ptp(positions, axis=(0, 1)).max())) is not None:
            raise _lost(positions, far, "directions are")


def _lost(positions, far, which: str) -> ValueError:
    frame, atom = np.unravel_index(np.argmax(far), far.shape)
    jump = np.round(positions[frame + 1, atom] - positions[frame, atom], 2).tolist()
    return ValueError(
        f"{which} not periodic, but atom {atom} jumps by {jump} Å between frames {frame} and "
        f"{frame + 1}, about as far as cell or atoms reach, as atoms do where a wrapped trajectory "
        f"lost its pbc; {ASK}"
    )


def _stand_out(steps, extent):
    """Return which steps (T-1, N) are a kind of their own, or None: few, long, beyond a gap."""
    short = 0.15 * extent
    lengths = np.sort(np.append(steps[steps > short], short))
    if len(lengths) < 2:
        return None
    widest = np.argmax(np.diff(lengths))
    gap, far = lengths[widest + 1] - lengths[widest], steps > lengths[widest]
    if not (far.mean() < 0.25 and lengths[widest + 1] > SHORTEST and gap > 0.15 * extent):
        return None
    return far if np.median(steps[far]) > 0.5 * extent else None


def check_jumps(positions, cells, periodic, jumped) -> None:
    """Raise ValueError if unwrapping folds motion: jumps that end in cells far from each other.

    Parameters
    ----------
    positions : array (T, N, 3)
    cells : array (3, 3) or (T, 3, 3)
    periodic : array (3,) of bool
    jumped : array (T-1, N) of bool
        Which steps are not the shortest.
    """
    if not jumped.any():
        return
    ends = fractional_coordinates(positions, cells)[1:][jumped][:, periodic]  # (jumps, directions)
    reach = np.ptp(ends, axis=0).max()
    if reach > WRAPPED:
        frame, atom = np.unravel_index(np.argmax(jumped), jumped.shape)
        raise ValueError(
            f"{jumped.sum()} steps are of more than half a cell vector (the first of atom {atom} "
            f"between frames {frame} and {frame + 1}), and end {reach:.1f} cells apart, where "
            f"wrapping cannot put them; ions that fly so far need unwrapped positions: {ASK} "
            "(periodic=False in unwrap)"
        )
