"""Text files line by line, plain or compressed: whole, or refused with the line."""

import bz2
import gzip
import lzma
import zlib
from pathlib import Path

import numpy as np

COMPRESSED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
DAMAGE = (OSError, EOFError, UnicodeDecodeError, zlib.error, lzma.LZMAError)
IMMATERIAL = 5  # decimals: less than 1e-5 Å is missing where more of them are


def open_any(path, mode: str = "rb", **how):
    """Open a file that may be compressed, which its first bytes tell and not its name."""
    with open(path, "rb") as file:
        start = file.read(5)
    opener = next((opener for mark, opener in COMPRESSED.items() if start.startswith(mark)), open)
    return opener(path, mode, **how)


class TextLines:
    """The lines of a file that are not blank, one after the other; `number` is that of the last.

    A byte order mark and the line ends of Windows do not matter, nor does a last line without an
    end, if it is as long as those before.
    """

    def __init__(self, path):
        self.path, self.number = Path(path), 0
        self.file = open_any(path, "rt", encoding="utf-8-sig")
        self._rows = []  # of the table read last

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def __iter__(self):
        return self

    def __next__(self) -> str:
        try:
            for line in self.file:
                self.number += 1
                if line.strip():
                    return line
        except DAMAGE as cause:
            raise self.fault(f"what follows cannot be read ({cause})") from cause
        raise StopIteration

    def fault(self, what: str) -> ValueError:
        """Return the error that says where the file is damaged, and how."""
        return ValueError(
            f"{self.path.name} is cut short or garbled after line {self.number}: {what}; copy it "
            "again, or cut it after the last whole frame"
        )

    def words(self, rows: int, columns: int, what: str) -> list[list[str]]:
        """Return the words of the next `rows` lines, or raise ValueError if one has too few."""
        before, self._rows, table = self._rows, [], []
        for row in range(rows):
            line = next(self, "")
            table.append(line.split())
            if not line or len(table[-1]) != columns:
                raise self.fault(
                    f"line {row + 1} of the {rows} of {what} is {line.strip()[:60]!r}, but must "
                    f"have {columns} columns"
                )
            self._rows.append(line)
        if not line.endswith("\n") and not _ends_like(line, self._rows[:-1] or before):
            raise self.fault("its last line has no end, and may lack digits")
        return table

    def floats(self, words, what: str) -> np.ndarray:
        """Return words as numbers, or raise ValueError with the first that is none."""
        try:
            if any("_" in word for word in words):
                raise ValueError(f"{' '.join(words)[:60]!r} is no number")  # float() takes 1_0
            return np.array([float(word) for word in words])
        except ValueError as cause:
            raise self.fault(f"{what}: {cause}") from cause

    def wholes(self, words, what: str) -> np.ndarray:
        """Return words as whole numbers that a double can count, or raise ValueError."""
        for word in words:
            # Digits alone: int() would take 1_000 for 1000.
            if not word.removeprefix("-").isdecimal() or len(word) > 15:
                raise self.fault(f"{what} is {word[:60]!r}, but must be a whole number")
        return np.array([int(word) for word in words])


def _ends_like(last: str, rows: list[str]) -> bool:
    """Return whether the last number of a line without an end has all digits, as `rows` have."""
    if rows and last.endswith(" ") and all(row.endswith(" \n") for row in rows):  # LAMMPS
        return True
    endings = [row.split()[-1] for row in rows]
    ending = last.split()[-1]
    if not rows or ("e" in ending and not ending.partition("e")[2][1:].isdecimal()):
        return False
    decimals = {len(word.partition(".")[2]) for word in endings}
    own = len(ending.partition(".")[2])
    if len(decimals) == 1 and 0 not in decimals:
        return own in decimals
    longest = max(map(_digits, endings))
    return ending in endings or own >= IMMATERIAL or _digits(ending) >= longest


def _digits(word: str) -> int:
    """Return the number of significant digits."""
    return len(word.lstrip("-0.").replace(".", ""))
