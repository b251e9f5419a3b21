"""A course of its own with one tiny assignment, graded by nbgrader as this course runs it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
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

check("1.1", double)
check("1.2", double)
check("1.3", double)
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

check("2.1", answer)
### END HIDDEN TESTS
""",
    "why": """
### BEGIN SOLUTION
Because of the mice.
### END SOLUTION
""",
}
CHECKS = """
import numpy as np

from answers import Check, agree

X = np.random.default_rng(17).standard_normal((2, 3))
CHECKS = {
    "1.1": Check(lambda double: agree(double(X), 2 * X), "try an array of two axes"),
    "1.2": Check(lambda double: agree(double(-4), -8), "try a negative number"),
    "1.3": Check(lambda double: agree(double(np.zeros(0)), np.zeros(0)), "try nothing at all"),
    "2.1": Check(lambda answer: agree(answer, 42), "think deeper"),
}
"""
POINTS = {"double-test": 3.0, "answer-test": 2.0}
BY_HAND = {"why": 5.0}
GOOD = {
    "double": "def double(x):\n    return 2 * x",
    "answer": "answer = 42",
    "why": "Because of the mice.",
}
ALL, NONE = POINTS, dict.fromkeys(POINTS, 0.0)


def tiny_source():
    cells = [nbformat.v4.new_markdown_cell("# A tiny assignment", id="title")]
    for name, source in SOURCE.items():
        graded = name in POINTS
        by_hand = name in BY_HAND
        new = nbformat.v4.new_markdown_cell if by_hand else nbformat.v4.new_code_cell
        cell = new(source.strip(), id=name)
        cell.metadata["nbgrader"] = {
            "grade_id": name,
            "grade": graded or by_hand,
            "solution": not graded,
            "locked": graded,
            "schema_version": 3,
            **({"points": (POINTS | BY_HAND)[name]} if graded or by_hand else {}),
        }
        if graded or by_hand:
            cell.metadata["nbgrader"]["cell_type"] = cell.cell_type
        cells.append(cell)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def make_course(root: Path) -> Path:
    """Make a course with one tiny assignment, released."""
    root.mkdir(parents=True)
    shutil.copy(HOMEWORK / "nbgrader_config.py", root)
    instructor = root / "instructor"
    shutil.copytree(HOMEWORK / "instructor", instructor)
    (instructor / "checks" / "tiny.py").write_text(CHECKS)
    (root / "source" / "tiny").mkdir(parents=True)
    nbformat.write(tiny_source(), root / "source" / "tiny" / "tiny.ipynb")
    nbgrader(root, "generate_assignment", "tiny")
    return root


def nbgrader(root, *command, fails=False, **environment):
    run = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=root,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert (run.returncode != 0) == fails, run.stderr[-3000:]
    return run.stderr


def answered(course, **answers):
    """Return the released notebook with some cells answered."""
    notebook = nbformat.read(course / "release" / "tiny" / "tiny.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.id in answers:
            cell.source = answers[cell.id]
    return notebook


def submit(course, student, notebook) -> Path:
    """Put a notebook where submissions lie, and return its folder."""
    folder = course / "submitted" / student / "tiny"
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / "tiny.ipynb")
    return folder


def scores(course, student):
    """Return the points that the machine gave to each graded cell of code."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        submission = gradebook.find_submission_notebook("tiny", "tiny", student)
        return {g.name: g.auto_score for g in submission.grades if g.name in POINTS}


def graded(course, student, notebook):
    """Submit a notebook, autograde it, and return the scores and what the instructor reads."""
    submit(course, student, notebook)
    said = nbgrader(course, "autograde", "tiny", "--student", student)
    return scores(course, student), said
