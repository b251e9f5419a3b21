"""One atom of a moment network, compiled: from moments to energy, and the way back.

The chain rule by hand. For each invariant q_d of `invariants`, `invariants_backwards` adds
dE/dq_d dq_d/dA to the slopes of all components that q_d was made of, in the same order of loops.
"""

from typing import NamedTuple

import numpy as np

from lecture8.just_in_time import njit

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


@njit(cache=True, fastmath=True)
def invariants(a, q):
    """Fill q (D,) from the moments of an atom, a (K, 16), ordered as in `moment_network_model`."""
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
def network(q, z, p, unrolled, neurons, slopes, g_q):
    """Return the energy (eV) of an atom of element z; fill its neurons (H,) and dE/dq (D,).

    `slopes` (H,) is room, and `unrolled` a tuple as long as there are neurons.
    """
    energy, hidden = p.offset[z], p.hidden[z]
    for h in range(len(neurons)):
        x = p.bias[z, h]
        for d in range(len(q)):
            x += hidden[h, d] * q[d]
        neurons[h] = np.tanh(x)
        energy += p.readout[z, h] * neurons[h]
        slopes[h] = p.readout[z, h] * (1 - neurons[h] ** 2)
    for d in range(len(q)):
        slope = p.linear[z, d]
        energy += slope * q[d]
        for h in range(len(unrolled)):
            slope += slopes[h] * hidden[h, d]
        g_q[d] = slope
    return energy
