"""What a study keeps on disk besides frames and runs."""

import json
from pathlib import Path

from lecture8.replacing import replacing


def write_json(file: Path, numbers: dict) -> None:
    """Write a file of JSON, whole or not at all."""
    with replacing(file) as partial:
        partial.write_text(json.dumps(numbers, indent=1), encoding="utf-8")


def read_json(file: Path) -> dict:
    """Return what `write_json` wrote."""
    return json.loads(file.read_text(encoding="utf-8"))
