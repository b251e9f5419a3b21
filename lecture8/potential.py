"""What a potential is: an ASE calculator of which only the arithmetic is left to write.

    class MyPotential(Potential):
        def evaluate(self, atoms):
            ...
            return Interaction(energy, forces, virial)

What atoms it refuses, stress, and the refusal of what is not finite are written here, once, for
Lennard-Jones, what is fitted, and foundation models alike.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from ase import Atoms
from ase.calculators.calculator import CalculationFailed, Calculator, all_changes
from ase.data import chemical_symbols
from ase.stress import full_3x3_to_voigt_6_stress

from lecture8.finite import check_cell, check_finite


class Interaction(NamedTuple):
    """What a potential says about N atoms.

    Parameters
    ----------
    energy : float
        V, eV.
    forces : array (N, 3)
        F_i = -dV/dr_i, eV/Å.
    virial : array (3, 3) or None
        W = -dV/d(strain), eV; of pair forces, the sum of d F^T, with d the vector from one atom to
        the other and F the force on that other: positive where atoms push each other apart. The
        pressure is P = (N kT + tr W / 3) / volume, and ASE's stress is -W / volume. None where
        nobody knows, in free space.
    energies : array (N,), optional
        The share of each atom in V, eV, if V is a sum over atoms.
    """

    energy: float
    forces: np.ndarray
    virial: np.ndarray | None
    energies: np.ndarray | None = None


class NotOffered(NotImplementedError):
    """What others can do, the potential that was asked cannot."""


class Potential(Calculator):
    """An ASE calculator: energy and free energy (eV), forces (eV/Å), in a periodic cell stress.

    The stress is ASE's: Voigt order xx, yy, zz, yz, xz, xy, in eV/Å3, positive under tension.

    A subclass writes `evaluate`, and what it can of `time_loop`, `rows`, `save` and `load`. If its
    energy is a sum over atoms, it adds "energies" to `implemented_properties`.

    Attributes
    ----------
    species : array (Z,) of int, or None
        Atomic numbers of the elements that it knows; None if it does not ask.
    """

    implemented_properties = ["energy", "free_energy", "forces", "stress"]  # noqa: RUF012
    species: np.ndarray | None = None

    def evaluate(self, atoms: Atoms) -> Interaction:
        """Return energy, forces and virial of atoms that `check_atoms` let pass."""
        raise NotImplementedError(f"{type(self).__name__} does not say what its energy is")

    def interaction(self, atoms: Atoms) -> Interaction:
        """Return energy, forces and virial.

        Raises
        ------
        ValueError
            For an element that the potential does not know, no atoms, or a cell without volume.
        CalculationFailed
            If a position is not finite, or energy and forces are not: two atoms sit on the same
            spot.
        """
        self.check_atoms(atoms)
        with np.errstate(all="ignore"):  # what is not finite is named in the next line
            interaction = self.evaluate(atoms)
        self.check_interaction(interaction)
        return interaction

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        """Compute all that there is, for ASE; raises what `interaction` does."""
        super().calculate(atoms, properties, system_changes)
        energy, forces, virial, energies = self.interaction(self.atoms)
        self.results = {"energy": float(energy), "free_energy": float(energy), "forces": forces}
        if energies is not None:
            self.results["energies"] = energies
        if self.atoms.cell.rank == 3 and self.atoms.pbc.all():
            stress = -(virial + virial.T) / 2 / self.atoms.get_volume()
            self.results["stress"] = full_3x3_to_voigt_6_stress(stress)

    def predict(self, frames: list[Atoms]) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return energies (B,), eV, and forces, a list of (N, 3), eV/Å; raises as `interaction`."""
        answers = [self.interaction(atoms) for atoms in frames]
        return np.array([answer.energy for answer in answers]), [a.forces for a in answers]

    # What it refuses ------------------------------------------------------------------------------

    @property
    def elements(self) -> list[str]:
        """Symbols of the elements that the potential knows."""
        return [chemical_symbols[z] for z in self.species]

    def check_atoms(self, atoms: Atoms) -> None:
        """Raise ValueError or CalculationFailed if the potential can make no sense of `atoms`."""
        if not isinstance(atoms, Atoms):
            raise ValueError(f"{atoms!r} is no frame; give a list of Atoms, also of one: [atoms]")
        if len(atoms) == 0:
            raise ValueError(f"{atoms!r} holds no atoms; give at least one")
        self.check_species(atoms)
        check_finite(atoms)
        check_cell(atoms)

    def check_species(self, atoms: Atoms) -> None:
        """Raise ValueError if `atoms` holds an element that the potential does not know."""
        if self.species is None:
            return
        unknown = sorted(set(atoms.numbers.tolist()) - {int(z) for z in self.species})
        if unknown:
            raise ValueError(
                f"{chemical_symbols[unknown[0]]} was not in the training set, which had "
                f"{', '.join(self.elements)} only; train with frames that contain it"
            )

    def check_interaction(self, interaction: Interaction) -> None:
        """Raise CalculationFailed if there is NaN or inf in what was computed."""
        energy, forces, virial, _ = interaction
        numbers = (energy, forces, 0.0 if virial is None else virial)
        if not all(np.all(np.isfinite(x)) for x in numbers):
            raise CalculationFailed(
                f"energy and forces of {type(self).__name__} are not finite: two atoms sit on the "
                "same spot, or nearly; move one, or look at the last frames of the run"
            )

    def check_state(self, atoms: Atoms, tol: float = 0.0) -> list[str]:
        """Return what differs from the atoms of the last results.

        ASE's own comparison, to within `tol` and with charges and magnetic moments, takes longer
        than a fast potential does.
        """
        last = self.atoms
        if last is None or len(last) != len(atoms):
            return list(all_changes)
        pairs = {
            "positions": (last.positions, atoms.positions),
            "numbers": (last.numbers, atoms.numbers),
            "cell": (last.cell.array, atoms.cell.array),
            "pbc": (last.pbc, atoms.pbc),
        }
        return [name for name, (a, b) in pairs.items() if not np.array_equal(a, b)]

    # What not every potential can do --------------------------------------------------------------

    def time_loop(self, atoms: Atoms) -> Callable:
        """Return a `lecture8.integrators.TimeLoop`, which takes steps without leaving its code."""
        raise NotOffered(f"{type(self).__name__} has no time loop of its own")

    def rows(self, atoms: Atoms) -> np.ndarray:
        """Return what the energy of each atom is linear in, (N, P), for an extrapolation grade."""
        raise NotOffered(
            f"{type(self).__name__} is no sum of known functions, so there is no extrapolation "
            "grade; grade it with CommitteeGrade or DistanceGrade"
        )

    def save(self, path: str | Path) -> None:
        """Write the potential to `path`."""
        raise NotOffered(f"{type(self).__name__} cannot be saved; keep the line that makes it")

    @classmethod
    def load(cls, path: str | Path) -> "Potential":
        """Return the potential that `save` wrote."""
        raise NotOffered(f"{cls.__name__} cannot be loaded; keep the line that makes it")
