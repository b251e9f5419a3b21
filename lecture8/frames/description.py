"""What frames are, in a few lines of text, and how a molecule of theirs is turned."""

from collections import Counter

import numpy as np
from ase import Atoms

from lecture8.frames.copies import pair_distances
from lecture8.frames.labels import changed_since_labelled
from lecture8.frames.lists import as_list


def describe(frames: list[Atoms]) -> str:
    """Return a few lines of text: what the frames are, where they come from, what they carry.

    What is no number, or belongs to other positions, does not count as a label.

    Raises
    ------
    ValueError
        If there are no frames.
    """
    frames = as_list(frames)
    if not frames:
        raise ValueError("there are no frames to describe; give at least one")
    results = [_labels(atoms) for atoms in frames]
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


def _labels(atoms: Atoms) -> dict:
    if changed_since_labelled(atoms):
        return {}
    results = getattr(atoms.calc, "results", {})
    shapes = {"energy": (), "forces": (len(atoms), 3), "stress": (6,)}
    return {
        label: results[label]
        for label, shape in shapes.items()
        if label in results
        and np.shape(results[label]) == shape
        and np.asarray(results[label]).dtype.kind in "iuf"
    }


def torsion(frames: list[Atoms], chain: tuple[int, int, int, int]) -> np.ndarray:
    """Return the dihedral angle (B,) of four atoms, in degrees from 0 (cis) over 180 (trans)."""
    frames = as_list(frames)
    return np.array([a.get_dihedral(*chain, mic=bool(a.pbc.any())) for a in frames])


def _counts(names) -> str:
    counts = Counter(map(str, names)).most_common()
    shown = ", ".join(f"{name} ({count})" for name, count in counts[:8])
    return f"{len(counts)}: {shown}{', ...' if len(counts) > 8 else ''}"
