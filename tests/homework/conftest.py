"""Tests may grade as root: CI has no other account."""

import os
import sys
from pathlib import Path

import pytest

os.environ["LECTURE8_GRADE_AS_ROOT"] = "1"  # also for the nbgrader that a test starts
# As nbgrader_config.py and the examiner do.
INSTRUCTOR = Path("notebooks/homework/instructor").resolve()
sys.path[:0] = [str(INSTRUCTOR), str(INSTRUCTOR / "inside")]

from tests.homework.tiny import make_course  # noqa: E402


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return a course of its own with one tiny assignment, released."""
    return make_course(tmp_path_factory.mktemp("course") / "homework")
