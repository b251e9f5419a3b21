"""What people do in JupyterLab."""

import shutil

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import expect

PATIENCE = 60_000  # ms: a server or kernel may start on a busy machine with two cores
expect.set_options(timeout=PATIENCE)


def log_in(browser, classroom, person):
    """Return the page on which a person has just seen JupyterLab appear."""
    size = {"width": 1400, "height": 900}
    # The certificate of a test is signed by nobody.
    page = browser.new_context(viewport=size, ignore_https_errors=True).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(classroom.address)
    page.fill("#username_input", classroom.name(person))
    page.fill("#password_input", classroom.passwords[person])
    page.click("#login_submit")
    page.wait_for_url("**/lab**")
    return page


def run_all(page):
    """Run all cells of the notebook that is open."""
    while True:
        menu(page, "Run", "Run All Cells")
        try:
            prompt = page.locator(".jp-CodeCell .jp-InputPrompt").first
            return expect(prompt).not_to_have_text("[ ]:", timeout=5000)
        except AssertionError:
            pass  # JupyterLab forgets what it is told while it still connects to a kernel


def menu(page, *names):
    """Choose from JupyterLab's menu."""
    for name in names:
        page.get_by_role("menuitem", name=name, exact=True).click()


def open_notebook(page, classroom, person, path):
    """Open a notebook by its address, and return when its kernel is there."""
    page.goto(
        f"{classroom.address}/user/{classroom.name(person)}/lab/tree/{path}?reset"
    )  # other tabs are closed
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()


def in_a_notebook(classroom, page, person, name, source):
    """Put one cell into a new notebook of a person, open it in the browser, and run it."""
    path = classroom.home(person) / f"{name}.ipynb"
    nbformat.write(
        new_notebook(
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
            cells=[new_code_cell(source, id="only")],
        ),
        path,
    )
    shutil.chown(path, classroom.name(person))
    open_notebook(page, classroom, person, path.name)
    run_all(page)


def output(page, text):
    """Expect a cell's output to contain some text."""
    expect(page.locator(".jp-OutputArea-output", has_text=text)).to_be_visible()
