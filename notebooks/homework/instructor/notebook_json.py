"""A notebook as plain JSON: enough of its format to read what a stranger wrote, and no more.

The library nbformat reads more, and takes seconds to import in each of our small processes.
"""

import json


def cells_of(content: bytes) -> tuple[list[dict], dict]:
    """Return a notebook's cells and its metadata; ValueError if it is none of format 4.

    Each cell has `cell_type`, `source` (one text), `metadata` and, if it is code, `outputs`.
    """
    notebook = json.loads(content)
    if not isinstance(notebook, dict) or notebook.get("nbformat") != 4:
        raise ValueError("this is no notebook of format 4")
    cells = [_cell(cell) for cell in notebook["cells"]]
    metadata = notebook.get("metadata")
    return cells, metadata if isinstance(metadata, dict) else {}


def _cell(cell: dict) -> dict:
    metadata, outputs = cell.get("metadata"), cell.get("outputs")
    return {
        "cell_type": "code" if cell["cell_type"] == "code" else "markdown",
        "source": text_of(cell["source"]),
        "metadata": metadata if isinstance(metadata, dict) else {},
        "outputs": [o for o in outputs if isinstance(o, dict)] if isinstance(outputs, list) else [],
    }


def text_of(given) -> str:
    """Return a text that may be given as a list of lines, without what UTF-8 cannot write."""
    text = "".join(map(str, given)) if isinstance(given, list) else str(given or "")
    return text.encode(errors="replace").decode()
