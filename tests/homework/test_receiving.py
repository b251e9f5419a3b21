"""A notebook is found under the name that a browser gave it, and cells under their source's."""

import json

import nbformat
import pytest
from receiving import receive

from tests.homework.tiny import tiny_source


@pytest.fixture
def folders(tmp_path):
    """Return folders of a submission (empty), of the source, and of what is received."""
    (tmp_path / "source").mkdir()
    (tmp_path / "submitted").mkdir()
    nbformat.write(tiny_source(), tmp_path / "source" / "tiny.ipynb")
    return tmp_path / "submitted", tmp_path / "source", tmp_path / "received"


def submission(**answers):
    notebook = tiny_source()
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return notebook


def received(folders):
    notebook = nbformat.read(folders[2] / "tiny.ipynb", as_version=4)
    nbformat.validate(notebook)
    return {cell.id: cell for cell in notebook.cells}


@pytest.mark.parametrize(
    "name", ["tiny (1).ipynb", "tiny(2).ipynb", "tiny-Copy1.ipynb", "tiny - Copy.ipynb"]
)
def test_what_a_browser_renamed_is_recognised(folders, name):
    nbformat.write(submission(answer="answer = 7"), folders[0] / name)
    assert receive(*folders) == [f"'{name}' is taken for 'tiny.ipynb'"]
    assert received(folders)["answer"].source == "answer = 7"


def test_another_name_is_said_and_counts_as_unanswered(folders):
    nbformat.write(submission(answer="answer = 7"), folders[0] / "mine.ipynb")
    (note,) = receive(*folders)
    assert note == "'tiny.ipynb' was not handed in; there is mine.ipynb: rename it"
    assert received(folders)["answer"].source == "# (no answer)"


def test_only_texts_are_the_students(folders):
    notebook = submission(answer="answer = 7", **{"double-test": "pass"})
    notebook.metadata["title"] = "<script>"
    for cell in notebook.cells:
        cell.metadata["tags"] = ["<script>"]
        if "nbgrader" in cell.metadata:
            cell.metadata["nbgrader"] |= {"points": 100, "locked": False}
    nbformat.write(notebook, folders[0] / "tiny.ipynb")
    receive(*folders)
    got = received(folders)
    assert "<script>" not in (folders[2] / "tiny.ipynb").read_text()
    assert got["double-test"].source == submission()["cells"][2].source
    assert got["double-test"].metadata.nbgrader.points == 3
    assert got["answer"].source == "answer = 7"


def test_what_the_source_says_outside_of_tasks_stays_as_it_is(folders):
    plain = "# A tiny assignment\n\nwith `a<b` and <b>bold</b>"
    source = tiny_source()
    source.cells[0].source = plain
    nbformat.write(source, folders[1] / "tiny.ipynb")
    nbformat.write(source, folders[0] / "tiny.ipynb")
    assert receive(*folders) == []
    (first, *_) = nbformat.read(folders[2] / "tiny.ipynb", as_version=4).cells
    assert first.source == plain


def test_there_is_an_end_to_cells_and_their_length(folders):
    notebook = submission(answer="#" * 30_000)
    notebook.cells += [nbformat.v4.new_code_cell(f"{k}") for k in range(700)]
    nbformat.write(notebook, folders[0] / "tiny.ipynb")
    notes = receive(*folders)
    assert "a cell has 30,000 characters: the first 20,000 count" in notes
    assert "it has more than 500 cells of its own: the rest is left out" in notes
    assert len(received(folders)) == 5 + 500  # five are the source's


def test_a_submission_that_is_a_link_is_not_read(folders, tmp_path):
    folders[0].rmdir()
    folders[0].symlink_to(folders[1])
    notes = receive(*folders)
    assert "its folder is not read: Not a directory" in notes
    assert received(folders)["answer"].source == "# (no answer)"


def test_ids_of_a_kind_that_nobody_expects(folders):
    """Such as a list for a name: it is the student's own cell."""
    notebook = json.loads(nbformat.writes(submission()))
    notebook["cells"][1]["metadata"]["nbgrader"] = {"grade_id": ["double"]}
    notebook["cells"][2]["metadata"] = 7
    (folders[0] / "tiny.ipynb").write_text(json.dumps(notebook))
    notes = receive(*folders)
    assert "cell 'double' is missing: it is put back, without an answer" in notes
    assert "cell 'double-test' is missing: it is put back, without an answer" in notes


def test_there_is_an_end_to_all_texts_together(folders):
    notebook = submission()
    notebook.cells += [nbformat.v4.new_markdown_cell("x" * 19_000) for _ in range(40)]
    nbformat.write(notebook, folders[0] / "tiny.ipynb")
    assert receive(*folders) == ["it has more than 300,000 characters: the rest is left out"]
    assert (folders[2] / "tiny.ipynb").stat().st_size < 350_000


def test_long_gaps_are_shortened(folders):
    """Colouring them takes minutes: feedback of the whole class waited for one."""
    gaps = "x = 1" + "\n" * 9000 + "y = 2" + " \n" * 2500 + "z" + " " * 5000 + "= 3"
    nbformat.write(submission(answer=gaps), folders[0] / "tiny.ipynb")
    assert receive(*folders) == ["a cell has long gaps: they are shortened"]
    assert received(folders)["answer"].source == f"x = 1\n\n\ny = 2\n\n\nz{' ' * 100}= 3"


def test_a_half_of_a_letter_is_read(folders):
    """A lone surrogate, which JSON can say and UTF-8 cannot."""
    text = json.dumps(json.loads(nbformat.writes(submission(answer="x = 'SIGN'"))))
    (folders[0] / "tiny.ipynb").write_text(text.replace("SIGN", "\\ud800"))
    receive(*folders)
    assert received(folders)["answer"].source == "x = '?'"


def test_a_pasted_picture_is_said(folders):
    nbformat.write(submission(why="See ![it](attachment:it.png)."), folders[0] / "tiny.ipynb")
    (note,) = receive(*folders)
    assert note == "the text of 'why' holds a picture, which is not shown: ask for it"
    assert received(folders)["why"].source == "See ! [it](attachment:it.png)."
