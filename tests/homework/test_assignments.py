"""Every assignment through nbgrader itself: released, submitted, run shut in, examined, scored."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from tests.homework.test_grading import HOMEWORK, nbgrader

ASSIGNMENTS = sorted(path.name for path in (HOMEWORK / "source").iterdir())


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return a copy of the homework's folder in which everything is released."""
    root = tmp_path_factory.mktemp("class") / "homework"
    ignored = shutil.ignore_patterns(
        "gradebook.db", "release", "submitted", "autograded", "feedback"
    )
    shutil.copytree(HOMEWORK, root, ignore=ignored)
    for assignment in ASSIGNMENTS:
        nbgrader(root, "generate_assignment", assignment)
    return root


def scores(course, assignment, student, notebook, name):
    folder = course / "submitted" / student / assignment
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")
    said = nbgrader(course, "autograde", assignment, "--student", student)
    nbgrader(course, "generate_feedback", assignment, "--student", student)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        graded = gradebook.find_submission_notebook(name, assignment, student)
        code = {g.name: g for g in graded.grades if g.cell.cell_type == "code"}
        return {n: (g.auto_score, g.cell.max_score) for n, g in code.items()}, said


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_the_reference_gets_everything_and_the_untouched_release_nothing(course, assignment):
    (source,) = (course / "source" / assignment).glob("*.ipynb")
    reference = nbformat.read(source, as_version=4)
    for cell in reference.cells:  # as a student would submit it
        hidden = r"^ *### BEGIN HIDDEN TESTS.*?^ *### END HIDDEN TESTS\n?"
        cell.source = re.sub(hidden, "", cell.source, flags=re.S | re.M)
        cell.source = re.sub(r"^ *### (BEGIN|END) SOLUTION\n?", "", cell.source, flags=re.M)
    got, said = scores(course, assignment, "reference", reference, source.stem)
    assert [name for name, (score, most) in got.items() if score != most] == [], said[-2000:]
    assert sum(most for _, most in got.values()) == 20
    released = course / "release" / assignment / source.name
    untouched = nbformat.read(released, as_version=4)
    got, said = scores(course, assignment, "untouched", untouched, source.stem)
    assert sum(score for score, _ in got.values()) == 0
    assert "what follows did not run" not in said
    for student in ("reference", "untouched"):
        feedback = (course / "feedback" / student / assignment / f"{source.stem}.html").read_text()
        checks = Path(HOMEWORK / "instructor" / "checks" / f"{assignment}.py").read_text()
        secrets = [line.strip() for line in checks.splitlines() if len(line.strip()) > 39]
        shown = source.read_text()
        assert [line for line in secrets if line in feedback and line not in shown] == []
