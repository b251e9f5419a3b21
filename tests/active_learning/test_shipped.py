"""The shipped tables are whole, and the recipes that made them still run."""

import csv
import runpy
from pathlib import Path

import numpy as np
import pytest

from lecture8.datasets import comparison, reference_torsions
from lecture8.fitting import MomentTensor
from lecture8.fitting.moment_tensors.fit import fit_moment_tensor

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


@pytest.mark.parametrize("strategy", ["extrapolation", "ab initio"])
def test_the_recipe_of_the_comparison_runs(strategy, monkeypatch):
    recipe = runpy.run_path(str(RECIPES / "recipes/active_learning.py"))
    small = recipe["one_run"].__globals__

    def quick_fit(frames, previous, rng):
        model = previous or MomentTensor(level=6)
        return fit_moment_tensor(frames, frames, model=model, rng=rng, iterations=10)

    def no_dynamics(angles_deg, rng):
        return recipe["butane_frames"]("500K")[:12], 11_000

    monkeypatch.setitem(small, "fit", quick_fit)
    monkeypatch.setitem(small, "LABELS", (2, 4))
    monkeypatch.setitem(small, "drawn_from_ab_initio", no_dynamics)
    monkeypatch.setitem(small, "judged", lambda potential, rng: {"force_mae_500K": 1.0})
    rows = recipe["one_run"](strategy, 0)
    sizes = {"extrapolation": [2, 4], "ab initio": [0, 2, 4, 8]}[strategy]
    assert [row["labels"] for row in rows] == sizes
    assert set(rows[0]) <= set(recipe["COLUMNS"])
    assert rows[-1]["reference_calls"] == (4 if strategy == "extrapolation" else 11_000)


def test_the_table_has_the_columns_of_its_recipe():
    recipe = runpy.run_path(str(RECIPES / "recipes/active_learning.py"))
    with (RECIPES / "active_learning.csv").open() as file:
        assert tuple(next(csv.reader(file))) == recipe["COLUMNS"]


def test_the_reference_runs_know_no_left_and_right():
    angles = reference_torsions()
    assert angles.shape == (1000, 8)
    assert angles.min() >= 0
    assert angles.max() < 360
    left, right = ((angles < 120).mean(axis=0), (angles > 240).mean(axis=0))
    error = (left - right).std(ddof=1) / np.sqrt(8)
    assert abs((left - right).mean()) < 3 * error  # butane is its own mirror image


def test_the_recipe_of_the_reference_runs(tmp_path, monkeypatch):
    recipe = runpy.run_path(str(RECIPES / "recipes/butane_torsions.py"))
    for name, value in {"PICOSECONDS": 0.2, "EQUILIBRATE_PS": 0.1}.items():
        monkeypatch.setitem(recipe["one_run"].__globals__, name, value)
    angles = recipe["one_run"](1)
    assert angles.shape == (4,)
    assert np.all(np.abs(angles - 65) < 60)  # it begins in gauche, and 0.3 ps are short
