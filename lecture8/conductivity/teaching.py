"""Teaching: a pupil that imitates the teacher for one crystal, at a thousandth of the price.

    first frames -> fit -> **examine** -> passed? -> that is the pupil
                    ^                        | no: calibrate the threshold of doubt
                    +--- label <--- explore with it (the loop of notebook 4)

`examining` says what it is to be examined.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from ase import Atoms

from lecture8.active_learning import (
    ReadoutGrade,
    active_learning,
    explore,
    label_in_parallel,
    select,
)
from lecture8.active_learning.labelling import lent
from lecture8.conductivity.budget import Budget
from lecture8.conductivity.examining import (
    GRADE_EVERY_FS,
    PER_EXAMINATION,
    TIMESTEP_FS,
    Examination,
    judged,
    runs_of_its_own,
)
from lecture8.conductivity.first_frames import believable, short_run, strained
from lecture8.fitting import MomentNetwork
from lecture8.fitting.moment_networks.potential import MomentNetworkPotential
from lecture8.frames import read, write
from lecture8.workers import Failed, run_tasks

LARGEST_FORCE = 15.0  # eV/Å; beyond it a teacher extrapolates, too
HELD_OUT = 8  # one of so many frames only watches the fit
RUNS = 4  # explorations after an examination


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
        if examination.passed or spent + PER_EXAMINATION >= budget.labels:
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
            budget=min(PER_EXAMINATION, budget.labels - spent - PER_EXAMINATION),
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
