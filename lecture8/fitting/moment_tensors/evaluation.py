"""A moment tensor potential, compiled: from moments to energies, and the chain rule back to forces.

Forwards: pairs -> moments m_a -> products -> scalars -> energy. Backwards through the same table:
w_a = dV/dm_a, and from it the force on each neighbour. `rows`, if it is not empty, takes what an
atom's energy is linear in: its scalars, its element, and dV/dc of the radial coefficients.

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


@njit(cache=True, fastmath=True, error_model="numpy")
def angular(u, r, components, powers, y, dy):
    """Fill y (basic,) with products of the components of u, dy (basic, 3) with dy/d(r u).

    `powers` (3, 1 + highest exponent) is room for u's powers, with ones in column 0.
    """
    for x in range(3):
        for e in range(powers.shape[1] - 1):
            powers[x, e + 1] = powers[x, e] * u[x]
    for a in range(len(components)):
        _, ex, ey, ez = components[a]
        px, py, pz = powers[0, ex], powers[1, ey], powers[2, ez]
        y[a] = px * py * pz
        # u has unit length, so its components change less than r's do.
        for x in range(3):
            dy[a, x] = -(ex + ey + ez) * y[a] * u[x] / r
        dy[a, 0] += ex * powers[0, max(ex - 1, 0)] * py * pz / r
        dy[a, 1] += ey * powers[1, max(ey - 1, 0)] * px * pz / r
        dy[a, 2] += ez * powers[2, max(ez - 1, 0)] * px * py / r


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
    """
    number, functions, size = c.radial.shape[1:]
    basic, scalar = len(c.components), len(c.scalars)
    longest = max(1, np.max(first[1:] - first[:-1]))
    q, dq = np.empty((longest, size)), np.empty((longest, size))
    f, df = np.empty((longest, functions)), np.empty((longest, functions))
    y, dy = np.empty((longest, basic)), np.empty((longest, basic, 3))
    unit, powers = np.empty((longest, 3)), np.ones((3, c.components[:, 1:].max() + 1))
    value, w = np.empty(c.values), np.empty(c.values)
    forces[:] = 0.0
    virial[:] = 0.0
    rows[:] = 0.0
    for i in range(len(types)):
        value[:] = 0.0
        near = first[i + 1] - first[i]
        for p in range(near):
            x, z, t = vectors[first[i] + p], types[i], types[others[first[i] + p]]
            r = np.sqrt(x[0] ** 2 + x[1] ** 2 + x[2] ** 2)
            for k in range(3):
                unit[p, k] = x[k] / r
            radial_basis(r, c.low, c.high, q[p], dq[p])
            for mu in range(functions):
                f[p, mu], df[p, mu] = 0.0, 0.0
                for b in range(size):
                    f[p, mu] += c.radial[z, t, mu, b] * q[p, b]
                    df[p, mu] += c.radial[z, t, mu, b] * dq[p, b]
            angular(unit[p], r, c.components, powers, y[p], dy[p])
            for a in range(basic):
                value[a] += f[p, c.components[a, 0]] * y[p, a]
        for row in range(len(c.products)):
            i1, i2, factor, i3 = c.products[row]
            value[i3] += factor * value[i1] * value[i2]
        energies[i] = c.species[types[i]]
        for s in range(scalar):
            energies[i] += c.weights[s] * value[c.scalars[s]]

        w[:] = 0.0
        for s in range(scalar):
            w[c.scalars[s]] += c.weights[s]
        for row in range(len(c.products) - 1, -1, -1):
            i1, i2, factor, i3 = c.products[row]
            w[i1] += factor * w[i3] * value[i2]
            w[i2] += factor * w[i3] * value[i1]
        for p in range(near):
            j = others[first[i] + p]
            along, gx, gy, gz = 0.0, 0.0, 0.0, 0.0
            for a in range(basic):
                mu = c.components[a, 0]
                along += w[a] * df[p, mu] * y[p, a]
                across = w[a] * f[p, mu]
                gx += across * dy[p, a, 0]
                gy += across * dy[p, a, 1]
                gz += across * dy[p, a, 2]
            gradient = (
                gx + along * unit[p, 0],
                gy + along * unit[p, 1],
                gz + along * unit[p, 2],
            )
            for k in range(3):  # dV_i/d(r_j - r_i): the force on i, minus that on j
                forces[i, k] += gradient[k]
                forces[j, k] -= gradient[k]
                for n in range(3):
                    virial[k, n] -= gradient[k] * vectors[first[i] + p, n]
        if len(rows):
            for s in range(scalar):
                rows[i, s] = value[c.scalars[s]]
            rows[i, scalar + types[i]] = 1.0
            for p in range(near):
                start = scalar + number * (1 + types[i] * functions * size)
                start += types[others[first[i] + p]] * functions * size
                for a in range(basic):
                    for b in range(size):
                        place = start + c.components[a, 0] * size + b
                        rows[i, place] += w[a] * q[p, b] * y[p, a]
