"""MaxVol: the rows of a tall matrix that span the largest volume."""

import numpy as np
from scipy.linalg import qr


def maxvol(rows: np.ndarray, *, start=None, tolerance: float = 1e-7) -> np.ndarray:
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

    Raises
    ------
    ValueError
        If there are fewer rows than columns, or the start spans no volume.

    Notes
    -----
    Goreinov et al., in Matrix Methods: Theory, Algorithms and Applications, World Scientific 2010,
    p. 247. The local optimum is at least P^(-P/2) of the largest volume.
    """
    rows = np.asarray(rows, float)
    size = rows.shape[1]
    if len(rows) < size:
        raise ValueError(f"{len(rows)} rows cannot span {size} columns; give at least as many rows")
    if start is None:
        start = qr(rows.T, mode="r", pivoting=True)[1][:size]
    chosen = np.array(start)
    while True:
        c = _combinations(rows, chosen)
        if np.abs(c).max() <= 1 + tolerance:
            return chosen
        for _ in range(size):  # then c anew: each update adds to the rounding
            i, k = np.unravel_index(np.argmax(np.abs(c)), c.shape)
            if abs(c[i, k]) <= 1 + tolerance:
                break
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
