"""The built deck as people see it: every slide, light and dark, in a real browser."""

import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

AXE = Path("slides/node_modules/axe-core/axe.min.js")
ACTIVE = "svg.bespoke-marp-active"

MEASURE = Path("tests/slides/measure.js").read_text()

CHECK = """
async () => {
  // What lies beyond a picture's edge is not to be seen, but axe counts it as lying over text.
  const empty = document.head.appendChild(document.createElement("style"));
  empty.textContent = "figure > svg > * { display: none }";
  const result = await axe.run('svg.bespoke-marp-active', {
    runOnly: ['color-contrast', 'image-alt', 'svg-img-alt', 'link-name', 'empty-heading',
              'heading-order', 'valid-lang', 'list', 'td-headers-attr', 'duplicate-id-aria']});
  empty.remove();
  return [...result.violations, ...result.incomplete].flatMap(
    v => v.nodes.map(n => `${v.id}: ${n.html.slice(0, 120)} ${n.failureSummary}`));
}
"""


@dataclass
class Tour:
    """What was met on the way through the whole deck."""

    slides: list = field(default_factory=list)
    accessibility: list = field(default_factory=list)
    console: list = field(default_factory=list)
    requests: list = field(default_factory=list)
    failed: list = field(default_factory=list)


def open_deck(chromium, deck, scheme="light"):
    context = chromium.new_context(
        viewport={"width": 1280, "height": 720}, color_scheme=scheme, offline=True
    )
    page = context.new_page()
    page.goto(deck.as_uri())
    page.wait_for_selector(f"{ACTIVE} section")
    return page


def number_of(page):
    """Return the number of the slide on the screen, counted from 1."""
    return page.evaluate(
        "[...document.querySelectorAll('svg[data-marpit-svg]')]"
        ".findIndex(s => s.classList.contains('bespoke-marp-active')) + 1"
    )


def go_right(page):
    """Press the key until the next slide is there: points and rows that come one by one first."""
    here = number_of(page)
    section = page.locator(f"{ACTIVE} section")
    for _ in range(int(section.get_attribute("data-marpit-fragments") or 0) + 1):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(f"location.hash === '#{here + 1}'")
    page.wait_for_function("[...document.images].every(i => i.complete)")


@pytest.fixture(scope="module", params=["light", "dark"])
def tour(request, chromium, deck, slides):
    """Step through every slide with the arrow key, and note what happens."""
    met = Tour()
    page = open_deck(chromium, deck, request.param)
    page.on("pageerror", lambda error: met.console.append(str(error)))
    page.on(
        "console",
        lambda m: met.console.append(m.text) if m.type in ("error", "warning") else None,
    )
    page.on("request", lambda r: met.requests.append(r.url))
    page.on("requestfailed", lambda r: met.failed.append(r.url))
    page.reload()
    page.wait_for_selector(f"{ACTIVE} section")
    # The bar of buttons fades away by itself; while it is there, it lies over the footer.
    page.add_style_tag(content=".bespoke-marp-osc { display: none !important }")
    page.evaluate(AXE.read_text())
    for number in range(1, len(slides) + 1):
        if number > 1:
            go_right(page)
        found = page.evaluate(MEASURE)
        met.slides.append(found)
        met.accessibility += [f"{number} {found['title']}: {x}" for x in page.evaluate(CHECK)]
    page.keyboard.press("ArrowRight")  # nothing comes after the last
    assert number_of(page) == len(slides)
    page.context.close()
    return met


def problems(tour, what):
    return [f"{k} {s['title']}: {p}" for k, s in enumerate(tour.slides, 1) for p in what(s)]


def test_every_slide_is_reached(tour, slides):
    def words(title):  # what emphasis, formulas and quoted numbers leave
        return re.sub(r"\$.*?\$|\*|\{\{.*?\}\}", " ", title).split()

    for met, written in zip(tour.slides, slides, strict=True):
        assert [w for w in words(written.title) if w not in met["title"]] == []


def test_nothing_fails_and_nothing_is_asked_of_a_network(tour):
    assert tour.console == []
    assert tour.failed == []
    remote = [url for url in tour.requests if not url.startswith(("file:", "data:", "blob:"))]
    assert remote == []
    assert len(tour.requests) == 1  # the page itself; that others would be seen is tested below


def test_nothing_overflows_its_slide(tour):
    assert problems(tour, lambda s: s["overflow"]) == []


def test_pictures_are_there_at_their_own_size(tour):
    def wrong(slide):
        for image in slide["images"]:
            if not (image["complete"] and image["natural"] > 0):
                yield f"not loaded: {image['alt']}"
            elif len(image["alt"]) < 20:
                yield f"says too little: '{image['alt']}'"
            # Half a pixel: the letters in a picture are as large as they were drawn.
            elif abs(image["natural"] - image["shown"]) > 1:
                yield f"drawn for {image['natural']} pixels, shown at {image['shown']:.0f}"

    assert problems(tour, wrong) == []


def test_formulas_are_drawn(tour):
    assert (
        problems(tour, lambda s: [f for f in s["formulas"] if f["failed"] or not f["drawn"]]) == []
    )
    assert sum(len(s["formulas"]) for s in tour.slides) > 20


def test_contrast_and_names(tour):
    """WCAG AA, by axe-core: text against what lies behind it, names of links and pictures."""
    assert tour.accessibility == []


def test_no_letter_is_too_small(tour):
    assert problems(tour, lambda s: [s["smallest"]] if s["smallest"] < 17 else []) == []


def test_keyboard(chromium, deck, slides):
    page = open_deck(chromium, deck)
    for key, expected in [
        ("ArrowRight", 2),
        ("Space", 3),
        ("PageDown", 4),
        ("ArrowLeft", 3),
        ("End", len(slides)),
        ("Home", 1),
    ]:
        page.keyboard.press(key)
        page.wait_for_timeout(50)
        assert number_of(page) == expected, key
    page.goto(f"{deck.as_uri()}#7")  # a slide has an address
    page.reload()
    page.wait_for_selector(f"{ACTIVE} section")
    assert number_of(page) == 7
    page.context.close()


@pytest.mark.parametrize(
    ("lab", "begins"),
    [
        ("http://localhost:8888/lab/tree/notebooks", "http://localhost:8888/lab/tree/notebooks/"),
        ("javascript:alert(1)", "file://"),
        ("", "file://"),
    ],
)
def test_links_lead_to_live_notebooks_where_the_address_names_a_lab(lab, begins, chromium, deck):
    page = chromium.new_page()
    page.goto(f"{deck.as_uri()}?lab={lab}")
    links = page.evaluate("[...document.querySelectorAll('a[data-cell]')].map(a => a.href)")
    assert len(links) > 20
    assert all(link.startswith(begins) for link in links)
    ends = ".ipynb#cell-id=" if lab.startswith("http") else ".html#cell-id="
    assert all(ends in link for link in links)
    assert page.locator("a[data-cell]:not([target=_blank])").count() == 0
    page.close()


def test_presenter_view(chromium, deck, slides):
    """The notes and the next slide on the lecturer's screen, and one key turns both."""
    page = open_deck(chromium, deck)
    with page.context.expect_page() as opened:
        page.keyboard.press("p")
    presenter = opened.value
    presenter.wait_for_load_state()
    note = presenter.locator(".bespoke-marp-note.active")
    note.wait_for()
    assert "Common wrong answer" in note.inner_text()
    presenter.keyboard.press("ArrowRight")
    presenter.wait_for_function("location.hash === '#2'")
    assert slides[1].notes.split(". ")[1][:30] in " ".join(note.inner_text().split())
    page.wait_for_function("location.hash === '#2'")  # the hall's screen follows
    assert number_of(page) == 2
    page.context.close()


# --- Each of the checks above must be able to fail.

BROKEN = {
    "overflow": "# A\n\n" + "- a line that takes its place\n" * 20,
    "contrast": "# A\n\n<p style='color: #bbbbbb'>pale words on a white slide</p>",
    "missing": "# A\n\n![a picture that is nowhere to be found](nowhere.png)",
    "remote": "# A\n\n![a picture from somewhere else](https://example.org/a.png)",
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_deck_is_found_out(fault, chromium, tmp_path):
    source = tmp_path / "broken.md"
    source.write_text(f"---\ntheme: lecture8\nlang: en\n---\n\n{BROKEN[fault]}\n")
    command = ["slides/node_modules/.bin/marp", "--config", "slides/marp.config.mjs", str(source)]
    subprocess.run(command, check=True, capture_output=True)
    met = Tour()
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page = context.new_page()
    page.on("requestfailed", lambda r: met.failed.append(r.url))
    page.goto(source.with_suffix(".html").as_uri())
    page.add_style_tag(content=".bespoke-marp-osc { display: none !important }")
    page.evaluate(AXE.read_text())
    found = page.evaluate(MEASURE)
    seen = {
        "overflow": bool(found["overflow"]),
        "contrast": any("color-contrast" in x for x in page.evaluate(CHECK)),
        "missing": any("nowhere" in url for url in met.failed),
        "remote": any("example.org" in url for url in met.failed),
    }
    assert [name for name, is_so in seen.items() if is_so] == [fault]
    context.close()
