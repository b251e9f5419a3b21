"""Make ngpo.xyz and nagp.xyz of the homework, as CHGNet relaxes them. A minute on one core.

Run: python -m recipes.ngpo [folder]

The start is the NASICON type, space group R-3c: sites as in Na3Cr2(PO4)3 (Lucazeau et al., Solid
State Ionics 18-19, 959 (1986), COD 1008846) to 0.02 in x, y and z; the relaxation, positions and
cell, decides where the atoms end. Cell of the start: near that of Zhao et al., J. Mol. Struct. 922,
127 (2009), single crystal X-ray diffraction, a = 8.109(2) and c = 21.536(8) Å, who refined it in
R-3, a subgroup of R-3c. All Na sits on the site that is full (M1, 6b); the 18 sites M2 are empty.

NAGP is NGPO with aluminium: Na1.5Al0.5Ge1.5(PO4)3, the cell of NGPO twice. Each Al3+ in the place
of a Ge4+ brings an Na+, on a site M2 beside it, half way between two M1.
"""

from pathlib import Path

import numpy as np
from ase import Atoms
from ase.filters import FrechetCellFilter
from ase.geometry import get_distances
from ase.io import write
from ase.neighborlist import neighbor_list
from ase.optimize import FIRE
from ase.spacegroup import crystal

from lecture8.foundation_models import load
from recipes.writing import chosen_folder

SITES = {
    "Na": [(0, 0, 0)],  # 6b
    "Ge": [(0, 0, 0.1456)],  # 12c
    "P": [(0.283, 0, 0.25)],  # 18e
    "O": [(0.179, 0.980, 0.190), (0.192, 0.165, 0.085)],  # 36f, both
}
CELL = (8.112, 8.112, 21.514, 90, 90, 120)  # Å, degrees
ORDER = ("Na", "Al", "Ge", "P", "O")
M1_M1 = (5.5, 6.5)  # Å, between the nearest two


def start() -> Atoms:
    """Return the primitive cell before the relaxation: Na2Ge4P6O24."""
    symbols = [symbol for symbol, sites in SITES.items() for _ in sites]
    basis = [site for sites in SITES.values() for site in sites]
    made = crystal(symbols, basis, spacegroup=167, cellpar=CELL, primitive_cell=True)
    atoms = Atoms(made.symbols, positions=made.positions, cell=made.cell, pbc=True)
    atoms.wrap(eps=1e-6)
    return sorted_by_element(atoms)


def sorted_by_element(atoms: Atoms) -> Atoms:
    """Return the atoms in the order of `ORDER`."""
    return atoms[[k for x in ORDER for k, symbol in enumerate(atoms.symbols) if symbol == x]]


def doped(atoms: Atoms, number: int) -> Atoms:
    """Return NGPO with `number` Al instead of Ge, far from one another, and as many Na on M2."""
    first, second, way = neighbor_list("ijD", atoms, max(M1_M1))
    m1 = (atoms.symbols == "Na")[first] & (atoms.symbols == "Na")[second]
    m1 &= np.linalg.norm(way, axis=1) > min(M1_M1)
    m2 = atoms.positions[first[m1]] + way[m1] / 2  # each of them twice
    germanium = np.flatnonzero(atoms.symbols == "Ge")
    aluminium = germanium[:: len(germanium) // number][:number]
    atoms = atoms.copy()
    for al in aluminium:
        atoms.symbols[al] = "Al"
        others = atoms.positions[atoms.symbols == "Na"]
        free = get_distances(m2, others, atoms.cell, pbc=True)[1].min(axis=1) > 2.5
        near = get_distances(atoms.positions[al], m2[free], atoms.cell, pbc=True)[1][0].argmin()
        atoms += Atoms("Na", [m2[free][near]])
    return sorted_by_element(atoms)


def relaxed(atoms: Atoms, source: str, *, steps: int) -> Atoms:
    """Return the atoms with positions and cell as CHGNet wants them."""
    atoms = atoms.copy()
    atoms.calc = load("chgnet")
    FIRE(FrechetCellFilter(atoms), logfile=None).run(fmax=0.002, steps=steps)
    atoms.calc = None
    atoms.info = {"source": source}
    return atoms


def main(folder: Path, *, steps: int = 300) -> None:
    """Relax and write."""
    ngpo = relaxed(start(), "NASICON type, relaxed by CHGNet (recipes/ngpo.py)", steps=steps)
    write(folder / "ngpo.xyz", ngpo)
    nagp = relaxed(
        doped(ngpo * (2, 1, 1), 2), "NGPO with Al, relaxed by CHGNet (recipes/ngpo.py)", steps=steps
    )
    write(folder / "nagp.xyz", nagp)


if __name__ == "__main__":
    main(chosen_folder())
