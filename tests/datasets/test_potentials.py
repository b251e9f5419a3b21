"""The CCSD(T) curve of Ar2 is a well at the right place, and what can be computed again."""

import numpy as np
import pytest
from ase import units

from lecture8.datasets import argon_dimer_table
from lecture8.reference import argon_dimer_energy


def test_table_is_a_well_at_the_right_place():
    table = argon_dimer_table()
    r = table["distance"]
    assert np.all(np.diff(r) > 0)
    best = table["aug-cc-pvtz+bond"]
    # Patkowski and Szalewicz (2010): 99.3 cm-1 at 3.762 Å.
    assert r[best.argmin()] == pytest.approx(3.76, abs=0.07)
    assert -best.min() / units.invcm == pytest.approx(99.3, abs=3)
    small = table["aug-cc-pvdz"]
    assert -small.min() < 0.6 * -best.min()  # what a small basis misses


def test_table_is_what_its_recipe_gives():
    table = argon_dimer_table()
    at = 10
    live = argon_dimer_energy(table["distance"][at], basis="aug-cc-pvdz", bond_functions=False)
    # Three decimals are printed; the coupled-cluster equations add their convergence.
    assert live == pytest.approx(table["aug-cc-pvdz"][at], abs=0.005 * units.invcm)
