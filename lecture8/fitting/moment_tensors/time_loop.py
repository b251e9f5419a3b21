"""Moment tensor potentials in compiled dynamics; `run` reads like `potentials.time_loop`."""

import numpy as np

from lecture8.fitting.moment_tensors.evaluation import evaluate
from lecture8.just_in_time import njit
from lecture8.potentials.neighbours import moved_too_far, place_images, verlet_list
from lecture8.potentials.time_loop import FAR, arrays_for, kick, kick_and_drift, lost, record


@njit(cache=True)
def pairs_of(points, verlet, cutoff):
    """Return first (N + 1,), others (P,) and vectors (P, 3) of all pairs, as `evaluate` takes them.

    `points` (3, M) are the images of a list whose reach is the cutoff at least.
    """
    number = len(verlet.home)
    place = np.empty(number, np.int64)  # of each atom, in the list
    for b in range(number):
        place[verlet.parent[verlet.home[b]]] = b
    first = np.zeros(number + 1, np.int64)
    others = np.empty(len(verlet.neighbours), np.int64)
    vectors = np.empty((len(verlet.neighbours), 3))
    p = 0
    for i in range(number):
        home = verlet.home[place[i]]
        for m in range(verlet.first[place[i]], verlet.first[place[i] + 1]):
            other, r2 = verlet.neighbours[m], 0.0
            for x in range(3):
                vectors[p, x] = points[x, other] - points[x, home]
                r2 += vectors[p, x] ** 2
            if r2 < cutoff**2:  # or the next takes its place
                others[p] = verlet.parent[other]
                p += 1
        first[i + 1] = p
    return first, others[:p], vectors[:p]


@njit(cache=True)
def run(moving, plan, types, c, skin):
    """Take the steps of `plan` in place and keep every `record_every`-th; see `TimeLoop.run`."""
    r, v, masses, cell, periodic = moving
    reach = c.high + skin
    verlet, listed = verlet_list(r, cell, periodic, reach), r.copy()
    points = np.empty((3, len(verlet.parent)))
    place_images(r, verlet, points)
    energies, forces, virial = np.empty(len(r)), np.empty_like(r), np.empty((3, 3))
    rows = np.empty((0, 0))
    first, others, vectors = pairs_of(points, verlet, c.high)
    evaluate(first, others, vectors, types, c, energies, forces, virial, rows)
    recorded, taken = arrays_for(plan, r), 0
    while taken < plan.steps:
        kick_and_drift(r, v, forces, masses, plan)
        if moved_too_far(r, listed, skin / 2):
            if lost(r, listed, FAR * reach):
                break
            verlet = verlet_list(r, cell, periodic, reach)
            listed[:] = r
            points = np.empty((3, len(verlet.parent)))
        place_images(r, verlet, points)
        first, others, vectors = pairs_of(points, verlet, c.high)
        evaluate(first, others, vectors, types, c, energies, forces, virial, rows)
        if not np.isfinite(energies.sum()):
            break
        kick(v, forces, masses, plan.timestep / 2)
        taken += 1
        record(recorded, taken, plan, r, v, energies.sum())
    return recorded, forces, energies.sum(), taken
