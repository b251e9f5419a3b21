"""Exploration: molecular dynamics that collects what it doubts, and stops before it is lost."""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lecture8.arguments import check_generator, check_positive
from lecture8.integrators import PICOSECOND, BlowUp, Langevin, simulate, state_from_atoms
from lecture8.integrators.simulation import steps_between, steps_within
from lecture8.pairs import pairs_within
from lecture8.structures import moved_to, thermalise

# In sums of two covalent radii. A hot bond swings between 0.8 and 1.3.
TOO_CLOSE, BOUND = 0.6, 1.6


@dataclass(frozen=True)
class Exploration:
    """What one run found.

    Parameters
    ----------
    candidates : list of Atoms
        Structures with a grade above the threshold, unlabelled; info holds "grade", "time_ps",
        "run" and "temperature_K".
    survived_ps : float
        How long the run went on.
    largest_grade : float
        Of all structures that were graded.
    reason : str
        Why it ended: "finished"; "threshold" (in doubt); "exploded" (the structure makes no sense).
    """

    candidates: list[Atoms]
    survived_ps: float
    largest_grade: float
    reason: str

    def __hash__(self):  # a list has none
        return hash((self.survived_ps, self.largest_grade, self.reason))


def explore(
    start: Atoms,
    potential,
    grader,
    *,
    temperature_K: float,
    picoseconds: float,
    threshold: float,
    rng: np.random.Generator,
    break_threshold: float | None = None,
    grade_every_fs: float = 10.0,
    timestep_fs: float = 1.0,
    friction_per_fs: float = 0.02,
    run: int | str = 0,
) -> Exploration:
    """Run molecular dynamics and collect the structures that are graded above `threshold`.

    A structure makes no sense if two atoms are nearer than 0.6 times the sum of their covalent
    radii, or, but in a crystal, if it is in more pieces than at the start (atoms within 1.6 times
    that sum belong together). It ends the run and is no candidate: it would teach nothing worth a
    label.

    Parameters
    ----------
    start : Atoms
        A molecule or a crystal; velocities are drawn for `temperature_K`. Atoms that FixAtoms holds
        stand still, in the candidates too; other constraints are refused.
    potential : calculator
    grader : function
        Frames -> array of grades.
    picoseconds : float
        At most.
    threshold : float
        From which grade on a structure is a candidate.
    break_threshold : float, optional
        Above it the run ends, that structure being the last candidate; 10 times `threshold` if left
        out. Equal to `threshold`: stop at once.
    grade_every_fs : float
        Time between two grades, a multiple of the time step.
    timestep_fs, friction_per_fs : float
        Of the bath, `integrators.Langevin`.
    run : int or str
        The name of this run.

    Raises
    ------
    ValueError
        If an argument makes no sense or the run cannot start.
    """
    check_positive("timestep_fs", timestep_fs)
    bath = Langevin(temperature_K=temperature_K, friction_per_fs=friction_per_fs)
    steps = steps_within(picoseconds, timestep_fs)
    grade_every = steps_between("grade_every_fs", grade_every_fs, timestep_fs)
    check_generator("rng", rng)
    check_positive("threshold", threshold)
    break_threshold = 10 * threshold if break_threshold is None else break_threshold
    if not threshold <= break_threshold:
        raise ValueError(
            f"threshold is {threshold} and break_threshold {break_threshold}; "
            "the second cannot be smaller"
        )
    if grade_every > steps:
        raise ValueError(
            f"grade_every_fs is {grade_every_fs}, but must not be longer than the run of "
            f"{picoseconds} ps"
        )
    state = state_from_atoms(thermalise(start, temperature_K=temperature_K, rng=rng), potential)
    candidates, largest, reason, whole = [], 0.0, "finished", pieces(start)
    for _ in range(steps // grade_every):
        try:
            state = simulate(
                state,
                potential,
                timestep_fs=timestep_fs,
                steps=grade_every,
                record_every_fs=grade_every_fs,
                bath=bath,
                rng=rng,
            ).last
        except BlowUp:
            reason = "exploded"
            break
        frame = moved_to(state.positions, start)
        # In a hot crystal an anion may have no ion that near for a moment; it goes nowhere.
        if too_close(frame) or (not frame.pbc.all() and pieces(frame) > whole):
            reason = "exploded"
            break
        grade = float(grader([frame])[0])
        if not np.isfinite(grade):
            reason = "exploded"
            break
        largest = max(largest, grade)
        if grade > threshold:
            if not (frame.pbc.any() or frame.constraints):
                frame.positions -= frame.get_center_of_mass()
            frame.info |= {"run": run, "time_ps": _ps(state.time), "grade": grade}
            frame.info["temperature_K"] = temperature_K
            candidates.append(frame)
        if grade > break_threshold:
            reason = "threshold"
            break
    return Exploration(candidates, _ps(state.time), largest, reason)


def too_close(atoms: Atoms, limit: float = TOO_CLOSE) -> bool:
    """Return whether two atoms are nearer than `limit` sums of covalent radii; no bond is 0.6."""
    return bool((_relative_distances(atoms, limit)[2] < limit).any())


def pieces(atoms: Atoms) -> int:
    """Return in how many pieces the atoms are, counting those as one that could be bonded."""
    i, j, relative = _relative_distances(atoms, BOUND)
    i, j = i[relative < BOUND], j[relative < BOUND]
    return connected_components(coo_array((np.ones(len(i)), (i, j)), 2 * (len(atoms),)))[0]


def _relative_distances(atoms: Atoms, reach: float):
    """Return pairs i, j and their distances in units of the sum of their covalent radii."""
    radii = covalent_radii[atoms.numbers]
    i, j, shift = pairs_within(atoms, 2 * reach * radii.max())
    distances = np.linalg.norm(atoms.positions[j] + shift - atoms.positions[i], axis=1)
    return i, j, distances / (radii[i] + radii[j])


def _ps(time: float) -> float:
    return round(time / PICOSECOND, 6)
