"""A moment tensor potential, compiled: from moments to energies, and the chain rule back to forces.

Forwards: pairs -> moments m_a -> products -> scalars -> energy. Backwards through the same table:
w_a = dV/dm_a, and from it the force on each neighbour.

The components of all tensors are sums over the same few **monomials** x^i y^j z^k of the unit
vector, which are computed once for each pair. So is the force: w makes one polynomial for each
radial function, sum_a w_a y_a(u), and its derivatives by x, y and z are polynomials, too. Innermost
loops run over the monomials, which the processor takes several at a time.

motep's own engines compute the same, and a test holds this to them.
"""

from typing import NamedTuple

import numpy as np

from lecture8.just_in_time import njit


class Coefficients(NamedTuple):
    """All numbers of a moment tensor potential; Z elements, F radial functions, S scalars."""

    low: float  # where the polynomials begin, Å
    high: float  # the cutoff, Å
    radial: np.ndarray  # (Z, Z, F, size) of the atom, of its neighbour
    weights: np.ndarray  # (S,) eV
    species: np.ndarray  # (Z,) eV
    components: np.ndarray  # (basic, 4), as in `basis.BasisTable`, and so the next two
    products: np.ndarray  # (rows, 4)
    scalars: np.ndarray  # (S,)
    values: int  # how many in all


@njit(cache=True)
def radial_basis(r, low, high, q, dq):
    """Fill q with Q_b = (high - r)^2 T_b(x), x = -1 ... 1 between low and high, dq with dQ_b/dr."""
    x, dx = (2 * r - low - high) / (high - low), 2 / (high - low)
    q[0], q[1], dq[0], dq[1] = 1.0, x, 0.0, dx
    for b in range(2, len(q)):
        q[b] = 2 * x * q[b - 1] - q[b - 2]
        dq[b] = 2 * (dx * q[b - 1] + x * dq[b - 1]) - dq[b - 2]
    for b in range(len(q)):
        dq[b] = (high - r) ** 2 * dq[b] - 2 * (high - r) * q[b]
        q[b] *= (high - r) ** 2


@njit(cache=True)
def monomials(components):
    """List the monomials x^i y^j z^k that the components need, by their degree.

    Returns
    -------
    way : integer array (M, 2)
        Each but the first, which is 1, is an earlier one times the unit vector's component: (which
        one, times which component).
    place : integer array (D + 1, D + 1, D + 1)
        Where the monomial with these exponents stands.
    lengths : integer array (F,)
        How many of them, from the first, each radial function needs.
    """
    degrees = np.zeros(components[:, 0].max() + 1, np.int64)
    for mu, x, y, z in components:
        degrees[mu] = max(degrees[mu], x + y + z)
    most = degrees.max()
    place = np.zeros((most + 1, most + 1, most + 1), np.int64)
    way = np.zeros(((most + 1) * (most + 2) * (most + 3) // 6, 2), np.int64)
    lengths = (degrees + 1) * (degrees + 2) * (degrees + 3) // 6
    number = 0
    for degree in range(most + 1):
        for x in range(degree, -1, -1):
            for y in range(degree - x, -1, -1):
                z = degree - x - y
                place[x, y, z] = number
                if x:
                    way[number] = place[x - 1, y, z], 0
                elif y:
                    way[number] = place[x, y - 1, z], 1
                elif z:
                    way[number] = place[x, y, z - 1], 2
                number += 1
    return way, place, lengths


@njit(cache=True, fastmath=True, error_model="numpy")
def evaluate(first, others, vectors, types, c, energies, forces, virial, rows):
    """Fill energies (N,), forces (N, 3) and the virial -dE/d(strain) (3, 3), all eV and Å.

    Parameters
    ----------
    first : integer array (N + 1,)
        The pairs of atom i are those from first[i] to first[i + 1].
    others : integer array (P,)
        The neighbour in each pair.
    vectors : array (P, 3)
        From the atom to its neighbour, Å; shorter than the cutoff.
    types : integer array (N,)
        The element of each atom.
    c : Coefficients
    rows : array (N, S + Z + Z Z F size) or (0, 0)
        Takes what an atom's energy is linear in: its scalars, its element, and dV/dc of the radial
        coefficients.
    """
    number, functions, size = c.radial.shape[1:]
    basic, scalar = len(c.components), len(c.scalars)
    way, place, lengths = monomials(c.components)
    count = len(way)
    longest = max(1, np.max(first[1:] - first[:-1]))
    q, dq = np.empty((longest, size)), np.empty((longest, size))
    f, df = np.empty((longest, functions)), np.empty((longest, functions))
    y, unit, distance = np.ones((longest, count)), np.empty((longest, 3)), np.empty(longest)
    moments = np.empty((functions, count))
    polynomial, slopes = np.empty((functions, count)), np.empty((functions, 3, count))
    value, w = np.empty(c.values), np.empty(c.values)
    forces[:] = 0.0
    virial[:] = 0.0
    rows[:] = 0.0
    for i in range(len(types)):
        near, z = first[i + 1] - first[i], types[i]
        moments[:] = 0.0
        for p in range(near):
            r_ij, t = vectors[first[i] + p], types[others[first[i] + p]]
            r = np.sqrt(r_ij[0] ** 2 + r_ij[1] ** 2 + r_ij[2] ** 2)
            distance[p] = r
            for x in range(3):
                unit[p, x] = r_ij[x] / r
            radial_basis(r, c.low, c.high, q[p], dq[p])
            for m in range(1, count):
                y[p, m] = y[p, way[m, 0]] * unit[p, way[m, 1]]
            for mu in range(functions):
                f[p, mu], df[p, mu] = 0.0, 0.0
                for b in range(size):
                    f[p, mu] += c.radial[z, t, mu, b] * q[p, b]
                    df[p, mu] += c.radial[z, t, mu, b] * dq[p, b]
                for m in range(lengths[mu]):
                    moments[mu, m] += f[p, mu] * y[p, m]

        value[:] = 0.0
        for a in range(basic):
            mu, ex, ey, ez = c.components[a]
            value[a] = moments[mu, place[ex, ey, ez]]
        for row in range(len(c.products)):
            i1, i2, factor, i3 = c.products[row]
            value[i3] += factor * value[i1] * value[i2]
        energies[i] = c.species[z]
        for s in range(scalar):
            energies[i] += c.weights[s] * value[c.scalars[s]]

        w[:] = 0.0
        for s in range(scalar):
            w[c.scalars[s]] += c.weights[s]
        for row in range(len(c.products) - 1, -1, -1):
            i1, i2, factor, i3 = c.products[row]
            w[i1] += factor * w[i3] * value[i2]
            w[i2] += factor * w[i3] * value[i1]

        polynomial[:] = 0.0
        slopes[:] = 0.0
        for a in range(basic):
            mu, ex, ey, ez = c.components[a]
            polynomial[mu, place[ex, ey, ez]] += w[a]
            slopes[mu, 0, place[max(ex - 1, 0), ey, ez]] += ex * w[a]
            slopes[mu, 1, place[ex, max(ey - 1, 0), ez]] += ey * w[a]
            slopes[mu, 2, place[ex, ey, max(ez - 1, 0)]] += ez * w[a]
        for p in range(near):
            along, gx, gy, gz = 0.0, 0.0, 0.0, 0.0
            for mu in range(functions):
                s, sx, sy, sz = 0.0, 0.0, 0.0, 0.0
                for m in range(lengths[mu]):
                    s += polynomial[mu, m] * y[p, m]
                    sx += slopes[mu, 0, m] * y[p, m]
                    sy += slopes[mu, 1, m] * y[p, m]
                    sz += slopes[mu, 2, m] * y[p, m]
                along += df[p, mu] * s
                gx += f[p, mu] * sx
                gy += f[p, mu] * sy
                gz += f[p, mu] * sz
            ux, uy, uz, r = unit[p, 0], unit[p, 1], unit[p, 2], distance[p]
            # A direction changes by the part of a displacement that is across it, over r.
            along -= (gx * ux + gy * uy + gz * uz) / r
            gradient = (gx / r + along * ux, gy / r + along * uy, gz / r + along * uz)
            j = others[first[i] + p]
            for x in range(3):  # dV_i/d(r_j - r_i): the force on i, minus that on j
                forces[i, x] += gradient[x]
                forces[j, x] -= gradient[x]
                for n in range(3):
                    virial[x, n] -= gradient[x] * unit[p, n] * r
        if len(rows):
            for s in range(scalar):
                rows[i, s] = value[c.scalars[s]]
            rows[i, scalar + z] = 1.0
            for p in range(near):
                start = scalar + number * (1 + z * functions * size)
                start += types[others[first[i] + p]] * functions * size
                for a in range(basic):
                    mu, ex, ey, ez = c.components[a]
                    for b in range(size):
                        rows[i, start + mu * size + b] += w[a] * q[p, b] * y[p, place[ex, ey, ez]]
