"""Runs go on until D is known, or the budget is spent; what is finished is never run again."""

import numpy as np
import pytest

from lecture8.conductivity import long_runs
from lecture8.conductivity.long_runs import keep_replicas, kept_replicas, run_until_known
from lecture8.ionic_conductivity.running import NoReplica
from tests.conductivity.planted import walking_lgps


@pytest.fixture
def ask(monkeypatch, tmp_path):
    """Return a function that asks for D where runs are planted; it counts them in `asked`."""

    def planted(start, potential, *, temperatures_K, replicas, picoseconds, rng, **rest):
        ask.asked.append((replicas, picoseconds))
        T = temperatures_K[0]
        frames = round(10 * picoseconds) + 1
        D = ask.D if picoseconds >= ask.least_ps else 0
        seed = int(rng.integers(2**31))
        return {T: walking_lgps(T, D=D, replicas=replicas, frames=frames, interval=0.1, seed=seed)}

    def ask(**settings):
        return run_until_known(
            None,
            None,
            ion="Li",
            temperature_K=700,
            **{"replicas": 4, "picoseconds": 20, "most_picoseconds": 640, "factor": 2.0} | settings,
            executor=None,
            seed=1,
            folder=tmp_path,
            report=ask.said.append,
        )

    monkeypatch.setattr(long_runs, "run_replicas", planted)
    ask.asked, ask.said, ask.D, ask.least_ps = [], [], 0.05, 0
    return ask


def test_enough_is_enough(ask):
    runs = ask(factor=50)
    assert ask.asked == [(4, 20)]
    assert len(runs) == 4


def test_a_wide_interval_asks_for_as_many_again(ask):
    runs = ask(factor=1.0001, most_picoseconds=240)
    assert ask.asked == [(4, 20)] * 3
    assert len(runs) == 12


def test_without_diffusion_runs_become_longer(ask):
    ask.least_ps = 80
    runs = ask(factor=50)
    assert [ps for _, ps in ask.asked] == [20, 40, 80]
    assert len(runs) == 4
    assert runs.times[-1] == pytest.approx(80)


def test_the_budget_ends_it(ask):
    ask.D = 0
    runs = ask(most_picoseconds=200)
    assert [ps for _, ps in ask.asked] == [20]  # 80 are spent, twice as long would take 160
    assert len(runs) == 4


def test_what_is_there_is_not_run_again(ask, tmp_path):
    first = ask(factor=1.0001, most_picoseconds=240)
    (tmp_path / "700K-2.npz").unlink()  # it was stopped before the last batch
    before = len(ask.asked)
    again = ask(factor=1.0001, most_picoseconds=240)
    assert len(ask.asked) == before + 1
    np.testing.assert_array_equal(first.positions, again.positions)


def test_a_batch_that_is_lost_leaves_those_before(ask, monkeypatch):
    planted = long_runs.run_replicas

    def lost_later(*given, **settings):
        if len(ask.asked) == 1:
            raise NoReplica("none of 4 replicas arrived")
        return planted(*given, **settings)

    monkeypatch.setattr(long_runs, "run_replicas", lost_later)
    assert len(ask(factor=1.0001)) == 4


def test_if_none_arrives_that_is_said(ask, monkeypatch):
    def lost(*given, **settings):
        raise NoReplica("none of 4 replicas arrived")

    monkeypatch.setattr(long_runs, "run_replicas", lost)
    with pytest.raises(NoReplica):
        ask()


def test_files_give_back_what_they_got(tmp_path):
    runs = walking_lgps(700)
    runs.failures.append("replica 9 at 700 K: lost")
    keep_replicas(tmp_path / "x.npz", runs)
    back = kept_replicas(tmp_path / "x.npz")
    assert np.abs(back.positions - runs.positions).max() <= 0.0101  # half a unit
    assert back.failures == runs.failures
    assert back.temperature_K == 700
    np.testing.assert_array_equal(back.symbols, runs.symbols)
    np.testing.assert_allclose(back.cell, runs.cell)
