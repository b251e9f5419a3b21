"""A piece of HTML with its own style and script, as a cell's output."""

import html
from functools import cache
from importlib.resources import files


class Element:
    """What a cell shows; `text` says it to who cannot see it, and where HTML is not drawn."""

    def __init__(self, content: str, text: str):
        self.content, self.text = content, text

    def _repr_html_(self) -> str:
        return self.content

    def __repr__(self) -> str:
        return self.text


@cache
def source(name: str) -> str:
    """Return a file of this folder as text."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def element(kind: str, content: str, text: str) -> Element:
    """Return `content` in a box of class ``lecture8-KIND``, with the script ``KIND.js``."""
    about = f'role="group" aria-label="{html.escape(text)}"'
    box = f'<div class="lecture8-{kind}" {about}>{content}</div>'
    style, script = source("style.css"), source(f"{kind}.js")
    return Element(f"<style>{style}</style>{box}<script>{script}</script>", text)
