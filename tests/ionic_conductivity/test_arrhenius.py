"""Arrhenius' law: the line, its errors, and the band where it is extrapolated."""

import warnings

import numpy as np
import pytest
from ase import units

from lecture8.ionic_conductivity import arrhenius_fit, diffusion_coefficient, from_samples

from .walks import random_walk

TEMPERATURES = np.array([500.0, 600.0, 700.0, 850.0, 1000.0])
E_A, LOG_D0 = 0.25, 2.0  # eV, ln(Å2/ps)
TRIALS = 200  # 95 % of them is 190 ± 3


def law(temperature_K):
    return np.exp(LOG_D0 - E_A / (units.kB * np.asarray(temperature_K)))


def measured(rng, *, samples=8, error=0.08, temperatures=TEMPERATURES):
    """Return D and its error at each temperature, from replicas that scatter around the law."""
    scatter = error * np.sqrt(samples) * rng.standard_normal((len(temperatures), samples))
    replicas = law(temperatures)[:, None] * np.exp(scatter)
    return np.transpose([from_samples(row)[:2] for row in replicas])


def test_points_on_the_line_give_it_back():
    D = law(TEMPERATURES)
    fit = arrhenius_fit(TEMPERATURES, D, 0.1 * D, samples=8)
    assert fit.activation_energy.value == pytest.approx(E_A)
    assert fit.log_prefactor.value == pytest.approx(LOG_D0)
    assert fit.chi_squared == pytest.approx(0, abs=1e-12)  # rounding
    assert fit.diffusion(300).value == pytest.approx(law(300))
    np.testing.assert_allclose(fit.diffusion([300, 400]).value, law([300, 400]))


def test_it_is_the_weighted_least_squares_of_the_textbook():
    D, sigma = measured(np.random.default_rng(0))
    sigma *= [1, 2, 1, 3, 1]
    fit = arrhenius_fit(TEMPERATURES, D, sigma, samples=8)
    beta = 1 / (units.kB * TEMPERATURES)
    (slope, offset), covariance = np.polyfit(beta, np.log(D), 1, w=D / sigma, cov="unscaled")
    assert fit.activation_energy.value == pytest.approx(-slope)
    assert fit.log_prefactor.value == pytest.approx(offset)
    assert fit.activation_energy.error == pytest.approx(np.sqrt(covariance[0, 0]))
    assert fit.log_prefactor.error == pytest.approx(np.sqrt(covariance[1, 1]))
    # E_a is minus the slope, so the covariance changes sign.
    assert fit.covariance[0, 1] == pytest.approx(-covariance[0, 1])


@pytest.mark.filterwarnings("ignore:the points miss")  # one in a hundred does
def test_the_intervals_of_energy_and_of_d_at_300_K_cover_and_naive_ones_do_not():
    rng = np.random.default_rng(1)
    energy = band = naive = 0
    for _ in range(TRIALS):
        D, sigma = measured(rng, samples=4)
        fit = arrhenius_fit(TEMPERATURES, D, sigma, samples=4)
        energy += fit.activation_energy.low <= E_A <= fit.activation_energy.high
        room = fit.diffusion(300)
        band += room.low <= law(300) <= room.high
        # The planted bug: 1.96, as if the errors were known.
        naive += abs(np.log(room.value / law(300))) <= 1.96 * room.error / room.value
    assert 0.90 <= energy / TRIALS <= 0.99
    assert 0.90 <= band / TRIALS <= 0.99
    assert naive / TRIALS < 0.90


@pytest.mark.filterwarnings("ignore:the points miss")  # one in a hundred does
def test_the_whole_chain_from_walks_to_300_K_covers():
    rng = np.random.default_rng(2)
    temperatures = [600, 750, 1000]
    times, covered = np.arange(150.0), 0
    for _ in range(TRIALS):
        walks = [random_walk(rng, 150, 20, D=law(T), interval=1, replicas=4) for T in temperatures]
        found = [diffusion_coefficient(r, times, window=(2, 20)) for r in walks]
        fit = arrhenius_fit(
            temperatures, [d.value for d in found], [d.error for d in found], samples=4
        )
        room = fit.diffusion(300)
        covered += room.low <= law(300) <= room.high
    assert 0.90 <= covered / TRIALS <= 0.99


def test_the_band_is_narrow_among_the_points_and_wide_beyond():
    D = law(TEMPERATURES)
    fit = arrhenius_fit(TEMPERATURES, D, 0.1 * D, samples=8)
    relative = fit.diffusion([300, 700, 1000])
    relative = relative.error / relative.value
    assert relative[1] < 0.05  # about 0.1 / sqrt(5)
    assert relative[0] > 3 * relative[1]
    assert fit.diffusion(300).low > 0
    # Twin: errors of ln D0 and E_a added as if independent; both rise together, and mostly cancel.
    independent = np.hypot(fit.log_prefactor.error, fit.activation_energy.error / (units.kB * 700))
    assert independent > 5 * relative[1]


def test_points_that_bend_warn_and_points_that_do_not_stay_silent():
    rng = np.random.default_rng(3)
    silent = 0
    for _ in range(100):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            arrhenius_fit(TEMPERATURES, *measured(rng), samples=8)
        silent += not caught
    assert silent >= 97  # it warns at 1 %
    D, sigma = measured(rng)
    D[TEMPERATURES > 650] *= 5  # a phase transition
    with pytest.warns(UserWarning, match="the points miss the line"):
        arrhenius_fit(TEMPERATURES, D, sigma, samples=8)


def test_two_temperatures_and_large_errors_warn():
    D = law(TEMPERATURES[:2])
    with pytest.warns(UserWarning, match="two temperatures always lie on a line"):
        arrhenius_fit(TEMPERATURES[:2], D, 0.1 * D, samples=8)
    D = law(TEMPERATURES)
    with pytest.warns(UserWarning, match="D at 500 K is 0.022 ± 0.01"):
        arrhenius_fit(TEMPERATURES, D, [0.5, 0.1, 0.1, 0.1, 0.1] * D, samples=8)


@pytest.mark.parametrize(
    ("temperatures", "D", "errors", "samples", "match"),
    [
        ([300], [1], [0.1], 8, "only one temperature"),
        ([300, 300], [1, 1], [0.1, 0.1], 8, "only one temperature"),
        ([300, -400], [1, 1], [0.1, 0.1], 8, "temperatures are"),
        ([300, 400], [1, -1], [0.1, 0.1], 8, "the coefficients are"),
        ([300, 400], [1, 1], [0.1, 0.0], 8, "the errors are"),
        ([300, 400], [1, 1], [0.1, np.nan], 8, "the errors are"),
        ([300, 400], [1, 1], [0.1], 8, "of the same length"),
        ([300, 400], [1, 1], [0.1, 0.1], [8, 1], "samples is 1"),
    ],
)
def test_what_makes_no_line_is_refused(temperatures, D, errors, samples, match):
    with pytest.raises(ValueError, match=match):
        arrhenius_fit(temperatures, D, errors, samples=samples)


def test_there_is_no_diffusion_at_zero_kelvin():
    D = law(TEMPERATURES)
    fit = arrhenius_fit(TEMPERATURES, D, 0.1 * D, samples=8)
    with pytest.raises(ValueError, match="must all be positive"):
        fit.diffusion(0)
