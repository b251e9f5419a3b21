"""Does an assertion of a notebook hold by luck? Execute each with other random numbers.

Run: python -m recipes.controls.other_seeds [NOTEBOOK ...]   (an hour on two cores)

Every `np.random.default_rng(seed)` that a cell calls gets ``[seed, shift]`` instead, for three
shifts; so do the workers', whose numbers are drawn from it. What is shipped stays as it is. The
table, other_seeds.csv, names each cell that failed, with the line that raised.
"""

import csv
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from lecture8.replacing import replacing

SHIFTS = (1, 2, 3)
TABLE = Path(__file__).parent / "other_seeds.csv"
COLUMNS = ("notebook", "shift", "failed_cell", "said")
SHIFTED = """
import numpy
_rng_of = numpy.random.default_rng
def _shifted(seed=None):
    return _rng_of([seed, {shift}] if isinstance(seed, int) else seed)
numpy.random.default_rng = _shifted
"""


def failures(path: Path, shift: int) -> list[dict]:
    """Execute a notebook with shifted seeds, and return a row for each cell that failed."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(SHIFTED.format(shift=shift)))
    here = {"metadata": {"path": path.parent}}
    NotebookClient(notebook, timeout=1800, allow_errors=True, resources=here).execute()
    rows = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            meant = "raises-exception" in cell.metadata.get("tags", ())
            if output.output_type == "error" and not meant:
                rows.append({"failed_cell": cell.id, "said": f"{output.ename} at {_line(output)}"})
    return [{"notebook": path.stem, "shift": shift} | row for row in rows or [{"failed_cell": "-"}]]


def _line(error) -> str:
    """Return the line of the cell that raised."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
    return re.search(r"^-+> *\d+ (.*)$", text, re.M)[1].strip()


def main(words: list[str]) -> None:
    """Execute those notebooks whose names hold a word, or all; other rows stay."""
    kept = []
    if TABLE.exists():
        with open(TABLE, newline="") as file:
            kept = list(csv.DictReader(file))
    for path in sorted(Path("notebooks").glob("0*.ipynb")):
        if words and not any(word in path.stem for word in words):
            continue
        for shift in SHIFTS:
            new = failures(path, shift)
            print(*new, sep="\n", flush=True)
            same = (path.stem, str(shift))
            kept = [r for r in kept if (r["notebook"], str(r["shift"])) != same] + new
            kept.sort(key=lambda r: (r["notebook"], str(r["shift"])))
            with replacing(TABLE) as partial, open(partial, "w", newline="") as file:
                writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                writer.writeheader()
                writer.writerows(kept)


if __name__ == "__main__":
    main(sys.argv[1:])
