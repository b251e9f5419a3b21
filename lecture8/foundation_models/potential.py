"""A foundation model as a potential: it looks at the atoms before it answers.

The libraries answer almost anything: SevenNet-0 gives a finite energy where a position is NaN,
CHGNet one for polonium, which it has never seen, and for a slab, which it takes for a crystal.
"""

import warnings

import numpy as np
from ase import Atoms
from ase.calculators.calculator import CalculationFailed, Calculator, all_changes
from ase.data import chemical_symbols
from ase.stress import full_3x3_to_voigt_6_stress

from lecture8.arguments import check_whole
from lecture8.foundation_models.catalogue import Model
from lecture8.foundation_models.memory import available_memory_MB
from lecture8.pairs import pairs_within
from lecture8.potentials.finite import check_finite
from lecture8.threads import torch_settings

# Å. No two atoms of any training set are nearer: H2 measures 0.74.
TOO_CLOSE = 0.3
# Å, the bonds between which CHGNet counts angles.
CHGNET_BOND = 3.0


class FoundationModel(Calculator):
    """An ASE calculator: energy and free energy (eV), forces (eV/Å), in periodic cells stress.

    The stress is ASE's: Voigt order xx, yy, zz, yz, xz, xy, in eV/Å3, positive under tension.

    Parameters
    ----------
    model : Model
    library : Calculator
        That of sevenn, chgnet or mace-torch.
    elements : collection of int
        Atomic numbers that the model has seen.
    threads : int
        Cores that torch may use during a calculation.
    """

    implemented_properties = ["energy", "free_energy", "forces", "stress"]  # noqa: RUF012

    def __init__(self, model: Model, library: Calculator, elements, *, threads: int = 1):
        super().__init__()
        check_whole("threads", threads, 1)
        self.model, self.library, self.threads = model, library, threads
        self.elements = frozenset(int(z) for z in elements)
        self._memory_that_sufficed = 0.0

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        """Compute all that there is.

        Raises
        ------
        ValueError
            If there are no atoms, an element was not in the training set, or the cell is not what
            the model needs.
        CalculationFailed
            If a number is NaN or inf, or atoms are where no training set has any.
        MemoryError
            If the calculation does not fit.
        """
        super().calculate(atoms, properties, system_changes)
        name = self.model.name
        check_species_and_cell(name, self.atoms, self.elements)
        if self.model.is_chgnet and not self.atoms.pbc.all():
            raise ValueError(
                f"{name} takes every cell for a crystal, but atoms.pbc is "
                f"{self.atoms.pbc.tolist()}; use sevennet-0, or put the atoms into a box: "
                "atoms.center(vacuum=8); atoms.pbc = True"
            )
        i, j, distances = _pairs(self.atoms, self.model.cutoff)
        self._check_distances(i, j, distances)
        memory = self._check_memory(i, distances)
        try:
            with torch_settings(self.threads), warnings.catch_warnings():
                # Both of CHGNet: of the volume of the cell, and of noble gases. Neither harms it.
                warnings.filterwarnings("ignore", "Converting a tensor with requires_grad=True")
                warnings.filterwarnings("ignore", "No Pauling electronegativity")
                self.library.calculate(self.atoms, ["energy", "forces", "stress"], all_changes)
        except (RuntimeError, MemoryError) as failure:
            # torch's allocator raises a RuntimeError, and so does much else.
            if isinstance(failure, MemoryError) or "memory" in str(failure):
                raise MemoryError(_too_large(name, self.atoms, memory)) from failure
            raise CalculationFailed(f"{name} failed: {failure}") from failure
        self._memory_that_sufficed = max(self._memory_that_sufficed, memory)
        self.results = self._results(self.library.results)

    def _results(self, results: dict) -> dict:
        """Return the results in double precision, as ASE has them."""
        energy = float(results["energy"])
        converted = {"energy": energy, "free_energy": energy}
        converted["forces"] = np.array(results["forces"], float)
        if self.atoms.pbc.all():
            stress = np.array(results["stress"], float)  # CHGNet: (3, 3), the others: (6,)
            converted["stress"] = stress if stress.ndim == 1 else full_3x3_to_voigt_6_stress(stress)
        for name, value in converted.items():
            if not np.all(np.isfinite(value)):
                raise CalculationFailed(
                    f"the {name} from {self.model.name} contains NaN or inf; "
                    "does the structure make sense?"
                )
        return converted

    def _check_distances(self, i: np.ndarray, j: np.ndarray, distances: np.ndarray) -> None:
        name, symbols = self.model.name, self.atoms.symbols
        if len(i) and distances.min() < TOO_CLOSE:
            closest = int(np.argmin(distances))
            a, b = int(i[closest]), int(j[closest])
            raise CalculationFailed(
                f"atoms {a} ({symbols[a]}) and {b} ({symbols[b]}) are {distances[closest]:.3f} Å "
                f"apart, nearer than {TOO_CLOSE} Å, where {name} means nothing; is an atom there "
                "twice, the cell too small, or the time step too long?"
            )
        if self.model.is_chgnet and (alone := set(range(len(self.atoms))) - set(i.tolist())):
            a = min(alone)
            raise CalculationFailed(
                f"atom {a} ({symbols[a]}) has no neighbour within "
                f"{self.model.cutoff:g} Å, and {name} goes wrong for such an atom; use sevennet-0"
            )

    def _check_memory(self, i: np.ndarray, distances: np.ndarray) -> float:
        """Return the MB that the calculation will take, or raise."""
        model = self.model
        bonds = np.bincount(i[distances < CHGNET_BOND])
        needed = model.MB_per_pair * len(i) + model.MB_per_angle * np.sum(bonds * (bonds - 1))
        # What sufficed once does so again: torch keeps memory that the system counts as taken.
        if needed > self._memory_that_sufficed and needed > available_memory_MB():
            raise MemoryError(_too_large(model.name, self.atoms, needed))
        return float(needed)


def check_species_and_cell(name: str, atoms: Atoms, elements: frozenset[int]) -> None:
    """Raise ValueError or CalculationFailed if no model could make sense of `atoms`."""
    if len(atoms) == 0:
        raise ValueError(f"there are no atoms; {name} needs at least one")
    check_finite(atoms)
    unknown = sorted(set(atoms.numbers.tolist()) - elements)
    if unknown:
        never = sorted(set(range(1, 95)) - elements)
        raise ValueError(
            f"{name} has never seen {chemical_symbols[unknown[0]]}; it knows {len(elements)} "
            "elements, "
            + (
                f"all up to Pu but {', '.join(chemical_symbols[z] for z in never)}"
                if len(elements) > 80
                else ", ".join(chemical_symbols[z] for z in sorted(elements))
            )
        )
    vectors = atoms.cell.array[atoms.pbc]  # (periodic directions, 3)
    if np.linalg.matrix_rank(vectors) < len(vectors):
        raise ValueError(
            f"atoms.pbc is {atoms.pbc.tolist()}, but the cell {atoms.cell.tolist()} does not span "
            "these directions; set atoms.cell, or atoms.pbc = False for a molecule"
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
