"""What numba compiles is kept where it can be; where it cannot, a sentence says so."""

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fasteners import InterProcessLock

# A compiled function of ours, small to compile: has the second atom moved too far?
CALL = """
import numpy as np
from lecture8.potentials.neighbours import moved_too_far, place_images
old = np.zeros((2, 3))
new = np.array([[0, 0, 0], [0.4, 0, 0]])
print(moved_too_far(new, old, 0.3), moved_too_far(new, old, 0.5))
"""
SENTENCE = "What numba compiles for lecture8 is not kept on disk"


def run(*, before="", **variables):
    """Return what a new process says that calls the function."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", before + CALL],  # -P: PYTHONPATH comes before this folder
        capture_output=True,
        text=True,
        env={**os.environ, **variables},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True", "False"]
    return done.stderr


def test_it_is_kept_and_read_again_without_a_word(tmp_path):
    assert run(NUMBA_CACHE_DIR=str(tmp_path)) == ""
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nb?")}
    assert kept
    assert run(NUMBA_CACHE_DIR=str(tmp_path)) == ""
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.nb?")} == kept


def test_another_file_of_compiled_code_changes(tmp_path):
    """What was kept holds functions of other files, too; nothing of the earlier state stays."""
    ignore = shutil.ignore_patterns("__pycache__", "data")
    package = shutil.copytree(Path("lecture8"), tmp_path / "package/lecture8", ignore=ignore)
    kept, variables = [], {"PYTHONPATH": str(tmp_path / "package")}
    for line in ("", "# another njit\n"):
        with open(package / "potentials/time_loop.py", "a") as file:
            file.write(line)
        assert run(NUMBA_CACHE_DIR=str(tmp_path / "cache"), **variables) == ""
        kept.append({path.name for path in (tmp_path / "cache").rglob("*.nb?")})
    assert len(kept[0]) == len(kept[1]) > 0
    assert not kept[0] & kept[1]


def test_killed_between_index_and_code(tmp_path):
    """The index names code that is not there, or that was not written to its end."""
    assert run(NUMBA_CACHE_DIR=str(tmp_path)) == ""
    code = [*tmp_path.rglob("*.nbc")]
    code[0].unlink()
    for file in code[1:]:
        file.write_bytes(file.read_bytes()[:100])
    assert run(NUMBA_CACHE_DIR=str(tmp_path)) == ""
    assert all(file.stat().st_size > 100 for file in code)


def test_two_processes_do_not_write_at_once(tmp_path):
    assert run(NUMBA_CACHE_DIR=str(tmp_path)) == ""
    (lock,) = tmp_path.rglob("lecture8.lock")
    code = [*tmp_path.rglob("*.nbc")]
    for file in code:
        file.unlink()
    with ThreadPoolExecutor(1) as pool, InterProcessLock(lock):
        other = pool.submit(run, NUMBA_CACHE_DIR=str(tmp_path))
        with pytest.raises(TimeoutError):
            other.result(timeout=10)
        assert not any(file.exists() for file in code)
    assert other.result() == ""
    assert all(file.exists() for file in code)


@pytest.fixture
def read_only(tmp_path):
    """Return the variables of a process that can write neither into the package nor its home.

    Root may write everywhere: so files stand where the folders have to be.
    """
    ignore = shutil.ignore_patterns("__pycache__", "data")
    package = shutil.copytree(Path("lecture8"), tmp_path / "lecture8", ignore=ignore)
    for folder in [package, *filter(Path.is_dir, package.rglob("*"))]:
        (folder / "__pycache__").touch()
    home = tmp_path / "home"
    home.touch()
    return {
        "PYTHONPATH": str(tmp_path),
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "NUMBA_CACHE_DIR": "",
    }


def test_where_nothing_can_be_written_one_sentence_says_what_to_do(read_only, tmp_path):
    said = run(**read_only)
    assert said.count(SENTENCE) == 1
    assert f"neither {tmp_path / 'lecture8'} nor a cache in your home can be written" in said
    assert "NUMBA_CACHE_DIR" in said


def test_the_remedy_helps(read_only, tmp_path):
    assert run(**{**read_only, "NUMBA_CACHE_DIR": str(tmp_path / "kept")}) == ""
    assert list((tmp_path / "kept").rglob("*.nbi"))


def test_on_a_full_disk_the_work_goes_on(tmp_path):
    # A file that reaches the limit fails as one on a full disk does: with an OSError while writing.
    limit = "import resource as r; r.setrlimit(r.RLIMIT_FSIZE, (200, r.RLIM_INFINITY))"
    said = run(before=limit, NUMBA_CACHE_DIR=str(tmp_path))
    assert said.count(SENTENCE) == 1
    assert "'File too large'" in said
    assert [path for path in tmp_path.rglob("*") if ".tmp." in path.name] == []


@pytest.mark.parametrize("kind", ["*.nbi", "*.nbc"])
def test_half_a_file_is_made_anew(kind, tmp_path):
    run(NUMBA_CACHE_DIR=str(tmp_path))
    damaged = list(tmp_path.rglob(kind))
    for path in damaged:
        os.truncate(path, path.stat().st_size // 2 if kind == "*.nbc" else 0)
    assert run(NUMBA_CACHE_DIR=str(tmp_path)) == ""
    assert all(path.stat().st_size > 0 for path in damaged)


def test_everything_of_ours_is_compiled_by_this_decorator():
    for path in Path("lecture8").rglob("*.py"):
        if path.name != "just_in_time.py":
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"from numba import .*jit|numba\.n?jit", text), path
