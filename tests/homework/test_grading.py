"""nbgrader as this course runs it: whatever is submitted is survived, and gets what it deserves."""

import os

import nbformat
import pytest
import sandbox

from tests.homework.tiny import (
    ALL,
    GOOD,
    HOMEWORK,
    NONE,
    answered,
    graded,
    nbgrader,
    scores,
    submit,
)


def test_the_release_holds_no_solution_and_no_hidden_test(course):
    released = (course / "release" / "tiny" / "tiny.ipynb").read_text()
    assert "Your answer goes here" in released
    for secret in ("very own words", "BEGIN", "from instructor import check", "1.1"):
        assert secret not in released


def test_a_good_answer_gets_all_points_and_feedback_gives_nothing_away(course):
    points, _ = graded(course, "ada", answered(course, **GOOD))
    assert points == ALL
    nbgrader(course, "generate_feedback", "tiny", "--student", "ada")
    feedback = (course / "feedback" / "ada" / "tiny" / "tiny.html").read_text()
    for secret in ("very own words", "default_rng(17)", "agree("):
        assert secret not in feedback


def test_the_untouched_release_gets_nothing_and_runs_to_the_end(course):
    points, _ = graded(course, "bob", answered(course))
    assert points == NONE
    done = nbformat.read(course / "autograded" / "bob" / "tiny" / "tiny.ipynb", as_version=4)
    assert [o.ename for o in done.cells[2].outputs] == ["NotImplementedError"]
    assert done.cells[4].outputs[0].ename == "AssertionError"


def test_a_wrong_answer_loses_its_own_points_only(course):
    wrong = {**GOOD, "double": "def double(x):\n    return x**2 + 1 + 0 * x"}  # right for 1
    points, _ = graded(course, "cyd", answered(course, **wrong))
    assert points == {"double-test": 1.0, "answer-test": 2.0}  # nothing squared is nothing


def test_a_slip_costs_its_share_and_feedback_names_every_failed_test(course):
    slip = {**GOOD, "double": "def double(x):\n    return abs(x) + abs(x)"}
    points, _ = graded(course, "dan", answered(course, **slip))
    assert points == {"double-test": 1.0, "answer-test": 2.0}
    nbgrader(course, "generate_feedback", "tiny", "--student", "dan")
    feedback = (course / "feedback" / "dan" / "tiny" / "tiny.html").read_text()
    assert "1 of 3 hidden tests of this cell passed" in feedback
    assert "1.1: try an array of two axes" in feedback
    assert "1.2: try a negative number" in feedback
    assert "try nothing at all" not in feedback


def test_visible_lines_count_too(course):
    """The hidden tests alone would pass: they do not ask for one."""
    wrong = {**GOOD, "double": "def double(x):\n    return 3 if x is 1 else 2 * x"}
    points, _ = graded(course, "eve", answered(course, **wrong))
    assert points == {"double-test": 0.0, "answer-test": 2.0}


def without(notebook, name):
    notebook.cells = [cell for cell in notebook.cells if cell.id != name]
    return notebook


def doubled(notebook, name):
    index = next(k for k, cell in enumerate(notebook.cells) if cell.id == name)
    notebook.cells.insert(index + 1, nbformat.from_dict({**notebook.cells[index], "id": "copy"}))
    return notebook


def split(notebook):
    """Split an answer as the editor does: it copies the metadata, so two cells share one id."""
    doubled(notebook, "double")
    first, second = [cell for cell in notebook.cells if cell.id in ("double", "copy")]
    first.source = "def halved(x):\n    return 4 * x"
    second.source = "def double(x):\n    return halved(x) / 2"
    return notebook


def split_text(notebook):
    doubled(notebook, "why")
    notebook.cells[-1].source = "And of the dolphins."
    return notebook


def reversed_cells(notebook):
    notebook.cells.reverse()
    return notebook


DISORDER = {
    "deleted": (lambda n: without(n, "answer"), {**ALL, "answer-test": 0.0}, "'answer' is missing"),
    "deleted-test": (lambda n: without(n, "double-test"), ALL, "'double-test' is missing"),
    "doubled": (lambda n: doubled(n, "double"), ALL, "'double' is there 2 times: all count"),
    "doubled-test": (
        lambda n: doubled(n, "double-test"),
        ALL,
        "'double-test' is there 2 times: the source's counts, once",
    ),
    "split": (split, ALL, "'double' is there 2 times: all count, in their order"),
    "split-text": (split_text, ALL, "'why' is there 2 times"),
    "moved": (reversed_cells, ALL, "cells were moved"),
}


MISCHIEF = {
    # name: (cells, scores, what the instructor reads)
    "dies": ({"double": "import os\nos._exit(1)"}, NONE, "killed its kernel"),
    "huge": (
        {
            "double": GOOD["double"] + "\nfor _ in range(10**6):\n    print('x' * 99)",
        },
        ALL,
        "wrote too much",
    ),
    "reader": (
        {
            "double": f"""
text = open({str(HOMEWORK / "nbgrader_config.py")!r}).read()
def double(x):
    return 2 * x
"""
        },
        {**ALL, "double-test": 0.0},
        "speaks of nbgrader",
    ),
    "searcher": (
        {
            "double": """
import os
found = []
for folder, inside, files in os.walk("/"):
    inside[:] = [name for name in inside if name not in ("proc", "usr", "site-packages")]
    found += [name for name in files if name in ("gradebook.db", "tiny.py", "tiny.ipynb")]
assert found == [], found
def double(x):
    return 2 * x
"""
        },
        ALL,  # it finds nothing, and says what is right
        "speaks of gradebook",
    ),
    "forger": (
        {
            "double": """
import instructor
instructor.check = lambda number, answer: None
def double(x):
    return 2 * x if x == 1 else x
""",
            "answer": "answer = 41",
        },
        NONE,
        "speaks of instructor",
    ),
    "guesser": (
        {
            "answer": """
import instructor
for answer in range(43):
    instructor.check("2.1", answer)
"""
        },
        {**ALL, "answer-test": 0.0},
        "speaks of instructor",
    ),
    "printer": (
        # A graded cell's outputs are the examiner's: nothing that is printed or returned counts.
        {"double": "import sys\ndouble = lambda x: sys.stderr.write('2.0') and 2 * x"},
        ALL,
        "",
    ),
    "object": ({"answer": "answer = object()"}, {**ALL, "answer-test": 0.0}, ""),
    "caller": (
        {"double": "import socket\nsocket.create_connection(('127.0.0.1', 22), timeout=2)"},
        {**ALL, "double-test": 0.0},
        "speaks of socket",
    ),
}


@pytest.fixture(scope="module")
def the_class(course):
    """All of them are graded by one command; return what the instructor reads."""
    for student, (change, _, _) in DISORDER.items():
        submit(course, student, change(answered(course, **GOOD)))
    for student, (cells, _, _) in MISCHIEF.items():
        submit(course, student, answered(course, **{**GOOD, **cells}))
    return nbgrader(course, "autograde", "tiny")


@pytest.mark.parametrize("student", [*DISORDER, *MISCHIEF])
def test_disorder_is_put_right_and_mischief_survived(course, the_class, student):
    _, expected, line = (DISORDER | MISCHIEF)[student]
    assert scores(course, student) == expected
    said = [said for said in the_class.splitlines() if f"{student}, tiny: " in said]
    assert any(line in words for words in said) if line else not said


def test_an_endless_loop_is_stopped(course):
    config = course / "nbgrader_config.py"
    kept = config.read_text()
    config.write_text(kept + "\nimport grading\n\ngrading.SECONDS_A_CELL = 5\n")
    try:
        endless = {**GOOD, "answer": "while True:\n    pass"}
        points, said = graded(course, "loop", answered(course, **endless))
    finally:
        config.write_text(kept)
    assert points == {"double-test": 3.0, "answer-test": 0.0}
    assert "'answer' ran for 5 s and was stopped" in said


def test_one_who_eats_all_memory_is_stopped(course):
    hungry = {**GOOD, "answer": "answer = bytearray(5 * 2**30)"}
    points, _ = graded(course, "hungry", answered(course, **hungry))
    assert points == {"double-test": 3.0, "answer-test": 0.0}


def test_without_bubblewrap_grading_is_refused_in_one_sentence(course):
    said = nbgrader(course, "autograde", "tiny", fails=True, PATH="/nowhere")
    assert "bubblewrap is not installed (Debian: apt install bubblewrap; macOS" in said
    assert "Traceback" not in said


def test_a_sandbox_that_cannot_start_refuses_to_grade(course, tmp_path):
    """Or all would get nothing, and nobody would know why."""
    broken = tmp_path / "bwrap"
    why = "bwrap: No permissions to create a new namespace"
    broken.write_text(f"#!/bin/sh\necho '{why}' >&2\nexit 1\n")
    broken.chmod(0o755)
    submit(course, "fay", answered(course, **GOOD))
    path = f"{tmp_path}:{os.environ['PATH']}"
    said = nbgrader(course, "autograde", "tiny", "--student", "fay", fails=True, PATH=path)
    assert "Nothing is graded" in said
    assert why in said
    assert "max_user_namespaces" in said
    assert not (course / "autograded" / "fay").exists()


def test_root_grades_only_where_nobody_else_can(course, monkeypatch):
    class Ada:
        pw_name, pw_uid = "ada", 1000

    monkeypatch.delenv(sandbox.AS_ROOT)
    monkeypatch.setattr(sandbox.os, "getuid", lambda: 0)
    monkeypatch.setattr(sandbox.pwd, "getpwall", lambda: [Ada])
    with pytest.raises(sandbox.CannotGrade, match="runuser -u ada -- nbgrader"):
        sandbox.refuse_where_it_is_unsafe()
    monkeypatch.setattr(sandbox.pwd, "getpwall", lambda: [])
    sandbox.refuse_where_it_is_unsafe()
