"""A class with the repository's own JupyterHub, seen by its students in a real browser.

A teacher releases an assignment; Alice logs in, fetches, solves and hands it in; the teacher
grades it and returns feedback. Bob may see none of it, and nobody takes more than a share.
"""

import re
import shutil
import subprocess
from pathlib import Path
from textwrap import dedent

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from playwright.sync_api import Error, expect

from .classroom import CONFIG, answers, wait_for
from .conftest import NOT_CHECKED

SECRET = "HIDDEN_CASE_OF_THE_TEACHER"
PATIENCE = 60_000  # ms: a server or kernel may start on a busy machine with two cores
expect.set_options(timeout=PATIENCE)


def assignment():
    """Return a small assignment in nbgrader's format: one task, a visible and a hidden test."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = new_notebook(metadata={"kernelspec": kernel})

    def cell(name, source, **about):
        made = new_code_cell(source, id=name)
        flags = {"grade": False, "solution": False, "locked": False, "schema_version": 3}
        if about:
            made.metadata["nbgrader"] = flags | {"grade_id": name, "cell_type": "code"} | about
        notebook.cells.append(made)

    marked = "### BEGIN SOLUTION\n    return side**3\n    ### END SOLUTION"
    cell("volume", f"def volume(side):\n    {marked}", solution=True)
    cell("show", "print('The box holds', volume(2), 'cubic ångström')")
    hidden = f"### BEGIN HIDDEN TESTS\nassert volume(3) == 27, '{SECRET}'\n### END HIDDEN TESTS"
    cell("test", f"assert volume(1) == 1\n{hidden}", grade=True, locked=True, points=3)
    return notebook


def log_in(browser, classroom, person):
    """Return the page on which a person has just seen JupyterLab appear."""
    page = browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
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


def nbgrader(classroom, *words):
    """Run nbgrader as the teacher, in the course's folder, and return what it said."""
    course = classroom.home("teacher") / "course"
    done = classroom.as_user("teacher", "nbgrader", *words, cwd=course)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def released(classroom):
    """The teacher writes an assignment and releases it."""
    home = classroom.home("teacher")
    home.chmod(0o700)  # as jupyterhub/README.md says; for students the hub does it
    source = home / "course" / "source" / "box"
    made = classroom.as_user("teacher", "mkdir", "-p", source)
    assert made.returncode == 0, made.stderr
    nbformat.write(assignment(), source / "box.ipynb")
    nbgrader(classroom, "generate_assignment", "box")
    nbgrader(classroom, "release_assignment", "box")
    return source


@pytest.fixture(scope="module")
def alice(classroom, chromium, released):
    """Alice has fetched the assignment, solved it and handed it in."""
    page = log_in(chromium, classroom, "alice")
    menu(page, "Nbgrader", "Assignment List")
    page.locator("#released_assignments_list").get_by_role("button", name="Fetch").click()
    fetched = page.locator("#fetched_assignments_list")
    expect(fetched.get_by_role("button", name="Submit")).to_be_visible()

    open_notebook(page, classroom, "alice", "box/box.ipynb")
    task = page.locator(".jp-CodeCell", has_text="NotImplementedError")
    assert SECRET not in page.locator(".jp-Notebook").inner_text()
    task.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text("def volume(side):\n    return side**3")
    run_all(page)
    expect(page.get_by_text("The box holds 8 cubic ångström")).to_be_visible()
    page.keyboard.press("Control+s")
    saved = classroom.home("alice") / "box" / "box.ipynb"
    wait_for(lambda: "side**3" in saved.read_text(), "saved notebook", 30)

    menu(page, "Nbgrader", "Assignment List")
    fetched.get_by_role("button", name="Submit").click()
    expect(page.locator("#submitted_assignments_list").get_by_text("box").first).to_be_visible()
    return page


@pytest.fixture(scope="module")
def bob(classroom, chromium):
    """Bob has only logged in."""
    return log_in(chromium, classroom, "bob")


def test_from_release_to_feedback(classroom, alice):
    assert "Collecting submission" in nbgrader(classroom, "collect", "box")
    nbgrader(classroom, "autograde", "box")
    nbgrader(classroom, "generate_feedback", "box")
    nbgrader(classroom, "release_feedback", "box")

    menu(alice, "Nbgrader", "Assignment List")
    submitted = alice.locator("#submitted_assignments_list")
    submitted.get_by_role("button", name="Fetch Feedback").click()
    expect(submitted.get_by_text("(view feedback)")).to_be_visible()
    (feedback,) = (classroom.home("alice") / "box" / "feedback").glob("*/box.html")
    assert re.search(r"Score:\s*3\.0\s*/\s*3\.0", feedback.read_text())


def test_students_cannot_open_files_of_others(classroom, alice, bob):
    exchange = classroom.folder / "exchange" / "lecture8"
    for forbidden in (
        classroom.home("alice") / "box" / "box.ipynb",
        classroom.home("alice"),
        classroom.home("teacher") / "course" / "source" / "box" / "box.ipynb",
        classroom.home("teacher") / "course" / "gradebook.db",
        exchange / "inbound",
        exchange / "feedback",
        classroom.folder / "state" / "cookie_secret",
        classroom.folder / "state" / "jupyterhub.sqlite",
    ):
        assert forbidden.exists()
        for command in ("cat", "ls"):
            tried = classroom.as_user("bob", command, forbidden)
            if forbidden.is_dir() or command == "cat":
                assert "Permission denied" in tried.stderr, (forbidden, tried)
    # What is handed in is protected by a name that cannot be guessed, in a folder that cannot be
    # listed (above); what is handed out, by its mode.
    tried = classroom.as_user("bob", "rm", "-r", exchange / "outbound" / "box")
    assert "Permission denied" in tried.stderr
    # What the kernel of Linux tells about a process: the token of Alice's server is there.
    for process in classroom.processes("alice"):
        tried = classroom.as_user("bob", "cat", f"/proc/{process.pid}/environ")
        assert "Permission denied" in tried.stderr
        tried = classroom.as_user("bob", "kill", process.pid)
        assert "not permitted" in tried.stderr
    # Alice herself may: it was not for some other reason that Bob could not.
    assert classroom.as_user("alice", "cat", "box/box.ipynb").returncode == 0
    assert SECRET in (classroom.home("teacher") / "course/source/box/box.ipynb").read_text()


def test_students_cannot_enter_the_servers_of_others(classroom, alice, bob):
    server = f"{classroom.address}/user/{classroom.name('alice')}"
    assert bob.request.get(f"{server}/lab").status == 403
    for part in ("contents/box/box.ipynb", "kernels", "terminals"):
        assert bob.request.get(f"{server}/api/{part}").status == 403
    assert alice.request.get(f"{server}/api/contents/box/box.ipynb").status == 200
    # Past the proxy, on the server's own port.
    ports = {
        connection.laddr.port
        for process in classroom.processes("alice")
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    told = []
    for port in ports:
        url = f"http://127.0.0.1:{port}/user/{classroom.name('alice')}/api/contents/box/box.ipynb"
        try:
            told.append(bob.request.get(url).status)
        except Error:  # a kernel's port, which speaks no HTTP
            continue
    assert told == [403]
    # The hub's own list of users, servers and tokens.
    for part in ("users", f"users/{classroom.name('alice')}", "proxy"):
        assert bob.request.get(f"{classroom.address}/hub/api/{part}").status in (403, 404)


def in_a_notebook(classroom, page, person, name, source):
    """Write a notebook of one cell into a home, open it in the browser, and run it."""
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


def test_who_asks_for_far_too_much_memory_is_told(classroom, alice, bob):
    in_a_notebook(classroom, bob, "bob", "big", "import numpy\nnumpy.ones(2**31)  # 16 GiB of 1")
    output(bob, "Unable to allocate 16.0 GiB")
    in_a_notebook(classroom, alice, "alice", "small", "print(20 + 3)")
    output(alice, "23")


def bounded_together(classroom):
    """Skip, loudly, where the hub could not make control groups, and return Bob's otherwise."""
    if "NO LIMIT ON THE SUM" in (classroom.folder / "hub.log").read_text():
        pytest.skip(
            f"{NOT_CHECKED} control groups that can be written, to bound processes together"
        )
    groups = Path("/sys/fs/cgroup").glob(f"**/lecture8-hub/{classroom.name('bob')}")
    return {file.name: file for group in groups for file in group.iterdir()}


def test_processes_together_have_a_limit_too(classroom, alice, bob):
    bounded_together(classroom)
    source = """
    import subprocess, sys, numpy
    mine = numpy.ones(75 * 2**20)  # 600 MiB, then 500 MiB in a second process
    subprocess.run([sys.executable, "-c", "import time; b = b'x' * (500 << 20); time.sleep(20)"])
    """
    in_a_notebook(classroom, bob, "bob", "many", dedent(source))
    expect(bob.get_by_text("appears to have died")).to_be_visible()
    bob.get_by_role("button", name="Ok", exact=True).click()
    # His server lives, and so does Alice's.
    in_a_notebook(classroom, bob, "bob", "again", "print(40 + 2)")
    output(bob, "42")
    in_a_notebook(classroom, alice, "alice", "small", "print(20 + 4)")
    output(alice, "24")


def test_nobody_takes_more_than_their_cores(classroom, bob):
    files = bounded_together(classroom)
    source = """
    import os, subprocess, sys, time
    burn = "from time import time; end = time() + 3; [0 for _ in iter(lambda: time() > end, True)]"
    start = time.monotonic()
    for process in [subprocess.Popen([sys.executable, "-c", burn]) for _ in range(3)]:
        process.wait()
    used = os.times().children_user + os.times().children_system
    print(f"cores: {used / (time.monotonic() - start):.2f}")
    """
    in_a_notebook(classroom, bob, "bob", "burn", dedent(source))
    output(bob, "cores: ")
    (cores,) = re.findall(r"cores: ([\d.]+)", bob.locator(".jp-Notebook").inner_text())
    # One core, and what a period of 0.1 s in 3 s can be off at either end.
    assert float(cores) < 1.1
    # On a busy machine nobody gets a whole core anyway, so look at what was set, too.
    quota = files.get("cpu.max") or files["cpu.cfs_quota_us"]
    assert quota.read_text().split()[0] == "100000"  # microseconds in each tenth of a second


def test_a_killed_proxy_and_a_killed_server_come_back(classroom, alice):
    proxy = classroom.proxy()
    assert not proxy.children()  # it is the proxy itself, and nothing is left of it
    proxy.kill()
    server = f"{classroom.address}/user/{classroom.name('alice')}"
    wait_for(lambda: classroom.proxy() not in (None, proxy), "new proxy", 60)
    wait_for(lambda: answers(f"{classroom.address}/hub/health"), "new way to the hub", 60)
    assert alice.request.get(f"{server}/api/contents/box/box.ipynb").status == 200

    killed = next(p for p in classroom.processes("alice") if "jupyterhub.singleuser" in p.cmdline())
    killed.kill()
    wait_for(lambda: alice.request.get(f"{server}/api/status").status != 200, "dead server", 10)

    def saved():
        alice.goto(f"{classroom.address}/hub/spawn")
        got = alice.request.get(f"{server}/api/contents/box/box.ipynb")
        return got.ok and "json" in got.headers["content-type"] and got.json()["content"]["cells"]

    wait_for(saved, "new server", 60)
    assert saved()[0]["source"].endswith("return side**3")


def test_an_idle_server_is_stopped(classroom, chromium):
    classroom.stop()
    classroom.start(HUB_IDLE_SECONDS="6")
    assert not classroom.processes("bob")
    log_in(chromium, classroom, "bob").context.close()
    wait_for(lambda: not classroom.processes("bob"), "idle server that is stopped", 60)


def test_the_hub_says_what_it_needs(classroom):
    start = ("python", "-m", "jupyterhub", f"--config={CONFIG}")
    assert "Start the hub as root" in classroom.as_user("bob", *start).stderr

    private = classroom.folder / "private"
    shutil.copytree(CONFIG.parent, private, ignore=shutil.ignore_patterns("node_modules"))
    start = [classroom.python, "-m", "jupyterhub", f"--config={private / CONFIG.name}"]
    told = subprocess.run(start, capture_output=True, text=True, cwd=classroom.folder)
    assert "run `make hub`" in told.stderr
    (private / "node_modules").symlink_to(CONFIG.parent / "node_modules")
    private.chmod(0o700)
    told = subprocess.run(start, capture_output=True, text=True, cwd=classroom.folder)
    assert f"Students may not read {private}" in told.stderr
