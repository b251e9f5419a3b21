"""Intervals hold the truth as often as they say, whatever is done with the number."""

import numpy as np
import pytest

from lecture8.measured import Measured, from_error, from_samples, paired_ratio, pooled, ratio

TRIALS = 400  # 95 % of them is 380 ± 4.4: the bounds leave three of these, and more where it says
RNG_SEED = 8


def samples_of(rng, truth, *, samples=5, error=0.1):
    """Return samples whose mean has this relative error, on average."""
    return truth * (1 + error * np.sqrt(samples) * rng.standard_normal(samples))


def coverage(measure, truth) -> float:
    """Return how often the interval of `measure(rng)` holds the truth."""
    rng = np.random.default_rng(RNG_SEED)
    measured = [measure(rng) for _ in range(TRIALS)]
    return float(np.mean([m.low <= truth <= m.high for m in measured]))


@pytest.mark.parametrize(("samples", "t"), [(2, 12.7), (3, 4.3), (5, 2.8), (8, 2.4), (60, 2.0)])
def test_student_has_the_quantiles_that_the_docstring_says(samples, t):
    found = from_samples(np.arange(samples))
    assert (found.high - found.value) / found.error == pytest.approx(t, abs=0.05)  # two digits
    assert found.samples == samples


def test_student_pays_for_few_samples():
    assert vars(from_samples([1.0, 3.0])) == pytest.approx(
        {"value": 2, "error": 1, "low": 2 - 12.706, "high": 2 + 12.706, "samples": 2}, rel=1e-4
    )
    with pytest.raises(ValueError, match="two or more"):
        from_samples([1.0])


def test_a_mean_covers_and_the_normal_quantile_does_not():
    assert 0.92 <= coverage(lambda rng: from_samples(samples_of(rng, 3.0)), 3.0) <= 0.98

    def naive(rng):  # planted: 1.96, as if the error were known
        m = from_samples(samples_of(rng, 3.0, samples=3))
        return Measured(m.value, m.error, m.value - 1.96 * m.error, m.value + 1.96 * m.error, 3)

    assert coverage(naive, 3.0) < 0.90  # 81 %


def test_times_a_number_is_another_unit():
    m = from_samples([1.0, 2.0, 4.0])
    for other in (m * 10, 10 * m, m / 0.1):
        assert vars(other) == pytest.approx(
            {k: x if k == "samples" else 10 * x for k, x in vars(m).items()}
        )
    turned = -2 * m
    assert turned.low == pytest.approx(-2 * m.high)
    assert turned.low < turned.value < turned.high
    assert turned.error == pytest.approx(2 * m.error)
    assert coverage(lambda rng: -2 * from_samples(samples_of(rng, 3.0)), -6.0) >= 0.92


@pytest.mark.parametrize("function", [np.exp, lambda x: 1 / x, np.sqrt])
def test_a_monotone_function_keeps_the_coverage(function):
    """What lay between the limits still does, so it is the very same trials that cover."""
    plain = coverage(lambda rng: from_samples(samples_of(rng, 3.0, error=0.05)), 3.0)
    mapped = coverage(
        lambda rng: from_samples(samples_of(rng, 3.0, error=0.05)).map(function), function(3.0)
    )
    assert mapped == plain
    m = from_error(3.0, 0.05, 6).map(function)
    assert m.low < m.value < m.high
    h = 1e-6
    slope = abs(function(3 + h) - function(3 - h)) / (2 * h)
    assert m.error == pytest.approx(0.05 * slope, rel=1e-5)  # first order


def test_a_function_of_many_at_once():
    m = from_error(np.array([1.0, 2.0]), np.array([0.1, 0.0]), 4).map(np.exp)
    np.testing.assert_allclose(m.value, np.exp([1, 2]))
    np.testing.assert_allclose(m.error, [0.1 * np.e, 0], rtol=1e-6)
    np.testing.assert_allclose(m.high[1], np.exp(2))


@pytest.mark.parametrize(("above", "below"), [(0.05, 0.05), (0.15, 0.02), (0.02, 0.15)])
def test_a_ratio_of_independent_numbers_covers(above, below):
    def measure(rng):
        numerator = from_samples(samples_of(rng, 6.0, error=above))
        return ratio(numerator, from_samples(samples_of(rng, 2.0, samples=8, error=below)))

    # Half widths with Student's t of each, added in squares: where both count, a little too wide.
    assert 0.92 <= coverage(measure, 3.0) <= 0.995


def test_a_ratio_is_what_it_says():
    q = ratio(from_error(6.0, 0.3, 5), from_error(2.0, 0.04, 9))
    assert q.value == pytest.approx(3)
    assert q.error == pytest.approx(3 * np.hypot(0.05, 0.02), rel=1e-6)
    assert q.samples == 5
    assert q.low * q.high == pytest.approx(9)  # factors
    with pytest.raises(ValueError, match=r"number is -2\.0, but only a positive one"):
        ratio(from_error(6.0, 0.3, 5), from_error(-2.0, 0.04, 9))


def test_a_ratio_of_pairs_covers_and_that_of_independent_numbers_is_too_wide():
    def pairs(rng):
        common = samples_of(rng, 1.0, samples=8, error=0.1)
        return 6 * common, 2 * common * (1 + 0.05 * rng.standard_normal(8))

    assert 0.92 <= coverage(lambda rng: paired_ratio(*pairs(rng)), 3.0) <= 0.98
    # Planted: as if numerator and denominator knew nothing of each other.
    blind = coverage(lambda rng: ratio(*map(from_samples, pairs(rng))), 3.0)
    assert blind > 0.995
    tight, wide = (
        f(np.random.default_rng(0))
        for f in (
            lambda rng: paired_ratio(*pairs(rng)),
            lambda rng: ratio(*map(from_samples, pairs(rng))),
        )
    )
    assert tight.error < wide.error / 3


def test_a_ratio_of_pairs_is_that_of_the_means_and_not_the_mean_of_the_ratios():
    q = paired_ratio([1.0, 1.0, 4.0], [1.0, 2.0, 3.0])
    assert q.value == pytest.approx(6 / 6)
    with pytest.raises(ValueError, match="not positive"):
        paired_ratio([1.0, 1.0, 1.0], [1.0, -3.0, 1.0])


def test_what_is_pooled_covers_and_is_better_known():
    errors = (0.05, 0.1, 0.2)

    def measure(rng):
        return pooled(from_samples(samples_of(rng, 3.0, samples=8, error=e)) for e in errors)

    # Weights that are themselves measured cost a little, and t of a single one pays a little more.
    assert 0.91 <= coverage(measure, 3.0) <= 0.99
    m = pooled([from_error(3.0, 0.3, 8), from_error(3.0, 0.3, 8)])
    assert m.value == pytest.approx(3)
    assert m.error == pytest.approx(0.3 / np.sqrt(2), rel=1e-6)
    assert m.chi_squared == pytest.approx(0, abs=1e-12)


def test_chi_squared_tells_whether_it_was_one_number():
    rng = np.random.default_rng(1)

    def four(truths):
        return pooled(from_samples(samples_of(rng, x, samples=20)) for x in truths)

    same = np.mean([four([3.0] * 4).chi_squared for _ in range(200)])
    assert same == pytest.approx(3, rel=0.25)  # M - 1; a scatter of 2.4 / sqrt(200), and t's tail
    assert four([3.0, 3.0, 3.0, 9.0]).chi_squared > 20


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((0.1, 0.02, 0.06, 0.15), "0.10 ± 0.02 (0.06 to 0.15)"),
        ((0.1234, 0.0123, 0.1, 0.15), "0.123 ± 0.012 (0.100 to 0.150)"),
        ((528.65, 92.2, 356.3, 784.4), "530 ± 90 (360 to 780)"),
        ((1004.9, 180.3, 669.8, 1507.9), "1000 ± 180 (670 to 1510)"),
        ((3.0, 1.0, 1.0, 5.0), "3.0 ± 1.0 (1.0 to 5.0)"),
    ],
)
def test_it_prints_itself_with_the_digits_that_are_known(numbers, text):
    assert str(Measured(*numbers, 8)) == text
    assert f"{Measured(*numbers, 8)}" == text


def test_it_takes_the_format_that_it_is_given():
    assert f"{Measured(0.1, 0.02, 0.06, 0.154, 8):.3f}" == "0.100 ± 0.020 (0.060 to 0.154)"
    assert f"{Measured(1.0, 0.0, 1.0, 1.0, 8):g}" == "1 ± 0 (1 to 1)"
