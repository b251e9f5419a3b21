"""A moment network in torch: what is fitted.

From sums of basis functions around atoms to moments, invariants and energies, as `moment_network`
writes it, and back to their slopes by autograd.
"""

import numpy as np
import torch

from lecture8.fitting.moment_networks.description import MomentNetwork

SQRT3 = 3**0.5
SMALLEST_SPREAD = 1e-3  # of an invariant, as a share of its size


def invariants(moments: torch.Tensor) -> torch.Tensor:
    """Return q (N, D) from moments A (N, K, 16)."""
    n, k, _ = moments.shape
    upper = torch.triu_indices(k, k)
    pair = upper[0] * k + upper[1]  # of k x k products, those that are not another's mirror image
    q = [moments[:, :, 0]]
    for first, last in ((1, 4), (4, 9), (9, 16)):
        x = moments[:, :, first:last]
        products = (x[:, :, None] * x[:, None]).sum(-1)  # (N, K, K)
        q.append(products.reshape(n, k * k).index_select(1, pair))
    vector, tensor = moments[:, :, 1:4], moments[:, :, 4:9]
    # v Q v = sum_m s_2m(v) Q_m, with the same five polynomials that Q was summed from.
    q.append((second_degree(vector)[:, :, None] * tensor[:, None]).sum(-1).reshape(n, k * k))
    q.append(determinant(tensor))
    return torch.cat(q, dim=1)


def second_degree(v: torch.Tensor) -> torch.Tensor:
    """Return the five polynomials of l = 2 of vectors: (N, K, 3) -> (N, K, 5)."""
    x, y, z = v.unbind(-1)
    five = [
        SQRT3 * x * y,
        SQRT3 * y * z,
        SQRT3 * x * z,
        SQRT3 / 2 * (x * x - y * y),
        z * z - (x * x + y * y) / 2,
    ]
    return torch.stack(five, dim=-1)


def determinant(five: torch.Tensor) -> torch.Tensor:
    """Return det Q = tr Q^3 / 3 of the traceless matrices with these five components: (N, K)."""
    xy, yz, xz, difference, zz = (five * five.new_tensor([*4 * [SQRT3 / 2], 1])).unbind(-1)
    xx, yy = difference - zz / 2, -difference - zz / 2
    return xx * (yy * zz - yz**2) - xy * (xy * zz - yz * xz) + xz * (xy * yz - yy * xz)


class EnergyModel(torch.nn.Module):
    """All that is fitted; maps the sums of basis functions around atoms to energies and slopes."""

    def __init__(self, description: MomentNetwork, elements: int, rng: np.random.Generator):
        super().__init__()
        self.description = description
        k, n, d, h = (
            description.channels,
            description.radial_size,
            description.features,
            description.neurons,
        )

        def normal(*shape, scale):
            values = torch.as_tensor(scale * rng.normal(size=shape), dtype=torch.float32)
            return torch.nn.Parameter(values)

        self.mixing = normal(elements, k, elements * n, scale=(2 * n) ** -0.5)  # C
        self.hidden = normal(elements, d, h, scale=d**-0.5)  # W
        self.bias = normal(elements, h, scale=0.5)  # c
        self.readout = normal(elements, h, scale=0.1 * h**-0.5)  # b
        self.linear = normal(elements, d, scale=0.0)  # a
        self.offset = normal(elements, scale=0.0)  # e
        self.register_buffer("scale", torch.ones(elements, d))  # 1 / spread of q
        self.register_buffer("centre", torch.zeros(elements, d))

    def forward(self, sums, kinds, create_graph=True):
        """Return energies (N,) and their slopes by `sums` (N, 16, Z n), for atoms of `kinds`.

        `sums` are sum_j t_n(r_ij) s_c(r_ij^) over the neighbours of each element: fixed numbers of
        a frame, so that the fit never goes back to the pairs for an energy.
        """
        order = [torch.nonzero(kinds == z)[:, 0] for z in range(len(self.offset))]
        moments = torch.cat([self.moments(sums[here], z) for z, here in enumerate(order)])
        if not moments.requires_grad:
            moments.requires_grad_()
        q = invariants(moments).split([len(here) for here in order])
        energies = torch.cat([self.network(q[z], z) for z in range(len(q))])
        (slope,) = torch.autograd.grad(energies.sum(), moments, create_graph=create_graph)
        slope = slope.transpose(1, 2).split([len(here) for here in order])
        slopes = torch.cat([slope[z] @ self.mixing[z] for z in range(len(q))])  # (N, 16, Z n)
        back = torch.argsort(torch.cat(order))
        return energies[back], slopes[back]

    def network(self, q, z):
        """Return the energies (N,) of atoms of element `z` with invariants q (N, D)."""
        q = (q - self.centre[z]) * self.scale[z]
        x = torch.tanh(q @ self.hidden[z] + self.bias[z])
        return self.offset[z] + q @ self.linear[z] + x @ self.readout[z]

    def moments(self, sums, z):
        """Return A (N, K, 16) of atoms of element `z`, all at once: one product of matrices."""
        flat = sums.reshape(-1, sums.shape[2]) @ self.mixing[z].T
        # With K, not -1: there may be no atom of this element.
        return flat.reshape(len(sums), 16, self.description.channels).transpose(1, 2)

    @torch.no_grad()
    def standardise(self, sums, kinds):
        """Shift and scale each q to mean 0 and spread 1 over the atoms of each element.

        What hardly varies among them (a single atom, a crystal near rest) is left small: enlarged,
        it would be enormous in the next frame.
        """
        for z in range(len(self.offset)):
            q = invariants(self.moments(sums[kinds == z], z))
            if len(q):
                self.centre[z] = q.mean(0)
                least = (SMALLEST_SPREAD * q.abs().mean(0)).clamp_min(1e-6)
                self.scale[z] = 1 / torch.maximum(q.std(0, correction=0), least)
