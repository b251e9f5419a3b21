"""A foundation model as a potential: it looks at the atoms before it answers.

The libraries answer almost anything: SevenNet-0 gives a finite energy where a position is NaN,
CHGNet one for polonium, which it has never seen, and for a slab, which it takes for a crystal.
"""

import warnings

import numpy as np
from ase import Atoms
from ase.calculators.calculator import CalculationFailed, Calculator, all_changes
from ase.data import chemical_symbols
from ase.stress import voigt_6_to_full_3x3_stress

from lecture8.arguments import check_whole
from lecture8.foundation_models.catalogue import Model
from lecture8.foundation_models.memory import available_memory_MB
from lecture8.pairs import pairs_within
from lecture8.potential import Interaction, Potential
from lecture8.threads import torch_settings

# Å. No two atoms of any training set are nearer: H2 measures 0.74.
TOO_CLOSE = 0.3
# Å, the bonds between which CHGNet counts angles.
CHGNET_BOND = 3.0


class FoundationModel(Potential):
    """A `Potential` around the calculator of sevenn, chgnet or mace-torch.

    Parameters
    ----------
    model : Model
    library : Calculator
    species : collection of int
        Atomic numbers that the model has seen.
    threads : int
        Cores that torch may use during a calculation.
    """

    def __init__(self, model: Model, library: Calculator, species, *, threads: int = 1):
        super().__init__()
        check_whole("threads", threads, 1)
        self.model, self.library, self.threads = model, library, threads
        self.species = np.array(sorted(int(z) for z in species))
        self._memory_that_sufficed = 0.0

    def evaluate(self, atoms: Atoms) -> Interaction:
        """Return what the library computes, in double precision.

        Raises
        ------
        CalculationFailed
            If atoms are where no training set has any, or the library fails.
        MemoryError
            If the calculation does not fit.
        """
        name = self.model.name
        i, j, distances = _pairs(atoms, self.model.cutoff)
        self._check_distances(atoms, i, j, distances)
        memory = self._check_memory(atoms, i, distances)
        try:
            with torch_settings(self.threads), warnings.catch_warnings():
                # Both of CHGNet: of the volume of the cell, and of noble gases. Neither harms it.
                warnings.filterwarnings("ignore", "Converting a tensor with requires_grad=True")
                warnings.filterwarnings("ignore", "No Pauling electronegativity")
                self.library.calculate(atoms, ["energy", "forces", "stress"], all_changes)
        except (RuntimeError, MemoryError) as failure:
            # torch's allocator raises a RuntimeError, and so does much else.
            if isinstance(failure, MemoryError) or "memory" in str(failure):
                raise MemoryError(_too_large(name, atoms, memory)) from failure
            raise CalculationFailed(f"{name} failed: {failure}") from failure
        self._memory_that_sufficed = max(self._memory_that_sufficed, memory)
        results, virial = self.library.results, None
        if atoms.pbc.all():
            virial = -atoms.get_volume() * voigt_6_to_full_3x3_stress(
                np.array(results["stress"], float)
            )
        forces = np.array(results["forces"], float)
        return Interaction(float(results["energy"]), forces, virial)

    def check_atoms(self, atoms: Atoms) -> None:
        """Raise ValueError or CalculationFailed if the model can make no sense of `atoms`."""
        super().check_atoms(atoms)
        if self.model.is_chgnet and not atoms.pbc.all():
            raise ValueError(
                f"{self.model.name} takes every cell for a crystal, but atoms.pbc is "
                f"{atoms.pbc.tolist()}; use sevennet-0, or put the atoms into a box: "
                "atoms.center(vacuum=8); atoms.pbc = True"
            )

    def check_species(self, atoms: Atoms) -> None:
        """Raise ValueError if the model has never seen an element."""
        check_seen(self.model.name, atoms, self.species)

    def _check_distances(self, atoms: Atoms, i, j, distances) -> None:
        name, symbols = self.model.name, atoms.symbols
        if len(i) and distances.min() < TOO_CLOSE:
            closest = int(np.argmin(distances))
            a, b = int(i[closest]), int(j[closest])
            raise CalculationFailed(
                f"atoms {a} ({symbols[a]}) and {b} ({symbols[b]}) are {distances[closest]:.3f} Å "
                f"apart, nearer than {TOO_CLOSE} Å, where {name} means nothing; is an atom there "
                "twice, the cell too small, or the time step too long?"
            )
        if self.model.is_chgnet and (alone := set(range(len(atoms))) - set(i.tolist())):
            a = min(alone)
            raise CalculationFailed(
                f"atom {a} ({symbols[a]}) has no neighbour within "
                f"{self.model.cutoff:g} Å, and {name} goes wrong for such an atom; use sevennet-0"
            )

    def _check_memory(self, atoms: Atoms, i, distances) -> float:
        """Return the MB that the calculation will take, or raise."""
        model = self.model
        bonds = np.bincount(i[distances < CHGNET_BOND])
        needed = model.MB_per_pair * len(i) + model.MB_per_angle * np.sum(bonds * (bonds - 1))
        # What sufficed once does so again: torch keeps memory that the system counts as taken.
        if needed > self._memory_that_sufficed and needed > available_memory_MB():
            raise MemoryError(_too_large(model.name, atoms, needed))
        return float(needed)


def check_seen(name: str, atoms: Atoms, species) -> None:
    """Raise ValueError if the model of that name has never seen an element."""
    seen = {int(z) for z in species}
    if unknown := sorted(set(atoms.numbers.tolist()) - seen):
        never = ", ".join(chemical_symbols[z] for z in sorted(set(range(1, 95)) - seen))
        known = ", ".join(chemical_symbols[z] for z in sorted(seen))
        raise ValueError(
            f"{name} has never seen {chemical_symbols[unknown[0]]}; it knows {len(seen)} elements, "
            + (f"all up to Pu but {never}" if len(seen) > 80 else known)
        )


def _pairs(atoms: Atoms, cutoff: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return i (P,), j (P,) and distances (P,), Å, of all directed pairs within the cutoff."""
    i, j, shift = pairs_within(atoms, cutoff)
    return i, j, np.linalg.norm(atoms.positions[j] + shift - atoms.positions[i], axis=1)


def _too_large(name: str, atoms: Atoms, needed: float) -> str:
    return (
        f"{name} needs about {needed:.0f} MB for {len(atoms)} atoms, and "
        f"{available_memory_MB():.0f} MB are left; take a smaller cell, or close other notebooks"
    )
