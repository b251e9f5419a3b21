"""Mistakes that students make in homework 2, each with the test cells that it must lose."""

from inspect import getsource

from tests.homework import right_answers_hw2
from tests.homework.wrong_answers import WrongAnswer

LOSS_PER_ATOM_SQUARED = """
def loss(energies, energy_labels, forces, force_labels, lambda_E, lambda_F, per_atom=False):
    total = 0.0
    for E_hat, E, F_hat, F in zip(energies, energy_labels, forces, force_labels, strict=True):
        N = len(F)
        energy_part = (E_hat - E) ** 2 / (N if per_atom else 1)
        total += lambda_E * energy_part + lambda_F * np.sum((F_hat - F) ** 2) / (3 * N)
    return total / len(energies)
"""

LOSS_OVER_ALL_ATOMS = """
def loss(energies, energy_labels, forces, force_labels, lambda_E, lambda_F, per_atom=False):
    energy_errors = np.array(energies) - np.array(energy_labels)
    if per_atom:
        energy_errors = energy_errors / np.array([len(F) for F in forces])
    force_errors = np.concatenate(forces) - np.concatenate(force_labels)
    return lambda_E * np.mean(energy_errors**2) + lambda_F * np.mean(force_errors**2)
"""

ERRORS_OF_A_MEAN_ATOM = """
def energy_errors(energies, energy_labels, sizes):
    difference = 1e3 * (np.array(energies) - np.array(energy_labels))
    per_frame = np.abs(difference).mean()
    without_zero = difference / sizes - np.mean(difference / sizes)
    return per_frame, per_frame / np.mean(sizes), np.abs(without_zero).mean()
"""

ERRORS_IN_EV = """
def energy_errors(energies, energy_labels, sizes):
    difference = np.array(energies) - np.array(energy_labels)
    per_atom = difference / sizes
    left = per_atom - per_atom.mean()
    return np.abs(difference).mean(), np.abs(per_atom).mean(), np.abs(left).mean()
"""

DESCRIPTORS = """
def descriptors(positions, centres, width, cutoff, powers):
    N = len(positions)
    d = positions[None] - positions[:, None]
    r = np.linalg.norm(d, axis=2) + {self_distance} * np.eye(N)
    f = np.where(r < cutoff, (1 - (r / cutoff) ** 2) ** 3, 0.0)
    g = (np.exp(-(((r[..., None] - centres) / width) ** 2)) * {weight}[..., None]).sum(axis=1)
    f = f * (1 - np.eye(N))
    u = d / (r + np.eye(N))[..., None] if {self_distance} == 0 else d / r[..., None]
    pairs = f[:, :, None] * f[:, None, :] * {pairs}
    cosine = u @ u.transpose(0, 2, 1)
    return np.column_stack([g, *[(pairs * cosine**p).sum(axis=(1, 2)) for p in powers]])
"""

ITSELF_A_NEIGHBOUR = DESCRIPTORS.format(self_distance=0, weight="f", pairs="(1 - np.eye(N))")
EACH_PAIR_ONCE = DESCRIPTORS.format(
    self_distance=99, weight="f", pairs="np.triu(np.ones((N, N)), 1)"
)
ONLY_THE_NEXT = DESCRIPTORS.format(self_distance=99, weight="f", pairs="np.eye(N, k=1) * 2")

FIT = """
def fit_linear(rows, gradients, energies, forces, lambda_E, lambda_F):
    left, right = [], []
    for b, db, E, F in zip(rows, gradients, energies, forces, strict=True):
        N, K = b.shape
        w_E, w_F = {w_E}, {w_F}
        left += [w_E * b.{over_atoms}(axis=0)[None], {sign}w_F * db.reshape(-1, K)]
        right += [[w_E * E], w_F * F.ravel()]
    return np.linalg.lstsq(np.concatenate(left), np.concatenate(right), rcond=None)[0]
"""
ROOTS = {"w_E": "lambda_E**0.5", "w_F": "(lambda_F / (3 * N)) ** 0.5"}
FORCE_SIGN = FIT.format(**ROOTS, over_atoms="sum", sign="")
MEAN_ENERGY = FIT.format(**ROOTS, over_atoms="mean", sign="-")
NO_ROOTS = FIT.format(w_E="lambda_E", w_F="lambda_F / (3 * N)", over_atoms="sum", sign="-")
NO_SIZE = FIT.format(w_E="lambda_E**0.5", w_F="lambda_F**0.5", over_atoms="sum", sign="-")

SPLIT_FRAMES = """
def split_by_family(run_of_frame, started_from, test_share, seed):
    number = len(run_of_frame)
    order = np.random.default_rng(seed).permutation(number)
    size = int(np.ceil(test_share * number))
    return order[size:], order[:size]
"""

SPLIT_RUNS = """
def split_by_family(run_of_frame, started_from, test_share, seed):
    in_test = np.zeros(len(run_of_frame), dtype=bool)
    for run in np.random.default_rng(seed).permutation(np.unique(run_of_frame)):
        if in_test.sum() >= test_share * len(in_test):
            break
        in_test |= run_of_frame == run
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)
"""

SPLIT_PARENTS = """
def split_by_family(run_of_frame, started_from, test_share, seed):
    runs = np.arange(len(started_from))
    family = np.where(started_from >= 0, started_from, runs)[run_of_frame]
    in_test = np.zeros(len(run_of_frame), dtype=bool)
    for one in np.random.default_rng(seed).permutation(np.unique(family)):
        if in_test.sum() >= test_share * len(in_test):
            break
        in_test |= family == one
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)
"""

GRADE = """
def extrapolation_grade(rows, active):
    c = np.linalg.solve({matrix}, rows.T).T
    return {size}.max(axis=1), {size}.argmax(axis=1)
"""

DOUBT_BY_COMPONENT = """
def committee_doubt(forces):
    return forces.std(axis=0).max(axis=(1, 2))
"""

SELECT = """
def select_frames(doubts, runs, times_fs, number, apart_fs, threshold):
    chosen = []
    for i in np.argsort(doubts)[::-1]:
        if doubts[i] < threshold or len(chosen) == number:
            break
        if all({apart} for k in chosen):
            chosen.append(i)
    return np.array(chosen, int)
"""

CURVE = """
def frames_needed(frames, errors, target):
    slope, intercept = np.polyfit({x}, {y}, 1)
    return -slope, int(np.ceil({n}))
"""

LOSS_ALL_PER_ATOM = """
def loss(energies, energy_labels, forces, force_labels, lambda_E, lambda_F, per_atom=False):
    total = 0.0
    for E_hat, E, F_hat, F in zip(energies, energy_labels, forces, force_labels, strict=True):
        N = len(F)
        part = lambda_E * (E_hat - E) ** 2 + lambda_F * np.mean((F_hat - F) ** 2)
        total += part / N**2 if per_atom else part
    return total / len(energies)
"""

ERRORS_ZERO_OF_ALL_ATOMS = """
def energy_errors(energies, energy_labels, sizes):
    difference = 1e3 * (energies - energy_labels)
    zero = difference.sum() / sizes.sum()
    return [np.abs(x).mean() for x in (difference, difference / sizes, difference / sizes - zero)]
"""

DESCRIPTORS_FOR = """
def descriptors(positions, centres, width, cutoff, powers):
    N, K = len(positions), len(centres)
    rows = np.zeros((N, K + len(powers)))

    def f(r):
        return (1 - r**2 / cutoff**2) ** 3 {beyond}

    for i in range(N):
        others = [j for j in range(N) if j != i]
        away = {{j: positions[j] - positions[i] for j in others}}
        r = {{j: np.linalg.norm(away[j]) for j in others}}
        for j in others:
            rows[i, :K] += np.exp(-(((r[j] - centres) / width) ** 2)) * f(r[j])
            for m in others:
                if {different}:
                    cosine = away[j] @ away[m] / r[j] / r[m]
                    rows[i, K:] += [f(r[j]) * f(r[m]) * {power} for p in powers]
    return rows
"""
KEPT = {"beyond": "if r < cutoff else 0.0", "different": "j != m", "power": "cosine**p"}
BEYOND_THE_CUTOFF = DESCRIPTORS_FOR.format(**KEPT | {"beyond": ""})
AN_ATOM_WITH_ITSELF = DESCRIPTORS_FOR.format(**KEPT | {"different": "True"})
NO_SIGN = DESCRIPTORS_FOR.format(**KEPT | {"power": "abs(cosine) ** p"})

RIDGE = FIT.format(**ROOTS, over_atoms="sum", sign="-").replace(
    "    return np.linalg.lstsq(np.concatenate(left), np.concatenate(right), rcond=None)[0]",
    "    M, y = np.concatenate(left), np.concatenate(right)\n"
    "    return np.linalg.solve(M.T @ M + 1e-3 * np.eye(K), M.T @ y)",
)
ENERGIES_ONLY = """
def fit_linear(rows, gradients, energies, forces, lambda_E, lambda_F):
    M = np.array([b.sum(axis=0) for b in rows])
    return np.linalg.lstsq(M, energies, rcond=None)[0]
"""

SPLIT = """
def split_by_family(run_of_frame, started_from, test_share, seed):
    ancestor = np.arange(len(started_from))
    for run in range(len(started_from)):
        while started_from[ancestor[run]] >= 0:
            ancestor[run] = started_from[ancestor[run]]
    family = ancestor[run_of_frame]
    in_test = np.zeros(len(family), dtype=bool)
    taken = 0
    for one in {order}:
        if {enough}:
            break
        in_test |= family == one
        taken += 1
    return {result}
"""
RIGHT_SPLIT = {
    "order": "np.random.default_rng(seed).permutation(np.unique(family))",
    "enough": "in_test.sum() >= test_share * len(in_test)",
    "result": "np.flatnonzero(~in_test), np.flatnonzero(in_test)",
}
SPLIT_MORE_THAN = SPLIT.format(**RIGHT_SPLIT | {"enough": "in_test.mean() > test_share"})
SPLIT_SHARE_OF_FAMILIES = SPLIT.format(
    **RIGHT_SPLIT | {"enough": "taken >= test_share * len(np.unique(family))"}
)
SPLIT_NO_SEED = SPLIT.format(
    **RIGHT_SPLIT | {"order": "np.random.default_rng().permutation(np.unique(family))"}
)
SPLIT_NO_CHANCE = SPLIT.format(**RIGHT_SPLIT | {"order": "np.unique(family)"})
SPLIT_MASKS = SPLIT.format(**RIGHT_SPLIT | {"result": "~in_test, in_test"})
SPLIT_KNOWN_RUNS = """
def split_by_family(run_of_frame, started_from, test_share, seed):
    present = set(run_of_frame.tolist())
    family = {run: run for run in present}
    for _ in range(len(started_from)):
        for run in present:
            parent = int(started_from[run])
            if parent in present:
                family[run] = family[parent] = min(family[run], family[parent])
    family = np.array([family[run] for run in run_of_frame.tolist()])
    in_test = np.zeros(len(family), dtype=bool)
    for one in np.random.default_rng(seed).permutation(np.unique(family)):
        if in_test.sum() >= test_share * len(in_test):
            break
        in_test |= family == one
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)
"""

DOUBT_MEAN_ATOM = """
def committee_doubt(forces):
    away = forces - forces.mean(axis=0)
    return np.sqrt((away**2).sum(axis=3).mean(axis=0)).mean(axis=1)
"""

SELECT_ABOVE = """
def select_frames(doubts, runs, times_fs, number, apart_fs, threshold):
    chosen = []
    for i in sorted(range(len(doubts)), key=lambda i: -doubts[i]):
        same_run = [k for k in chosen if runs[k] == runs[i]]
        near = [k for k in same_run if abs(times_fs[k] - times_fs[i]) < apart_fs]
        if doubts[i] > threshold and not near and len(chosen) < number:
            chosen.append(i)
    return chosen
"""
SELECT_SORTED = SELECT_ABOVE.replace("> threshold", ">= threshold").replace(
    "return chosen", "return sorted(chosen)"
)

WRONG_ANSWERS = [
    WrongAnswer(
        "loss per atom: the square of the energy error is divided by N, not by N²",
        {"loss": LOSS_PER_ATOM_SQUARED},
        {"loss-per-atom": 1.0},
    ),
    WrongAnswer(
        "loss: forces averaged over all atoms, so that large frames count more",
        {"loss": LOSS_OVER_ALL_ATOMS},
        {"loss-of-a-set": 0.67, "loss-per-atom": 0.5},
    ),
    WrongAnswer(
        "error per atom: the error per frame divided by the mean size",
        {"errors": ERRORS_OF_A_MEAN_ATOM},
        {"three-errors": 0.5},
    ),
    WrongAnswer("errors in eV instead of meV", {"errors": ERRORS_IN_EV}, {"three-errors": 2.0}),
    WrongAnswer(
        "an atom is its own neighbour at distance zero",
        {"descriptors": ITSELF_A_NEIGHBOUR},
        {"radial-descriptors": 1.0},
    ),
    WrongAnswer(
        "each pair of neighbours is counted once",
        {"descriptors": EACH_PAIR_ONCE},
        {"angular-descriptors": 1.0},
    ),
    WrongAnswer(
        "angles between atoms that follow each other in the list: not invariant to their order",
        {"descriptors": ONLY_THE_NEXT},
        {"angular-descriptors": 2.0},
    ),
    WrongAnswer(
        "forces are plus the gradient",
        {"fit": FORCE_SIGN},
        {"fit-without-noise": 1.33, "fit-with-weights": 0.5},
    ),
    WrongAnswer(
        "the energy of a frame is the mean over its atoms, not the sum",
        {"fit": MEAN_ENERGY},
        {"fit-without-noise": 2.0, "fit-with-weights": 1.5},
    ),
    WrongAnswer(
        "rows multiplied by the weights, not by their roots",
        {"fit": NO_ROOTS},
        {"fit-with-weights": 1.0},
    ),
    WrongAnswer("1/(3N) forgotten in the fit", {"fit": NO_SIZE}, {"fit-with-weights": 1.0}),
    WrongAnswer(
        "a leak: frames split at random",
        {"split": SPLIT_FRAMES},
        {"split-runs": 2.0, "split-families": 1.0},
    ),
    WrongAnswer(
        "a leak: runs that were started again count as independent",
        {"split": SPLIT_RUNS},
        {"split-families": 1.0},
    ),
    WrongAnswer(
        "a leak: parents are kept with their children, grandparents are not",
        {"split": SPLIT_PARENTS},
        {"split-families": 0.33},
    ),
    WrongAnswer(
        "grade from A c = b instead of c A = b",
        {"grade": GRADE.format(matrix="active", size="np.abs(c)")},
        {"grade-of-rows": 2.0},
    ),
    WrongAnswer(
        "grade without the absolute value",
        {"grade": GRADE.format(matrix="active.T", size="c")},
        {"grade-of-rows": 1.0},
    ),
    WrongAnswer(
        "doubt of the worst component instead of the vector",
        {"committee": DOUBT_BY_COMPONENT},
        {"doubt-of-frames": 0.5},
    ),
    WrongAnswer(
        "frames of different runs exclude each other",
        {"select": SELECT.format(apart="abs(times_fs[i] - times_fs[k]) >= apart_fs")},
        {"selected-frames": 0.5},
    ),
    WrongAnswer(
        "frames exactly apart_fs apart exclude each other",
        {
            "select": SELECT.format(
                apart="runs[i] != runs[k] or abs(times_fs[i] - times_fs[k]) > apart_fs"
            )
        },
        {"selected-frames": 0.5},
    ),
    WrongAnswer(
        "a straight line through the errors, without logarithms",
        {"needed": CURVE.format(x="frames", y="errors", n="(target - intercept) / slope")},
        {"frames-for-a-target": 1.0},
    ),
    WrongAnswer(
        "logarithms to base 10, undone with the base e",
        {
            "needed": CURVE.format(
                x="np.log10(frames)",
                y="np.log10(errors)",
                n="np.exp((np.log10(target) - intercept) / slope)",
            )
        },
        {"frames-for-a-target": 1.0},
    ),
    WrongAnswer(
        "loss per atom: the forces are divided, too",
        {"loss": LOSS_ALL_PER_ATOM},
        {"loss-per-atom": 0.5},
    ),
    WrongAnswer(
        "the zero is that of all atoms together, not the mean of frames",
        {"errors": ERRORS_ZERO_OF_ALL_ATOMS},
        {"three-errors": 1.0},
    ),
    WrongAnswer(
        "the cutoff does not cut: the polynomial goes on beyond it",
        {"descriptors": BEYOND_THE_CUTOFF},
        {"radial-descriptors": 0.5, "angular-descriptors": 1.0},
    ),
    WrongAnswer(
        "an atom makes an angle with itself",
        {"descriptors": AN_ATOM_WITH_ITSELF},
        {"angular-descriptors": 2.0},
    ),
    WrongAnswer(
        "angles without the sign of their cosine",
        {"descriptors": NO_SIGN},
        {"angular-descriptors": 1.0},
    ),
    WrongAnswer(
        "a ridge that was not asked for",
        {"fit": RIDGE},
        {"fit-without-noise": 2.0, "fit-with-weights": 2.0},
    ),
    WrongAnswer(
        "a fit to the energies alone",
        {"fit": ENERGIES_ONLY},
        {"fit-without-noise": 1.33, "fit-with-weights": 1.5},
    ),
    WrongAnswer(
        "a split that goes on when the share is just reached",
        {"split": SPLIT_MORE_THAN},
        {"split-runs": 0.67},
    ),
    WrongAnswer(
        "a share of the families, not of the frames",
        {"split": SPLIT_SHARE_OF_FAMILIES},
        {"split-families": 0.67},
    ),
    WrongAnswer(
        "a split that forgets its seed",
        {"split": SPLIT_NO_SEED},
        {"split-runs": 0.67},
    ),
    WrongAnswer(
        "a split in the order of the runs, not by chance",
        {"split": SPLIT_NO_CHANCE},
        {"split-runs": 0.67},
    ),
    WrongAnswer(
        "a split that returns masks, not indices",
        {"split": SPLIT_MASKS},
        {"split-runs": 2.0, "split-families": 1.0},
    ),
    WrongAnswer(
        "a run without frames does not tie its family",
        {"split": SPLIT_KNOWN_RUNS},
        {"split-families": 0.33},
    ),
    WrongAnswer(
        "the mean doubt of a frame, not that about its worst atom",
        {"committee": DOUBT_MEAN_ATOM},
        {"doubt-of-frames": 1.0},
    ),
    WrongAnswer(
        "a doubt of exactly the threshold is left out",
        {"select": SELECT_ABOVE},
        {"selected-frames": 0.5},
    ),
    WrongAnswer(
        "the choice in the order of the frames",
        {"select": SELECT_SORTED},
        {"selected-frames": 2.0},
    ),
    WrongAnswer(
        "N - 1 members in the doubt",
        {
            "committee": DOUBT_MEAN_ATOM.replace(
                "mean(axis=0)).mean(", "sum(axis=0) / (len(forces) - 1)).max("
            )
        },
        {"doubt-of-frames": 1.0},
    ),
    WrongAnswer(
        "frames needed, rounded to the nearest whole number",
        {
            "needed": CURVE.format(
                x="np.log(frames)", y="np.log(errors)", n="(np.log(target) - intercept) / slope"
            )
            .replace("np.ceil(", "np.rint(np.exp(")
            .replace("slope))", "slope)))")
        },
        {"frames-for-a-target": 0.5},
    ),
]

RIGHT_ANSWERS = [
    WrongAnswer(
        "an atom exactly at the cutoff is a neighbour, with the weight zero",
        {"descriptors": DESCRIPTORS_FOR.format(**KEPT | {"beyond": "if r <= cutoff else 0.0"})},
        {},
    ),
    WrongAnswer(
        "every function in loops and other words",
        {
            "loss": getsource(right_answers_hw2.loss),
            "errors": getsource(right_answers_hw2.energy_errors),
            "descriptors": getsource(right_answers_hw2.descriptors),
            "fit": getsource(right_answers_hw2.fit_linear),
            "split": getsource(right_answers_hw2.split_by_family),
            "grade": getsource(right_answers_hw2.extrapolation_grade),
            "committee": getsource(right_answers_hw2.committee_doubt),
            "select": getsource(right_answers_hw2.select_frames),
            "needed": getsource(right_answers_hw2.frames_needed),
        },
        {},
    ),
    WrongAnswer(
        "whole numbers that are stored as floats, the choice as an array",
        {
            "split": SPLIT.format(
                **RIGHT_SPLIT
                | {"result": "[1.0 * np.flatnonzero(side) for side in (~in_test, in_test)]"}
            ),
            "select": SELECT_ABOVE.replace("> threshold", ">= threshold").replace(
                "return chosen", "return np.array(chosen)"
            ),
        },
        {},
    ),
]
