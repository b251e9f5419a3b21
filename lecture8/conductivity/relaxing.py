"""Relaxing: the cell and the places that the teacher likes best, in a cell that is large enough."""

import warnings
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator
from ase.filters import FrechetCellFilter
from ase.optimize import FIRE

from lecture8.active_learning.labelling import lent
from lecture8.arguments import check_positive
from lecture8.frames import read, write
from lecture8.workers import Failed, run_tasks

CELLS = ("relaxed", "file")


def relax(
    atoms: Atoms,
    potential: BaseCalculator,
    *,
    cell: str = "relaxed",
    largest_force: float = 0.02,
    steps: int = 500,
) -> Atoms:
    """Return the atoms where no force pulls at them, or where `steps` steps of FIRE lead.

    First the atoms alone: an ordering from electrostatics may lie 1 eV per atom above its minimum,
    and a cell that gives way to such forces ends far from where it belongs.

    Parameters
    ----------
    cell : str
        "relaxed": then the cell changes, too, until V stress / N is as small, in eV; "file": never.
    largest_force : float
        eV/Å. A network in single precision is noisy below 0.01.
    steps : int
        Of atoms alone, and again of atoms and cell.

    Returns
    -------
    Atoms
        Without a calculator. info has "largest_force" (what is left, eV/Å), "relaxed_energy" (eV)
        and "gained_per_atom" (by how much that fell, eV).
    """
    if cell not in CELLS:
        raise ValueError(f"cell is {cell!r}; choose one of {', '.join(CELLS)}")
    check_positive("largest_force", largest_force)
    moving = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=True)
    moving.calc = potential
    before = moving.get_potential_energy()
    rough = 5 * largest_force if cell == "relaxed" else largest_force
    FIRE(moving, logfile=None).run(fmax=rough, steps=steps)
    if cell == "relaxed":
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "logm result")  # right to 12 digits, it says
            FIRE(FrechetCellFilter(moving), logfile=None).run(fmax=largest_force, steps=steps)
    relaxed = Atoms(moving.numbers, moving.positions, cell=moving.cell, pbc=True)
    relaxed.info["largest_force"] = float(np.linalg.norm(moving.get_forces(), axis=1).max())
    relaxed.info["relaxed_energy"] = float(moving.get_potential_energy())
    relaxed.info["gained_per_atom"] = (before - relaxed.info["relaxed_energy"]) / len(atoms)
    return relaxed


def large_enough(atoms: Atoms, least_length: float) -> Atoms:
    """Return the crystal repeated until opposite faces are `least_length` (Å) apart or more."""
    check_positive("least_length", least_length)
    repeats = np.ceil(least_length / heights(atoms) - 1e-6).astype(int)
    larger = atoms * tuple(np.maximum(repeats, 1))
    return larger[np.argsort(_places(larger), kind="stable")]


def heights(atoms: Atoms) -> np.ndarray:
    """Return how far opposite faces of the cell are apart, (3,), Å."""
    return 1 / np.linalg.norm(np.linalg.inv(atoms.cell.array), axis=0)


def _places(atoms: Atoms) -> list[int]:
    """Return the place of each atom's element in the order of the crystal."""
    order = list(dict.fromkeys(atoms.symbols))
    return [order.index(symbol) for symbol in atoms.symbols]


# -- In a study ------------------------------------------------------------------------------------


def relaxed_orderings(
    orderings: list[Atoms], make_teacher, *, cell: str, least_length: float, executor, file: Path
) -> list[Atoms]:
    """Return the orderings, large enough and relaxed, that of the lowest energy first.

    What was relaxed is kept in `file`.

    Raises
    ------
    RuntimeError
        If the teacher fails for one of them.
    """
    if not file.is_file():
        larger = [large_enough(atoms, least_length) for atoms in orderings]
        tasks = [(atoms, make_teacher, cell) for atoms in larger]
        relaxed = run_tasks(_relax, tasks, executor=executor)
        if lost := [x for x in relaxed if isinstance(x, Failed)]:
            raise RuntimeError(f"the crystal could not be relaxed: {lost[0]}")
        relaxed.sort(key=lambda atoms: atoms.info["relaxed_energy"])
        write(file, relaxed)
    return read(file)


def _relax(atoms: Atoms, make_teacher, cell: str) -> Atoms:
    """Relax on a worker."""
    with lent(make_teacher) as teacher:
        return relax(atoms, teacher, cell=cell)


def changes(before: Atoms, relaxed: list[Atoms], ordering: int) -> list[str]:
    """Say what relaxing did to the crystal that runs, and how much higher the others lie."""
    after, lowest = relaxed[ordering], relaxed[0].info["relaxed_energy"]
    above = [f"{atoms.info['relaxed_energy'] - lowest:.2f}" for atoms in relaxed]
    said = [_change_of_cell(before, after)]
    if len(relaxed) > 1:
        said.append(
            f"the orderings lie {', '.join(above)} eV above the lowest; number {ordering}, counted "
            "from 0, is run, and the interval knows nothing of the others"
        )
    return said


def _change_of_cell(before: Atoms, after: Atoms) -> str:
    per_atom = [atoms.get_volume() / len(atoms) for atoms in (before, after)]
    lengths = ", ".join(f"{x:.2f}" for x in after.cell.lengths())
    angles = ", ".join(f"{x:.1f}" for x in after.cell.angles())
    return (
        f"{len(after)} atoms in a cell of {lengths} Å ({angles}°), the volume of the file times "
        f"{per_atom[1] / per_atom[0]:.3f}; energy {after.info['relaxed_energy']:.2f} eV, "
        f"largest force {after.info['largest_force']:.3f} eV/Å"
    )
