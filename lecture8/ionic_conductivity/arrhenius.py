"""Arrhenius' law: an activation energy from D at several temperatures, and D at any other."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from ase import units
from scipy.special import chdtri

from lecture8.measured import Measured, from_error, quantile


@dataclass(frozen=True, eq=False)  # == of arrays is an array
class Arrhenius:
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
        Squared distances of the points from the line, in units of their errors as measured; about
        M - 2.
    enlarged_by : float
        The factor by which the errors of D were enlarged; 1 if they were not.
    """

    activation_energy: Measured
    log_prefactor: Measured
    covariance: np.ndarray
    chi_squared: float
    enlarged_by: float = 1.0

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
        return from_error(log, error, self.activation_energy.samples).map(np.exp)


def arrhenius_fit(diffusion: Mapping[float, Measured], *, enlarge_errors=False) -> Arrhenius:
    """Return the weighted line through ln D against 1 / T.

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
    enlarge_errors : bool
        Where the points miss the line by more than their errors, enlarge all errors by
        sqrt(chi squared / (M - 2)), until they do not; `enlarged_by` says by how much.

    Raises
    ------
    ValueError
        If there is only one temperature, or a value is not positive.

    Warns
    -----
    UserWarning
        If there are two temperatures only, an error exceeds a third of its D, or the points do not
        lie on a line and errors are not enlarged.

    Notes
    -----
    Meier, Biometrics 9, 59 (1953), on means with weights that are themselves measured. The Particle
    Data Group enlarges errors so where measurements disagree.
    """
    T = np.array(list(diffusion), float)
    D, error = (np.array([getattr(d, x) for d in diffusion.values()]) for x in ("value", "error"))
    samples = min((d.samples for d in diffusion.values()), default=0)
    _check(T, D, error, samples)
    sigma = error / D  # of ln D
    line, covariance, chi_squared = _line(T, D, sigma)
    enlarged_by = 1.0
    if enlarge_errors and len(T) > 2:
        enlarged_by = max(1.0, float(np.sqrt(chi_squared / (len(T) - 2))))
    covariance = enlarged_by**2 * covariance
    _warn(T, D, sigma, samples - 1, None if enlarge_errors else chi_squared)
    log_prefactor, energy = (
        from_error(float(value), float(error), samples)
        for value, error in zip(line, np.sqrt(np.diag(covariance)), strict=True)
    )
    return Arrhenius(energy, log_prefactor, covariance, chi_squared, enlarged_by)


def _line(T, D, sigma) -> tuple[np.ndarray, np.ndarray, float]:
    """Return (ln D0, E_a), their covariance (2, 2) and chi squared; sigma (M,) is that of ln D."""
    # Centred at the mean 1/kT of the points: else rounding spoils the almost singular matrix.
    beta = 1 / (units.kB * T)
    weights = sigma**-2.0
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
    return np.array([log_prefactor, energy]), covariance, chi_squared


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


def _warn(T, D, sigma, freedom: int, chi_squared: float | None) -> None:
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
    if len(T) > 2 and chi_squared is not None and chi_squared > expected:
        warnings.warn(
            f"the points miss the line by chi squared {chi_squared:.1f}, where {len(T) - 2} is "
            "usual: the slope changes with temperature (a phase transition, melting?), or the "
            "errors are too small; fit each side "
            "alone, or enlarge_errors",
            stacklevel=3,
        )
