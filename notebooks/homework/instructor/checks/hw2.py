"""Hidden tests of homework 2. Never part of a release, and never shown in feedback."""

import numpy as np

ROUNDING = 1e-8  # relative; double precision, a few hundred operations, well-conditioned systems


def close(found, expected, scale=1.0) -> bool:
    """Return whether two arrays have the same shape and agree up to rounding."""
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    same_shape = found.shape == expected.shape
    return same_shape and np.allclose(found, expected, rtol=ROUNDING, atol=ROUNDING * scale)


def labelled(rng, sizes):
    """Return energies and forces of a model, and labels, for frames of these sizes."""
    energies, energy_labels = rng.normal(size=(2, len(sizes)))
    forces, force_labels = [[rng.normal(size=(N, 3)) for N in sizes] for _ in range(2)]
    return energies, energy_labels, forces, force_labels


# -- task 1


def expected_loss(frames, lambda_E, lambda_F, per_atom=False):
    """Return the loss of the frames, frame by frame."""
    losses = []
    for E_hat, E, F_hat, F in zip(*frames, strict=True):
        energy_error = (E_hat - E) / (len(F) if per_atom else 1)
        losses.append(lambda_E * energy_error**2 + lambda_F * ((F_hat - F) ** 2).mean())
    return np.mean(losses)


def loss_of_many_sizes(answer) -> bool:
    """Frames of 1 to 40 atoms count alike."""
    frames = labelled(np.random.default_rng(101), [1, 40, 3, 12, 2])
    return close(answer(*frames, 0.3, 1.7), expected_loss(frames, 0.3, 1.7))


def loss_of_one_kind(answer) -> bool:
    """A weight of zero leaves its part out."""
    frames = labelled(np.random.default_rng(102), [5, 7, 20])
    energy = close(answer(*frames, 0.8, 0.0), expected_loss(frames, 0.8, 0.0))
    return energy and close(answer(*frames, 0.0, 0.8), expected_loss(frames, 0.0, 0.8))


def loss_per_atom(answer) -> bool:
    """The energy error is divided before it is squared; the forces stay."""
    frames = labelled(np.random.default_rng(103), [2, 9, 30])
    found = answer(*frames, 5.0, 0.4, per_atom=True)
    return close(found, expected_loss(frames, 5.0, 0.4, per_atom=True))


# -- task 2


def expected_errors(energies, labels, sizes):
    """Return the three errors, in meV."""
    total = 1e3 * (energies - labels)
    per_atom = total / sizes
    return [np.abs(x).mean() for x in (total, per_atom, per_atom - np.mean(per_atom))]


def errors_of_many_sizes(answer) -> bool:
    """Small and large frames, errors of both signs."""
    rng = np.random.default_rng(201)
    sizes = np.array([2, 55, 13, 8, 147])
    labels = -2.5 * sizes + rng.normal(size=5)
    energies = labels + 0.05 * rng.normal(size=5)
    return close(answer(energies, labels, sizes), expected_errors(energies, labels, sizes))


def errors_against_another_zero(answer) -> bool:
    """A constant of each atom changes the first two errors, and not the third."""
    rng = np.random.default_rng(202)
    sizes = np.array([4, 30, 11, 7])
    labels, noise = rng.normal(size=(2, 4))
    energies = labels + 0.01 * noise
    third = answer(energies, labels, sizes)[2]
    shifted = answer(energies + 3.21 * sizes, labels, sizes)
    # 1e-6: the shift of 3,210 meV/atom leaves 13 of 16 digits of what is left.
    same = np.isclose(shifted[2], third, rtol=1e-6)
    return bool(same) and close(shifted, expected_errors(energies + 3.21 * sizes, labels, sizes))


# -- task 3


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


LOOK = (np.array([1.5, 2.0, 3.1, 4.0]), 0.6, 3.7, [1, 2, 5])  # centres, width, cutoff, powers


def radial_of_a_cluster(answer) -> bool:
    """The radial columns of nine atoms, some of them beyond the cutoff."""
    positions = cluster(np.random.default_rng(301), 9)
    found = np.asarray(answer(positions, *LOOK))
    expected = expected_descriptors(positions, *LOOK)
    return found.shape == expected.shape and close(found[:, :4], expected[:, :4])


def radial_at_the_cutoff(answer) -> bool:
    """Nothing is left at the cutoff, and two clusters far apart do not see each other."""
    positions = cluster(np.random.default_rng(302), 4)
    far = np.concatenate([positions, positions + np.array([0, 20, 0])])
    found, alone = np.asarray(answer(far, *LOOK)), np.asarray(answer(positions, *LOOK))
    at_cutoff = np.asarray(answer(np.array([[0.0, 0, 0], [3.7, 0, 0]]), *LOOK))
    return (
        close(found[:4, :4], expected_descriptors(positions, *LOOK)[:, :4])
        and close(found[:4, :4], alone[:, :4])
        and close(found[4:, :4], alone[:, :4])
        and close(at_cutoff[:, :4], np.zeros((2, 4)))
    )


def angular_of_a_cluster(answer) -> bool:
    """The angular columns of eight atoms."""
    positions = cluster(np.random.default_rng(303), 8)
    found = np.asarray(answer(positions, *LOOK))
    expected = expected_descriptors(positions, *LOOK)
    return found.shape == expected.shape and close(found[:, 4:], expected[:, 4:])


def angular_shuffled_and_turned(answer) -> bool:
    """Atoms in another order, a molecule moved and turned: the same rows, in that order."""
    rng = np.random.default_rng(304)
    positions, order = cluster(rng, 7), rng.permutation(7)
    rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    rotation *= np.sign(np.linalg.det(rotation))
    found = np.asarray(answer(positions[order] @ rotation.T + [1.0, -2.0, 3.0], *LOOK))[:, 4:]
    return close(found, expected_descriptors(positions, *LOOK)[order, 4:], scale=10)


# -- task 4


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


def same_coefficients(found, expected) -> bool:
    """Compare; 1e-6 leaves room for normal equations, which square the condition of the system."""
    found = np.asarray(found, float)
    return found.shape == expected.shape and np.allclose(found, expected, rtol=1e-6, atol=1e-7)


def coefficients_without_noise(answer) -> bool:
    """Where a potential fits perfectly, it is found, whatever the weights."""
    rng = np.random.default_rng(401)
    exact = rng.normal(size=5)
    frames = linear_frames(rng, [3, 8, 4], exact)
    return same_coefficients(answer(*frames, 0.2, 1.5), exact)


def coefficients_from_forces(answer) -> bool:
    """The forces alone are enough, and have their sign."""
    rng = np.random.default_rng(402)
    exact = rng.normal(size=4)
    frames = linear_frames(rng, [6, 6], exact)
    return same_coefficients(answer(*frames, 0.0, 1.0), exact)


def coefficients_under_weights(answer) -> bool:
    """With noise, the weights decide between energies and forces."""
    frames = linear_frames(np.random.default_rng(403), [5] * 12, np.array([1.0, -2, 0.5]), 0.5)
    return all(
        same_coefficients(answer(*frames, E, F), best_coefficients(frames, E, F))
        for E, F in ((0.1, 1.0), (30.0, 0.7))
    )


def coefficients_for_many_sizes(answer) -> bool:
    """A small frame counts as much as a large one."""
    sizes = [1, 25, 2, 40, 3, 8]
    frames = linear_frames(np.random.default_rng(404), sizes, np.array([0.3, 1.0, -1.0, 2.0]), 1.0)
    return same_coefficients(answer(*frames, 2.0, 5.0), best_coefficients(frames, 2.0, 5.0))


# -- task 5


def families(started_from):
    """Return for each run the oldest ancestor."""
    oldest = list(range(len(started_from)))
    for run in oldest:
        while started_from[oldest[run]] != -1:
            oldest[run] = started_from[oldest[run]]
    return np.array(oldest)


def good_split(parts, family_of_frame, share) -> bool:
    """Each frame once, each family on one side, and no family more than it takes."""
    train, test = (np.asarray(part, int) for part in parts)
    number = len(family_of_frame)
    if sorted([*train, *test]) != list(range(number)):
        return False
    names, counts = np.unique(family_of_frame[test], return_counts=True)
    whole = not np.isin(family_of_frame[train], names).any()
    wanted = share * number
    # Stopped in time: without the family that came last, it was not enough.
    return whole and len(test) >= wanted and (len(test) - counts.max() < wanted)


def split_of_runs(answer) -> bool:
    """Runs whose frames lie in any order; no restarts."""
    rng = np.random.default_rng(501)
    runs, nobody = rng.permutation(np.repeat(np.arange(12), 6)), np.full(12, -1)
    return all(good_split(answer(runs, nobody, 0.25, seed), runs, 0.25) for seed in range(4))


def split_by_chance(answer) -> bool:
    """The same seed gives the same split; seeds differ, and every run has its chance."""
    runs, nobody = np.repeat(np.arange(6), 4), np.full(6, -1)
    tests = [tuple(np.sort(answer(runs, nobody, 0.3, seed)[1])) for seed in [*range(40), 0]]
    # A run stays out of 40 tests of two runs each with a chance of (2/3)^40: one in ten million.
    return tests[0] == tests[-1] and set(np.concatenate(tests)) == set(range(24))


def split_share(answer) -> bool:
    """The smallest number of whole runs that is at least the share; runs of one length."""
    runs, nobody = np.tile(np.arange(7), 9), np.full(7, -1)
    sizes = [len(answer(runs, nobody, share, 3)[1]) for share in (0.1, 0.2, 0.5, 0.6)]
    return sizes == [9, 18, 36, 45]


STARTED_FROM = np.array([-1, 4, -1, 0, 9, 3, 2, -1, 0, -1, 7, 1, -1, -1])


def split_of_families(answer) -> bool:
    """Chains over three generations, children with smaller numbers, and siblings."""
    family = families(STARTED_FROM)
    runs = np.random.default_rng(504).permutation(np.repeat(np.arange(14), 3))
    return all(
        good_split(answer(runs, STARTED_FROM, 0.3, seed), family[runs], 0.3) for seed in range(8)
    )


def split_share_of_families(answer) -> bool:
    """The share counts frames, not families; a tiny share still takes one family."""
    family = families(STARTED_FROM)
    runs = np.repeat(np.arange(14), np.arange(1, 15))
    return all(
        good_split(answer(runs, STARTED_FROM, share, seed), family[runs], share)
        for share in (0.01, 0.37)
        for seed in range(10, 13)
    )


# -- task 6


def grades_of_rows(answer) -> bool:
    """Random rows: combinations of the rows of A, with coefficients of both signs."""
    rng = np.random.default_rng(601)
    active, c = rng.normal(size=(5, 5)), rng.normal(size=(12, 5))
    gamma, replaces = answer(c @ active, active)
    found = np.asarray(replaces)
    return close(gamma, np.abs(c).max(axis=1), scale=10) and list(found) == list(
        np.abs(c).argmax(axis=1)
    )


def volume_grows(answer) -> bool:
    """The grade is the factor by which the volume grows, if the row goes where it is told to."""
    rng = np.random.default_rng(602)
    active, rows = rng.normal(size=(4, 4)), 3 * rng.normal(size=(6, 4))
    gamma, replaces = answer(rows, active)
    volumes = []
    for row, k in zip(rows, replaces, strict=True):
        changed = active.copy()
        changed[int(k)] = row
        volumes.append(abs(np.linalg.det(changed) / np.linalg.det(active)))
    return close(gamma, volumes, scale=10)


# -- task 7


def doubt_of_a_committee(answer) -> bool:
    """Five members, six frames of seven atoms, with a mean that is not zero."""
    forces = 2 + np.random.default_rng(701).normal(size=(5, 6, 7, 3))
    away = forces - forces.mean(axis=0)
    sigma = np.sqrt((np.linalg.norm(away, axis=-1) ** 2).mean(axis=0))
    return close(answer(forces), sigma.max(axis=1))


# -- task 8


def expected_choice(doubts, runs, times_fs, number, apart_fs, threshold):
    """Return the choice, by crossing out what each chosen frame excludes."""
    left = np.array(doubts) >= threshold
    chosen = []
    while left.any() and len(chosen) < number:
        best = int(np.argmax(np.where(left, doubts, -np.inf)))
        chosen.append(best)
        left &= (runs != runs[best]) | (np.abs(times_fs - times_fs[best]) >= apart_fs)
    return chosen


def candidates(seed, threshold, number):
    """Return the arguments of a choice among 60 frames of four runs, 5 fs apart, in any order."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(60)
    runs, times_fs = np.repeat(np.arange(4), 15)[order], np.tile(5.0 * np.arange(15), 4)[order]
    doubts = rng.permutation(60) / 60 + 0.01
    return doubts, runs, times_fs, number, 15.0, threshold


def chosen_from_many_runs(answer) -> bool:
    """Several runs with the same instants; the distance in time may be exactly the limit."""
    cases = [candidates(seed, 0.0, 12) for seed in (801, 802, 803)]
    return all([int(i) for i in answer(*case)] == expected_choice(*case) for case in cases)


def chosen_above_a_threshold(answer) -> bool:
    """Fewer than asked for, where the rest is not doubtful enough; none, if nothing is."""
    cases = [candidates(804, 0.7, 30), candidates(805, 0.93, 30), candidates(806, 2.0, 5)]
    return all([int(i) for i in answer(*case)] == expected_choice(*case) for case in cases)


# -- task 9


def frames_from_a_noisy_curve(answer) -> bool:
    """Three seeds each, noise of some per cent, targets inside and beyond the points."""
    rng = np.random.default_rng(901)
    frames = np.repeat([25, 50, 100, 200, 400], [3, 3, 3, 2, 1])
    errors = 300 * frames**-0.41 * np.exp(0.06 * rng.normal(size=len(frames)))
    x, y = np.log(frames), np.log(errors)
    p = -np.mean((x - x.mean()) * (y - y.mean())) / np.var(x)
    a = np.exp(y.mean() + p * x.mean())
    for target in (12.0, 40.0):
        exponent, needed = answer(frames, errors, target)
        if not (np.isclose(exponent, p, rtol=1e-6) and needed == np.ceil((a / target) ** (1 / p))):
            return False
    return True


CHECKS = {
    "a loss of frames of many sizes": loss_of_many_sizes,
    "a loss of energies or forces alone": loss_of_one_kind,
    "a loss per atom": loss_per_atom,
    "errors of frames of many sizes": errors_of_many_sizes,
    "errors against another zero": errors_against_another_zero,
    "radial descriptors of a cluster": radial_of_a_cluster,
    "radial descriptors at the cutoff": radial_at_the_cutoff,
    "angular descriptors of a cluster": angular_of_a_cluster,
    "angular descriptors of a shuffled and turned cluster": angular_shuffled_and_turned,
    "coefficients from energies and forces": coefficients_without_noise,
    "coefficients from forces": coefficients_from_forces,
    "coefficients under weights": coefficients_under_weights,
    "coefficients for frames of many sizes": coefficients_for_many_sizes,
    "no run on both sides": split_of_runs,
    "a split by chance": split_by_chance,
    "a share in whole runs": split_share,
    "no family on both sides": split_of_families,
    "a share in whole families": split_share_of_families,
    "grades of random rows": grades_of_rows,
    "the volume grows by the grade": volume_grows,
    "doubt of a random committee": doubt_of_a_committee,
    "a choice from many runs": chosen_from_many_runs,
    "a choice above a threshold": chosen_above_a_threshold,
    "frames needed from a noisy curve": frames_from_a_noisy_curve,
}
