"""The real grader gives the same shares as the quick one, and feedback names what failed."""

import shutil

import nbformat
import pytest
from nbgrader.api import Gradebook

from tests.homework.in_process import HOMEWORK, checks_of, points, source_of
from tests.homework.tiny import nbgrader
from tests.homework.wrong_answers_hw1 import SOURCES, WRONG_ANSWERS

MISTAKES = (
    "Task 1: a loop over r, which a single number does not survive",
    "Task 3: folds one box only, though positions are not wrapped",
    "Task 5: the half kick at the start forgotten",
    "Task 7: the motion of the box counted as heat",
    "Task 9: momentum compared at the two ends only",
)
FAILED = ("1.3", "3.3", "3.6", "5.1", "5.4", "5.6", "9.7")  # without 7: a visible line fails there


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return the points of a submission with five mistakes, and its feedback."""
    root = tmp_path_factory.mktemp("class") / "homework"
    shutil.copytree(HOMEWORK, root, ignore=shutil.ignore_patterns("gradebook.db", "hw2", "hw3"))
    nbgrader(root, "generate_assignment", "hw1")
    name = source_of("hw1").name
    notebook = nbformat.read(root / "release" / "hw1" / name, as_version=4)
    chosen = {answer.name: answer for answer in WRONG_ANSWERS if answer.name in MISTAKES}
    cells = {cell: text for answer in chosen.values() for cell, text in answer.cells.items()}
    for cell in notebook.cells:
        if "### BEGIN SOLUTION" in SOURCES[cell.id] and cell.cell_type == "code":
            right = SOURCES[cell.id].replace("### BEGIN SOLUTION", "").replace("### END SOL", "#")
            cell.source = cells.get(cell.id, right)
    folder = root / "submitted" / "mia" / "hw1"
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / name)
    nbgrader(root, "autograde", "hw1")
    nbgrader(root, "generate_feedback", "hw1")
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        submission = gradebook.find_submission_notebook(source_of("hw1").stem, "hw1", "mia")
        got = {g.name: g.auto_score for g in submission.grades if g.cell.cell_type == "code"}
    expected = points(source_of("hw1"))
    for answer in chosen.values():
        for cell, lost in answer.loses.items():
            expected[cell] = round(expected[cell] - lost, 2)
    page = root / "feedback" / "mia" / "hw1" / f"{source_of('hw1').stem}.html"
    return got, expected, page.read_text()


def test_the_sandbox_gives_the_shares_that_the_quick_run_gives(graded):
    got, expected, _ = graded
    assert got == expected


def test_feedback_names_every_case_that_failed_with_its_hint_and_no_other(graded):
    *_, feedback = graded
    for number, check in checks_of("hw1").items():
        beginning = check.hint.split("'")[0][:40]
        assert (f"{number}: {beginning}" in feedback) == (number in FAILED), number
