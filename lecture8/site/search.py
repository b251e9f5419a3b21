"""What the search of the site knows: each section of a page, each slide of the deck.

An excerpt must not give away what a page hides until its reader has predicted: that text can be
found, but is not shown (``later``), and neither is code. What came out is not even found.
"""

import json
import re

from bs4 import BeautifulSoup, Tag

from lecture8.site.pages import Page

BLOCKS = ["p", "li", "td", "th", "h1", "h2", "h3", "h4", "figcaption", "pre", "blockquote", "div"]


def sections_of_page(page: Page, html: str) -> list[dict]:
    """Return an entry for each heading of a notebook's page."""
    entries, question = [], None  # the first of a section: what follows it is hidden
    for block in _blocks(BeautifulSoup(html, "html.parser")):
        if re.fullmatch("h[1-6]", block.name):
            link = block.select_one("a.anchor-link")
            anchor = link["href"].removeprefix("#")
            link.decompose()
            entries.append(_entry(page, page.title, _words(block), anchor))
            question = None
        if not entries or re.fullmatch("h[1-6]", block.name):
            continue
        if "jp-Cell" in block.get("class", []):
            entries[-1]["code"] += " " + _words(block.select_one(".jp-InputArea") or Tag(name="p"))
            continue
        is_choice = block.name == "ul" and block.find_previous_sibling(True) is question
        shown = question is None or is_choice
        entries[-1]["text" if shown else "later"] += " " + _words(block)
        if question is None and _is_question(block):
            question = block
    return entries


def _blocks(soup: BeautifulSoup):
    """Yield what interactive/predict.js sees: parts of a text, and whole code cells."""
    for cell in soup.select(".jp-Cell"):
        text = cell.select_one(".jp-RenderedMarkdown")
        if text is None or "jp-CodeCell" in cell["class"]:
            yield cell
        else:
            yield from text.find_all(True, recursive=False)


def _is_question(block: Tag) -> bool:
    return block.name == "p" and any(x.get_text() == "Predict." for x in block.select("strong"))


def sections_of_deck(page: Page, html: str) -> list[dict]:
    """Return an entry for each slide; notes, headers, captions, footers are left out."""
    entries = []
    soup = BeautifulSoup(html, "html.parser")
    for rest in soup.select("section > header, section > footer, figcaption, style, script"):
        rest.decompose()
    for formula in soup.select("mjx-container"):
        formula.string = formula.get("aria-label", "…")
    for slide in soup.select("section[id]"):
        later = [x.extract() for x in slide.select("[data-marpit-fragment]")]
        heading = slide.select_one("h1, h2, h3")
        title = _words(heading.extract()) if heading else ""
        entry = _entry(page, f"{page.title}, slide {slide['id']}", title, slide["id"])
        entry["text"] = _words(slide)
        entry["later"] = " ".join(map(_words, later))
        entries.append(entry)
    return entries


def _entry(page: Page, where: str, heading: str, anchor: str) -> dict:
    address = f"{page.address}#{anchor}"
    return dict(where=where, heading=heading, address=address, text="", later="", code="")


def _words(element: Tag) -> str:
    """Return an element's text in one line, without displayed formulas."""
    for block in element.find_all(BLOCKS):
        block.append(" ")
    return " ".join(re.sub(r"\$\$.*?\$\$", " ", element.get_text(), flags=re.S).split())


def index(entries: list[dict]) -> str:
    """Return the program that the start page loads; a page opened as a file can fetch no data."""
    tidy = [{key: value.strip() for key, value in entry.items()} for entry in entries]
    return f"const LECTURE8_SECTIONS = {json.dumps(tidy, ensure_ascii=False, indent=0)};\n"
