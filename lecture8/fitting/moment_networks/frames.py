"""Frames as tensors for the fit of a moment network, and what a model makes of them.

What depends on positions alone is computed once for each frame (`prepare`): the basis functions of
every pair, and their sums around every atom. Energies come from the sums; forces by contracting
dE/d(sums) with the stored functions of the pairs. They are linear in these slopes, so their
gradient costs as much as they do.
"""

from typing import NamedTuple

import numpy as np
import torch
from ase import Atoms
from ase.stress import voigt_6_to_full_3x3_stress

from lecture8.fitting.moment_networks.basis import functions_of
from lecture8.fitting.moment_networks.model import EnergyModel
from lecture8.just_in_time import njit
from lecture8.pairs import pairs_within


class Prepared(NamedTuple):
    """One or several frames as tensors; P pairs, N atoms, Z elements, n radial functions."""

    kinds: torch.Tensor  # (N,) element of each atom, 0 ... Z - 1
    frame: torch.Tensor  # (N,) frame of each atom
    i: torch.Tensor  # (P,)
    j: torch.Tensor  # (P,)
    t: torch.Tensor  # (P, n) radial functions
    dt: torch.Tensor  # (P, n) their slopes, 1/Å
    s: torch.Tensor  # (P, 16) angular functions
    ds: torch.Tensor  # (P, 3, 16) their slopes along x, y, z, 1/Å
    vectors: torch.Tensor  # (P, 3) from i to j
    sums: torch.Tensor  # (N, 16, Z n)
    energy: torch.Tensor  # (B,) eV, without the energies of free atoms
    forces: torch.Tensor  # (N, 3) eV/Å
    stress: torch.Tensor  # (B, 3, 3) eV/Å3; NaN where unknown
    volume: torch.Tensor  # (B,) Å3


def prepare(atoms: Atoms, species, cutoff, size, offsets, dtype=torch.float32) -> Prepared:
    """Return a labelled frame as tensors."""
    i, j, shift = pairs_within(atoms, cutoff)
    vectors = atoms.positions[j] + shift - atoms.positions[i]
    t, dt, s, ds = functions_of(vectors, cutoff, size)
    kinds = np.searchsorted(species, atoms.numbers)
    r = np.linalg.norm(vectors, axis=1)[:, None]
    unit = vectors / r
    # The slope of s along the vector is none: it depends on the direction alone.
    ds = (ds - unit[:, :, None] * np.einsum("px,pxc->pc", unit, ds)[:, None]) / r[:, :, None]
    sums = np.zeros((len(atoms), len(species), size, 16))
    np.add.at(sums, (i, kinds[j]), t[:, :, None] * s[:, None])
    results = atoms.calc.results
    stress = np.full((3, 3), np.nan)
    if "stress" in results:
        stress = voigt_6_to_full_3x3_stress(results["stress"])
    tensors = (
        t,
        dt,
        s,
        ds,
        vectors,
        np.ascontiguousarray(sums.reshape(len(atoms), -1, 16).swapaxes(1, 2)),
        np.array([results["energy"] - offsets[kinds].sum()]),
        results["forces"],
        stress[None],
        np.array([atoms.get_volume() if atoms.cell.rank == 3 else np.nan]),
    )
    return Prepared(
        torch.as_tensor(kinds),
        torch.zeros(len(atoms), dtype=torch.long),
        torch.as_tensor(i),
        torch.as_tensor(j),
        *(torch.as_tensor(np.asarray(x)).to(dtype) for x in tensors),
    )


def collate(frames: list[Prepared]) -> Prepared:
    """Return several frames as one."""
    start = np.cumsum([0, *(len(x.kinds) for x in frames)])
    joined = {name: torch.cat([getattr(x, name) for x in frames]) for name in Prepared._fields}
    joined["frame"] = torch.cat([torch.full_like(x.frame, b) for b, x in enumerate(frames)])
    for name in ("i", "j"):
        joined[name] = torch.cat(
            [getattr(x, name) + int(s) for x, s in zip(frames, start[:-1], strict=True)]
        )
    return Prepared(**joined)


@njit(cache=True, fastmath=True)
def _along_pairs(slopes, kinds, i, j, t, dt, s, ds, unit):
    """Return dE/d(r_j - r_i) (P, 3) from dE/d(sums) (N, 16, Z n)."""
    size = t.shape[1]
    gradient = np.zeros_like(unit)
    for p in range(len(i)):
        first = kinds[j[p]] * size
        for c in range(16):
            u, v = np.float32(0), np.float32(0)
            for n in range(size):
                u += slopes[i[p], c, first + n] * t[p, n]
                v += slopes[i[p], c, first + n] * dt[p, n]
            v *= s[p, c]
            for x in range(3):
                gradient[p, x] += u * ds[p, x, c] + v * unit[p, x]
    return gradient


@njit(cache=True, fastmath=True)
def _along_pairs_transposed(gradient, shape, kinds, i, j, t, dt, s, ds, unit):
    """Return the slopes (N, 16, Z n) that pairs with these weights (P, 3) add up to."""
    size = t.shape[1]
    slopes = np.zeros(shape, gradient.dtype)
    for p in range(len(i)):
        first = kinds[j[p]] * size
        gx, gy, gz = gradient[p]
        along = gx * unit[p, 0] + gy * unit[p, 1] + gz * unit[p, 2]
        for c in range(16):
            u = gx * ds[p, 0, c] + gy * ds[p, 1, c] + gz * ds[p, 2, c]
            v = along * s[p, c]
            for n in range(size):
                slopes[i[p], c, first + n] += u * t[p, n] + v * dt[p, n]
    return slopes


class PairGradients(torch.autograd.Function):
    """Forces between pairs are linear in the slopes: a compiled loop, and its transpose."""

    @staticmethod
    def forward(context, slopes, batch):
        """Return dE/d(r_j - r_i) (P, 3) from dE/d(sums)."""
        context.pairs = [
            getattr(batch, name).numpy() for name in ("kinds", "i", "j", "t", "dt", "s", "ds")
        ]
        context.pairs.append((batch.vectors / batch.vectors.norm(dim=1, keepdim=True)).numpy())
        context.shape = tuple(slopes.shape)
        slopes = slopes.detach().contiguous().numpy()
        return torch.from_numpy(_along_pairs(slopes, *context.pairs))

    @staticmethod
    def backward(context, gradient):
        """Return the loss's slopes by dE/d(sums) from those by dE/d(r_j - r_i)."""
        gradient = gradient.contiguous().numpy()
        return torch.from_numpy(
            _along_pairs_transposed(gradient, context.shape, *context.pairs)
        ), None


def predict(model: EnergyModel, batch: Prepared, create_graph=True):
    """Return energies (B,), forces (N, 3) and virials dE/d(strain) (B, 3, 3) of a batch."""
    energies, slopes = model(batch.sums, batch.kinds, create_graph)
    gradient = PairGradients.apply(slopes, batch)
    forces = torch.zeros_like(batch.forces)
    forces = forces.index_add(0, batch.i, gradient).index_add(0, batch.j, -gradient)
    frames = len(batch.energy)
    energy = energies.new_zeros(frames).index_add(0, batch.frame, energies)
    virial = energies.new_zeros((frames, 3, 3)).index_add(
        0, batch.frame[batch.i], gradient[:, :, None] * batch.vectors[:, None, :]
    )
    return energy, forces, virial
