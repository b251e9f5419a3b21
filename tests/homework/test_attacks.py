"""A class of thirteen, seven of them hostile: each costs itself its points, and nobody else."""

import os
from textwrap import dedent

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from tests.homework.test_harmless import Active
from tests.homework.tiny import (
    ALL,
    GOOD,
    HOMEWORK,
    NONE,
    answered,
    nbgrader,
    scores,
    submit,
)

HONEST = ["ines", "ivan", "kofi", "lucy", "maud", "zoe"]


def link(course):
    """The instructor's source, by a link."""
    folder = submit(course, "a-link", answered(course))
    (folder / "tiny.ipynb").unlink()
    (folder / "tiny.ipynb").symlink_to(course / "source" / "tiny" / "tiny.ipynb")


def pipes(course):
    """Pipes that nobody writes to, where files are expected."""
    folder = submit(course, "b-pipes", answered(course))
    (folder / "tiny.ipynb").unlink()
    for name in ("tiny.ipynb", "timestamp.txt", "submission_secret.txt"):
        os.mkfifo(folder / name)


def bomb(course):
    """A notebook that is nested so deeply that who reads it falls over."""
    folder = submit(course, "c-bomb", answered(course))
    deep = '{"cells": ' + "[" * 4_000_000 + "]" * 4_000_000 + ', "nbformat": 4}'
    (folder / "tiny.ipynb").write_text(deep)
    (folder / "timestamp.txt").write_text("the day before yesterday")


def flood(course):
    """A result of hundreds of megabytes, written past the one that writes it."""
    source = """
    import os
    executor = os.getppid()
    for number in os.listdir(f"/proc/{executor}/fd"):
        try:
            with open(f"/proc/{executor}/fd/{number}", "wb") as file:
                for _ in range(40):
                    file.write(bytes(10**7))
        except OSError:
            continue
    os.kill(executor, 9)
    """
    submit(course, "d-flood", answered(course, **{**GOOD, "double": dedent(source)}))


def swell(course):
    """Answers that unpack to gigabytes, or that grow when they are compared."""
    source = """
    import json, os, socket
    def say(kind, value):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(os.environ["LECTURE8_EXAMINER"])
            connection.sendall(json.dumps([kind, value]).encode() + b"\\n")
    text = {"array": ["x"] * 10**5, "dtype": "S100000000", "shape": [10**5]}
    say("data", {"tuple": ["2.1", text]})
    say("data", {"tuple": ["2.1", {"array": [1], "dtype": "<f8", "shape": [10**12]}]})
    import numpy as np
    def double(x):
        return 2 if x is 1 else np.zeros((1, 1, 10**5))
    """
    submit(course, "e-swell", answered(course, **{**GOOD, "double": dedent(source)}))


def half(course):
    """Half of a letter, and gaps that take minutes to colour."""
    folder = submit(course, "g-half", answered(course, **{**GOOD, "answer": "answer = 'SIGN'"}))
    text = (folder / "tiny.ipynb").read_text()
    text = text.replace("SIGN", "\\ud800" + "\\n" * 20_000)
    (folder / "tiny.ipynb").write_text(text)


def html(course):
    """Scripts wherever a page might show them."""
    script = "<script>alert(1)</script>"
    outputs = [
        nbformat.v4.new_output("display_data", data={kind: f"<svg>{script}</svg>"})
        for kind in ("text/html", "image/svg+xml", "application/javascript", "text/markdown")
    ]
    shown = "from IPython.display import *\ndisplay(HTML('<scr' 'ipt>alert(1)</scr' 'ipt>'))"
    notebook = answered(course, **{**GOOD, "why": f"Mice {script} [why](javascript:alert(1))"})
    notebook.metadata["title"] = script
    notebook.cells.append(new_code_cell(shown, outputs=outputs, metadata={"tags": [script]}))
    notebook.cells.append(new_markdown_cell(f"<img src=x onerror=alert(1)> {script}"))
    notebook.cells.append(nbformat.v4.new_raw_cell(script, metadata={"format": "text/html"}))
    submit(course, "f-html", notebook)


HOSTILE = {
    # student: what they do, their points, what the instructor reads
    "a-link": (link, NONE, "'tiny.ipynb' is a link: it is not opened"),
    "b-pipes": (pipes, NONE, "'tiny.ipynb' is no regular file: it is not opened"),
    "c-bomb": (
        bomb,
        NONE,
        "'tiny.ipynb' cannot be read as a notebook of bounded size: it counts as unanswered",
    ),
    "d-flood": (flood, NONE, "its outputs are not kept"),
    "e-swell": (swell, {**ALL, "double-test": 0.0}, "speaks of socket"),
    "g-half": (half, {**ALL, "answer-test": 0.0}, ""),
    "f-html": (html, ALL, "holds HTML or a script: it is shown as letters"),
}


@pytest.fixture(scope="module")
def the_class(course):
    """All are graded, and get feedback, by one command each; what the instructor reads."""
    for student in HONEST:
        submit(course, student, answered(course, **GOOD))
    for attack, _, _ in HOSTILE.values():
        attack(course)
    said = nbgrader(course, "autograde", "tiny")
    nbgrader(course, "generate_feedback", "tiny")
    return said


@pytest.mark.parametrize("student", HOSTILE)
def test_an_attack_costs_itself_its_points_and_a_line(course, the_class, student):
    _, expected, line = HOSTILE[student]
    assert scores(course, student) == expected
    assert line in "".join(said for said in the_class.splitlines() if f"{student}, tiny:" in said)


@pytest.mark.parametrize("student", HONEST)
def test_the_others_get_what_they_deserve(course, the_class, student):
    assert scores(course, student) == ALL
    assert (course / "feedback" / student / "tiny" / "tiny.html").exists()
    assert f"{student}, tiny:" not in the_class


def test_feedback_holds_no_script_no_solution_and_no_path_of_the_instructor(course, the_class):
    quiet = None
    for student in [*HONEST, *HOSTILE]:
        page = (course / "feedback" / student / "tiny" / "tiny.html").read_text()
        active = Active(page[page.index("<body") :]).active
        quiet = active if quiet is None else quiet  # what the page of an honest student has
        assert active == quiet, student
        assert "the very own words" not in page
        for path in (course, HOMEWORK):
            assert str(path) not in page, (student, path)


def test_what_was_handed_in_is_still_there(course, the_class):
    for student in [*HONEST, *HOSTILE]:
        assert os.path.lexists(course / "submitted" / student / "tiny" / "tiny.ipynb")


def test_feedback_reaches_all_whatever_one_of_them_left_out(course, the_class, tmp_path):
    """A missing time or secret stopped everybody after."""
    exchange = tmp_path / "exchange"
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    root = f"--Exchange.root={exchange}"
    said = nbgrader(course, "release_feedback", "tiny", root)
    for student in [*HONEST, *HOSTILE]:
        assert f"student '{student}'" in said
    released = list((exchange / "lecture8" / "feedback").glob("*.html"))
    assert len(released) == len(HONEST) + len(HOSTILE)
