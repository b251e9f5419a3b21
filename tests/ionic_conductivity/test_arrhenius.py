"""Arrhenius' law: the line, its errors, and the band where it is extrapolated."""

import warnings

import numpy as np
import pytest
from ase import units

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
    # E_a is minus the slope, so the covariance changes sign.
    assert fit.covariance[0, 1] == pytest.approx(-covariance[0, 1])


@pytest.mark.filterwarnings("ignore:the points miss")  # one in a hundred does
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


@pytest.mark.filterwarnings("ignore:the points miss")  # one in a hundred does
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


def test_errors_are_enlarged_until_the_points_are_bearable_and_it_says_so():
    points = measured(np.random.default_rng(3))
    points[700.0] = points[700.0] * 2
    with pytest.warns(UserWarning, match="the points miss the line"):
        naive = arrhenius_fit(points)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # what was asked for needs no warning
        fit = arrhenius_fit(points, enlarge_errors=True)
    assert naive.enlarged_by == 1
    assert fit.chi_squared == naive.chi_squared  # of the errors as measured
    assert fit.enlarged_by == pytest.approx(np.sqrt(naive.chi_squared / 3))
    assert fit.activation_energy.value == pytest.approx(naive.activation_energy.value)
    D, errors = ([getattr(d, x) for d in points.values()] for x in ("value", "error"))
    with pytest.warns(UserWarning, match="so large an error"):
        by_hand = arrhenius_fit(at(points, D, fit.enlarged_by * np.array(errors)))
    assert by_hand.chi_squared == pytest.approx(3)
    assert fit.activation_energy.error == pytest.approx(by_hand.activation_energy.error)
    assert fit.diffusion(300).high == pytest.approx(by_hand.diffusion(300).high)


def test_errors_of_points_that_lie_on_a_line_are_not_made_smaller():
    D = law(TEMPERATURES)
    fit = arrhenius_fit(at(TEMPERATURES, D, 0.1 * D), enlarge_errors=True)
    assert fit.enlarged_by == 1


@pytest.mark.filterwarnings("ignore:the points miss")
def test_the_enlarged_band_covers_where_each_point_is_off_by_more_than_its_error():
    """Each temperature has an error of its own, three times that of its replicas."""
    rng, enlarged, naive = np.random.default_rng(5), 0, 0
    for _ in range(TRIALS):
        off = np.exp(0.24 * rng.standard_normal(len(TEMPERATURES)))
        points = {T: d * f for (T, d), f in zip(measured(rng).items(), off, strict=True)}
        for enlarge in (True, False):
            room = arrhenius_fit(points, enlarge_errors=enlarge).diffusion(300)
            covers = room.low <= law(300) <= room.high
            enlarged, naive = enlarged + (enlarge and covers), naive + (not enlarge and covers)
    # The scatter of five points knows their error to 1 / sqrt(2 * 3) = 40 %: some less than 95 %.
    assert 0.85 <= enlarged / TRIALS <= 0.99
    assert naive / TRIALS < 0.70


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
