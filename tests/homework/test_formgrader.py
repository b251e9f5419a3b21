"""What an instructor opens in Formgrader, or a student as feedback, does nothing by itself."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from nbgrader.api import Gradebook

from slides import build_deck
from tests.homework.test_harmless import SCRIPTS
from tests.homework.tiny import GOOD, answered, nbgrader, submit

pytestmark = pytest.mark.skipif(
    build_deck.chromium() is None, reason="pages need a Chromium (Debian: apt install chromium)"
)


def hostile(course):
    """Return a submission with every script that we know, wherever a page could show it."""
    notebook = answered(course, **{**GOOD, "why": "\n\n".join(["Mice.", *SCRIPTS])})
    new = nbformat.v4
    for script in SCRIPTS:
        notebook.cells.append(new.new_markdown_cell(script))
        notebook.cells.append(new.new_raw_cell(script, metadata={"format": "text/html"}))
    show = f"from IPython.display import display\nfor script in {SCRIPTS!r}:\n"
    for kind in ("text/html", "image/svg+xml", "text/markdown", "text/latex", "image/png"):
        show += f"    display({{{kind!r}: script, 'text/plain': script}}, raw=True)\n"
    show += "    display({'application/javascript': 'alert(1)'}, raw=True)\n    print(script)\n"
    notebook.cells.append(new.new_code_cell(show))
    notebook.cells.append(new.new_code_cell(f"raise ValueError({SCRIPTS[0]!r})"))
    return notebook


@pytest.fixture(scope="module")
def graded(course):
    """The hostile submission, graded; feedback is written."""
    submit(course, "mallory", hostile(course))
    said = nbgrader(course, "autograde", "tiny")
    nbgrader(course, "generate_feedback", "tiny")
    return said


@pytest.fixture(scope="module")
def formgrader(course, graded):
    """Return the address of a Jupyter server that was started in the course's folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["-m", "jupyter", "server", "--no-browser", "--allow-root", f"--port={port}"]
    words += ["--IdentityProvider.token=", f"--ServerApp.root_dir={course}"]
    with subprocess.Popen(
        [sys.executable, *words],
        cwd=course,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"JUPYTER_CONFIG_DIR": str(course / "no-config")},
    ) as server:
        address, end = f"http://127.0.0.1:{port}", time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"{address}/api", timeout=5)
                break
            except OSError:
                assert time.monotonic() < end, "the server did not start within two minutes"
                time.sleep(0.5)
        yield address
        server.terminate()


def what_it_does(chromium, open_page) -> list[str]:
    """Open a page, and return which scripts spoke and which links would run one."""
    page = chromium.new_page()
    spoke = []
    page.on("dialog", lambda dialog: (spoke.append(dialog.message), dialog.dismiss()))
    open_page(page)
    page.wait_for_timeout(1000)
    protocols = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.protocol)")
    page.close()
    return spoke + [p for p in protocols if p not in ("http:", "https:", "mailto:", "file:")]


def test_the_scripts_speak_where_nothing_is_done(course, chromium, tmp_path):
    """The control: the same notebook in the same browser, exported by nbconvert's defaults."""
    page, _ = HTMLExporter().from_notebook_node(hostile(course))
    (tmp_path / "page.html").write_text(page)
    address = (tmp_path / "page.html").as_uri()
    spoke = what_it_does(chromium, lambda tab: tab.goto(address, wait_until="domcontentloaded"))
    assert len(spoke) > 5


def submission(course) -> str:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return gradebook.find_submission_notebook("tiny", "tiny", "mallory").id


@pytest.mark.parametrize("by_path", [False, True])
def test_nothing_speaks_in_formgrader(course, formgrader, chromium, by_path):
    """Also where the course was chosen by its path: then nbgrader forgets how we render."""

    def open_page(page):
        if by_path:
            page.goto(f"{formgrader}/formgrader?path={course}", wait_until="domcontentloaded")
        address = f"{formgrader}/formgrader/submissions/{submission(course)}/"
        page.goto(address, wait_until="domcontentloaded")
        assert "Mice." in page.inner_text("body")
        assert "alert(1)" in page.inner_text("body")  # as letters: the instructor can read it

    assert what_it_does(chromium, open_page) == []


def test_nothing_speaks_in_feedback(course, graded, chromium):
    path = Path(course / "feedback" / "mallory" / "tiny" / "tiny.html")
    open_page = lambda page: page.goto(path.as_uri(), wait_until="domcontentloaded")  # noqa: E731
    assert what_it_does(chromium, open_page) == []


def test_the_instructor_reads_who_needed_it(graded):
    assert "mallory, tiny: the text of 'why' holds HTML or a script" in graded
    assert "showed application/javascript, image/svg+xml" in graded
