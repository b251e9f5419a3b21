"""One refusal of positions and cells that are no numbers; each potential is tried in its room."""

import re

import numpy as np
import pytest
from ase.build import bulk, molecule
from ase.calculators.calculator import CalculationFailed

from lecture8.finite import FAR_AWAY, check_finite


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30, -1e30, FAR_AWAY])
def test_a_position_that_is_no_number_is_named(bad):
    atoms = molecule("CH3CH2OH")
    atoms.positions[2, 1] = bad
    with pytest.raises(CalculationFailed, match=re.escape(f", {bad:g}, ")):
        check_finite(atoms)
    with pytest.raises(CalculationFailed, match=r"the positions of atom 2 \(O\) are"):
        check_finite(atoms)


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e30])
def test_a_cell_that_is_no_number_is_named(bad):
    atoms = bulk("Si", cubic=True)
    atoms.cell[1, 2] = bad
    with pytest.raises(CalculationFailed, match=r"the cell is \[\[5.43"):
        check_finite(atoms)


def test_what_has_only_wandered_far_is_not_refused():
    atoms = bulk("Si")
    atoms.positions += 0.9 * FAR_AWAY
    check_finite(atoms)
    check_finite(atoms[:0])
