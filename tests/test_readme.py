"""What the README tells people to type exists, and its example runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path("README.md").read_text()


def test_every_make_target_that_is_named_exists():
    named = set(re.findall(r"`make ([a-z]+)`|^make ([a-z]+)", README, flags=re.M))
    targets = set(re.findall(r"^([a-z]+):", Path("Makefile").read_text(), flags=re.M))
    names = {a or b for a, b in named}
    assert {"course", "test", "lab"} <= names <= targets


def test_help_lists_every_target():
    listed = subprocess.run(["make", "help"], check=True, capture_output=True, text=True).stdout
    phony = re.search(r"^\.PHONY: (.*)$", Path("Makefile").read_text(), flags=re.M)[1].split()
    assert [name for name in phony if f"{name} " not in listed] == []


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_every_link_into_the_repository_leads_somewhere(target):
    assert Path(target).exists()


def test_every_notebook_is_in_the_table():
    for notebook in Path("notebooks").glob("*.ipynb"):
        assert f"(notebooks/{notebook.name})" in README


def test_the_example_runs():
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.S)
    subprocess.run([sys.executable, "-c", example], check=True)
