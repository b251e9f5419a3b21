"""Whole numbers: how many atoms of each element belong on sites that are shared, in which cell."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from itertools import product

import numpy as np

VACANT = ""
ORBIT, OCCUPANCY = "orbit", "occupancy"
LARGEST_CELL = 400  # atoms
LONGEST = 2.0  # a repeated cell may be so many times as long as it is wide
ROUNDING = 0.03  # of the sites, by which an occupancy may be missed
FEW_IONS = 0.06  # of the ions, which may come or go for a neutral cell


@dataclass
class SharedSites:
    """Sites that are alike, and what has to be placed on them.

    Parameters
    ----------
    sites : array (S,) of int
    atoms : dict, element -> int
        How many belong there; the other sites stay empty.
    """

    sites: np.ndarray
    atoms: dict[str, int]

    @property
    def vacant(self) -> int:
        """How many sites stay empty."""
        return len(self.sites) - sum(self.atoms.values())

    def __str__(self) -> str:
        atoms = ", ".join(f"{number} {x}" for x, number in self.atoms.items())
        return f"{atoms} on {len(self.sites)} sites"

    @property
    def elements(self) -> list[str]:
        """What has to be placed, (S,), `VACANT` for nothing."""
        return [*Counter(self.atoms).elements(), *[VACANT] * self.vacant]


def whole_numbers(structure, charges: dict[str, float], ion: str):
    """Return a cell with whole numbers of atoms, its shared sites, and notes on what was done.

    The cell is repeated until the occupancies give whole numbers, to within 0.03 of a site; if
    these are not neutral, ions are added or left out. Sites are alike if symmetry says so, or,
    where that leaves too few of a kind, if their occupancies are the same. Those that hold nothing
    but ions are one group, whatever the occupancy of each: ions will move, and find their share.

    Parameters
    ----------
    structure : pymatgen Structure

    Raises
    ------
    ValueError
        If no cell of up to 400 atoms will do.
    """
    structure = structure.copy()
    structure.add_site_property(ORBIT, _orbits(structure))
    for repeat, by in product(_repeats(structure), (ORBIT, OCCUPANCY)):
        larger = structure.copy()
        larger.make_supercell(repeat)
        shared = [_rounded(larger, sites) for sites in _alike(larger, ion, by)]
        if None in shared:
            continue
        extra = _extra_ions(larger, shared, charges, ion)
        if extra is None:
            continue
        notes = []
        if repeat != (1, 1, 1):
            notes.append(f"the cell of the file was repeated {repeat} for whole numbers of atoms")
        for _ in range(abs(extra)):
            _change_by_one(shared, ion, -int(np.sign(extra)))
        if extra:
            what = "left out" if extra > 0 else "added"
            notes.append(f"{abs(extra)} {ion} {what}, or the rounded cell would be charged")
        notes += _difference(larger, shared)
        return larger, shared, notes
    raise ValueError(
        f"no cell of up to {LARGEST_CELL} atoms gives whole numbers of atoms for the occupancies "
        f"of {structure.composition.reduced_formula} that are neutral together; order it with a "
        "tool of your own, and give that file"
    )


def _repeats(structure) -> list[tuple[int, int, int]]:
    """Return how often a cell may be repeated: few times first, and never to a needle."""
    most = max(1, int(LARGEST_CELL / max(structure.composition.num_atoms, 1)))
    lengths = np.array(structure.lattice.abc)

    def ratio(repeat) -> float:
        return max(lengths * repeat) / min(lengths * repeat)

    allowed = max(LONGEST, ratio((1, 1, 1)))
    repeats = [
        (a, b, k // (a * b))
        for k in range(1, most + 1)
        for a in range(1, k + 1)
        if k % a == 0
        for b in range(1, k // a + 1)
        if (k // a) % b == 0
    ]
    repeats = [n for n in repeats if ratio(n) <= allowed + 1e-6]
    return sorted(repeats, key=lambda n: (np.prod(n), ratio(n)))


def _orbits(structure) -> list[int]:
    """Return a number for each site, the same for those that symmetry makes equivalent."""
    from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

    orbits = np.arange(len(structure))
    with suppress(Exception):  # without symmetry each site is its own
        symmetry = SpacegroupAnalyzer(structure).get_symmetrized_structure()
        for number, sites in enumerate(symmetry.equivalent_indices):
            orbits[list(sites)] = number
    return orbits.tolist()


def _alike(structure, ion: str, by: str) -> list[np.ndarray]:
    """Return the shared sites in groups: of one orbit or occupancy, or with nothing but ions."""
    groups = {}
    for k, site in enumerate(structure):
        if not site.is_ordered:
            alone = {symbol(x) for x in site.species} == {ion}
            kind = site.properties[ORBIT] if by == ORBIT else site.species_string
            groups.setdefault(ion if alone else kind, []).append(k)
    return [np.array(sites) for sites in groups.values()]


def _rounded(structure, sites) -> SharedSites | None:
    """Return the sites with whole numbers of atoms, or None if these miss the occupancies."""
    wanted = Counter()
    for k in sites:
        for species, amount in structure[int(k)].species.items():
            wanted[symbol(species)] += amount
    shared = SharedSites(sites, {x: round(amount) for x, amount in wanted.items()})
    error = max(abs(shared.atoms[x] - wanted[x]) for x in wanted)
    fits = shared.vacant >= 0 and min(shared.atoms.values()) > 0  # nothing may get lost
    return shared if fits and error <= ROUNDING * len(sites) + 1e-9 else None


def _extra_ions(structure, shared, charges, ion) -> int | None:
    """Return how many ions must go for a neutral cell (negative: come); None if that is no way."""
    total = sum(charges[x] for x in map(certain, structure) if x != VACANT)
    total += sum(charges[x] * n for group in shared for x, n in group.atoms.items())
    extra = round(total / charges[ion])
    there = sum(group.atoms.get(ion, 0) for group in shared)
    room = sum(group.vacant for group in shared if ion in group.atoms)
    neutral = abs(total - extra * charges[ion]) < 1e-6
    few = abs(extra) <= FEW_IONS * there and -room <= extra <= there
    return extra if neutral and (few or extra == 0) else None


def _difference(structure, shared) -> list[str]:
    """Say by how much the whole numbers differ from the occupancies, if they do."""
    wanted, built = Counter(), Counter()
    for group in shared:
        built.update(group.atoms)
        for k in group.sites:
            for species, amount in structure[int(k)].species.items():
                wanted[symbol(species)] += amount
    changed = [x for x in wanted if abs(wanted[x] - built[x]) > 0.01 * max(built[x], 1)]
    if not changed:
        return []
    text = ", ".join(f"{built[x]} {x} for {wanted[x]:.2f}" for x in changed)
    return [f"on shared sites the cell has {text} of the file"]


def _change_by_one(shared: list[SharedSites], ion: str, change: int) -> None:
    """Add an ion where most sites are empty, or take one from where most are."""
    groups = [group for group in shared if ion in group.atoms]
    chosen = max(groups, key=lambda g: g.vacant if change > 0 else g.atoms[ion])
    chosen.atoms[ion] += change


def certain(site) -> str:
    """Return the element of a site that is not shared, or `VACANT`."""
    return symbol(next(iter(site.species))) if site.is_ordered else VACANT


def symbol(species) -> str:
    """Return the element of a pymatgen Species, Element or deuterium."""
    from pymatgen.core import DummySpecies, Element

    if isinstance(species, DummySpecies):
        raise ValueError(f"a site holds {species.symbol}, which is no element")
    return Element.from_Z(species.Z).symbol
