"""Make butane_loops.csv: the loop of notebook 4 with other seeds, and two ways to make it better.

Run: python -m recipes.butane_loops [folder]    (some 10 minutes on 2 cores)

Each seed draws its own 20 frames of trans butane at 300 K and its own explorations. Four loops: a
moment tensor potential of level 8, as in the notebook, or of level 12; and each exploration begins
from a frame as it is, or from one whose dihedral angle has been turned to a random angle. Two legs:
explorations of 5 ps at 600 K that stop at a grade of 20, then of 25 ps that stop at any doubt.
"""

from functools import partial
from itertools import chain, product
from pathlib import Path

import numpy as np

from lecture8.active_learning import (
    ExtrapolationGrade,
    active_learning,
    explore,
    label_one_by_one,
    select,
)
from lecture8.datasets import butane_frames
from lecture8.fitting import MomentTensor
from lecture8.reference import gfn2_xtb, torsion_scan, turn_torsion
from lecture8.structures import BUTANE_CHAIN, butane
from recipes.writing import chosen_folder, on_two_cores, write_rows

LEVELS, STARTS, SEEDS = (8, 12), ("as it is", "turned"), range(3, 8)
TEMPERATURE_K, THRESHOLD, EPOCHS = 600, 2, 40
PICOSECONDS, BUDGETS = (5, 25), (60, 40)  # of each leg
ANGLES_DEG = np.arange(180, -1, -20)
COLUMNS = (
    *("level", "start", "seed", "leg", "generation"),
    "labels",  # bought before this exploration
    *("survived_ps", "force_mae_800K", "ended"),
    *("torsion_before", "torsion_after"),  # meV, largest error along the relaxed scan, of the run
)


def fit(level, frames, previous, rng):
    """Go on from the last potential, if there is one."""
    return (previous or MomentTensor(level)).fit(frames, frames, rng=rng, epochs=EPOCHS)


def explore_turned(start, potential, grader, *, rng, **settings):
    """Explore from the frame turned to a random dihedral angle."""
    turned = turn_torsion(start, BUTANE_CHAIN, rng.uniform(0, 360))
    return explore(turned, potential, grader, rng=rng, **settings)


def torsion_error(potential, energies, structures) -> float:
    """Return the largest error of the torsion profile, from trans, in meV."""
    profile = np.array([potential.get_potential_energy(atoms.copy()) for atoms in structures])
    return 1e3 * float(np.abs((profile - profile[0]) - (energies - energies[0])).max())


def one_loop(level: int, start: str, seed: int) -> list[dict]:
    """Return a row for each generation of both legs."""
    frames = butane_frames("300K")
    trans = [atoms for atoms in frames if abs(atoms.get_dihedral(*BUTANE_CHAIN) - 180) < 40]
    rng = np.random.default_rng(seed)
    cold = [trans[i] for i in rng.permutation(len(trans))[:20]]
    first = fit(level, cold, None, rng)
    scan = torsion_scan(butane(), gfn2_xtb(), chain=BUTANE_CHAIN, angles_deg=ANGLES_DEG)
    run = partial(
        explore if start == "as it is" else explore_turned,
        temperature_K=TEMPERATURE_K,
        threshold=THRESHOLD,
        grade_every_fs=20,
    )
    verbs = {
        "fit": lambda frames, previous, rng: fit(level, frames, previous or first, rng),
        "make_grader": lambda potential, frames, rng: ExtrapolationGrade(potential, frames),
        "select": partial(select, threshold=THRESHOLD),
        "label": partial(label_one_by_one, potential=gfn2_xtb()),
        "runs": 1,
    }
    rng, test = np.random.default_rng(seed), butane_frames("800K")[::3]
    short = active_learning(
        cold,
        test,
        **verbs,
        explore=partial(run, picoseconds=PICOSECONDS[0]),
        budget=BUDGETS[0],
        rng=rng,
    )
    long = active_learning(
        short.frames,
        test,
        **verbs,
        explore=partial(run, picoseconds=PICOSECONDS[1], break_threshold=THRESHOLD),
        budget=BUDGETS[1],
        generations=12,
        rng=rng,
    )
    judged = {
        "torsion_before": round(torsion_error(first, *scan)),
        "torsion_after": round(torsion_error(long.potential, *scan)),
    }
    names = {"level": level, "start": start, "seed": seed}
    rows, bought = [], 0
    for leg, loop in enumerate((short, long), start=1):
        before = bought
        for entry in loop.history:
            rows.append(
                names
                | {"leg": leg, "generation": entry["generation"], "labels": bought}
                | {"survived_ps": entry["survived_ps"], "ended": entry["ended"][0]}
                | {"force_mae_800K": round(entry["force_mae"], 1), **judged}
            )
            bought = before + entry["labels"]
    return rows


def main(folder: Path) -> None:
    """Write the table into `folder`."""
    jobs = list(product(LEVELS, STARTS, SEEDS))
    rows = chain.from_iterable(on_two_cores(one_loop, jobs))
    write_rows(folder / "butane_loops.csv", COLUMNS, rows)


if __name__ == "__main__":
    main(chosen_folder())
