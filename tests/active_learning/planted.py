"""Labellers that misbehave on purpose; in a module of their own, so that workers can import them.

What a calculator does is written in the frame: ``atoms.info["plan"]``.
"""

import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
from ase.calculators.calculator import Calculator, all_changes


class Planted(Calculator):
    implemented_properties = ["energy", "forces"]  # noqa: RUF012

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        plan = atoms.info.get("plan", "work")
        if plan == "fail":
            raise RuntimeError("no convergence in 250 cycles")
        if plan == "stumble":
            raise KeyError("a bug")
        if plan == "hang":
            time.sleep(600)
        if plan == "die" or (plan.startswith("die once") and _first(plan.split()[-1])):
            os.kill(os.getpid(), signal.SIGKILL)
        energy = np.nan if plan == "nan" else float(np.sum(atoms.positions**2))
        self.results = {"energy": energy, "forces": -2 * atoms.positions}


def _first(flag: str) -> bool:
    try:
        Path(flag).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def planted():
    return Planted()


def no_potential():
    raise OSError("the licence has expired")


def has_torch():
    return "torch" in sys.modules
