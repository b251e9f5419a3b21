"""Samples that resemble their neighbours in time: the error of their mean, and for how long."""

import numpy as np

from lecture8.arguments import check_whole
from lecture8.measured import Measured, from_error


def block_average(samples, *, blocks: int = 20) -> Measured:
    """Return the mean of correlated samples and its standard error, from means over blocks.

    Neighbours in time resemble each other, so sigma / sqrt(T) is far too small an error; means over
    blocks longer than the correlation time are nearly independent.

    Raises
    ------
    ValueError
        If there are fewer samples than blocks, or they are not one series of finite numbers.

    Notes
    -----
    Flyvbjerg, Petersen, J. Chem. Phys. 91, 461 (1989).
    """
    samples = np.asarray(samples, float)
    check_whole("blocks", blocks, 2)
    check_series("samples", samples)
    if len(samples) < blocks:
        raise ValueError(f"{len(samples)} samples cannot fill {blocks} blocks")
    means = np.array([block.mean() for block in np.array_split(samples, blocks)])
    error = means.std(ddof=1) / np.sqrt(blocks)
    return from_error(float(samples.mean()), float(error), blocks)


def autocorrelation(samples, *, max_lag: int | None = None) -> np.ndarray:
    """Return the normalised autocorrelation C(k) of a series, for lags k = 0 ... max_lag.

    C(k) = c(k) / c(0),   c(k) = (1/T) sum_{t=0}^{T-1-k} (x_t - <x>) (x_{t+k} - <x>).

    All T terms share the 1/T, so C is too small by the factor 1 - k/T; in return its noise stays
    bounded where 1 / (T - k) would blow it up, in the tail, where few terms are left.

    Parameters
    ----------
    samples : array (T,)
    max_lag : int, optional
        T - 1 if left out.

    Returns
    -------
    array (max_lag + 1,)
        C(0) = 1.

    Raises
    ------
    ValueError
        If the samples are not one series, not finite or all equal, or `max_lag` does not fit.
    """
    samples = np.asarray(samples, float)
    check_series("samples", samples)
    if len(samples) < 2 or np.ptp(samples) == 0:
        raise ValueError("the samples are all equal; a constant has no fluctuations to correlate")
    length = len(samples)
    max_lag = length - 1 if max_lag is None else max_lag
    check_whole("max_lag", max_lag, 0)
    if not 0 <= max_lag < length:
        raise ValueError(f"max_lag is {max_lag}, but must be from 0 to {length - 1} here")
    # Padded with as many zeros, or the end of the series would be correlated with its beginning.
    spectrum = np.fft.rfft(samples - samples.mean(), 2 * length)
    sums = np.fft.irfft(np.abs(spectrum) ** 2)[: max_lag + 1]
    return sums / sums[0]


def correlation_time(samples) -> float:
    """Return the integrated autocorrelation time tau, in units of the sampling interval.

    tau = 1/2 + sum_{k=1}^{M} C(k),   with M the first lag that is at least 6 tau(M).

    White noise has 1/2, an exponential C(k) = exp(-k / tau) has tau (if tau >> 1). A series of T
    samples is worth T / (2 tau) independent ones: the error of its mean is sigma sqrt(2 tau / T).
    Beyond the window M the sum would collect noise only. The relative error of tau itself is about
    sqrt(2 (2 M + 1) / T), so a series should be some 1000 tau long for a tau good to 15 %.

    Parameters
    ----------
    samples : array (T,)
        At least ten.

    Raises
    ------
    ValueError
        If there are fewer than ten samples, or `autocorrelation` refuses them.

    Notes
    -----
    Madras, Sokal, J. Stat. Phys. 50, 109 (1988), appendix C: the definition, window and error.
    """
    if np.ndim(samples) == 1 and len(samples) < 10:
        raise ValueError(f"{len(samples)} samples are too few for a correlation time; give ten")
    times = np.cumsum(autocorrelation(samples)) - 0.5  # tau(M): C(0) counts one half
    window = np.argmax(np.arange(len(times)) >= 6 * times)
    return float(times[window])


def check_series(name: str, samples: np.ndarray) -> None:
    """Raise ValueError unless the samples are one series of finite numbers."""
    if samples.ndim != 1:
        raise ValueError(f"{name} have shape {samples.shape}, but must be one series (T,)")
    if not np.all(np.isfinite(samples)):
        bad = int(np.argmin(np.isfinite(samples)))
        raise ValueError(
            f"the {name} contain NaN or inf, first at {bad}: {samples[bad]}; "
            "cut the series before that"
        )
