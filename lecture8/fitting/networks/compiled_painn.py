"""PaiNN taken apart: energy and forces of a fitted network without autograd.

SchNetPack trains the network; this file runs it. Every step is written out, forwards and then
backwards, in NumPy for what happens on an atom and in compiled loops for what happens between two.
It gives SchNetPack's numbers several times faster (`benchmarks/networks.py`), in double precision.

======  ========================================  =========
q       an atom's numbers                         (N, F)
mu      an atom's vectors                         (N, 3, F)
w(d)    the filters, functions of distance        (3F,)
u       unit vector from i to j                   (3,)
g_x     dE/dx, the gradient on its way back       as x
======  ========================================  =========

One round: a **message** from all neighbours j to i,

    q_i <- q_i + sum_j w1 x1_j,    mu_i <- mu_i + sum_j (w2 x2_j) u_ij + (w3 x3_j) mu_j

with x = network(q), and then a **mixing** of an atom's own numbers and vectors,

    q <- q + a + c (V.U),    mu <- mu + b U,    (V, U) = mu W,    (a, b, c) = network(q, |V|).

Numbers meet vectors only through lengths and dot products, and so a rotation of the molecule turns
mu and leaves q, and the energy, alone.

Schütt, Unke, Gastegger, ICML 2021, eqs. 7-10; the order of the blocks is SchNetPack's.
"""

from dataclasses import dataclass

import numpy as np
import torch

from lecture8.fitting.networks.description import Network
from lecture8.fitting.networks.model import EnergyNetwork
from lecture8.just_in_time import njit

# Points of the filters' table between 0 and the cutoff. A cubic through values and slopes is off by
# h^4 w''''/384: 1e-8 of the filter at 0.01 Å, where Gaussians are 0.26 Å wide.
KNOTS_PER_ANGSTROM = 100


@dataclass(frozen=True, eq=False)  # == of arrays is an array
class Dense:
    """Two layers, y = silu(x A + a) B + b, and their way back."""

    A: np.ndarray
    a: np.ndarray
    B: np.ndarray
    b: np.ndarray

    def forward(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return y, and z = x A + a, which `backward` needs."""
        z = x @ self.A + self.a
        return _silu(z) @ self.B + self.b, z

    def backward(self, g_y: np.ndarray, z: np.ndarray) -> np.ndarray:
        """Return dE/dx from dE/dy."""
        return (g_y @ self.B.T * _silu_slope(z)) @ self.A.T


def _silu(z):
    """Return z sigmoid(z)."""
    return z / (1 + np.exp(-z))


def _silu_slope(z):
    sigmoid = 1 / (1 + np.exp(-z))
    return sigmoid * (1 + z * (1 - sigmoid))


class CompiledPaiNN:
    """Energy and pair gradients of a fitted PaiNN.

    Parameters
    ----------
    network : EnergyNetwork
        With the PaiNN representation; its weights are copied.
    description : Network
    """

    def __init__(self, network: EnergyNetwork, description: Network):
        painn = network.representation
        self.features, self.cutoff = description.features, description.cutoff
        self.embedding = _array(painn.embedding.weight)
        self.context = [_dense(block.interatomic_context_net) for block in painn.interactions]
        self.mix = [_array(block.mu_channel_mix.weight).T for block in painn.mixing]  # (F, 2F)
        self.update = [_dense(block.intraatomic_context_net) for block in painn.mixing]
        self.epsilon = [block.epsilon for block in painn.mixing]
        self.readout = _dense(network.readout.outnet)
        self.spacing, self.table = _filter_table(painn, description)

    def __call__(self, numbers, i, j, r_ij) -> tuple[np.ndarray, np.ndarray]:
        """Return atomic energies (N,), eV, and dE/dr_ij (P, 3), eV/Å.

        Parameters
        ----------
        numbers : array (N,)
            Atomic numbers.
        i, j : integer array (P,)
            Directed pairs closer than the cutoff.
        r_ij : array (P, 3)
            From i to j, Å.
        """
        d = np.sqrt(np.einsum("pk,pk->p", r_ij, r_ij))  # (P,)
        u = r_ij / d[:, None]  # (P, 3)
        pairs = (i, j, d, u, self.spacing)
        F = self.features
        q = self.embedding[numbers]  # (N, F)
        mu = np.zeros((len(q), 3, F))

        # Forwards. What the way back needs is put on a pile ...
        pile = []
        for context, mix, update, table, epsilon in self._rounds():
            x, z_x = context.forward(q)  # (N, 3F)
            dq, dmu = _message(*pairs, table, x, mu)
            mu_before = mu
            q, mu = q + dq, mu + dmu

            V, U = np.split(mu @ mix, 2, axis=-1)  # (N, 3, F) each
            length = np.sqrt((V**2).sum(1) + epsilon)  # (N, F)
            y, z_y = update.forward(np.concatenate([q, length], axis=1))
            a, b, c = np.split(y, 3, axis=1)  # (N, F) each
            VU = (V * U).sum(1)  # (N, F)
            q, mu = q + a + c * VU, mu + b[:, None] * U
            pile.append((x, z_x, mu_before, V, U, length, z_y, b, c, VU))
        energies, z = self.readout.forward(q)

        # ... and taken off it again, last first.
        g_q = self.readout.backward(np.ones_like(energies), z)
        g_mu = np.zeros_like(mu)
        g_d, g_u = np.zeros_like(d), np.zeros_like(u)
        for context, mix, update, table, _ in reversed(list(self._rounds())):
            x, z_x, mu_before, V, U, length, z_y, b, c, VU = pile.pop()
            g_y = np.concatenate([g_q, (g_mu * U).sum(1), g_q * VU], axis=1)
            g_context = update.backward(g_y, z_y)  # (N, 2F)
            g_VU, g_length = g_q * c, g_context[:, F:]
            g_V = g_VU[:, None] * U + (g_length / length)[:, None] * V
            g_U = g_VU[:, None] * V + b[:, None] * g_mu
            g_q = g_q + g_context[:, :F]
            g_mu = g_mu + np.concatenate([g_V, g_U], axis=-1) @ mix.T

            g_x, g_mu_before = _message_backward(*pairs, table, x, mu_before, g_q, g_mu, g_d, g_u)
            g_q = g_q + context.backward(g_x, z_x)
            g_mu = g_mu + g_mu_before

        # d and u are both functions of r_ij: dd/dr = u, and du/dr projects on the plane across u.
        along = np.einsum("pk,pk->p", g_u, u)[:, None]
        return energies[:, 0], g_d[:, None] * u + (g_u - along * u) / d[:, None]

    def _rounds(self):
        return zip(self.context, self.mix, self.update, self.table, self.epsilon, strict=True)


def _array(tensor: torch.Tensor) -> np.ndarray:
    return tensor.detach().double().numpy().copy()


def _dense(layers) -> Dense:
    first, second = layers
    return Dense(
        _array(first.weight).T, _array(first.bias), _array(second.weight).T, _array(second.bias)
    )


def _filter_table(painn, description: Network) -> tuple[float, np.ndarray]:
    """Return the spacing (Å) and, for each round, the filters and their slopes on a grid.

    The filters are functions of the distance alone, so nobody need compute them pair by pair.
    """
    import copy

    knots = int(np.ceil(description.cutoff * KNOTS_PER_ANGSTROM)) + 1
    grid = torch.linspace(0, description.cutoff, knots, dtype=torch.float64)
    radial, cutoff, filter_net = (
        copy.deepcopy(part).double()
        for part in (painn.radial_basis, painn.cutoff_fn, painn.filter_net)
    )

    def filters(d):
        return filter_net(radial(d[:, None])).squeeze(1) * cutoff(d)[:, None]  # (K, rounds * 3F)

    values, slopes = torch.func.jvp(filters, (grid,), (torch.ones_like(grid),))
    table = torch.stack([values, slopes], dim=1)  # (K, 2, rounds * 3F)
    table = table.reshape(knots, 2, description.interactions, 3 * description.features)
    return float(grid[1]), np.ascontiguousarray(_array(table).transpose(2, 0, 1, 3))


@njit(cache=True, fastmath=True)
def _filters(d, spacing, table, w, slope):
    """Write w(d) and dw/dd, both (3F,): the cubic through values and slopes at two knots."""
    k = min(int(d / spacing), len(table) - 2)
    t = d / spacing - k
    left, right = table[k], table[k + 1]
    v0, v1 = (1 + 2 * t) * (1 - t) ** 2, t * t * (3 - 2 * t)
    s0, s1 = t * (1 - t) ** 2 * spacing, t * t * (t - 1) * spacing
    dv = 6 * t * (t - 1) / spacing
    ds0, ds1 = (1 - t) * (1 - 3 * t), t * (3 * t - 2)
    for f in range(len(w)):
        w[f] = v0 * left[0, f] + v1 * right[0, f] + s0 * left[1, f] + s1 * right[1, f]
        slope[f] = dv * (left[0, f] - right[0, f]) + ds0 * left[1, f] + ds1 * right[1, f]


@njit(cache=True, fastmath=True)
def _message(i, j, d, u, spacing, table, x, mu):
    """Return what all neighbours send: dq (N, F) and dmu (N, 3, F)."""
    N, _, F = mu.shape
    dq, dmu = np.zeros((N, F)), np.zeros((N, 3, F))
    w, slope = np.empty(3 * F), np.empty(3 * F)
    for p in range(len(d)):
        _filters(d[p], spacing, table, w, slope)
        sender, vectors, dq_i, dmu_i = x[j[p]], mu[j[p]], dq[i[p]], dmu[i[p]]
        u0, u1, u2 = u[p]
        for f in range(F):
            dq_i[f] += w[f] * sender[f]
            new, old = w[F + f] * sender[F + f], w[2 * F + f] * sender[2 * F + f]
            dmu_i[0, f] += new * u0 + old * vectors[0, f]
            dmu_i[1, f] += new * u1 + old * vectors[1, f]
            dmu_i[2, f] += new * u2 + old * vectors[2, f]
    return dq, dmu


@njit(cache=True, fastmath=True)
def _message_backward(i, j, d, u, spacing, table, x, mu, g_q, g_mu, g_d, g_u):
    """Return g_x (N, 3F) and g_mu of the senders (N, 3, F); add to g_d (P,) and g_u (P, 3)."""
    N, _, F = mu.shape
    g_x, g_sent = np.zeros((N, 3 * F)), np.zeros((N, 3, F))
    w, slope = np.empty(3 * F), np.empty(3 * F)
    for p in range(len(d)):
        _filters(d[p], spacing, table, w, slope)
        sender, vectors, gq, gmu = x[j[p]], mu[j[p]], g_q[i[p]], g_mu[i[p]]
        gx, gv = g_x[j[p]], g_sent[j[p]]
        u0, u1, u2 = u[p]
        along, s0, s1, s2 = 0.0, 0.0, 0.0, 0.0
        for f in range(F):
            m0, m1, m2 = gmu[0, f], gmu[1, f], gmu[2, f]
            x1, x2, x3 = sender[f], sender[F + f], sender[2 * F + f]
            w2, w3 = w[F + f], w[2 * F + f]
            t2 = m0 * u0 + m1 * u1 + m2 * u2
            t3 = m0 * vectors[0, f] + m1 * vectors[1, f] + m2 * vectors[2, f]
            gx[f] += w[f] * gq[f]
            gx[F + f] += w2 * t2
            gx[2 * F + f] += w3 * t3
            old = w3 * x3
            gv[0, f] += old * m0
            gv[1, f] += old * m1
            gv[2, f] += old * m2
            new = w2 * x2
            s0 += new * m0
            s1 += new * m1
            s2 += new * m2
            along += slope[f] * gq[f] * x1 + slope[F + f] * t2 * x2 + slope[2 * F + f] * t3 * x3
        g_d[p] += along
        g_u[p, 0] += s0
        g_u[p, 1] += s1
        g_u[p, 2] += s2
    return g_x, g_sent
