"""Neighbour lists of argon and LGPS: ours against vesin, matscipy and ASE (`make bench`)."""

from functools import partial

import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list
from contest import Contest, keep, seconds_of, take_turns, told
from limits import gigabytes
from matscipy.neighbours import neighbour_list
from vesin import NeighborList

from lecture8.potentials.neighbours import verlet_list
from lecture8.structures import argon_box, lgps

SETTINGS = """
All directed pairs within the cutoff (8.5 Å in liquid-like argon, 6 Å in LGPS) with the lattice
vector of each, one core, double precision. vesin, matscipy and ASE return the arrays i, j and S
(which cell), as a Python user asks them for. Ours is what our own engine runs on, the neighbours of
one atom after the other as places among images, each with its atom and lattice vector; in the
second line it is written out, pair by pair, as theirs. The numbers of pairs are compared before the
clock starts.
"""


def ours(atoms: Atoms, cutoff: float):
    """Return our list."""
    return verlet_list(atoms.positions, atoms.cell.array, atoms.pbc, cutoff)


def ours_written_out(atoms: Atoms, cutoff: float):
    """Return our list as i (P,), j (P,) and shift (P, 3), Å."""
    made = ours(atoms, cutoff)
    centre = np.repeat(made.home, np.diff(made.first))
    shift = made.shift[made.neighbours] - made.shift[centre]
    return made.parent[centre], made.parent[made.neighbours], shift


def with_vesin(atoms: Atoms, cutoff: float):
    """Return vesin's i, j and S."""
    return NeighborList(cutoff=cutoff, full_list=True).compute(
        points=atoms.positions, box=atoms.cell.array, periodic=True, quantities="ijS"
    )


def compare(name: str, atoms: Atoms, cutoff: float, rounds: int) -> Contest:
    """Return µs per atom of all four for one structure."""
    lists = {
        "ours": lambda: ours(atoms, cutoff),
        "ours, as i, j and shift": lambda: ours_written_out(atoms, cutoff),
        "vesin": lambda: with_vesin(atoms, cutoff),
        "matscipy": lambda: neighbour_list("ijS", atoms, cutoff),
        "ASE": lambda: neighbor_list("ijS", atoms, cutoff),
    }
    pairs = {key: len(make()[0]) for key, make in lists.items() if key != "ours"}
    pairs["ours"] = len(ours(atoms, cutoff).neighbours)
    if len(set(pairs.values())) != 1:
        raise RuntimeError(f"{name}: not the same pairs, {pairs}")
    # As many calls as make a tenth of a second, so that the clock's grain does not show.
    calls = {key: max(1, int(0.1 / seconds_of(make))) for key, make in lists.items()}

    def seconds(key):
        return seconds_of(lambda: [lists[key]() for _ in range(calls[key])]) / calls[key]

    number, turns = len(atoms), {key: partial(seconds, key) for key in lists}
    subject = f"{name}, {number:,} atoms, {pairs['ours'] / number:.0f} neighbours each"
    scale = 1e6 / number
    return take_turns(subject, "µs per atom", turns, rounds=rounds, atoms=number, scale=scale)


def shaken(atoms: Atoms) -> Atoms:
    """Return the crystal with its atoms moved by some tenths of an ångström."""
    atoms = atoms.copy()
    atoms.positions += np.random.default_rng(0).normal(scale=0.2, size=(len(atoms), 3))
    return atoms


def main() -> None:
    """Compare and keep the table."""
    rounds = told(__doc__, rounds=9).rounds
    contests = [
        compare("argon", shaken(argon_box(6)), 8.5, rounds),
        compare("argon", shaken(argon_box(20)), 8.5, rounds),
        compare("LGPS", shaken(lgps()), 6.0, rounds),
        compare("LGPS", shaken(lgps() * (2, 2, 2)), 6.0, rounds),
    ]
    large = shaken(argon_box(20))
    made = ours(large, 8.5)
    written = sum(part.nbytes for part in made) / 1e9
    limit = 1e6 * written / gigabytes() / len(large)
    micro = float(np.median(contests[1].values["ours"]))
    notes = f"""
    A limit: our list of {len(large):,} argon atoms is {1e3 * written:.0f} MB, which one core copies
    in {limit:.2g} µs per atom; ours takes {micro / limit:.0f} times that. The time goes into the
    distances: the 27 boxes around an atom hold 27 / (4 π / 3) = 6.4 times as many atoms as the
    sphere.
    """
    keep("neighbour_lists", "Neighbour lists", SETTINGS, contests, notes)


if __name__ == "__main__":
    main()
