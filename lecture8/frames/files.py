"""Frames on disk: extended XYZ, whole or not at all."""

import gzip
import os
from io import BytesIO, StringIO
from pathlib import Path

from ase import Atoms
from ase.io.extxyz import read_xyz, write_xyz

from lecture8.frames.labels import changed_since_labelled


def write(path, frames: list[Atoms]) -> None:
    """Write frames as extended XYZ, compressed if `path` ends in ``.gz``.

    Positions (Å) and forces (eV/Å) keep 8 decimals; energy, stress, cell and ``info`` all digits. A
    run named by digits comes back as a number. The same frames give the same bytes, and an existing
    file stays whole if this fails.

    Raises
    ------
    ValueError
        If there are no frames, or one was changed after it was labelled.
    """
    path = Path(path)
    if not frames:
        raise ValueError(f"there are no frames to write to {path}; give at least one")
    for index, atoms in enumerate(frames):
        if changed_since_labelled(atoms):
            raise ValueError(f"frame {index} was changed after it was labelled; label it again")
    text = StringIO()
    write_xyz(text, frames)
    content = text.getvalue().encode()
    if path.suffix == ".gz":
        zipped = BytesIO()
        with gzip.GzipFile("", "wb", fileobj=zipped, mtime=0) as file:  # no name, no time inside
            file.write(content)
        content = zipped.getvalue()
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def read(path) -> list[Atoms]:
    """Return the frames of an extended XYZ file, plain or ``.gz``.

    Raises
    ------
    ValueError
        If the file is missing, cut short or garbled. (A plain file cut exactly between two frames
        cannot be told from a whole one; a ``.gz`` can.)
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"there is no file {path}; check the name and the folder you run in")
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
        frames = list(read_xyz(StringIO(text), index=slice(None)))
        # The parser stops at a blank line, and takes half a number for a whole one.
        lines = text.rstrip().count("\n") + 1
        if not text.endswith("\n") or lines != sum(len(atoms) + 2 for atoms in frames):
            raise ValueError(f"{lines} lines do not make {len(frames)} whole frames")
    except Exception as cause:  # a parser of broken text can stumble in any way
        raise ValueError(
            f"{path} is cut short or garbled ({type(cause).__name__}: {cause}); "
            "copy it again, or make it again"
        ) from cause
    return frames
