"""Arrhenius' law: an activation energy from D at several temperatures, and D at any other."""

import warnings
from typing import NamedTuple

import numpy as np
from ase import units
from scipy.stats import chi2

from lecture8.ionic_conductivity.interval import Measured, quantile


class Arrhenius(NamedTuple):
    """The line ln D = ln D0 - E_a / (k T) through measured diffusion coefficients.

    Parameters
    ----------
    activation_energy : Measured
        E_a with its 95 % interval, eV.
    log_prefactor : Measured
        ln(D0 / (Å2/ps)).
    covariance : array (2, 2)
        Of (ln D0, E_a): 1, eV, eV2. Both change together, so neither error alone gives that of D.
    chi_squared : float
        Squared distances of the points from the line, in units of their errors; about M - 2.
    degrees_of_freedom : float
        Of Student's t in the intervals.
    """

    activation_energy: Measured
    log_prefactor: Measured
    covariance: np.ndarray
    chi_squared: float
    degrees_of_freedom: float

    def diffusion(self, temperature_K) -> Measured:
        """Return D (Å2/ps) with the 95 % band of the line, at a temperature or several.

        The band is that of ln D, so its limits are factors: D may be uncertain by more than itself
        without becoming negative.

        Parameters
        ----------
        temperature_K : float or array
            Where the line is extrapolated, the band says what the *points* allow; that no other
            process takes over below them, nobody has measured.

        Returns
        -------
        Measured
            Each entry a float, or an array like `temperature_K`.

        Raises
        ------
        ValueError
            If a temperature is not positive.
        """
        _check_temperatures(temperature_K)
        beta = 1 / (units.kB * np.asarray(temperature_K, float))
        gradient = np.stack([np.ones_like(beta), -beta], axis=-1)  # d ln D / d (ln D0, E_a)
        error = np.sqrt(np.einsum("...i,ij,...j->...", gradient, self.covariance, gradient))
        log = self.log_prefactor.value - self.activation_energy.value * beta
        margin = quantile(self.degrees_of_freedom) * error
        value = np.exp(log)
        limits = (value, value * error, value * np.exp(-margin), value * np.exp(margin))
        return Measured(*(x if x.ndim else float(x) for x in map(np.asarray, limits)))


def arrhenius_fit(temperatures_K, coefficients, errors, *, samples) -> Arrhenius:
    """Return the weighted line through ln D against 1 / T.

    ln D = ln D0 - E_a / (k T),   sigma(ln D) = sigma(D) / D,   weights 1 / sigma^2.

    The errors come from few replicas and are uncertain themselves, and a point whose error came out
    small by luck gets too much weight. Student's t with the degrees of freedom of a *single* point
    makes up for that; the normal 1.96 would be too narrow, as is any error from the scatter of
    three or four points around the line.

    Parameters
    ----------
    temperatures_K : array (M,)
        Two or more different ones; three to see whether they lie on a line.
    coefficients, errors : array (M,)
        D and its standard error, Å2/ps; `Diffusion.value` and `Diffusion.error`.
    samples : int or array (M,) of int
        How many replicas or blocks each error was measured from; ``len(Diffusion.samples)``.

    Raises
    ------
    ValueError
        If there is only one temperature, or a value is not positive.

    Warns
    -----
    UserWarning
        If there are two temperatures only, an error exceeds a third of its D, or the points do not
        lie on a line.

    Notes
    -----
    Meier, Biometrics 9, 59 (1953), on means with weights that are themselves measured.
    """
    T, D, sigma = (np.asarray(x, float) for x in (temperatures_K, coefficients, errors))
    freedom = np.min(samples) - 1
    _check(T, D, sigma, freedom)
    # Centred at the mean 1/kT of the points: else rounding spoils the almost singular matrix.
    beta = 1 / (units.kB * T)
    weights = (D / sigma) ** 2
    centre = np.sum(weights * beta) / np.sum(weights)
    spread = np.sum(weights * (beta - centre) ** 2)
    mean = np.sum(weights * np.log(D)) / np.sum(weights)
    energy = -np.sum(weights * (beta - centre) * np.log(D)) / spread
    log_prefactor = mean + energy * centre
    variance = 1 / spread  # of E_a
    covariance = np.array(
        [
            [1 / np.sum(weights) + centre**2 * variance, centre * variance],
            [centre * variance, variance],
        ]
    )
    chi_squared = float(np.sum(weights * (np.log(D) - log_prefactor + energy * beta) ** 2))
    _warn(T, D, sigma, freedom, chi_squared)
    t = quantile(freedom)
    parameters = (
        Measured(float(x), float(s), float(x - t * s), float(x + t * s))
        for x, s in zip((energy, log_prefactor), np.sqrt(np.diag(covariance))[::-1], strict=True)
    )
    return Arrhenius(*parameters, covariance, chi_squared, float(freedom))


def _check(T, D, sigma, freedom) -> None:
    if T.ndim != 1 or T.shape != D.shape or T.shape != sigma.shape:
        raise ValueError(
            f"temperatures, coefficients and errors have shapes {T.shape}, {D.shape} and "
            f"{sigma.shape}, but must be one series each, of the same length"
        )
    _check_temperatures(T)
    if len(np.unique(T)) < 2:
        raise ValueError(
            f"there is only one temperature, {np.unique(T)} K; a line needs two, and three or more "
            "to see whether it is one"
        )
    for name, values in (("coefficient", D), ("error", sigma)):
        if not np.all((values > 0) & np.isfinite(values)):
            raise ValueError(
                f"the {name}s are {values.tolist()} Å2/ps, but must all be positive; leave out a "
                "temperature at which nothing diffuses"
            )
    if freedom < 1:
        raise ValueError(
            f"samples is {freedom + 1:g}, but an error needs two or more replicas or blocks"
        )


def _check_temperatures(temperatures_K) -> None:
    if not np.all((np.asarray(temperatures_K) > 0) & np.isfinite(temperatures_K)):
        raise ValueError(f"temperatures are {temperatures_K} K, but must all be positive")


def _warn(T, D, sigma, freedom, chi_squared) -> None:
    if len(np.unique(T)) == 2:
        warnings.warn(
            "two temperatures always lie on a line, so nothing tells whether Arrhenius' law holds; "
            "add a third",
            stacklevel=3,
        )
    if np.any(sigma > D / 3):
        worst = int(np.argmax(sigma / D))
        warnings.warn(
            f"D at {T[worst]:g} K is {D[worst]:.2g} ± {sigma[worst]:.1g} Å2/ps: with so large an "
            "error ln D is biased and its interval too; run longer there, or leave it out",
            stacklevel=3,
        )
    # Errors measured from few samples stretch the tail of chi squared; so it is scaled with t.
    expected = chi2.ppf(0.99, max(len(T) - 2, 1)) * (quantile(freedom) / quantile(np.inf)) ** 2
    if len(T) > 2 and chi_squared > expected:
        warnings.warn(
            f"the points miss the line by chi squared {chi_squared:.1f}, where {len(T) - 2} is "
            "usual: the slope changes with temperature (a phase transition, melting?), or the "
            "errors are too small; fit each side alone",
            stacklevel=3,
        )
