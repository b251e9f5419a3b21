"""Arrhenius' law: the line, its errors, and the band where it is extrapolated."""

import warnings

import numpy as np
import pytest
from ase import units
from scipy.optimize import minimize

from lecture8.ionic_conductivity import arrhenius_fit, diffusion_coefficient
from lecture8.measured import from_error, from_samples

from .walks import random_walk

TEMPERATURES = np.array([500.0, 600.0, 700.0, 850.0, 1000.0])
E_A, LOG_D0 = 0.25, 2.0  # eV, ln(Å2/ps)
TRIALS = 200  # 95 % of them is 190 ± 3


def law(temperature_K):
    return np.exp(LOG_D0 - E_A / (units.kB * np.asarray(temperature_K)))


def measured(rng, *, samples=8, error=0.08, temperatures=TEMPERATURES):
    """Return D at each temperature, measured from replicas that scatter around the law."""
    scatter = error * np.sqrt(samples) * rng.standard_normal((len(temperatures), samples))
    replicas = law(temperatures)[:, None] * np.exp(scatter)
    return {T: from_samples(row) for T, row in zip(temperatures, replicas, strict=True)}


def at(temperatures, D, errors, samples=8):
    """Return D at each temperature with these errors."""
    numbers = zip(temperatures, D, errors, strict=True)
    return {T: from_error(value, error, samples) for T, value, error in numbers}


@pytest.mark.filterwarnings("ignore:300 K is")
def test_points_on_the_line_give_it_back():
    D = law(TEMPERATURES)
    fit = arrhenius_fit(at(TEMPERATURES, D, 0.1 * D))
    assert fit.activation_energy.value == pytest.approx(E_A)
    assert fit.log_prefactor.value == pytest.approx(LOG_D0)
    assert fit.chi_squared == pytest.approx(0, abs=1e-12)  # rounding
    assert fit.diffusion(300).value == pytest.approx(law(300))
    np.testing.assert_allclose(fit.diffusion([300, 400]).value, law([300, 400]))


def test_it_is_the_weighted_least_squares_of_the_textbook():
    points = measured(np.random.default_rng(0))
    D = np.array([d.value for d in points.values()])
    sigma = np.array([d.error for d in points.values()]) * [1, 2, 1, 3, 1]
    fit = arrhenius_fit(at(TEMPERATURES, D, sigma))
    beta = 1 / (units.kB * TEMPERATURES)
    (slope, offset), covariance = np.polyfit(beta, np.log(D), 1, w=D / sigma, cov="unscaled")
    assert fit.activation_energy.value == pytest.approx(-slope)
    assert fit.log_prefactor.value == pytest.approx(offset)
    assert fit.activation_energy.error == pytest.approx(np.sqrt(covariance[0, 0]))
    assert fit.log_prefactor.error == pytest.approx(np.sqrt(covariance[1, 1]))
    room = np.array([1 / (units.kB * 300), 1])
    with pytest.warns(UserWarning, match="times as far"):
        error = fit.diffusion(300).error / fit.diffusion(300).value
    assert error == pytest.approx(np.sqrt(room @ covariance @ room))


@pytest.mark.filterwarnings("ignore:the points miss", "ignore:300 K is")
def test_the_intervals_of_energy_and_of_d_at_300_K_cover_and_naive_ones_do_not():
    rng = np.random.default_rng(1)
    energy = band = naive = 0
    for _ in range(TRIALS):
        fit = arrhenius_fit(measured(rng, samples=4))
        energy += fit.activation_energy.low <= E_A <= fit.activation_energy.high
        room = fit.diffusion(300)
        band += room.low <= law(300) <= room.high
        # The planted bug: 1.96, as if the errors were known.
        naive += abs(np.log(room.value / law(300))) <= 1.96 * room.error / room.value
    assert 0.90 <= energy / TRIALS <= 0.99
    assert 0.90 <= band / TRIALS <= 0.99
    assert naive / TRIALS < 0.90


@pytest.mark.filterwarnings("ignore:the points miss", "ignore:300 K is")
def test_the_whole_chain_from_walks_to_300_K_covers():
    rng = np.random.default_rng(2)
    temperatures = [600, 750, 1000]
    times, covered = np.arange(150.0), 0
    for _ in range(TRIALS):
        walks = {
            T: random_walk(rng, 150, 20, D=law(T), interval=1, replicas=4) for T in temperatures
        }
        fit = arrhenius_fit(
            {T: diffusion_coefficient(r, times, window=(2, 20)) for T, r in walks.items()}
        )
        room = fit.diffusion(300)
        covered += room.low <= law(300) <= room.high
    assert 0.90 <= covered / TRIALS <= 0.99


@pytest.mark.filterwarnings("ignore:300 K is")
def test_the_band_is_narrow_among_the_points_and_wide_beyond():
    D = law(TEMPERATURES)
    fit = arrhenius_fit(at(TEMPERATURES, D, 0.1 * D))
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
            arrhenius_fit(measured(rng))
        silent += not caught
    assert silent >= 97  # it warns at 1 %
    points = {T: D * (5 if T > 650 else 1) for T, D in measured(rng).items()}  # a phase transition
    with pytest.warns(UserWarning, match="the points miss the line"):
        arrhenius_fit(points)


# A line that may bend -----------------------------------------------------------------------------


def test_a_bend_is_ridge_regression():
    """The minimum of chi squared + (B / s)^2, found by a general minimiser."""
    points = measured(np.random.default_rng(3))
    D, errors = (np.array([getattr(d, x) for d in points.values()]) for x in ("value", "error"))
    x = 1 / (units.kB * TEMPERATURES)
    line, curve = arrhenius_fit(points), arrhenius_fit(points, bend=0.4)
    likely = 0.4 * line.activation_energy.value / np.ptp(x)

    def loss(p):
        fitted = p[0] + p[1] * (x - curve.middle) + p[2] * (x - curve.middle) ** 2 / 2
        return np.sum(((np.log(D) - fitted) * D / errors) ** 2) + (p[2] / likely) ** 2

    found = minimize(loss, [0, -0.2, 0], tol=1e-12)
    np.testing.assert_allclose(curve.parameters, found.x, atol=1e-5)
    assert curve.chi_squared == pytest.approx(found.fun, rel=1e-6)
    assert curve.chi_squared <= line.chi_squared
    np.testing.assert_allclose(curve.covariance, 2 * found.hess_inv, rtol=0.05)


def test_no_bend_is_the_line_and_little_is_nearly_the_line():
    points = measured(np.random.default_rng(4))
    line, nearly = arrhenius_fit(points), arrhenius_fit(points, bend=1e-6)
    assert line.covariance[2, 2] == 0
    with pytest.warns(UserWarning, match="300 K is 1.3 times as far from 500 to 1000 K"):
        room = line.diffusion(300)
    assert nearly.diffusion(300).high == pytest.approx(room.high, rel=1e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        line.diffusion(400)  # not so far
        nearly.diffusion(300)  # may bend
    with pytest.raises(ValueError, match="bend is -1"):
        arrhenius_fit(points, bend=-1)


def two_barriers(rng):
    """Two of three directions have another barrier."""
    low, high, prefactor = rng.uniform(0.12, 0.3), rng.uniform(1.2, 1.8), np.exp(rng.uniform(0, 2))
    return lambda x: np.exp(-low * x) / 3 + prefactor * np.exp(-low * high * x) * 2 / 3


def a_kink(rng):
    """Below some temperature, perhaps below all points, E_a is larger."""
    energy, more, where = rng.uniform(0.12, 0.3), rng.uniform(1.2, 1.8), rng.uniform(350, 600)
    beyond = lambda x: np.maximum(x - 1 / (units.kB * where), 0)  # noqa: E731
    return lambda x: np.exp(-energy * x - (more - 1) * energy * beyond(x))


def covers(law, rng, bend) -> bool:
    """Say whether the band from 500 to 900 K holds the law's D at 300 K."""
    temperatures = np.arange(500.0, 901.0, 100.0)
    scatter = 0.04 * np.sqrt(10) * rng.standard_normal((5, 10))
    replicas = law(1 / (units.kB * temperatures))[:, None] * np.exp(scatter)
    points = {T: from_samples(row) for T, row in zip(temperatures, replicas, strict=True)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        room = arrhenius_fit(points, bend=bend).diffusion(300)
    return room.low < law(1 / (units.kB * 300)) < room.high


def test_the_band_of_a_curve_covers_two_barriers_where_that_of_a_line_does_not():
    rng = np.random.default_rng(5)
    found = np.array(
        [[covers(two_barriers(rng), rng, bend) for bend in (0.3, 0)] for _ in range(TRIALS)]
    )
    bent, straight = found.mean(axis=0)
    assert bent > 0.90
    assert straight < 0.50


def test_no_band_covers_what_happens_below_the_points():
    """A band is not a measurement: of kinks from 350 to 600 K, half of which no point sees."""
    rng = np.random.default_rng(6)
    found = np.array([[covers(a_kink(rng), rng, bend) for bend in (0.3, 0)] for _ in range(TRIALS)])
    bent, straight = found.mean(axis=0)
    assert 0.5 < bent < 0.85
    assert straight < 0.1


def test_two_temperatures_and_large_errors_warn():
    D = law(TEMPERATURES[:2])
    with pytest.warns(UserWarning, match="two temperatures always lie on a line"):
        arrhenius_fit(at(TEMPERATURES[:2], D, 0.1 * D))
    D = law(TEMPERATURES)
    with pytest.warns(UserWarning, match="D at 500 K is 0.022 ± 0.01"):
        arrhenius_fit(at(TEMPERATURES, D, [0.5, 0.1, 0.1, 0.1, 0.1] * D))


@pytest.mark.parametrize(
    ("temperatures", "D", "errors", "samples", "match"),
    [
        ([], [], [], 8, "only one temperature"),
        ([300], [1], [0.1], 8, "only one temperature"),
        ([300, -400], [1, 1], [0.1, 0.1], 8, "temperatures are"),
        ([300, 400], [1, -1], [0.1, 0.1], 8, "the coefficients are"),
        ([300, 400], [1, 1], [0.1, 0.0], 8, "the errors are"),
        ([300, 400], [1, 1], [0.1, np.nan], 8, "the errors are"),
        ([300, 400], [1, 1], [0.1, 0.1], 1, "samples is 1"),
    ],
)
def test_what_makes_no_line_is_refused(temperatures, D, errors, samples, match):
    with pytest.raises(ValueError, match=match):
        arrhenius_fit(at(temperatures, D, errors, samples))


def test_there_is_no_diffusion_at_zero_kelvin():
    D = law(TEMPERATURES)
    fit = arrhenius_fit(at(TEMPERATURES, D, 0.1 * D))
    with pytest.raises(ValueError, match="must all be positive"):
        fit.diffusion(0)
