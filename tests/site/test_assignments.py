"""The site's homework is what students get: the same text as nbgrader's release, and no secret."""

import json
import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from lecture8.site.assignments import assignments, student_version
from lecture8.site.pages import read, to_html
from notebooks.homework.instructor import student_view
from tests.homework.what_is_secret import (
    HOMEWORK,
    SOURCES,
    TELLING,
    hidden_tests,
    prose,
    shown,
    solutions,
    telling,
)


def in_one_line(text):
    return " ".join(text.split())


def words(path):
    """Return the text of a file of the site, each space once: code is coloured word by word."""
    text = path.read_bytes().decode(errors="replace")
    if path.suffix == ".html":
        text += BeautifulSoup(text, "html.parser").get_text()
    if path.name == "sections.js":
        text = "\n".join(
            value
            for entry in json.loads(text.split("=", 1)[1].rstrip(";\n"))
            for value in entry.values()
        )
    return in_one_line(text)


def plain(answer):
    """Return the longest piece of an answer in words that a page sets as it is written."""
    return max(re.split(r"^\d+\. |\*\*|\*|`|\$[^$]*\$", answer), key=len).strip()


def answers():
    """Return the lines of all solutions, as a page shows them."""
    in_words = {line for path in SOURCES for line in telling(prose(path, answers=True))}
    told = in_one_line(shown())
    lines = {line for line in solutions() - in_words} | set(map(plain, in_words))
    return {line for line in map(in_one_line, lines) if len(line) > TELLING and line not in told}


def hidden():
    told = in_one_line(shown())
    return {line for line in map(in_one_line, hidden_tests()) if line not in told}


def test_no_solution_and_no_hidden_test_is_in_any_file_of_the_site(site):
    names = answers() | hidden()
    files = [path for path in site.rglob("*") if path.is_file()]
    assert len([path for path in files if path.parent.name == "homework"]) == len(SOURCES)
    for path in files:
        text = words(path)
        assert [secret for secret in names if secret in text] == [], path
        assert "HIDDEN TESTS" not in text, path
        assert "### BEGIN" not in text, path


def test_the_search_for_secrets_finds_them_in_pages_of_the_source(tmp_path):
    """The twin: the same search, in pages that were made without a look at the marks."""
    for path in SOURCES:
        (tmp_path / f"{path.stem}.html").write_text(to_html(read(path)))
    text = "\n".join(map(words, tmp_path.iterdir()))
    assert [answer for answer in answers() if answer not in text] == []
    assert len(answers()) > 100
    assert len(hidden()) > 100
    assert 'check("1.1"' in text


def test_the_text_is_that_of_nbgraders_release(tmp_path):
    student_view.released(tmp_path)
    ours = dict(map(student_version, assignments(HOMEWORK)))
    released = {path.stem: path for path in tmp_path.rglob("*.ipynb")}
    assert set(ours) == set(released) == {path.stem for path in SOURCES}
    for name, path in released.items():
        theirs = nbformat.read(path, as_version=4)
        assert [(c.cell_type, c.source) for c in ours[name].cells] == [
            (c.cell_type, c.source) for c in theirs.cells
        ]


def write(folder, *cells, solution=False):
    folder.mkdir(parents=True)
    about = {"nbgrader": {"solution": solution, "grade": False, "grade_id": "a"}}
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    notebook = nbformat.v4.new_notebook(
        cells=[make[kind](source, metadata=about) for kind, source in cells]
    )
    for cell in filter(lambda cell: cell.cell_type == "code", notebook.cells):
        cell.outputs = [nbformat.v4.new_output("stream", text="42")]
    nbformat.write(notebook, folder / "work.ipynb")
    return folder / "work.ipynb"


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ("x = 1\n### BEGIN SOLUTION\ny = 2", "nothing ends 'solution'"),
        ("### BEGIN HIDDEN TESTS\ncheck()", "nothing ends 'hidden tests'"),
        ("y = 2\n### END SOLUTION", "has no partner"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", "has no partner"),
        ("### BEGIN SOLUTION\ny\n### END HIDDEN TESTS", "has no partner"),
        ("### BEGIN SOLUTIONS_\ny", "nothing ends"),
        ("### BEGIN ANSWER\ny = 2\n### END ANSWER", "would give away '### BEGIN'"),
        ("from instructor import check", "would give away 'import check'"),
        ('check("3.2", force)', "would give away 'check('"),
    ],
)
def test_a_secret_that_its_marks_do_not_hide_is_refused(tmp_path, left, said):
    path = write(tmp_path / "source/hw1", ("markdown", "# A"), ("code", left))
    with pytest.raises(ValueError, match=r"work\.ipynb, cell 2") as error:
        student_version(path)
    assert said in str(error.value)


def test_an_answer_without_marks_is_left_out_whole_and_no_output_is_kept(tmp_path):
    path = write(
        tmp_path / "source/hw1", ("code", "y = 2"), ("markdown", "It is two."), solution=True
    )
    _, notebook = student_version(path)
    assert "NotImplementedError" in notebook.cells[0].source
    assert notebook.cells[1].source == "*Your answer goes here.*"
    assert notebook.cells[0].outputs == []


def test_a_students_clone_has_its_own_pages(tmp_path):
    mine = write(tmp_path / "hw1", ("code", "def check(x): ...\ncheck(1)"), solution=True)
    write(tmp_path / "hw1/.ipynb_checkpoints", ("code", "old"))
    assert assignments(tmp_path) == [mine]
    name, notebook = student_version(mine)
    assert name == "work"
    assert notebook.cells[0].source.startswith("def check(x)")


def test_where_there_is_a_source_nothing_else_is_taken(tmp_path):
    mine = write(tmp_path / "source/hw1", ("code", "1"))
    for other in ("release", "submitted", "hw1"):
        write(tmp_path / other, ("code", "2"))
    assert assignments(tmp_path) == [mine]
    assert assignments(Path("notebooks/homework")) == SOURCES
