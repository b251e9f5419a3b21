"""The recipes of notebooks 3 and 4 run in small, and give what is shipped."""

import csv

import numpy as np
import pytest

from lecture8.datasets import butane_frames
from lecture8.datasets.files import path_of
from lecture8.fitting import MomentTensor
from recipes import active_learning, butane, butane_torsions


def test_the_recipe_makes_the_shipped_frames_begin_alike():
    """The first frames of the first run, remade: short enough for chaos not to matter."""
    remade = butane.one_run(300, 0, picoseconds=0.1)
    shipped = butane_frames("300K")[0]
    assert remade[0].info == shipped.info
    # After 1.1 ps the rounding of another machine has grown; a bond is stiffer than that.
    assert remade[0].get_potential_energy() == pytest.approx(
        shipped.get_potential_energy(), abs=0.05
    )


@pytest.mark.parametrize("strategy", ["extrapolation", "ab initio"])
def test_the_recipe_of_the_comparison_runs(strategy, monkeypatch):
    def quick_fit(frames, previous, rng):
        model = previous or MomentTensor(level=6)
        return model.fit(frames, frames, rng=rng, epochs=10)

    def no_dynamics(angles_deg, rng):
        return butane_frames("500K")[:12], 11_000

    monkeypatch.setattr(active_learning, "fit", quick_fit)
    monkeypatch.setattr(active_learning, "LABELS", (2, 4))
    monkeypatch.setattr(active_learning, "drawn_from_ab_initio", no_dynamics)
    monkeypatch.setattr(active_learning, "judged", lambda potential, rng: {"force_mae_500K": 1.0})
    rows = active_learning.one_run(strategy, 0)
    sizes = {"extrapolation": [2, 4], "ab initio": [0, 2, 4, 8]}[strategy]
    assert [row["labels"] for row in rows] == sizes
    assert set(rows[0]) <= set(active_learning.COLUMNS)
    assert rows[-1]["reference_calls"] == (4 if strategy == "extrapolation" else 11_000)


def test_the_table_has_the_columns_of_its_recipe():
    with path_of("active_learning.csv").open() as file:
        assert tuple(next(csv.reader(file))) == active_learning.COLUMNS


def test_the_recipe_of_the_reference_runs(tmp_path, monkeypatch):
    for name, value in {"PICOSECONDS": 0.2, "EQUILIBRATE_PS": 0.1}.items():
        monkeypatch.setattr(butane_torsions, name, value)
    angles = butane_torsions.one_run(1)
    assert angles.shape == (4,)
    assert np.all(np.abs(angles - 65) < 60)  # it begins in gauche, and 0.3 ps are short
