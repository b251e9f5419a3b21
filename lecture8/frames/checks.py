"""Checks that frames must pass before a potential is fitted to them (notebook 3)."""

import warnings

import numpy as np
from ase import Atoms, units
from scipy.spatial import cKDTree

from lecture8.frames.copies import group_by
from lecture8.frames.labels import changed_since_labelled
from lecture8.pairs import pairs_within

# What one eV (or eV/Å) is in other units.
_ENERGY_UNITS = {
    "Hartree": 1 / units.Hartree,
    "kcal/mol": units.mol / units.kcal,
    "kJ/mol": units.mol / units.kJ,
}
_FORCE_UNITS = {
    "Hartree/Bohr": units.Bohr / units.Hartree,
    "kcal/mol/Å": units.mol / units.kcal,
    "kJ/mol/Å": units.mol / units.kJ,
}


def check(frames: list[Atoms], *, name: str = "the frames") -> None:
    """Refuse frames that no potential should be fitted to.

    - Every frame carries finite energy and forces, made for the positions it has now.
    - No two atoms are closer than 0.1 Å.
    - Energies of one formula lie within 2 eV/atom of their median.
    - Energies and forces belong together. Between two similar frames the energy changes by the
      work of the forces, E_b - E_a = -(F_a + F_b)/2 . (r_b - r_a) + O(|r_b - r_a|^3).

    The last is tried on each frame and the nearest to it of the same run, atom order and cell, if
    their root mean square displacement is below 0.3 Å. It refuses where three in four such pairs
    are wrong by more than a factor of 3, and is skipped where there are fewer than five. It cannot
    see energies and forces that are *both* in kcal/mol.

    Parameters
    ----------
    frames : list of Atoms
    name : str
        What the messages call them.

    Raises
    ------
    ValueError
        If one of these fails; names the frame, the value and the likely cause.

    Warns
    -----
    UserWarning
        If the root mean square force of a frame is more than 8 times the median of all.
    """
    check_labels(frames, name=name)
    for index, atoms in enumerate(frames):
        first, second, _ = pairs_within(atoms, 0.1)
        if len(first):
            raise ValueError(
                f"atoms {first[0]} and {second[0]} of frame {index} of {name} are at the same "
                "place, less than 0.1 Å apart; leave the frame out"
            )
    _check_energies(frames, name)
    _check_work(frames, name)
    rms = np.array([np.sqrt(np.mean(a.calc.results["forces"] ** 2)) for a in frames])
    typical = max(np.median(rms), 0.01)  # eV/Å; a relaxed frame's forces are rounding errors
    if rms.max() > 8 * typical:
        warnings.warn(
            f"{_some(np.flatnonzero(rms > 8 * typical))} of {name}: forces of up to "
            f"{rms.max():.3g} eV/Å (root mean square of a frame), where the median is "
            f"{typical:.3g}; mixed units, or a run that exploded?",
            stacklevel=2,
        )


def check_labels(frames: list[Atoms], *, name: str = "the frames") -> None:
    """Refuse frames without finite energy and forces, made for the positions that they have now.

    Raises
    ------
    ValueError
        If there are no frames, or one of them is not so; names the frame and the value.
    """
    if not frames:
        raise ValueError(f"{name} are an empty list; give at least one labelled frame")
    remedy = "label it with lecture8.frames.label(frames, potential)"
    for index, atoms in enumerate(frames):
        which = f"frame {index} of {name}"
        results = atoms.calc.results if atoms.calc else {}
        missing = [label for label in ("energy", "forces") if label not in results]
        if missing:
            raise ValueError(
                f"{which} carries no {' and no '.join(missing)}; "
                f"a fit needs an energy and forces for every frame: {remedy}"
            )
        values = {"positions": atoms.positions, **{k: results[k] for k in ("energy", "forces")}}
        for what, value in values.items():
            if not np.all(np.isfinite(value)):
                bad = np.ravel(value)[~np.isfinite(np.ravel(value))][0]
                raise ValueError(f"{which} has {what} of {bad}; leave it out")
        if changed_since_labelled(atoms):
            raise ValueError(f"{which} was changed after it was labelled; {remedy}")
        if np.shape(results["forces"]) != (len(atoms), 3):
            raise ValueError(
                f"the forces of {which} have shape {np.shape(results['forces'])}, "
                f"but must be {(len(atoms), 3)}; {remedy}"
            )


def _check_energies(frames: list[Atoms], name: str) -> None:
    for formula, members in group_by(frames, lambda a: a.get_chemical_formula()).items():
        energies = np.array([frames[i].calc.results["energy"] / len(frames[i]) for i in members])
        median = np.median(energies)
        far = np.flatnonzero(np.abs(energies - median) > 2)
        if len(far):
            sizes = np.sort(np.abs(energies))
            causes = {f"in {unit}": max(r, 1 / r) for unit, r in _ENERGY_UNITS.items()}
            causes["per atom"] = len(frames[members[0]])
            found = _likely(causes, sizes[-1] / max(sizes[0], 1e-9))
            cause = f"are some {found}?" if found else "atomisation energies, or another method?"
            raise ValueError(
                f"{_some([members[i] for i in far])} of {name} ({formula}): the energy is "
                f"{energies[far[0]]:.4g} eV/atom, but the median of this formula {median:.4g}; "
                f"{cause} Give total energies of one method, in eV"
            )


def _check_work(frames: list[Atoms], name: str) -> None:
    def comparable(atoms):
        cell = tuple(atoms.cell.array.round(6).ravel())  # to change the cell takes work, too
        return str(atoms.info.get("run")), tuple(atoms.numbers), cell

    ratios = np.array(
        [
            change / work if work else np.inf
            for members in group_by(frames, comparable).values()
            for change, work in _change_and_work([frames[i] for i in members])
            if max(abs(change), abs(work)) > 1e-3  # eV; the rest may be rounding
        ]
    )
    if len(ratios) < 5 or max(np.mean(ratios < 1 / 3), np.mean(ratios > 3)) < 3 / 4:
        return
    typical = np.median(ratios)
    if -3 < typical < -1 / 3:
        cause = "the forces have the wrong sign; F is -dE/dr, so multiply them by -1"
    else:
        causes = {"energies per atom": 1 / len(frames[0])}
        causes |= {f"energies in {unit}": r for unit, r in _ENERGY_UNITS.items()}
        causes |= {f"forces in {unit}": 1 / r for unit, r in _FORCE_UNITS.items()}
        found = _likely(causes, abs(typical))
        cause = f"they are in different units{f' ({found}?)' if found else ''}; use eV and eV/Å"
    raise ValueError(
        f"the energies of {name} change by {typical:.3g} times the work of the forces (median of "
        f"{len(ratios)} pairs of similar frames), which should be 1: {cause}"
    )


def _change_and_work(frames: list[Atoms]):
    """Yield E_b - E_a and the work from a to b (eV) for each frame a and the nearest frame b."""
    r = np.array([atoms.positions.ravel() for atoms in frames])  # (B, 3N)
    distance, nearest = cKDTree(r).query(r, k=[2])  # (B, 1); the first is the frame itself
    near = np.flatnonzero(distance[:, 0] < 0.3 * np.sqrt(len(frames[0])))
    # Sorted, since two frames that are each other's nearest make one pair.
    for a, b in {tuple(sorted((a, nearest[a, 0]))) for a in near}:
        of_a, of_b = frames[a].calc.results, frames[b].calc.results
        mean_force = (of_a["forces"] + of_b["forces"]) / 2
        yield of_b["energy"] - of_a["energy"], -np.sum(mean_force.ravel() * (r[b] - r[a]))


def _likely(causes: dict[str, float], ratio: float) -> str | None:
    """Return the cause whose ratio is nearest to `ratio`, if within 10 %."""
    cause = min(causes, key=lambda name: abs(ratio / causes[name] - 1))
    return cause if abs(ratio / causes[cause] - 1) < 0.1 else None


def _some(indices) -> str:
    more = f" and {len(indices) - 5} more" if len(indices) > 5 else ""
    return f"frame {', '.join(str(i) for i in indices[:5])}{more}"
