"""Copies: frames that are the same structure, however turned, moved or renumbered."""

from collections import defaultdict

import numpy as np
from ase import Atoms
from ase.geometry import find_mic, minkowski_reduce
from scipy.spatial import cKDTree

from lecture8.frames.lists import as_list


def duplicates(a: list[Atoms], b: list[Atoms], *, tolerance: float = 1e-3) -> list[tuple[int, int]]:
    """Return pairs (index in `a`, index in `b`) that are the same structure.

    Same up to translation, rotation and permutation of like atoms; a mirror image counts as the
    same. Two structures are equal if, for each pair of elements, their sorted distances (minimum
    image if periodic) and the lengths of their reduced cell vectors all agree to `tolerance` (Å).

    Raises
    ------
    ValueError
        If `tolerance` is not positive, or `a` or `b` no list of structures.
    """
    if not tolerance > 0:
        raise ValueError(f"tolerance is {tolerance} Å, but must be positive")
    a, b = as_list(a, "a"), as_list(b, "b")

    def kind(atoms):
        return atoms.get_chemical_formula(), int(atoms.pbc.sum())

    pairs, groups_b = [], group_by(b, kind)
    for key, in_a in group_by(a, kind).items():
        if in_b := groups_b.get(key):
            tree_a = cKDTree([_fingerprint(a[i]) for i in in_a])
            tree_b = cKDTree([_fingerprint(b[j]) for j in in_b])
            neighbours = tree_a.query_ball_tree(tree_b, tolerance, p=np.inf)
            pairs += [(in_a[i], in_b[j]) for i, near in enumerate(neighbours) for j in near]
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
