"""Files that are there whole or not at all, and files that must be there."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a name to write to; it takes the place of `path` at the end, if all went well.

    Raises
    ------
    OSError
        If it did not: the folder is missing or not ours to write to, or the disk is full. Nothing
        is left, and what was at `path` before is still there.
    """
    # Two processes that write the same file do not write into one another's.
    partial = Path(f"{path}.{os.getpid()}.partial")
    if not partial.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {partial.parent} to save {path} in; make it")
    try:
        yield partial
        os.replace(partial, path)
    except OSError as failure:
        why = failure.strerror or failure
        if failure.errno == errno.ENOSPC:
            why = "the disk is full; make room, and save again"
        raise OSError(failure.errno, f"{path} was not saved: {why}") from failure
    finally:
        partial.unlink(missing_ok=True)


def existing(path: str | Path) -> Path:
    """Return the path of a file, or raise FileNotFoundError."""
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"there is no file {path}; check the name and the folder you run in"
        )
    return Path(path)
