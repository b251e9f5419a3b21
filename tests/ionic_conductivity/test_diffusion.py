"""Diffusion coefficients and Haven ratios: the value, and whether the interval is honest."""

import contextlib
import warnings

import numpy as np
import pytest

from lecture8.ionic_conductivity import (
    diffusion_coefficient,
    fast_mean_squared_displacement,
    haven_ratio,
)
from lecture8.measured import from_samples

from .walks import correlated_pairs, hops, random_walk

D = 0.5  # Å2/ps
TRIALS = 200  # 95 % of them is 190 ± 3; the bounds below leave three of these on each side


def times(frames):
    return 0.1 * np.arange(frames)


def covered(measurements, truth) -> float:
    return float(np.mean([m.low <= truth <= m.high for m in measurements]))


def test_a_random_walk_has_the_diffusion_coefficient_it_was_made_with():
    r = random_walk(np.random.default_rng(0), 20_000, 40, D=D)
    d = diffusion_coefficient(r, times(len(r)))
    assert d.value == pytest.approx(D, rel=0.04)  # three standard errors
    assert d.low < D < d.high
    assert 0.003 < d.error < 0.012
    assert d.exponent == pytest.approx(1, abs=0.05)
    assert d.samples == 4
    assert d.coefficients.shape == (4,)
    assert d.value == pytest.approx(d.coefficients.mean())
    assert d.msd.shape == d.lag_times.shape
    assert d.lag_times[1] == pytest.approx(0.1)


def test_each_axis_has_its_own():
    r = random_walk(np.random.default_rng(1), 10_000, 40, D=(0.1, 0.5, 2.0))
    for axis, truth in enumerate((0.1, 0.5, 2.0)):
        d = diffusion_coefficient(r, times(len(r)), axes=axis)
        assert d.value == pytest.approx(truth, rel=0.04)  # three standard errors
    plane = diffusion_coefficient(r, times(len(r)), axes=(0, 1))
    assert plane.value == pytest.approx(0.3, rel=0.03)
    assert diffusion_coefficient(r, times(len(r))).value == pytest.approx(2.6 / 3, rel=0.03)
    for axes in ([0, 0], 3, [-1]):
        with pytest.raises(ValueError, match="different ones of 0, 1 and 2"):
            diffusion_coefficient(r, times(len(r)), axes=axes)


@pytest.mark.parametrize("replicas", [3, 6])
def test_the_interval_from_replicas_covers_the_truth_as_often_as_it_says(replicas):
    rng = np.random.default_rng(2)
    walks = (random_walk(rng, 200, 30, D=D, replicas=replicas) for _ in range(TRIALS))
    measured = [diffusion_coefficient(r, times(200)) for r in walks]
    assert 0.90 <= covered(measured, D) <= 0.99


def test_the_interval_from_blocks_covers_and_that_of_a_line_fit_does_not():
    rng = np.random.default_rng(3)
    measured, naive = [], 0
    for _ in range(TRIALS):
        r = random_walk(rng, 1000, 30, D=D)
        d = diffusion_coefficient(r, times(1000))
        measured.append(d)
        # The planted bug: the error of the slope from the residuals of one line.
        tau, msd = times(101)[10:], fast_mean_squared_displacement(r, max_lag=100)[10:]
        line, covariance = np.polyfit(tau, msd, 1, cov=True)
        naive += abs(line[0] / 6 - D) < 1.96 * np.sqrt(covariance[0, 0]) / 6
    assert 0.90 <= covered(measured, D) <= 0.99
    assert naive / TRIALS < 0.2


def test_ions_that_hop_together_are_no_replicas_of_each_other():
    rng = np.random.default_rng(4)
    measured, naive = [], []
    for _ in range(TRIALS):
        r = np.repeat(random_walk(rng, 1000, 6, D=D), 5, axis=1)
        d = diffusion_coefficient(r, times(1000), window=(0.3, 3.0))
        measured.append(d)
        # The planted bug: the scatter of the atoms' own slopes.
        msd = fast_mean_squared_displacement(r, max_lag=3, per_atom=True)
        naive.append(from_samples((msd[3] - msd[1]) / (6 * 0.2)))
    assert 0.90 <= covered(measured, D) <= 0.99
    assert covered(naive, D) < 0.8


@pytest.mark.parametrize(
    ("ions", "together"), [(20, 1), (60, 1), (200, 1), (20, 2), (60, 2), (192, 3)]
)
def test_14_ps_of_ab_initio_dynamics_have_an_honest_interval(ions, together):
    """Ions that rattle in cages and hop, alone or some together: ten hops of 20 ions, or more."""
    rng, truth, measured, naive = np.random.default_rng(5), 0.05, [], []
    for _ in range(2 * TRIALS):
        groups = {"probability": truth * 6 * 0.1 / 9, "distance": 3.0, "rattling": 0.0}
        r = np.repeat(hops(rng, 140, ions // together, **groups), together, axis=1)
        r += 0.3 * rng.standard_normal(r.shape)  # each ion in its own cage
        with contextlib.suppress(ValueError):  # ten that hop, once or twice: "does not rise"
            measured.append(diffusion_coefficient(r, times(140), window=(1.0, 2.7)))
        # The planted bug: atoms as replicas.
        msd = fast_mean_squared_displacement(r, max_lag=27, per_atom=True)
        naive.append(from_samples((msd[27] - msd[10]) / (6 * 1.7)))
    assert len(measured) > 0.97 * 2 * TRIALS
    assert 0.90 <= covered(measured, truth) <= 0.99
    if together > 1:
        assert covered(naive, truth) < 0.88


def test_a_run_of_140_frames_finds_its_own_window():
    """What rattling leaves is more than what they rise by: a line with an offset."""
    rng, truth, measured = np.random.default_rng(6), 0.05, []
    groups = {"probability": truth * 6 * 0.1 / 9, "distance": 3.0, "rattling": 0.3}
    refused = 0
    for _ in range(TRIALS):
        try:
            measured.append(diffusion_coefficient(hops(rng, 140, 60, **groups), times(140)))
        except ValueError:  # too few hops to tell from rattling
            refused += 1
    assert refused < 0.2 * TRIALS
    assert 0.90 <= covered(measured, truth) <= 0.99


def test_a_window_can_be_given_and_is_looked_at():
    r = random_walk(np.random.default_rng(5), 2000, 20, D=D)
    d = diffusion_coefficient(r, times(2000), window=(0.3, 1.2))
    assert d.window == (0.3, 1.2)
    assert d.low < D < d.high
    flight = np.arange(2000)[:, None, None] * np.ones((20, 3)) * 0.1 + r
    with pytest.warns(UserWarning, match=r"slope from 3 to 10 ps is 1.[5-9]\d, not 1"):
        diffusion_coefficient(flight, times(2000), window=(3, 10))
    with pytest.raises(ValueError, match="holds 2 lags"):
        diffusion_coefficient(r, times(2000), window=(0.3, 0.4))
    with pytest.raises(ValueError, match=r"at most 39.9 ps \(half of a replica, a part in blocks"):
        diffusion_coefficient(r, times(2000), window=(1, 50))


def test_a_slope_that_is_not_positive_is_refused_and_one_that_may_be_zero_warns():
    outcomes = set()
    for seed in range(10):
        rattling = np.random.default_rng(seed).standard_normal((400, 4, 3))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                diffusion_coefficient(rattling, times(400), window=(0.5, 2.0))
            except ValueError as refused:
                outcomes.add("refused" if "does not rise" in str(refused) else str(refused))
            else:
                said = " ".join(str(w.message) for w in caught)
                outcomes.add("warned" if "zero cannot be excluded" in said else said[-60:])
    by_chance = "that window is not diffusive; choose later lags, or leave the window out"[-60:]
    assert {"refused", "warned"} <= outcomes <= {"refused", "warned", by_chance}


def test_ions_that_never_move_are_refused():
    with pytest.raises(ValueError, match="not positive and has no logarithm"):
        diffusion_coefficient(np.zeros((400, 3, 3)), times(400))


@pytest.mark.parametrize(("correlation", "H"), [(1.0, 0.5), (0.0, 1.0), (-0.5, 2.0)])
def test_haven_ratio_of_pairs_with_correlated_steps(correlation, H):
    rng = np.random.default_rng(7)
    r = correlated_pairs(rng, 20_000, 20, correlation=correlation)
    h = haven_ratio(r, times(len(r)), window=(0.3, 3.0))
    assert h.value == pytest.approx(H, rel=0.1)  # three standard errors
    # Charges of opposite sign turn the correlation round.
    z = np.repeat([2, -2], 20)
    opposite = 1 / (1 - min(correlation, 0.9))
    if correlation < 1:
        h = haven_ratio(r, times(len(r)), charges=z, window=(0.3, 3.0))
        assert h.value == pytest.approx(opposite, rel=0.1)


@pytest.mark.parametrize(("frames", "replicas"), [(1000, None), (250, 6)])
def test_the_interval_of_the_haven_ratio_covers(frames, replicas):
    rng = np.random.default_rng(8)
    pairs = (
        correlated_pairs(rng, frames, 12, correlation=0.5, replicas=replicas) for _ in range(TRIALS)
    )
    measured = [haven_ratio(r, times(frames)) for r in pairs]
    assert 0.90 <= covered(measured, 1 / 1.5) <= 0.99
    assert all(m.low > 0 for m in measured)


def test_a_charge_that_does_not_move_has_no_haven_ratio():
    r = np.repeat(random_walk(np.random.default_rng(9), 2000, 10), 2, axis=1)
    with pytest.raises(ValueError, match="of the charge does not rise"):
        haven_ratio(r, times(2000), charges=[1, -1] * 10)
