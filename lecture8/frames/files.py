"""Frames on disk: extended XYZ, whole or not at all."""

import codecs
import gzip
import json
import zlib
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io.extxyz import key_val_dict_to_str, key_val_str_to_dict, write_xyz

from lecture8.frames.labels import changed_since_labelled
from lecture8.frames.lists import as_list
from lecture8.frames.parsing import CUT, parse
from lecture8.replacing import existing, replacing


def write(path, frames: list[Atoms]) -> None:
    """Write frames as extended XYZ, compressed if `path` ends in ``.gz``.

    Positions (Å) and forces (eV/Å) keep 8 decimals; energy, stress, cell and ``info`` all digits.
    Of constraints, FixAtoms and FixCartesian are kept. The same frames give the same bytes, and an
    existing file stays whole if this fails.

    Raises
    ------
    ValueError
        If there are no frames, one was changed after it was labelled, or one holds something that
        the file would not give back.
    """
    path, frames = Path(path), as_list(frames)
    if not frames:
        raise ValueError(f"there are no frames to write to {path}; give at least one")
    for index, atoms in enumerate(frames):
        if changed_since_labelled(atoms):
            raise ValueError(f"frame {index} was changed after it was labelled; label it again")
    text = _text_of(frames)
    content = text.encode()
    if path.suffix == ".gz":
        zipped = BytesIO()
        with gzip.GzipFile("", "wb", fileobj=zipped, mtime=0) as file:  # no name, no time inside
            file.write(content)
        content = zipped.getvalue()
    with replacing(path) as partial:
        partial.write_bytes(content)


def _text_of(frames: list[Atoms]) -> str:
    """Return the text of a file, held to what a reader makes of it."""
    text = StringIO()
    for index, atoms in enumerate(frames):
        copy = atoms.copy()
        copy.info = {key: _lasting(value) for key, value in atoms.info.items()}
        copy.calc = atoms.calc
        one = StringIO()
        try:
            write_xyz(one, [copy])
            (back,) = parse(one.getvalue())
        except Exception as cause:  # a writer of strange arrays can stumble in any way
            raise ValueError(
                f"frame {index} cannot be written ({type(cause).__name__}: {cause}); remove what "
                "is no plain number or text from its info and arrays"
            ) from cause
        gone = getattr(back.calc, "results", {})  # what ASE takes for a label
        for key, value in atoms.info.items():
            if key not in gone and not (key in back.info and _same(value, back.info[key])):
                raise ValueError(
                    f"info[{key!r}] of frame {index} is {value!r}, and would come back from a file "
                    f"as {back.info.get(key)!r}; rename it, or make it a number or text"
                )
        text.write(one.getvalue())
    return text.getvalue()


def _lasting(value):
    """Return `value` so that it comes back from a comment line as what it is."""
    if isinstance(value, str) and value.isprintable():  # no ends of lines, no NUL
        plain = value.replace("\\", "\\\\")
        try:
            if key_val_str_to_dict(key_val_dict_to_str({"key": plain})) == {"key": value}:
                return plain
        except ValueError:
            pass
    if value is None or isinstance(value, str):  # "1_2" would be read as 12, None as True
        return "_JSON " + json.dumps(value).replace("\\", "\\\\")
    return value


def _same(a, b) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    if a.dtype.kind == b.dtype.kind == "f":
        return np.array_equal(a, b, equal_nan=True)
    return np.array_equal(a, b)


def read(path) -> list[Atoms]:
    """Return the frames of an extended XYZ file, plain or ``.gz``.

    Blank lines between frames, Windows' ends of lines, a byte order mark, a last line without an
    end, and species such as Cu1+, CU, Li_sv and D (hydrogen of mass 2) are read as what they mean.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is none of text, cut short or garbled. (A plain file cut exactly between two
        frames cannot be told from a whole one; a ``.gz`` can.)
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give the name of an extended XYZ file in it")
    data = existing(path).read_bytes()
    try:
        if path.suffix == ".gz" or data.startswith(b"\x1f\x8b"):  # how all of gzip's files begin
            data = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as cause:
        raise ValueError(
            f"{path} cannot be unpacked ({type(cause).__name__}: {cause}); {CUT}"
        ) from cause
    try:
        text = _text(data)
        if not text.strip():
            raise ValueError(f"it is empty, with 0 whole frames; {CUT}")
        return parse(text)
    except ValueError as cause:
        raise ValueError(f"{path}: {cause}") from cause


def _text(data: bytes) -> str:
    """Return the text in `data`: UTF-8, what its byte order mark says, or else Latin-1."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16").lstrip("\ufeff")
    if b"\0" in data:
        raise ValueError(f"it is no text, but begins with {data[:16]!r}; give an extended XYZ file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:  # all that matters is ASCII; the rest is in comments
        return data.decode("latin-1")
