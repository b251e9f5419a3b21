"""MaxVol: the rows of a tall matrix that span the largest volume."""

import numpy as np
from scipy.linalg import qr

from lecture8.arguments import check_not_negative, check_whole


def maxvol(
    rows: np.ndarray, *, start=None, tolerance: float = 1e-7, most_swaps: int | None = None
) -> np.ndarray:
    """Return the indices (P,) of P rows that no single swap turns into a larger |det|.

    With the chosen rows A, each row b of the matrix is a combination of them, b = c A. To put b in
    the place of row k of A multiplies |det A| by |c_k|. So: find the largest |c_k| of all rows; as
    long as it exceeds 1, swap. The volume grows with every swap, hence this ends. Then every row is
    a combination of the chosen ones with no coefficient beyond 1: the rest lies *between* them.

    Parameters
    ----------
    rows : array (M, P)
        M >= P, of rank P.
    start : integer array (P,), optional
        Where to begin; by default rows picked greedily, each the farthest from the span of those
        before it (QR decomposition with pivoting).
    tolerance : float
        Swap only what gains more than this.
    most_swaps : int, optional
        Give up after so many; 100 for each column if left out. A few for each are common.

    Raises
    ------
    ValueError
        If there are fewer rows than columns, a number is not finite, the start spans no volume, or
        the swaps do not end.

    Notes
    -----
    Goreinov et al., in Matrix Methods: Theory, Algorithms and Applications, World Scientific 2010,
    p. 247. The local optimum is at least P^(-P/2) of the largest volume.
    """
    rows = np.asarray(rows, float)
    if rows.ndim != 2 or 0 in rows.shape:
        raise ValueError(f"rows has the shape {rows.shape}, but must be a table, (M, P)")
    check_not_negative("tolerance", tolerance)
    size = rows.shape[1]
    if len(rows) < size:
        raise ValueError(f"{len(rows)} rows cannot span {size} columns; give at least as many rows")
    if not np.all(np.isfinite(rows)):
        bad, column = np.argwhere(~np.isfinite(rows))[0]
        raise ValueError(
            f"row {bad} has {rows[bad, column]} in column {column}, and no volume; leave it out"
        )
    if start is None:
        start = qr(rows.T, mode="r", pivoting=True)[1][:size]
    chosen = np.array(start)
    if chosen.shape != (size,) or not set(chosen.tolist()) <= set(range(len(rows))):
        raise ValueError(f"start is {start}, but must be the indices of {size} of {len(rows)} rows")
    most_swaps = 100 * size if most_swaps is None else most_swaps
    check_whole("most_swaps", most_swaps, 1)
    left = most_swaps
    while True:
        c = _combinations(rows, chosen)
        if np.abs(c).max() <= 1 + tolerance:
            return chosen
        for _ in range(size):  # then c anew: each update adds to the rounding
            i, k = np.unravel_index(np.argmax(np.abs(c)), c.shape)
            if abs(c[i, k]) <= 1 + tolerance:
                break
            if left == 0:
                raise ValueError(
                    f"after {most_swaps} swaps one more still seems to gain {abs(c[i, k]):.9g}: "
                    "rounding undoes what they gain; leave out columns that are nearly "
                    "combinations of others, or raise the tolerance"
                )
            left -= 1
            # Row i is now a chosen one: its own combination becomes the unit vector k.
            c -= np.outer(c[:, k], c[i] - np.eye(size)[k]) / c[i, k]
            chosen[k] = i


def _combinations(rows: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return c (M, P) with rows = c @ rows[chosen]."""
    try:
        return np.linalg.solve(rows[chosen].T, rows.T).T
    except np.linalg.LinAlgError:
        raise ValueError(
            "the rows span no volume: some column is a combination of the others; leave it out"
        ) from None
