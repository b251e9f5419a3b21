"""What nbgrader gets of a submission: files that we made, in `received`, whatever was handed in.

nbgrader opens what lies in `submitted` as it comes: links, pipes and all. So it is given a folder
of our own instead, with the source's notebook in which only the student's texts are theirs.
"""

import os
import re
import secrets
import shutil
from pathlib import Path

import nbformat
from bounded import Refused, in_child, read_regular
from nbgrader.utils import parse_utc

MOST_NOTEBOOK, MOST_LINE = 10_000_000, 1000  # bytes
# "hw1 (1).ipynb", "hw1-Copy1.ipynb": what a browser or JupyterLab makes of a name.
RENAMED = re.compile(r"^(.*?)(?: ?\(\d+\)|-Copy\d*| - Copy| copy)+$")


def receive(submitted: Path, source: Path, received: Path) -> list[str]:
    """Write what counts of the folder `submitted` into the folder `received`, anew.

    Parameters
    ----------
    submitted : Path
        What a student handed in. It is not changed.
    source : Path
        The instructor's folder of this assignment.
    received : Path
        One notebook for each of the source's, without answers where nothing can be read, a time
        (empty, if none can be read) and a secret for feedback.

    Returns
    -------
    notes : list of str
        What an instructor should know, a line each.
    """
    notes = []
    shutil.rmtree(received, ignore_errors=True)
    received.mkdir(parents=True)
    with _folder(submitted, notes) as folder:
        names = sorted(os.listdir(folder)) if folder is not None else []
        for path in sorted(source.glob("*.ipynb")):
            content = b""
            if name := _named(path.name, names, notes):
                content = _read(name, folder, MOST_NOTEBOOK, notes)
            result = _arranged(content, path, notes)
            nbformat.write(nbformat.from_dict(result["notebook"]), received / path.name)
            notes += result["notes"]
        time = _line("timestamp.txt", folder, names, notes)
        try:
            parse_utc(time or "2000-01-01")
        except (OSError, ValueError, ArithmeticError):
            notes.append(f"its time of handing in, '{time[:40]}', is no time: none counts")
            time = ""
        (received / "timestamp.txt").write_text(time)
        secret = _line("submission_secret.txt", folder, names, notes)
        if not re.fullmatch(r"[0-9a-f]{128}", secret):
            secret = secrets.token_hex(64)  # its feedback cannot be fetched; that of others can
        (received / "submission_secret.txt").write_text(secret)
    return notes


class _folder:
    """A folder that is open, or None where a student's is none."""

    def __init__(self, path, notes):
        self.path, self.notes, self.descriptor = path, notes, None

    def __enter__(self):
        try:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            self.descriptor = os.open(self.path, flags)
        except OSError as error:
            self.notes.append(f"its folder is not read: {error.strerror}")
        return self.descriptor

    def __exit__(self, *_):
        if self.descriptor is not None:
            os.close(self.descriptor)


def _named(wanted: str, names: list[str], notes) -> str | None:
    """Return the file that is this notebook, perhaps under the name that a browser gave it."""
    if wanted in names:
        return wanted
    stem = Path(wanted).stem
    for name in names:
        again = RENAMED.match(Path(name).stem)
        if name.endswith(".ipynb") and again and again[1] == stem:
            notes.append(f"'{name}' is taken for '{wanted}'")
            return name
    others = [name for name in names if name.endswith(".ipynb")]
    there = f"there is {', '.join(others)[:200]}: rename it" if others else "nothing is"
    notes.append(f"'{wanted}' was not handed in; {there}")
    return None


def _read(name: str, folder: int, most: int, notes) -> bytes:
    try:
        return read_regular(name, most=most, folder=folder)
    except Refused as why:
        notes.append(f"'{name}' {why}: it is not opened")
        return b""


def _line(name: str, folder: int | None, names: list[str], notes) -> str:
    content = _read(name, folder, MOST_LINE, notes) if name in names else b""
    return content.decode(errors="replace").strip()


def _arranged(content: bytes, source: Path, notes) -> dict:
    try:
        return in_child("arrange.py", content, str(source), most=10_000_000)
    except Refused as why:
        notes.append(f"'{source.name}' {why}: it counts as unanswered")
        return in_child("arrange.py", b"", str(source), most=10_000_000)
