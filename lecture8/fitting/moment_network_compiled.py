"""The moment network in compiled loops: energies, forces, virial, and a time loop.

Forwards: pairs -> moments A -> invariants q -> a network -> energy. Backwards, by the chain rule:
dE/dq -> G = dE/dA -> forces. Each atom goes both ways before the next one begins, so that all it
needs stays in the processor's nearest memory. Innermost loops run over the 16 components, which
the processor takes eight at a time.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from lecture8.fitting.moment_network_basis import angular, radial
from lecture8.potentials.lennard_jones_compiled import _kick, _moved_too_far, place_images
from lecture8.potentials.neighbours import verlet_list

CORE = 100.0  # eV, strength of the repulsive core
_S3 = np.sqrt(3)


class Coefficients(NamedTuple):
    """All numbers of a fitted moment network; Z elements, K channels, D invariants, H neurons."""

    cutoff: float  # Å
    mixing: np.ndarray  # (Z, Z, n, K) of the atom, of its neighbour
    hidden: np.ndarray  # (Z, H, D)
    bias: np.ndarray  # (Z, H)
    readout: np.ndarray  # (Z, H) eV
    linear: np.ndarray  # (Z, D) eV
    offset: np.ndarray  # (Z,) eV
    core: np.ndarray  # (Z, Z) radius of the repulsive core, Å


@njit(cache=True, error_model="numpy")
def repulsion(r, radius):
    """Return u = CORE (1 - r/radius)^3 (radius/r)^6 and du/dr, both zero beyond the radius."""
    if r >= radius:
        return 0.0, 0.0
    gap, power = 1 - r / radius, (radius / r) ** 6
    return CORE * gap**3 * power, -CORE * gap**2 * power * (3 / radius + 6 * gap / r)


# Invariants and the way back ----------------------------------------------------------------------


@njit(cache=True, fastmath=True)
def invariants(a, q):
    """Fill q (D,) from the moments of an atom, a (K, 16), in the order of `moment_network`."""
    channels = len(a)
    d = 0
    for k in range(channels):
        q[d] = a[k, 0]
        d += 1
    for first, last in ((1, 4), (4, 9), (9, 16)):
        for k in range(channels):
            for m in range(k, channels):
                e = 0.0
                for c in range(first, last):
                    e += a[k, c] * a[m, c]
                q[d] = e
                d += 1
    for k in range(channels):
        x, y, z = a[k, 1], a[k, 2], a[k, 3]
        xy, yz, xz = _S3 * x * y, _S3 * y * z, _S3 * x * z
        difference, zz = _S3 / 2 * (x * x - y * y), z * z - (x * x + y * y) / 2
        for m in range(channels):
            b = a[m]
            q[d] = xy * b[4] + yz * b[5] + xz * b[6] + difference * b[7] + zz * b[8]
            d += 1
    for k in range(channels):
        xx, yy, zz, xy, yz, xz = _matrix(a[k])
        q[d] = xx * (yy * zz - yz**2) - xy * (xy * zz - yz * xz) + xz * (xy * yz - yy * xz)
        d += 1


@njit(inline="always")
def _matrix(a):
    """Return xx, yy, zz, xy, yz, xz of the traceless matrix of l = 2."""
    half = _S3 / 2
    difference = half * a[7]
    return (
        difference - a[8] / 2,
        -difference - a[8] / 2,
        a[8],
        half * a[4],
        half * a[5],
        half * a[6],
    )


@njit(cache=True, fastmath=True)
def invariants_backwards(a, g_q, g):
    """Fill g = dE/da (K, 16) from g_q = dE/dq (D,)."""
    channels = len(a)
    g[:] = 0.0
    d = 0
    for k in range(channels):
        g[k, 0] = g_q[d]
        d += 1
    for first, last in ((1, 4), (4, 9), (9, 16)):
        for k in range(channels):
            for m in range(k, channels):
                w = g_q[d]
                for c in range(first, last):
                    g[k, c] += w * a[m, c]
                    g[m, c] += w * a[k, c]
                d += 1
    for k in range(channels):
        x, y, z = a[k, 1], a[k, 2], a[k, 3]
        xy, yz, xz = _S3 * x * y, _S3 * y * z, _S3 * x * z
        difference, zz = _S3 / 2 * (x * x - y * y), z * z - (x * x + y * y) / 2
        s4, s5, s6, s7, s8 = 0.0, 0.0, 0.0, 0.0, 0.0  # sum over m of w Q_m
        for m in range(channels):
            w = g_q[d]
            g[m, 4] += w * xy
            g[m, 5] += w * yz
            g[m, 6] += w * xz
            g[m, 7] += w * difference
            g[m, 8] += w * zz
            s4 += w * a[m, 4]
            s5 += w * a[m, 5]
            s6 += w * a[m, 6]
            s7 += w * a[m, 7]
            s8 += w * a[m, 8]
            d += 1
        g[k, 1] += _S3 * (s4 * y + s6 * z + s7 * x) - s8 * x
        g[k, 2] += _S3 * (s4 * x + s5 * z - s7 * y) - s8 * y
        g[k, 3] += _S3 * (s5 * y + s6 * x) + 2 * s8 * z
    for k in range(channels):
        xx, yy, zz, xy, yz, xz = _matrix(a[k])
        w = g_q[d]
        # d det Q / dQ are the cofactors; those off the diagonal stand twice in Q.
        cxx, cyy, czz = yy * zz - yz**2, xx * zz - xz**2, xx * yy - xy**2
        g[k, 4] += w * _S3 * (xz * yz - xy * zz)
        g[k, 5] += w * _S3 * (xy * xz - yz * xx)
        g[k, 6] += w * _S3 * (xy * yz - xz * yy)
        g[k, 7] += w * _S3 / 2 * (cxx - cyy)
        g[k, 8] += w * (czz - (cxx + cyy) / 2)
        d += 1


@njit(cache=True, fastmath=True)
def network(q, z, p, neurons, g_q):
    """Return the energy (eV) of an atom of element z; fill its neurons (H,) and dE/dq (D,)."""
    energy = p.offset[z]
    for d in range(len(q)):
        energy += p.linear[z, d] * q[d]
        g_q[d] = p.linear[z, d]
    for h in range(len(neurons)):
        x = p.bias[z, h]
        for d in range(len(q)):
            x += p.hidden[z, h, d] * q[d]
        neurons[h] = np.tanh(x)
        energy += p.readout[z, h] * neurons[h]
        slope = p.readout[z, h] * (1 - neurons[h] ** 2)
        for d in range(len(q)):
            g_q[d] += slope * p.hidden[z, h, d]
    return energy


# All atoms ----------------------------------------------------------------------------------------


@njit(cache=True, fastmath=True, error_model="numpy")
def evaluate(points, verlet, kinds, p, energies, forces, virial, rows):
    """Fill energies (N,), forces (N, 3) and virial dE/d(strain) (3, 3); return the energy, eV.

    `points` is (3, M), x, y and z of all images; `kinds` (N,) the element of each atom. `rows`
    (N, D + H) takes invariants and neurons of each atom, or is empty.
    """
    size, channels = p.mixing.shape[2:]
    longest = np.max(verlet.first[1:] - verlet.first[:-1]) if len(verlet.neighbours) else 0
    t, dt = np.empty(size), np.empty(size)
    mixed, slopes = np.empty((longest, channels)), np.empty((longest, channels))
    s, ds = np.empty((longest, 16)), np.empty((longest, 3, 16))
    arrow, partner = np.empty((longest, 5)), np.empty(longest, np.int64)  # unit vector, r, du/dr
    a, g = np.empty((channels, 16)), np.empty((channels, 16))
    u, v = np.empty(16), np.empty(16)
    q, g_q = np.empty(p.linear.shape[1]), np.empty(p.linear.shape[1])
    neurons = np.empty(p.bias.shape[1])
    forces[:] = 0.0
    virial[:] = 0.0
    total = 0.0
    for b in range(len(verlet.home)):
        home = verlet.home[b]
        i = verlet.parent[home]
        z = kinds[i]
        a[:] = 0.0
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
            c = p.mixing[z, kinds[j]]
            for k in range(channels):
                mixed[near, k], slopes[near, k] = 0.0, 0.0
            for n in range(size):
                for k in range(channels):
                    mixed[near, k] += c[n, k] * t[n]
                    slopes[near, k] += c[n, k] * dt[n]
            for k in range(channels):
                for m16 in range(16):
                    a[k, m16] += mixed[near, k] * s[near, m16]
            near += 1

        invariants(a, q)
        energies[i] = network(q, z, p, neurons, g_q) + repelled
        total += energies[i]
        if len(rows):
            rows[i, : len(q)] = q
            rows[i, len(q) :] = neurons
        invariants_backwards(a, g_q, g)

        for m in range(near):
            u[:] = 0.0
            v[:] = 0.0
            for k in range(channels):
                for c16 in range(16):
                    u[c16] += g[k, c16] * mixed[m, k]
                    v[c16] += g[k, c16] * slopes[m, k]
            along, gx, gy, gz = arrow[m, 4], 0.0, 0.0, 0.0
            for c16 in range(16):
                along += v[c16] * s[m, c16]
                gx += u[c16] * ds[m, 0, c16]
                gy += u[c16] * ds[m, 1, c16]
                gz += u[c16] * ds[m, 2, c16]
            ux, uy, uz, r = arrow[m, 0], arrow[m, 1], arrow[m, 2], arrow[m, 3]
            # A direction changes by the part of a displacement that is across it, over r.
            along -= (gx * ux + gy * uy + gz * uz) / r
            gradient = (gx / r + along * ux, gy / r + along * uy, gz / r + along * uz)
            j = partner[m]
            for x3 in range(3):  # dE_i/d(r_j - r_i): the force on i, minus that on j
                forces[i, x3] += gradient[x3]
                forces[j, x3] -= gradient[x3]
                for y3 in range(3):
                    virial[x3, y3] += gradient[x3] * arrow[m, y3] * r
    return total


# The time loop ------------------------------------------------------------------------------------


@njit(cache=True)
def run(r, v, masses, kinds, cell, periodic, p, skin, dt, steps, every, bath, rng):
    """Take `steps` steps in place and keep every `every`-th; as for the fast Lennard-Jones.

    Returns
    -------
    kept positions, velocities (T, N, 3) and energies (T,), last forces (N, 3), last energy,
    number of steps that went well.
    """
    kT, friction = bath
    c = np.exp(-friction * dt)
    reach = p.cutoff + skin
    verlet = verlet_list(r, cell, periodic, reach)
    listed = r.copy()
    points = np.empty((3, len(verlet.parent)))
    place_images(r, verlet, points)
    energies, forces, virial = np.empty(len(r)), np.empty_like(r), np.empty((3, 3))
    rows = np.empty((0, 0))
    energy = evaluate(points, verlet, kinds, p, energies, forces, virial, rows)

    kept_r = np.empty((steps // every, *r.shape))
    kept_v = np.empty((steps // every, *r.shape))
    kept_energy = np.empty(steps // every)
    for step in range(1, steps + 1):
        _kick(v, forces, masses, dt / 2)
        if friction > 0:
            r += dt / 2 * v
            for i in range(len(r)):
                for k in range(3):
                    noise = np.sqrt(kT / masses[i]) * rng.standard_normal()
                    v[i, k] = c * v[i, k] + np.sqrt(1 - c**2) * noise
            r += dt / 2 * v
        else:
            r += dt * v
        if _moved_too_far(r, listed, skin / 2):
            # Also beyond counting: an atom that flew far is as bad as one that is nowhere.
            if not np.all(np.abs(r - listed) < 10 * reach):
                return kept_r, kept_v, kept_energy, forces, energy, step - 1
            verlet = verlet_list(r, cell, periodic, reach)
            listed[:] = r
            points = np.empty((3, len(verlet.parent)))
        place_images(r, verlet, points)
        energy = evaluate(points, verlet, kinds, p, energies, forces, virial, rows)
        if not np.isfinite(energy):
            return kept_r, kept_v, kept_energy, forces, energy, step - 1
        _kick(v, forces, masses, dt / 2)
        if step % every == 0:
            n = step // every - 1
            kept_r[n], kept_v[n], kept_energy[n] = r, v, energy
    return kept_r, kept_v, kept_energy, forces, energy, steps
