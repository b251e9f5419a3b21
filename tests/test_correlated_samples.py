"""The error of a mean of samples that resemble their neighbours, and for how long they do."""

import numpy as np
import pytest

from lecture8.correlated_samples import autocorrelation, block_average, correlation_time


def correlated(rng, length, memory):
    """An autoregressive series with mean 0, variance 1 and a known correlation time."""
    c = np.exp(-1 / memory)
    x = np.zeros(length)
    x[0] = rng.standard_normal()
    noise = np.sqrt(1 - c**2) * rng.standard_normal(length)
    for i in range(1, length):
        x[i] = c * x[i - 1] + noise[i]
    return x


def test_block_average_knows_the_error_of_correlated_samples_and_the_naive_formula_does_not():
    rng = np.random.default_rng(2)
    series = [correlated(rng, 4000, 10.0) for _ in range(300)]
    estimates = [block_average(x, blocks=20) for x in series]
    true_error = np.std([e.value for e in estimates])
    # The scatter of 300 means knows the true error to 4 %.
    assert np.mean([e.error for e in estimates]) == pytest.approx(true_error, rel=0.15)
    naive = np.mean([x.std() / np.sqrt(len(x)) for x in series])
    assert naive < 0.4 * true_error
    covered = np.mean([e.low < 0 < e.high for e in estimates])
    assert 0.90 < covered < 0.98  # 95 %, to 1.3 % by 300 series; blocks still resemble each other


def test_block_average_refuses_too_few_samples():
    with pytest.raises(ValueError, match="7 samples cannot fill 20 blocks"):
        block_average(np.zeros(7))


def test_autocorrelation_is_the_sum_that_its_docstring_writes():
    x = correlated(np.random.default_rng(3), 101, 4.0)
    d = x - x.mean()
    brute = np.array([np.sum(d[: len(d) - k] * d[k:]) for k in range(101)]) / np.sum(d**2)
    np.testing.assert_allclose(autocorrelation(x), brute, atol=1e-13)
    np.testing.assert_allclose(autocorrelation(x, max_lag=7), brute[:8], atol=1e-13)
    assert autocorrelation(x)[0] == 1
    # Planted bug: without zeros behind it the series is correlated with its own beginning.
    ring = np.fft.irfft(np.abs(np.fft.rfft(d)) ** 2, 101)
    assert np.abs(ring / ring[0] - brute).max() > 0.05


@pytest.mark.parametrize("memory", [2.0, 10.0])
def test_correlation_time_of_an_exponential_and_its_scatter(memory):
    rng = np.random.default_rng(4)
    length = int(400 * memory)
    times = [correlation_time(correlated(rng, length, memory)) for _ in range(60)]
    c = np.exp(-1 / memory)
    exact = 0.5 * (1 + c) / (1 - c)  # 1/2 + the geometric series
    expected_scatter = np.sqrt(2 * (12 * exact + 1) / length)  # M = 6 tau
    # The mean of 60 is known to 3 %; a run of 400 tau is biased low by some 3 % more.
    assert np.mean(times) == pytest.approx(exact, rel=0.1)
    # A standard deviation of 60 is known to 9 %; the formula holds for long runs.
    assert np.std(times) / exact == pytest.approx(expected_scatter, rel=0.4)
    assert exact == pytest.approx(memory, rel=0.03)


def test_white_noise_has_half_a_step_and_its_error_is_the_textbook_s():
    x = np.random.default_rng(5).standard_normal(20_000)
    assert correlation_time(x) == pytest.approx(0.5, abs=0.03)  # sqrt(2 * 7 / 20000) = 3 %


def test_correlation_time_and_blocks_agree_on_the_error_of_a_mean():
    x = correlated(np.random.default_rng(6), 20_000, 10.0)
    error = x.std() * np.sqrt(2 * correlation_time(x) / len(x))
    # 20 blocks know a standard error to 1 / sqrt(2 * 19) = 16 %.
    assert error == pytest.approx(block_average(x).error, rel=0.4)


@pytest.mark.parametrize(
    ("samples", "options", "message"),
    [
        (np.zeros((5, 2)), {}, r"shape \(5, 2\), but must be one series"),
        ([1.0, np.nan, 2.0], {}, "NaN or inf"),
        (np.full(20, 0.1), {}, "all equal"),
        ([1.0, 2.0, 3.0], {"max_lag": 3}, "max_lag is 3, but must be from 0 to 2"),
        ([1.0, 2.0, 3.0], {"max_lag": -1}, "max_lag is -1"),
    ],
)
def test_autocorrelation_refuses(samples, options, message):
    with pytest.raises(ValueError, match=message):
        autocorrelation(samples, **options)


def test_correlation_time_refuses_a_short_or_constant_series():
    with pytest.raises(ValueError, match="9 samples are too few"):
        correlation_time(np.arange(9.0))
    with pytest.raises(ValueError, match="all equal"):
        correlation_time(np.full(20, 0.1))
