"""The course's characters, ready to run: argon as a cluster and as a box, butane, LGPS, NGPO."""

from copy import deepcopy

import numpy as np
from ase import Atoms, units
from ase.build import bulk, molecule
from ase.cluster import Icosahedron
from ase.constraints import FixAtoms
from ase.md.velocitydistribution import Stationary, thermalize_momenta

from lecture8.arguments import check_generator, check_not_negative, check_positive, check_whole
from lecture8.datasets.files import crystal

# Lennard-Jones argon as in Rahman, Phys. Rev. 136, A405 (1964): epsilon (eV) and sigma (Å).
ARGON = {"epsilon": 120 * units.kB, "sigma": 3.4}

# g/cm3 -> u/Å3
_DENSITY = 1e-3 * units.kg / (units.m * 1e-2) ** 3


def argon_cluster(shells: int = 2) -> Atoms:
    """Return an icosahedron of argon in free space: 1, 13, 55, 147 ... atoms for 1, 2, 3, 4 shells.

    The distance to the centre's neighbours is that of the Lennard-Jones minimum, 2^(1/6) sigma.
    """
    check_whole("shells", shells, 1)
    cluster = Icosahedron("Ar", shells, latticeconstant=1.0)
    if shells > 1:
        distances = np.linalg.norm(cluster.positions - cluster.positions.mean(axis=0), axis=1)
        cluster.positions *= 2 ** (1 / 6) * ARGON["sigma"] / distances[distances > 1e-6].min()
    return Atoms(cluster.symbols, positions=cluster.positions - cluster.positions.mean(axis=0))


def argon_box(repeat: int = 3, *, density_g_cm3: float = 1.374) -> Atoms:
    """Return 4 repeat^3 argon atoms on an fcc lattice in a periodic cube of the given density.

    The default density is that of Rahman's liquid at 94.4 K; `repeat` 3 gives 108 atoms, 6 his 864.
    """
    check_whole("repeat", repeat, 1)
    check_positive("density_g_cm3", density_g_cm3)
    mass = Atoms("Ar").get_masses()[0]
    edge = (4 * mass / (density_g_cm3 * _DENSITY)) ** (1 / 3)
    return bulk("Ar", "fcc", a=edge, cubic=True) * (repeat, repeat, repeat)


def thermalise(atoms: Atoms, *, temperature_K: float, rng: np.random.Generator) -> Atoms:
    """Return a copy with Maxwell-Boltzmann velocities and its centre of mass at rest.

    Atoms that FixAtoms holds have none; the others then keep what they drew, since such a wall
    takes up momentum.

    Raises
    ------
    ValueError
        For a temperature that is not a number or negative, a mass that is not positive, or no rng.
    """
    check_not_negative("temperature_K", temperature_K)
    check_generator("rng", rng)
    masses = atoms.get_masses()
    if not np.all(masses > 0):
        bad = int(np.argmin(masses > 0))
        raise ValueError(f"atom {bad} has the mass {masses[bad]} u; a mass must be positive")
    atoms = atoms.copy()
    thermalize_momenta(atoms, temperature_K, rng=rng)
    if not any(isinstance(constraint, FixAtoms) for constraint in atoms.constraints):
        Stationary(atoms, preserve_temperature=False)
    return atoms


def moved_to(positions: np.ndarray, atoms: Atoms) -> Atoms:
    """Return the same atoms at `positions` (N, 3), Å: what they are, but no velocities or labels.

    What they are: species, masses, charges, magnetic moments, tags, cell, FixAtoms; and "charge"
    and "spin" in info, which some calculators ask for.
    """
    moved = Atoms(atoms.numbers, positions, cell=atoms.cell, pbc=atoms.pbc)
    moved.set_celldisp(atoms.get_celldisp())
    moved.set_constraint(deepcopy(atoms.constraints))
    for name in ("masses", "initial_charges", "initial_magmoms", "tags"):
        if atoms.has(name):
            moved.set_array(name, atoms.get_array(name))
    moved.info = {key: atoms.info[key] for key in ("charge", "spin") if key in atoms.info}
    return moved


# The carbon chain of `butane`, whose dihedral angle is its torsion.
BUTANE_CHAIN = (0, 1, 2, 3)


def butane() -> Atoms:
    """Return trans-butane, C4H10, carbons first and in the order of the chain."""
    atoms = molecule("trans-butane")
    carbons = [atom.index for atom in atoms if atom.symbol == "C"]
    ends = [c for c in carbons if np.sum(atoms.get_distances(c, carbons) < 1.8) == 2]  # itself too
    chain = sorted(carbons, key=lambda c: atoms.get_distance(ends[0], c))
    return atoms[chain + [atom.index for atom in atoms if atom.symbol != "C"]]


def lgps() -> Atoms:
    """Return Li20Ge2P4S24, 50 atoms: two formula units of the electrolyte Li10GeP2S12, ordered.

    Li comes first, then Ge, P and S. Nearly tetragonal, the long axis along z, relaxed by
    SevenNet-0, positions and cell; `recipes/lgps.py` tells how.

    It is **not** the crystal of the experiment: there Ge and P share a site, and Li is spread over
    more sites than it fills. This is one ordering of many, the best of some hundred drawn at
    random, and no proof that there is none better.

    Notes
    -----
    Sites: Kamaya et al., Nat. Mater. 10, 682 (2011), a = 8.718 Å, c = 12.635 Å.
    """
    return crystal("lgps")


def ngpo() -> Atoms:
    """Return Na2Ge4P6O24, 36 atoms: the primitive cell of NaGe2(PO4)3, from the homework.

    Na comes first, then Ge, P and O. NASICON type, R-3c, rhombohedral: relaxed by CHGNet, positions
    and cell; `recipes/ngpo.py` tells how. All sites M1 hold an Na and all sites M2 are empty, so
    that nothing moves.

    Along hexagonal axes a = 8.36 Å and c = 21.67 Å; in the experiment 8.109 and 21.536 Å (R-3).

    Notes
    -----
    Experiment: Zhao et al., J. Mol. Struct. 922, 127 (2009).
    """
    return crystal("ngpo")


def nagp() -> Atoms:
    """Return Na6Al2Ge6P12O48, 74 atoms: Na1.5Al0.5Ge1.5(PO4)3, the homework's electrolyte.

    Na comes first, then Al, Ge, P and O. The cell of `ngpo` twice: two Al3+ in the place of Ge4+,
    and for each an Na+ on a site M2, beside it. Relaxed by CHGNet, as `ngpo`.
    """
    return crystal("nagp")
