"""Mistakes that students make in homework 2, each with the test cells that it must lose."""

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

WRONG_ANSWERS = [
    WrongAnswer(
        "loss per atom: the square of the energy error is divided by N, not by N²",
        {"loss": LOSS_PER_ATOM_SQUARED},
        {"loss-per-atom"},
    ),
    WrongAnswer(
        "loss: forces averaged over all atoms, so that large frames count more",
        {"loss": LOSS_OVER_ALL_ATOMS},
        {"loss-of-a-set", "loss-per-atom"},
    ),
    WrongAnswer(
        "error per atom: the error per frame divided by the mean size",
        {"errors": ERRORS_OF_A_MEAN_ATOM},
        {"three-errors"},
    ),
    WrongAnswer("errors in eV instead of meV", {"errors": ERRORS_IN_EV}, {"three-errors"}),
    WrongAnswer(
        "an atom is its own neighbour at distance zero",
        {"descriptors": ITSELF_A_NEIGHBOUR},
        {"radial-descriptors"},
    ),
    WrongAnswer(
        "each pair of neighbours is counted once",
        {"descriptors": EACH_PAIR_ONCE},
        {"angular-descriptors"},
    ),
    WrongAnswer(
        "angles between atoms that follow each other in the list: not invariant to their order",
        {"descriptors": ONLY_THE_NEXT},
        {"angular-descriptors"},
    ),
    WrongAnswer(
        "forces are plus the gradient",
        {"fit": FORCE_SIGN},
        {"fit-without-noise", "fit-with-weights"},
    ),
    WrongAnswer(
        "the energy of a frame is the mean over its atoms, not the sum",
        {"fit": MEAN_ENERGY},
        {"fit-without-noise", "fit-with-weights"},
    ),
    WrongAnswer(
        "rows multiplied by the weights, not by their roots",
        {"fit": NO_ROOTS},
        {"fit-with-weights"},
    ),
    WrongAnswer("1/(3N) forgotten in the fit", {"fit": NO_SIZE}, {"fit-with-weights"}),
    WrongAnswer(
        "a leak: frames split at random",
        {"split": SPLIT_FRAMES},
        {"split-runs", "split-families"},
    ),
    WrongAnswer(
        "a leak: runs that were started again count as independent",
        {"split": SPLIT_RUNS},
        {"split-families"},
    ),
    WrongAnswer(
        "a leak: parents are kept with their children, grandparents are not",
        {"split": SPLIT_PARENTS},
        {"split-families"},
    ),
    WrongAnswer(
        "grade from A c = b instead of c A = b",
        {"grade": GRADE.format(matrix="active", size="np.abs(c)")},
        {"grade-of-rows"},
    ),
    WrongAnswer(
        "grade without the absolute value",
        {"grade": GRADE.format(matrix="active.T", size="c")},
        {"grade-of-rows"},
    ),
    WrongAnswer(
        "doubt of the worst component instead of the vector",
        {"committee": DOUBT_BY_COMPONENT},
        {"doubt-of-frames"},
    ),
    WrongAnswer(
        "frames of different runs exclude each other",
        {"select": SELECT.format(apart="abs(times_fs[i] - times_fs[k]) >= apart_fs")},
        {"selected-frames"},
    ),
    WrongAnswer(
        "frames exactly apart_fs apart exclude each other",
        {
            "select": SELECT.format(
                apart="runs[i] != runs[k] or abs(times_fs[i] - times_fs[k]) > apart_fs"
            )
        },
        {"selected-frames"},
    ),
    WrongAnswer(
        "a straight line through the errors, without logarithms",
        {"needed": CURVE.format(x="frames", y="errors", n="(target - intercept) / slope")},
        {"frames-for-a-target"},
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
        {"frames-for-a-target"},
    ),
]
