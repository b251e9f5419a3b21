"""What the pictures of notebook 4 are drawn from: its potentials, its doubts, its loop."""

from functools import cache, partial

import numpy as np

from lecture8.active_learning import (
    CommitteeGrade,
    ExtrapolationGrade,
    active_learning,
    explore,
    fit_committee,
    label_one_by_one,
    select,
)
from lecture8.datasets import butane_frames
from lecture8.fitting import MomentTensor
from lecture8.reference import gfn2_xtb
from lecture8.structures import BUTANE_CHAIN

COLLECT, STOP = 2, 20  # grades: frames above the one are collected, above the other a run stops


def _fit(frames, previous, rng):
    model = previous or MomentTensor(level=8)
    return model.fit(frames, frames, rng=rng, epochs=40)


@cache
def cold():
    """Return 20 trans frames of 300 K, the other ones, the potential, and the generator after."""
    rng = np.random.default_rng(4)
    frames = butane_frames("300K")
    trans = [atoms for atoms in frames if abs(atoms.get_dihedral(*BUTANE_CHAIN) - 180) < 40]
    order = rng.permutation(len(trans))
    start, others = [trans[i] for i in order[:20]], [trans[i] for i in order[20:]]
    return start, others, _fit(start, None, rng), rng


@cache
def doubts():
    """Return by kind of frame: gamma, sigma, errors of potential and committee, and the run.

    Each (B, N), eV/Å but for gamma; the runs' names (B,). (Cell calibration.)
    """
    start, others, potential, rng = cold()
    members = fit_committee(start, 4, fit=lambda f, r: _fit(f, None, r), rng=rng)
    committee = CommitteeGrade(members)
    extrapolation = ExtrapolationGrade(potential, start)
    kinds = {
        "300 K": others,
        "500 K": butane_frames("500K")[::12],
        "800 K": butane_frames("800K")[::3],
    }
    found = {}
    for name, frames in kinds.items():
        labels = np.array([atoms.get_forces() for atoms in frames])
        wrong = []
        for who in ([potential], members):
            forces = [[p.get_forces(atoms.copy()) for p in who] for atoms in frames]
            wrong.append(np.linalg.norm(np.mean(forces, axis=1) - labels, axis=2))
        grades = [[g.per_atom(atoms) for atoms in frames] for g in (extrapolation, committee)]
        runs = np.array([str(atoms.info["run"]) for atoms in frames])
        found[name] = (*np.array(grades), *wrong, runs)
    return found


@cache
def loop():
    """Return the histories of the notebook's two legs: to 5 ps, then to 25 ps without a doubt."""
    start, _, potential, _ = cold()
    verbs = {
        "fit": lambda frames, previous, rng: _fit(frames, previous or potential, rng),
        "make_grader": lambda fitted, frames, rng: ExtrapolationGrade(fitted, frames),
        "select": partial(select, threshold=COLLECT),
        "label": partial(label_one_by_one, potential=gfn2_xtb()),
        "runs": 1,
    }
    hot = {"temperature_K": 600, "threshold": COLLECT, "grade_every_fs": 20}
    test = butane_frames("800K")[::3]
    first = active_learning(
        start,
        test,
        **verbs,
        explore=partial(explore, **hot, picoseconds=5, break_threshold=STOP),
        budget=60,
        rng=np.random.default_rng(3),
    )
    second = active_learning(
        first.frames,
        test,
        **verbs,
        explore=partial(explore, **hot, picoseconds=25, break_threshold=COLLECT),
        budget=40,
        generations=12,
        rng=np.random.default_rng(3),
    )
    return first, second
