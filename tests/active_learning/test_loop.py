"""The loop closes, keeps its budget, and can be stopped and continued."""

import json
from functools import partial

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT

from lecture8.active_learning import (
    CommitteeGrade,
    ExtrapolationGrade,
    ReadoutGrade,
    active_learning,
    explore,
    fit_committee,
    label_one_by_one,
    select,
)
from lecture8.datasets import butane_frames
from lecture8.fitting import MomentNetwork, MomentNetworkPotential, MomentTensor, fit
from lecture8.fitting.common.errors import errors
from lecture8.frames import label, split
from lecture8.reference import gfn2_xtb
from lecture8.structures import BUTANE_CHAIN
from tests.active_learning.conftest import fit_small
from tests.active_learning.planted import Planted


def extrapolation(potential, frames, rng):
    return ExtrapolationGrade(potential, frames)


HALF = {"timestep_fs": 0.5, "grade_every_fs": 5}
HOT = partial(explore, temperature_K=600, picoseconds=0.15, threshold=2, **HALF)


@pytest.fixture(scope="module")
def hot():
    return butane_frames("500K")[::60]


def learn(frames, test, *, seed=0, **settings):
    settings = {
        "fit": fit_small,
        "make_grader": extrapolation,
        "explore": HOT,
        "select": select,
        "label": partial(label_one_by_one, potential=gfn2_xtb()),
        "budget": 12,
        "generations": 4,
    } | settings
    return active_learning(frames, test, rng=np.random.default_rng(seed), **settings)


def test_a_loop_from_cold_frames_learns_what_is_hot():
    """Trans-butane of 300 K to begin with, frames of 800 K to be judged by."""
    cold = [a for a in butane_frames("300K") if abs(a.get_dihedral(*BUTANE_CHAIN) - 180) < 40][::3]
    hot = butane_frames("800K")[::10]

    def fit_more(frames, previous, rng):
        model = previous or MomentTensor(level=8)
        return model.fit(frames, frames, rng=rng, epochs=30)

    hotter = partial(explore, temperature_K=800, picoseconds=1, threshold=2)
    found = learn(cold, hot, fit=fit_more, explore=hotter, budget=20)
    before, after = found.history[0], found.history[-1]
    # 4 seeds gave 0.58 to 0.91: from 113 meV/Å or more to 100, the floor of so small a basis.
    assert after["force_mae"] < 0.97 * before["force_mae"]
    assert after["force_mae"] == errors(hot, found.potential).force_mae
    assert found.frames[: len(cold)] == cold  # those it had are kept
    assert len(found.frames) == len(cold) + after["labels"]
    runs = {a.info["run"] for a in found.frames[len(cold) :]}
    assert all(run.startswith("generation-") for run in runs)
    split(found.frames, train=20, validation=2, rng=np.random.default_rng(0))  # knows the runs


@pytest.mark.parametrize("budget", [0, 1, 5])
def test_the_budget_is_never_exceeded(cold, hot, budget):
    spent = []

    def counting(frames):
        spent.append(len(frames))
        return label_one_by_one(frames, gfn2_xtb())

    def greedy(candidates, grader, number, *, known):
        return candidates  # more than it may

    found = learn(cold, hot, budget=budget, label=counting, select=greedy)
    assert sum(spent) == found.history[-1]["labels"] == budget
    assert found.reason == "budget"


def test_a_failed_label_is_spent_and_the_loop_goes_on(cold, hot):
    def every_second_fails(frames):
        good, _ = label_one_by_one(frames[::2], gfn2_xtb())
        return good, [(atoms, "no convergence") for atoms in frames[1::2]]

    found = learn(cold, hot, budget=6, label=every_second_fails)
    assert found.history[-1]["labels"] == 6
    assert len(found.set_aside) == found.history[-1]["set_aside"] > 0
    assert len(found.frames) + len(found.set_aside) == 12 + 6


def test_a_labeller_that_always_fails_ends_with_the_budget(cold, hot):
    broken = Planted()
    broken.calculate = None
    found = learn(cold, hot, budget=4, label=partial(label_one_by_one, potential=broken))
    assert found.reason == "budget"
    assert found.frames == cold
    assert "NoneType" in found.set_aside[0][1]


def test_without_a_doubt_it_has_converged(cold, hot):
    calm = partial(explore, temperature_K=10, picoseconds=0.01, threshold=5, **HALF)
    found = learn(cold, hot, explore=calm)
    assert found.reason == "converged"
    assert len(found.history) == 1
    assert found.history[0]["ended"] == ["finished", "finished"]


def test_an_explosion_without_candidates_is_not_convergence(cold, hot):
    def lost(start, potential, grader, *, rng, run):
        return type(HOT(start, potential, grader, rng=rng))([], 0.1, 0.5, "exploded")

    assert learn(cold, hot, explore=lost).reason == "nothing new"


def test_the_last_generation_buys_nothing(cold, hot):
    found = learn(cold, hot, generations=2)
    assert found.reason == "generations"
    assert found.history[-1]["frames"] == len(found.frames)  # fitted to all of them


# Stopped and continued ----------------------------------------------------------------------------


def assert_equal(one, other):
    assert one.history == other.history
    assert one.reason == other.reason
    assert one.frames == other.frames
    for a, b in zip(one.frames, other.frames, strict=True):
        assert a.info == b.info
        assert a.get_potential_energy() == b.get_potential_energy()
        np.testing.assert_array_equal(a.get_forces(), b.get_forces())
    parameters = [x.potential.mtp_data.parameters for x in (one, other)]
    np.testing.assert_array_equal(*parameters)
    assert [why for _, why in one.set_aside] == [why for _, why in other.set_aside]
    assert [a for a, _ in one.set_aside] == [a for a, _ in other.set_aside]


def some_fail(frames):
    good, _ = label_one_by_one(frames[1:], gfn2_xtb())
    return good, [(frames[0], 'said "no",\nand stopped')]


def test_a_stopped_loop_continues_to_the_same_end(cold, hot, tmp_path):
    settings = {"label": some_fail, "budget": 15}
    whole = learn(cold, hot, folder=tmp_path / "whole", **settings)
    assert len(whole.history) > 2

    def stop(entry):
        if entry["generation"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(cold, hot, folder=tmp_path / "stopped", report=stop, **settings)
    # Another seed: what was drawn is kept, too.
    resumed = learn(cold, hot, folder=tmp_path / "stopped", seed=99, **settings)
    assert_equal(resumed, whole)
    # And once it has ended, there is nothing left to do.
    again = learn(cold, hot, folder=tmp_path / "stopped", fit=None, **settings)
    assert_equal(again, whole)


def test_stopped_in_the_middle_of_a_generation(cold, hot, tmp_path):
    whole = learn(cold, hot, folder=tmp_path / "whole", generations=3)
    calls = []

    def stops_once(frames):
        calls.append(len(frames))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return label_one_by_one(frames, gfn2_xtb())

    with pytest.raises(KeyboardInterrupt):
        learn(cold, hot, folder=tmp_path / "b", generations=3, label=stops_once)
    assert_equal(learn(cold, hot, folder=tmp_path / "b", generations=3), whole)


def test_with_its_own_digits_a_resumed_loop_would_end_elsewhere(cold, hot, tmp_path, monkeypatch):
    """The twin: a loop that does not go on from what it wrote."""
    from lecture8.active_learning import loop

    whole = learn(cold, hot, folder=tmp_path / "whole", generations=3)
    keep = loop.keep

    def keep_only(folder, state, start, rng):
        keep(folder, state, start, rng)
        return state

    monkeypatch.setattr(loop, "keep", keep_only)
    other = learn(cold, hot, folder=tmp_path / "other", generations=3)
    assert other.history[-1] != whole.history[-1]


def test_the_folder_holds_text_of_one_generation(cold, hot, tmp_path):
    found = learn(cold, hot, folder=tmp_path, generations=3)
    index = json.loads((tmp_path / "state.json").read_text())
    names = sorted(path.name for path in tmp_path.iterdir())
    assert index["history"] == found.history
    last = f"generation-{len(found.history)}"
    assert names == [f"{last}.potential", f"{last}.xyz", "state.json"]


def test_another_loop_is_not_continued(cold, hot, tmp_path):
    learn(cold, hot, folder=tmp_path, generations=1)
    with pytest.raises(ValueError, match="holds a loop that started from other frames"):
        learn(cold[1:], hot, folder=tmp_path)
    with pytest.raises(ValueError, match="holds a loop with the generator PCG64"):
        active_learning(
            cold,
            hot,
            fit=fit_small,
            make_grader=extrapolation,
            explore=HOT,
            select=select,
            label=None,
            budget=1,
            rng=np.random.Generator(np.random.MT19937(0)),
            folder=tmp_path,
        )


def test_more_generations_can_be_added(cold, hot, tmp_path):
    assert learn(cold, hot, folder=tmp_path, generations=1).reason == "generations"
    more = learn(cold, hot, folder=tmp_path, generations=3)
    assert [entry["generation"] for entry in more.history] == [1, 2, 3]
    assert more.history[-1]["labels"] > 0


def test_numbers_that_make_no_sense_are_refused(cold, hot):
    with pytest.raises(ValueError, match="the first frames are an empty list"):
        learn([], hot)
    for name, value in (("budget", -1), ("generations", 0), ("runs", 1.0)):
        with pytest.raises(ValueError, match=f"{name} is {value}, but must be a whole number"):
            learn(cold, hot, **{name: value})


# Other models, other labellers --------------------------------------------------------------------


def test_query_by_committee_is_the_same_loop(cold, hot):
    def committee(potential, frames, rng):
        def again(part, rng):
            return fit_small(part, None, rng)

        return CommitteeGrade([potential, *fit_committee(frames, 2, fit=again, rng=rng)])

    found = learn(
        cold, hot, make_grader=committee, explore=partial(HOT, threshold=0.1), generations=2
    )
    assert len(found.frames) > 12


def shaken(by, seeds):
    """Copper off its lattice, labelled by EMT."""
    frames = []
    for seed in seeds:
        frames.append(bulk("Cu", cubic=True) * (2, 2, 2))
        frames[-1].rattle(by, seed=seed)
        frames[-1].info["run"] = f"shaken-{seed}"
    return label(frames, EMT())


HOTTEST = partial(
    explore,
    temperature_K=1500,
    picoseconds=0.3,
    threshold=1.5,
    timestep_fs=3,
    grade_every_fs=30,
)
BY_EMT = partial(label_one_by_one, potential=EMT())


def test_a_crystal_is_the_same_loop():
    """Warm frames to begin with, hot ones to learn."""

    def fit_copper(frames, previous, rng):
        model = previous or MomentTensor(level=4, cutoff=4.5)
        return model.fit(frames, frames, rng=rng, epochs=10)

    settings = {"fit": fit_copper, "explore": HOTTEST, "label": BY_EMT, "generations": 3}
    found = learn(shaken(0.03, range(6)), shaken(0.2, range(100, 104)), **settings)
    assert found.history[-1]["force_mae"] < found.history[0]["force_mae"]
    assert all("stress" in atoms.calc.results for atoms in found.frames)


def test_a_moment_network_is_the_same_loop(tmp_path):
    """Fitted by `fit`, each time further; graded by its last layer; kept on disk."""
    models = []

    def fit_copper(frames, previous, rng):
        models.append(previous or MomentNetwork(cutoff=4.5, channels=3, radial_size=6, neurons=6))
        how = {"epochs": 60, "learning_rate": 0.005, "progress": False}
        return fit(frames[1:], frames[:1], model=models[-1], rng=rng, **how)

    settings = {"fit": fit_copper, "explore": HOTTEST, "label": BY_EMT, "generations": 2}
    settings["make_grader"] = lambda potential, frames, rng: ReadoutGrade(potential, frames)
    found = learn(shaken(0.1, range(12)), shaken(0.2, range(100, 104)), folder=tmp_path, **settings)
    assert [type(x) for x in models] == [MomentNetwork, MomentNetworkPotential]
    assert found.history[-1]["labels"] > 0
    # Four seeds gave 0.40 to 0.79.
    assert found.history[-1]["force_mae"] < 0.95 * found.history[0]["force_mae"]
