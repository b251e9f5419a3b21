"""Orderings: whole atoms, neutral, and lower in electrostatic energy than chance."""

import numpy as np
import pytest

from lecture8.conductivity.ordering import anneal
from lecture8.conductivity.whole_numbers import VACANT, SharedSites


def chain(sites: int) -> np.ndarray:
    """Return the interactions of unit charges on a ring, nearest neighbours only."""
    energies = np.zeros((sites, sites))
    for k in range(sites):
        energies[k, (k + 1) % sites] = energies[(k + 1) % sites, k] = 0.5
    return energies


@pytest.mark.parametrize("seed", range(4))
def test_annealing_finds_the_ground_state(seed):
    shared = [SharedSites(np.arange(12), {"Li": 6})]
    found, energy = anneal(
        chain(12), np.full(12, VACANT), shared, {"Li": 1.0}, rng=np.random.default_rng(seed)
    )
    assert energy == pytest.approx(0)  # no two are neighbours
    assert sorted(found) == [VACANT] * 6 + ["Li"] * 6


def test_the_energy_is_that_of_what_comes_back():
    rng = np.random.default_rng(3)
    energies = rng.normal(size=(10, 10))
    energies += energies.T
    certain = np.array(["Cl"] * 3 + [VACANT] * 7, dtype=object)
    shared = [
        SharedSites(np.arange(3, 7), {"Li": 2}),
        SharedSites(np.arange(7, 10), {"P": 2, "Ge": 1}),
    ]
    charges = {"Cl": -1.0, "Li": 1.0, "P": 5.0, "Ge": 4.0}
    found, energy = anneal(energies, certain, shared, charges, rng=rng)
    q = np.array([charges.get(x, 0.0) for x in found])
    assert energy == pytest.approx(q @ energies @ q)
    assert list(found[:3]) == ["Cl"] * 3
    assert sorted(found[7:]) == ["Ge", "P", "P"]


def test_equal_charges_are_left_to_chance():
    shared = [SharedSites(np.arange(4), {"Na": 3, "K": 1})]
    found, _ = anneal(
        chain(4), np.full(4, VACANT), shared, {"Na": 1.0, "K": 1.0}, rng=np.random.default_rng(1)
    )
    assert sorted(found) == ["K", "Na", "Na", "Na"]
