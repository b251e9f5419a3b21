"""Hidden tests of homework 2, fitting and active learning: number -> test and hint.

A test with a slip of one kind in mind leaves out the others, so that a slip costs a share. Random
cases are seeded, and none is shown in the notebook.
"""

import numpy as np
from answers import Check, agree

# Double precision, a few hundred operations, well-conditioned systems.
ROUNDING = {"rtol": 1e-8, "atol": 1e-8}


def whole_numbers(found) -> np.ndarray:
    """Return indices as an array; ValueError for what is no list of whole numbers."""
    found = np.asarray(found)
    if found.ndim != 1 or found.dtype.kind not in "iuf" or not agree(found, np.rint(found)):
        raise ValueError("these are no indices")
    return found.astype(int)


# -- 1: one loss
def labelled(seed, sizes):
    """Return energies and forces of a model, and labels, for frames of these sizes."""
    rng = np.random.default_rng(seed)
    energies, energy_labels = rng.normal(size=(2, len(sizes)))
    forces, force_labels = [[rng.normal(size=(N, 3)) for N in sizes] for _ in range(2)]
    return energies, energy_labels, forces, force_labels


def expected_loss(frames, lambda_E, lambda_F, per_atom):
    """Return the loss of the frames, frame by frame."""
    losses = []
    for E_hat, E, F_hat, F in zip(*frames, strict=True):
        energy_error = (E_hat - E) / (len(F) if per_atom else 1)
        losses.append(lambda_E * energy_error**2 + lambda_F * ((F_hat - F) ** 2).mean())
    return np.mean(losses)


def loss(lambda_E, lambda_F, *, per_atom=False):
    """Make the check of the loss of frames of 1 to 40 atoms."""

    def check(answer):
        for seed, sizes in ((101, [1, 40, 3, 12, 2]), (102, [5, 7, 20])):
            frames = labelled(seed, sizes)
            found = answer(*frames, lambda_E, lambda_F, **({"per_atom": True} if per_atom else {}))
            if not agree(found, expected_loss(frames, lambda_E, lambda_F, per_atom), **ROUNDING):
                return False
        return True

    return check


# -- 2: one error, three numbers
def expected_errors(energies, labels, sizes):
    """Return the three errors, in meV."""
    total = 1e3 * (energies - labels)
    per_atom = total / sizes
    return [np.abs(x).mean() for x in (total, per_atom, per_atom - np.mean(per_atom))]


def error(which):
    """Make the check of one of the three errors: small and large frames, errors of both signs."""

    def check(answer):
        rng = np.random.default_rng(201)
        sizes = np.array([2, 55, 13, 8, 147])
        labels = -2.5 * sizes + rng.normal(size=5)
        energies = labels + 0.05 * rng.normal(size=5)
        first, second, third = answer(energies, labels, sizes)
        expected = expected_errors(energies, labels, sizes)
        return agree((first, second, third)[which], expected[which], **ROUNDING)

    return check


def another_zero(answer):
    """A constant of each atom does not change the third error."""
    rng = np.random.default_rng(202)
    sizes = np.array([4, 30, 11, 7])
    labels, noise = rng.normal(size=(2, 4))
    energies = labels + 0.01 * noise
    _, _, third = answer(energies + 3.21 * sizes, labels, sizes)
    # 1e-6: the shift of 3,210 meV/atom leaves 13 of 16 digits of what is left.
    return agree(third, expected_errors(energies, labels, sizes)[2], rtol=1e-6)


# -- 3: what an atom sees
def expected_descriptors(positions, centres, width, cutoff, powers):
    """Return the descriptors by plain loops over atoms."""
    N = len(positions)
    rows = np.zeros((N, len(centres) + len(powers)))
    for i in range(N):
        seen = []  # (f, unit vector) of each neighbour
        for j in range(N):
            r = np.linalg.norm(positions[j] - positions[i])
            if j == i or r >= cutoff:
                continue
            f = (1 - (r / cutoff) ** 2) ** 3
            rows[i, : len(centres)] += np.exp(-(((r - centres) / width) ** 2)) * f
            seen.append((f, (positions[j] - positions[i]) / r))
        for j, (f_j, u_j) in enumerate(seen):
            for k, (f_k, u_k) in enumerate(seen):
                if k != j:
                    rows[i, len(centres) :] += [f_j * f_k * (u_j @ u_k) ** p for p in powers]
    return rows


def cluster(rng, atoms):
    """Return atoms of which no two are nearer than 1 Å, in a ball of some Å."""
    positions = []
    while len(positions) < atoms:
        r = rng.uniform(-2.5, 2.5, 3)
        if all(np.linalg.norm(r - other) > 1 for other in positions):
            positions.append(r)
    return np.array(positions)


CENTRES = np.array([1.5, 2.0, 3.1, 4.0])
FAR = (CENTRES, 0.6, 9.0, [2, 4])  # centres, width, cutoff, powers; nobody is beyond this cutoff
LOOK = (CENTRES, 0.6, 3.7, [1, 2, 5])
RADIAL, ANGULAR = np.s_[:, :4], np.s_[:, 4:]


def columns(answer, positions, look, part):
    """Return the answer's columns and those that are expected; IndexError for a wrong shape."""
    found, expected = np.asarray(answer(positions, *look)), expected_descriptors(positions, *look)
    if found.shape != expected.shape:
        raise IndexError(f"{found.shape} is not {expected.shape}")
    return found[part], expected[part]


def radial_of_a_cluster(answer):
    """Nine atoms that all see each other."""
    positions = cluster(np.random.default_rng(301), 9)
    return agree(*columns(answer, positions, FAR, RADIAL), **ROUNDING)


def radial_at_the_cutoff(answer):
    """Clusters far apart, one of them a lone atom, and a pair exactly at the cutoff."""
    near = cluster(np.random.default_rng(302), 4)
    pair = np.array([[0.0, -40, 0], [3.7, -40, 0]])
    positions = np.concatenate([near, near + np.array([0, 20, 0]), [[60.0, 0, 0]], pair])
    return agree(*columns(answer, positions, LOOK, RADIAL), **ROUNDING)


def angular_of_a_cluster(answer):
    """Eight atoms that all see each other, even powers."""
    positions = cluster(np.random.default_rng(303), 8)
    return agree(*columns(answer, positions, FAR, ANGULAR), **ROUNDING)


def angular_shuffled_and_turned(answer):
    """Atoms in another order, moved and turned, some out of sight: up to one factor, the same."""
    rng = np.random.default_rng(304)
    positions, order = cluster(rng, 7), rng.permutation(7)
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    rotation *= np.sign(np.linalg.det(rotation))
    found, _ = columns(answer, positions[order] @ rotation.T + [1.0, -2.0, 3.0], LOOK, ANGULAR)
    expected = expected_descriptors(positions, *LOOK)[order, 4:]
    factor = np.sum(found * expected) / np.sum(expected**2)
    return factor > 0.1 and agree(found / factor, expected, rtol=1e-8, atol=1e-7)


# -- 4: a potential by one call of least squares
def linear_frames(rng, sizes, coefficients, noise=0.0):
    """Return rows, gradients, energies and forces of frames that obey a linear potential."""
    K = len(coefficients)
    rows = [rng.normal(size=(N, K)) for N in sizes]
    gradients = [rng.normal(size=(N, 3, K)) for N in sizes]
    energies = np.array([b.sum(axis=0) @ coefficients for b in rows])
    energies += noise * rng.normal(size=len(sizes))
    forces = [-db @ coefficients + noise * rng.normal(size=db.shape[:2]) for db in gradients]
    return rows, gradients, energies, forces


def best_coefficients(frames, lambda_E, lambda_F):
    """Return the minimum of the loss from its normal equations."""
    matrix = vector = 0.0
    for b, db, E, F in zip(*frames, strict=True):
        total, slopes = b.sum(axis=0), -db.reshape(-1, b.shape[1])
        share = lambda_F / len(slopes)
        matrix = matrix + lambda_E * np.outer(total, total) + share * slopes.T @ slopes
        vector = vector + lambda_E * total * E + share * slopes.T @ F.ravel()
    return np.linalg.solve(matrix, vector)


def coefficients(seed, sizes, *weights, noise=0.0, at_rest=False):
    """Make the check of a fit, at each of these pairs of weights.

    at_rest: all forces are zero, and the fit cannot please them and the energies; their sign does
    not matter.
    """

    def check(answer):
        rng = np.random.default_rng(seed)
        frames = linear_frames(rng, sizes, rng.normal(size=4), noise)
        if at_rest:
            frames = (*frames[:3], [0 * F for F in frames[3]])
        return all(
            # 1e-6 leaves room for normal equations, which square the condition of the system.
            agree(answer(*frames, *pair), best_coefficients(frames, *pair), rtol=1e-6, atol=1e-7)
            for pair in weights
        )

    return check


# -- 5: a split that does not leak
def families(started_from):
    """Return for each run the oldest ancestor."""
    oldest = list(range(len(started_from)))
    for run in oldest:
        while started_from[oldest[run]] != -1:
            oldest[run] = started_from[oldest[run]]
    return np.array(oldest)


def good_split(parts, family_of_frame, share) -> bool:
    """Each frame once, each family on one side, and no family more than it takes."""
    train, test = map(whole_numbers, parts)
    number = len(family_of_frame)
    if sorted([*train, *test]) != list(range(number)):
        return False
    names, counts = np.unique(family_of_frame[test], return_counts=True)
    whole = not np.isin(family_of_frame[train], names).any()
    wanted = share * number
    # Stopped in time: without the family that came last, it was not enough.
    return whole and len(test) >= wanted and (len(test) - counts.max() < wanted)


def split_of_runs(answer):
    """Runs whose frames lie in any order; no restarts."""
    rng = np.random.default_rng(501)
    runs, nobody = rng.permutation(np.repeat(np.arange(12), 6)), np.full(12, -1)
    return all(good_split(answer(runs, nobody, 0.2, seed), runs, 0.2) for seed in range(4))


def split_by_chance(answer):
    """The same seed gives the same split; seeds differ, and every run has its chance."""
    runs, nobody = np.repeat(np.arange(6), 4), np.full(6, -1)
    splits = [answer(runs, nobody, 0.3, seed) for seed in [*range(40), 0]]
    tests = [tuple(np.sort(whole_numbers(test))) for _, test in splits]
    # A run stays out of 40 tests of two runs each with a chance of (2/3)^40: one in ten million.
    by_chance = tests[0] == tests[-1] and set(np.concatenate(tests)) == set(range(24))
    return by_chance and all(good_split(split, runs, 0.3) for split in splits)


def split_share(answer):
    """Exactly the share is enough; a little more than that takes one more run."""
    runs, nobody = np.tile(np.arange(8), 8), np.full(8, -1)
    return all(
        len(answer(runs, nobody, share, 3)[1]) == frames
        and good_split(answer(runs, nobody, share, 3), runs, share)
        for share, frames in ((0.25, 16), (0.5, 32), (0.26, 24), (0.1, 8))
    )


def split_of_families(started_from, share, frames=None):
    """Make the check of a split of runs with these parents; frames: how many each run has."""

    def check(answer):
        family = families(started_from)
        each = np.full(len(family), 3) if frames is None else frames
        runs = np.random.default_rng(504).permutation(np.repeat(np.arange(len(family)), each))
        return all(
            good_split(answer(runs, started_from, share, seed), family[runs], share)
            for seed in range(8)
        )

    return check


PARENTS = np.array([-1, 4, -1, 0, -1, 6, -1, 0, 4, -1])  # siblings, children with smaller numbers
CHAINS = np.array([-1, 4, -1, 0, 9, 3, 2, -1, 0, -1, 7, 1, -1, -1])
NOBODY_LEFT = np.where(np.isin(np.arange(14), [3, 9]), 0, 3)  # runs of which no frame was kept


# -- 6: the extrapolation grade
def grade(which, *, signs):
    """Make the check of the grades (0) or the rows that they replace (1)."""

    def check(answer):
        rng = np.random.default_rng(601)
        active, c = rng.normal(size=(5, 5)), rng.normal(size=(12, 5))
        c = c if signs else np.abs(c)
        gamma, replaces = answer(c @ active, active)
        expected = np.abs(c).max(axis=1), np.abs(c).argmax(axis=1)
        # 1e-7: what solving with a random active set of five rows leaves.
        return agree((gamma, replaces)[which], expected[which], rtol=1e-8, atol=1e-7)

    return check


# -- 7: the doubt of a committee
def doubt(directions):
    """Make the check for forces that differ along one axis only, or along three."""

    def check(answer):
        forces = np.random.default_rng(701).normal(2, 1, size=(5, 6, 7, 3))
        forces[..., directions:] = forces[0, ..., directions:]
        away = forces - forces.mean(axis=0)
        sigma = np.sqrt((np.linalg.norm(away, axis=-1) ** 2).mean(axis=0))
        return agree(answer(forces), sigma.max(axis=1), **ROUNDING)

    return check


# -- 8: which frames to buy
def expected_choice(doubts, runs, times_fs, number, apart_fs, threshold):
    """Return the choice, by crossing out what each chosen frame excludes."""
    left = np.array(doubts) >= threshold
    chosen = []
    while left.any() and len(chosen) < number:
        best = int(np.argmax(np.where(left, doubts, -np.inf)))
        chosen.append(best)
        left &= (runs != runs[best]) | (np.abs(times_fs - times_fs[best]) >= apart_fs)
    return chosen


def choice(*cases):
    """Make the check of choices among 60 frames, 5 fs apart, in any order.

    A case: how many runs, number, apart_fs and threshold.
    """

    def check(answer):
        for seed, (members, *limits) in enumerate(cases, 801):
            rng = np.random.default_rng(seed)
            order, length = rng.permutation(60), 60 // members
            runs = np.repeat(np.arange(members), length)[order]
            times_fs = np.tile(5.0 * np.arange(length), members)[order]
            case = (rng.permutation(60) + 4) / 64, runs, times_fs, *limits
            if not agree(answer(*case), expected_choice(*case)):
                return False
        return True

    return check


# -- 9: how many frames it would take
def noisy_curve():
    """Three seeds each, noise of some per cent: frames, errors, and the true line's p and a."""
    rng = np.random.default_rng(901)
    frames = np.repeat([25, 50, 100, 200, 400], [3, 3, 3, 2, 1])
    errors = 300 * frames**-0.41 * np.exp(0.06 * rng.normal(size=len(frames)))
    x, y = np.log(frames), np.log(errors)
    p = -np.mean((x - x.mean()) * (y - y.mean())) / np.var(x)
    return frames, errors, p, np.exp(y.mean() + p * x.mean())


def exponent(answer):
    """The slope, whatever the target."""
    frames, errors, p, _ = noisy_curve()
    found, _ = answer(frames, errors, 40.0)
    return agree(found, p, rtol=1e-6)  # some ways to fit a line lose half of the digits


def frames_for_targets(answer):
    """Targets inside and beyond the points: the next whole number."""
    frames, errors, p, a = noisy_curve()
    for target in (12.0, 40.0, 95.0):
        _, needed = answer(frames, errors, target)
        if not agree(needed, np.ceil((a / target) ** (1 / p))):
            return False
    return True


CHECKS = {
    "1.1": Check(loss(0.3, 1.7), "Each frame counts alike, whether it has 1 atom or 40."),
    "1.2": Check(loss(0.8, 0.0), "A weight of zero leaves the forces out: what is left?"),
    "1.3": Check(
        loss(0.0, 0.8), "The forces alone: the mean over frames of a mean over the frame's atoms."
    ),
    "1.4": Check(
        loss(0.8, 0.0, per_atom=True), "per_atom: is the error divided before it is squared?"
    ),
    "1.5": Check(loss(5.0, 0.4, per_atom=True), "per_atom leaves the part of the forces alone."),
    "2.1": Check(error(0), "The mean over frames of an absolute value; mind the unit."),
    "2.2": Check(error(1), "Divide each frame by its own number of atoms before you average."),
    "2.3": Check(error(2), "The zero is the mean of errors per atom; errors of both signs occur."),
    "2.4": Check(another_zero, "Add a constant of each atom: the third error must not notice."),
    "3.1": Check(
        radial_of_a_cluster, "By hand for three atoms: who counts as a neighbour, and how much?"
    ),
    "3.2": Check(
        radial_at_the_cutoff, "Beyond the cutoff nobody is seen; an atom alone has zeros."
    ),
    "3.3": Check(
        angular_of_a_cluster, "By hand for three atoms: which pairs (j, m) does the sum run over?"
    ),
    "3.4": Check(
        angular_shuffled_and_turned,
        "Another order, a molecule turned, odd powers, atoms beyond the cutoff.",
    ),
    "4.1": Check(coefficients(401, [3, 8, 4], (0.2, 1.5)), "A fit that could be perfect is not."),
    "4.2": Check(
        coefficients(402, [6, 6], (0.0, 1.0)), "The forces alone are enough. Mind their sign."
    ),
    "4.3": Check(
        coefficients(403, [2, 5, 3, 9, 4, 7], (1.0, 0.0)),
        "The energies alone: a frame's is the sum over its atoms.",
    ),
    "4.4": Check(
        coefficients(404, [5] * 12, (1.0, 0.0), noise=0.5), "Noisy energies: least squares."
    ),
    "4.5": Check(
        coefficients(405, [5] * 12, (0.0, 1.0), noise=0.5), "Noisy forces: least squares."
    ),
    "4.6": Check(
        coefficients(406, [5] * 12, (0.1, 1.0), (30.0, 0.7), noise=0.5, at_rest=True),
        "Square a row of your system: does the loss appear, with its weights?",
    ),
    "4.7": Check(
        coefficients(407, [1, 25, 2, 40, 3, 8], (2.0, 5.0), noise=1.0, at_rest=True),
        "Frames of 1 and of 40 atoms count alike in the loss. In your system, too?",
    ),
    "5.1": Check(split_of_runs, "Does any run have frames on both sides?"),
    "5.2": Check(
        split_by_chance, "Whole runs by chance: the same seed, the same split; others, another."
    ),
    "5.3": Check(split_share, "Whole runs: stop as soon as the share is reached or passed."),
    "5.4": Check(
        split_of_families(PARENTS, 0.32), "Parents, children and siblings stay on one side."
    ),
    "5.5": Check(
        split_of_families(CHAINS, 0.3, NOBODY_LEFT),
        "A chain over several generations is one family, even if one run has no frame here.",
    ),
    "5.6": Check(
        split_of_families(PARENTS, 0.37, np.arange(1, 11)), "The share counts frames, not families."
    ),
    "6.1": Check(grade(0, signs=False), "Rows times what give b? Mind which side A stands on."),
    "6.2": Check(grade(1, signs=False), "Which coefficient is the largest?"),
    "6.3": Check(grade(0, signs=True), "A volume has no sign, a coefficient may have one."),
    "6.4": Check(grade(1, signs=True), "The row whose replacement makes the volume largest."),
    "7.1": Check(doubt(1), "One axis only: a mean over members, then the largest over atoms."),
    "7.2": Check(doubt(3), "How far apart are two vectors?"),
    "8.1": Check(choice((4, 12, 12.0, 0.0), (5, 60, 17.0, 0.0)), "Several runs share instants."),
    "8.2": Check(choice((1, 30, 15.0, 0.0), (1, 9, 25.0, 0.0)), "Exactly apart_fs is allowed."),
    "8.3": Check(
        choice((1, 30, 12.0, 0.705), (1, 30, 7.0, 0.93), (1, 5, 12.0, 2.0)),
        "There may be fewer than asked for, and none at all.",
    ),
    "8.4": Check(
        choice((1, 60, 4.0, 0.5), (1, 60, 4.0, 0.75)), "A doubt of exactly the threshold counts."
    ),
    "9.1": Check(exponent, "The slope of which logarithm against which?"),
    "9.2": Check(frames_for_targets, "Undo the logarithm that you took; then a whole number."),
}
