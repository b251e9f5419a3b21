"""A measured number: its value, its standard error, its 95 % interval, and what keeps them right.

Errors come from independent samples (replicas, blocks), of which there are few: Student's t pays
for that. A number that cannot be negative (a diffusion coefficient, a ratio) has its interval on
the logarithmic scale, where errors are relative and limits are factors.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

LEVEL = 0.95


@dataclass(frozen=True, eq=False)  # the entries may be arrays, and == of arrays is an array
class Measured:
    """A number with its error, all in one unit: ``print(D)`` says "0.10 ± 0.02 (0.06 to 0.15)".

    ``f"{D:.3f}"`` gives each of the four numbers three decimals.

    Parameters
    ----------
    value : float
    error : float
        Standard error.
    low, high : float
        Limits of the 95 % confidence interval.
    samples : int
        How many independent samples the error comes from: Student's t in the interval has one
        degree of freedom less. A line through M points, which has two parameters, counts as M - 1.
    """

    value: float
    error: float
    low: float
    high: float
    samples: int

    def __mul__(self, factor: float) -> "Measured":
        """Return the number in another unit; a negative factor turns the interval round."""
        low, high = _ordered(factor * self.low, factor * self.high)
        return Measured(factor * self.value, abs(factor) * self.error, low, high, self.samples)

    __rmul__ = __mul__

    def __truediv__(self, divisor: float) -> "Measured":
        return self * (1 / divisor)

    def map(self, function: Callable) -> "Measured":
        """Return a monotone function of the number, for example ``log_ratio.map(np.exp)``.

        The limits are those of the function: what was between them stays between them. The error is
        that of first order, |df/dx| times the error.
        """
        low, high = _ordered(function(self.low), function(self.high))
        step = 1e-3 * self.error  # small beside what the function bends, large beside rounding
        steps = np.where(step > 0, 2 * step, 1.0)
        slope = np.abs(function(self.value + step) - function(self.value - step)) / steps
        parts = function(self.value), slope * self.error, low, high
        return Measured(*map(_float, parts), self.samples)

    def log(self) -> "Measured":
        """Return the logarithm, with the interval of its own error, the relative one.

        Raises
        ------
        ValueError
            If the number is not positive.
        """
        if not np.all(self.value > 0):
            raise ValueError(f"the number is {self.value}, but only a positive one has a logarithm")
        return from_error(_float(np.log(self.value)), self.error / self.value, self.samples)

    def __format__(self, form: str) -> str:
        if not form:
            return str(self)
        numbers = self.value, self.error, self.low, self.high
        value, error, low, high = (format(x, form) for x in numbers)
        return f"{value} ± {error} ({low} to {high})"

    def __str__(self) -> str:
        if np.ndim(self.value) or not 0 < self.error < np.inf:
            return repr(self)
        # One digit of the error, two if the first is 1: what lies beyond is not known.
        place = int(np.floor(np.log10(self.error)))
        decimals = -place + (self.error < 2 * 10.0**place)
        numbers = (round(x, decimals) for x in (self.value, self.error, self.low, self.high))
        value, error, low, high = (f"{x:.{max(decimals, 0)}f}" for x in numbers)
        return f"{value} ± {error} ({low} to {high})"


@dataclass(frozen=True, eq=False)
class Pooled(Measured):
    """The mean of several measurements of one number.

    Parameters
    ----------
    chi_squared : float
        Squared distances from the mean in units of their errors: about M - 1 if M measurements are
        of one number.
    """

    chi_squared: float


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
    error = samples.std(ddof=1) / np.sqrt(len(samples))
    return from_error(float(samples.mean()), float(error), len(samples))


def from_error(value, error, samples: int) -> Measured:
    """Return a number whose standard error was measured from `samples`, with Student's interval."""
    margin = quantile(samples - 1) * error
    return Measured(value, error, value - margin, value + margin, samples)


def ratio(numerator: Measured, denominator: Measured) -> Measured:
    """Return the quotient of two positive numbers that were measured independently.

    Relative errors add up in squares, and so do the half widths of the intervals of the logarithms.
    For what was measured in the same runs, take `paired_ratio`.

    Raises
    ------
    ValueError
        If one is not positive.
    """
    above, below = numerator.log(), denominator.log()
    value, margin = above.value - below.value, np.hypot(*(_margin(x) for x in (above, below)))
    samples = min(above.samples, below.samples)
    error = np.hypot(above.error, below.error)
    return Measured(value, error, value - margin, value + margin, samples).map(np.exp)


def paired_ratio(numerators, denominators) -> Measured:
    """Return the quotient of two means (S,), sample by sample from the same runs.

    The error is that of the logarithm, by leaving out one sample at a time (jackknife), which keeps
    what numerator and denominator of a run have in common; the interval lies above zero.

    Raises
    ------
    ValueError
        If one of the means, of all samples or of all but one, is not positive, or there are fewer
        than two pairs.
    """
    pairs = np.array([numerators, denominators], float)  # (2, S)
    if pairs.ndim != 2 or pairs.shape[1] < 2:
        raise ValueError(
            f"the pairs have shape {pairs.shape}, but must be two series of two samples or more"
        )
    samples = pairs.shape[1]
    # Row k leaves out sample k; the last row keeps all.
    kept = np.vstack([1 - np.eye(samples), np.ones(samples)])
    sums = kept @ pairs.T
    if not np.all(sums > 0):
        raise ValueError(
            f"a mean of {samples} samples, or of all but one, is not positive, so that the ratio "
            "has no logarithm; measure longer"
        )
    logs = np.log(sums[:, 0]) - np.log(sums[:, 1])
    error = np.sqrt((samples - 1) * np.var(logs[:-1]))
    return from_error(float(logs[-1]), float(error), samples).map(np.exp)


def pooled(measurements: Iterable[Measured]) -> Pooled:
    """Return the mean of independent measurements of one positive number: of ratios, say.

    Mean of the logarithms, each with the weight 1 / error^2 that its relative error gives it. As
    these errors come from few samples themselves, the interval has Student's t of the fewest.

    Raises
    ------
    ValueError
        If one is not positive, or its error is not.
    """
    logs = [measured.log() for measured in measurements]
    values, errors = (np.array([getattr(x, name) for x in logs]) for name in ("value", "error"))
    if not len(logs) or not np.all((errors > 0) & (errors < np.inf)):
        raise ValueError(
            f"the relative errors are {errors.tolist()}, but must be positive, one or more: a "
            "number without error would outweigh all others"
        )
    weights = errors**-2.0
    mean = np.sum(weights * values) / weights.sum()
    chi_squared = float(np.sum(weights * (values - mean) ** 2))
    together = from_error(mean, weights.sum() ** -0.5, min(x.samples for x in logs)).map(np.exp)
    return Pooled(**vars(together), chi_squared=chi_squared)


def quantile(degrees_of_freedom: float) -> float:
    """Return Student's t of the two-sided 95 % interval."""
    return float(stdtrit(degrees_of_freedom, (1 + LEVEL) / 2))


def _margin(measured: Measured) -> float:
    return quantile(measured.samples - 1) * measured.error


def _ordered(one, other):
    return _float(np.minimum(one, other)), _float(np.maximum(one, other))


def _float(x):
    return x if np.ndim(x) else float(x)
