"""The recipe of the loop with other seeds, in small: both legs, both starts, end to end."""

import csv

import pytest

from recipes import butane_loops


@pytest.mark.parametrize("start", ["as it is", "turned"])
def test_both_legs_have_their_generations(start, tmp_path, monkeypatch):
    monkeypatch.setattr(butane_loops, "LEVELS", (6,))
    monkeypatch.setattr(butane_loops, "STARTS", (start,))
    monkeypatch.setattr(butane_loops, "SEEDS", (3,))
    monkeypatch.setattr(butane_loops, "EPOCHS", 2)
    monkeypatch.setattr(butane_loops, "PICOSECONDS", (0.1, 0.2))
    monkeypatch.setattr(butane_loops, "BUDGETS", (4, 3))
    butane_loops.main(tmp_path)
    with open(tmp_path / "butane_loops.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == butane_loops.COLUMNS
    assert {r["leg"] for r in rows} == {"1", "2"}
    assert {r["start"] for r in rows} == {start}
    labels = [int(r["labels"]) for r in rows]
    assert labels == sorted(labels)  # bought, never given back
    assert labels[-1] <= 7
    assert len({r["torsion_after"] for r in rows}) == 1
