"""How Python is started, the course page, the figures and the deck."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import matplotlib.pyplot as plt
import numpy as np
from ase.build import bulk

from lecture8 import course, plotting
from lecture8.interactive import play, view
from slides import build_deck, make_figures

from .row import Row

SLIDES = Path(build_deck.__file__).parent


# Python -------------------------------------------------------------------------------------------


def python(*flags, **variables):
    """Return a call that imports lecture8 in another Python and raises what that one raised."""

    def call(folder):
        done = subprocess.run(
            [sys.executable, *flags, "-c", "import lecture8"],
            capture_output=True,
            text=True,
            env={**os.environ, **variables},
        )
        kind, _, sentence = done.stderr.strip().splitlines()[-1].partition(": ")
        raise {"RuntimeError": RuntimeError}[kind](sentence)

    return call


# The course page ----------------------------------------------------------------------------------


def notebook(name, text=None):
    """Return a call that runs a notebook of that text, or none at all."""

    def call(folder):
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
        return course.run_notebook(folder / name, folder / "out")

    return call


# Figures ------------------------------------------------------------------------------------------


def figure(draw):
    """Return a call that draws into axes of its own."""

    def call(folder):
        made, ax = plt.subplots()
        try:
            draw(ax)
        finally:
            plt.close(made)

    return call


def lights(verdict):
    finding = SimpleNamespace(check="forces", unit="eV/Å", verdict=verdict, number="0.1")
    return figure(lambda ax: plotting.traffic_lights(ax, {"mine": [finding]}))


# The deck -----------------------------------------------------------------------------------------


def deck(text):
    """Return a call that builds the page of a deck of that text."""

    def call(folder):
        slides = folder / "slides"
        shutil.copytree(SLIDES, slides, ignore=shutil.ignore_patterns("node_modules", "pictures"))
        if (SLIDES / "node_modules").exists():
            (slides / "node_modules").symlink_to(SLIDES / "node_modules")
        (slides / "lecture8.md").write_text(f"---\ntheme: lecture8\n---\n\n{text}\n")
        return builder(slides).build(folder / "out", formats=["html"])

    return call


def builder(slides):
    """Return the module build_deck of the folder `slides`."""
    specification = importlib.util.spec_from_file_location("planted", slides / "build_deck.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def without_node_modules(folder):
    (folder / "slides").mkdir()
    shutil.copy(SLIDES / "build_deck.py", folder / "slides")
    return builder(folder / "slides").build(folder / "out")


def chrome_path(make):
    """Return a call that looks for a Chromium at the path that `make` returns."""

    def call(folder):
        with patch.dict(os.environ, CHROME_PATH=str(make(folder))):
            return build_deck.chromium()

    return call


def no_program(folder):
    (folder / "chrome").write_text("")
    return folder / "chrome"


def a_file(folder):
    (folder / "deck").write_text("")
    return build_deck.build(folder / "deck", formats=["html"])


def nothing_said():
    """Draw something."""


ROWS = [
    Row("python -O", python("-O"), RuntimeError, r"runs with -O .*without -O and unset PYTHONOPT"),
    Row("python -OO", python("-OO"), RuntimeError, r"runs with -OO .*ASE reads files inside"),
    Row(
        "PYTHONOPTIMIZE=1",
        python(PYTHONOPTIMIZE="1"),
        RuntimeError,
        r"-O \(or PYTHONOPTIMIZE is set\)",
    ),
    Row(
        "a notebook that is not there",
        notebook("seven.ipynb"),
        FileNotFoundError,
        r"no file .*seven\.ipynb; check the name",
    ),
    Row(
        "a folder as notebook",
        lambda folder: course.run_notebook(folder, folder / "out"),
        FileNotFoundError,
        r"no file .*check the name",
    ),
    Row(
        "text as notebook",
        notebook("a.ipynb", "# not JSON"),
        ValueError,
        r"a\.ipynb is no notebook.*copy it again",
    ),
    Row("an empty notebook", notebook("b.ipynb", ""), ValueError, r"b\.ipynb is no notebook"),
    Row(
        "half a notebook",
        notebook("c.ipynb", '{"nbformat": 4, "nbformat_minor": 5, "cells": [{"cell_'),
        ValueError,
        r"c\.ipynb is no notebook, or only a part of one",
    ),
    Row(
        "a list as notebook", notebook("d.ipynb", "[1, 2]"), ValueError, r"d\.ipynb is no notebook"
    ),
    Row(
        "JSON as notebook", notebook("e.ipynb", '{"a": 1}'), ValueError, r"e\.ipynb is no notebook"
    ),
    Row(
        "parity of 6 labels and 3 predictions",
        figure(lambda ax: plotting.parity(ax, np.ones((2, 3)), [1, 2, 3], quantity="F", unit="")),
        ValueError,
        "6 values of labels and 3 values of predictions",
    ),
    Row(
        "a curve shorter than its times",
        figure(lambda ax: plotting.against_time(ax, [0, 1], {"T": [1]}, xlabel="", ylabel="")),
        ValueError,
        "2 values of times and 1 values of T",
    ),
    Row(
        "an error too few for its time steps",
        figure(lambda ax: plotting.convergence(ax, [1, 2, 3], [1, 2], label="")),
        ValueError,
        "3 values of x and 2 values of errors",
    ),
    Row(
        "no thermal speed",
        figure(lambda ax: plotting.maxwell_boltzmann(ax, [1, 2], thermal_speed=0, label="")),
        ValueError,
        r"thermal_speed is 0, .*sqrt\(kT/m\)",
    ),
    Row(
        "a thermal speed that is no number",
        figure(lambda ax: plotting.maxwell_boltzmann(ax, [1], thermal_speed=np.nan, label="")),
        ValueError,
        "thermal_speed is nan",
    ),
    Row(
        "the band of one replica",
        figure(lambda ax: plotting.band(ax, [0, 1], np.ones((1, 2)), colour="k", label="")),
        ValueError,
        "number of replicas is 1, and a standard error takes two",
    ),
    Row("a verdict of no colour", lights("blue"), ValueError, "'forces' on mine is 'blue'.*green"),
    Row(
        "a colour for too few atoms",
        lambda folder: view(bulk("Si"), "silicon", colour=("charge", [1.0])),
        ValueError,
        r"'charge' needs one number for each atom of a frame, \(1, 2\), not \(1, 1\)",
    ),
    Row(
        "a slider without values",
        lambda folder: play(lambda k: None, "nothing", k=[]),
        ValueError,
        "there is nothing to choose",
    ),
    Row(
        "a deck as docx",
        lambda folder: build_deck.build(folder / "out", ["docx"]),
        ValueError,
        "docx",
    ),
    Row("a file as the deck's folder", a_file, NotADirectoryError, "deck is a file; name a folder"),
    Row("no slide tool", without_node_modules, FileNotFoundError, "marp is missing; run `make sli"),
    Row(
        "CHROME_PATH that leads nowhere",
        chrome_path(lambda folder: "/nowhere/chrome"),
        FileNotFoundError,
        "CHROME_PATH is '/nowhere/chrome', which is no program",
    ),
    Row(
        "CHROME_PATH that is no program",
        chrome_path(no_program),
        FileNotFoundError,
        "CHROME_PATH is '.*chrome', which is no program.*unset it",
    ),
    Row(
        "CHROME_PATH that is a folder",
        chrome_path(lambda folder: folder),
        FileNotFoundError,
        "CHROME_PATH is '.*', which is no program",
    ),
    Row(
        "a number of a picture that is not there",
        deck("# A\n\n{{nowhere.number}}"),
        RuntimeError,
        r'No picture is called "nowhere"\. There\s+are:[^)]*time_step',
    ),
    Row(
        "a number that a picture does not draw",
        deck("# A\n\n{{time_step.nothing}}"),
        RuntimeError,
        r'Picture "time_step"\s+draws\s+no\s+"nothing",\s+only\s+\w+',
    ),
    Row(
        "a picture that is not there",
        deck("# A\n\n![](figures/nowhere.svg)"),
        RuntimeError,
        'No picture is called "nowhere"',
    ),
    Row(
        "a picture that says not where it is from",
        lambda folder: make_figures.describe(nothing_said),
        ValueError,
        "nothing_said: its docstring needs a line 'Source",
    ),
]
