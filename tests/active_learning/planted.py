"""Labellers that misbehave on purpose; in a module of their own, so that workers can import them.

What a calculator does is written in the frame: ``atoms.info["plan"]``.
"""

import numpy as np
from ase.calculators.calculator import Calculator, all_changes

from tests.planted_tasks import carry_out


class Planted(Calculator):
    implemented_properties = ["energy", "forces"]  # noqa: RUF012

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        plan = atoms.info.get("plan", "work")
        carry_out(plan)
        energy = np.nan if plan == "nan" else float(np.sum(atoms.positions**2))
        self.results = {"energy": energy, "forces": -2 * atoms.positions}


def planted():
    return Planted()


def no_potential():
    raise OSError("the licence has expired")
