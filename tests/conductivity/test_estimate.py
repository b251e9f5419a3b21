"""The price that is said before a study begins."""

from dataclasses import replace

import pytest

from lecture8.conductivity.budget import BUDGETS
from lecture8.conductivity.estimate import _minutes, seconds

CASE = {"atoms": 52, "orderings": 1, "temperatures": 5, "label_s": 0.6, "workers": 2, "share": 1.0}


def test_more_costs_more():
    prices = [
        seconds(budget=BUDGETS[name], **CASE) for name in ("trial", "small", "usual", "large")
    ]
    assert prices == sorted(prices)
    usual = BUDGETS["usual"]
    for more in ({"atoms": 104}, {"temperatures": 6}, {"label_s": 1.2}, {"workers": 1}):
        assert seconds(budget=usual, **CASE | more) > seconds(budget=usual, **CASE)


def test_a_free_teacher_leaves_the_fit_and_the_runs():
    free = seconds(budget=BUDGETS["usual"], **CASE | {"label_s": 0})
    fewer = seconds(budget=replace(BUDGETS["usual"], most_picoseconds=0), **CASE | {"label_s": 0})
    # 5 temperatures of 3200 ps, 500 steps a ps, 52 atoms, 16 µs each, on two workers.
    assert free - fewer == pytest.approx(5 * 3200 * 500 * 52 * 16e-6 / 2)


def test_words():
    assert _minutes(20) == "1 min"
    assert _minutes(1800) == "30 min"
    assert _minutes(9000) == "2.5 hours"
