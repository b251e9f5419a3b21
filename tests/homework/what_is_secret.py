"""What students must not see: the lines of solutions, hidden tests, hints and rubrics."""

import ast
import json
import re
from pathlib import Path

HOMEWORK = Path("notebooks/homework")
SOURCES = sorted(HOMEWORK.glob("source/*/*.ipynb"))
# Short pieces of an answer (`return energy`) are in everybody's code; longer ones are somebody's.
TELLING = 24


def cells(path, kind):
    return [
        "".join(cell["source"])
        for cell in json.loads(path.read_text())["cells"]
        if cell["cell_type"] == kind
    ]


def code(path):
    return "\n".join(cells(path, "code"))


def strings(source):
    """Return all strings of a program, one that is written in two halves as one."""
    nodes = ast.walk(ast.parse(source))
    values = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return "\n".join(value for value in values if isinstance(value, str))


def texts(folder):
    """Return path -> text of every file; a notebook's is that of its cells, not its JSON."""
    found = {}
    for path in filter(Path.is_file, folder.rglob("*")):
        if path.suffix == ".ipynb":
            kinds = ("code", "markdown", "raw")
            found[path] = "\n".join(text for kind in kinds for text in cells(path, kind))
        else:
            found[path] = path.read_bytes().decode(errors="replace")
        if path.suffix == ".py":
            found[path] += "\n" + strings(found[path])
    return found


def prose(path, answers):
    """Return the Markdown of the cells that ask for an answer in words, or of all others."""
    return "\n".join(
        "".join(cell["source"])
        for cell in json.loads(path.read_text())["cells"]
        if cell["cell_type"] == "markdown"
        and cell["metadata"].get("nbgrader", {}).get("solution", False) == answers
    )


def telling(text):
    lines = {line.strip() for line in text.splitlines()}
    return {line for line in lines if len(line) > TELLING and not re.match("import|from|#", line)}


def solutions():
    """Return the lines of all solutions that are long enough to be nobody's but theirs."""
    found = set()
    for path in SOURCES:
        for block in re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", code(path), re.S):
            found |= telling(block)
        found |= telling(prose(path, answers=True))
    return found


def hidden_tests():
    """Return the lines of all hidden tests and calls of them, all hints, and the rubrics."""
    found = telling((HOMEWORK / "instructor/rubrics.md").read_text())
    for path in HOMEWORK.glob("instructor/checks/*.py"):
        found |= telling(path.read_text()) | telling(strings(path.read_text()))
    for path in SOURCES:
        found |= set(re.findall(r'check\("[^"]+"', code(path)))
    return found


def shown():
    """Return what an assignment shows, or the lecture does: that is no secret."""
    told = [re.sub(r"### BEGIN .*?### END [A-Z ]+", "", code(path), flags=re.S) for path in SOURCES]
    told += [prose(path, answers=False) for path in SOURCES]
    told += [path.read_text() for path in Path("lecture8").rglob("*.py")]
    told += [code(path) for path in Path("notebooks").glob("*.ipynb")]
    return "\n".join(told)
