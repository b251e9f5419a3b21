"""nbgrader as this course runs it: whatever is submitted is survived, and gets what it deserves."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

HOMEWORK = Path("notebooks/homework").resolve()

SOURCE = {
    "double": """
def double(x):
    \"\"\"Return twice x.\"\"\"
    ### BEGIN SOLUTION
    return 2 * x  # the very own words of the solution
    ### END SOLUTION
""",
    "double-test": """
assert double(1) == 2, "twice one is two"
### BEGIN HIDDEN TESTS
from instructor import check

check("double of others", double)
### END HIDDEN TESTS
""",
    "answer": """
answer = None
### BEGIN SOLUTION
answer = 42
### END SOLUTION
""",
    "answer-test": """
assert answer is not None
### BEGIN HIDDEN TESTS
from instructor import check

check("the answer", answer)
### END HIDDEN TESTS
""",
}
CHECKS = """
import numpy as np


def of_others(double):
    x = np.random.default_rng(17).standard_normal(3)
    return np.allclose(double(x), 2 * x) and double(4) == 8


CHECKS = {"double of others": of_others, "the answer": lambda answer: answer == 42}
"""
POINTS = {"double-test": 3.0, "answer-test": 2.0}


def tiny_source():
    cells = [nbformat.v4.new_markdown_cell("# A tiny assignment", id="title")]
    for name, source in SOURCE.items():
        graded = name in POINTS
        cell = nbformat.v4.new_code_cell(source.strip(), id=name)
        cell.metadata["nbgrader"] = {
            "grade_id": name,
            "grade": graded,
            "solution": not graded,
            "locked": graded,
            "schema_version": 3,
            **({"points": POINTS[name]} if graded else {}),
        }
        if graded:
            cell.metadata["nbgrader"]["cell_type"] = "code"
        cells.append(cell)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return a course of its own with one tiny assignment, released."""
    root = tmp_path_factory.mktemp("course") / "homework"
    root.mkdir()
    shutil.copy(HOMEWORK / "nbgrader_config.py", root)
    instructor = root / "instructor"
    shutil.copytree(HOMEWORK / "instructor", instructor, ignore=shutil.ignore_patterns("checks"))
    (instructor / "checks").mkdir()
    (instructor / "checks" / "tiny.py").write_text(CHECKS)
    (root / "source" / "tiny").mkdir(parents=True)
    nbformat.write(tiny_source(), root / "source" / "tiny" / "tiny.ipynb")
    nbgrader(root, "generate_assignment", "tiny")
    return root


def nbgrader(root, *command):
    run = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return run.stderr


def answered(course, **answers):
    """Return the released notebook with some cells answered."""
    notebook = nbformat.read(course / "release" / "tiny" / "tiny.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.id in answers:
            cell.source = answers[cell.id]
    return notebook


GOOD = {"double": "def double(x):\n    return 2 * x", "answer": "answer = 42"}


def graded(course, student, notebook):
    """Submit a notebook, autograde it, and return the scores and what the instructor reads."""
    folder = course / "submitted" / student / "tiny"
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / "tiny.ipynb")
    said = nbgrader(course, "autograde", "tiny", "--student", student)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        submission = gradebook.find_submission_notebook("tiny", "tiny", student)
        return {grade.name: grade.auto_score for grade in submission.grades}, said


ALL, NONE = POINTS, dict.fromkeys(POINTS, 0.0)


def test_the_release_holds_no_solution_and_no_hidden_test(course):
    released = (course / "release" / "tiny" / "tiny.ipynb").read_text()
    assert "Your answer goes here" in released
    for secret in ("very own words", "BEGIN", "from instructor import check", "double of others"):
        assert secret not in released


def test_a_good_answer_gets_all_points_and_feedback_gives_nothing_away(course):
    scores, _ = graded(course, "ada", answered(course, **GOOD))
    assert scores == ALL
    nbgrader(course, "generate_feedback", "tiny", "--student", "ada")
    feedback = (course / "feedback" / "ada" / "tiny" / "tiny.html").read_text()
    for secret in ("very own words", "default_rng(17)", "answer == 42", "np.allclose"):
        assert secret not in feedback


def test_the_untouched_release_gets_nothing_and_runs_to_the_end(course):
    scores, _ = graded(course, "bob", answered(course))
    assert scores == NONE
    done = nbformat.read(course / "autograded" / "bob" / "tiny" / "tiny.ipynb", as_version=4)
    assert [o.ename for o in done.cells[2].outputs] == ["NotImplementedError"]
    assert done.cells[4].outputs[0].ename == "AssertionError"


def test_a_wrong_answer_loses_its_own_points_only(course):
    wrong = {**GOOD, "double": "def double(x):\n    return x + 1"}  # right for 1
    scores, _ = graded(course, "cyd", answered(course, **wrong))
    assert scores == {"double-test": 0.0, "answer-test": 2.0}


def without(notebook, name):
    notebook.cells = [cell for cell in notebook.cells if cell.id != name]
    return notebook


def doubled(notebook, name):
    index = next(k for k, cell in enumerate(notebook.cells) if cell.id == name)
    notebook.cells.insert(index + 1, nbformat.from_dict({**notebook.cells[index], "id": "copy"}))
    return notebook


def reversed_cells(notebook):
    notebook.cells.reverse()
    return notebook


DISORDER = {
    "deleted": (lambda n: without(n, "answer"), {**ALL, "answer-test": 0.0}, "'answer' is missing"),
    "deleted-test": (lambda n: without(n, "double-test"), ALL, "'double-test' is missing"),
    "doubled": (lambda n: doubled(n, "double"), ALL, "'double' is there twice"),
    "doubled-test": (lambda n: doubled(n, "double-test"), ALL, "'double-test' is there twice"),
    "moved": (reversed_cells, ALL, "cells were moved"),
}


@pytest.mark.parametrize("what", DISORDER)
def test_cells_out_of_order_are_put_back(course, what):
    change, expected, line = DISORDER[what]
    scores, said = graded(course, what, change(answered(course, **GOOD)))
    assert scores == expected
    assert line in said


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
        "",
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
instructor.check = lambda name, answer: None
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
for answer in range(100):
    try:
        instructor.check("the answer", answer)
    except AssertionError:
        continue
    break
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


@pytest.mark.parametrize("student", MISCHIEF)
def test_mischief_is_survived(course, student):
    cells, expected, line = MISCHIEF[student]
    scores, said = graded(course, student, answered(course, **{**GOOD, **cells}))
    assert scores == expected
    assert line in said


def test_an_endless_loop_is_stopped(course):
    config = course / "nbgrader_config.py"
    kept = config.read_text()
    config.write_text(kept + "\nimport grading\n\ngrading.SECONDS_A_CELL = 5\n")
    try:
        endless = {**GOOD, "answer": "while True:\n    pass"}
        scores, said = graded(course, "loop", answered(course, **endless))
    finally:
        config.write_text(kept)
    assert scores == {"double-test": 3.0, "answer-test": 0.0}
    assert "'answer' ran for 5 s and was stopped" in said


def test_one_who_eats_all_memory_is_stopped(course):
    hungry = {**GOOD, "answer": "answer = bytearray(5 * 2**30)"}
    scores, _ = graded(course, "hungry", answered(course, **hungry))
    assert scores == {"double-test": 3.0, "answer-test": 0.0}


def test_without_bubblewrap_grading_is_refused(monkeypatch, tmp_path):
    sys.path.insert(0, str(HOMEWORK / "instructor"))
    import sandbox

    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    with pytest.raises(FileNotFoundError, match="apt install bubblewrap"):
        sandbox.command(tmp_path)
