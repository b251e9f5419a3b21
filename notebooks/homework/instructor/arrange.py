"""A submission as nbgrader gets it: ``python arrange.py source.ipynb < submission > result``.

Cells, their order and their settings are the source's; from the submission come only the texts of
answers and of the student's own cells. The result is JSON: the notebook, and in words what was
missing, doubled, moved or changed.
"""

import json
import re
import sys
from pathlib import Path

from harmless import harmless_text
from notebook_json import cells_of

# Words of a submission that an instructor will want to read in their context.
CURIOUS = re.compile(r"gradebook|instructor|examiner|subprocess|os\.system|/proc/|nbgrader|socket")
# Characters of a cell and of all, cells of a student's own: colouring code takes a time that grows
# with the square of some texts, of which long gaps are the worst.
MOST_TEXT, MOST_IN_ALL, MOST_CELLS = 20_000, 300_000, 500
GAP = re.compile(r"(?:[ \t\r\f\v]*\n){5,}|[ \t\f\v]{200,}")
NO_ANSWER = "# (no answer)"


def arrange(submission: list[dict], source: list[dict]) -> tuple[list[dict], list[str]]:
    """Return the source's cells with the submission's texts among them, and notes in words."""
    known = {name_of(cell): cell for cell in source if name_of(cell)}
    plain = {cell["source"] for cell in source if not name_of(cell)}
    own, answers, notes, met, last, in_all = {}, {}, [], [], None, 0
    for cell in submission:
        name, text = name_of(cell), cell["source"]
        if name not in known or known[name]["cell_type"] != cell["cell_type"]:
            name = None  # it is the student's own
        code, solution = cell["cell_type"] == "code", name and is_solution(known[name])
        text, in_all = _bounded(text, in_all, notes)
        if not code and (solution or not name) and text not in plain:
            text = _harmless(text, name or "its own", notes)
        if code and (solution or not name) and (words := CURIOUS.findall(text)):
            words = ", ".join(sorted(set(words)))
            notes.append(f"a cell near '{name or last}' speaks of {words}")
        met += [name] if name else []
        if not name or (name in answers and solution and code):
            # The second half of an answer, too: the student's own kernel ran it where it stands.
            own.setdefault(last, []).append((cell["cell_type"], text))
        elif name not in answers:
            answers[name], last = text, name
        elif solution:
            answers[name] = f"{answers[name]}\n\n{text}"[:MOST_TEXT]
    return _written(source, known, answers, own, notes), notes + _disorder(known, met)


def _bounded(text: str, in_all: int, notes) -> tuple[str, int]:
    """Return what counts of a text, and the length of all so far."""
    text, gaps = GAP.subn(lambda gap: "\n\n\n" if "\n" in gap[0] else gap[0][:100], text)
    if gaps:
        notes.append("a cell has long gaps: they are shortened")
    if len(text) > MOST_TEXT:
        notes.append(f"a cell has {len(text):,} characters: the first {MOST_TEXT:,} count")
    left = MOST_IN_ALL - in_all
    if 0 < left < len(text):
        notes.append(f"it has more than {MOST_IN_ALL:,} characters: the rest is left out")
    text = text[: min(MOST_TEXT, left)]
    return text, in_all + len(text)


def _disorder(known: dict, met: list[str]) -> list[str]:
    notes = []
    for name, cell in known.items():
        number = met.count(name)
        if number > 1:
            how = "all count, in their order" if is_solution(cell) else "the source's counts, once"
            notes.append(f"cell '{name}' is there {number} times: {how}")
        if number == 0:
            notes.append(f"cell '{name}' is missing: it is put back, without an answer")
    first = list(dict.fromkeys(met))
    if first != [name for name in known if name in first]:
        notes.append("cells were moved: they are put back in order")
    return notes


def _written(source, known, answers, own, notes) -> list[dict]:
    """Return new cells from the source's and the student's texts."""
    cells, left = [], MOST_CELLS

    def add_own(name):
        nonlocal left
        for kind, text in own.get(name, [])[:left]:
            left -= 1
            cells.append(_new(f"own-{left}", kind, text, {}))

    add_own(None)
    for name, cell in known.items():
        text = answers.get(name, NO_ANSWER) if is_solution(cell) else cell["source"]
        cells.append(_new(name, cell["cell_type"], text, cell["metadata"]))
        add_own(name)
    if sum(map(len, own.values())) > MOST_CELLS:
        notes.append(f"it has more than {MOST_CELLS} cells of its own: the rest is left out")
    return cells


def _new(name: str, kind: str, text: str, metadata: dict) -> dict:
    cell = {"id": name, "cell_type": kind, "source": text, "metadata": metadata}
    return cell | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def name_of(cell: dict) -> str | None:
    """Return what nbgrader calls a cell, or None."""
    about = cell["metadata"].get("nbgrader")
    name = about.get("grade_id") if isinstance(about, dict) else None
    return name if isinstance(name, str) else None


def is_solution(cell: dict) -> bool:
    """Return whether a cell of the source is for the student to fill."""
    return cell["metadata"]["nbgrader"].get("solution", False)


def _harmless(text: str, where: str, notes) -> str:
    harmless = harmless_text(text)
    if "![" in text:
        notes.append(f"the text of '{where}' holds a picture, which is not shown: ask for it")
    if re.search(r"<[A-Za-z/!?]", re.sub(r"\$[^$]*\$|`[^`]*`", "", text)) or "script :" in harmless:
        notes.append(f"the text of '{where}' holds HTML or a script: it is shown as letters")
    return harmless


def main(source: str) -> None:
    """Read a submission from standard input; of an empty one, the result is unanswered."""
    given = sys.stdin.buffer.read()
    cells, metadata = cells_of(Path(source).read_bytes())
    made, notes = arrange(cells_of(given)[0] if given else [], cells)
    notebook = {"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    json.dump({"notebook": notebook, "notes": notes if given else []}, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
