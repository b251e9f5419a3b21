"""A whole site by the program of `make course`: two small notebooks, homework, a small deck."""

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest

from lecture8 import course
from lecture8.site.walk import served
from slides import build_deck

FIRST = [
    (
        "markdown",
        "# 1 · First: how a spring swings\n\n**Question.** How far does $x$ go, and *how long*?\n\n"
        "Text.",
    ),
    (
        "markdown",
        "## A spring\n\nThe cantilever bends by $"
        + "y + " * 30
        + "y$.\n\n$$ "
        + "x + " * 60
        + "x $$\n\n"
        "| a | wide | table |\n|---|---|---|\n|" + " incomprehensibilities |" * 3 + "\n\n"
        "See [the second](https://example.org).\n\n**Predict.** Which way?\n\n"
        "- leftish\n- rightish",
    ),
    ("code", "print('it went' + 40 * ' far' + ' left' + 'wards')"),
    (
        "markdown",
        "- a capybara\n\nThe moral is xylophone.\n\n**Predict.** And then? The quokka asks.",
    ),
    ("code", "# a comment of Ångström\nprint('afterwards')  " + "# as long as it is wide " * 6),
    ("markdown", "## Recap\n\nThe swinging ends."),
]
SECOND = [
    ("markdown", "# 2 · Second: what $N^2$ costs\n\n**Question.** Who pays?"),
    ("markdown", "## From $N^2$ to $N$: lists\n\n" + "A neighbourhood of marmalade. " * 40),
    ("code", "1 + 1"),
]
DECK = """---
marp: true
theme: lecture8
footer: a footnote
---

# The hook

Hello, platypus. [Run it](01_first#first-2), in the notebook.

<!-- Tell them about the wombat. -->

---

# A slide of its own

When $a = b$, the armadillo comes.

* only then the echidna
"""


def write_notebook(path, cells, title):
    make = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
    notebook = nbformat.v4.new_notebook(
        cells=[
            make[kind](source, id=f"{path.stem[3:]}-{number}")
            for number, (kind, source) in enumerate(cells)
        ],
        metadata={"title": title, "kernelspec": {"name": "python3", "display_name": "x"}},
    )
    nbformat.write(notebook, path)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Return the folder of the built site."""
    root = Path().resolve()
    folder = tmp_path_factory.mktemp("site")
    (folder / "slides").mkdir()
    (folder / "notebooks").mkdir()
    (folder / "slides/node_modules").symlink_to(root / "slides/node_modules")
    (folder / "notebooks/homework").symlink_to(root / "notebooks/homework")
    write_notebook(folder / "notebooks/01_first.ipynb", FIRST, "First")
    write_notebook(folder / "notebooks/02_second.ipynb", SECOND, "Second")
    (folder / "deck.md").write_text(DECK)
    config = root / "slides/marp.config.mjs"
    deck = folder / "build/slides/lecture8.html"
    deck.parent.mkdir(parents=True)
    subprocess.run(
        [root / build_deck.MARP, "--config", config, "deck.md", "--output", deck],
        cwd=folder,
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert course.main([]) == 0
    return folder / "build"


@pytest.fixture
def copy(site, tmp_path):
    """Return a copy of the site, to break."""
    return Path(shutil.copytree(site, tmp_path / "site"))


@dataclass
class Opened:
    """A browser's window on the site; `asked` and `errors` are what no page may cause."""

    page: object
    home: str
    asked: list = field(default_factory=list)
    errors: list = field(default_factory=list)

    def open(self, address):
        """Go to an address, and wait until it has arrived there."""
        self.page.goto(self.home + address)
        self.page.wait_for_load_state("load")
        self.settle()

    def settle(self):
        """Wait for the formulas, and for what waits for them."""
        self.page.evaluate("async () => { await window.MathJax?.startup?.promise }")
        self.page.wait_for_timeout(200)

    def in_view(self, selector):
        """Return whether an element is seen below the bar, in the upper half of the window."""
        box = self.page.locator(selector).bounding_box()
        return box is not None and 0 <= box["y"] < self.page.viewport_size["height"] / 2


def window(browser, home, **options):
    options = {"viewport": {"width": 1100, "height": 800}} | options
    page = browser.new_context(**options).new_page()
    page.set_default_timeout(60_000)
    opened = Opened(page, home)
    page.on("request", lambda request: opened.asked.append(request.url))
    page.on("pageerror", lambda error: opened.errors.append(str(error)))
    page.on(
        "console", lambda message: opened.errors.append(message.text) if _counts(message) else 0
    )
    return opened


def _counts(message):
    """Return whether it is an error of ours: a browser asks a host for a picture of the deck."""
    return message.type == "error" and not message.location["url"].endswith("/favicon.ico")


@pytest.fixture(params=["served", "as files"])
def opened(request, chromium, site):
    """Return a window on the site, as a host shows it and as a folder of files."""
    if request.param == "served":
        with served(site) as home:
            yield from _watched(window(chromium, home))
    else:
        yield from _watched(window(chromium, f"{site.as_uri()}/"))


@pytest.fixture
def telephone(request, chromium, site):
    """Return a narrow window; its parameter is the colour scheme."""
    options = {"viewport": {"width": 360, "height": 740}, "color_scheme": request.param}
    yield from _watched(window(chromium, f"{site.as_uri()}/", **options))


def _watched(opened):
    yield opened
    opened.page.context.close()
    outside = [url for url in opened.asked if not url.startswith((opened.home, "data:", "blob:"))]
    assert outside == []
    assert opened.errors == []
