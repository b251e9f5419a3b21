"""A fitted moment network as an ASE calculator, on disk, and in motion without leaving its loop."""

import dataclasses
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.calculator import all_changes

from lecture8.arguments import check_positive
from lecture8.fitting.common.archive import DAMAGED, read_archive, write_archive
from lecture8.fitting.fitted_potential import FittedPotential, history_of
from lecture8.fitting.moment_networks import compiled
from lecture8.fitting.moment_networks.atom import Coefficients
from lecture8.fitting.moment_networks.description import MomentNetwork
from lecture8.integrators import TimeLoop
from lecture8.pairs import cell_for_lists
from lecture8.potentials.neighbours import place_images, verlet_list

FORMAT = "lecture8 moment network 1"


class MomentNetworkPotential(FittedPotential):
    """ASE calculator of a fitted moment network, compiled; `simulate` runs it at full speed.

    Parameters
    ----------
    description : MomentNetwork
    species : array (Z,) of int
        Atomic numbers, in increasing order.
    coefficients : moment_network_atom.Coefficients
    history : dict of lists, optional
        "epoch", "train", "validation" of the fit.
    skin : float
        How far beyond the cutoff the Verlet list of `simulate` reaches, Å.
    """

    implemented_properties = ["energy", "free_energy", "energies", "forces", "stress"]  # noqa: RUF012

    def __init__(self, description, species, coefficients, *, history=None, skin: float = 0.8):
        super().__init__()
        check_positive("skin", skin)
        self.description: MomentNetwork = description
        self.species = np.array(species, int)
        self.coefficients = Coefficients(
            float(coefficients.cutoff),
            *(np.ascontiguousarray(x, float) for x in tuple(coefficients)[1:]),
        )
        self.history = history or history_of([])
        self.skin = float(skin)

    @property
    def number_of_parameters(self) -> int:
        """Coefficients that a fit can change; the repulsive core is not among them."""
        return int(sum(np.size(x) for x in tuple(self.coefficients)[1:-1]))

    def kinds(self, atoms: Atoms) -> np.ndarray:
        """Return the place of each atom's element among `species`, (N,)."""
        self.check_elements(atoms)
        return np.searchsorted(self.species, atoms.numbers)

    def evaluate(self, atoms: Atoms, *, rows: bool = False):
        """Return energies (N,), forces (N, 3), dE/d(strain) (3, 3) and rows (N, D + H) or (0, 0).

        A row holds the invariants of an atom and its neurons: what the energy is linear in.

        Raises
        ------
        ValueError
            If an element was not in the training set.
        CalculationFailed
            If a position is not finite, or energy and forces are not: two atoms sit on the same
            spot.
        """
        self.check_atoms(atoms)
        kinds, r = self.kinds(atoms), np.ascontiguousarray(atoms.positions, float)
        energies, forces, virial = np.empty(len(r)), np.empty_like(r), np.empty((3, 3))
        width = self.coefficients.linear.shape[1] + self.coefficients.bias.shape[1]
        table = np.zeros((len(r), width) if rows else (0, 0))
        cell = cell_for_lists(atoms)
        verlet = verlet_list(r, cell, atoms.pbc, self.description.cutoff)
        points = np.empty((3, len(verlet.parent)))
        place_images(r, verlet, points)
        compiled.evaluate(points, verlet, kinds, self.coefficients, energies, forces, virial, table)
        self.check_results(energies.sum(), forces)
        return energies, forces, virial, table

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        """Compute energy, forces and, if the cell is periodic, stress.

        Raises
        ------
        ValueError, CalculationFailed
            As `evaluate` does.
        """
        super().calculate(atoms, properties, system_changes)
        energies, forces, virial, _ = self.evaluate(self.atoms)
        energy = float(energies.sum())
        self.results = {
            "energy": energy,
            "free_energy": energy,
            "energies": energies,
            "forces": forces,
        }
        if self.atoms.cell.rank == 3 and self.atoms.pbc.all():
            stress = (virial + virial.T) / 2 / self.atoms.get_volume()
            self.results["stress"] = stress.flat[[0, 4, 8, 5, 2, 1]]

    def predict(self, frames: list[Atoms]) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return energies (B,), eV, and forces, a list of (N, 3), eV/Å."""
        results = [self.evaluate(atoms) for atoms in frames]
        return np.array([x[0].sum() for x in results]), [x[1] for x in results]

    def time_loop(self, atoms: Atoms) -> TimeLoop:
        """Return the compiled loop, which `lecture8.integrators.simulate` takes."""
        self.check_atoms(atoms)
        own = self.kinds(atoms), self.coefficients, self.skin

        def run(moving, plan):
            return compiled.run(moving, plan, *own)

        advice = "look at the last frames: the potential has left what it was fitted to"
        return TimeLoop(run, advice)

    # On disk --------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> None:
        """Write coefficients and description to `path` (.npz: numbers and text, no code)."""
        header = {
            "format": FORMAT,
            "description": dataclasses.asdict(self.description),
            "species": self.species.tolist(),
            "history": self.history,
            "skin": self.skin,
        }
        names = Coefficients._fields[1:]
        write_archive(path, header, {name: getattr(self.coefficients, name) for name in names})

    @classmethod
    def load(cls, path: str | Path) -> "MomentNetworkPotential":
        """Return the potential that `save` wrote.

        Raises
        ------
        ValueError
            If the file is not one of ours, is cut short, or was changed since it was written.
        """
        header, arrays = read_archive(path, form=FORMAT, what="moment network")
        description = MomentNetwork(**header["description"])
        numbers = [arrays[name] for name in Coefficients._fields[1:]]
        coefficients = Coefficients(description.cutoff, *numbers)
        kept = {name: header[name] for name in ("history", "skin") if name in header}
        return cls(description, header["species"], coefficients, **kept)


def is_moment_network(path: str | Path) -> bool:
    """Say whether a .npz file names the arrays of a moment network; of a damaged one, perhaps."""
    with suppress(*DAMAGED), zipfile.ZipFile(path) as archive:
        return "mixing.npy" in archive.namelist()
    return False
