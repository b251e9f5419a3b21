"""Potentials on disk: never changed unnoticed."""

import hashlib
import io
import json
import struct
import tokenize
import zipfile
import zlib
from pathlib import Path

import numpy as np

from lecture8.replacing import existing, replacing

# What NumPy, zipfile and json raise, depending on which byte is wrong. A wrong byte may also ask
# for a password or an unknown method of compression (RuntimeError, NotImplementedError), or for an
# array larger than any memory.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    tokenize.TokenError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    OverflowError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)


def write_archive(path: str | Path, header: dict, arrays: dict[str, np.ndarray]) -> None:
    """Write a .npz: arrays, a header as JSON, and a checksum; numbers and text, no code.

    Parameters
    ----------
    header : dict
        With the "format" that `read_archive` will ask for.
    arrays : dict of arrays
        By names other than "header" and "sha256".
    """
    arrays = arrays | {"header": np.frombuffer(json.dumps(header).encode(), np.uint8)}
    arrays["sha256"] = np.frombuffer(_digest(arrays), np.uint8)
    with replacing(path) as partial, open(partial, "wb") as file:
        np.savez_compressed(file, **arrays)


def read_archive(path: str | Path, *, form: str, what: str) -> tuple[dict, dict[str, np.ndarray]]:
    """Return header and arrays that `write_archive` wrote.

    Parameters
    ----------
    form : str
        The "format" of the header.
    what : str
        What the file should hold, for the message: "network".

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not one of ours, is cut short, or was changed since it was written.
    """
    content = existing(path).read_bytes()
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        written = arrays.pop("sha256").tobytes()
        digest = _digest(arrays)
        header = json.loads(arrays.pop("header").tobytes())
        found = header["format"]
    except DAMAGED:
        raise unusable(path, f"it is cut short or no saved {what}") from None
    if found != form:
        raise unusable(path, f"its format is {found!r}, but that of a {what} is {form!r}")
    if written != digest:
        raise unusable(path, "its content was changed after it was written")
    return header, arrays


def unusable(path: str | Path, why: str) -> ValueError:
    """Return the error of a file that holds no potential."""
    return ValueError(f"{path} cannot be used: {why}; save the potential again, or copy it again")


def _digest(arrays: dict[str, np.ndarray]) -> bytes:
    """Return a checksum of all names, types, shapes and numbers."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.digest()
