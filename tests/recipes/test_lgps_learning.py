"""The recipe of what PBE's frames buy, in small."""

import pytest

from recipes import lgps_learning


@pytest.mark.parametrize("begins_with", ["SevenNet-0", "CHGNet"])
def test_a_pupil_learns_from_a_few_frames(begins_with, monkeypatch):
    monkeypatch.setattr(lgps_learning, "HELD", 2)
    monkeypatch.setattr(lgps_learning, "FIT", lgps_learning.FIT | {"epochs": 2})
    row = lgps_learning.one_fit(begins_with, 4, 0)
    assert tuple(row) == lgps_learning.COLUMNS
    assert 0.5 < row["slope_li"] < 1.1  # a soft teacher has not become hard in two epochs
    assert row["force_rmse_meV_A"] > 40


def test_the_foundation_model_itself_learns(monkeypatch):
    monkeypatch.setattr(lgps_learning, "HELD", 1)
    monkeypatch.setattr(lgps_learning, "TUNING_EPOCHS", {1: 0})
    few = lgps_learning.pbe_frames()[:6]
    monkeypatch.setattr(lgps_learning, "pbe_frames", lambda: few)
    row = lgps_learning.one_fit("SevenNet-0 itself", 1, 0)
    assert 0.7 < row["slope_li"] < 1  # untrained, as notebook 6 finds it
