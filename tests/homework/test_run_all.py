"""JupyterLab runs an untouched release to its end, as the text of every assignment promises."""

import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from playwright.sync_api import expect

from slides import build_deck
from tests.homework.in_process import nbgrader_of, released, source_of

pytestmark = pytest.mark.skipif(
    build_deck.chromium() is None, reason="pages need a Chromium (Debian: apt install chromium)"
)
PATIENCE = 120_000  # ms: the imports of a notebook on a busy machine with two cores


@pytest.fixture
def lab(tmp_path):
    """Return the address of a JupyterLab that has the untouched release of homework 1."""
    notebook = nbformat.read(source_of("hw1"), as_version=4)
    for cell in notebook.cells:
        cell.source = released(cell.source, solution=nbgrader_of(cell).get("solution", False))
    nbformat.write(notebook, tmp_path / "hw1.ipynb")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}"]
    words += ["--IdentityProvider.token=", f"--ServerApp.root_dir={tmp_path}"]
    server = subprocess.Popen(
        [sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api", timeout=1)
                break
            except OSError:
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/lab/tree/hw1.ipynb"
    finally:
        server.terminate()
        server.wait()


def test_run_all_cells_goes_on_after_unanswered_tests(lab, chromium):
    page = chromium.new_page(viewport={"width": 1400, "height": 900})
    page.set_default_timeout(PATIENCE)
    page.goto(lab)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=PATIENCE)
    for name in ("Kernel", "Restart Kernel and Run All Cells…"):
        page.get_by_role("menuitem", name=name, exact=True).click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    # The last test cell has run: below it nothing but text is left.
    page.keyboard.press("End")
    last = page.locator(".jp-CodeCell", has_text="for verdict, run in examples.items()")
    expect(last.locator(".jp-OutputArea")).to_contain_text("NotImplementedError", timeout=PATIENCE)
