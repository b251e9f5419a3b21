"""Teaching: a pupil that imitates the teacher for one crystal, at a thousandth of the price.

    known = first frames -> fit -> **examine** -> good enough? -> that is the pupil
                                      |  no: calibrate the threshold, and learn what was examined
                                      +<-- active learning (notebook 4) with that threshold

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
PER_ROUND = 24  # labels of an examination
GENERATIONS = 3  # of active learning between two examinations
RUNS = 4  # explorations in each
NOTHING = 1e-12  # a threshold that every frame exceeds
TIMESTEP_FS, GRADE_EVERY_FS = 2.0, 100.0


@dataclass(frozen=True)
class Examination:
    """What came out when a pupil was examined.

    Parameters
    ----------
    frames : int
        How many it was fitted to.
    labels : int
        Spent so far, after the first frames.
    force_rmse, spread : float
        On its own runs, labelled afterwards, meV/Å; and of the forces themselves.
    energy_rmse : float
        meV/atom, of the same frames.
    survived : float
        The share of the time asked for after which its runs ended, mean over the runs.
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
    energy_rmse: float
    survived: float
    threshold: float
    largest_grade: float
    by_temperature: dict[float, float]

    @property
    def passed(self) -> bool:
        """Whether all runs ended by themselves, and forces are right to `TOLERANCE`."""
        return self.survived == 1 and self.force_rmse <= TOLERANCE * self.spread

    def as_numbers(self) -> dict:
        """Return it as plain numbers."""
        return asdict(self) | {"passed": self.passed}

    def __str__(self) -> str:
        return (
            f"{self.frames} frames, {self.labels} more labels: force RMSE {self.force_rmse:.0f} of "
            f"{self.spread:.0f} meV/Å on its own runs, of which {100 * self.survived:.0f} % "
            f"survived; in doubt from gamma {self.threshold:.2g} on"
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
    crystals: list[Atoms],
    make_teacher: Callable,
    *,
    temperatures_K,
    budget: Budget,
    executor,
    seed: int,
    folder: Path,
    report: Callable[[str], None] = print,
) -> Taught:
    """Return a pupil of the teacher, for these crystals at these temperatures.

    What was labelled or fitted is kept in `folder`, and a study that was stopped goes on from it.

    Parameters
    ----------
    crystals : list of Atoms
        Orderings of one crystal, relaxed by the teacher.
    make_teacher : function
        Returns the teacher; a name that can be imported on the workers, or a `partial` of one.
    temperatures_K : sequence of float
    budget : Budget
    executor : LocalProcesses, dask.distributed.Client or concurrent.futures.Executor
    seed : int
    folder : Path
    report : function
        Is told of each step.
    """
    folder.mkdir(parents=True, exist_ok=True)
    known = _kept(
        folder / "first.xyz",
        lambda: first_frames(
            crystals,
            make_teacher,
            temperatures_K,
            budget,
            executor,
            np.random.default_rng([seed, 1]),
        ),
    )
    report(f"{len(known)} first frames are labelled")
    file, pupil, spent, examinations = folder / "pupil-0.npz", None, 0, []
    if not file.is_file():
        rng = np.random.default_rng([seed, 2])
        fitted(known, None, rng, epochs=budget.epochs).save(file)
    pupil = MomentNetworkPotential.load(file)
    while True:
        number = len(examinations)
        rng = np.random.default_rng([seed, 3, number])
        exam = folder / f"examined-{number}.xyz"
        if not exam.is_file():
            seen = runs_of_its_own(pupil, known, crystals, temperatures_K, budget.explore_ps, rng)
            labelled, set_aside = label_in_parallel(seen, make_teacher, executor=executor)
            if not labelled:
                why = set_aside[0][1] if set_aside else "none lasted for 0.1 ps"
                raise RuntimeError(f"the pupil's own runs cannot be examined: {why}")
            write(exam, labelled)
        own = read(exam)
        spent += len(own)
        examination = judged(pupil, own, len(known), spent)
        examinations.append(examination)
        report(str(examination))
        if examination.passed or spent + PER_ROUND >= budget.labels:
            return Taught(pupil, examinations)
        known = known + believable(own, LARGEST_FORCE)
        held, train = known[::HELD_OUT], [a for k, a in enumerate(known) if k % HELD_OUT]
        learnt = active_learning(
            train,
            held,
            fit=partial(_fit_again, held=held, first=pupil, epochs=max(1, budget.epochs // 3)),
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
            generations=GENERATIONS,
            runs=RUNS,
            folder=folder / f"loop-{number}",
        )
        spent += learnt.history[-1]["labels"]
        known, pupil = held + learnt.frames, learnt.potential


# -- Frames ----------------------------------------------------------------------------------------


def first_frames(crystals, make_teacher, temperatures_K, budget, executor, rng) -> list[Atoms]:
    """Return labelled frames: shaken and strained crystals, and short runs of the teacher."""
    shaken = [strained(crystals[k % len(crystals)], rng) for k in range(budget.strained)]
    hottest, coolest = max(temperatures_K), min(temperatures_K)
    runs = [
        (crystals[k % len(crystals)], make_teacher, T, budget.dynamics_ps, int(rng.integers(2**31)))
        for k, T in enumerate(dict.fromkeys([hottest, coolest]))
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


def runs_of_its_own(pupil, known, crystals, temperatures_K, picoseconds: float, rng) -> list[Atoms]:
    """Return frames of the pupil's own runs at all temperatures, evenly spaced.

    info has "grade", "temperature_K", and "survived": the share of its time that the run lasted.
    """
    grader, chosen = ReadoutGrade(pupil, known), []
    cases = [(atoms, T) for T in temperatures_K for atoms in crystals]
    for number, (atoms, T) in enumerate(cases):
        run = explore(
            atoms,
            pupil,
            grader,
            temperature_K=T,
            picoseconds=picoseconds,
            threshold=NOTHING,
            break_threshold=np.inf,
            grade_every_fs=GRADE_EVERY_FS,
            timestep_fs=TIMESTEP_FS,
            rng=rng,
            run=f"examined-{number}",
        )
        each, last = max(2, PER_ROUND // len(cases)), len(run.candidates) - 1
        # The beginning still remembers the crystal.
        places = np.linspace(last // 5, last, each).round().astype(int) if last >= 0 else []
        for seen in (run.candidates[k] for k in np.unique(places)):
            seen.info["survived"] = run.survived_ps / picoseconds
            chosen.append(seen)
    return chosen


def judged(pupil, own: list[Atoms], frames: int, spent: int) -> Examination:
    """Return how right the pupil was on its own runs."""
    found = errors(own, pupil)
    each = np.array([errors([atoms], pupil).force_rmse for atoms in own])
    spread = 1e3 * found.force_labels.std()
    grades = np.array([atoms.info["grade"] for atoms in own])
    T = np.array([atoms.info["temperature_K"] for atoms in own])
    return Examination(
        frames=frames,
        labels=spent,
        force_rmse=found.force_rmse,
        spread=float(spread),
        energy_rmse=found.energy_rmse_per_atom,
        survived=float(np.mean([atoms.info["survived"] for atoms in own])),
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


def fitted(frames, pupil, rng, *, epochs: int) -> MomentNetworkPotential:
    """Return a fit to all frames but one in `HELD_OUT`, from `pupil` on or from nothing."""
    held, train = frames[::HELD_OUT], [a for k, a in enumerate(frames) if k % HELD_OUT]
    return (pupil or MomentNetwork()).fit(train, held, rng=rng, epochs=epochs)


def _fit_again(frames, potential, rng, *, held, first, epochs):
    return (potential or first).fit(frames, held, rng=rng, epochs=epochs)


def _kept(file: Path, make: Callable[[], list[Atoms]]) -> list[Atoms]:
    """Return the frames of a file, which is made if it is not there."""
    if not file.is_file():
        write(file, make())
    return read(file)
