"""Make lgps.xyz: one ordered cell of the disordered crystal Li10GeP2S12, three minutes on one core.

Run: python -m recipes.lgps [folder]

Sites and cell: Kamaya et al., Nature Materials 10, 682 (2011), neutron powder diffraction at room
temperature, space group P4_2/nmc, origin choice 1: with choice 2 the multiplicities are wrong and
no atom has a tetrahedron of sulphur around it. The numbers were typed from memory, without the
paper at hand. What was checked: multiplicities, composition, bond lengths; Li and Ge sites also
against those of isostructural Li10.35Si1.35P1.65S12 (CCDC 1438232-1438237), within 0.05 Å.

Ge shares its site with P, and Li is spread over more sites than it fills, so that orderings are
drawn at random, ranked by the energy of SevenNet-0, and the best three relaxed with it, positions
and cell. They end within 0.03 eV of each other: which of them is the best is luck.
"""

from pathlib import Path

import numpy as np
from ase import Atoms
from ase.filters import FrechetCellFilter
from ase.geometry import get_distances
from ase.io import write
from ase.optimize import LBFGS
from ase.spacegroup import Spacegroup
from tqdm import tqdm

from recipes.writing import chosen_folder

CELL = (8.71771, 8.71771, 12.63452)  # Å
SITES = {
    "GeP": (0, 0.5, 0.6907),  # 4d, Ge or P
    "P": (0, 0, 0.5),  # 2b
    "S1": (0, 0.1834, 0.4082),  # 8g
    "S2": (0, 0.2955, 0.0974),  # 8g
    "S3": (0, 0.6972, 0.7922),  # 8g
    "Li1": (0.257, 0.270, 0.191),  # 16h
    "Li2": (0, 0.5, 0.945),  # 4d, full
    "Li3": (0.248, 0.248, 0),  # 8f
}
OCCUPANCY = {"Li1": 0.691, "Li3": 0.643}
CLOSEST_LITHIUM = 1.9  # Å


def sites(name: str) -> np.ndarray:
    """Return the positions (multiplicity, 3), Å, of all sites of one kind."""
    equivalent, _ = Spacegroup(137, setting=1).equivalent_sites([SITES[name]])
    return equivalent * CELL


def random_ordering(rng: np.random.Generator) -> Atoms:
    """Return Li20Ge2P4S24: Ge on two of its four sites, no two Li closer than `CLOSEST_LITHIUM`."""
    tetrahedra = rng.permutation(sites("GeP"))
    sulphur = np.concatenate([sites(name) for name in ("S1", "S2", "S3")])
    positions = [random_lithium(rng), tetrahedra, sites("P"), sulphur]
    return Atoms("Li20Ge2P4S24", positions=np.concatenate(positions), cell=CELL, pbc=True)


def random_lithium(rng: np.random.Generator, number: int = 20, attempts: int = 1000) -> np.ndarray:
    """Return positions (number, 3), Å: all of Li2, the rest drawn by occupancy from Li1 and Li3."""
    full = sites("Li2")
    partial = {name: sites(name) for name in OCCUPANCY}
    candidates = np.concatenate([full, *partial.values()])
    close = (
        get_distances(candidates, cell=np.diag(CELL), pbc=True)[1] < CLOSEST_LITHIUM
    )  # (28, 28), itself
    weights = np.concatenate([np.full(len(p), OCCUPANCY[name]) for name, p in partial.items()])
    for _ in range(attempts):
        order = rng.choice(len(weights), len(weights), replace=False, p=weights / weights.sum())
        chosen = list(range(len(full)))
        for site in order + len(full):
            if len(chosen) < number and not close[site, chosen].any():
                chosen.append(site)
        if len(chosen) == number:
            return candidates[chosen]
    raise RuntimeError(f"no {number} Li sites {CLOSEST_LITHIUM} Å apart in {attempts} attempts")


def relax(atoms: Atoms, potential, *, fmax: float = 0.05, steps: int = 400) -> float:
    """Relax positions and cell in place, and return the energy (eV)."""
    atoms.calc = potential
    LBFGS(FrechetCellFilter(atoms), logfile=None).run(fmax=fmax, steps=steps)
    energy = atoms.get_potential_energy()
    atoms.calc = None
    return energy


def main(folder: Path, *, orderings: int = 100, relaxations: int = 3, steps: int = 400) -> None:
    """Write lgps.xyz into `folder`."""
    from lecture8.foundation_models import load

    potential = load("sevennet-0")
    rng = np.random.default_rng(2011)
    drawn = [random_ordering(rng) for _ in range(orderings)]
    energies = [potential.get_potential_energy(atoms) for atoms in tqdm(drawn, unit="ordering")]
    best = [drawn[index] for index in np.argsort(energies)[:relaxations]]
    relaxed = [relax(atoms, potential, steps=steps) for atoms in tqdm(best, unit="relaxation")]
    print("relaxed energies (eV):", np.round(relaxed, 3))
    atoms = best[int(np.argmin(relaxed))]
    # a along x, b in the xy plane: the relaxation may have turned the cell as a whole.
    atoms.set_cell(np.round(atoms.cell.standard_form()[0].array, 5) + 0.0, scale_atoms=True)
    atoms.wrap()
    atoms.positions = np.round(atoms.positions, 5)
    atoms.info = {"source": "Kamaya 2011, ordered, relaxed by SevenNet-0 (recipes/lgps.py)"}
    write(folder / "lgps.xyz", atoms, format="extxyz")


if __name__ == "__main__":
    main(chosen_folder())
