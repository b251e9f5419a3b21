"""One class for all tests of a file, and a browser."""

import pytest
from playwright.sync_api import sync_playwright

from slides import build_deck
from tests.slides.conftest import BROWSER_FLAGS

from .classroom import missing, open_class

NOT_CHECKED = "JupyterHub needs"


def pytest_terminal_summary(terminalreporter):
    """Say loudly why a machine cannot check the hub."""
    skipped = [str(r.longrepr) for r in terminalreporter.stats.get("skipped", [])]
    for reason in sorted({text for text in skipped if NOT_CHECKED in text})[:1]:
        terminalreporter.write_sep("!", "THE HUB WAS NOT CHECKED", red=True, bold=True)
        terminalreporter.write_line(reason)


@pytest.fixture(scope="module")
def classroom():
    """Yield a class with a running hub, and remove everything afterwards."""
    if lacking := missing():
        pytest.skip(f"{NOT_CHECKED} {lacking}")
    with open_class(HUB_MEMORY_GB="1") as made:
        yield made


@pytest.fixture(scope="module")
def chromium(classroom):
    """Yield a running browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=build_deck.chromium(), args=BROWSER_FLAGS
        )
        yield browser
        browser.close()
