"""The figures are those that the code draws now, and can be read in the light and in the dark."""

import json
import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lecture8.plotting import MODEL_COLOURS
from slides import make_figures
from slides.pictures.style import DARK, ON_A_BOX, PAPER

FIGURES = sorted(Path("slides/figures").glob("*.svg"))
CATALOGUE = json.loads(make_figures.CATALOGUE.read_text())
PICTURES = {k: v for chapter in CATALOGUE.values() for k, v in chapter["pictures"].items()}


def test_no_figure_is_older_than_what_it_was_made_from():
    old = [c for c in make_figures.CHAPTERS if make_figures.stale(c, CATALOGUE)]
    assert old == [], "run `make slides`, look at what changed, and commit slides/figures"


def test_every_picture_is_on_a_slide():
    used = re.findall(
        r"!\[(?:steps)?\]\(figures/(\w+)\.svg\)", Path("slides/lecture8.md").read_text()
    )
    assert sorted(used) == sorted(PICTURES) == [path.stem for path in FIGURES]


@pytest.mark.parametrize("name", PICTURES)
def test_what_a_picture_says_of_itself(name):
    said = PICTURES[name]
    assert len(said["alt"]) > 40
    assert 5 < len(said["source"]) <= 100  # one line below the picture
    notebook, cell = re.fullmatch(r"(\w+)#([\w-]+)", said["notebook"]).groups()
    cells = json.loads(Path(f"notebooks/{notebook}.ipynb").read_text())["cells"]
    assert cell in {c["id"] for c in cells}


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_a_figure_is_small_and_asks_nobody(path):
    assert path.stat().st_size < 350_000
    tree = ElementTree.parse(path)
    width = float(tree.getroot().get("width").removesuffix("pt"))
    assert width <= 11.9 * 72  # inches: the width of a slide's content
    for element in tree.iter():
        for name, value in element.attrib.items():
            if name.endswith("href"):
                assert value.startswith(("#", "data:")), value[:80]
        assert element.tag.split("}")[1] not in ("script", "foreignObject")


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_letters_are_text_in_the_font_that_the_deck_brings(path):
    svg = path.read_text()
    assert set(re.findall(r"font-family: ([^;\"]*)", svg)) <= {"'DejaVu Sans'"}
    assert not re.search(r'id="(DejaVuSans|STIX|Cm)', svg)  # a letter that is drawn


def luminance(colour):
    """Return the relative luminance of #rrggbb, as WCAG 2 defines it."""
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_as_published():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # just below AA


def colours_of_text(path):
    """Return the colours in which an SVG file of matplotlib writes."""
    for element in ElementTree.parse(path).iter():
        if element.get("id", "").startswith("text_"):
            for part in element.iter():
                fill = re.search(r"fill: (#[0-9a-f]{6})", part.get("style", ""))
                if fill:
                    yield fill[1]


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: path.stem)
def test_letters_can_be_read_in_the_light_and_in_the_dark(path):
    """WCAG AA: 4.5. Letters on a coloured box of their own stay black, as it stays light."""
    dark = {light.lower(): colour for light, colour in DARK.items()}
    for colour in set(colours_of_text(path)) - {ON_A_BOX}:
        assert contrast(colour, PAPER) >= 4.5, f"{colour} on a light slide"
        assert contrast(dark.get(colour, colour), dark[PAPER]) >= 4.5, f"{colour} on a dark slide"


def test_some_letters_are_found():
    drawn = [path for path in FIGURES if '<g class="moving">' not in path.read_text()]  # no clips
    assert all(any(True for _ in colours_of_text(path)) for path in drawn if path.stem != "title")


# --- What pictures say together


def test_the_band_of_ten_runs_is_what_their_scatter_says():
    """Dots and band are from one estimator: the error of a mean is its scatter over sqrt(10)."""
    said = {k: float(v) for k, v in PICTURES["error_bar"]["numbers"].items()}
    assert said["scatter"] / 10**0.5 == pytest.approx(said["error"], abs=7e-4)  # three decimals
    assert said["error_95"] == pytest.approx(2.262 * said["error"], abs=2e-3)  # Student's t, 9


def test_the_line_of_one_run_and_the_dots_of_ten_join():
    """One run of 20 ps scatters by 7 per cent at a lag of 1 ps, ten of 100 ps by 1."""
    said = PICTURES["mean_squared_displacement"]["numbers"]
    assert float(said["one_run_at_1ps"]) == pytest.approx(float(said["ten_runs_at_1ps"]), rel=0.12)


def test_a_model_has_a_colour_of_its_own():
    assert len(set(MODEL_COLOURS.values())) == len(MODEL_COLOURS)
    drawn = Path("slides/figures/softness.svg"), Path("slides/figures/three_teachers.svg")
    for path in drawn:
        for model in ("CHGNet", "SevenNet-0"):
            assert MODEL_COLOURS[model].lower() in path.read_text(), f"{model} in {path.stem}"


# --- The runner


def test_a_picture_drawn_again_says_the_same(tmp_path):
    name = "finite_difference_loop"
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker:
        entry = worker.submit(make_figures.draw, "integrators", [name], tmp_path).result()
    assert entry["pictures"][name] == PICTURES[name]
    assert (tmp_path / f"{name}.svg").stat().st_size > 10_000
    assert "lecture8/integrators/steps.py" in entry["made_from"]
    assert "slides/pictures/integrators.py" in entry["made_from"]


def test_data_that_a_picture_reads_is_noticed():
    assert "lecture8/data/lgps_runs.npz" in CATALOGUE["ionic_conductivity"]["made_from"]
    assert "lecture8/data/argon_dimer.csv" in CATALOGUE["potentials"]["made_from"]


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("def f(x):\n    '''Another word.'''\n    return x + 1  # why\n", True),
        ("def f(x):\n    '''A word.'''\n    return x + 2\n", False),
    ],
)
def test_a_change_of_code_makes_a_figure_old_and_a_comment_does_not(written, same, tmp_path):
    first, second = tmp_path / "a.py", tmp_path / "b.py"
    first.write_text("def f(x):\n    '''A word.'''\n    return x + 1\n")
    second.write_text(written)
    assert (make_figures.fingerprint(first) == make_figures.fingerprint(second)) == same


def test_a_figure_that_is_gone_is_made_again(monkeypatch, tmp_path):
    monkeypatch.setattr(make_figures, "FIGURES", tmp_path)
    assert make_figures.stale("integrators", CATALOGUE)


def test_a_picture_without_a_source_is_refused():
    def nameless():
        """Show something."""

    with pytest.raises(ValueError, match="nameless: its docstring needs a line 'Source"):
        make_figures.describe(nameless)


def test_an_unknown_name_is_answered_with_the_known_ones():
    command = [sys.executable, "slides/make_figures.py", "nowhere"]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.returncode == 1
    assert "No picture is called nowhere" in run.stdout
    assert "time_step" in run.stdout
