"""Positions of long runs, packed: whole numbers of a small unit, as steps from frame to frame.

Such steps are small, and zip well.
"""

import numpy as np


def pack(positions, unit: float) -> np.ndarray:
    """Return positions (R, T, N, 3), Å, as steps in whole units of `unit`, Å, from the origin on.

    Raises
    ------
    ValueError
        If a step does not fit into 16 bits, or is not finite.
    """
    whole = np.rint(np.asarray(positions, float) / unit)
    steps = np.diff(whole, axis=1, prepend=0.0)
    longest = np.abs(steps).max()
    if not longest < 2**15:  # also true for NaN
        raise ValueError(
            f"a step of {unit * longest:.0f} Å does not fit, {unit * 2**15:.0f} Å do; take a "
            "larger unit, if these positions are those of one run"
        )
    return steps.astype(np.int16)


def unpack(steps, unit: float) -> np.ndarray:
    """Return the positions (R, T, N, 3), Å, that `pack` was given, to half a unit."""
    return (np.cumsum(steps, axis=1, dtype=np.int64) * unit).astype(np.float32)
