"""Make active_learning.csv: does doubt choose better labels than luck? 50 minutes on 2 busy cores.

Run: python -m recipes.active_learning [folder]

Moment tensor potentials of butane (level 12) start from ten GFN2-xTB frames of trans butane at
300 K and are given 5 ... 40 more labels to become good at 600 K, chosen in five ways:

extrapolation  `active_learning`: its own MD at 600 K, frames with the largest extrapolation grade;
committee      the same loop, frames on which three potentials disagree most;
own dynamics   the same loop, frames drawn at random from that MD, which nothing stops in time;
ab initio      frames drawn at random from 10 ps of GFN2-xTB MD at 600 K, every step of which must
               be computed; it starts in trans, too, and may stay there;
conformers     the same from 4 runs of 2.5 ps, two from trans and one from either gauche: the best
               that luck can do, for someone who knows where to look and can afford it.

A row judges a potential fitted to the first labels of one strategy and seed: by its errors on
frames that no strategy has seen, and by how long it carries butane at 600 K (10 ps at most).
"""

from functools import cache, partial
from itertools import chain, product
from pathlib import Path

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
from lecture8.fitting import MomentTensor, errors
from lecture8.reference import gfn2_xtb, labelled_dynamics, torsion_scan, turn_torsion
from lecture8.structures import BUTANE_CHAIN, butane
from recipes.writing import chosen_folder, on_two_cores, write_rows

STRATEGIES = ("committee", "extrapolation", "own dynamics", "ab initio", "conformers")
SEEDS = range(5)
CONFORMERS_DEG = {"ab initio": (180,), "conformers": (180, 65, 180, 295)}
LEVEL = 12
START = 10  # frames of trans butane at 300 K
LABELS = (5, 10, 20, 40)  # and 80 from ab initio dynamics: how many does luck need?
EACH = 10  # labels a generation, at most
THRESHOLDS = {"extrapolation": 2.0, "committee": 0.2, "own dynamics": 0.5}  # -, eV/Å, -
BREAK = {"extrapolation": 10.0, "committee": 1.0, "own dynamics": 2.0}
TEMPERATURE_K = 600
COLUMNS = (
    *("strategy", "seed", "labels", "generation"),
    *("force_mae_500K", "force_mae_800K", "worst_800K", "torsion_mae"),  # meV/Å; meV
    *("survived_ps_600K", "reference_calls"),
)


def fit(frames, previous, rng):
    """Fit anew and from the last potential; the lower loss wins, for some fits end in a valley."""
    fits = [
        model.fit(frames, frames, rng=rng, epochs=60, patience=15)
        for model in (MomentTensor(LEVEL), previous or MomentTensor(LEVEL))
    ]
    return min(fits, key=lambda potential: min(potential.history["train"]))


def no_doubt(frames):
    """Grade all frames alike."""
    return np.ones(len(frames))


def make_grader(strategy, potential, frames, rng):
    """Return what doubts."""
    if strategy == "extrapolation":
        return ExtrapolationGrade(potential, frames)
    if strategy == "committee":
        members = fit_committee(frames, 2, fit=lambda part, rng: fit(part, None, rng), rng=rng)
        return CommitteeGrade([potential, *members])
    return no_doubt


def a_few(strategy, rng, candidates, grader, number, *, known):
    """Return at most EACH of the candidates."""
    number = min(number, EACH)
    if strategy == "own dynamics":
        number = min(number, len(candidates))
        return [candidates[i] for i in rng.choice(len(candidates), number, replace=False)]
    return select(candidates, grader, number, known=known, threshold=1.1)


def bought_in_a_loop(strategy: str, start: list, rng):
    """Return the labelled frames in the order in which they were bought."""
    loop = active_learning(
        start,
        start,
        fit=fit,
        make_grader=partial(make_grader, strategy),
        explore=partial(
            explore,
            temperature_K=TEMPERATURE_K,
            picoseconds=3,
            threshold=THRESHOLDS[strategy],
            break_threshold=BREAK[strategy],
        ),
        select=partial(a_few, strategy, rng),
        label=partial(label_one_by_one, potential=gfn2_xtb()),
        budget=max(LABELS),
        rng=rng,
        generations=20,
        report=lambda entry: print(strategy, entry, flush=True),
    )
    return loop.frames[len(start) :]


def drawn_from_ab_initio(angles_deg, rng):
    """Return frames of GFN2-xTB dynamics in random order, and how many forces that took."""
    steps, equilibrate = 10_000 // len(angles_deg), 1000  # of 1 fs
    frames = []
    for angle in angles_deg:
        frames += labelled_dynamics(
            turn_torsion(butane(), BUTANE_CHAIN, angle),
            gfn2_xtb(),
            temperature_K=TEMPERATURE_K,
            picoseconds=steps / 1000,
            record_every_fs=10_000 // (2 * max(LABELS)),
            equilibrate_ps=equilibrate / 1000,
            timestep_fs=1.0,
            rng=rng,
        )
    calls = len(angles_deg) * (steps + equilibrate)
    return [frames[i] for i in rng.permutation(len(frames))], calls


@cache
def tests():
    """Return test frames at 500 K and 800 K, and relaxed structures along the torsion."""
    angles = np.arange(180, -1, -15)
    energies, scan = torsion_scan(butane(), gfn2_xtb(), chain=BUTANE_CHAIN, angles_deg=angles)
    return butane_frames("500K")[::10], butane_frames("800K")[::2], energies, scan


def judged(potential, rng) -> dict:
    """Return the errors (meV/Å; the torsion profile in meV) and how long dynamics survives."""
    at_500K, at_800K, energies, scan = tests()
    hot = errors(at_800K, potential)
    atoms = 1e3 * np.linalg.norm(hot.forces - hot.force_labels, axis=1)
    profile = np.array([potential.get_potential_energy(atoms) for atoms in scan])
    difference = (profile - profile[0]) - (energies - energies[0])  # from trans, where all agree
    md = partial(explore, temperature_K=TEMPERATURE_K, picoseconds=10, threshold=2, rng=rng)
    return {
        "force_mae_500K": round(errors(at_500K, potential).force_mae, 1),
        "force_mae_800K": round(hot.force_mae, 1),
        "worst_800K": round(np.percentile(atoms, 99)),
        "torsion_mae": round(1e3 * float(np.abs(difference).mean()), 1),
        "survived_ps_600K": md(butane(), potential, no_doubt).survived_ps,
    }


def one_run(strategy: str, seed: int) -> list[dict]:
    """Return the rows of one strategy and seed; a loop that found no doubt left ends early."""
    frames = butane_frames("300K")
    cold = [atoms for atoms in frames if abs(atoms.get_dihedral(*BUTANE_CHAIN) - 180) < 40]
    rng = np.random.default_rng(seed)  # all strategies start from the same frames
    start = [cold[i] for i in rng.choice(len(cold), START, replace=False)]
    rng = np.random.default_rng([seed, STRATEGIES.index(strategy)])
    if strategy in CONFORMERS_DEG:
        bought, calls = drawn_from_ab_initio(CONFORMERS_DEG[strategy], rng)
    else:
        bought, calls = bought_in_a_loop(strategy, start, rng), None
    sizes = [*LABELS, 2 * max(LABELS)] if strategy in CONFORMERS_DEG else [*LABELS]
    sizes += [0] if strategy == "ab initio" else []  # without labels all strategies are the same
    rows, potential = [], None
    for n in sorted({min(n, len(bought)) for n in sizes}):
        seeds = np.random.default_rng([seed, n])
        row = {"strategy": strategy if n else "start", "seed": seed, "labels": n}
        # The name of a bought frame's run is "generation-3-0".
        generation = int(bought[n - 1].info["run"].split("-")[1]) if n and calls is None else ""
        potential = fit(start + bought[:n], potential, seeds)
        row |= {"generation": generation, **judged(potential, seeds)}
        rows.append(row | {"reference_calls": (calls or n) if n else 0})
    return rows


def main(folder: Path) -> None:
    """Write the table into `folder`."""
    jobs = [(strategy, seed) for seed, strategy in product(SEEDS, STRATEGIES)]
    rows = chain.from_iterable(on_two_cores(one_run, jobs))
    write_rows(folder / "active_learning.csv", COLUMNS, rows)


if __name__ == "__main__":
    main(chosen_folder())
