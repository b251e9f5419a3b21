"""Checks that frames must pass before a potential is fitted to them (notebook 3)."""

import warnings

import numpy as np
from ase import Atoms, units
from ase.data import covalent_radii
from scipy.spatial import cKDTree

from lecture8.frames.adoption import call_that_adopts
from lecture8.frames.complete import check_labels
from lecture8.frames.copies import group_by
from lecture8.frames.lists import as_list
from lecture8.frames.stress import check_stress
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
    - Energies of one formula lie within 2 eV/atom of their median, and more only where atoms have
      fewer neighbours (an atom alone, a molecule beside a crystal) or large forces.
    - Energies and forces belong together. Between two similar frames the energy changes by the
      work of the forces, E_b - E_a = -(F_a + F_b)/2 . (r_b - r_a) + O(|r_b - r_a|^3).

    The last is tried on each frame and the nearest to it of the same run, atom order and cell, if
    their root mean square displacement is below 0.3 Å. It refuses where three in four such pairs
    are wrong by more than a factor of 3, and is skipped where there are fewer than five. It cannot
    see energies and forces that are *both* in kcal/mol.

    Stresses must have the sign, unit and order that energies and forces ask for, where these tell
    (`lecture8.frames.stress`).

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
        If the root mean square force of a frame is more than 8 times the median of all, or frames
        hold a stress or virial under a name that no fit looks for.
    """
    frames = as_list(frames, name)
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
    check_stress(frames, name)
    _warn_of_other_stresses(frames, name)
    rms = np.array([np.sqrt(np.mean(a.calc.results["forces"] ** 2)) for a in frames])
    typical = max(np.median(rms), 0.01)  # eV/Å; a relaxed frame's forces are rounding errors
    if rms.max() > 8 * typical:
        warnings.warn(
            f"{_some(np.flatnonzero(rms > 8 * typical))} of {name}: forces of up to "
            f"{rms.max():.3g} eV/Å (root mean square of a frame), where the median is "
            f"{typical:.3g}; mixed units, or a run that exploded?",
            stacklevel=2,
        )


def _warn_of_other_stresses(frames: list[Atoms], name: str) -> None:
    ignored = [k for k, a in enumerate(frames) if "stress" not in a.calc.results]
    calls = {k: call for k in ignored if (call := call_that_adopts(frames[k]))}
    if calls:
        warnings.warn(
            f"{_some(list(calls))} of {name} hold labels under names that no fit looks for; "
            f"{next(iter(calls.values()))} adopts them",
            stacklevel=3,
        )


def _check_energies(frames: list[Atoms], name: str) -> None:
    for formula, members in group_by(frames, lambda a: a.get_chemical_formula()).items():
        energies = np.array([frames[i].calc.results["energy"] / len(frames[i]) for i in members])
        middle = np.argsort(energies)[(len(energies) - 1) // 2]
        median = energies[middle]
        far = np.flatnonzero(np.abs(energies - median) > 2)
        if len(far):
            # Only now, since it takes time: how far may they be?
            typical = frames[members[middle]]
            allowed = [2 + _binding(frames[members[k]], typical) for k in far]
            far = far[np.abs(energies[far] - median) > allowed]
        if len(far):
            sizes = np.sort(np.abs(energies))
            causes = {f"in {unit}": max(r, 1 / r) for unit, r in _ENERGY_UNITS.items()}
            causes["per atom"] = len(frames[members[0]])
            unit = _likely(causes, sizes[-1] / max(sizes[0], 1e-9))
            cause = f"are some {unit}?" if unit else "atomisation energies, or another method?"
            raise ValueError(
                f"{_some([members[i] for i in far])} of {name} ({formula}): the energy is "
                f"{energies[far[0]]:.4g} eV/atom, but the median of this formula {median:.4g}; "
                f"{cause} Give total energies of one method, in eV"
            )


def _binding(a: Atoms, b: Atoms) -> float:
    """Return by how much (eV/atom) energies may differ since atoms are bound to more or fewer.

    An atom alone, a molecule and a crystal of one formula are different systems. No crystal binds
    its atoms by more than 9 eV (tungsten); atoms pressed together show it by their forces.
    """
    neighbours = []
    for atoms in (a, b):
        radii = covalent_radii[atoms.numbers]
        i, j, shift = pairs_within(atoms, 3 * radii.max())
        distance = np.linalg.norm(atoms.positions[j] + shift - atoms.positions[i], axis=1)
        neighbours.append(np.sum(distance < 1.5 * (radii[i] + radii[j])) / len(atoms))
    change = abs(neighbours[0] - neighbours[1]) / max(*neighbours, 1e-9)
    force = np.sqrt(np.mean(a.calc.results["forces"] ** 2))  # eV/Å, over a distance of 1 Å
    return 8 * change + force


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
        unit = _likely(causes, abs(typical))
        cause = f"they are in different units{f' ({unit}?)' if unit else ''}; use eV and eV/Å"
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
