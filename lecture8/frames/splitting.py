"""Training, validation and test frames, without a leak from one to the other."""

import warnings

import numpy as np
from ase import Atoms

from lecture8.arguments import check_generator, check_whole
from lecture8.frames.copies import duplicates, group_by
from lecture8.frames.lists import as_list

PARTS = ("training", "validation", "test")


def split(
    frames: list[Atoms],
    *,
    train: int,
    validation: int,
    test: int = 0,
    rng: np.random.Generator,
    by: str | None = "run",
) -> tuple[list[Atoms], list[Atoms], list[Atoms]]:
    """Return training, validation and test frames, no run in more than one of them.

    Neighbours in time resemble each other: where they land on both sides of the split, the
    validation error answers for the places that these runs have visited, and in a flexible model it
    measures memory. So the runs are shuffled and each goes whole to one part; a part that then has
    frames to spare is thinned evenly.

    Parameters
    ----------
    frames : list of Atoms
    train, validation, test : int
        Number of frames in each part.
    rng : numpy Generator
    by : str or None
        The key of ``atoms.info`` that tells runs apart; None splits frame by frame at random, which
        is what not to do with the frames of a trajectory.

    Raises
    ------
    ValueError
        For a size that is no whole number, too few frames or runs, a frame that does not name its
        run, or an `rng` that is no generator.

    Warns
    -----
    UserWarning
        If a frame of one part is a copy of a frame of another.
    """
    frames, sizes = as_list(frames), [train, validation, test]
    for part, size in zip(("train", "validation", "test"), sizes, strict=True):
        check_whole(part, size, 0)
    if not any(sizes):
        raise ValueError(f"train, validation, test are {sizes}; ask for some frames")
    check_generator("rng", rng)
    if sum(sizes) > len(frames):
        raise ValueError(
            f"the split needs {' + '.join(map(str, sizes))} = {sum(sizes)} frames, but there are "
            f"{len(frames)}; ask for fewer, or make more"
        )
    for index, atoms in enumerate(frames):
        if by is not None and by not in atoms.info:
            raise ValueError(
                f"frame {index} does not say which run it comes from; "
                f'set atoms.info["{by}"] of every frame when you make it'
            )
    # Compared as text: a run called "1" comes back from a file as the number 1.
    runs = group_by(frames, (lambda atoms: str(atoms.info[by])) if by is not None else id)
    parts_needed = sum(size > 0 for size in sizes)
    if len(runs) < parts_needed:
        raise ValueError(
            f"the split needs at least {parts_needed} runs, but there are {len(runs)}: "
            f"{', '.join(map(str, runs))}; make more independent simulations"
        )
    members = list(runs.values())
    for _ in range(100):  # runs of unequal length may not fit in every order
        parts = [[], [], []]
        for run in rng.permutation(len(members)):
            # To the part that has the smallest share of what it needs.
            share = [len(parts[k]) / sizes[k] if sizes[k] else np.inf for k in range(3)]
            parts[int(np.argmin(share))] += members[run]
        if all(len(parts[k]) >= sizes[k] for k in range(3)):
            parts = [_thin(part, size) for part, size in zip(parts, sizes, strict=True)]
            _warn_of_copies(frames, parts)
            return tuple([frames[i] for i in part] for part in parts)
    raise ValueError(
        f"{len(runs)} runs of {', '.join(str(len(run)) for run in members)} frames cannot be "
        f"dealt whole into parts of {', '.join(map(str, sizes))}; ask for fewer frames"
    )


def _thin(indices: list[int], size: int) -> list[int]:
    return [indices[k * len(indices) // size] for k in range(size)]


def _warn_of_copies(frames: list[Atoms], parts: list[list[int]]) -> None:
    part_of = {index: name for name, part in zip(PARTS, parts, strict=True) for index in part}
    chosen = sorted(part_of)
    selected = [frames[i] for i in chosen]
    pairs = [(chosen[a], chosen[b]) for a, b in duplicates(selected, selected) if a < b]
    copies = [(a, b) for a, b in pairs if part_of[a] != part_of[b]]
    if copies:
        a, b = copies[0]
        warnings.warn(
            f"{len(copies)} frames have a copy in another part: frame {a} ({part_of[a]}) is frame "
            f"{b} ({part_of[b]}); an error measured on a copy is memory, so remove one of the two",
            stacklevel=3,
        )
