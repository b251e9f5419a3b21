"""The course page: a real notebook in a real kernel, and what stands in the page afterwards."""

import os
import re
import time

import nbformat
import pytest

from lecture8 import course


def write_notebook(path, *sources):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# A <test>\n\n$E = mc^2$")]
        + [nbformat.v4.new_code_cell(source) for source in sources],
        metadata={"title": "A <test>", "kernelspec": {"name": "python3", "display_name": "x"}},
    )
    nbformat.write(notebook, path)
    return path


FIGURE = """
%matplotlib inline
import matplotlib.pyplot as plt
from lecture8.plotting import show
figure, ax = plt.subplots()
show(figure, 'an "empty" frame.')
"""

CONTROL = """
from ipywidgets import interact
from tqdm.auto import tqdm
interact(lambda x: print(x), x=(0, 5))
for _ in tqdm(range(3)):
    pass
"""


@pytest.fixture(scope="module")
def good_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    path = write_notebook(
        folder / "one.ipynb",
        FIGURE,
        CONTROL,
        "import time; block = bytearray(300 * 2**20); time.sleep(0.5); del block",
    )
    result = course.run_notebook(path, folder / "build")
    return result, (folder / "build/notebooks/one.html").read_text(), path


def test_time_and_peak_memory_are_those_of_the_kernel(good_run):
    result, _, _ = good_run
    assert result.error == ""
    assert result.seconds > 0.5  # it slept that long
    # 300 MiB were held and let go again; the rest of the kernel needs some 100 to 200 MiB.
    assert 350 < result.peak_bytes / 2**20 < 900


def test_the_page_has_figures_with_text_and_loads_nothing_from_a_network(good_run):
    _, page, _ = good_run
    assert """alt='an "empty" frame.'""" in page
    assert "data:image/png;base64," in page
    loads = re.findall(r"""(?:src|href)\s*=\s*["']([^"'#]+)|@import[^;]+|url\(([^)]+)\)""", page)
    remote = [a or b for a, b in loads if re.match(r"\W*(https?:)?//", a or b)]
    assert remote == []
    assert re.findall(r'<script [^>]*src="([^"]*)"', page) == ["../mathjax.js"]
    assert "require.js" not in page


def test_a_control_becomes_a_line_of_text_and_a_progress_bar_nothing(good_run):
    _, page, _ = good_run
    assert page.count("Here stands a control") == 1
    assert "0%|" not in page
    assert "widget-view+json" not in page


def test_the_notebook_itself_is_not_touched(good_run):
    _, _, path = good_run
    assert all(not c.get("outputs") for c in nbformat.read(path, as_version=4).cells)


def test_a_failing_notebook_is_reported_with_its_cell_and_the_page_is_still_written(tmp_path):
    path = write_notebook(tmp_path / "bad.ipynb", "x = 1", "raise ValueError('no such atom')")
    result = course.run_notebook(path, tmp_path / "build")
    assert result.error == f"{path}, cell 2: ValueError: no such atom"
    assert "no such atom" in (tmp_path / "build/notebooks/bad.html").read_text()
    assert result.page == ("notebooks/bad.html", "A <test>", "$E = mc^2$")


def test_a_cell_that_never_ends_is_reported_and_does_not_stop_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(course, "CELL_TIMEOUT", 2)
    path = write_notebook(tmp_path / "endless.ipynb", "while True: pass")
    result = course.run_notebook(path, tmp_path / "build")
    assert "cell 1: no answer within 2 s" in result.error


def test_a_kernel_that_dies_is_reported(tmp_path):
    path = write_notebook(tmp_path / "dead.ipynb", "import os; os._exit(1)")
    result = course.run_notebook(path, tmp_path / "build")
    assert "cell 1: the kernel died" in result.error


def test_main_says_what_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert course.main() == 1
    assert "tex-svg-full.js is missing; run `make course`" in capsys.readouterr().out
    for path in course.LIBRARIES.values():
        path.parent.mkdir(parents=True)
        path.touch()
    assert course.main() == 1
    assert "notebooks/*.ipynb is missing; run `make course`" in capsys.readouterr().out


def test_main_runs_nothing_where_homework_would_give_something_away(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(course, "LIBRARIES", {})
    (tmp_path / "notebooks/homework/source/hw1").mkdir(parents=True)
    write_notebook(tmp_path / "notebooks/01_one.ipynb", "open('ran', 'w')")
    write_notebook(tmp_path / "notebooks/homework/source/hw1/a.ipynb", "### BEGIN SOLUTION")
    assert course.main() == 1
    assert "a.ipynb, cell 2: nothing ends 'solution'" in capsys.readouterr().out
    assert not (tmp_path / "build").exists()


def test_peak_memory_stops():
    watch = course.PeakMemory(os.getpid(), interval=0.01)
    watch.start()
    while watch.peak_bytes == 0:
        time.sleep(0.01)
    assert watch.stop() > 0
    assert not watch.is_alive()
