"""What a file says of a run, before anything is made of it."""

from typing import NamedTuple

import numpy as np


class Recorded(NamedTuple):
    """Frames as they stand in a file.

    Parameters
    ----------
    symbols : array (N,) of str
    positions : array (T, N, 3)
        Å.
    cells : array (T, 3, 3)
        Å; rows are the cell vectors, 0 where there is none.
    periodic : array (3,) of bool
    unwrapped : bool
        Whether the file says that its positions run on through the faces of the cell.
    steps : array (T,), optional
        The numbers that the file gives its frames.
    """

    symbols: np.ndarray
    positions: np.ndarray
    cells: np.ndarray
    periodic: np.ndarray
    unwrapped: bool = False
    steps: np.ndarray | None = None
