"""Mean squared displacement: as the book writes it, and by Fourier transform."""

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from lecture8.arguments import check_whole
from lecture8.ionic_conductivity.displacement import check_lag, check_positions
from lecture8.ionic_conductivity.replicas import Replicas


def mean_squared_displacement(
    positions,
    *,
    max_lag: int | None = None,
    origins: int | None = None,
    per_axis=False,
    per_atom=False,
) -> np.ndarray:
    """Return the mean squared displacement at lags 0 ... max_lag frames, by definition.

    MSD(m) = < |r(k + m) - r(k)|^2 >, the mean over all origins k = 0 ... T-1-m, and over atoms.

    Neighbouring points share nearly all their origins, and overlapping windows nearly all their
    steps: the curve is smooth even where it is wrong. Its scatter around a line is no error bar.

    Parameters
    ----------
    positions : Trajectory, Replicas or array (T, N, D)
        Å, unwrapped, drift removed.
    max_lag : int, optional
        T // 2 if left out: beyond, there is barely more than one independent window.
    origins : int, optional
        Take k = 0 ... origins - 1 for all lags; as many as a lag allows if left out.
    per_axis, per_atom : bool
        Keep the directions or the atoms apart.

    Returns
    -------
    array (max_lag + 1,), then N if `per_atom`, then D if `per_axis`; of replicas, R of them
        Å2; the sum over directions unless `per_axis`, the mean over atoms unless `per_atom`.

    Raises
    ------
    ValueError
        If positions are no trajectory, or `max_lag` and `origins` do not fit.
    """
    if isinstance(positions, Replicas):
        each = {"max_lag": max_lag, "origins": origins, "per_axis": per_axis, "per_atom": per_atom}
        return np.array([mean_squared_displacement(run, **each) for run in positions])
    positions, max_lag, origins = _checked(positions, max_lag, origins)
    msd = np.zeros((max_lag + 1, *positions.shape[1:]))  # (L, N, D)
    for lag in range(1, max_lag + 1):
        ends, starts = positions[lag:][: origins[lag]], positions[: origins[lag]]
        msd[lag] = ((ends - starts) ** 2).mean(axis=0)
    return _reduced(msd, per_axis, per_atom)


def fast_mean_squared_displacement(
    positions,
    *,
    max_lag: int | None = None,
    origins: int | None = None,
    per_axis=False,
    per_atom=False,
) -> np.ndarray:
    """Return what `mean_squared_displacement` returns, in T log T instead of T^2 operations.

    |r(k+m) - r(k)|^2 = r(k+m)^2 + r(k)^2 - 2 r(k+m) r(k): squares are added up once, and the last
    term is the autocorrelation of r, which a Fourier transform gives for all lags together.

    Notes
    -----
    Calandrini et al., Collection SFN 12, 201 (2011), section 4.2.
    """
    if isinstance(positions, Replicas):
        each = {"max_lag": max_lag, "origins": origins, "per_axis": per_axis, "per_atom": per_atom}
        return np.array([fast_mean_squared_displacement(run, **each) for run in positions])
    positions, max_lag, origins = _checked(positions, max_lag, origins)
    frames, atoms, directions = positions.shape
    # max_lag zeros behind the series, or its end would be correlated with its beginning.
    length = next_fast_len(frames + max_lag, real=True)
    lags = np.arange(max_lag + 1)
    all_alike = origins[0] == origins[-1]  # else as many as a lag allows: the zeros see to that
    msd = np.zeros((max_lag + 1, atoms if per_atom else 1, directions))
    at_once = max(1, 2**18 // (frames * directions))  # atoms: their transforms fit the cache
    for first in range(0, atoms, at_once):
        r = positions[:, first : first + at_once].transpose(1, 2, 0).copy()  # (n, D, T)
        r -= r.mean(axis=2, keepdims=True)  # smaller numbers, smaller rounding
        transformed = rfft(r, length)
        starts = rfft(r[..., : origins[0]], length) if all_alike else transformed
        squares, power = r**2, transformed * starts.conj()
        if not per_atom:  # both steps below are linear: take them once for all these atoms
            squares, power = (x.sum(axis=0, keepdims=True) for x in (squares, power))
        sums = np.zeros((*squares.shape[:2], frames + 1))  # of the first k squares, k = 0 ... T
        np.cumsum(squares, axis=2, out=sums[..., 1:])
        # Of all ends, from k = m on, and of all origins, from k = 0 on.
        both = sums[..., lags + origins] - sums[..., lags] + sums[..., origins]
        both -= 2 * irfft(power, length)[..., : max_lag + 1]
        part = slice(first, first + at_once) if per_atom else slice(0, 1)
        msd[:, part] += both.transpose(2, 0, 1)
    msd /= origins[:, None, None] * (1 if per_atom else atoms)
    msd[0] = 0.0  # not 1e-14: a logarithm may follow
    return _reduced(msd, per_axis, per_atom)


def _checked(positions, max_lag: int | None, origins: int | None):
    """Return positions, the longest lag, and the number of origins of each lag (L,)."""
    positions = check_positions(positions)
    max_lag = len(positions) // 2 if max_lag is None else max_lag
    check_lag("max_lag", max_lag, len(positions))
    available = len(positions) - np.arange(max_lag + 1)
    if origins is None:
        return positions, max_lag, available
    check_whole("origins", origins, 1)
    if origins > available[-1]:
        raise ValueError(
            f"origins is {origins}, but a lag of {max_lag} frames leaves {available[-1]} of "
            f"{len(positions)}; take fewer, or a shorter max_lag"
        )
    return positions, max_lag, np.full(max_lag + 1, origins)


def _reduced(msd: np.ndarray, per_axis: bool, per_atom: bool) -> np.ndarray:
    msd = msd if per_axis else msd.sum(axis=2, keepdims=True)
    msd = msd if per_atom else msd.mean(axis=1, keepdims=True)
    return msd.squeeze(tuple(k for k, keep in ((1, per_atom), (2, per_axis)) if not keep))
