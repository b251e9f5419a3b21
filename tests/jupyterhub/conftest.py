"""One class for all tests, and its people's browsers."""

import pytest

from tests.browser import running_chromium

from .browser import log_in
from .classroom import ROOT, missing, open_class

NOT_CHECKED = "JupyterHub needs"
HW1 = "integrators_and_potentials"  # the notebook of homework 1


def pytest_terminal_summary(terminalreporter):
    """Say loudly why a machine cannot check the hub."""
    skipped = [str(r.longrepr) for r in terminalreporter.stats.get("skipped", [])]
    for reason in sorted({text for text in skipped if NOT_CHECKED in text})[:1]:
        terminalreporter.write_sep("!", "THE HUB WAS NOT CHECKED", red=True, bold=True)
        terminalreporter.write_line(reason)


@pytest.fixture(scope="package")
def classroom():
    """Yield a class with a running hub, and remove everything afterwards."""
    if lacking := missing():
        pytest.skip(f"{NOT_CHECKED} {lacking}")
    # Where nothing can be bounded, the rest is tested; test_bounds.py says so, loudly.
    with open_class(HUB_MEMORY_GB="1", HUB_ALLOW_UNBOUNDED="1") as made:
        yield made


@pytest.fixture(scope="package")
def chromium(classroom):
    """Yield a running browser."""
    with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def course(classroom):
    """Return the teacher's private copy of the homework, of which homework 1 is released."""
    home = classroom.home("teacher")
    home.chmod(0o700)  # as jupyterhub/README.md says; for students the hub does it
    copied = home / "course"
    classroom.give("teacher", ROOT / "notebooks" / "homework", copied)
    for step in ("generate_assignment", "release_assignment"):
        classroom.nbgrader(step, "hw1")
    return copied


@pytest.fixture(scope="package")
def alice(classroom, chromium):
    """Alice has only logged in."""
    return log_in(chromium, classroom, "alice")


@pytest.fixture(scope="package")
def bob(classroom, chromium):
    """Bob has only logged in."""
    return log_in(chromium, classroom, "bob")


@pytest.fixture(scope="package")
def teacher(classroom, chromium, course):
    """The teacher has released homework 1 and logged in."""
    return log_in(chromium, classroom, "teacher")
