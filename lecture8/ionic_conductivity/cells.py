"""Cells of a trajectory: constant or one for each frame, complete or with open directions."""

import warnings

import numpy as np
from ase.geometry import complete_cell

from lecture8.ionic_conductivity.displacement import FAR_AWAY


def check_cells(cell, frames: int) -> np.ndarray:
    """Return the cell (3, 3), or cells (T, 3, 3) if they change, as floats; or raise ValueError."""
    cell = np.asarray(cell, float)
    if cell.shape not in ((3, 3), (frames, 3, 3)):
        raise ValueError(
            f"the cell has shape {cell.shape}, but must be (3, 3), or ({frames}, 3, 3): "
            "one for each frame"
        )
    if not np.all(np.abs(cell) < FAR_AWAY):
        frame = int(np.argwhere(~(np.abs(cell.reshape(-1, 9)) < FAR_AWAY))[0, 0])
        raise ValueError(
            f"the cell of frame {frame} is {cell.reshape(-1, 3, 3)[frame].tolist()}, and not "
            "finite; cut the trajectory before that"
        )
    if cell.ndim == 3 and np.array_equal(cell, np.broadcast_to(cell[0], cell.shape)):
        return cell[0]
    return cell


def check_volume(cell, pbc) -> None:
    """Raise ValueError if the cell spans no volume, or has no vector where it is periodic."""
    volumes = np.abs(np.linalg.det(completed(cell)))
    if np.any(volumes < 1e-6) or not cell[..., pbc, :].any(axis=-1).all():
        one = cell if cell.ndim == 2 else cell[np.argmin(volumes)]
        raise ValueError(
            f"the cell vectors {one.tolist()} span no volume, but periodic is {pbc.tolist()}; "
            "set the cell of the frames, or periodic=False if the positions are unwrapped"
        )


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


def completed(cell) -> np.ndarray:
    """Return the cell (3, 3) or cells (T, 3, 3), unit vectors where they have none."""
    whole = [complete_cell(one) for one in cell.reshape(-1, 3, 3)]
    return np.array(whole).reshape(cell.shape)


def fractional_coordinates(positions, cell) -> np.ndarray:
    """Return positions (T, N, 3) in units of the cell vectors, (3, 3) or (T, 3, 3)."""
    return positions @ np.linalg.inv(completed(cell))


def into_cell(positions, cell, pbc) -> np.ndarray:
    """Return positions (T, N, 3) wrapped into the cell, (3, 3) or (T, 3, 3)."""
    fractional = fractional_coordinates(positions, cell)
    return positions - np.where(pbc, np.floor(fractional), 0.0) @ cell
