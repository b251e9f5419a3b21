"""Homework 2: the reference passes, the untouched release does not, each mistake has its price."""

import nbformat
import numpy as np
import pytest

import lecture8.reference
from tests.homework.in_process import (
    checks_of,
    lost,
    nbgrader_of,
    points,
    source_of,
)
from tests.homework.wrong_answers_hw2 import RIGHT_ANSWERS, WRONG_ANSWERS

SOURCE, CHECKS = source_of("hw2"), checks_of("hw2")
GRADED = points(SOURCE)
WAITING = ("tasks 3 and 4", "task 5", "tasks 3, 4 and 6", "task 9")


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


def test_the_reference_gets_everything(capsys):
    assert lost(SOURCE, CHECKS) == {}
    assert "waiting" not in capsys.readouterr().out


def test_the_untouched_release_runs_to_the_end_and_gets_nothing(capsys):
    assert lost(SOURCE, CHECKS, release=True) == GRADED
    said = [line for line in capsys.readouterr().out.splitlines() if "waiting" in line]
    assert said == [f"Nothing to see yet: waiting for {tasks}." for tasks in WAITING]


@pytest.mark.parametrize("answer", WRONG_ANSWERS + RIGHT_ANSWERS, ids=lambda answer: answer.name)
def test_an_answer_loses_exactly_what_it_should(answer):
    assert lost(SOURCE, CHECKS, cells=answer.cells, figures=False) == answer.loses


def test_every_graded_cell_is_lost_by_some_wrong_answer():
    assert set().union(*(answer.loses for answer in WRONG_ANSWERS)) == set(GRADED)


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
