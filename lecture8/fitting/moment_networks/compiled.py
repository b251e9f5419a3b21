"""The moment network in compiled loops: energies, forces, virial, and a time loop.

Forwards: pairs -> moments A -> invariants q -> a network -> energy. Backwards, by the chain rule:
dE/dq -> G = dE/dA -> forces. Each atom goes both ways before the next one begins, so that all it
needs stays in the processor's nearest memory. Innermost loops run over the 16 components, which
the processor takes several at a time, or are written out, for it knows how long they are:
`unrolled` holds tuples, as long as there are channels, radial functions and neurons, and unlike the
length of an array that of a tuple is known when numba compiles.
"""

import numpy as np

from lecture8.fitting.moment_networks.atom import invariants, invariants_backwards, network
from lecture8.fitting.moment_networks.basis import angular, radial
from lecture8.just_in_time import njit
from lecture8.potentials.neighbours import moved_too_far, place_images, verlet_list
from lecture8.potentials.time_loop import FAR, arrays_for, kick, kick_and_drift, lost, record

CORE = 100.0  # eV, strength of the repulsive core


@njit(cache=True, error_model="numpy")
def repulsion(r, radius):
    """Return u = CORE (1 - r/radius)^3 (radius/r)^6 and du/dr, both zero beyond the radius."""
    if r >= radius:
        return 0.0, 0.0
    gap, power = 1 - r / radius, (radius / r) ** 6
    return CORE * gap**3 * power, -CORE * gap**2 * power * (3 / radius + 6 * gap / r)


@njit(cache=True, fastmath=True)
def sum_moments(mixed, s, near, a):
    """Fill a (K, 16) with the sum over neighbours of mixed (near, K) times s (near, 16).

    Four neighbours at a time, for fewer trips to memory.
    """
    mixed[near : near + 3] = 0.0
    a[:] = 0.0
    for m in range(0, near, 4):
        for k in range(len(a)):
            w0, w1, w2, w3 = mixed[m, k], mixed[m + 1, k], mixed[m + 2, k], mixed[m + 3, k]
            for c in range(16):
                a[k, c] += w0 * s[m, c] + w1 * s[m + 1, c] + w2 * s[m + 2, c] + w3 * s[m + 3, c]


# All atoms ----------------------------------------------------------------------------------------


@njit(cache=True, fastmath=True, error_model="numpy")
def evaluate(points, verlet, kinds, p, unrolled, energies, forces, virial, rows):
    """Fill energies (N,), forces (N, 3) and virial -dE/d(strain) (3, 3); return the energy, eV.

    `points` is (3, M), x, y and z of all images; `kinds` (N,) the element of each atom. `rows`
    (N, D + H) takes invariants and neurons of each atom, or is empty.
    """
    channels, functions, hidden = unrolled
    longest = np.max(verlet.first[1:] - verlet.first[:-1]) if len(verlet.neighbours) else 0
    longest += 3  # the last four may be fewer
    t, dt = np.empty(len(functions)), np.empty(len(functions))
    mixed, slopes = np.empty((longest, len(channels))), np.empty((longest, len(channels)))
    s, ds = np.zeros((longest, 16)), np.empty((longest, 3, 16))
    arrow, partner = np.empty((longest, 5)), np.empty(longest, np.int64)  # unit vector, r, du/dr
    a, g = np.empty((len(channels), 16)), np.empty((len(channels), 16))
    q, g_q = np.empty(p.linear.shape[1]), np.empty(p.linear.shape[1])
    neurons, bends = np.empty(len(hidden)), np.empty(len(hidden))
    forces[:] = 0.0
    virial[:] = 0.0
    total = 0.0
    for b in range(len(verlet.home)):
        home = verlet.home[b]
        i = verlet.parent[home]
        z = kinds[i]
        near, repelled = 0, 0.0
        for m in range(verlet.first[b], verlet.first[b + 1]):
            other = verlet.neighbours[m]
            x = points[0, other] - points[0, home]
            y = points[1, other] - points[1, home]
            w = points[2, other] - points[2, home]
            r2 = x * x + y * y + w * w
            if r2 >= p.cutoff**2:
                continue
            r = np.sqrt(r2)
            j = verlet.parent[other]
            e, slope = repulsion(r, p.core[z, kinds[j]])
            repelled += e / 2  # the other half stands with the other atom
            row = arrow[near]
            row[0], row[1], row[2], row[3], row[4] = x / r, y / r, w / r, r, slope / 2
            partner[near] = j
            radial(r, p.cutoff, t, dt)
            angular(row[0], row[1], row[2], s[near], ds[near])
            mixture = p.mixing[z, kinds[j]]
            for k in range(len(channels)):
                value, change = 0.0, 0.0
                for n in range(len(functions)):
                    value += mixture[n, k] * t[n]
                    change += mixture[n, k] * dt[n]
                mixed[near, k], slopes[near, k] = value, change
            near += 1

        sum_moments(mixed, s, near, a)
        invariants(a, q)
        energies[i] = network(q, z, p, hidden, neurons, bends, g_q) + repelled
        total += energies[i]
        if len(rows):
            rows[i, : len(q)] = q
            rows[i, len(q) :] = neurons
        invariants_backwards(a, g_q, g)

        for m in range(near):
            along, gx, gy, gz = arrow[m, 4], 0.0, 0.0, 0.0
            for c in range(16):
                u, v = 0.0, 0.0
                for k in range(len(channels)):
                    u += g[k, c] * mixed[m, k]
                    v += g[k, c] * slopes[m, k]
                along += v * s[m, c]
                gx += u * ds[m, 0, c]
                gy += u * ds[m, 1, c]
                gz += u * ds[m, 2, c]
            ux, uy, uz, r = arrow[m, 0], arrow[m, 1], arrow[m, 2], arrow[m, 3]
            # A direction changes by the part of a displacement that is across it, over r.
            along -= (gx * ux + gy * uy + gz * uz) / r
            gradient = (gx / r + along * ux, gy / r + along * uy, gz / r + along * uz)
            j = partner[m]
            for k in range(3):  # dE_i/d(r_j - r_i): the force on i, minus that on j
                forces[i, k] += gradient[k]
                forces[j, k] -= gradient[k]
                for n in range(3):
                    virial[k, n] -= gradient[k] * arrow[m, n] * r
    return total


# The time loop ------------------------------------------------------------------------------------


@njit(cache=True)
def run(moving, plan, kinds, p, unrolled, skin):
    """Take the steps of `plan` in place and keep every `record_every`-th; see the fast LJ's."""
    r, v, masses, cell, periodic = moving
    reach = p.cutoff + skin
    verlet, listed = verlet_list(r, cell, periodic, reach), r.copy()
    points = np.empty((3, len(verlet.parent)))
    place_images(r, verlet, points)
    energies, forces, virial = np.empty(len(r)), np.empty_like(r), np.empty((3, 3))
    rows = np.empty((0, 0))
    energy = evaluate(points, verlet, kinds, p, unrolled, energies, forces, virial, rows)
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
        energy = evaluate(points, verlet, kinds, p, unrolled, energies, forces, virial, rows)
        if not np.isfinite(energy):
            break
        kick(v, forces, masses, plan.timestep / 2)
        taken += 1
        record(recorded, taken, plan, r, v, energy)
    return recorded, forces, energy, taken
