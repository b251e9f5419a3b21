"""Frames as tensors, made once: neighbour lists are found here and never again during a fit."""

from dataclasses import dataclass, fields

import numpy as np
import torch
from ase import Atoms

from lecture8.pairs import pairs_within


@dataclass(eq=False)  # == of tensors is a tensor
class Batch:
    """B frames with M atoms and P directed pairs in all, as one graph that falls into B parts.

    Parameters
    ----------
    positions : tensor (M, 3)
        Å.
    numbers : tensor (M,)
        Atomic numbers.
    frame_of_atom : tensor (M,)
    atoms_per_frame : tensor (B,)
    centre, neighbour : tensor (P,)
        Atoms i and j of each pair; a pair appears in both directions, sorted by i.
    shift : tensor (P, 3)
        Å; r_ij = r_j + shift - r_i leads to the image of j that is meant.
    energy : tensor (B,)
        Label minus the sum of the elements' reference energies, eV.
    forces : tensor (M, 3)
        Labels, eV/Å.
    """

    positions: torch.Tensor
    numbers: torch.Tensor
    frame_of_atom: torch.Tensor
    atoms_per_frame: torch.Tensor
    centre: torch.Tensor
    neighbour: torch.Tensor
    shift: torch.Tensor
    energy: torch.Tensor
    forces: torch.Tensor


def to_batch(
    atoms: Atoms,
    cutoff: float,
    *,
    reference_energies: dict[int, float] | None = None,
    dtype: torch.dtype = torch.float32,
) -> Batch:
    """Return one frame as a batch of its own; a frame without labels gets NaN for them.

    Parameters
    ----------
    cutoff : float
        Å.
    reference_energies : dict of int to float
        Atomic number -> eV, subtracted from the label in double precision: the difference is small
        enough for single precision, the total energy is not.
    """
    i, j, shift = pairs_within(atoms, cutoff)
    labels = atoms.calc.results if atoms.calc is not None else {}
    offset = sum((reference_energies or {}).get(int(z), 0.0) for z in atoms.numbers)
    energy = labels.get("energy", np.nan) - offset
    forces = labels.get("forces", np.full((len(atoms), 3), np.nan))
    return Batch(
        positions=torch.tensor(atoms.positions, dtype=dtype),
        numbers=torch.tensor(atoms.numbers, dtype=torch.long),
        frame_of_atom=torch.zeros(len(atoms), dtype=torch.long),
        atoms_per_frame=torch.tensor([len(atoms)]),
        centre=torch.tensor(i, dtype=torch.long),
        neighbour=torch.tensor(j, dtype=torch.long),
        shift=torch.tensor(shift, dtype=dtype),
        energy=torch.tensor([energy], dtype=dtype),
        forces=torch.tensor(np.asarray(forces), dtype=dtype),
    )


def collate(batches: list[Batch]) -> Batch:
    """Return one batch of all: the atoms of each are numbered on from those before it."""
    joined = {f.name: torch.cat([getattr(b, f.name) for b in batches]) for f in fields(Batch)}
    atoms = torch.tensor([len(b.positions) for b in batches])
    pairs = torch.tensor([len(b.centre) for b in batches])
    frames = torch.tensor([len(b.energy) for b in batches])
    first_atom, first_frame = atoms.cumsum(0) - atoms, frames.cumsum(0) - frames
    joined["centre"] += torch.repeat_interleave(first_atom, pairs)
    joined["neighbour"] += torch.repeat_interleave(first_atom, pairs)
    joined["frame_of_atom"] += torch.repeat_interleave(first_frame, atoms)
    return Batch(**joined)
