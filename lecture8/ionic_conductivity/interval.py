"""A measured number, its standard error and its 95 % interval, from independent samples."""

from typing import NamedTuple

import numpy as np
from scipy.stats import t as student_t

LEVEL = 0.95


class Measured(NamedTuple):
    """A number, its standard error, and the limits of its 95 % confidence interval: one unit."""

    value: float
    error: float
    low: float
    high: float


def from_samples(samples) -> Measured:
    """Return the mean of independent samples (S,) with its error and Student's interval.

    mean +- t s / sqrt(S),   t = 12.7, 4.3, 2.8, 2.4, 2.0 for S = 2, 3, 5, 8, 60.

    s is itself measured, from few samples; t pays for that, where 1.96 would pretend to know.

    Raises
    ------
    ValueError
        If there are fewer than two samples, or one is not finite.
    """
    samples = np.asarray(samples, float)
    if samples.ndim != 1 or len(samples) < 2:
        raise ValueError(
            f"samples have shape {samples.shape}, but an error needs one series of two or more"
        )
    if not np.all(np.isfinite(samples)):
        raise ValueError(
            f"samples are {samples.tolist()}, but must be finite; leave out runs that failed"
        )
    value, error = samples.mean(), samples.std(ddof=1) / np.sqrt(len(samples))
    margin = quantile(len(samples) - 1) * error
    return Measured(float(value), float(error), float(value - margin), float(value + margin))


def quantile(degrees_of_freedom: float) -> float:
    """Return Student's t of the two-sided 95 % interval."""
    return float(student_t.ppf((1 + LEVEL) / 2, degrees_of_freedom))
