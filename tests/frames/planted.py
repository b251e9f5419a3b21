"""Labels gone wrong, and copies in disguise."""

import numpy as np
from ase.calculators.calculator import Calculator
from ase.calculators.singlepoint import SinglePointCalculator


def relabelled(frames, *, energy=1.0, forces=1.0):
    """Copies whose labels are multiplied by `energy` and `forces`."""
    out = []
    for atoms in frames:
        copy, labels = atoms.copy(), atoms.calc.results
        copy.calc = SinglePointCalculator(
            copy, energy=labels["energy"] * energy, forces=labels["forces"] * forces
        )
        out.append(copy)
    return out


class Broken(Calculator):
    """Energy and forces zero, until the x of atom 0 passes 1."""

    implemented_properties = ("energy", "forces")

    def __init__(self, failure):
        super().__init__()
        self.failure = failure

    def calculate(self, atoms=None, properties=(), system_changes=()):
        super().calculate(atoms, properties, system_changes)
        self.results = {"energy": 0.0, "forces": np.zeros((len(self.atoms), 3))}
        if self.atoms.positions[0, 0] > 1:
            if isinstance(self.failure, Exception):
                raise self.failure
            self.results[self.failure] = self.results[self.failure] + np.nan


def disguised(atoms, rng):
    """The same structure, turned, moved and with like atoms renumbered."""
    copy = atoms.copy()
    copy.rotate(77, [1, 2, 3], rotate_cell=True)
    copy.positions += rng.normal(size=3)
    if copy.pbc.any():
        copy.wrap()
    return copy[rng.permutation(len(copy))]
