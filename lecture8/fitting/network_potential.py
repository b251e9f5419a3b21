"""A fitted network as a potential: an ASE calculator that can be saved and loaded."""

import dataclasses
from pathlib import Path

import numpy as np
import torch
from ase import Atoms
from ase.calculators.calculator import all_changes
from ase.stress import full_3x3_to_voigt_6_stress

from lecture8.fitting.batches import collate, to_batch
from lecture8.fitting.compiled_painn import CompiledPaiNN
from lecture8.fitting.fitted_potential import FittedPotential
from lecture8.fitting.networks import EnergyNetwork, Network, pair_gradients
from lecture8.fitting.on_disk import read_archive, write_archive
from lecture8.pairs import VerletPairs

FORMAT = "lecture8 network 1"


class NetworkPotential(FittedPotential):
    """E = sum_i E0(element of i) + sum_i e_i(neighbours of i within a few cutoffs), F = -dE/dr.

    PaiNN runs compiled and in double precision, the others under autograd in the precision of
    their weights.

    Parameters
    ----------
    description : Network
    network : EnergyNetwork
    reference_energies : dict of int to float
        Atomic number -> E0, eV. Its keys are the elements that the potential knows.
    history : dict of lists, optional
        "epoch", "train", "validation" of the fit.
    skin : float
        Å; pairs are searched up to cutoff + skin, and again when an atom has moved by skin / 2.
    """

    implemented_properties = ["energy", "free_energy", "energies", "forces", "stress"]  # noqa: RUF012

    def __init__(
        self,
        description: Network,
        network: EnergyNetwork,
        reference_energies: dict[int, float],
        *,
        history: dict[str, list[float]] | None = None,
        skin: float = 0.5,
    ):
        super().__init__()
        self.description = description
        self.network = network.eval()
        self.reference_energies = dict(reference_energies)
        self.history = history or {"epoch": [], "train": [], "validation": []}
        self._pairs = VerletPairs(description.cutoff, skin)
        self._compiled = (
            CompiledPaiNN(network, description) if description.architecture == "painn" else None
        )

    @property
    def number_of_parameters(self) -> int:
        """Weights that a fit can change."""
        return sum(p.numel() for p in self.network.parameters() if p.requires_grad)

    @property
    def species(self) -> np.ndarray:
        """Atomic numbers of the elements that the potential knows."""
        return np.array(sorted(self.reference_energies))

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        """Compute energy, forces and, if the cell is periodic, stress.

        Raises
        ------
        ValueError
            If an element was not in the training set.
        """
        super().calculate(atoms, properties, system_changes)
        self.check_elements(self.atoms)
        i, j, r_ij = self._pairs(self.atoms)
        if self._compiled is not None:
            energies, gradient = self._compiled(self.atoms.numbers, i, j, r_ij)
        else:
            energies, gradient = pair_gradients(self.network, self.atoms.numbers, i, j, r_ij)
        energies = energies + [self.reference_energies[int(z)] for z in self.atoms.numbers]
        energy = float(energies.sum())
        self.results = {
            "energy": energy,
            "free_energy": energy,
            "energies": energies,
            "forces": _sum_by(i, gradient, len(energies)) - _sum_by(j, gradient, len(energies)),
        }
        if self.atoms.cell.rank == 3 and self.atoms.pbc.all():
            # Strain turns r_ij into (1 + eps) r_ij, so dE/d(eps) = sum over pairs of dE/dr x r.
            strain_gradient = gradient.T @ r_ij
            stress = (strain_gradient + strain_gradient.T) / 2 / self.atoms.get_volume()
            self.results["stress"] = full_3x3_to_voigt_6_stress(stress)

    def predict(self, frames: list[Atoms]) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return energies (B,), eV, and forces, a list of (N, 3), eV/Å; many frames at once."""
        energies, forces = [], []
        dtype = next(self.network.parameters()).dtype
        for start in range(0, len(frames), 50):
            part = frames[start : start + 50]
            for atoms in part:
                self.check_elements(atoms)
            batch = collate([to_batch(a, self.description.cutoff, dtype=dtype) for a in part])
            e, f = self.network(batch)
            offsets = [sum(self.reference_energies[int(z)] for z in a.numbers) for a in part]
            energies.append(e.detach().double().numpy() + offsets)
            forces += [x.double().numpy() for x in f.split([len(a) for a in part])]
        return np.concatenate(energies), forces

    def double(self) -> "NetworkPotential":
        """Return a copy that computes in double precision throughout."""
        network = EnergyNetwork(self.description).double()
        network.load_state_dict(self.network.state_dict())
        return NetworkPotential(
            self.description, network, self.reference_energies, history=self.history
        )

    # On disk --------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> None:
        """Write weights and description to `path` (NumPy's .npz: numbers and text, no code)."""
        header = {
            "format": FORMAT,
            "description": dataclasses.asdict(self.description),
            "reference_energies": self.reference_energies,
            "history": self.history,
        }
        weights = self.network.state_dict()
        write_archive(path, header, {f"weight/{k}": v.numpy() for k, v in weights.items()})

    @classmethod
    def load(cls, path: str | Path) -> "NetworkPotential":
        """Return the potential that `save` wrote.

        Raises
        ------
        ValueError
            If the file is not one of ours, is cut short, or was changed since it was written.
        """
        header, arrays = read_archive(path, form=FORMAT, what="network")
        description = Network(**header["description"])
        weights = {
            name.removeprefix("weight/"): torch.from_numpy(array) for name, array in arrays.items()
        }
        network = EnergyNetwork(description).to(weights["readout.outnet.0.weight"].dtype)
        network.load_state_dict(weights)
        reference_energies = {int(z): e for z, e in header["reference_energies"].items()}
        return cls(description, network, reference_energies, history=header["history"])


def _sum_by(index: np.ndarray, values: np.ndarray, length: int) -> np.ndarray:
    """Return the sums (length, 3) of the rows of `values` (P, 3) that share an index."""
    return np.stack([np.bincount(index, values[:, k], length) for k in range(3)], axis=1)
