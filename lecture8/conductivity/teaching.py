"""Teaching: a pupil that imitates the teacher for one crystal, at a thousandth of the price.

    first frames -> fit -> **examine** -> passed? -> that is the pupil
                    ^                        | no: calibrate the threshold of doubt
                    +--- label <--- explore with it (the loop of notebook 4)

To examine means: the pupil runs, at all temperatures of the study; the teacher labels some of what
it saw *afterwards*; and the errors are those of frames that no fit has seen, where the pupil goes
by itself. Nothing else would show a pupil that is right about its training set and lost elsewhere.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
from ase import Atoms

from lecture8.active_learning import (
    ReadoutGrade,
    active_learning,
    calibrated_threshold,
    explore,
    label_in_parallel,
    select,
)
from lecture8.active_learning.labelling import lent
from lecture8.conductivity.budget import Budget
from lecture8.conductivity.first_frames import believable, short_run, strained
from lecture8.fitting import MomentNetwork, errors
from lecture8.fitting.moment_networks.potential import MomentNetworkPotential
from lecture8.frames import read, write
from lecture8.workers import Failed, run_tasks

LARGEST_FORCE = 15.0  # eV/Å; beyond it a teacher extrapolates, too
TOLERANCE = 0.15  # of the forces' own spread: the force RMSE that a pupil may have
HELD_OUT = 8  # one of so many frames only watches the fit
PER_ROUND = 24  # labels of an examination, and as many of an exploration
RUNS = 4  # explorations after an examination
NOTHING = 1e-12  # a threshold that every frame exceeds
TIMESTEP_FS, GRADE_EVERY_FS = 2.0, 100.0


@dataclass(frozen=True)
class Examination:
    """What came out when a pupil was examined.

    Parameters
    ----------
    frames : int
        How many were known, those included that only watched the fit.
    labels : int
        Spent so far, after the first frames.
    force_rmse, spread : float
        On its own runs, labelled afterwards, meV/Å; and of the forces themselves.
    ion_rmse, ion_spread : float
        The same of the ions alone.
    energy_rmse : float
        meV/atom, of the same frames.
    survived : float
        The share of its runs that finished.
    threshold : float
        The grade up to which it was right.
    largest_grade : float
    by_temperature : dict, temperature (K) -> float
        Force RMSE, meV/Å.
    """

    frames: int
    labels: int
    force_rmse: float
    spread: float
    ion_rmse: float
    ion_spread: float
    energy_rmse: float
    survived: float
    threshold: float
    largest_grade: float
    by_temperature: dict[float, float]

    @property
    def passed(self) -> bool:
        """Whether all runs finished, and forces are right to `TOLERANCE`, of all and of ions."""
        right = self.force_rmse <= TOLERANCE * self.spread
        return self.survived == 1 and right and self.ion_rmse <= TOLERANCE * self.ion_spread

    def as_numbers(self) -> dict:
        """Return it as plain numbers."""
        return asdict(self) | {"passed": self.passed}

    def __str__(self) -> str:
        return (
            f"{self.frames} frames, {self.labels} more labels: force RMSE {self.force_rmse:.0f} of "
            f"{self.spread:.0f} meV/Å on its own runs (of the ions {self.ion_rmse:.0f} of "
            f"{self.ion_spread:.0f}), of which {100 * self.survived:.0f} % finished; in doubt from "
            f"gamma {self.threshold:.2g} on"
        )


@dataclass(frozen=True)
class Taught:
    """A pupil, and how it came to be.

    Parameters
    ----------
    potential : MomentNetworkPotential
    examinations : list of Examination
        The last one is that of `potential`.
    """

    potential: MomentNetworkPotential
    examinations: list[Examination]


def teach(
    crystal: Atoms,
    make_teacher: Callable,
    *,
    ion: str,
    temperatures_K,
    budget: Budget,
    executor,
    seed: int,
    folder: Path,
    report: Callable[[str], None] = print,
) -> Taught:
    """Return a pupil of the teacher, for this crystal at these temperatures.

    What was labelled or fitted is kept in `folder`, and a study that was stopped goes on from it.

    Parameters
    ----------
    crystal : Atoms
        Relaxed by the teacher.
    make_teacher : function
        Returns the teacher; a name that can be imported on the workers, or a `partial` of one.
    temperatures_K : sequence of float
    budget : Budget
    executor : LocalProcesses, dask.distributed.Client or concurrent.futures.Executor
    seed : int
    folder : Path
    report : function
        Is told of each step.

    Raises
    ------
    RuntimeError
        If the teacher fails, or no run of a pupil lasts long enough to be examined.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "first.xyz"
    if not file.is_file():
        rng = np.random.default_rng([seed, 1])
        write(file, first_frames(crystal, make_teacher, temperatures_K, budget, executor, rng))
    known = read(file)
    report(f"{len(known)} first frames are labelled")
    file = folder / "pupil-0.npz"
    if not file.is_file():
        train, held = _parts(known)
        rng = np.random.default_rng([seed, 2])
        MomentNetwork().fit(train, held, rng=rng, epochs=budget.epochs).save(file)
    pupil, spent, examinations = MomentNetworkPotential.load(file), 0, []
    while True:
        number = len(examinations)
        file = folder / f"examined-{number}.xyz"
        if not file.is_file():
            rng = np.random.default_rng([seed, 3, number])
            grader = ReadoutGrade(pupil, _parts(known)[0])
            seen, survived = runs_of_its_own(
                crystal, pupil, grader, temperatures_K, budget.explore_ps, rng
            )
            labelled, set_aside = label_in_parallel(seen, make_teacher, executor=executor)
            if not labelled:
                why = set_aside[0][1] if set_aside else "none lasted for 0.1 ps"
                raise RuntimeError(f"the pupil's own runs cannot be examined: {why}")
            for atoms in labelled:  # the file holds it as well
                atoms.info["survived"] = survived
            write(file, labelled)
        own = read(file)
        spent += len(own)
        examination = judged(pupil, own, ion, len(known), spent)
        examinations.append(examination)
        report(str(examination))
        if examination.passed or spent + PER_ROUND >= budget.labels:
            return Taught(pupil, examinations)
        train, held = _parts(known)
        fit = partial(
            _examined_pupil_first,
            first=pupil,
            held=held,
            examined=believable(own, LARGEST_FORCE),
            epochs=max(1, budget.epochs // 2),
        )
        learnt = active_learning(
            train,
            held,
            fit=fit,
            make_grader=lambda potential, frames, rng: ReadoutGrade(potential, frames),
            explore=partial(
                _explore_somewhere,
                temperatures_K=temperatures_K,
                picoseconds=budget.explore_ps,
                threshold=examination.threshold,
            ),
            select=select,
            label=partial(label_in_parallel, make_potential=make_teacher, executor=executor),
            budget=min(PER_ROUND, budget.labels - spent - PER_ROUND),
            rng=np.random.default_rng([seed, 4, number]),
            generations=2,
            runs=RUNS,
            folder=folder / f"loop-{number}",
        )
        spent += learnt.history[-1]["labels"]
        known = held + learnt.frames + believable(own, LARGEST_FORCE)
        file, pupil = folder / f"pupil-{number + 1}.npz", learnt.potential
        if len(learnt.history) == 1:  # nothing was in doubt, and what was examined is yet to learn
            if not file.is_file():
                rng = np.random.default_rng([seed, 5, number])
                fit(learnt.frames, pupil, rng).save(file)
            pupil = MomentNetworkPotential.load(file)


# -- Frames ----------------------------------------------------------------------------------------


def first_frames(crystal, make_teacher, temperatures_K, budget, executor, rng) -> list[Atoms]:
    """Return labelled frames: the crystal shaken and strained, and short runs of the teacher."""
    shaken = [strained(crystal, rng) for _ in range(budget.strained)]
    runs = [
        (crystal, make_teacher, T, budget.dynamics_ps, int(rng.integers(2**31)))
        for T in dict.fromkeys([max(temperatures_K), min(temperatures_K)])
    ]
    outcomes = run_tasks(_teacher_run, runs, executor=executor)
    if lost := [x for x in outcomes if isinstance(x, Failed)]:
        raise RuntimeError(f"the teacher's own run failed: {lost[0]}")
    labelled, _ = label_in_parallel(
        shaken + [atoms for frames in outcomes for atoms in frames], make_teacher, executor=executor
    )
    return believable(labelled, LARGEST_FORCE)


def _teacher_run(atoms: Atoms, make_teacher, temperature_K, picoseconds, seed) -> list[Atoms]:
    """Run the teacher, on a worker."""
    with lent(make_teacher) as teacher:
        return short_run(
            atoms,
            teacher,
            temperature_K=temperature_K,
            picoseconds=picoseconds,
            frames=max(4, round(40 * picoseconds)),
            rng=np.random.default_rng(seed),
        )


def runs_of_its_own(
    crystal, pupil, grader, temperatures_K, picoseconds: float, rng
) -> tuple[list[Atoms], float]:
    """Return frames of the pupil's own runs, one at each temperature, evenly spaced.

    Also the share of the runs that finished. info has "grade" and "temperature_K".
    """
    runs = [
        explore(
            crystal,
            pupil,
            grader,
            temperature_K=T,
            picoseconds=picoseconds,
            threshold=NOTHING,
            break_threshold=np.inf,
            grade_every_fs=GRADE_EVERY_FS,
            timestep_fs=TIMESTEP_FS,
            rng=rng,
            run=f"examined at {T:g} K",
        )
        for T in temperatures_K
    ]
    each, chosen = max(2, PER_ROUND // len(runs)), []
    for run in runs:
        last = len(run.candidates) - 1
        # The beginning still remembers the crystal.
        places = np.linspace(last // 5, last, each).round().astype(int) if last >= 0 else []
        chosen += [run.candidates[k] for k in np.unique(places)]
    return chosen, float(np.mean([run.reason == "finished" for run in runs]))


def judged(pupil, own: list[Atoms], ion: str, frames: int, spent: int) -> Examination:
    """Return how right the pupil was on its own runs."""
    found = errors(own, pupil)
    each = np.array([errors([atoms], pupil).force_rmse for atoms in own])
    of_ions = found.symbols == ion
    spread, ion_spread = 1e3 * found.force_labels.std(), 1e3 * found.force_labels[of_ions].std()
    off = 1e3 * (found.forces - found.force_labels)[of_ions]
    grades = np.array([atoms.info["grade"] for atoms in own])
    T = np.array([atoms.info["temperature_K"] for atoms in own])
    return Examination(
        frames=frames,
        labels=spent,
        force_rmse=found.force_rmse,
        spread=float(spread),
        ion_rmse=float(np.sqrt(np.mean(off**2))),
        ion_spread=float(ion_spread),
        energy_rmse=found.energy_rmse_per_atom,
        survived=float(own[0].info["survived"]),
        threshold=calibrated_threshold(grades, each, tolerance=TOLERANCE * spread),
        largest_grade=float(grades.max()),
        by_temperature={float(t): float(np.sqrt(np.mean(each[t == T] ** 2))) for t in np.unique(T)},
    )


def _explore_somewhere(start, potential, grader, *, temperatures_K, rng, **settings):
    """Explore at a temperature drawn at random, the hottest half of the time."""
    hottest = rng.random() < 0.5
    T = max(temperatures_K) if hottest else rng.choice(np.asarray(temperatures_K, float))
    return explore(
        start,
        potential,
        grader,
        temperature_K=float(T),
        rng=rng,
        timestep_fs=TIMESTEP_FS,
        grade_every_fs=GRADE_EVERY_FS,
        **settings,
    )


# -- Fits ------------------------------------------------------------------------------------------


def _parts(frames: list[Atoms]) -> tuple[list[Atoms], list[Atoms]]:
    """Return what is fitted to, and what only watches the fit."""
    return [a for k, a in enumerate(frames) if k % HELD_OUT], frames[::HELD_OUT]


def _examined_pupil_first(frames, potential, rng, *, first, held, examined, epochs):
    """Return the examined pupil itself, to which its threshold belongs; then a fit to all."""
    if potential is None:
        return first
    return potential.fit(frames + examined, held, rng=rng, epochs=epochs)
