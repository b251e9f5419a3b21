"""A fitted moment network as an ASE calculator, on disk, and in motion without leaving its loop."""

import dataclasses
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
from ase import Atoms

from lecture8.arguments import check_positive
from lecture8.fitting.common.archive import DAMAGED, read_archive, write_archive
from lecture8.fitting.common.fitted_potential import FittedPotential
from lecture8.fitting.common.history import history_of
from lecture8.fitting.moment_networks import compiled
from lecture8.fitting.moment_networks.atom import Coefficients
from lecture8.fitting.moment_networks.description import MomentNetwork
from lecture8.integrators import TimeLoop
from lecture8.pairs import cell_for_lists
from lecture8.potential import Interaction
from lecture8.potentials.neighbours import place_images, verlet_list

FORMAT = "lecture8 moment network 1"


class MomentNetworkPotential(FittedPotential):
    """ASE calculator of a fitted moment network, compiled; `simulate` runs it at full speed.

    Parameters
    ----------
    description : MomentNetwork
    species : array (Z,) of int
        Atomic numbers, in increasing order.
    coefficients : atom.Coefficients
    history : dict of lists, optional
        "epoch", "train", "validation" of the fit.
    skin : float
        How far beyond the cutoff the Verlet list of `simulate` reaches, Å.
    """

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
        sizes = description.channels, description.radial_size, description.neurons
        self._unrolled = tuple((0,) * size for size in sizes)

    @property
    def number_of_parameters(self) -> int:
        """Coefficients that a fit can change; the repulsive core is not among them."""
        return int(sum(np.size(x) for x in tuple(self.coefficients)[1:-1]))

    def kinds(self, atoms: Atoms) -> np.ndarray:
        """Return the place of each atom's element among `species`, (N,)."""
        self.check_species(atoms)
        return np.searchsorted(self.species, atoms.numbers)

    def evaluate(self, atoms: Atoms) -> Interaction:
        """Return energy, forces and virial."""
        return self._evaluate(atoms, np.empty((0, 0)))

    def rows(self, atoms: Atoms) -> np.ndarray:
        """Return (1, q, x) of each atom, (N, 1 + D + H): what its last layer is linear in.

        The energy of an atom of element z is e_z + a_z.q + b_z.x, with invariants q and neurons x.
        """
        self.check_atoms(atoms)
        p = self.coefficients
        rows = np.empty((len(atoms), p.linear.shape[1] + p.bias.shape[1]))
        self._evaluate(atoms, rows)
        return np.hstack([np.ones((len(rows), 1)), rows])

    def _evaluate(self, atoms: Atoms, rows: np.ndarray) -> Interaction:
        r = np.ascontiguousarray(atoms.positions, float)
        energies, forces, virial = np.empty(len(r)), np.empty_like(r), np.empty((3, 3))
        verlet = verlet_list(r, cell_for_lists(atoms), atoms.pbc, self.description.cutoff)
        points = np.empty((3, len(verlet.parent)))
        place_images(r, verlet, points)
        kinds, p = self.kinds(atoms), self.coefficients
        energy = compiled.evaluate(
            points, verlet, kinds, p, self._unrolled, energies, forces, virial, rows
        )
        return Interaction(energy, forces, virial, energies)

    def time_loop(self, atoms: Atoms) -> TimeLoop:
        """Return the compiled loop, which `simulate` takes."""
        self.check_atoms(atoms)
        own = self.kinds(atoms), self.coefficients, self._unrolled, self.skin
        return TimeLoop(
            lambda moving, plan: compiled.run(moving, plan, *own),
            "look at the last frames: the potential has left what it was fitted to",
        )

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
