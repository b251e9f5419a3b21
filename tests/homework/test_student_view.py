"""What students get holds the whole lecture and the homework, and gives nothing away."""

import json
import re
from pathlib import Path

import pytest

from notebooks.homework.instructor import student_view

HOMEWORK = Path("notebooks/homework")
SOURCES = sorted(HOMEWORK.glob("source/*/*.ipynb"))


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    folder = tmp_path_factory.mktemp("view") / "student"
    student_view.student_view(folder)
    return folder


def code(path):
    cells = json.loads(path.read_text())["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def solutions():
    """Return the lines of all solutions that are long enough to be nobody's but theirs."""
    found = set()
    for path in SOURCES:
        for block in re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", code(path), re.S):
            found |= {line.strip() for line in block.splitlines() if len(line.strip()) > 24}
    return found


def hidden_tests():
    """Return the lines of all hidden tests, and the calls of them."""
    lines = set()
    for path in HOMEWORK.glob("instructor/checks/*.py"):
        lines |= {line.strip() for line in path.read_text().splitlines() if len(line.strip()) > 39}
    for path in SOURCES:
        lines |= set(re.findall(r'check\("[^"]+"', code(path)))
        # What a test shares with the task that makes its input is no secret.
        shown = re.sub(r"### BEGIN .*?### END [A-Z ]+", "", code(path), flags=re.S)
        lines -= {line.strip() for line in shown.splitlines()}
    return lines


def test_every_notebook_is_there(student):
    lectures = {path.name for path in Path("notebooks").glob("*.ipynb")}
    assert lectures <= {path.name for path in (student / "notebooks").glob("*.ipynb")}
    released = {path.name for path in (student / "notebooks" / "homework").rglob("*.ipynb")}
    assert released == {path.name for path in SOURCES}
    for name in ("environment.yml", "postBuild", "lecture8/__init__.py", "slides/lecture8.md"):
        assert (student / name).exists()


def test_none_of_the_instructors_files_is_there(student):
    names = {str(path.relative_to(student)) for path in student.rglob("*")}
    assert not [n for n in names if re.search(r"instructor/|/checks/|nbgrader_config|gradebook", n)]
    assert not [n for n in names if n.startswith(("tests", ".ci", ".github"))]


def test_no_solution_is_given_away(student):
    secrets = solutions()
    assert len(secrets) > 20
    for path in (student / "notebooks" / "homework").rglob("*.ipynb"):
        text = code(path)
        assert [line for line in secrets if line in text] == []
        assert "SOLUTION" not in text
        assert "NotImplementedError" in text


def test_no_hidden_test_is_given_away(student):
    secrets = hidden_tests()
    assert len(secrets) > 20
    for path in student.rglob("*"):
        if path.suffix in (".ipynb", ".md", ".py", ".txt"):
            text = path.read_text()
            if "homework" in str(path.relative_to(student)):
                assert [line for line in secrets if line in text] == [], path
            assert "from instructor import" not in text, path
            assert "HIDDEN TESTS" not in text, path


def test_outputs_are_not_shipped(student):
    for path in (student / "notebooks" / "homework").rglob("*.ipynb"):
        for cell in json.loads(path.read_text())["cells"]:
            assert not cell.get("outputs")


def test_badges_open_what_is_there(student, tmp_path):
    lines = student_view.badges("a-school/the.course")
    for path in student_view.OPENS.values():
        assert f"gh/a-school/the.course/main?urlpath={path}" in lines
        name = re.sub(r"^(lab/tree|files)/", "", path)
        # The deck is built by postBuild; all else comes with the repository.
        assert name.startswith("build/slides") or (student / name).exists()
    assert "build_deck.py" in (student / "postBuild").read_text()


def test_a_name_that_is_no_repository_is_refused():
    with pytest.raises(ValueError, match="write owner/name"):
        student_view.badges("https://example.org/course")
