"""Nobody takes more than a share, and what breaks comes back."""

import re
from pathlib import Path
from textwrap import dedent

import pytest
from playwright.sync_api import expect

from .browser import in_a_notebook, output
from .classroom import answers, wait_for
from .conftest import NOT_CHECKED


def test_who_asks_for_far_too_much_memory_is_told(classroom, alice, bob):
    in_a_notebook(classroom, bob, "bob", "big", "import numpy\nnumpy.ones(2**31)  # 16 GiB of 1")
    output(bob, "Unable to allocate 16.0 GiB")
    in_a_notebook(classroom, alice, "alice", "small", "print(20 + 3)")
    output(alice, "23")


def bounded_together(classroom):
    """Skip, loudly, where the hub could not make control groups, and return Bob's otherwise."""
    if "does not bound its students" in (classroom.folder / "hub.log").read_text():
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
    in_a_notebook(classroom, alice, "alice", "small", "print(20 + 5)")
    output(alice, "25")
    proxy = classroom.proxy()
    assert not proxy.children()  # it is the proxy itself, and nothing is left of it
    proxy.kill()
    server = f"{classroom.address}/user/{classroom.name('alice')}"
    wait_for(lambda: classroom.proxy() not in (None, proxy), "new proxy", 60)
    wait_for(lambda: answers(f"{classroom.address}/hub/health"), "new way to the hub", 60)
    assert alice.request.get(f"{server}/api/contents/small.ipynb").status == 200

    killed = next(p for p in classroom.processes("alice") if "jupyterhub.singleuser" in p.cmdline())
    killed.kill()
    wait_for(lambda: alice.request.get(f"{server}/api/status").status != 200, "dead server", 10)

    def saved():
        alice.goto(f"{classroom.address}/hub/spawn")
        got = alice.request.get(f"{server}/api/contents/small.ipynb")
        return got.ok and "json" in got.headers["content-type"] and got.json()["content"]["cells"]

    wait_for(saved, "new server", 60)
    assert saved()[0]["source"].startswith("print(20")
