"""Frames: labelled structures, what every potential is fitted to and judged by (notebooks 3 to 5).

Frames are a ``list[ase.Atoms]``. Each carries the energy (eV) and forces (eV/Å) of a reference
potential and, if periodic, its stress (eV/Å³) in a `SinglePointCalculator`; on disk, extended XYZ.
``atoms.info["run"]`` names the independent simulation that a frame comes from.
"""

import gzip
import os
import warnings
from collections import Counter, defaultdict
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator, CalculationFailed
from ase.calculators.singlepoint import SinglePointCalculator
from ase.geometry import find_mic, minkowski_reduce
from ase.io.extxyz import read_xyz, write_xyz
from scipy.spatial import cKDTree
from tqdm.auto import tqdm


def label(frames: list[Atoms], potential: BaseCalculator, *, progress=False) -> list[Atoms]:
    """Return copies that carry the energy, forces and, if periodic, stress of `potential`.

    ``info`` is kept and constraints are dropped: a label is the whole force. The stress needs a
    cell that is periodic in all three directions, and a potential that implements it.

    Raises
    ------
    CalculationFailed
        If the potential fails or returns NaN or inf; says at which frame.
    """
    labelled = []
    for index, atoms in enumerate(tqdm(frames, disable=not progress, unit="frame")):
        copy = atoms.copy()
        copy.set_constraint()
        try:
            results = {"energy": float(potential.get_potential_energy(copy))}
            results["forces"] = np.array(potential.get_forces(copy), float)  # (N, 3)
            if copy.pbc.all() and "stress" in potential.implemented_properties:
                results["stress"] = np.array(potential.get_stress(copy), float)  # (6,) Voigt
        except RuntimeError as failure:  # CalculationFailed is one
            raise CalculationFailed(
                f"the potential failed at frame {index}: {failure}; look at that structure, "
                "and leave it out if it makes no sense"
            ) from failure
        for name, value in results.items():
            if not np.all(np.isfinite(value)):
                raise CalculationFailed(
                    f"the {name} of frame {index} contains NaN or inf; "
                    "are two of its atoms too close for this potential?"
                )
        copy.calc = SinglePointCalculator(copy, **results)
        labelled.append(copy)
    return labelled


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


def duplicates(a: list[Atoms], b: list[Atoms], *, tolerance: float = 1e-3) -> list[tuple[int, int]]:
    """Return pairs (index in `a`, index in `b`) that are the same structure.

    Same up to translation, rotation and permutation of like atoms; a mirror image counts as the
    same. Two structures are equal if, for each pair of elements, their sorted distances (minimum
    image if periodic) and the lengths of their reduced cell vectors all agree to `tolerance` (Å).

    Raises
    ------
    ValueError
        If `tolerance` is not positive.
    """
    if not tolerance > 0:
        raise ValueError(f"tolerance is {tolerance} Å, but must be positive")

    def kind(atoms):
        return atoms.get_chemical_formula(), int(atoms.pbc.sum())

    pairs, groups_b = [], group_by(b, kind)
    for key, in_a in group_by(a, kind).items():
        if in_b := groups_b.get(key):
            tree_a = cKDTree([_fingerprint(a[i]) for i in in_a])
            tree_b = cKDTree([_fingerprint(b[j]) for j in in_b])
            found = tree_a.query_ball_tree(tree_b, tolerance, p=np.inf)
            pairs += [(in_a[i], in_b[j]) for i, near in enumerate(found) for j in near]
    return sorted(pairs)


def _fingerprint(atoms: Atoms) -> np.ndarray:
    """Return lengths (Å) that no rotation, translation or permutation of like atoms changes."""
    distances, first, second = pair_distances(atoms)
    elements = np.sort(atoms.numbers[np.stack([first, second])], axis=0)  # (2, pairs)
    order = np.lexsort((distances, *elements))  # by elements, then by distance
    cell = minkowski_reduce(atoms.cell, atoms.pbc)[0][atoms.pbc]
    # The lengths of the cell vectors do not know their angles; the volume does.
    lengths = [*np.sort(np.linalg.norm(cell, axis=1)), atoms.cell.volume ** (1 / 3)]
    return np.concatenate([distances[order], lengths if len(cell) else [0.0]])


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
    validation error measures memory. So the runs are shuffled and each goes whole to one part; a
    part that then has frames to spare is thinned evenly.

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
        For a negative size, too few frames or runs, or a frame that does not name its run.

    Warns
    -----
    UserWarning
        If a frame of one part is a copy of a frame of another.
    """
    sizes = [train, validation, test]
    if min(sizes) < 0:
        raise ValueError(f"train, validation, test are {sizes}; none can be negative")
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


def describe(frames: list[Atoms]) -> str:
    """Return a few lines of text: what the frames are, where they come from, what they carry.

    Raises
    ------
    ValueError
        If there are no frames.
    """
    if not frames:
        raise ValueError("there are no frames to describe; give at least one")
    results = [atoms.calc.results if atoms.calc else {} for atoms in frames]
    energies = [r["energy"] / len(a) for r, a in zip(results, frames, strict=True) if "energy" in r]
    forces = [r["forces"] for r in results if "forces" in r]
    closest = min(pair_distances(atoms)[0].min(initial=np.inf) for atoms in frames)
    lines = [
        f"{len(frames)} frames, {sum(atoms.pbc.any() for atoms in frames)} of them periodic",
        f"formulas  {_counts(atoms.get_chemical_formula() for atoms in frames)}",
        f"runs      {_counts(atoms.info.get('run', 'unnamed') for atoms in frames)}",
        f"labels    energy {len(energies)}, forces {len(forces)}, "
        f"stress {sum('stress' in r for r in results)}",
        f"closest   {closest:.3f} Å between two atoms",
    ]
    if energies:
        lines.append(
            f"energy    {np.mean(energies):.4f} eV/atom, standard deviation "
            f"{np.std(energies):.4f}, from {min(energies):.4f} to {max(energies):.4f}"
        )
    if forces:
        components = np.concatenate(forces)
        lines.append(
            f"forces    {np.sqrt(np.mean(components**2)):.3f} eV/Å (root mean square component), "
            f"largest {np.abs(components).max():.3f}"
        )
    return "\n".join(lines)


def torsion(frames: list[Atoms], chain: tuple[int, int, int, int]) -> np.ndarray:
    """Return the dihedral angle (B,) of four atoms, in degrees from 0 (cis) over 180 (trans)."""
    return np.array([a.get_dihedral(*chain, mic=bool(a.pbc.any())) for a in frames])


def changed_since_labelled(atoms: Atoms) -> bool:
    """Return whether positions, species or cell differ from those that the labels belong to."""
    # Also finds a live calculator shared by several frames: it knows the last of them only.
    changes = atoms.calc.check_state(atoms) if atoms.calc and atoms.calc.results else []
    return not {"positions", "numbers", "cell", "pbc"}.isdisjoint(changes)


def pair_distances(atoms: Atoms) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return distances (Å) of all pairs, minimum image if periodic, and the two atoms of each."""
    first, second = np.triu_indices(len(atoms), 1)
    vectors = atoms.positions[second] - atoms.positions[first]
    if atoms.pbc.any() and len(vectors):
        return find_mic(vectors, atoms.cell, atoms.pbc)[1], first, second
    return np.linalg.norm(vectors, axis=1), first, second


def group_by(frames: list[Atoms], key) -> dict[object, list[int]]:
    """Return the indices of the frames by `key(frame)`."""
    groups = defaultdict(list)
    for index, atoms in enumerate(frames):
        groups[key(atoms)].append(index)
    return groups


def _counts(names) -> str:
    counts = Counter(map(str, names)).most_common()
    shown = ", ".join(f"{name} ({count})" for name, count in counts[:8])
    return f"{len(counts)}: {shown}{', ...' if len(counts) > 8 else ''}"
