"""Ordering: which atom sits where, for sites that a crystal fills in part, or with two elements.

A diffraction experiment sees the average of many cells: 24 lithium ions on 48 sites, half an ion on
each. A simulation needs them one by one. Of the many ways to place them we take one in which unlike
charges are near each other, found by cooling down slowly (simulated annealing).
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from lecture8.just_in_time import njit

VACANT = ""
# eV, of the annealing: from where every swap is taken to where none is that costs anything.
HOT, COLD, SWAPS_PER_SITE = 10.0, 1e-2, 3000
ALIKE = 1e-3  # eV; orderings nearer in energy count as one
LARGEST_CELL = 400  # atoms
ROUNDING = 0.03  # of the sites, by which an occupancy may be missed


@dataclass(frozen=True, eq=False)  # == of arrays is an array
class SharedSites:
    """Equivalent sites, and what has to be placed on them.

    Parameters
    ----------
    sites : array (S,) of int
    elements : list (S,) of str
        In any order; `VACANT` for those that stay empty.
    """

    sites: np.ndarray
    elements: list[str]


def anneal(
    energies: np.ndarray,
    elements: np.ndarray,
    shared: list[SharedSites],
    charges: dict[str, float],
    *,
    rng: np.random.Generator,
) -> tuple[np.ndarray, float]:
    """Return elements (S,) on all sites with little electrostatic energy, and that energy (eV).

    E = sum_ij q_i M_ij q_j,   least by simulated annealing (`cool`).

    Parameters
    ----------
    energies : array (S, S)
        M, eV: Ewald's sums for unit charges on all sites.
    elements : array (S,) of str
        Of the sites that are not shared; what it says of the others is overwritten.
    """
    elements = np.array(elements, dtype=object)
    for group in shared:
        elements[group.sites] = rng.permutation(np.array(group.elements, dtype=object))
    charge_of = charges | {VACANT: 0.0}
    q = np.array([charge_of[x] for x in elements], float)
    order = np.arange(len(q))
    # Equal charges: one order is as good as another.
    groups = [g.sites for g in shared if len({charge_of[x] for x in g.elements}) > 1]
    if groups:
        sites = np.concatenate(groups)
        ends = np.cumsum([len(g) for g in groups])
        first = np.repeat(ends - [len(g) for g in groups], [len(g) for g in groups])
        size = np.repeat([len(g) for g in groups], [len(g) for g in groups])
        draws = rng.random((SWAPS_PER_SITE * len(sites), 3))
        cool(energies, q, order, sites, first, size, draws)
    return elements[order], float(q @ energies @ q)


@njit(cache=True)
def cool(energies, q, order, sites, first, size, draws):
    """Swap what is on two sites of a group, as Metropolis would, while it becomes colder.

    Two sites that swap their charges, which differ by d = q_j - q_i, cost

        dE = d (f_i - f_j) + d^2 (M_ii + M_jj - 2 M_ij),   f = 2 M q.

    Parameters
    ----------
    energies : array (S, S)
        M, symmetric.
    q : array (S,)
        Charges, changed in place.
    order : array (S,) of int
        Where what is on a site was before, changed in place.
    sites, first, size : arrays (G,) of int
        All sites that take part, group by group; where each one's group begins in it, and how many
        it has.
    draws : array (steps, 3)
        Random numbers below 1.
    """
    f = 2 * energies @ q
    steps = len(draws)
    for step in range(steps):
        temperature = HOT * (COLD / HOT) ** (step / steps)
        a = int(draws[step, 0] * len(sites))
        b = first[a] + int(draws[step, 1] * size[a])
        i, j = sites[a], sites[b]
        d = q[j] - q[i]
        if d == 0.0:
            continue
        cost = d * (f[i] - f[j]) + d**2 * (energies[i, i] + energies[j, j] - 2 * energies[i, j])
        if cost < 0 or draws[step, 2] < np.exp(-cost / temperature):
            q[i], q[j] = q[j], q[i]
            order[i], order[j] = order[j], order[i]
            f += 2 * d * (energies[:, i] - energies[:, j])


def order(structure, charges: dict[str, float], *, ion: str, number: int, rng):
    """Return `number` orderings of a pymatgen Structure, and sentences on how they were chosen.

    The cell is repeated until the occupancies give whole numbers of atoms, to within 0.03 of a
    site; if these are not neutral, ions are added or left out. The ions may choose among all of
    their sites, whatever the occupancies of each: they will move, and find their share.

    Returns
    -------
    orderings : list of Structure
        Of the lowest electrostatic energy first; fewer than `number` if no more were found.
    notes : list of str

    Raises
    ------
    ValueError
        If no cell of up to 400 atoms comes near to the occupancies and is neutral.
    """
    from pymatgen.analysis.ewald import EwaldSummation
    from pymatgen.core import Structure

    structure, shared, notes = _whole_numbers(structure, charges, ion)
    unit = Structure(structure.lattice, ["Li+"] * len(structure), structure.frac_coords)
    energies = np.ascontiguousarray(EwaldSummation(unit).total_energy_matrix)
    certain = np.array([_certain(site) for site in structure], dtype=object)
    tried = [anneal(energies, certain, shared, charges, rng=rng) for _ in range(3 + 2 * number)]
    tried.sort(key=lambda outcome: outcome[1])
    kept = []
    for elements, energy in tried:
        if len(kept) < number and all(energy - other > ALIKE for _, other in kept):
            kept.append((elements, energy))
    notes.append(
        f"{sum(len(g.sites) for g in shared)} sites are filled in part or shared: of {len(tried)} "
        "annealed orderings (electrostatics of formal charges) "
        + (f"the {len(kept)} lowest were" if len(kept) > 1 else "the lowest was")
        + f" taken; all lie within {tried[-1][1] - tried[0][1]:.2f} eV"
    )
    if len(kept) < number:
        notes.append(f"{number} orderings were asked for; {len(kept)} differ in their energy")
    return [_filled(structure, elements) for elements, _ in kept], notes


def _certain(site) -> str:
    return symbol(next(iter(site.species))) if site.is_ordered else VACANT


def symbol(species) -> str:
    """Return the element of a pymatgen Species, Element or deuterium."""
    from pymatgen.core import Element

    return Element.from_Z(species.Z).symbol


def _filled(structure, elements):
    from pymatgen.core import Structure

    on = [k for k, x in enumerate(elements) if x != VACANT]
    return Structure(structure.lattice, [elements[k] for k in on], structure.frac_coords[on])


# -- Whole numbers of atoms ------------------------------------------------------------------------


def _whole_numbers(structure, charges, ion):
    """Return the repeated structure, its shared sites with what belongs there, and notes."""
    for repeat in _repeats(structure):
        larger = structure.copy()
        larger.make_supercell(repeat)
        counts = [_rounded(sites, larger) for sites in _equivalent(larger)]  # sites, atoms, error
        if any(error > ROUNDING for _, _, error in counts):
            continue
        extra = _extra_ions(larger, counts, charges, ion)
        if extra is None:
            continue
        notes = []
        if repeat != (1, 1, 1):
            notes.append(f"the cell of the file was repeated {repeat} for whole numbers of atoms")
        if extra:
            _take_out(counts, ion, extra)
            what = "left out" if extra > 0 else "added"
            notes.append(f"{abs(extra)} {ion} {what}, or the rounded cell would be charged")
        shared = []
        for sites, on, _ in counts:
            vacant = len(sites) - sum(on.values())
            shared.append(SharedSites(sites, [*Counter(on).elements(), *[VACANT] * vacant]))
        return larger, _ions_together(shared, ion), notes
    raise ValueError(
        f"no cell of up to {LARGEST_CELL} atoms gives whole numbers of atoms for the occupancies "
        f"of {structure.composition.reduced_formula} that are neutral together; order it with a "
        "tool of your own, and give that file"
    )


def _ions_together(shared: list[SharedSites], ion: str) -> list[SharedSites]:
    """Return the groups, those in which there is nothing but ions as one."""
    alone = [group for group in shared if set(group.elements) <= {ion, VACANT}]
    if not alone:
        return shared
    sites = np.concatenate([group.sites for group in alone])
    elements = [x for group in alone for x in group.elements]
    return [g for g in shared if g not in alone] + [SharedSites(sites, elements)]


def _repeats(structure) -> list[tuple[int, int, int]]:
    """Return how often a cell may be repeated, few times first, and compact cells first."""
    atoms = max(structure.composition.num_atoms, 1)
    most = max(1, int(LARGEST_CELL / atoms))
    numbers = range(1, most + 1)
    all_of_them = [
        (a, b, c) for a in numbers for b in numbers for c in numbers if a * b * c <= most
    ]
    lengths = np.array(structure.lattice.abc)
    return sorted(all_of_them, key=lambda n: (np.prod(n), -min(np.array(n) * lengths)))


def _equivalent(structure) -> list[np.ndarray]:
    """Return the sites (S,) of each group: those with the same occupancy, which is not full."""
    groups = {}
    for k, site in enumerate(structure):
        if not site.is_ordered:
            groups.setdefault(site.species_string, []).append(k)
    return [np.array(sites) for sites in groups.values()]


def _rounded(sites, structure) -> tuple[np.ndarray, dict[str, int], float]:
    """Return the sites, how many atoms of each element belong there, and the rounding error."""
    occupancy = Counter()
    for species, amount in structure[int(sites[0])].species.items():
        occupancy[symbol(species)] += amount
    wanted = {x: len(sites) * amount for x, amount in occupancy.items()}
    on = {x: round(amount) for x, amount in wanted.items()}
    error = max(abs(on[x] - wanted[x]) for x in on) / len(sites)
    fits = sum(on.values()) <= len(sites) and any(on.values())
    return sites, on, error if fits else np.inf


def _extra_ions(structure, counts, charges, ion) -> int | None:
    """Return how many ions must go for a neutral cell (negative: come); None if that is no way."""
    total = sum(charges[x] for x in (_certain(site) for site in structure) if x != VACANT)
    total += sum(charges[x] * n for _, on, _ in counts for x, n in on.items())
    extra = total / charges[ion] if charges[ion] else np.inf
    if abs(total) < 1e-6:
        return 0
    there = sum(on.get(ion, 0) for _, on, _ in counts)
    room = sum(len(sites) - sum(on.values()) for sites, on, _ in counts if ion in on)
    rounded = round(extra) if np.isfinite(extra) else 0
    possible = abs(extra - rounded) < 1e-6 and abs(rounded) <= max(1, ROUNDING * there)
    return rounded if possible and -room <= rounded < there else None


def _take_out(counts, ion: str, extra: int) -> None:
    """Take `extra` ions out of the shared sites with most, or put them where there is most room."""
    for _ in range(abs(extra)):
        room = [
            (on[ion] if extra > 0 else len(sites) - sum(on.values()), k)
            for k, (sites, on, _) in enumerate(counts)
            if ion in on
        ]
        counts[max(room)[1]][1][ion] -= int(np.sign(extra))
