"""Energy and forces of a moment tensor potential, differentiated by every coefficient, compiled.

An atom's energy V depends on its moments m_a alone, and those on the coefficients c of the radial
functions linearly: m_a = sum_p sum_b c_b Q_b(r_p) Y_a(u_p), over the neighbours p at r_p u_p, with
the radial polynomials Q_b and the products Y_a of components of u. With w_a = dV/dm_a,

    dV/dc_b = sum_a w_a G_ab,                           G_ab = sum_p Q_b Y_a
    d/dc_b dV/dr_p = sum_a (dw_a/dr_p G_ab + w_a d(Q_b Y_a)/dr_p)

w follows from the table of products read backwards. motep's engine in mode "train" computes the
same, and a test holds this to it; here the work is arranged so that it is several times less.
"""

import numpy as np

from lecture8.just_in_time import njit


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
def jacobian(neighbours, vectors, types, low, high, radial, weights, components, products, scalars):
    """Return the derivatives of energy and forces of one frame, (P, 1 + 3N).

    Column 0 is the energy, column 1 + 3i + x the force on atom i along x. The P rows are the
    moment coefficients (`weights`), the species coefficients and the radial ones, as in motep.

    Parameters
    ----------
    neighbours : integer array (N, K)
    vectors : array (N, K, 3)
        From each atom to its neighbours, Å; those not nearer than `high` count for nothing.
    types : integer array (N,)
    low, high : float
        Where the polynomials begin and the radial functions end, Å.
    radial : array (types, types, F, size)
    weights : array (S,)
    components, products, scalars
        As in `moment_tensor_basis.BasisTable`.
    """
    number, functions, size = radial.shape[1:]
    basic, scalar = len(components), len(scalars)
    values = max(basic, products[:, 3].max() + 1 if len(products) else 0)
    first_radial = scalar + number
    highest = components[:, 1:].max()
    powers = np.ones((3, highest + 1))  # of a unit vector's components
    result = np.zeros((first_radial + radial.size, 1 + 3 * len(types)))
    for i in range(len(types)):
        result[scalar + types[i], 0] += 1
        distances = np.sqrt(np.sum(vectors[i] ** 2, axis=1))
        units = vectors[i] / distances.reshape(-1, 1)
        near = np.nonzero(distances < high)[0]
        q, dq = np.empty((len(near), size)), np.empty((len(near), size))
        value, slope = np.zeros(values), np.zeros((values, 3 * len(near)))  # m and dm/dr_p
        y, dy = np.empty((basic, len(near))), np.empty((basic, len(near), 3))
        g = np.zeros((basic, number, size))
        for p in range(len(near)):
            r, u = distances[near[p]], units[near[p]]
            other = types[neighbours[i, near[p]]]
            radial_basis(r, low, high, q[p], dq[p])
            f, df = radial[types[i], other] @ q[p], radial[types[i], other] @ dq[p]  # (F,)
            for x in range(3):
                for e in range(highest):
                    powers[x, e + 1] = powers[x, e] * u[x]
            for a in range(basic):
                mu, ex, ey, ez = components[a]
                px, py, pz = powers[0, ex], powers[1, ey], powers[2, ez]
                y[a, p] = px * py * pz
                # u has unit length, so its components change less than r's do.
                for x in range(3):
                    dy[a, p, x] = -(ex + ey + ez) * y[a, p] * u[x] / r
                dy[a, p, 0] += ex * powers[0, max(ex - 1, 0)] * py * pz / r
                dy[a, p, 1] += ey * powers[1, max(ey - 1, 0)] * px * pz / r
                dy[a, p, 2] += ez * powers[2, max(ez - 1, 0)] * px * py / r
                for b in range(size):
                    g[a, other, b] += q[p, b] * y[a, p]
                value[a] += f[mu] * y[a, p]
                for x in range(3):
                    slope[a, 3 * p + x] = df[mu] * u[x] * y[a, p] + f[mu] * dy[a, p, x]

        for i1, i2, factor, i3 in products:
            value[i3] += factor * value[i1] * value[i2]
            _add(slope[i3], factor * value[i1], slope[i2])
            _add(slope[i3], factor * value[i2], slope[i1])
        # w = dV/d(value), and its own derivative by r_p: from the scalars back to the moments.
        w, dw = np.zeros(values), np.zeros_like(slope)
        w[scalars] = weights
        for i1, i2, factor, i3 in products[::-1]:
            w[i1] += factor * w[i3] * value[i2]
            w[i2] += factor * w[i3] * value[i1]
            _add(dw[i1], factor * w[i3], slope[i2])
            _add(dw[i2], factor * w[i3], slope[i1])
            _add(dw[i1], factor * value[i2], dw[i3])
            _add(dw[i2], factor * value[i1], dw[i3])

        for s in range(scalar):
            result[s, 0] += value[scalars[s]]
            _add_forces(result[s], i, neighbours[i], near, slope[scalars[s]])
        change = np.zeros((number, functions, size, 3 * len(near)))  # of dV/dr_p, by c
        for a in range(basic):
            mu = components[a, 0]
            for t in range(number):
                row = first_radial + ((types[i] * number + t) * functions + mu) * size
                for b in range(size):
                    result[row + b, 0] += w[a] * g[a, t, b]
                    _add(change[t, mu, b], g[a, t, b], dw[a])
        for mu in range(functions):
            for p in range(len(near)):
                u = units[near[p]]
                wy, wdy = 0.0, np.zeros(3)
                for a in range(basic):
                    if components[a, 0] == mu:
                        wy += w[a] * y[a, p]
                        for x in range(3):
                            wdy[x] += w[a] * dy[a, p, x]
                for b in range(size):
                    for x in range(3):
                        of_p = dq[p, b] * wy * u[x] + q[p, b] * wdy[x]
                        change[types[neighbours[i, near[p]]], mu, b, 3 * p + x] += of_p
        row = first_radial + types[i] * number * functions * size
        for t in range(number):
            for mu in range(functions):
                for b in range(size):
                    _add_forces(result[row], i, neighbours[i], near, change[t, mu, b])
                    row += 1
    return result


@njit(cache=True, fastmath=True)
def _add(total, factor, term):
    """Add factor * term to `total` in place."""
    for k in range(len(total)):
        total[k] += factor * term[k]


@njit(cache=True)
def _add_forces(row, i, neighbours, near, slope):
    """Add the forces of an energy with dV/dr_p = `slope` on atom i and on its neighbours."""
    for p in range(len(near)):
        for x in range(3):
            row[1 + 3 * i + x] += slope[3 * p + x]
            row[1 + 3 * neighbours[near[p]] + x] -= slope[3 * p + x]
