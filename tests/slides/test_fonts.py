"""Every machine sets the deck in the same letters: it brings a font for each sign that it shows."""

import os
import re
import unicodedata
from html.parser import HTMLParser
from pathlib import Path

import matplotlib
import pypdf
import pytest
from fontTools.ttLib import TTFont

from slides import build_deck
from tests.browser import FLAGS, NO_GPU

THEME = Path("slides/theme.css").read_text(encoding="utf-8")
MATPLOTLIB = Path(matplotlib.get_data_path(), "fonts")

# The same letters once more: of the two wrappings, fontTools reads .woff without another library.
FONTS = [
    TTFont(Path("slides", file).with_suffix(".woff"))
    for file in re.findall(r'url\("(node_modules/[^"]+\.woff2)"\)', THEME)
]
NAMES = {font["name"].getDebugName(6) for font in FONTS}  # 6: the PostScript name


class Signs(HTMLParser):
    """Every sign of a page that is set in a font; notes are shown to the lecturer alone."""

    UNSEEN = ("script", "style", "title", "mjx-assistive-mml")
    ENDLESS = ("img", "br", "hr", "input", "meta", "link")

    def __init__(self):
        super().__init__()
        self.inside, self.signs = [], set()

    def handle_starttag(self, tag, attrs):
        if tag not in self.ENDLESS:
            is_note = "bespoke-marp-note" in (dict(attrs).get("class") or "")
            self.inside.append((tag, is_note or tag in self.UNSEEN))

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not any(unseen for _, unseen in self.inside):
            self.signs |= set(data)


def without_a_font(page):
    """Return the names of the signs of a page that no font of the deck has."""
    parser = Signs()
    parser.feed(page)
    drawn = {sign for sign in parser.signs if sign.isprintable() and not sign.isspace()}
    brought = {chr(code) for font in FONTS for code in font.getBestCmap()}
    return sorted(f"{sign} {unicodedata.name(sign, 'without a name')}" for sign in drawn - brought)


def test_the_deck_brings_a_font_for_every_sign_that_it_shows(page):
    assert without_a_font(page) == []


def test_a_sign_without_a_font_is_named():
    page = "<title>不</title><p title='不'>Li₁₀GeP₂S₁₂ → 水 <code>a ≤ b</code></p>"
    assert without_a_font(page) == ["水 CJK UNIFIED IDEOGRAPH-6C34"]


def test_every_font_is_static():
    """The letters of a variable font become drawings without a name (Type 3) in the PDF."""
    assert FONTS
    assert [font["name"].getDebugName(6) for font in FONTS if "fvar" in font] == []


def fonts_used(chromium, page):
    """Return (family, the page brings it) of all letters, and the families that are asked for."""
    opened = chromium.new_context(viewport={"width": 1280, "height": 720}, offline=True).new_page()
    opened.goto(page.as_uri())
    opened.emulate_media(media="print")  # all slides at once
    opened.evaluate("Promise.all([...document.fonts].map(face => face.load()))")
    inspector = opened.context.new_cdp_session(opened)
    inspector.send("DOM.enable")
    inspector.send("CSS.enable")
    root = inspector.send("DOM.getDocument")["root"]["nodeId"]
    everything = {"nodeId": root, "selector": "section, section *"}
    used = {
        (font["familyName"], font["isCustomFont"])
        for node in inspector.send("DOM.querySelectorAll", everything)["nodeIds"]
        for font in inspector.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    }
    asked = opened.evaluate(
        "[...document.querySelectorAll('section, section *')]"
        ".map(element => getComputedStyle(element).fontFamily)"
    )
    opened.context.close()
    return used, {family.strip('" ') for families in asked for family in families.split(",")}


def test_no_letter_and_no_height_of_a_line_is_the_machines(chromium, deck):
    """What fits its slide here does so in the lecture hall."""
    brought = set(re.findall(r'@font-face \{\s*font-family: "?([^";]+)', THEME))
    used, asked = fonts_used(chromium, deck)
    assert used == {(family, True) for family in brought}
    # An element whose own letters are all in others still has the height of its font's lines.
    assert asked == brought


def test_a_letter_of_the_machine_is_found_out(chromium, tmp_path):
    page = tmp_path / "page.html"
    page.write_text("<section><pre>atoms</pre></section>", encoding="utf-8")
    used, asked = fonts_used(chromium, page)
    assert [brought for _, brought in used] == [False]
    assert "monospace" in asked


def fontconfig(machine, folder):
    """Return a file in `folder`: the settings of a machine with few fonts or with many.

    They differ in what they do to small letters, too (hinting).
    """
    if machine == "few":
        # Large brackets alone: no letter of the deck can be taken from it.
        (folder / "few").mkdir()
        (folder / "few" / "cmex10.ttf").symlink_to(MATPLOTLIB / "ttf" / "cmex10.ttf")
        fonts = f"<dir>{folder / 'few'}</dir>"
    else:
        fonts = (
            '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
            f"<dir>{MATPLOTLIB}</dir><dir>{Path('slides/node_modules/@fontsource').resolve()}</dir>"
            '<match target="font"><edit name="hintstyle"><const>hintslight</const></edit></match>'
        )
    file = folder / f"{machine}.conf"
    file.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"{fonts}<cachedir>{folder / 'cache'}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return str(file)


def lines(chromium, deck, fonts):
    """Return [left, right, top, bottom] of every element, with the settings of `fonts`."""
    browser = chromium.browser_type.launch(
        executable_path=build_deck.chromium(),
        args=[*FLAGS, NO_GPU],
        env={**os.environ, "FONTCONFIG_FILE": fonts},
    )
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(deck.as_uri())
    page.emulate_media(media="print")
    page.evaluate("Promise.all([...document.fonts].map(face => face.load()))")
    measured = page.evaluate(
        "[...document.querySelectorAll('section *')].filter(e => !e.closest('figure svg'))"
        ".map(element => element.getBoundingClientRect())"
        ".map(box => [box.left, box.right, box.top, box.bottom])"
    )
    browser.close()
    return measured


def test_every_line_ends_where_it_ends_on_another_machine(chromium, deck, tmp_path):
    """Some round the letters' widths to pixels, and a line more does not fit its slide."""
    few, many = (lines(chromium, deck, fontconfig(m, tmp_path)) for m in ("few", "many"))
    assert len(few) > 1000
    assert few == many


@pytest.mark.parametrize("machine", ["few", "many"])
def test_pdf_is_set_in_the_decks_own_fonts(machine, chromium, tmp_path, monkeypatch):
    monkeypatch.setenv("FONTCONFIG_FILE", fontconfig(machine, tmp_path))
    pdf = build_deck.build(tmp_path, formats=["pdf"])[0]
    pages = pypdf.PdfReader(pdf).pages
    fonts = [f.get_object() for page in pages for f in page["/Resources"]["/Font"].values()]
    assert {font.get("/BaseFont", "no name").split("+")[-1] for font in fonts} == NAMES
