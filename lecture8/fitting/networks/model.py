"""Neural network potentials in torch: SchNetPack's architectures, from pairs to energies."""

import numpy as np
import torch

from lecture8.fitting.networks.batches import Batch
from lecture8.fitting.networks.description import Network
from lecture8.imports import whole_import
from lecture8.threads import torch_settings


class EnergyNetwork(torch.nn.Module):
    """E^ = sum_i e_i: a SchNetPack representation of each atom, then a small network to a number.

    The forces are the gradient, taken by autograd, so they cannot disagree with the energy.
    """

    @torch_settings()
    def __init__(self, network: Network):
        super().__init__()
        with whole_import():
            from schnetpack.atomistic import Atomwise
            from schnetpack.nn import CosineCutoff, GaussianRBF
            from schnetpack.representation import PaiNN, SchNet, SO3net

        common = {
            "n_atom_basis": network.features,
            "n_interactions": network.interactions,
            "radial_basis": GaussianRBF(network.radial, network.cutoff),
            "cutoff_fn": CosineCutoff(network.cutoff),
        }
        if network.architecture == "schnet":
            self.representation = SchNet(**common)
        elif network.architecture == "painn":
            self.representation = PaiNN(**common)
        else:
            self.representation = SO3net(lmax=network.lmax, **common)
        self.readout = Atomwise(
            network.features, output_key="energy", per_atom_output_key="energies"
        )

    def atomic_energies(self, numbers, i, j, r_ij, frame_of_atom) -> dict[str, torch.Tensor]:
        """Return "energies" of the atoms (M,) and "energy" of the frames (B,), in eV.

        Both are counted from the elements' reference energies.
        """
        inputs = {
            "_atomic_numbers": numbers,
            "_Rij": r_ij,
            "_idx_i": i,
            "_idx_j": j,
            "_idx_m": frame_of_atom,
        }
        return self.readout(self.representation(inputs))

    def forward(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Return energies (B,), eV, and forces (M, 3), eV/Å."""
        positions = batch.positions.detach().requires_grad_()
        i, j = batch.centre, batch.neighbour
        r_ij = positions[j] + batch.shift - positions[i]  # (P, 3)
        energies = self.atomic_energies(batch.numbers, i, j, r_ij, batch.frame_of_atom)["energy"]
        # In training the forces enter the loss, whose gradient goes through them once more.
        (gradient,) = torch.autograd.grad(energies.sum(), positions, create_graph=self.training)
        return energies, -gradient


@torch_settings()
def pair_gradients(network: EnergyNetwork, numbers, i, j, r_ij) -> tuple[np.ndarray, np.ndarray]:
    """Return atomic energies (N,), eV, and dE/dr_ij (P, 3), eV/Å, of one structure.

    The gradient with respect to the pairs gives forces and stress alike.

    Parameters
    ----------
    numbers : array (N,)
        Atomic numbers.
    i, j : integer array (P,)
    r_ij : array (P, 3)
        From i to j, Å.
    """
    dtype = next(network.parameters()).dtype
    r_ij = torch.tensor(r_ij, dtype=dtype, requires_grad=True)
    numbers, i, j = (torch.as_tensor(x, dtype=torch.long) for x in (numbers, i, j))
    results = network.atomic_energies(numbers, i, j, r_ij, torch.zeros_like(numbers))
    (gradient,) = torch.autograd.grad(results["energy"].sum(), r_ij)
    energies = results["energies"].detach().squeeze(-1)
    return energies.double().numpy(), gradient.double().numpy()


def initialise(network: Network, rng: np.random.Generator) -> EnergyNetwork:
    """Return a network with random weights drawn from `rng`; torch's own is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**63)))
        return EnergyNetwork(network)
