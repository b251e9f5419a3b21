"""Homework 2 solved in other ways than the reference: loops, other libraries, other order.

The checks must let them pass, or a student who is right loses points.
"""

import numpy as np


def loss(energies, energy_labels, forces, force_labels, lambda_E, lambda_F, per_atom=False):
    sizes = np.array([len(F) for F in forces])
    difference = energies - energy_labels
    if per_atom:
        difference = difference / sizes
    force_parts = [np.mean((a - b) ** 2) for a, b in zip(forces, force_labels, strict=True)]
    return float(np.mean(lambda_E * difference**2 + lambda_F * np.array(force_parts)))


def energy_errors(energies, energy_labels, sizes):
    per_frame = 1000 * (energies - energy_labels)
    per_atom = [d / N for d, N in zip(per_frame, sizes, strict=True)]
    zero = sum(per_atom) / len(per_atom)
    return [float(np.mean(np.abs(x))) for x in (per_frame, per_atom, np.array(per_atom) - zero)]


def descriptors(positions, centres, width, cutoff, powers):
    def f(r):
        return (1 - r**2 / cutoff**2) ** 3 if r < cutoff else 0

    N, K = len(positions), len(centres)
    out = np.zeros((N, K + len(powers)))
    for i in range(N):
        for j in set(range(N)) - {i}:
            to_j = positions[j] - positions[i]
            r_j = np.sqrt(to_j @ to_j)
            for k in range(K):
                out[i, k] += np.exp(-((r_j - centres[k]) ** 2) / width**2) * f(r_j)
            for m in set(range(N)) - {i, j}:
                to_m = positions[m] - positions[i]
                r_m = np.sqrt(to_m @ to_m)
                theta = np.arccos(np.clip(to_j @ to_m / r_j / r_m, -1, 1))
                for column, p in enumerate(powers):
                    out[i, K + column] += f(r_j) * f(r_m) * np.cos(theta) ** p
    return out


def fit_linear(rows, gradients, energies, forces, lambda_E, lambda_F):
    matrix, vector = 0.0, 0.0  # the normal equations
    for b, db, E, F in zip(rows, gradients, energies, forces, strict=True):
        total, slopes = b.sum(axis=0), -db.reshape(-1, b.shape[1])
        share = lambda_F / (3 * len(b))
        matrix = matrix + lambda_E * np.outer(total, total) + share * slopes.T @ slopes
        vector = vector + lambda_E * total * E + share * slopes.T @ F.ravel()
    return np.linalg.solve(matrix, vector)


def split_by_family(run_of_frame, started_from, test_share, seed):
    family, changed = list(range(len(started_from))), True
    while changed:  # the smallest number spreads through the family
        before = list(family)
        for run, parent in enumerate(started_from):
            if parent >= 0:
                family[run] = family[parent] = min(family[run], family[parent])
        changed = family != before
    names = sorted(set(family))
    np.random.default_rng(seed).shuffle(names)
    test = []
    while len(test) / len(run_of_frame) < test_share:
        name = names.pop()
        test += [b for b, run in enumerate(run_of_frame) if family[run] == name]
    return [b for b in range(len(run_of_frame)) if b not in test], test


def extrapolation_grade(rows, active):
    c = np.abs(rows @ np.linalg.inv(active))
    return list(c.max(axis=1)), [int(k) for k in c.argmax(axis=1)]


def committee_doubt(forces):
    return np.sqrt(forces.var(axis=0).sum(axis=-1)).max(axis=-1)


def select_frames(doubts, runs, times_fs, number, apart_fs, threshold):
    left, chosen = {i for i in range(len(doubts)) if doubts[i] >= threshold}, []
    while left and len(chosen) < number:
        best = max(left, key=lambda i: doubts[i])
        chosen.append(best)
        near = {i for i in left if abs(times_fs[i] - times_fs[best]) < apart_fs}
        left -= {i for i in near if runs[i] == runs[best]} | {best}
    return np.array(chosen)


def frames_needed(frames, errors, target):
    columns = np.column_stack([np.ones(len(frames)), np.log10(frames)])
    (height, slope), *_ = np.linalg.lstsq(columns, np.log10(errors), rcond=None)
    return -slope, np.ceil((10**height / target) ** (-1 / slope))
