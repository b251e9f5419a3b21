"""From runs to a verdict: a number with its interval, a bound, or a reason."""

import numpy as np
import pytest

from lecture8.conductivity import measure
from lecture8.conductivity.measuring import length_needed, two_digits, upper_bound
from lecture8.ionic_conductivity import nernst_einstein
from lecture8.structures import lgps
from tests.conductivity.planted import BARRIER, diffusion, walking_lgps

TEMPERATURES = (700, 850, 1000)


def test_a_conductor_has_its_conductivity():
    outcome = measure({T: walking_lgps(T) for T in TEMPERATURES}, ion="Li", charge=1)
    expected = nernst_einstein(
        diffusion(300), number_density=20 / lgps().get_volume(), charge=1, temperature_K=300
    )
    assert outcome.sigma.low < expected < outcome.sigma.high
    assert outcome.arrhenius.activation_energy.low < BARRIER
    assert outcome.arrhenius.activation_energy.high > BARRIER
    assert outcome.haven.value == pytest.approx(1, abs=0.35)  # they walk alone; 12 % is one error
    assert outcome.number_density == pytest.approx(20 / lgps().get_volume())
    near = measure(
        {T: walking_lgps(T) for T in TEMPERATURES}, ion="Li", charge=1, temperature_K=600
    )
    assert near.verdict.startswith("sigma(600 K) = ")
    assert outcome.on_the_line == list(TEMPERATURES)


def test_the_interval_holds_the_truth():
    expected = nernst_einstein(
        diffusion(300), number_density=20 / lgps().get_volume(), charge=1, temperature_K=300
    )
    held = 0
    for seed in range(40):
        runs = {T: walking_lgps(T, seed=seed) for T in TEMPERATURES}
        sigma = measure(runs, ion="Li", charge=1).tracer
        held += sigma.low < expected < sigma.high
    assert held >= 35  # of 40 at 95 %: fewer in one test of a hundred


def test_an_insulator_has_a_bound():
    outcome = measure({T: walking_lgps(T, D=0) for T in TEMPERATURES}, ion="Li", charge=1)
    assert outcome.sigma is outcome.tracer is outcome.arrhenius is None
    assert outcome.verdict.startswith("no diffusion seen; D(1000 K) below")
    # No hop of 3 Å in 4 runs of 80 ps of 20 ions: 3 / (6400 ps) * 9 Å2 / 6; rattling says less.
    assert outcome.bounds[1000] == pytest.approx(3 / 6400 * 9 / 6, rel=0.01)


def test_a_bound_holds():
    for seed in range(20):
        slow = walking_lgps(700, D=1e-4, seed=seed)
        assert upper_bound(slow, "Li") > 1e-4


def test_one_run_alone_has_no_bound():
    alone = walking_lgps(700, D=0, replicas=1)
    assert upper_bound(alone, "Li") == np.inf
    assert "and no bound" in measure({700: alone}, ion="Li", charge=1).verdict


def test_flight_has_no_bound():
    run = walking_lgps(700, D=0)
    for one in run:
        one.positions[:, :20] += 0.05 * np.arange(400)[:, None, None]
    assert upper_bound(run, "Li") == np.inf


@pytest.mark.parametrize("hops", [0, 1])
def test_rare_hops_stay_below_the_bound(hops):
    # Hops of 3 Å that are so rare that most runs have none: D = rate * 9 / 6.
    held, rate = 0, 2e-4  # per ion and ps; 1.3 in all the time of all ions
    for seed in range(60):
        rng = np.random.default_rng([seed, hops])
        run = walking_lgps(700, D=0, seed=seed)
        for one in run:
            jumps = rng.random((400, 20)) < rate * 0.2
            steps = np.zeros((400, 20, 3))
            steps[jumps] = [3.0, 0, 0]
            one.positions[:, :20] += np.cumsum(steps, axis=0)
        held += upper_bound(run, "Li") > rate * 9 / 6
    assert held >= 54  # of 60


def test_one_temperature_is_no_line():
    outcome = measure({1000: walking_lgps(1000), 700: walking_lgps(700, D=0)}, ion="Li", charge=1)
    assert outcome.tracer is None
    assert "no second temperature" in outcome.verdict
    assert any("line through two" in warning for warning in outcome.warnings)


def test_points_that_end_far_away_say_nothing():
    outcome = measure({T: walking_lgps(T) for T in (900, 950, 1000)}, ion="Li", charge=1)
    assert outcome.tracer.low * 1e4 < outcome.tracer.high
    assert outcome.verdict.startswith("sigma(300 K) is not known (")
    assert "D was seen from 1000 K down to 900 K only, with E_a = 0.2" in outcome.verdict


def test_a_melt_is_left_out():
    runs = {T: walking_lgps(T) for T in TEMPERATURES}
    rng = np.random.default_rng(1)
    for run in runs[1000]:
        run.positions[:, 20:] += np.cumsum(0.3 * rng.standard_normal((400, 30, 3)), axis=0)
    outcome = measure(runs, ion="Li", charge=1)
    assert outcome.on_the_line == [700, 850]
    assert any("the framework wanders" in warning for warning in outcome.warnings)


def test_a_melt_alone_has_no_number():
    run = walking_lgps(1000)
    rng = np.random.default_rng(1)
    for one in run:
        one.positions[:, 20:] += np.cumsum(0.3 * rng.standard_normal((400, 30, 3)), axis=0)
    outcome = measure({1000: run}, ion="Li", charge=1)
    assert outcome.verdict == "the framework does not hold at any temperature; run cooler"


def test_how_long_a_run_must_be():
    line = measure({T: walking_lgps(T) for T in TEMPERATURES}, ion="Li", charge=1).arrhenius
    # 3 Å2 in half the run, 6 D tau.
    assert length_needed(line, 700) == pytest.approx(3 / (3 * diffusion(700)), rel=0.15)
    assert length_needed(line, 300) > 10 * length_needed(line, 700)


def test_nothing_to_measure():
    with pytest.raises(ValueError, match="there are no runs"):
        measure({}, ion="Li", charge=1)


@pytest.mark.parametrize(
    ("x", "text"), [(319.6, "320"), (4.87, "4.9"), (2.1e-5, "2.1e-05"), (0.0123, "0.012")]
)
def test_two_digits(x, text):
    assert two_digits(x) == text
