"""Elements: what the names, masses and types of other programs stand for."""

import re

import numpy as np
from ase.data import atomic_masses, chemical_symbols

# Li_sv, Li/1a2b3c and Li/ are Li; Lithium is not.
VASP_NAME = re.compile(r"([A-Z][a-z]?)(?![a-z])")


def check_species(species) -> None:
    """Raise ValueError if `species` is not a list of symbols of elements."""
    if isinstance(species, str):
        raise ValueError(f"species is {species!r}, but must be a list, for example [{species!r}]")
    for symbol in species:
        if not is_element(symbol):
            raise ValueError(
                f"species holds {symbol!r}, which is no element; give symbols, for example "
                '["Li", "P", "S"]'
            )


def is_element(symbol: str) -> bool:
    """Return whether a text is the symbol of an element."""
    return symbol in chemical_symbols[1:]  # the first is X, which stands for none


def elements_of_vasp(name: str, names, counts: list[int], species) -> list[str]:
    """Return the element of each of the names of an XDATCAR, or those of `species` if none is."""
    known = [VASP_NAME.match(word) for word in names or []]
    known = [match[1] for match in known if match and is_element(match[1])]
    if names and len(known) == len(names) == len(counts):
        if species is not None:
            raise ValueError(f"{name} names its elements, {' '.join(names)}; leave species out")
        return known
    if species is None:
        found = f"has the names {' '.join(names)!r}" if names else "has no names"
        raise ValueError(
            f"{name} {found} for {len(counts)} kinds of atoms, and these are not {len(counts)} "
            'elements; give them in this order, for example species=["Li", "P", "S"]'
        )
    check_species(species)
    if len(species) != len(counts):
        raise ValueError(
            f"species names {len(species)} elements, {species}, but {name} has {len(counts)} kinds "
            f"of atoms, of which there are {counts}; name one element for each"
        )
    return species


def elements_of_masses(name: str, masses: np.ndarray) -> np.ndarray:
    """Return the elements (N,) whose masses are the nearest."""
    nearest = np.array([np.argmin(np.abs(atomic_masses - mass)) for mass in masses])
    wrong = ~(np.abs(atomic_masses[nearest] - masses) < 1.1)  # deuterium is hydrogen
    if wrong.any():
        raise ValueError(
            f"{name} has an atom of mass {masses[wrong][0]:g}, which no element has; dump "
            "them with element, or with type alone and give species"
        )
    return np.array(chemical_symbols)[nearest]


def elements_of_types(name: str, types: np.ndarray, species) -> np.ndarray:
    """Return the elements (N,) of LAMMPS' types, 1, 2, ..., from a list of elements."""
    check_species(species)
    if types.max() != len(species) or types.min() < 1:
        raise ValueError(
            f"species names {len(species)} elements, {list(species)}, but {name} has types up to "
            f"{types.max()} ({', '.join(map(str, np.unique(types)[:20]))}); name one element for "
            "each type, in the order of the types"
        )
    return np.array(species)[types - 1]
