"""What a student wrote is harmless for the browser that shows it, and hardly changed."""

import base64
import re
from html.parser import HTMLParser

import pytest
from harmless import harmless_outputs, harmless_text, shown_markdown
from nbconvert.filters.markdown import markdown2html

SCRIPTS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "[x](javascript:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](javascript\\:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](vbscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "[x](<javascript:alert(1)>)",
    "![x](javascript:alert(1))",
    "![x](/hub/logout)",
    "`` <script>alert(1)</script> ``",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "$x</script><script>alert(1)</script>$",
    "$\\href{javascript:alert(1)}{x}$",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href='https://example.org' onclick=alert(1)>x</a>",
    "<!-- --!><script>alert(1)</script>",
    "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
]


class Active(HTMLParser):
    """Collects what a page could do by itself, or by a click."""

    def __init__(self, page):
        super().__init__()
        self.active = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag in ("script", "img", "iframe", "svg", "math", "style", "object", "embed"):
            self.active.append(tag)
        for name, value in attributes:
            if name.startswith("on") or re.search("script:|data:", value or "", re.I):
                self.active.append((name, value))


def test_the_scripts_are_active_where_nothing_is_done():
    """All but those in code and formulas, which are letters, and the two that parsers differ in."""
    active = [script for script in SCRIPTS if Active(markdown2html(script)).active]
    assert len(active) == len(SCRIPTS) - 6


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("render", [markdown2html, shown_markdown])
def test_what_is_stored_is_harmless_whatever_shows_it(script, render):
    page = render(harmless_text(script))
    assert Active(page).active == []
    assert "\\href{javascript:" not in page


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_sanitiser_alone_is_enough_where_we_set_up_the_page(script):
    assert Active(shown_markdown(script)).active == []


@pytest.mark.parametrize(
    "text",
    [
        "# A title\n\nSome *words*, `code` and a [link](https://example.org).",
        "For $r < r_c$ and $F = -\\mathrm dV/\\mathrm dr$, 3 < 4 & 5 > 2.",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "Data: 5 runs; description: none.",
    ],
)
def test_what_is_honest_stays(text):
    assert harmless_text(text) == text
    assert "<em>words" in shown_markdown(text) or "*" not in text


def output(**data):
    return [{"output_type": "display_data", "data": data, "metadata": {"x": "<script>"}}]


def test_of_outputs_text_errors_and_pictures_are_kept():
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n and pixels").decode()
    data = {"image/png": png, "text/html": "<b>", "text/plain": "<Figure>"}
    kept, left_out = harmless_outputs(output(**data))
    assert left_out == {"text/html"}
    assert kept == [
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {"image/png": png, "text/plain": "<Figure>"},
        }
    ]
    stream = {"output_type": "stream", "name": "stdout", "text": ["a\n", "b"]}
    assert harmless_outputs([stream])[0][0]["text"] == "a\nb"
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["1", "2"]}
    assert harmless_outputs([error])[0] == [error]


@pytest.mark.parametrize(
    "picture",
    [
        '"><script>alert(1)</script>',
        base64.b64encode(b"<svg onload=alert(1)>").decode(),
        base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(6_000_000)).decode(),
        {"a": 1},
    ],
)
def test_what_is_no_picture_is_not_shown_as_one(picture):
    (kept,), _ = harmless_outputs(output(**{"image/png": picture, "text/plain": "p"}))
    assert kept["data"] == {"text/plain": "p"}


def test_a_picture_with_something_behind_it_becomes_letters_of_base64():
    png = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()
    (kept,), _ = harmless_outputs(output(**{"image/png": png + '"><script>', "text/plain": ""}))
    assert "<" not in kept["data"].get("image/png", "")


def test_what_a_terminal_or_a_page_chokes_on_is_dropped():
    stream = {"output_type": "stream", "name": "stdout", "text": "a\x1b[38m b\x1b[31mc\x07\ud800"}
    assert harmless_outputs([stream])[0][0]["text"] == "a bc?"


def test_there_is_an_end_to_what_a_cell_may_show():
    stream = {"output_type": "stream", "name": "stdout", "text": "x" * 50_000}
    kept, _ = harmless_outputs([stream] * 50)
    assert sum(len(o["text"]) for o in kept) < 21_000
