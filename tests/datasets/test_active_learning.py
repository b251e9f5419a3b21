"""The shipped tables are whole, and the recipes that made them still run."""

from pathlib import Path

import numpy as np

from lecture8.datasets import butane_loops, comparison, reference_torsions

RECIPES = Path("lecture8/data")


def test_each_strategy_was_tried_with_each_seed():
    table = comparison()
    for seed in range(5):
        for strategy in ("committee", "extrapolation", "own dynamics", "ab initio", "conformers"):
            here = (table["strategy"] == strategy) & (table["seed"] == seed)
            labels = table["labels"][here]
            assert len(labels) == len(set(labels)) >= 3  # a loop that converged ends early
            assert labels.max() <= 80
            calls = table["reference_calls"][here]
            paid = labels if strategy not in ("ab initio", "conformers") else calls.max()
            assert np.all(calls == paid)
            assert strategy not in ("ab initio", "conformers") or calls.max() > 10_000


def test_labels_help_whoever_chose_them():
    table = comparison()
    start = table["force_mae_800K"][table["labels"] == 0]
    bought = table["force_mae_800K"][table["labels"] >= 40]
    assert bought.max() < np.median(start)


def test_the_reference_runs_know_no_left_and_right():
    angles = reference_torsions()
    assert angles.shape == (1000, 16)
    assert angles.min() >= 0
    assert angles.max() < 360
    left, right = ((angles < 120).mean(axis=0), (angles > 240).mean(axis=0))
    error = (left - right).std(ddof=1) / np.sqrt(16)
    assert abs((left - right).mean()) < 3 * error  # butane is its own mirror image


def test_each_loop_of_butane_is_whole():
    loops = butane_loops()
    kinds = set(zip(loops["level"].tolist(), loops["start"].tolist(), strict=True))
    assert kinds == {(level, start) for level in (8, 12) for start in ("as it is", "turned")}
    for level, start in kinds:
        for seed in range(3, 8):
            here = (loops["level"] == level) & (loops["start"] == start) & (loops["seed"] == seed)
            assert np.all(np.diff(loops["labels"][here]) >= 0)  # bought before each exploration
            assert loops["labels"][here][0] == 0
            legs, generations = loops["leg"][here], loops["generation"][here]
            for leg, asked_ps in ((1, 5), (2, 25)):
                assert list(generations[legs == leg]) == list(range(1, (legs == leg).sum() + 1))
                assert np.all(loops["survived_ps"][here][legs == leg] <= asked_ps)
            assert np.ptp(loops["torsion_after"][here]) == 0  # of the run, in each of its rows
