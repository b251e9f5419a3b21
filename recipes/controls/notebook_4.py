"""Controls of notebook 4, active learning."""

from functools import cache, partial
from unittest.mock import patch

import nbformat
import numpy as np
from scipy.stats import f as f_distribution
from scipy.stats import mannwhitneyu, spearmanr

from lecture8.active_learning import (
    CommitteeGrade,
    DistanceGrade,
    ExtrapolationGrade,
    active_learning,
    explore,
    fit_committee,
    label_one_by_one,
    select,
)
from lecture8.datasets import butane_frames, butane_loops, comparison
from lecture8.fitting import MomentTensor, errors
from lecture8.integrators import BlowUp, Langevin, simulate
from lecture8.reference import gfn2_xtb, torsion_scan
from lecture8.structures import BUTANE_CHAIN, butane, thermalise
from lecture8.validation import survival_time
from recipes.controls.claim import control

OPENING = "notebook 4, Potentials that have seen only the cold"
DOUBT = "notebook 4, The reliability of a committee; slide, Three ways to doubt; INSTRUCTORS.md"
LOOP = "notebook 4, The loop; slide, Active learning"
BROKEN = 4  # the notebook's potential, which breaks


def fit(frames, rng, level=8):
    """Return a moment tensor potential of all frames."""
    return MomentTensor(level).fit(frames, frames, rng=rng, epochs=40)


def twenty(number: int):
    """Return 20 trans frames of 300 K, the others, and the generator after the draw."""
    frames = butane_frames("300K")
    trans = [atoms for atoms in frames if abs(atoms.get_dihedral(*BUTANE_CHAIN) - 180) < 40]
    rng = np.random.default_rng(number)
    order = rng.permutation(len(trans))
    return [trans[i] for i in order[:20]], [trans[i] for i in order[20:]], rng


@cache
def cold_potential(number: int):
    """Return the potential of the notebook's number, fitted to 20 cold frames."""
    start, _, rng = twenty(number)
    return fit(start, rng)


def lives(potential, seed: int) -> float:
    """Return how long butane lives at 600 K, ps, of 5."""
    return explore(
        butane(),
        potential,
        lambda frames: np.ones(len(frames)),
        temperature_K=600,
        picoseconds=5,
        threshold=2,
        grade_every_fs=5,
        rng=np.random.default_rng(seed),
    ).survived_ps


@control(
    "Potential number 4 breaks within half a picosecond, whatever the machine's rounding.",
    where=OPENING,
    high=0.5,
    unit="ps",
)
def number_four_breaks(seed: int) -> float:
    """Move its training atoms by 1e-9 Å before the fit; the longest of five lives."""
    start, _, rng = twenty(BROKEN)
    noise = np.random.default_rng(seed)
    moved = [atoms.copy() for atoms in start]
    for atoms, labelled in zip(moved, start, strict=True):
        atoms.calc = labelled.calc
        atoms.positions += 1e-9 * noise.standard_normal(atoms.positions.shape)
        atoms.calc.atoms = atoms.copy()  # the labels are of these positions now
    potential = fit(moved, rng)
    return max(lives(potential, run) for run in range(5))


@control(
    "Most potentials that have seen twenty cold frames live through 5 ps at 600 K.",
    where=OPENING,
    high=4,
    unit="of ten",
    seeds=1,
)
def few_of_ten_break(seed: int) -> float:
    """Draw ten other twenties; how many of the potentials break in most of five runs."""
    return sum(
        np.median([lives(cold_potential(number), run) for run in range(5)]) < 5
        for number in range(5, 15)
    )


@control(
    "The error at 300 K gives no warning: that of number 4 is as good as the others'.",
    where=OPENING,
    low=0.8,
    high=1.25,
    seeds=1,
)
def home_gives_no_warning(seed: int) -> float:
    """Compare its force error at home with the mean of the four that live."""
    maes = [errors(twenty(k)[1], cold_potential(k)).force_mae for k in range(5)]
    return maes[BROKEN] / np.mean(maes[:BROKEN])


@control(
    "Before the molecule breaks, a bond is shorter than any in the training frames.",
    where="notebook 4, Watch it break",
    low=5,
    unit="fs",
)
def short_bond_comes_first(seed: int) -> float:
    """Break it from other velocities; by how much the short bond comes before the break."""
    rng = np.random.default_rng(seed)
    begin = thermalise(butane(), temperature_K=600, rng=rng)
    bath = Langevin(temperature_K=600, friction_per_fs=0.02)
    settings = {"timestep_fs": 1, "picoseconds": 0.5, "record_every_fs": 5, "bath": bath}
    try:
        run = simulate(begin, cold_potential(BROKEN), rng=rng, **settings)
    except BlowUp as blow_up:
        run = blow_up.trajectory
    at_rest = butane().get_all_distances()
    at_rest[(at_rest == 0) | (at_rest > 1.8)] = np.nan
    known = np.nanmin([atoms.get_all_distances() / at_rest for atoms in twenty(BROKEN)[0]])
    distances = np.linalg.norm(run.positions[:, :, None] - run.positions[:, None], axis=-1)
    short = np.nanmin(distances / at_rest, axis=(1, 2)) < known
    return 1e3 * (survival_time(run, butane()) - run.times[np.argmax(short)])


@control(
    "If the truth is one more draw, 13.5 % of the atoms err by more than 2 sigma of four members.",
    where=DOUBT,
    low=0.13,
    high=0.14,
)
def ideal_share_beyond(seed: int) -> float:
    """Draw truth and four members from one normal distribution in three directions."""
    draws = np.random.default_rng(seed).normal(size=(5, 100_000, 3))
    truth, members = draws[0], draws[1:]
    sigma = np.sqrt(((members - members.mean(axis=0)) ** 2).sum(axis=2).mean(axis=0))
    return np.mean(np.linalg.norm(members.mean(axis=0) - truth, axis=1) > 2 * sigma)


@cache
def doubts(number: int, committee_of: int | None = None):
    """Return sigma and error of a committee (B, N), grades and own errors of frames, and runs.

    The committee is drawn with the generator of the twenty, or with a seed of its own.
    """
    start, others, rng = twenty(number)
    potential = fit(start, rng)
    rng = rng if committee_of is None else np.random.default_rng(committee_of)
    members = fit_committee(start, 4, fit=fit, rng=rng)
    frames = [*others, *butane_frames("500K")[::12], *butane_frames("800K")[::3]]
    labels = np.array([atoms.get_forces() for atoms in frames])

    def wrong(potentials):
        forces = [[p.get_forces(atoms.copy()) for p in potentials] for atoms in frames]
        return np.linalg.norm(np.mean(forces, axis=1) - labels, axis=2)

    graders = (DistanceGrade(start), ExtrapolationGrade(potential, start))
    committee = CommitteeGrade(members)
    sigma = np.array([committee.per_atom(atoms) for atoms in frames])
    runs = np.array([str(atoms.info["run"]) for atoms in frames])
    return sigma, wrong(members), [g(frames) for g in graders], wrong([potential]), runs


@control(
    "Committees of five draws of frames are too sure: more than 18 % beyond 2 sigma, for 13.5.",
    where=DOUBT,
    low=0.18,
)
def share_beyond_two_sigma(seed: int) -> float:
    """Draw other twenties and committees; the share in the runs that are judged."""
    sigma, error, *_, runs = doubts(seed)
    judged = ~np.isin(runs, np.unique(runs)[::2])
    return np.mean(error[judged] > 2 * sigma[judged])


@control(
    "Committees of the same twenty frames differ: some are too sure, some are not.",
    where=DOUBT,
    low=0.03,
    high=0.5,
)
def other_committees_of_number_four(seed: int) -> float:
    """Draw other committees of number 4's frames; the share beyond 2 sigma in the judged runs."""
    sigma, error, *_, runs = doubts(BROKEN, seed)
    judged = ~np.isin(runs, np.unique(runs)[::2])
    return np.mean(error[judged] > 2 * sigma[judged])


@control(
    "A factor that was learned on other runs brings that share near 13.5 %.",
    where=DOUBT,
    low=0.07,
    high=0.2,
)
def share_with_a_factor(seed: int) -> float:
    """Draw other twenties and committees; learn the factor on every other run, judge the rest."""
    sigma, error, *_, runs = doubts(seed)
    learn = np.isin(runs, np.unique(runs)[::2])
    ratio = error / (2 * sigma)
    factor = np.quantile(ratio[learn], 1 - f_distribution.sf(4 * 3 / 5, 3, 9))
    return np.mean(ratio[~learn] > factor)


@control(
    "It is surest beyond its rights where it is calm.",
    where=DOUBT,
    low=1.2,
)
def calm_beside_doubtful(seed: int) -> float:
    """Draw other twenties; error / sigma in the calmest sixth, over that in the most doubtful."""
    sigma, error, *_ = doubts(seed)
    groups = np.array_split(np.argsort(sigma.ravel()), 6)
    ratios = [
        np.sqrt((error.ravel()[g] ** 2).mean() / (sigma.ravel()[g] ** 2).mean()) for g in groups
    ]
    return ratios[0] / ratios[-1]


@control(
    "All three grades rank frames by their error.",
    where="notebook 4, From doubt to error",
    low=0.6,
)
def rank_of_doubt(seed: int) -> float:
    """Draw other twenties; the smallest of the three rank correlations."""
    sigma, error, grades, own, _ = doubts(seed)
    pairs = [(sigma.max(axis=1), error.max(axis=1)), *((g, own.max(axis=1)) for g in grades)]
    return min(spearmanr(*pair)[0] for pair in pairs)


@control(
    "A committee of potentials that are too simple errs by much more than it doubts.",
    where="notebook 4, Where each is blind",
    low=1.5,
)
def simple_committee(seed: int) -> float:
    """Draw other twenties; rms error of level 4 on its own frames over the committee's doubt."""
    start, _, rng = twenty(seed)
    simple = fit(start, rng, 4)
    committee = CommitteeGrade(fit_committee(start, 4, fit=partial(fit, level=4), rng=rng))
    found = errors(start, simple)
    error = np.sqrt((np.linalg.norm(found.forces - found.force_labels, axis=1) ** 2).mean())
    return error / np.sqrt(np.mean([committee.per_atom(atoms) ** 2 for atoms in start]))


@control(
    "The loop of level 8 ends with 25 ps without a doubt, from each of five draws.",
    where=LOOP,
    low=25,
    unit="ps",
    seeds=(3, 4, 5, 6, 7),
)
def loop_lives(seed: int) -> float:
    """Read another seed of recipes/butane_loops.py; how long its last exploration ran."""
    table = butane_loops()
    here = (table["level"] == 8) & (table["start"] == "as it is") & (table["seed"] == seed)
    return table["survived_ps"][here][-1]


@control(
    "It buys some two dozen labels.",
    where=LOOP,
    low=15,
    high=35,
    unit="labels",
    seeds=(3, 4, 5, 6, 7),
)
def loop_labels(seed: int) -> float:
    """Read another seed of recipes/butane_loops.py; the labels bought before its end."""
    table = butane_loops()
    here = (table["level"] == 8) & (table["start"] == "as it is") & (table["seed"] == seed)
    return table["labels"][here].max()


@cache
def scan():
    """Return energies and relaxed structures along the torsion."""
    angles = np.arange(180, -1, -20)
    return torsion_scan(butane(), gfn2_xtb(), chain=BUTANE_CHAIN, angles_deg=angles)


def torsion_error(potential) -> float:
    """Return the largest error of the torsion profile, meV."""
    energies, structures = scan()
    profile = np.array([potential.get_potential_energy(atoms.copy()) for atoms in structures])
    return 1e3 * np.abs((profile - profile[0]) - (energies - energies[0])).max()


@control(
    "Level 8 has no right torsion profile, whatever the labels: its form is too simple.",
    where="notebook 4, Is it right now?",
    low=55,
    unit="meV",
)
def form_of_level_8(seed: int) -> float:
    """Fit it to 120 frames of 24 runs at 500 K, from other first parameters."""
    return torsion_error(fit(butane_frames("500K")[::10], np.random.default_rng(seed)))


@control(
    "Level 12 comes nearer with the same frames.",
    where="notebook 4, Is it right now?",
    high=0.8,
)
def form_of_level_12(seed: int) -> float:
    """Fit both to 120 frames of 24 runs at 500 K; error of the profile over that of level 8."""
    frames = butane_frames("500K")[::10]
    return torsion_error(fit(frames, np.random.default_rng(seed), 12)) / form_of_level_8(seed)


def reached(strategy: str, labels: int, column: str) -> np.ndarray:
    """Return what each seed had reached with at most so many labels."""
    table, found = comparison(), []
    for seed in range(5):
        rows = (table["strategy"] == strategy) & (table["seed"] == seed)
        rows &= table["labels"] <= labels
        found.append(table[column][rows][np.argmax(table["labels"][rows])])
    return np.array(found)


@control(
    "With 20 labels the committee's lead over its own random frames is a hint, no result.",
    where="notebook 4, Is that better than luck?; slide, Is that better than luck?",
    low=0.05,
    seeds=1,
)
def lead_of_the_committee(seed: int) -> float:
    """Test the ranks of five seeds against five: p, two-sided."""
    column = "force_mae_800K"
    pair = (reached(name, 20, column) for name in ("committee", "own dynamics"))
    return mannwhitneyu(*pair).pvalue


@control(
    "With 40 labels no strategy's median is away from another's by more than the seeds' spread.",
    where="notebook 4, Is that better than luck?",
    high=1,
    seeds=1,
)
def medians_with_forty_labels(seed: int) -> float:
    """Divide the range of the five medians by the median range of the seeds."""
    names = ("committee", "extrapolation", "own dynamics", "ab initio", "conformers")
    values = [reached(name, 40, "force_mae_800K") for name in names]
    return np.ptp([np.median(v) for v in values]) / np.median([np.ptp(v) for v in values])


@control(
    "With a threshold of 50 the loop ends after one label, or none.",
    where="notebook 4, A threshold of 50; INSTRUCTORS.md",
    high=1,
    unit="labels",
    seeds=(1, 2, 3, 4, 5),
)
def loose_loop(seed: int) -> float:
    """Explore with another seed; the labels that it bought."""
    start, first = twenty(BROKEN)[0], cold_potential(BROKEN)
    run = {"temperature_K": 600, "picoseconds": 2, "threshold": 50, "grade_every_fs": 20}
    loop = active_learning(
        start,
        butane_frames("800K")[::10],
        fit=lambda frames, previous, rng: (previous or first).fit(
            frames, frames, rng=rng, epochs=40
        ),
        make_grader=lambda potential, frames, rng: ExtrapolationGrade(potential, frames),
        explore=partial(explore, **run),
        select=partial(select, threshold=50),
        label=partial(label_one_by_one, potential=gfn2_xtb()),
        runs=1,
        budget=60,
        rng=np.random.default_rng(seed),
    )
    return loop.history[-1]["labels"]


@control(
    "A label for the most doubtful frame takes away much of the doubt about the next nine.",
    where="notebook 4, The ten most doubtful",
    high=0.75,
)
def same_frame_ten_times(seed: int) -> float:
    """Explore with another seed; the mean share of their grades that the nine keep."""
    start, first = twenty(BROKEN)[0], cold_potential(BROKEN)
    grader = ExtrapolationGrade(first, start)
    candidates = explore(
        butane(),
        first,
        grader,
        temperature_K=600,
        picoseconds=0.5,
        threshold=1.1,
        break_threshold=50,
        grade_every_fs=1,
        rng=np.random.default_rng(seed),
    ).candidates
    ranked = sorted(candidates, key=lambda atoms: -atoms.info["grade"])[:10]
    then = ExtrapolationGrade(first, start + ranked[:1])(ranked[1:])
    return np.mean(then / [atoms.info["grade"] for atoms in ranked[1:]])


@control(
    "What the loops' potentials say of gauche, reweighted to GFN2-xTB, is what its own runs say.",
    where="notebook 4, Populations",
    low=-3.5,
    high=3.5,
    unit="of both errors",
)
def reweighted_beside_direct(seed: int) -> float:
    """Run the notebook's loop and its molecules with other random numbers; divide the distance."""
    cells = {c.id: c.source for c in nbformat.read("notebooks/04_active_learning.ipynb", 4).cells}
    names: dict = {}
    usual = np.random.default_rng

    def other(given=None):
        return usual([given, seed + 1] if isinstance(given, int) else given)

    with patch.object(np.random, "default_rng", other):
        for name in ("imports", "start", "five", "report", "loop", "longer", "profile", "crowd"):
            exec(cells[name], names)
            names["plt"].close("all")
        for name in ("population", "direct"):
            exec(cells[name], names)
    distance = names["reweighted"] - names["direct"].value
    return distance / np.hypot(names["its_error"], names["direct"].error)
