"""What happens far from the training set: close contacts, free atoms, large displacements.

Each function takes ``(atoms, potential, rng)`` and returns a `Measurement`.
"""

from itertools import combinations_with_replacement

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator
from ase.data import atomic_numbers, covalent_radii

from lecture8.trust.measurement import (
    FAR,
    Measurement,
    NotApplicable,
    alone,
    difference,
    labels,
)


def wall_height(atoms: Atoms, potential: BaseCalculator, rng: np.random.Generator) -> Measurement:
    """Return the wall in front of a hole at short distance, eV: the lowest; infinite without one.

    Two atoms, of each pair of elements, approach from 3 Å (or 1.5 times the sum of their covalent
    radii) to 0.5 Å. Below 0.7 times that sum, closer than any bond, the energy must rise. Where it
    falls again is a hole, and the wall is the climb to its rim from the lowest energy on the way.
    """
    walls = []
    for pair in combinations_with_replacement(sorted(set(atoms.symbols)), 2):
        bond = sum(covalent_radii[atomic_numbers[symbol]] for symbol in pair)
        distances = np.geomspace(min(3.0, 1.5 * bond), min(0.5, 0.35 * bond), 20)  # 10 % apart
        curve = np.array(
            [
                float(potential.get_potential_energy(alone(pair, [[0, 0, 0], [0, 0, r]], atoms)))
                for r in distances
            ]
        )
        name = "-".join(pair)
        if not np.all(np.isfinite(curve)):
            r = distances[~np.isfinite(curve)][0]
            return Measurement(np.nan, note=f"the energy of {name} at {r:.2f} Å is not a number")
        falls = (np.diff(curve) < -0.05) & (distances[1:] < 0.7 * bond)  # less is rounding
        if falls.any():
            rim = int(np.argmax(falls))
            wall = curve[rim] - curve[: rim + 1].min()
            walls.append(Measurement(float(wall), note=f"{name} below {distances[rim]:.2f} Å"))
    return min(walls, default=Measurement(np.inf))


def isolated_error(
    atoms: Atoms, potential: BaseCalculator, rng: np.random.Generator
) -> Measurement:
    """Return what two equal atoms `FAR` apart differ from two alone, meV/atom; the worst element.

    Unequal free radicals are left out: which of them gets the electron is a question that even
    electronic structure methods answer badly, or by not converging.
    """
    found = []
    for symbol in sorted(set(atoms.symbols)):
        energy, _ = labels(alone(symbol, [[0, 0, 0]], atoms), potential)
        pair = labels(alone([symbol] * 2, [[0, 0, 0], [0, 0, FAR]], atoms), potential)
        # Free atoms feel no force.
        error = difference(pair, (2 * energy, np.zeros((2, 3))))
        found.append(error._replace(note=f"the element is {symbol}"))
    return found[int(np.argmax([error.value for error in found]))]  # a NaN counts as the largest


def softening(
    atoms: Atoms, potential: BaseCalculator, rng: np.random.Generator, *, reference: list[Atoms]
) -> Measurement:
    """Return by how many % forces are smaller than those of labelled frames, with its error.

    The slope s of F = s F_ref over all components gives 100 (1 - s). Negative: too stiff.

    Notes
    -----
    Deng et al., npj Comput. Mater. 11, 9 (2025), doi:10.1038/s41524-024-01500-6, find s < 1 in
    universal potentials: they learned from relaxations, where forces are small.
    """
    if not reference:
        raise NotApplicable("there is no reference; give a calculator or labelled frames")
    wanted = np.concatenate([frame.get_forces(apply_constraint=False) for frame in reference])
    forces = np.concatenate([labels(frame, potential)[1] for frame in reference])  # (M, 3)
    slope = np.sum(forces * wanted) / np.sum(wanted**2)
    scatter = np.sum((forces - slope * wanted) ** 2) / (forces.size - 1)
    error = np.sqrt(scatter / np.sum(wanted**2))
    return Measurement(float(100 * (1 - slope)), float(100 * error))
