"""Homework as students get it: without solutions and hidden tests, by nbgrader's own marks.

Who learns does not have nbgrader. A test holds what is made here to its release, cell by cell.
"""

import re
from pathlib import Path

import nbformat

from lecture8.site.pages import read

CODE_STUB = 'raise NotImplementedError("Your answer goes here; delete this line.")'
TEXT_STUB = "*Your answer goes here.*"
# In patterns: what students get, this file too, is searched for the words themselves.
MARK = re.compile(r"(BEGIN|END) (SOLUTION|HIDDEN\sTESTS|MARK\sSCHEME)")
SECRET = re.compile(r"#{3} (BEGIN|END)|import check|check\(")


def assignments(homework: Path) -> list[Path]:
    """Return the notebooks of all assignments: the instructor's, or in a student's clone theirs."""
    source = homework / "source"
    return sorted((source if source.is_dir() else homework).glob("hw*/*.ipynb"))


def student_version(path: Path) -> tuple[str, nbformat.NotebookNode]:
    """Return an assignment's name, and its notebook without what students do not get.

    Raises
    ------
    ValueError
        If a mark has no partner, or something that looks like a secret would be left.
    """
    notebook = read(path)
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code":
            cell.outputs = []
        if path.parent.parent.name != "source":  # it was released before
            continue
        where = f"{path}, cell {number}"
        cell.source = _without_secrets(cell, where)
        if left := SECRET.search(cell.source):
            raise ValueError(f"{where} would give away '{left[0]}': no page was made of it.")
    return path.stem, notebook


def _without_secrets(cell: nbformat.NotebookNode, where: str) -> str:
    """Return a cell's text with a stub for each solution, and without hidden tests."""
    stub = CODE_STUB if cell.cell_type == "code" else TEXT_STUB
    kept, inside, answered = [], None, False
    for line in cell.source.split("\n"):
        mark = MARK.search(line)
        if mark is None:
            kept += [] if inside else [line]
            continue
        edge, what = mark.groups()
        if inside != (None if edge == "BEGIN" else what):
            raise ValueError(f"{where}: the mark '{line.strip()}' has no partner.")
        inside = what if edge == "BEGIN" else None
        if inside == "SOLUTION":
            kept.append(re.match(r"\s*", line)[0] + stub)
            answered = True
    if inside:
        raise ValueError(f"{where}: nothing ends '{inside.lower()}'.")
    is_solution = cell.metadata.get("nbgrader", {}).get("solution", False)
    return stub if is_solution and not answered else "\n".join(kept)
