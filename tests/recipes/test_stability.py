"""The recipe of how long potentials carry butane, in small."""

import csv

import numpy as np

from lecture8.fitting import MomentTensor
from lecture8.structures import butane
from recipes import stability


def test_each_fit_has_a_row_a_run_and_a_run_that_breaks_says_when(tmp_path, monkeypatch):
    monkeypatch.setattr(stability, "LEVELS", (4,))
    monkeypatch.setattr(stability, "FITS", 2)
    monkeypatch.setattr(stability, "RUNS", 2)
    monkeypatch.setattr(stability, "PICOSECONDS", 0.2)
    monkeypatch.setattr(stability, "FRAMES", {"train": 12, "validation": 4, "test": 4})
    monkeypatch.setattr(
        stability, "fit", lambda *sets, model, rng, progress: model.fit(*sets, rng=rng, epochs=1)
    )
    stability.main(tmp_path)
    with open(tmp_path / "stability.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == stability.COLUMNS
    assert [(r["fit"], r["run"]) for r in rows] == [("0", "0"), ("0", "1"), ("1", "0"), ("1", "1")]
    assert {r["potential"] for r in rows} == {"mtp 4"}
    assert all(0 <= float(r["survived_ps"]) <= 0.2 for r in rows)


def test_a_run_without_forces_that_hold_does_not_survive(butanes, monkeypatch):
    """A potential of one epoch tears butane apart; what blew up lived until its last record."""
    monkeypatch.setattr(stability, "PICOSECONDS", 1)
    poor = MomentTensor(4).fit(butanes[:4], butanes[:4], rng=np.random.default_rng(0), epochs=1)
    assert stability.survived(poor, butane(), 0) < 1
