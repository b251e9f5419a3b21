"""The recipe of the CCSD(T) curve gives the rows of the table."""

import pytest

from lecture8.datasets.files import path_of
from recipes import argon_dimer


def test_the_recipe_writes_the_rows_of_the_shipped_table(tmp_path, monkeypatch):
    """The whole script, for two distances and the basis that takes seconds."""
    shipped = path_of("argon_dimer.csv").read_text().splitlines()
    assert shipped[2] == ",".join(("distance_A", *argon_dimer.LEVELS))
    assert [float(row.split(",")[0]) for row in shipped[3:]] == list(argon_dimer.DISTANCES)
    level = next(iter(argon_dimer.LEVELS))
    monkeypatch.setattr(argon_dimer, "LEVELS", {level: argon_dimer.LEVELS[level]})
    monkeypatch.setattr(argon_dimer, "DISTANCES", (3.5, 4.5))
    argon_dimer.main(tmp_path / "table.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]
    written = (tmp_path / "table.csv").read_text().splitlines()
    assert written[:2] == shipped[:2]
    for row in written[3:]:
        distance, energy = map(float, row.split(","))
        expected = next(s for s in shipped[3:] if float(s.split(",")[0]) == distance)
        assert energy == pytest.approx(float(expected.split(",")[1]), abs=0.005)  # 1/cm
