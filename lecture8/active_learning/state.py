"""The state of a loop on disk: text and numbers, nothing that is executed when read.

A generation has files of its own, and ``state.json``, replaced in one move, says which generation
counts. So whenever the machine stops, a whole state is there: the new one or the one before.
"""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
from ase import Atoms

from lecture8.frames import read, write

INDEX = "state.json"


def keep(folder, state, start: list[Atoms], rng: np.random.Generator):
    """Write `state` and return it as it will be read.

    Files round: positions and forces to 8 decimals, coefficients to 16 digits. A loop that went on
    with its own digits would differ from one that was stopped here, and chaos would show it.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"generation-{len(state.history)}"
    write(folder / f"{name}.xyz", state.frames)
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
    }
    partial = folder / f"{INDEX}.{os.getpid()}.part"
    partial.write_text(json.dumps(index, indent=1), encoding="utf-8")
    os.replace(partial, folder / INDEX)
    for old in folder.glob("generation-*"):
        if old.name.removesuffix("-set-aside.xyz").split(".")[0] != name:
            old.unlink()
    return restore(folder, state, start, rng)


def restore(folder, state, start: list[Atoms], rng: np.random.Generator):
    """Return the state kept in `folder`, and set `rng` to where it was; or `state` if none is.

    Raises
    ------
    ValueError
        If it is the state of a loop with other first frames or another kind of generator.
    """
    from lecture8.fitting.interface import load

    folder = Path(folder)
    if not (folder / INDEX).is_file():
        return state
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    if index["start"] != _fingerprint(start):
        raise ValueError(
            f"{folder} holds a loop that started from other frames; give it another folder, "
            "or delete this one"
        )
    if index["rng"]["bit_generator"] != rng.bit_generator.state["bit_generator"]:
        raise ValueError(
            f"{folder} holds a loop with the generator {index['rng']['bit_generator']}; "
            "give it that one, or another folder"
        )
    rng.bit_generator.state = index["rng"]
    name, reasons = index["generation"], index["set_aside"]
    unlabelled = read(folder / f"{name}-set-aside.xyz") if reasons else []
    return type(state)(
        frames=read(folder / f"{name}.xyz"),
        potential=load(folder / f"{name}.potential"),
        history=index["history"],
        set_aside=list(zip(unlabelled, reasons, strict=True)),
        reason=index["reason"],
    )


def _fingerprint(frames: list[Atoms]) -> str:
    digest = hashlib.sha256()
    for atoms in frames:
        # Rounded, since frames may have been to a file.
        numbers = [*atoms.positions.ravel(), atoms.calc.results["energy"]]
        digest.update(f"{atoms.symbols} {np.round(numbers, 6).tolist()}".encode())
    return digest.hexdigest()
