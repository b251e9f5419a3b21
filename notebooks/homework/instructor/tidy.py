"""What a submission wrote, as the instructor gets it: ``python tidy.py < after.ipynb > result``.

The result is JSON: the harmless outputs of each cell, which kinds were left out, and what the
sandbox noted about its cells. All of it was in the hands of the submission, and is checked.
"""

import json
import sys

from harmless import harmless_outputs
from notebook_json import cells_of


def tidy(content: bytes) -> dict:
    """Return outputs, the kinds that were left out, and the cells that were stopped."""
    cells, metadata = cells_of(content)
    outputs, left_out = [], {}
    for index, cell in enumerate(cells):
        kept, kinds = harmless_outputs(cell["outputs"])
        outputs.append(kept)
        if kinds:
            left_out[index] = sorted(str(kind)[:50] for kind in kinds)[:5]
    stopped = {name: _cells(metadata.get(name), outputs) for name in ("slow", "loud")}
    died = _cells([metadata.get("died")], outputs)
    return {"outputs": outputs, "left_out": left_out, "died": died, **stopped}


def _cells(given, outputs) -> list[int]:
    numbers = given if isinstance(given, list) else []
    return [k for k in numbers if type(k) is int and 0 <= k < len(outputs)]


if __name__ == "__main__":
    json.dump(tidy(sys.stdin.buffer.read()), sys.stdout)
