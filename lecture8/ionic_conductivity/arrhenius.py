"""Arrhenius' law: an activation energy from D at several temperatures, and D at any other."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from ase import units
from scipy.special import chdtri

from lecture8.arguments import check_not_negative
from lecture8.measured import Measured, from_error, quantile


@dataclass(frozen=True, eq=False)  # == of arrays is an array
class Arrhenius:
    """A line, or a curve that bends little, through measured diffusion coefficients.

        ln D = ln D_m - E_a (x - x_m) - B (x - x_m)^2 / 2,   x = 1 / (k T)

    Parameters
    ----------
    activation_energy : Measured
        E_a with its 95 % interval, eV: the slope in the middle of the points.
    log_prefactor : Measured
        ln(D0 / (Å2/ps)) of the line with that slope, ln D = ln D0 - E_a / (k T).
    middle : float
        x_m, the weighted mean of 1 / (k T), 1/eV.
    parameters : array (3,)
        ln D_m, -E_a, -B: 1, eV, eV2. B is dE_a / dx; 0 for a line.
    covariance : array (3, 3)
        Of these.
    chi_squared : float
        Squared distances of the points from the curve, and of B from 0, in units of their errors;
        about M - 2 for M points.
    measured_K : tuple of float
        The coldest and the hottest temperature.
    """

    activation_energy: Measured
    log_prefactor: Measured
    middle: float
    parameters: np.ndarray
    covariance: np.ndarray
    chi_squared: float
    measured_K: tuple[float, float]

    def diffusion(self, temperature_K) -> Measured:
        """Return D (Å2/ps) with its 95 % band, at a temperature or several.

        The band is that of ln D, so its limits are factors: D may be uncertain by more than itself
        without becoming negative.

        Parameters
        ----------
        temperature_K : float or array

        Returns
        -------
        Measured
            Each entry a float, or an array like `temperature_K`.

        Raises
        ------
        ValueError
            If a temperature is not positive.

        Warns
        -----
        UserWarning
            If a line that may not bend is asked about a temperature that is further from the
            points, in 1 / T, than these from each other. Its band says what the points allow *if*
            it goes on, which none of them can tell.
        """
        _check_temperatures(temperature_K)
        x = 1 / (units.kB * np.asarray(temperature_K, float))
        if self.covariance[2, 2] == 0:
            self._warn_of_far(np.atleast_1d(x))
        basis = _basis(x - self.middle)
        error = np.sqrt(np.einsum("...i,ij,...j->...", basis, self.covariance, basis))
        samples = self.activation_energy.samples
        return from_error(basis @ self.parameters, error, samples).map(np.exp)

    def _warn_of_far(self, x) -> None:
        coldest, hottest = self.measured_K
        cold, hot = 1 / (units.kB * coldest), 1 / (units.kB * hottest)
        beyond = np.maximum(x - cold, hot - x) / (cold - hot)
        if beyond.max() > 1:
            far = 1 / (units.kB * x[np.argmax(beyond)])
            warnings.warn(
                f"{far:.0f} K is {beyond.max():.1f} times as far from {coldest:g} to {hottest:g} "
                "K, in 1/T, as these are from each other: the band holds if the line goes on. Let "
                "it bend (bend=0.3), or run there",
                stacklevel=3,
            )


def arrhenius_fit(diffusion: Mapping[float, Measured], *, bend: float = 0.0) -> Arrhenius:
    """Return the weighted line through ln D against 1 / T, or a curve that bends little.

        line = arrhenius_fit({T: diffusion_coefficient(run) for T, run in runs.items()})

    ln D = ln D0 - E_a / (k T),   sigma(ln D) = sigma(D) / D,   weights 1 / sigma^2.

    The errors come from few replicas and are uncertain themselves, and a point whose error came out
    small by luck gets too much weight. Student's t with the degrees of freedom of a *single* point
    makes up for that; the normal 1.96 would be too narrow, as is any error from the scatter of
    three or four points around the line.

    Parameters
    ----------
    diffusion : dict, temperature (K) -> Diffusion or Measured
        Å2/ps. Two temperatures or more; three to see whether they lie on a line.
    bend : float
        By what fraction of itself E_a may change over a range of 1 / T as wide as that of the
        points: the standard deviation of what is thought possible before looking (normal, around
        0). The points then say what they can, and where they are silent the band grows. In
        crystals 0.3 is common: two barriers, sites that order, another phase.

    Raises
    ------
    ValueError
        If there is only one temperature, a value is not positive, or `bend` is negative.

    Warns
    -----
    UserWarning
        If there are two temperatures only, an error exceeds a third of its D, or the points miss
        line or curve by more than their errors.

    Notes
    -----
    Meier, Biometrics 9, 59 (1953), on means with weights that are themselves measured. A bend with
    a normal prior is ridge regression: one more row, 0 = B / its standard deviation.
    """
    check_not_negative("bend", bend)
    T = np.array(list(diffusion), float)
    D, error = (np.array([getattr(d, x) for d in diffusion.values()]) for x in ("value", "error"))
    samples = min((d.samples for d in diffusion.values()), default=0)
    _check(T, D, error, samples)
    sigma = error / D  # of ln D
    x = 1 / (units.kB * T)
    # From the middle of the points on: else rounding spoils the almost singular matrix.
    middle = float(np.average(x, weights=sigma**-2.0))
    likely = bend * abs(_solve(x - middle, np.log(D), sigma, 0)[0][1]) / np.ptp(x)
    parameters, covariance, chi_squared = _solve(x - middle, np.log(D), sigma, likely)
    _warn(T, D, sigma, samples - 1, chi_squared)
    energy = from_error(-parameters[1], np.sqrt(covariance[1, 1]), samples)
    at_zero = np.array([1.0, -middle, 0.0])  # of the tangent, not of the curve
    log_prefactor = from_error(
        at_zero @ parameters, np.sqrt(at_zero @ covariance @ at_zero), samples
    )
    measured_K = float(T.min()), float(T.max())
    return Arrhenius(energy, log_prefactor, middle, parameters, covariance, chi_squared, measured_K)


def _basis(x) -> np.ndarray:
    """Return 1, x, x^2 / 2 along a new last axis."""
    return np.stack([np.ones_like(x), x, x**2 / 2], axis=-1)


def _solve(x, log_D, sigma, likely_bend: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the three parameters, their covariance (3, 3) and chi squared."""
    rows, values = _basis(x) / sigma[:, None], log_D / sigma
    free = slice(2)
    if likely_bend > 0:
        free = slice(3)
        rows, values = np.vstack([rows, [0, 0, 1 / likely_bend]]), np.append(values, 0)
    covariance, parameters = np.zeros((3, 3)), np.zeros(3)
    covariance[free, free] = np.linalg.inv(rows[:, free].T @ rows[:, free])
    parameters[free] = covariance[free, free] @ rows[:, free].T @ values
    return parameters, covariance, float(np.sum((values - rows @ parameters) ** 2))


def _check(T, D, error, samples: int) -> None:
    if len(T):
        _check_temperatures(T)
    if len(T) < 2:
        raise ValueError(
            f"there is only one temperature, {T} K; a line needs two, and three or more to see "
            "whether it is one"
        )
    for name, values in (("coefficient", D), ("error", error)):
        if not np.all((values > 0) & np.isfinite(values)):
            raise ValueError(
                f"the {name}s are {values.tolist()} Å2/ps, but must all be positive; leave out a "
                "temperature at which nothing diffuses"
            )
    if samples < 2:
        raise ValueError(
            f"samples is {samples:g}, but an error needs two or more replicas or blocks"
        )


def _check_temperatures(temperatures_K) -> None:
    if not np.all((np.asarray(temperatures_K) > 0) & np.isfinite(temperatures_K)):
        raise ValueError(f"temperatures are {temperatures_K} K, but must all be positive")


def _warn(T, D, sigma, freedom: int, chi_squared: float) -> None:
    if len(T) == 2:
        warnings.warn(
            "two temperatures always lie on a line, so nothing tells whether Arrhenius' law holds; "
            "add a third",
            stacklevel=3,
        )
    if np.any(sigma > 1 / 3):
        worst = int(np.argmax(sigma))
        warnings.warn(
            f"D at {T[worst]:g} K is {D[worst]:.2g} ± {sigma[worst] * D[worst]:.1g} Å2/ps: with "
            "so large an error ln D is biased and its interval too; run longer there, or leave it "
            "out",
            stacklevel=3,
        )
    # Errors measured from few samples stretch the tail of chi squared; so it is scaled with t.
    expected = chdtri(max(len(T) - 2, 1), 0.01) * (quantile(freedom) / quantile(np.inf)) ** 2
    if len(T) > 2 and chi_squared > expected:
        warnings.warn(
            f"the points miss the line by chi squared {chi_squared:.1f}, where {len(T) - 2} is "
            "usual: the slope changes with temperature (a phase transition, melting?), or the "
            "errors are too small; let it bend (bend=0.3), or fit each side alone",
            stacklevel=3,
        )
