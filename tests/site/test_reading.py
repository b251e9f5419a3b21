"""The site in a real browser: its order, its search, on a telephone, and where links arrive."""

from pathlib import Path

import pytest

AXE = Path("slides/node_modules/axe-core/axe.min.js").read_text()
# As if all predictions had been made.
REVEAL = """() => {
  const later = [...document.querySelectorAll(".lecture8-later")];
  later.forEach((x) => x.classList.remove("lecture8-later"));
  dispatchEvent(new Event("resize"));
}"""
HOMEWORK = [
    "integrators_and_potentials",
    "fitting_and_active_learning",
    "ionic_conductivity_of_ngpo",
]
ORDER = [
    "notebooks/01_first.html",
    "notebooks/02_second.html",
    *(f"homework/{name}.html" for name in HOMEWORK),
]


def address(opened):
    return opened.page.url.removeprefix(opened.home).split("#")[0]


def test_one_reads_from_page_to_page_and_back(opened):
    page = opened.page
    opened.open("index.html")
    page.get_by_role("link", name="1 · First: how a spring swings").click()
    met = [address(opened)]
    for _ in ORDER[1:]:
        page.locator("a[rel=next]").click()
        met.append(address(opened))
    assert met == ORDER
    assert page.locator("a[rel=next]").count() == 0
    for _ in ORDER[1:]:
        page.get_by_role("navigation", name="Reading order").get_by_role("link").first.click()
    assert address(opened) == ORDER[0]
    assert page.locator("a[rel=prev]").count() == 0
    page.get_by_role("link", name="Home").click()
    assert address(opened) == "index.html"


def test_the_contents_of_a_page_lead_to_its_headings(opened):
    opened.open("notebooks/02_second.html")
    page = opened.page
    page.get_by_text("Contents", exact=True).click()
    page.locator(".site-bar li a").click()
    opened.settle()
    assert opened.in_view("main h2")
    assert not page.locator(".site-bar li").is_visible()  # it closes, and covers nothing
    opened.open("notebooks/01_first.html")
    page.get_by_text("Contents", exact=True).click()
    assert page.locator(".site-bar li").all_inner_texts() == ["A spring", "Recap"]
    page.keyboard.press("Escape")
    assert not page.locator(".site-bar li").first.is_visible()


def look_for(opened, words):
    opened.open("index.html")
    opened.page.get_by_role("searchbox", name="Search the course").press_sequentially(words)
    opened.page.wait_for_timeout(100)
    return opened.page.locator("#hits > li")


def test_a_word_of_a_text_is_found_and_a_click_arrives_there(opened):
    hits = look_for(opened, "marmal")
    assert hits.count() == 1
    assert opened.page.get_by_role("status").inner_text() == "1 found"
    assert "marmalade" in hits.locator("mark").first.inner_text()
    assert len(hits.inner_text()) < 400  # an excerpt
    hits.get_by_role("link").click()
    opened.settle()
    assert address(opened) == "notebooks/02_second.html"
    assert opened.in_view("main h2")
    opened.page.go_back()
    assert opened.page.get_by_role("searchbox").input_value() == "marmal"
    assert opened.page.locator("#hits > li").count() == 1


def test_a_slide_is_found_and_opened_but_not_by_its_notes(opened):
    hits = look_for(opened, "armadillo")
    assert "Slides, slide 2" in hits.inner_text()
    hits.get_by_role("link").click()
    opened.page.wait_for_selector("svg.bespoke-marp-active section")
    assert opened.page.url.endswith("slides/lecture8.html#2")
    assert opened.page.get_by_text("armadillo").is_visible()
    assert look_for(opened, "wombat").count() == 0
    assert "Nothing found" in opened.page.get_by_role("status").inner_text()
    assert look_for(opened, "footnote").count() == 0


def test_homework_and_code_and_words_with_accents_are_found(opened):
    assert "Homework 1" in look_for(opened, "krypton leapfrog").first.inner_text()
    hits = look_for(opened, "angstrom comment")
    assert "in the code of this section" in hits.first.inner_text()
    assert look_for(opened, "neighborhood marmalade").count() == 1  # spelled otherwise


@pytest.mark.parametrize("word", ["xylophone", "quokka", "capybara", "echidna"])
def test_an_excerpt_does_not_show_what_a_prediction_hides(opened, word):
    hits = look_for(opened, word)
    assert hits.count() == 1
    text = hits.inner_text()
    assert word not in text
    assert "behind a prediction of this section" in text


def test_what_came_out_is_not_found(opened):
    assert look_for(opened, "leftwards").count() == 0


def test_the_index_hides_what_the_page_hides(opened):
    """Two programs follow one rule: predict.js on the page, search.py in the index."""
    opened.open("notebooks/01_first.html")
    beginnings = ".map(x => x.textContent.trim().slice(0, 18))"
    paragraphs = (
        "[...document.querySelectorAll('.jp-RenderedMarkdown > p:not(:has(mjx-container))')]"
    )
    hidden = opened.page.evaluate(
        f"{paragraphs}.filter(x => x.matches('.lecture8-later')){beginnings}"
    )
    seen = opened.page.evaluate(
        f"{paragraphs}.filter(x => !x.matches('.lecture8-later')){beginnings}"
    )
    opened.open("index.html")
    shown = " ".join(opened.page.evaluate("LECTURE8_SECTIONS.map(x => x.text)"))
    assert hidden == ["The moral is xylop", "Predict. And then?"]
    assert [text for text in hidden if text in shown] == []
    assert [text for text in seen if text not in shown] == []
    assert "leftish" in shown  # what may be chosen is no answer


def test_a_link_to_a_cell_arrives_even_where_it_is_hidden(opened):
    page = opened.page
    opened.open("slides/lecture8.html#1")
    link = page.get_by_role("link", name="Run it").evaluate("x => x.href")
    opened.open(link.removeprefix(opened.home))
    assert page.url.endswith("notebooks/01_first.html#cell-id=first-2")
    cell = "[id='cell-id=first-2']"
    assert not page.locator(cell).is_visible()
    assert opened.in_view("main h2 >> nth=0")  # the heading of its section
    page.get_by_label("leftish").check()
    page.get_by_role("button", name="I have decided").first.click()
    page.evaluate("location.hash = ''")
    page.evaluate("location.hash = 'cell-id=first-2'")
    page.wait_for_timeout(200)
    assert opened.in_view(cell)


@pytest.mark.parametrize("telephone", ["light", "dark"], indirect=True)
@pytest.mark.parametrize("name", ["index.html", "index.html#q=spring", *ORDER[:2], ORDER[2]])
def test_a_telephone_shows_the_whole_width_and_everybody_can_read_it(telephone, name):
    page = telephone.page
    telephone.open(name)
    page.evaluate(REVEAL)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.mouse.wheel(500, 0)
    assert page.evaluate("scrollX") == 0
    bar = page.locator(".site-bar")
    if bar.count():
        assert bar.bounding_box()["height"] < 60  # one line
        targets = [link.bounding_box() for link in page.locator(".site-bar nav > *").all()]
        assert min(min(box["width"], box["height"]) for box in targets) >= 24
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert [
        (v["id"], v["nodes"][0]["html"], v["nodes"][0]["failureSummary"]) for v in serious
    ] == []


@pytest.mark.parametrize("telephone", ["light"], indirect=True)
def test_wide_things_scroll_within_themselves_by_keys_too(telephone):
    telephone.open("notebooks/01_first.html")
    page = telephone.page
    page.evaluate(REVEAL)
    wide = page.evaluate(
        "[...document.querySelectorAll('main :is(pre, table, mjx-container)')]"
        ".filter(x => x.scrollWidth > x.clientWidth + 1)"
        ".map(x => [x.tagName, x.tabIndex, getComputedStyle(x).overflowX])"
    )
    assert page.locator("mjx-container.site-wide").count() == 1  # the one that is too long
    assert {tag for tag, _, _ in wide} == {"PRE", "TABLE", "MJX-CONTAINER"}
    assert all((index, overflow) == (0, "auto") for _, index, overflow in wide)


def test_the_first_key_skips_to_the_text_and_paper_shows_no_bar(opened):
    opened.open("notebooks/01_first.html")
    page = opened.page
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the text")
    assert skip.evaluate("x => x === document.activeElement && x.getBoundingClientRect().left >= 0")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "MAIN"
    assert page.locator(".site-bar").is_visible()
    page.emulate_media(media="print")
    assert not page.locator(".site-bar").is_visible()
