"""The deck as Marp builds it: complete, with its formulas drawn, and nothing fetched to show it."""

import re
import subprocess
from pathlib import Path

import pytest

SOURCE = Path("slides/lecture8.md")

# The lecture's structure, in its order.
TITLES = [
    "Previously",
    "By the end",
    "Agenda",
    "Zero-temperature DFT",
    "Molecular dynamics",
    "Principles",
    "Integrating Newton",
    "finite difference",
    "Ab initio molecular dynamics",
    "Classical molecular dynamics",
    "Lennard-Jones",
    "Machine learning assisted",
    "Moment tensor",
    "NequIP",
    "Energy and forces",
    "Fitting",
    "The loss",
    "Active learning",
    "Deployment",
    "Universal potentials",
    "MACE-MP-0",
    "Take-home",
    "ionic conductivity",
    "formulas",
    "Thank you",
]


@pytest.fixture(scope="module")
def deck(tmp_path_factory):
    output = tmp_path_factory.mktemp("slides") / "lecture8.html"
    subprocess.run(
        [
            "slides/node_modules/.bin/marp",
            *("--config", "slides/marp.config.mjs"),
            *(str(SOURCE), "--output", str(output)),
        ],
        check=True,
        capture_output=True,
    )
    return output.read_text()


def test_the_lecture_is_there_in_its_order(deck):
    titles = [re.sub(r"<[^>]+>", "", t) for t in re.findall(r"<h1[^>]*>(.*?)</h1>", deck)]
    position = 0
    for wanted in TITLES:
        found = [i for i, title in enumerate(titles) if wanted in title and i >= position]
        assert found, f"no slide on '{wanted}' after slide {position}"
        position = found[0] + 1


def test_every_slide_has_a_title(deck):
    assert deck.count("<section ") == deck.count("<h1")


def test_formulas_are_drawn_and_none_failed(deck):
    source = SOURCE.read_text()
    display = source.count("$$") // 2
    assert len(re.findall(r'<mjx-container[^>]*display="true"', deck)) == display
    assert "data-mjx-error" not in deck
    slides_only = re.sub(r"<(script|style).*?</\1>", "", deck, flags=re.S)
    assert "$" not in re.sub(r"<[^>]+>", "", slides_only)  # no formula left as text


def test_nothing_is_fetched_to_show_it(deck):
    page = re.sub(r"<script.*?</script>", "", deck, flags=re.S)
    scripts = "".join(re.findall(r"<script.*?</script>", deck, flags=re.S))
    loads = re.findall(r"""(?:src|href)\s*=\s*["']?([^"'\s>]+)|url\(\s*["']?([^)"']+)""", page)
    for address in (a or b for a, b in loads):
        assert address.startswith(("#", "data:")), address
    assert not re.search(r"""@import\s+(url\()?["']""", page)
    assert not re.search(r"<script[^>]*\ssrc=", scripts)
    # One address is left in Marp's script, in a comment that names its licence.
    addresses = re.findall(r"https?://(?!www\.w3\.org/)[^\s\"']*", scripts)
    assert [a for a in addresses if not a.endswith("LICENSE.txt")] == []


def test_credit_and_language(deck):
    assert '<html lang="en"' in deck
    assert deck.count("Artem Dembitskiy") >= deck.count("<section ")


def test_no_emoji():
    text = SOURCE.read_text()
    assert not re.search("[\U0001f300-\U0001faff☀-➿]", text)


def test_the_step_on_the_slide_is_the_step_in_the_package():
    """The table of orders on the slide is what the integrators' own test measures."""
    from tests.test_integrators import STEPS

    row = r"\| \**([a-zA-Z- ]+?)\**(?:, 3 forces a step)? \| (\d) \|"
    rows = dict(re.findall(row, SOURCE.read_text()))
    names = ["explicit Euler", "semi-implicit Euler", "velocity Verlet", "Yoshida"]
    assert [int(rows[name]) for name in names] == list(STEPS.values())
