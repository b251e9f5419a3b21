"""Ordering: which atom sits where, for sites that a crystal fills in part, or with two elements.

A diffraction experiment sees the average of many cells: 24 lithium ions on 48 sites, half an ion on
each. A simulation needs them one by one. Of the many ways to place them we take one in which unlike
charges are near each other, found by cooling down slowly (simulated annealing).
"""

import numpy as np

from lecture8.conductivity.whole_numbers import VACANT, SharedSites, certain, whole_numbers
from lecture8.just_in_time import njit

# eV, of the annealing: from where every swap is taken to where none is that costs anything.
HOT, COLD, SWAPS_PER_SITE = 10.0, 1e-2, 3000
ALIKE = 1e-3  # eV; orderings nearer in energy count as one


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

    Returns
    -------
    orderings : list of Structure
        Of the lowest electrostatic energy first; fewer than `number` if no more were found.
    notes : list of str

    Raises
    ------
    ValueError
        As `whole_numbers`.
    """
    from pymatgen.analysis.ewald import EwaldSummation
    from pymatgen.core import Structure

    structure, shared, notes = whole_numbers(structure, charges, ion)
    unit = Structure(structure.lattice, ["Li+"] * len(structure), structure.frac_coords)
    energies = np.ascontiguousarray(EwaldSummation(unit).total_energy_matrix)
    known = np.array([certain(site) for site in structure], dtype=object)
    tried = [anneal(energies, known, shared, charges, rng=rng) for _ in range(3 + 2 * number)]
    tried.sort(key=lambda outcome: outcome[1])
    kept = []
    for elements, energy in tried:
        if len(kept) < number and all(energy - other > ALIKE for _, other in kept):
            kept.append((elements, energy))
    notes.append(
        f"sites are filled in part or shared ({'; '.join(map(str, shared))}): of {len(tried)} "
        "annealed orderings (electrostatics of formal charges) "
        + (f"the {len(kept)} lowest were" if len(kept) > 1 else "the lowest was")
        + f" taken; all lie within {tried[-1][1] - tried[0][1]:.2f} eV"
    )
    if len(kept) < number:
        notes.append(f"{number} orderings were asked for; {len(kept)} differ in their energy")
    return [_filled(structure, elements) for elements, _ in kept], notes


def _filled(structure, elements):
    from pymatgen.core import Structure

    on = [k for k, x in enumerate(elements) if x != VACANT]
    return Structure(structure.lattice, [elements[k] for k in on], structure.frac_coords[on])
