"""What a study keeps on disk besides frames and runs."""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from lecture8.replacing import replacing


def write_json(file: Path, numbers: dict) -> None:
    """Write a file of JSON, whole or not at all."""
    with replacing(file) as partial:
        partial.write_text(json.dumps(numbers, indent=1), encoding="utf-8")


def read_json(file: Path) -> dict:
    """Return what `write_json` wrote."""
    return json.loads(file.read_text(encoding="utf-8"))


class Clock:
    """Seconds of each step, added up over all calls."""

    def __init__(self, folder: Path):
        self.file = folder / "seconds.json"
        self.seconds = read_json(self.file) if self.file.is_file() else {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        """Count the time inside a `with` block to a step."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[step] = self.seconds.get(step, 0.0) + time.monotonic() - began
            write_json(self.file, self.seconds)


def begin(folder: Path, settings: dict) -> None:
    """Make the folder of a study, or see that it is of this one.

    Raises
    ------
    ValueError
        If it holds something else, or nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.rglob("*.partial"):  # by a process that was killed
            if not psutil.pid_exists(int(left.name.split(".")[-2])):
                left.unlink()
        file = folder / "settings.json"
        others = [one for one in folder.iterdir() if one != file]
        if not others or not file.is_file():  # settings alone are of a study that never began
            if others:
                raise ValueError(
                    f"{folder} holds files and is of no study; give a new or empty folder"
                )
            write_json(file, settings)
    except OSError as cause:
        raise ValueError(
            f"nothing can be written to {folder} ({cause.strerror or cause}); give a folder that "
            "you may write to"
        ) from None
    before = read_json(file)
    for name, value in json.loads(json.dumps(settings)).items():
        if before.get(name) != value:
            raise ValueError(
                f"{folder} holds a study with {name} {before.get(name)!r}, not {value!r}; give it "
                "another folder, or the same settings"
            )


def checksum(path: str | Path) -> str:
    """Return the sha256 of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
