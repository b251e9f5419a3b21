"""The notebooks as files: nothing stored that a run made, nothing that a class could stumble over.

That they run, and that what they claim holds, is tested by nbval on the notebooks themselves.
"""

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted(Path("notebooks").glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def text(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def test_there_are_notebooks_in_sequence():
    assert [path.name[:2] for path in NOTEBOOKS] == [
        f"{number:02d}" for number in range(1, len(NOTEBOOKS) + 1)
    ]


def test_stored_without_output(notebook):
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_runs_in_the_kernel_that_everyone_has(notebook):
    assert notebook.metadata.kernelspec.name == "python3"


def test_has_the_fixed_skeleton(notebook):
    whole = "\n".join(text(notebook))
    assert text(notebook)[0].startswith("# ")
    assert notebook.metadata.title in text(notebook)[0]
    for part in ("After this notebook you can", "Predict", "Deliberate failure", "Recap"):
        assert part in whole, part
    assert "doi.org/" in text(notebook)[-1]
    assert any("assert " in source for source in code(notebook))


def test_every_figure_is_shown_with_a_summary(notebook):
    for source in code(notebook):
        drawn = source.count("plt.subplots(")
        shown = source.count("show(") + source.count("return figure")  # for `play`
        assert shown >= drawn, source


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"^\s*[!%]\s*(pip|conda)\b", "an installation in a notebook surprises the next one"),
        (r"https?://", "nothing is downloaded when a notebook runs"),
        (r"[\"'](/[a-z]+/|~|[A-Z]:\\)", "an absolute path exists on one machine only"),
        (r"np\.random\.(seed|rand|normal)\b", "randomness enters as rng"),
        (r"assert .*(perf_counter|time\.time)", "a wall clock is no test"),
    ],
)
def test_no_cell_does_what_the_next_machine_cannot(notebook, pattern, why):
    for source in code(notebook):
        assert not re.search(pattern, source, flags=re.M), why
