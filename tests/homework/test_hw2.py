"""Homework 2: the reference passes, the untouched release does not, each mistake has its price."""

import re

import nbformat
import numpy as np
import pytest

import lecture8.reference
from tests.homework import right_answers_hw2
from tests.homework.in_process import (
    checks_of,
    nbgrader_of,
    points,
    proxy,
    run,
    source_of,
)
from tests.homework.wrong_answers_hw2 import WRONG_ANSWERS

SOURCE, CHECKS = source_of("hw2"), checks_of("hw2")
ASKED = re.findall(r"""check\(\\?"(.+?)\\?", (\w+)\)""", SOURCE.read_text())  # (check, function)


@pytest.fixture(scope="module", autouse=True)
def dynamics_once():
    """Every run of the notebook makes the same frames of silver; here they are made once."""
    original, made = lecture8.reference.labelled_dynamics, {}

    def once(atoms, potential, *, temperature_K, run, **settings):
        # The notebook seeds each run with its number, so these two tell them apart.
        key = temperature_K, run
        if key not in made:
            made[key] = original(atoms, potential, temperature_K=temperature_K, run=run, **settings)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lecture8.reference, "labelled_dynamics", once)
        yield


def test_points():
    notebook = nbformat.read(SOURCE, as_version=4)
    assert sum(points(SOURCE).values()) == 20
    by_hand = [c for c in notebook.cells if nbgrader_of(c).get("grade") and c.cell_type != "code"]
    assert [nbgrader_of(cell)["points"] for cell in by_hand] == [5]


def test_the_reference_solution_passes_everywhere():
    assert run(SOURCE, CHECKS) == dict.fromkeys(points(SOURCE), True)


def test_the_untouched_release_runs_to_the_end_and_passes_nowhere():
    assert run(SOURCE, CHECKS, release=True) == dict.fromkeys(points(SOURCE), False)


@pytest.mark.parametrize("wrong", WRONG_ANSWERS, ids=lambda wrong: wrong.name)
def test_a_wrong_answer_loses_what_it_should(wrong):
    results = run(SOURCE, CHECKS, cells=wrong.cells)
    assert {grade_id for grade_id, passed in results.items() if not passed} == wrong.loses


def test_every_check_is_asked_once():
    assert sorted(name for name, _ in ASKED) == sorted(CHECKS)


@pytest.mark.parametrize(("name", "function"), ASKED)
def test_a_right_answer_of_another_kind_passes(name, function):
    assert CHECKS[name](proxy(getattr(right_answers_hw2, function)))


def test_solutions_leave_their_arguments_unchanged():
    """Students copy style: the reference keeps the promise of the notebook's first cell."""
    namespace = {"np": np}
    for cell in nbformat.read(SOURCE, as_version=4).cells:
        if nbgrader_of(cell).get("solution") and cell.cell_type == "code":
            exec(cell.source, namespace)
    runs, parents = np.array([0, 1, 2, 3]), np.array([-1, 0, -1, 2])
    namespace["split_by_family"](runs, parents, 0.5, 0)
    assert runs.tolist() == [0, 1, 2, 3]
    assert parents.tolist() == [-1, 0, -1, 2]
    positions = np.arange(9.0).reshape(3, 3)
    namespace["descriptors"](positions, np.array([1.0]), 1.0, 20.0, [1])
    assert positions.tolist() == np.arange(9.0).reshape(3, 3).tolist()
