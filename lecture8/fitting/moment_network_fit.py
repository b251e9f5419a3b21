"""Fitting a moment network: frames as sums of basis functions, then Adam.

What depends on positions alone is computed once for each frame (`prepare`): the basis functions of
every pair, and their sums around every atom. A step then is a few small matrix products: moments
and energies from the sums, dE/d(sums) by autograd, and forces by contracting these slopes with the
stored functions of the pairs. Forces are linear in the slopes, so their gradient costs as much as
they do.
"""

import math
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from ase import Atoms
from numba import njit

from lecture8.fitting.moment_network import EnergyModel
from lecture8.fitting.moment_network_basis import functions_of
from lecture8.fitting.moment_network_compiled import Coefficients
from lecture8.pairs import pairs_within


class Weights(NamedTuple):
    """What an error of each kind counts: the loss is the mean of squared (error / scale)."""

    energy: float = 0.01  # eV per atom
    forces: float = 0.05  # eV/Å
    stress: float = 0.005  # eV/Å3


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
        stress = atoms.get_stress(voigt=False)
    tensors = (
        t,
        dt,
        s,
        ds,
        vectors,
        sums.reshape(len(atoms), -1, 16).swapaxes(1, 2),
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


def loss_of(model, batch: Prepared, weights: Weights, create_graph=True) -> torch.Tensor:
    """Return the loss of a batch."""
    energy, forces, virial = predict(model, batch, create_graph)
    sizes = torch.bincount(batch.frame, minlength=len(energy))
    loss = (((energy - batch.energy) / sizes / weights.energy) ** 2).mean()
    loss = loss + (((forces - batch.forces) / weights.forces) ** 2).mean()
    known = torch.isfinite(batch.stress[:, 0, 0])
    if known.any():
        stress = (virial / batch.volume[:, None, None])[known]
        loss = loss + (((stress - batch.stress[known]) / weights.stress) ** 2).mean()
    return loss


def train(
    model: EnergyModel,
    frames: list[Prepared],
    validation: list[Prepared],
    *,
    epochs: int,
    rng: np.random.Generator,
    batch_size: int = 4,
    learning_rate: float = 1e-2,
    weights: Weights | None = None,
    seconds: float | None = None,
    report: Callable[[int, float, float], None] | None = None,
) -> dict[str, list[float]]:
    """Fit `model` in place, by Adam with a learning rate that falls to zero along a cosine.

    With `seconds`, the cosine runs along the time instead of the epochs, and ends with it.
    """
    weights = weights or Weights()
    optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate, betas=(0.9, 0.99))
    history = {"epoch": [], "train": [], "validation": []}
    began = time.monotonic()
    for epoch in range(1, epochs + 1):
        order = rng.permutation(len(frames))
        parts = [order[k : k + batch_size] for k in range(0, len(order), batch_size)]
        total = 0.0
        for step, part in enumerate(parts):
            progress = (epoch - 1 + step / len(parts)) / epochs
            if seconds is not None:
                progress = max(progress, (time.monotonic() - began) / seconds)
            warm = min(1.0, progress / 0.02 + 0.05)
            rate = learning_rate * warm * (1 + math.cos(math.pi * min(progress, 1.0))) / 2
            for group in optimiser.param_groups:
                group["lr"] = rate
            optimiser.zero_grad()
            loss = loss_of(model, collate([frames[k] for k in part]), weights)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 100.0)
            optimiser.step()
            total += loss.item() * len(part)
        held = np.mean([loss_of(model, x, weights, False).item() for x in validation])
        history["epoch"].append(epoch)
        history["train"].append(total / len(frames))
        history["validation"].append(float(held))
        if report is not None:
            report(epoch, history["train"][-1], history["validation"][-1])
        if seconds is not None and time.monotonic() - began > seconds:
            break
    return history


# From the fit to the potential --------------------------------------------------------------------


def coefficients_of(model: EnergyModel, offsets: np.ndarray, core: np.ndarray) -> Coefficients:
    """Return what the compiled potential needs, with shift and scale of the invariants folded in.

    Parameters
    ----------
    offsets : array (Z,)
        Energies of the elements that `prepare` had taken away, eV.
    core : array (Z, Z)
        Radii of the repulsive cores, Å.
    """
    with torch.no_grad():
        numbers = {k: v.double().numpy() for k, v in model.state_dict().items()}
    elements, channels, _ = numbers["mixing"].shape
    scale, centre = numbers["scale"], numbers["centre"]
    hidden = numbers["hidden"].swapaxes(1, 2) * scale[:, None]  # (Z, H, D)
    linear = numbers["linear"] * scale
    return Coefficients(
        model.description.cutoff,
        numbers["mixing"].reshape(elements, channels, elements, -1).transpose(0, 2, 3, 1),
        hidden,
        numbers["bias"] - np.einsum("zhd,zd->zh", hidden, centre),
        numbers["readout"],
        linear,
        numbers["offset"] + offsets - np.einsum("zd,zd->z", linear, centre),
        core,
    )


def core_radii(frames: list[Atoms], species: np.ndarray, cutoff: float) -> np.ndarray:
    """Return where the repulsion of each pair of elements begins, (Z, Z), Å.

    At 0.97 of the shortest distance in `frames`, so that no frame ever feels it; and never beyond
    0.8 of the cutoff, for pairs that no frame has near each other.
    """
    shortest = np.full((len(species), len(species)), cutoff)
    for atoms in frames:
        i, j, shift = pairs_within(atoms, cutoff)
        r = np.linalg.norm(atoms.positions[j] + shift - atoms.positions[i], axis=1)
        kinds = np.searchsorted(species, atoms.numbers)
        np.minimum.at(shortest, (kinds[i], kinds[j]), r)
    return np.minimum(0.97 * shortest, 0.8 * cutoff)
