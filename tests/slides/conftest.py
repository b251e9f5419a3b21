"""The deck, built once for all its tests."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from slides import build_deck

SOURCE = Path("slides/lecture8.md")


@dataclass(frozen=True)
class Slide:
    """One slide as it is written: its text, and its speaker notes."""

    text: str
    notes: str

    @property
    def title(self):
        return re.search(r"^# (.+)$", self.text, flags=re.M)[1]


@pytest.fixture(scope="session")
def slides():
    """Return the slides of the source, in their order."""
    _, front_matter, body = re.split(r"^---\n", SOURCE.read_text(), maxsplit=2, flags=re.M)
    assert "theme: lecture8" in front_matter
    comment = re.compile(r"<!--\s*(.*?)\s*-->", flags=re.S)
    made = []
    for text in re.split(r"^---\n", body, flags=re.M):
        notes = [c for c in comment.findall(text) if not re.match(r"_?\w+: ", c)]
        made.append(Slide(text=comment.sub("", text), notes="\n".join(notes)))
    return made


@pytest.fixture(scope="session")
def deck(tmp_path_factory):
    """Return the path of the built page."""
    return build_deck.build(tmp_path_factory.mktemp("deck"), formats=["html"])[0]


@pytest.fixture(scope="session")
def page(deck):
    """Return the text of the built page."""
    return deck.read_text()
