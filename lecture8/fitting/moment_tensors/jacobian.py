"""Energy and forces of a moment tensor potential, differentiated by every coefficient, compiled.

An atom's energy V depends on its moments m_a alone, and those on the coefficients c of the radial
functions linearly: m_a = sum_p sum_b c_b Q_b(r_p) Y_a(u_p), over the neighbours p at r_p u_p, with
the radial polynomials Q_b and the products Y_a of components of u. With w_a = dV/dm_a,

    dV/dc_b = sum_a w_a G_ab,                           G_ab = sum_p Q_b Y_a
    d/dc_b dV/dr_p = sum_a (dw_a/dr_p G_ab + w_a d(Q_b Y_a)/dr_p)

w follows from the table of products read backwards. motep's engine in mode "train" computes the
same, and a test holds this to it; here the work is arranged so that it is several times less. The
fits of notebooks 3 and 4 spend most of their time in this file, so it stays compiled.
"""

import numpy as np

from lecture8.fitting.moment_tensors.evaluation import radial_basis
from lecture8.just_in_time import njit


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
def jacobian(first, others, vectors, types, c):
    """Return the derivatives of energy and forces of one frame, (P, 1 + 3N).

    Column 0 is the energy, column 1 + 3i + x the force on atom i along x. The P rows are the
    moment coefficients, the species coefficients and the radial ones, as in motep. Arguments are
    those of `evaluation.evaluate`.
    """
    number, functions, size = c.radial.shape[1:]
    basic, scalar, values = len(c.components), len(c.scalars), c.values
    first_radial = scalar + number
    powers = np.ones((3, c.components[:, 1:].max() + 1))  # of a unit vector's components
    result = np.zeros((first_radial + c.radial.size, 1 + 3 * len(types)))
    for i in range(len(types)):
        result[scalar + types[i], 0] += 1
        neighbours, arrows = others[first[i] : first[i + 1]], vectors[first[i] : first[i + 1]]
        near = len(neighbours)
        unit = np.empty((near, 3))
        q, dq = np.empty((near, size)), np.empty((near, size))
        value, slope = np.zeros(values), np.zeros((values, 3 * near))  # m and dm/dr_p
        y, dy = np.empty((near, basic)), np.empty((near, basic, 3))
        g = np.zeros((basic, number, size))
        for p in range(near):
            r = np.sqrt(np.sum(arrows[p] ** 2))
            unit[p] = arrows[p] / r
            u, other = unit[p], types[neighbours[p]]
            radial_basis(r, c.low, c.high, q[p], dq[p])
            f, df = c.radial[types[i], other] @ q[p], c.radial[types[i], other] @ dq[p]  # (F,)
            angular(u, r, c.components, powers, y[p], dy[p])
            for a in range(basic):
                mu = c.components[a, 0]
                for b in range(size):
                    g[a, other, b] += q[p, b] * y[p, a]
                value[a] += f[mu] * y[p, a]
                for x in range(3):
                    slope[a, 3 * p + x] = df[mu] * u[x] * y[p, a] + f[mu] * dy[p, a, x]

        for i1, i2, factor, i3 in c.products:
            value[i3] += factor * value[i1] * value[i2]
            _add(slope[i3], factor * value[i1], slope[i2])
            _add(slope[i3], factor * value[i2], slope[i1])
        # w = dV/d(value), and its own derivative by r_p: from the scalars back to the moments.
        w, dw = np.zeros(values), np.zeros_like(slope)
        w[c.scalars] = c.weights
        for i1, i2, factor, i3 in c.products[::-1]:
            w[i1] += factor * w[i3] * value[i2]
            w[i2] += factor * w[i3] * value[i1]
            _add(dw[i1], factor * w[i3], slope[i2])
            _add(dw[i2], factor * w[i3], slope[i1])
            _add(dw[i1], factor * value[i2], dw[i3])
            _add(dw[i2], factor * value[i1], dw[i3])

        for s in range(scalar):
            result[s, 0] += value[c.scalars[s]]
            _add_forces(result[s], i, neighbours, slope[c.scalars[s]])
        change = np.zeros((number, functions, size, 3 * near))  # of dV/dr_p, by c
        for a in range(basic):
            mu = c.components[a, 0]
            for t in range(number):
                row = first_radial + ((types[i] * number + t) * functions + mu) * size
                for b in range(size):
                    result[row + b, 0] += w[a] * g[a, t, b]
                    _add(change[t, mu, b], g[a, t, b], dw[a])
        for mu in range(functions):
            for p in range(near):
                u = unit[p]
                wy, wdy = 0.0, np.zeros(3)
                for a in range(basic):
                    if c.components[a, 0] == mu:
                        wy += w[a] * y[p, a]
                        for x in range(3):
                            wdy[x] += w[a] * dy[p, a, x]
                for b in range(size):
                    for x in range(3):
                        of_p = dq[p, b] * wy * u[x] + q[p, b] * wdy[x]
                        change[types[neighbours[p]], mu, b, 3 * p + x] += of_p
        row = first_radial + types[i] * number * functions * size
        for t in range(number):
            for mu in range(functions):
                for b in range(size):
                    _add_forces(result[row], i, neighbours, change[t, mu, b])
                    row += 1
    return result


@njit(cache=True, fastmath=True)
def _add(total, factor, term):
    """Add factor * term to `total` in place."""
    for k in range(len(total)):
        total[k] += factor * term[k]


@njit(cache=True)
def _add_forces(row, i, neighbours, slope):
    """Add the forces of an energy with dV/dr_p = `slope` on atom i and on its neighbours."""
    for p in range(len(neighbours)):
        for x in range(3):
            row[1 + 3 * i + x] += slope[3 * p + x]
            row[1 + 3 * neighbours[p] + x] -= slope[3 * p + x]
