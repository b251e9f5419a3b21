"""Diffusion coefficient and Haven ratio, with errors from independent replicas or blocks."""

import warnings
from dataclasses import dataclass

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
from lecture8.ionic_conductivity.mean_square import fast_mean_squared_displacement
from lecture8.ionic_conductivity.replicas import positions_and_times
from lecture8.measured import Measured, from_samples, paired_ratio


class NoHavenRatio(ValueError):
    """The charge's own displacement, one walker a run, is too noisy."""


@dataclass(frozen=True, eq=False)  # == of arrays is an array
class Diffusion(Measured):
    """A diffusion coefficient, Å2/ps (1 Å2/ps = 1e-4 cm2/s = 1e-8 m2/s), and where it is from.

    Parameters
    ----------
    window : tuple of two floats
        First and last lag time of the fit, ps.
    exponent : float
        Log-log slope in the window: 1 for diffusion.
    coefficients : array (S,)
        That of each replica or block, Å2/ps.
    lag_times, msd : array (L,)
        The curve that was fitted, ps and Å2, mean over replicas or blocks.
    """

    window: tuple[float, float]
    exponent: float
    coefficients: np.ndarray
    lag_times: np.ndarray
    msd: np.ndarray


def diffusion_coefficient(
    run, times=None, *, axes=None, window: tuple[float, float] | None = None, blocks: int = 4
) -> Diffusion:
    """Return D from the slope of the mean squared displacement, MSD(tau) = 2 d D tau + c.

    c is the rattling in the cage: so the slope, not MSD / (2 d tau). The line is fitted to each
    replica, or to each block of the time origins of the only trajectory, and the scatter of these
    slopes gives the error: they are independent, while the points of one curve are not (each shares
    most of its steps with the next), so that the residuals of the line give an error that is ten
    times too small or worse. Atoms are no replicas either: where ions hop together, they repeat
    each other. The interval of one run of 14 ps with 20 to 200 ions, which hop alone or some
    together, holds the truth in 90 to 96 of 100 cases.

    Parameters
    ----------
    run : Trajectory, Replicas, array (T, N, 3), or R of these arrays
        Å, unwrapped, drift removed, of the diffusing ions only: ``run.of("Li")``. R > 1 are
        independent replicas.
    times : array (T,), optional
        ps, evenly spaced; of arrays, which do not bring them.
    axes : int or sequence of int, optional
        Directions to use: 2 for D along z, (0, 1) for a layer; all if left out.
    window : tuple of two floats, optional
        Lag times of the fit, ps; found by `diffusive_window` if left out, up to half the length
        of a replica, or one part in `blocks` + 1 of a single run. An earlier end gives a smaller
        error, if D does not change there.
    blocks : int
        Of a single trajectory. More of them give a better error of a shorter window; a block should
        be longer than an ion rests between two hops.

    Raises
    ------
    ValueError
        If the run is too short, unevenly spaced, not diffusive, or the slope is not positive.

    Warns
    -----
    UserWarning
        If the interval includes 0, or the window given is not diffusive.
    """
    lag_times, msd, directions = _curves(*positions_and_times(run, times), axes, blocks)
    given = window is not None
    start, end = _pair(window) if given else diffusive_window(lag_times, msd)
    inside = _inside(lag_times, start, end)
    coefficients = slope(lag_times[inside], msd[:, inside]) / (2 * directions)
    result = from_samples(coefficients)
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
    return Diffusion(
        **vars(result),
        window=(start, end),
        exponent=exponent,
        coefficients=coefficients,
        lag_times=lag_times,
        msd=mean,
    )


def haven_ratio(
    run,
    times=None,
    *,
    charges=None,
    window: tuple[float, float] | None = None,
    blocks: int = 4,
) -> Measured:
    """Return H = D_tracer / D_charge: 1 if ions move independently, 1/n if n of them hop as one.

    D_charge is that of `charge_displacement`: one walker per run instead of N, so its error is much
    the larger one. Nernst-Einstein's conductivity divided by H is the true one. The error is that
    of a `paired_ratio`: the two coefficients of a replica or block have much in common.

    Parameters
    ----------
    run, times, window, blocks
        As for `diffusion_coefficient`; the mobile ions, as seen from the framework.
    charges : array (N,), optional
        In units of e; all alike if left out. Tracers count with z^2.

    Raises
    ------
    ValueError
        As `diffusion_coefficient`; `NoHavenRatio`, one of them, if the charge's slope is not
        positive in some subset.
    """
    runs, times = positions_and_times(run, times)
    charge = [charge_displacement(positions, charges) for positions in runs]
    runs = [x * normalised_charges(charges, np.shape(x)[1])[:, None] for x in runs]
    lag_times, msd, _ = _curves(runs, times, None, blocks)
    msd_charge = _curves(charge, times, None, blocks)[1]
    # The tracers show which window is diffusive; one noisy walker cannot.
    window = diffusive_window(lag_times, msd) if window is None else _pair(window)
    inside = _inside(lag_times, *window)
    tracer, charge = (slope(lag_times[inside], m[:, inside]) for m in (msd, msd_charge))
    try:
        return paired_ratio(tracer, charge)
    except ValueError:
        raise NoHavenRatio(
            f"the mean squared displacement of the charge does not rise in all of {len(tracer)} "
            "replicas or blocks taken together; run longer, or give an earlier window"
        ) from None


def _curves(runs, times, axes, blocks) -> tuple[np.ndarray, np.ndarray, int]:
    """Return lag times (L,), the MSD of each replica or block (S, L), and how many directions."""
    interval = frame_interval(times)
    stretches, origins = independent_stretches(runs, len(times), blocks)
    axes = np.arange(stretches[0].shape[2]) if axes is None else np.atleast_1d(axes)
    if len(np.unique(axes)) != len(axes) or not np.isin(axes, range(stretches[0].shape[2])).all():
        raise ValueError(f"axes are {axes.tolist()}, but must be different ones of 0, 1 and 2")
    frames = len(stretches[0])
    longest = (frames - 1) // 2 if origins is None else frames - origins
    lags = {"max_lag": longest, "origins": origins}
    msd = [fast_mean_squared_displacement(s[..., axes], **lags) for s in stretches]
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
            f"{lag_times[-1]:g} ps (half of a replica, a part in blocks + 1 of a single run); it "
            "needs three or more within"
        )
    return inside
