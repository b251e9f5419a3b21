"""Homework 3: the reference gets everything, the untouched release nothing, a mistake its share."""

import functools

import pytest

from lecture8 import foundation_models
from tests.homework.in_process import cell_of, checks_of, lost, points, released, source_of
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


def test_the_reference_gets_everything(capsys):
    assert lost(SOURCE, CHECKS) == {}
    assert "waiting" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("unanswered", "waiting"),
    [
        (None, ["task 5", "tasks 5 to 8", "task 9"]),  # the untouched release
        ("msd", ["task 5", "tasks 5 to 8"]),
        ("arrhenius", ["tasks 5 to 8"]),
        ("haven", ["task 9"]),
    ],
)
def test_what_stands_on_an_unanswered_task_waits_for_it(capsys, unanswered, waiting):
    if unanswered is None:
        assert lost(SOURCE, CHECKS, release=True) == GRADED
    else:
        stub = released(cell_of(SOURCE, unanswered).source, solution=True)
        assert f"test-{unanswered}" in lost(SOURCE, CHECKS, cells={unanswered: stub})
    said = [line for line in capsys.readouterr().out.splitlines() if "waiting" in line]
    assert said == [f"Nothing to see yet: waiting for {tasks}." for tasks in waiting]


@pytest.mark.parametrize("answer", WRONG_ANSWERS + RIGHT_ANSWERS, ids=lambda answer: answer.name)
def test_an_answer_loses_exactly_what_it_should(answer):
    assert lost(SOURCE, CHECKS, cells=answer.cells, figures=False) == answer.loses


def test_every_graded_cell_is_lost_by_some_wrong_answer():
    assert set().union(*(answer.loses for answer in WRONG_ANSWERS)) == set(GRADED)
