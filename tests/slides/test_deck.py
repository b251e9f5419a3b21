"""The deck as it is written and built: complete, timed, and with nothing fetched to show it."""

import json
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pypdf
import pytest

from slides import build_deck
from tests.slides.conftest import SOURCE

# The lecture's structure, in its order.
TITLES = [
    "Machine learning for molecular simulation",
    "Six steps",
    "Zero-temperature DFT",
    "Molecular dynamics",
    "Principles",
    "finite difference",
    "Euler gains energy",
    "Ab initio molecular dynamics",
    "Classical molecular dynamics",
    "Lennard-Jones",
    "three sources of forces",
    "Energy is a sum over atoms",
    "Moment tensor",
    "NequIP",
    "Energy, forces, stress",
    "Fitting",
    "The loss",
    "Three ways to doubt",
    "Active learning",
    "Universal potentials",
    "what the data held",
    "ionic conductivity",
    "How far",
    "Arrhenius",
    "to",  # from D to sigma
    "Beside experiment",
    "for one hop each",
    "Thank you",
    "Velocity Verlet",  # for questions, in the same order
    "Machine learning assisted",
    "Train, deploy, run",
    "put back into the cell",
]


def test_the_lecture_is_there_in_its_order(page):
    titles = [re.sub(r"<[^>]+>", "", t) for t in re.findall(r"<h1[^>]*>(.*?)</h1>", page)]
    position = 0
    for wanted in TITLES:
        found = [i for i, title in enumerate(titles) if wanted in title and i >= position]
        assert found, f"no slide on '{wanted}' after slide {position}"
        position = found[0] + 1


def test_every_slide_has_one_title(page, slides):
    assert page.count("<section ") == page.count("<h1") == len(slides)


# --- What the lecturer needs


def minutes(slide):
    """Return the minutes of a slide; none behind the thanks."""
    found = re.match(r"([\d.]+) min\. ", slide.notes)
    return float(found[1]) if found else 0.0


def lecture(slides):
    """Return the slides until the thanks."""
    last = next(k for k, slide in enumerate(slides) if slide.title == "Thank you")
    return slides[: last + 1]


def test_every_slide_has_notes_with_its_time_and_the_common_wrong_answer(slides):
    given = lecture(slides)
    for slide in slides:
        begins = r"[\d.]+ min\. \S" if slide in given else r"Appendix\. \S"
        assert re.match(begins, slide.notes), slide.title
        assert "Common wrong answer" in slide.notes, slide.title


def test_the_deck_is_a_lecture_of_80_minutes_with_time_for_questions(slides):
    assert sum(map(minutes, slides)) == 80
    assert len(lecture(slides)) <= 42
    assert sum("for questions" in slide.notes for slide in slides) >= 5


def test_the_clock_in_the_notes_ends_at_80_minutes(page):
    notes = re.findall(r'class="bespoke-marp-note"[^>]*><p>(.*?)</p>', page, flags=re.S)
    assert notes[0].startswith("1.5 min, until 0:01.")
    assert "min, until 1:20." in [n for n in notes if not n.startswith("Appendix")][-1]


def test_the_ladder_tells_the_true_minutes(slides):
    numbers = json.loads(Path("slides/figures/figures.json").read_text())["overview"]["pictures"]
    promised = [float(m) for m in numbers["ladder"]["numbers"]["minutes"].split()]
    chapter, taken = None, {}
    for written, slide in zip(SOURCE.read_text().split("\n---\n")[1:], slides, strict=True):
        header = re.search(r'<!-- header: "?(.*?)"? -->', written)
        chapter = header[1] if header else chapter
        taken[chapter] = taken.get(chapter, 0) + minutes(slide)
    chapters = [name for name in taken if re.match(r"\d · ", name or "")]
    assert [taken[name] for name in chapters] == promised


def test_predictions_lead_to_the_cell_that_answers_them(slides):
    written = SOURCE.read_text().split("\n---\n")[1:]
    asked = [s for s, text in zip(slides, written, strict=True) if "_class: predict" in text]
    assert len(asked) >= 5
    for slide in asked:
        assert re.search(r"\]\(\d\d_\w+#[\w-]+\)", slide.text), slide.title


def test_links_lead_to_cells_that_exist(page):
    links = set(re.findall(r'href="(\.\./notebooks/[^"]+)"', page))
    assert len(links) > 20
    for link in links:
        name, cell = re.fullmatch(r"\.\./notebooks/(\w+)\.html#cell-id=([\w-]+)", link).groups()
        notebook = json.loads(Path(f"notebooks/{name}.ipynb").read_text())
        assert cell in {c["id"] for c in notebook["cells"]}, link


# --- What the page is made of


def test_formulas_are_drawn_and_none_failed(page):
    display = SOURCE.read_text().count("$$") // 2
    assert len(re.findall(r'<mjx-container[^>]*display="true"', page)) == display
    assert "data-mjx-error" not in page
    slides_only = re.sub(r"<(script|style).*?</\1>", "", page, flags=re.S)
    assert "$" not in re.sub(r"<[^>]+>", "", slides_only)  # no formula left as text


def test_every_formula_is_said(page):
    """A screen reader gets words for each, not a picture without a name."""
    said = re.findall(r'<mjx-container role="img" aria-label="([^"]+)"', page)
    assert len(said) == len(re.findall("<mjx-container", page)) > 60
    assert "sigma equals rho times e squared D over k sub B T" in " ".join(said)
    assert not any("\\" in words or "bold" in words for words in said)


def test_every_display_formula_is_also_said_in_words(slides):
    for slide in slides:
        if "$$" in slide.text:
            words = re.sub(r"\$\$.*?\$\$", "", slide.text, flags=re.S)
            assert len(re.findall(r"[a-z]{3,}", words)) > 15, slide.title


class Loads(HTMLParser):
    """Every address that a page loads: not those that it only links to."""

    def __init__(self):
        super().__init__()
        self.addresses = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("src", "srcset", "poster", "data") or (name == "href" and tag != "a"):
                self.addresses.append(value)
            self.addresses += re.findall(r"url\(\s*[\"']?([^)\"']+)", value or "")


def loads(page):
    parser = Loads()
    parser.feed(page)
    styles = "".join(re.findall(r"<style.*?</style>", page, flags=re.S))
    in_styles = re.findall(r"url\(\s*[\"']?([^)\"']+)|@import\s+[\"']([^\"']+)", styles)
    return parser.addresses + [a or b for a, b in in_styles]


def test_nothing_is_fetched_to_show_it(page):
    addresses = loads(page)
    assert len(addresses) > 20  # the figures
    assert [a[:80] for a in addresses if not a.startswith(("#", "data:"))] == []


@pytest.mark.parametrize(
    "planted",
    [
        '<img src="https://example.org/a.png">',
        '<link rel="stylesheet" href="https://example.org/a.css">',
        "<style>@import 'https://example.org/a.css';</style>",
        '<p style="background: url(https://example.org/a.png)">',
    ],
)
def test_a_remote_address_would_be_found(planted):
    assert [a for a in loads(planted) if "example.org" in a]


def test_credit_and_language(page, slides):
    assert '<html lang="en"' in page
    assert page.count("Artem Dembitskiy") >= len(slides)


def test_no_emoji():
    assert not re.search("[\U0001f300-\U0001faff☀-➿]", SOURCE.read_text())


def test_numbers_come_from_the_pictures(slides):
    """What a picture draws is quoted from it, not typed."""
    quoted = re.findall(r"\{\{(\w+)\.(\w+)\}\}", SOURCE.read_text())
    assert len(set(quoted)) >= 10


def test_the_step_on_the_slide_is_the_step_in_the_package():
    """The table of orders on the slide is what the integrators' own test measures."""
    from tests.integrators.springs import STEPS

    row = r"\| \**([a-zA-Z- ]+?)\**(?:, 3 forces a step)? \| (\d) \|"
    rows = dict(re.findall(row, SOURCE.read_text()))
    names = ["explicit Euler", "semi-implicit Euler", "velocity Verlet", "Yoshida"]
    assert [int(rows[name]) for name in names] == list(STEPS.values())


# --- On paper


@pytest.fixture(scope="module")
def printed(chromium, tmp_path_factory):
    return build_deck.build(tmp_path_factory.mktemp("printed"), formats=["pdf", "pptx"])


def test_pdf_has_all_slides_and_notes(printed, slides):
    pages = pypdf.PdfReader(printed[0]).pages
    assert len(pages) == len(slides)
    for page, slide in zip(pages, slides, strict=True):
        notes = [a.get_object().get("/Contents", "") for a in page.get("/Annots", [])]
        assert any("Common wrong answer" in note for note in notes), slide.title


def test_powerpoint_has_all_slides_and_notes(printed, slides):
    with zipfile.ZipFile(printed[1]) as archive:
        names = archive.namelist()
        assert sum(bool(re.fullmatch(r"ppt/slides/slide\d+\.xml", n)) for n in names) == len(slides)
        for number in range(1, len(slides) + 1):
            notes = archive.read(f"ppt/notesSlides/notesSlide{number}.xml").decode()
            assert "Common wrong answer" in notes


# --- Building it


def test_without_a_chromium_the_page_is_built_and_a_line_says_what_is_missing(
    monkeypatch, tmp_path, capsys
):
    monkeypatch.setattr(build_deck, "chromium", lambda: None)
    made = build_deck.build(tmp_path)
    assert [path.name for path in made] == ["lecture8.html"]
    said = capsys.readouterr().out
    assert "No pdf" in said
    assert "No pptx" in said
    assert "apt install chromium" in said


def test_a_wrong_chrome_path_is_named(monkeypatch):
    monkeypatch.setenv("CHROME_PATH", "/nowhere/chrome")
    with pytest.raises(FileNotFoundError, match="/nowhere/chrome"):
        build_deck.chromium()


def test_a_failure_leaves_the_old_deck_alone(monkeypatch, tmp_path):
    (tmp_path / "lecture8.html").write_text("old")
    broken = tmp_path / "slides"
    broken.mkdir()
    scripts = ("speech.mjs", "clips.js", "live.js")
    (broken / "lecture8.md").write_text("# A\n\n{{nowhere.number}}\n")
    for folder in ("figures", "node_modules"):
        (broken / folder).symlink_to(Path("slides", folder).resolve())
    for name in ("marp.config.mjs", "theme.css", *scripts):
        (broken / name).write_text((Path("slides") / name).read_text())
    monkeypatch.setattr(build_deck, "SLIDES", broken)
    with pytest.raises(RuntimeError, match='No picture is called "nowhere"'):
        build_deck.build(tmp_path, formats=["html"])
    assert (tmp_path / "lecture8.html").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir() if p.is_dir()] == ["slides"]
