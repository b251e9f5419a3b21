"""The state of a loop on disk: text and numbers, nothing that is executed when read.

A generation has files of its own, and ``state.json``, replaced in one move, says which generation
counts. So whenever the machine stops, a whole state is there: the new one or the one before.
"""

import hashlib
import json
import tempfile
from pathlib import Path

import numpy as np
from ase import Atoms

from lecture8.frames import read, write
from lecture8.replacing import replacing

INDEX = "state.json"


class NotKept(OSError):
    """The state could not be written: nothing is lost, it is in the attribute `state`."""

    state = None


def check_can_keep(folder, rng: np.random.Generator) -> None:
    """Raise before anything is paid for what could not be kept.

    Raises
    ------
    OSError
        If nothing can be written into `folder`, which is made if it is not there.
    ValueError
        If the state of `rng` is more than numbers and text.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as cause:
        raise type(cause)(
            f"the state of the loop cannot be kept in {folder} ({cause.strerror}); give a folder "
            "that you may write to"
        ) from None
    try:
        _text(rng.bit_generator.state)
    except TypeError as cause:
        raise ValueError(
            f"the state of the generator {type(rng.bit_generator).__name__} cannot be kept "
            f"({cause}); take numpy.random.default_rng"
        ) from None


def check_can_return(potential, folder) -> None:
    """Raise ValueError if `potential` does not come back from a file: it is saved and loaded."""
    from lecture8.fitting.interface import load

    try:
        with tempfile.TemporaryDirectory(dir=folder) as trial:
            potential.save(Path(trial) / "trial.potential")
            load(Path(trial) / "trial.potential")
    except Exception as cause:
        raise ValueError(
            f"`fit` returned a {type(potential).__name__}, which cannot be kept in {folder} "
            f"({type(cause).__name__}: {cause}); give a potential that lecture8.fitting.load "
            "knows, or folder=None. No label was bought yet"
        ) from cause


def keep(folder, state, start: list[Atoms], rng: np.random.Generator):
    """Write `state` and return it as it will be read.

    Files round: positions and forces to 8 decimals, coefficients to 16 digits. A loop that went on
    with its own digits would differ from one that was stopped here, and chaos would show it.

    Raises
    ------
    NotKept
        If the disk is full, or writing fails otherwise. The state before is still there.
    """
    try:
        _write(Path(folder), state, start, rng)
    except Exception as cause:  # whatever it is, labels were paid for
        error = NotKept(
            f"generation {len(state.history)} could not be kept in {folder} ({cause}). Nothing is "
            f"lost: the exception's `state` has all {len(state.frames)} frames with their labels; "
            "write them elsewhere with lecture8.frames.write, or make room and start again from "
            "them, in a new folder"
        )
        error.state = state
        raise error from cause
    return restore(folder, state, start, rng)


def _write(folder: Path, state, start, rng) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = f"generation-{len(state.history)}"
    write(folder / f"{name}.xyz", state.frames)  # labels first: they were paid for
    if state.set_aside:
        write(folder / f"{name}-set-aside.xyz", [atoms for atoms, _ in state.set_aside])
    state.potential.save(folder / f"{name}.potential")
    index = {
        "generation": name,
        "start": _fingerprint(start),
        "history": state.history,
        "set_aside": [why for _, why in state.set_aside],
        "reason": state.reason,
        "rng": rng.bit_generator.state,
        "spawned": _spawned(rng),
    }
    with replacing(folder / INDEX) as partial:
        partial.write_text(_text(index), encoding="utf-8")
    for old in folder.glob("generation-*"):
        if old.name.removesuffix("-set-aside.xyz").split(".")[0] != name:
            old.unlink()


def restore(folder, state, start: list[Atoms], rng: np.random.Generator):
    """Return the state kept in `folder`, and set `rng` to where it was; or `state` if none is.

    Raises
    ------
    ValueError
        If it is the state of a loop with other first frames or another kind of generator, or its
        index is damaged.
    """
    from lecture8.fitting.interface import load

    folder = Path(folder)
    if not (folder / INDEX).is_file():
        return state
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        name, reasons, kind = index["generation"], index["set_aside"], index["rng"]["bit_generator"]
    except (ValueError, KeyError, TypeError) as cause:
        raise ValueError(
            f"{folder / INDEX} is damaged ({type(cause).__name__}: {cause}); the frames beside it "
            "may be whole: read them, and start from them in a new folder"
        ) from None
    if index["start"] != _fingerprint(start):
        raise ValueError(
            f"{folder} holds a loop that started from other frames; give it another folder, "
            "or delete this one"
        )
    if kind != rng.bit_generator.state["bit_generator"]:
        raise ValueError(
            f"{folder} holds a loop with the generator {kind}; give it that one, or another folder"
        )
    rng.bit_generator.state = index["rng"]
    # What `spawn` gives next depends on how often it was asked, which is no part of that state.
    if (more := index.get("spawned", 0) - _spawned(rng)) > 0:
        rng.bit_generator.seed_seq.spawn(more)
    unlabelled = read(folder / f"{name}-set-aside.xyz") if reasons else []
    return type(state)(
        frames=read(folder / f"{name}.xyz"),
        potential=load(folder / f"{name}.potential"),
        history=index["history"],
        set_aside=list(zip(unlabelled, reasons, strict=True)),
        reason=index["reason"],
    )


def _text(index: dict) -> str:
    return json.dumps(index, indent=1, default=_plain)


def _plain(numbers):
    """Return what JSON knows for an array, as in the state of some generators, or NumPy number."""
    if isinstance(numbers, np.ndarray | np.generic):
        return numbers.tolist()
    raise TypeError(f"it holds a {type(numbers).__name__}")


def _spawned(rng: np.random.Generator) -> int:
    return getattr(getattr(rng.bit_generator, "seed_seq", None), "n_children_spawned", 0)


def _fingerprint(frames: list[Atoms]) -> str:
    digest = hashlib.sha256()
    for atoms in frames:
        # Rounded, since frames may have been to a file.
        numbers = [*atoms.positions.ravel(), atoms.calc.results["energy"]]
        digest.update(f"{atoms.symbols} {np.round(numbers, 6).tolist()}".encode())
    return digest.hexdigest()
