"""Make ngpo.xyz: NaGe2(PO4)3 of the homework, as CHGNet relaxes it. Half a minute on one core.

Run: python lecture8/data/make_ngpo.py [folder]

The start is the NASICON type, space group R-3c: sites as in Na3Cr2(PO4)3 (Lucazeau et al., Solid
State Ionics 18-19, 959 (1986), COD 1008846) to 0.02 in x, y and z; the relaxation, positions and
cell, decides where the atoms end. Cell of the start: near that of Zhao et al., J. Mol. Struct. 922,
127 (2009), single crystal X-ray diffraction, a = 8.109(2) and c = 21.536(8) Å, who refined it in
R-3, a subgroup of R-3c. All Na sits on the site that is full (M1, 6b); the 18 sites M2 are empty.
"""

import sys
from pathlib import Path

from ase import Atoms
from ase.build import make_supercell
from ase.filters import FrechetCellFilter
from ase.io import write
from ase.optimize import FIRE
from ase.spacegroup import crystal

from lecture8.foundation_models import load

SITES = {
    "Na": [(0, 0, 0)],  # 6b
    "Ge": [(0, 0, 0.1456)],  # 12c
    "P": [(0.283, 0, 0.25)],  # 18e
    "O": [(0.179, 0.980, 0.190), (0.192, 0.165, 0.085)],  # 36f, both
}
CELL = (8.112, 8.112, 21.514, 90, 90, 120)  # Å, degrees
HEXAGONAL = ((1, -1, 0), (0, 1, -1), (1, 1, 1))  # of three primitive cells


def start() -> Atoms:
    """Return the primitive cell before the relaxation: Na2Ge4P6O24."""
    symbols = [symbol for symbol, sites in SITES.items() for _ in sites]
    basis = [site for sites in SITES.values() for site in sites]
    made = crystal(symbols, basis, spacegroup=167, cellpar=CELL, primitive_cell=True)
    atoms = Atoms(made.symbols, positions=made.positions, cell=made.cell, pbc=True)
    atoms.wrap(eps=1e-6)
    return sorted_by_element(atoms)


def sorted_by_element(atoms: Atoms) -> Atoms:
    """Return the atoms in the order of `SITES`."""
    return atoms[[k for x in SITES for k, symbol in enumerate(atoms.symbols) if symbol == x]]


def hexagonal(primitive: Atoms) -> Atoms:
    """Return the cell of crystallographers, 108 atoms, element by element."""
    return sorted_by_element(make_supercell(primitive, HEXAGONAL))


def vacant(atoms: Atoms) -> Atoms:
    """Return the crystal without its first Na."""
    atoms = atoms.copy()
    del atoms[list(atoms.symbols).index("Na")]
    return atoms


def main(folder: Path, *, steps: int = 300) -> None:
    """Relax and write."""
    atoms = start()
    atoms.calc = load("chgnet")
    FIRE(FrechetCellFilter(atoms), logfile=None).run(fmax=0.002, steps=steps)
    atoms.calc = None
    atoms.info = {"source": "NASICON type, relaxed by CHGNet (make_ngpo.py)"}
    write(folder / "ngpo.xyz", atoms)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
