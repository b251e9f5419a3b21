"""Diffusion coefficient and Haven ratio, with errors from independent replicas or blocks."""

import warnings
from typing import NamedTuple

import numpy as np

from lecture8.ionic_conductivity.diffusive_window import (
    TOLERANCE,
    diffusive_window,
    frame_interval,
    independent_stretches,
    log_log_slope,
    slope,
)
from lecture8.ionic_conductivity.displacement import charge_displacement, normalised_charges
from lecture8.ionic_conductivity.interval import Measured, from_samples, quantile
from lecture8.ionic_conductivity.mean_square import fast_mean_squared_displacement


class Diffusion(NamedTuple):
    """A diffusion coefficient and what it was measured from.

    Parameters
    ----------
    value, error, low, high : float
        Mean, standard error and 95 % interval, Å2/ps (1 Å2/ps = 1e-4 cm2/s = 1e-8 m2/s).
    window : tuple of two floats
        First and last lag time of the fit, ps.
    exponent : float
        Log-log slope in the window: 1 for diffusion.
    samples : array (S,)
        The coefficient of each replica or block, Å2/ps.
    lag_times, msd : array (L,)
        The curve that was fitted, ps and Å2, mean over replicas or blocks.
    """

    value: float
    error: float
    low: float
    high: float
    window: tuple[float, float]
    exponent: float
    samples: np.ndarray
    lag_times: np.ndarray
    msd: np.ndarray


def diffusion_coefficient(
    positions, times, *, axes=None, window: tuple[float, float] | None = None, blocks: int = 8
) -> Diffusion:
    """Return D from the slope of the mean squared displacement, MSD(tau) = 2 d D tau + c.

    c is the rattling in the cage: so the slope, not MSD / (2 d tau). The line is fitted to each
    replica, or each block of the only trajectory, and the scatter of these slopes gives the error:
    they are independent, while the points of one curve are not (each shares most of its steps with
    the next), so that the residuals of the line give an error that is ten times too small or worse.
    Atoms are no replicas either: where ions hop together, they repeat each other.

    Parameters
    ----------
    positions : array (T, N, 3), or R of them
        Å, unwrapped, drift removed, of the diffusing ions only. R > 1 are independent replicas.
    times : array (T,)
        ps, evenly spaced.
    axes : int or sequence of int, optional
        Directions to use: 2 for D along z, (0, 1) for a layer; all if left out.
    window : tuple of two floats, optional
        Lag times of the fit, ps; found by `diffusive_window` if left out, up to half the length
        of a replica or block. An earlier end gives a smaller error, if D does not change there.
    blocks : int
        Of a single trajectory. Each must be far longer than an ion rests between two hops; more
        blocks give a better error of a shorter window.

    Raises
    ------
    ValueError
        If the run is too short, unevenly spaced, not diffusive, or the slope is not positive.

    Warns
    -----
    UserWarning
        If the interval includes 0, or the window given is not diffusive.
    """
    lag_times, msd, directions = _curves(positions, times, axes, blocks)
    given = window is not None
    start, end = _pair(window) if given else diffusive_window(lag_times, msd)
    inside = _inside(lag_times, start, end)
    samples = slope(lag_times[inside], msd[:, inside]) / (2 * directions)
    result = from_samples(samples)
    mean = msd.mean(axis=0)
    if not result.value > 0:
        raise ValueError(
            f"the mean squared displacement does not rise from {start:g} to {end:g} ps "
            f"(D = {result.value:.2g} ± {result.error:.1g} Å2/ps); nothing diffuses, or the run is "
            "too short: run longer or hotter"
        )
    exponent = log_log_slope(lag_times[inside], mean[inside])
    if given and abs(exponent - 1) > TOLERANCE:
        warnings.warn(
            f"the log-log slope from {start:g} to {end:g} ps is {exponent:.2f}, not 1: that window "
            "is not diffusive; choose later lags, or leave the window out",
            stacklevel=2,
        )
    if result.low <= 0:
        warnings.warn(
            f"D = {result.value:.2g} Å2/ps with a 95 % interval from {result.low:.2g}: zero cannot "
            "be excluded; run longer, or more replicas",
            stacklevel=2,
        )
    return Diffusion(*result, (start, end), exponent, samples, lag_times, mean)


def haven_ratio(
    positions,
    times,
    *,
    charges=None,
    window: tuple[float, float] | None = None,
    blocks: int = 8,
) -> Measured:
    """Return H = D_tracer / D_charge: 1 if ions move independently, 1/n if n of them hop as one.

    D_charge is that of `charge_displacement`: one walker per run instead of N, so its error is much
    the larger one. Nernst-Einstein's conductivity divided by H is the true one. The error comes
    from ln H by leaving out one replica or block at a time (jackknife), which keeps what the two
    coefficients of a block have in common; the interval is that of ln H, so it lies above zero.

    Parameters
    ----------
    positions, times, window, blocks
        As for `diffusion_coefficient`; the mobile ions, as seen from the framework.
    charges : array (N,), optional
        In units of e; all alike if left out. Tracers count with z^2.

    Raises
    ------
    ValueError
        As `diffusion_coefficient`; or if the charge's slope is not positive in some subset.
    """
    replicas = isinstance(positions, list | tuple) or np.ndim(positions) == 4
    runs = [np.asarray(run, float) for run in (positions if replicas else [positions])]
    charge = [charge_displacement(run, charges) for run in runs]
    runs = [run * normalised_charges(charges, run.shape[1])[:, None] for run in runs]
    lag_times, msd, _ = _curves(runs, times, None, blocks)
    msd_charge = _curves(charge, times, None, blocks)[1]
    # The tracers show which window is diffusive; one noisy walker cannot.
    window = diffusive_window(lag_times, msd) if window is None else _pair(window)
    inside = _inside(lag_times, *window)
    tracer, charge = (slope(lag_times[inside], m[:, inside]) for m in (msd, msd_charge))
    samples = len(tracer)
    # Row k leaves out sample k; the last row keeps all.
    kept = np.vstack([1 - np.eye(samples), np.ones(samples)])
    if np.any(kept @ charge <= 0) or np.any(kept @ tracer <= 0):
        raise ValueError(
            f"the mean squared displacement of the charge does not rise in all of {samples} "
            "replicas or blocks taken together; run longer, or give an earlier window"
        )
    logs = np.log(kept @ tracer) - np.log(kept @ charge)
    error = np.sqrt((samples - 1) * np.var(logs[:-1]))
    value, margin = np.exp(logs[-1]), quantile(samples - 1) * error
    return Measured(
        float(value), float(value * error), *(float(value * np.exp(m)) for m in (-margin, margin))
    )


def _curves(positions, times, axes, blocks) -> tuple[np.ndarray, np.ndarray, int]:
    """Return lag times (L,), the MSD of each replica or block (S, L), and how many directions."""
    interval = frame_interval(times)
    stretches = independent_stretches(positions, len(times), blocks)
    axes = np.arange(stretches[0].shape[2]) if axes is None else np.atleast_1d(axes)
    if len(np.unique(axes)) != len(axes) or not np.isin(axes, range(stretches[0].shape[2])).all():
        raise ValueError(f"axes are {axes.tolist()}, but must be different ones of 0, 1 and 2")
    longest = (len(stretches[0]) - 1) // 2
    msd = [fast_mean_squared_displacement(s[..., axes], max_lag=longest) for s in stretches]
    return interval * np.arange(longest + 1), np.array(msd), len(axes)


def _pair(window) -> tuple[float, float]:
    if np.shape(window) != (2,):
        raise ValueError(f"window is {window}, but must be two lag times in ps, first and last")
    return window


def _inside(lag_times, start: float, end: float) -> np.ndarray:
    """Return which lags (L,) lie in the window, or raise ValueError if too few do."""
    slack = 1e-6 * lag_times[1]  # 0.1 * 3 is not 0.3
    inside = (lag_times >= max(start, lag_times[1]) - slack) & (lag_times <= end + slack)
    if end > lag_times[-1] + slack or inside.sum() < 3:
        raise ValueError(
            f"the window from {start:g} to {end:g} ps holds {inside.sum()} lags of at most "
            f"{lag_times[-1]:g} ps (half a replica or block); it needs three or more within"
        )
    return inside
