"""One executed notebook with views, sliders and predictions, opened in a real browser."""

import nbformat
import pytest

from lecture8 import course
from lecture8.site.pages import read, to_html, write
from tests.browser import DRAWN_BY_THE_CPU, running_chromium

SOURCES = [
    ("markdown", "# Turning\n\n**Predict.** Which way?\n\n- to the left\n- to the *right*"),
    ("code", "print('it goes left')"),
    ("markdown", "## Then\n\nText.\n\n**Predict.** How far?"),
    ("code", "print('far away')"),
    ("markdown", "So far it was.\n\n**Predict.** And back?"),
    ("code", "print('never')"),
    ("markdown", "## Look"),
    (
        "code",
        "import numpy as np\n"
        "from ase.build import molecule\n"
        "from lecture8.interactive import play, view\n"
        "ethanol = molecule('CH3CH2OH')\n"
        "frames = [ethanol.copy() for _ in range(12)]\n"
        "for k, atoms in enumerate(frames):\n"
        "    atoms.rotate(20 * k, 'z')\n"
        "view(frames, 'it turns', curve={'angle': 20.0 * np.arange(12), 'E': np.arange(12.0)**2},"
        " paths=[0], cloud=[[0, 0, 4]], colour=('number', ethanol.numbers))",
    ),
    ("code", "view(ethanol, 'it stands')"),
    (
        "code",
        "import matplotlib.pyplot as plt\n"
        "def draw(step, scheme):\n"
        "    figure, ax = plt.subplots(figsize=(3, 2))\n"
        "    ax.plot([0, step], [0, 1])\n"
        "    ax.set_title(scheme)\n"
        "    return figure\n"
        "play(draw, 'a line', step=[1, 2.5], scheme=['Euler', 'Verlet'])",
    ),
    ("markdown", "## Last\n\n**Predict.** How many?\n\n- none\n- one\n\n## End"),
]


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """Return the path of the executed page."""
    folder = tmp_path_factory.mktemp("interactive")
    make = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
    notebook = nbformat.v4.new_notebook(
        cells=[make[kind](source) for kind, source in SOURCES],
        metadata={"kernelspec": {"name": "python3", "display_name": "x"}},
    )
    nbformat.write(notebook, folder / "turning.ipynb")
    result = course.run_notebook(folder / "turning.ipynb", folder / "build")
    assert result.error == ""
    page = folder / "build/notebooks/turning.html"
    write(page, to_html(read(course.executed(folder / "turning.ipynb", folder / "build"))))
    return page


@pytest.fixture
def opened(built):
    """Return the page in a browser, and what it asked the network for."""
    asked = []
    with running_chromium(*DRAWN_BY_THE_CPU) as browser:
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        page.on("request", lambda request: asked.append(request.url))
        page.set_default_timeout(120_000)
        page.goto(built.as_uri())
        yield page
    own = (built.as_uri(), (built.parent.parent / "mathjax.js").as_uri())
    assert [url for url in asked if not url.startswith((*own, "data:", "blob:"))] == []
