"""The course page: a real notebook in a real kernel, and what stands in the page afterwards."""

import os
import re
import signal
import subprocess
import sys
import time

import nbformat
import psutil
import pytest

from lecture8 import course
from lecture8.site.pages import read, to_html


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
    return result, to_html(read(course.executed(path, folder / "build"))), path


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
    assert "no such atom" in to_html(read(course.executed(path, tmp_path / "build")))
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


def test_what_has_not_changed_is_not_run_again(tmp_path):
    ran = str(tmp_path / "ran")
    path = write_notebook(tmp_path / "one.ipynb", f"open({ran!r}, 'a').write('x')")
    first = course.run_notebook(path, tmp_path / "build")
    again = course.run_notebook(path, tmp_path / "build")
    assert (tmp_path / "ran").read_text() == "x"
    assert (again.seconds, again.peak_bytes) == (first.seconds, first.peak_bytes)
    assert again.kept
    assert not first.kept
    write_notebook(path, f"open({ran!r}, 'a').write('y')")
    assert not course.run_notebook(path, tmp_path / "build").kept
    assert (tmp_path / "ran").read_text() == "xy"


def test_another_package_or_data_is_another_run(tmp_path, monkeypatch):
    path = write_notebook(tmp_path / "one.ipynb", "1")
    package = tmp_path / "package"
    package.mkdir()
    monkeypatch.setattr(course, "__file__", str(package / "course.py"))
    found = []
    for name, text in [("a.py", "1"), ("a.py", "2"), ("data.npz", "3"), ("__pycache__", None)]:
        (package / name).mkdir() if text is None else (package / name).write_text(text)
        course._package.cache_clear()
        found.append(course.digest(path))
    course._package.cache_clear()
    assert len(set(found)) == 3
    assert found[2] == found[3]


def test_a_notebook_that_failed_is_run_again(tmp_path):
    path = write_notebook(
        tmp_path / "bad.ipynb", f"open({str(tmp_path / 'ran')!r}, 'a').write('x')", "1 / 0"
    )
    for _ in range(2):
        assert "ZeroDivisionError" in course.run_notebook(path, tmp_path / "build").error
    assert (tmp_path / "ran").read_text() == "xx"


def test_two_at_once(tmp_path, capsys):
    """Each waits for the other: one after the other they would never end."""
    wait = "import pathlib, time\npathlib.Path({!r}).touch()\n"
    wait += "while not pathlib.Path({!r}).exists():\n    time.sleep(0.05)\n"
    wait += "import os; assert os.environ['OMP_NUM_THREADS'] == '1'"
    mine, yours = str(tmp_path / "a"), str(tmp_path / "b")
    paths = [
        write_notebook(tmp_path / "one.ipynb", wait.format(mine, yours)),
        write_notebook(tmp_path / "two.ipynb", wait.format(yours, mine)),
    ]
    results = course.run_all(paths, tmp_path / "build", 2)
    assert [result.error for result in results] == ["", ""]
    assert [result.page.address for result in results] == [
        "notebooks/one.html",
        "notebooks/two.html",
    ]
    assert "MiB  ok" in capsys.readouterr().err


def test_ctrl_c_ends_the_kernels(tmp_path):
    sleeper = write_notebook(tmp_path / "one.ipynb", "import time; time.sleep(600)")
    script = (
        "from pathlib import Path; from lecture8 import course\n"
        f"course.run_all([Path({str(sleeper)!r})] * 2, Path({str(tmp_path / 'build')!r}), 1)"
    )
    run = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE)
    process = psutil.Process(run.pid)
    while not (kernels := process.children()) or kernels[0].cpu_times().user < 0.5:
        time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    assert b"KeyboardInterrupt" in run.communicate(timeout=30)[1]
    psutil.wait_procs(kernels, timeout=10)
    assert not any(kernel.is_running() for kernel in kernels)


def test_main_says_what_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert course.main([]) == 1
    assert "tex-svg-full.js is missing; run `make course`" in capsys.readouterr().out
    for path in course.LIBRARIES.values():
        path.parent.mkdir(parents=True)
        path.touch()
    assert course.main([]) == 1
    assert "notebooks/*.ipynb is missing; run `make course`" in capsys.readouterr().out


def test_main_runs_nothing_where_homework_would_give_something_away(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(course, "LIBRARIES", {})
    (tmp_path / "notebooks/homework/source/hw1").mkdir(parents=True)
    write_notebook(tmp_path / "notebooks/01_one.ipynb", "open('ran', 'w')")
    write_notebook(tmp_path / "notebooks/homework/source/hw1/a.ipynb", "### BEGIN SOLUTION")
    assert course.main([]) == 1
    assert "a.ipynb, cell 2: nothing ends 'solution'" in capsys.readouterr().out
    assert not (tmp_path / "build").exists()


def test_peak_memory_stops():
    watch = course.PeakMemory(os.getpid(), interval=0.01)
    watch.start()
    while watch.peak_bytes == 0:
        time.sleep(0.01)
    assert watch.stop() > 0
    assert not watch.is_alive()
