"""The browser in which tests look at pages: one at a time, as Playwright wants it."""

from contextlib import contextmanager

import pytest
from playwright.sync_api import sync_playwright

from slides import build_deck

# As the project's machines have no screen and no network, and CI runs as root.
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NO_GPU = "--disable-gpu"
DRAWN_BY_THE_CPU = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")  # WebGL


@contextmanager
def running_chromium(*flags):
    """Yield a running Chromium; tests/conftest.py says loudly where there is none.

    Playwright's loop runs in the main thread until this ends, and no second one starts beside it:
    a fixture that holds a browser must not live longer than its module or package.
    """
    if build_deck.chromium() is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=build_deck.chromium(), args=[*FLAGS, *(flags or [NO_GPU])]
        )
        yield browser
        browser.close()
