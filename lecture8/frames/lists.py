"""What is given as frames, as a list of them."""

from ase import Atoms


def as_list(frames, name: str = "frames") -> list[Atoms]:
    """Return `frames` as a list: what can be gone through only once would be empty after the first.

    Raises
    ------
    ValueError
        If it is one structure, or something else than structures.
    """
    if isinstance(frames, Atoms):
        raise ValueError(f"{name} is one structure, {frames.symbols}; give a list, [atoms]")
    if isinstance(frames, str | bytes) or not hasattr(frames, "__iter__"):
        raise ValueError(
            f"{name} is {frames!r}, but must be a list of Atoms; lecture8.frames.read(path) "
            "makes one from a file"
        )
    frames = list(frames)
    for index, atoms in enumerate(frames):
        if not isinstance(atoms, Atoms):
            raise ValueError(f"{name} holds {atoms!r} as number {index}, where an Atoms must be")
    return frames
