"""Relaxed crystals, in cells that are large enough."""

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT

from lecture8.conductivity.relaxing import heights, large_enough, relax
from lecture8.structures import lgps


def test_atoms_and_cell_find_their_minimum():
    copper = bulk("Cu", cubic=True) * (2, 1, 1)
    copper.set_cell(copper.cell.array * 1.05, scale_atoms=True)
    copper.rattle(0.1, seed=1)
    relaxed = relax(copper, EMT())
    assert relaxed.info["largest_force"] < 0.02
    relaxed.calc = EMT()
    assert np.abs(relaxed.get_stress()).max() * relaxed.get_volume() / len(relaxed) < 0.02
    assert relaxed.get_volume() / len(relaxed) == pytest.approx(11.57, abs=0.05)  # EMT's own copper
    assert copper.calc is None


def test_the_cell_of_the_file_may_stay():
    copper = bulk("Cu", a=3.8, cubic=True)
    copper.rattle(0.1, seed=2)
    relaxed = relax(copper, EMT(), cell="file")
    np.testing.assert_array_equal(relaxed.cell.array, copper.cell.array)
    assert relaxed.info["largest_force"] < 0.02


def test_what_makes_no_sense():
    with pytest.raises(ValueError, match="cell is 'free'"):
        relax(bulk("Cu"), EMT(), cell="free")
    with pytest.raises(ValueError, match="largest_force"):
        relax(bulk("Cu"), EMT(), largest_force=0)


def test_heights_are_between_faces_not_along_edges():
    skewed = bulk("Cu")  # rhombohedral, 60 degrees
    assert heights(skewed) == pytest.approx(
        skewed.get_volume()
        / np.linalg.norm(np.cross(skewed.cell[[1, 2, 0]], skewed.cell[[2, 0, 1]]), axis=1)
    )


@pytest.mark.parametrize("least", [3.0, 8.0, 8.7, 20.0])
def test_a_cell_is_repeated_until_it_is_large_enough(least):
    larger = large_enough(lgps(), least)
    assert heights(larger).min() >= least - 1e-6
    halves = larger.get_volume() / lgps().get_volume()
    assert halves == pytest.approx(len(larger) / 50)
    assert list(dict.fromkeys(larger.symbols)) == ["Li", "Ge", "P", "S"]
    assert sorted(larger.symbols) == sorted([*lgps().symbols] * round(halves))
    assert list(larger.symbols) == sorted(larger.symbols, key=["Li", "Ge", "P", "S"].index)
