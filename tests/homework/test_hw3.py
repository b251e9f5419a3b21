"""Homework 3: the reference gets everything, the untouched release nothing, a mistake its share."""

import functools

import nbformat
import pytest

from lecture8 import foundation_models
from tests.homework.in_process import (
    checks_of,
    names_of_checks,
    nbgrader_of,
    points,
    run,
    source_of,
)
from tests.homework.wrong_answers_hw3 import RIGHT_ANSWERS, WRONG_ANSWERS


class Remembering:
    """A foundation model that computes each arrangement of atoms once."""

    def __init__(self, model):
        self.model, self.known = model, {}

    def answer(self, question, atoms):
        key = question, atoms.positions.tobytes()
        if key not in self.known:
            self.known[key] = getattr(self.model, question)(atoms)
        return self.known[key]

    def get_potential_energy(self, atoms):
        return self.answer("get_potential_energy", atoms)

    def get_forces(self, atoms):
        return self.answer("get_forces", atoms)


@pytest.fixture(autouse=True, scope="module")
def one_chgnet():
    """All runs of the notebook ask CHGNet the same: load it and ask it once."""
    load = foundation_models.load
    remembering = functools.cache(lambda name: Remembering(load(name)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(foundation_models, "load", remembering)
        yield


SOURCE, CHECKS = source_of("hw3"), checks_of("hw3")
GRADED = points(SOURCE)


def lost(**how):
    """The graded cells that fail."""
    return {grade_id for grade_id, passed in run(SOURCE, CHECKS, **how).items() if not passed}


def test_twenty_points_by_code_and_five_by_hand():
    assert sum(GRADED.values()) == 20
    cells = nbformat.read(SOURCE, as_version=4).cells
    by_hand = [c for c in cells if c.cell_type == "markdown" and nbgrader_of(c).get("grade")]
    assert [nbgrader_of(cell)["points"] for cell in by_hand] == [5]


def test_every_check_is_asked_once():
    # The grader keeps the first verdict on a name: a second cell with the same one would share it.
    assert sorted(names_of_checks(SOURCE)) == sorted(CHECKS)


def test_marks_and_stored_form():
    notebook = nbformat.read(SOURCE, as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        mark = nbgrader_of(cell)
        assert mark.get("grade_id", cell.id) == cell.id
        assert mark.get("schema_version", 3) == 3
        assert ("### BEGIN SOLUTION" in cell.source) == mark.get("solution", False)
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
            hidden = "### BEGIN HIDDEN TESTS" in cell.source
            assert hidden == mark.get("grade", False)
            assert not hidden or mark["locked"]


def test_the_reference_gets_everything():
    assert lost() == set()


def test_the_untouched_release_runs_to_the_end_and_gets_nothing():
    assert lost(release=True) == set(GRADED)


@pytest.mark.parametrize("answer", WRONG_ANSWERS + RIGHT_ANSWERS, ids=lambda answer: answer.name)
def test_an_answer_loses_exactly_what_it_should(answer):
    assert lost(cells=answer.cells) == answer.loses


def test_every_graded_cell_is_lost_by_some_wrong_answer():
    assert set().union(*(answer.loses for answer in WRONG_ANSWERS)) == set(GRADED)
