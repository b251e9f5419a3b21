"""The recipes of LGPS, NGPO and NAGP run in small; their sites are the published ones."""

import numpy as np
import pytest
from ase.io import read

from lecture8.structures import lgps, nagp, ngpo
from recipes import lgps as recipe_of_lgps
from recipes import ngpo as recipe_of_ngpo
from tests.test_structures import shortest


def test_the_recipe_of_lgps_runs_in_small(tmp_path):
    recipe_of_lgps.main(tmp_path, orderings=2, relaxations=1, steps=1)
    made, shipped = read(tmp_path / "lgps.xyz"), lgps()
    assert list(made.numbers) == list(shipped.numbers)
    # One step leaves the experiment's cell nearly as it is.
    np.testing.assert_allclose(made.cell.cellpar()[:3], recipe_of_lgps.CELL, rtol=0.02)


def test_the_sites_of_lgps_are_those_of_the_published_crystal():
    sites = recipe_of_lgps.sites
    multiplicities = {"GeP": 4, "P": 2, "S1": 8, "S2": 8, "S3": 8, "Li1": 16, "Li2": 4, "Li3": 8}
    assert {name: len(sites(name)) for name in recipe_of_lgps.SITES} == multiplicities
    lithium = 4 + sum(multiplicities[name] * x for name, x in recipe_of_lgps.OCCUPANCY.items())
    assert lithium == pytest.approx(20, abs=0.3)  # the refined occupancies add up to 20.2
    drawn = recipe_of_lgps.random_ordering(np.random.default_rng(0))
    assert shortest(drawn, "P", "S").max() < 2.2  # in its middle a mixed site is 2.14 Å from S
    assert shortest(drawn, "Li", "Li").min() >= recipe_of_lgps.CLOSEST_LITHIUM
    again = recipe_of_lgps.random_ordering(np.random.default_rng(0))
    np.testing.assert_array_equal(drawn.positions, again.positions)


def test_the_recipe_of_the_homeworks_crystals_runs_in_small(tmp_path):
    recipe_of_ngpo.main(tmp_path, steps=1)
    for shipped, name in ((ngpo(), "ngpo.xyz"), (nagp(), "nagp.xyz")):
        made = read(tmp_path / name)
        assert list(made.numbers) == list(shipped.numbers)
        # One step leaves the cell of the start, which is 7 % smaller than the relaxed one.
        assert made.get_volume() == pytest.approx(shipped.get_volume(), rel=0.1)
