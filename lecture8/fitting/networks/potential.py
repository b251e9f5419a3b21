"""A fitted network as a potential: an ASE calculator that can be saved and loaded."""

import dataclasses
from pathlib import Path

import numpy as np
import torch
from ase import Atoms

from lecture8.arguments import check_not_negative
from lecture8.fitting.common.archive import read_archive, write_archive
from lecture8.fitting.common.fitted_potential import FittedPotential
from lecture8.fitting.common.history import history_of
from lecture8.fitting.networks.compiled_painn import CompiledPaiNN
from lecture8.fitting.networks.description import Network
from lecture8.fitting.networks.model import EnergyNetwork, pair_gradients
from lecture8.pairs import VerletPairs
from lecture8.potential import Interaction

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
        self.history = history or history_of([])
        check_not_negative("skin", skin)
        self.skin = skin
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

    def evaluate(self, atoms: Atoms) -> Interaction:
        """Return energy, forces and virial."""
        i, j, r_ij = self._pairs(atoms)
        energies, forces, gradient = self._of_pairs(atoms.numbers, i, j, r_ij)
        # Strain turns r_ij into (1 + eps) r_ij, so dE/d(eps) = sum over pairs of dE/dr x r.
        return Interaction(energies.sum(), forces, -gradient.T @ r_ij, energies)

    def predict(self, frames: list[Atoms]) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return energies (B,), eV, and forces, a list of (N, 3), eV/Å; many frames at once.

        They are those of `evaluate`, to the rounding of sums of another length: 1e-5 eV and
        1e-5 eV/Å in single precision. Raises what `interaction` does.
        """
        energies, forces = [], []
        for start in range(0, len(frames), 50):
            part = frames[start : start + 50]
            for atoms in part:
                self.check_atoms(atoms)
            # Frames that do not see each other are one large structure.
            pairs = [VerletPairs(self.description.cutoff, 0.0)(atoms) for atoms in part]
            ends = np.cumsum([len(atoms) for atoms in part])
            firsts = [0, *ends[:-1]]
            i, j = (
                np.concatenate([first + p[k] for first, p in zip(firsts, pairs, strict=True)])
                for k in (0, 1)
            )
            numbers = np.concatenate([atoms.numbers for atoms in part])
            with np.errstate(all="ignore"):  # what is not finite is refused below
                e, f, _ = self._of_pairs(numbers, i, j, np.concatenate([p[2] for p in pairs]))
            energies += [x.sum() for x in np.split(e, ends[:-1])]
            forces += np.split(f, ends[:-1])
        for energy, force in zip(energies, forces, strict=True):
            self.check_interaction(Interaction(energy, force, None))
        return np.array(energies), forces

    def _of_pairs(self, numbers, i, j, r_ij) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return atomic energies (N,), eV, forces (N, 3) and dE/dr_ij (P, 3), eV/Å."""
        if self._compiled is not None:
            energies, gradient = self._compiled(numbers, i, j, r_ij)
        else:
            energies, gradient = pair_gradients(self.network, numbers, i, j, r_ij)
        energies = energies + [self.reference_energies[int(z)] for z in numbers]
        # On the same spot two atoms have no direction.
        if np.einsum("px,px->p", r_ij, r_ij).min(initial=np.inf) < 1e-12:
            energies[:] = np.inf
        number = len(numbers)
        return energies, _sum_by(i, gradient, number) - _sum_by(j, gradient, number), gradient

    def double(self) -> "NetworkPotential":
        """Return a copy that computes in double precision throughout."""
        network = EnergyNetwork(self.description).double()
        network.load_state_dict(self.network.state_dict())
        return NetworkPotential(
            self.description,
            network,
            self.reference_energies,
            history=self.history,
            skin=self.skin,
        )

    # On disk --------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> None:
        """Write weights and description to `path` (NumPy's .npz: numbers and text, no code)."""
        header = {
            "format": FORMAT,
            "description": dataclasses.asdict(self.description),
            "reference_energies": self.reference_energies,
            "history": self.history,
            "skin": self.skin,
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
        kept = {name: header[name] for name in ("history", "skin") if name in header}
        return cls(description, network, reference_energies, **kept)


def _sum_by(index: np.ndarray, values: np.ndarray, length: int) -> np.ndarray:
    """Return the sums (length, 3) of the rows of `values` (P, 3) that share an index."""
    return np.stack([np.bincount(index, values[:, k], length) for k in range(3)], axis=1)
