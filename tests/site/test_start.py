"""The start page: what it says of each run, and what it links."""

from lecture8.course import Result
from lecture8.site.pages import Page, page_of
from lecture8.site.start import start_page
from tests.site.conftest import FIRST, write_notebook

PAGE = Page("notebooks/01_a.html", "A <test>", "How *far*?")


def test_it_says_what_a_run_took_and_why_it_failed():
    start = start_page([Result(PAGE, 33.4, 1.25 * 2**30, "cell 2: 1 < 2")])
    assert '<a href="notebooks/01_a.html">A &lt;test&gt;</a>' in start
    assert "<p>How <em>far</em>?</p>" in start
    assert "ran in 33 s with\n1.2 GB of memory" in start
    assert '<p class="failed">cell 2: 1 &lt; 2</p>' in start


def test_it_links_the_deck_in_the_forms_that_there_are():
    start = start_page([], deck=["lecture8.html", "lecture8.pptx"])
    assert '<a href="slides/lecture8.html">Open the slides</a>' in start
    assert '<a href="slides/lecture8.pptx">PowerPoint</a>' in start
    assert "lecture8.pdf" not in start
    assert "<code>make slides</code>" in start_page([])


def test_it_links_the_homework_where_there_is_some():
    start = start_page([], homework=[Page("homework/one.html", "Homework 1", "Krypton.")])
    assert '<a href="homework/one.html">Homework 1</a>' in start
    assert 'id="homework"' not in start_page([])


def test_a_page_is_called_what_its_notebook_says(tmp_path):
    from lecture8.site.pages import read

    write_notebook(tmp_path / "01_first.ipynb", FIRST, "First")
    page = page_of(read(tmp_path / "01_first.ipynb"), "notebooks/01_first.html")
    assert page.title == "1 · First: how a spring swings"
    assert page.about == "How far does $x$ go, and *how long*?"
    write_notebook(tmp_path / "02_bare.ipynb", [("code", "1")], "Bare")
    assert page_of(read(tmp_path / "02_bare.ipynb"), "a.html") == Page("a.html", "Bare")
    write_notebook(tmp_path / "03_plain.ipynb", [("markdown", "Text.")], "Plain")
    assert page_of(read(tmp_path / "03_plain.ipynb"), "a.html") == Page("a.html", "Plain")
