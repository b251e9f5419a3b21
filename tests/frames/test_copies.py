"""A copy is found in any disguise, and a neighbour is none."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from lecture8.frames import duplicates
from tests.frames.planted import disguised


def test_a_disguised_copy_is_a_duplicate_and_a_neighbour_is_not(butanes, copper):
    rng = np.random.default_rng(0)
    pool = [*butanes[:6], copper]
    copies = [disguised(atoms, rng) for atoms in pool]
    assert duplicates(pool, copies) == [(i, i) for i in range(7)]
    assert duplicates(copies, pool[2:4]) == [(2, 0), (3, 1)]
    for atoms in copies:
        atoms.positions[3] += [0.006, -0.006, 0.005]  # 0.01 Å
    assert duplicates(pool, copies) == []
    # Two atoms 0.01 Å nearer: no distance changes by more.
    assert duplicates(pool, copies, tolerance=0.01) == [(i, i) for i in range(7)]


def test_a_mirror_image_is_a_duplicate(butanes):
    mirrored = butanes[0].copy()
    mirrored.positions[:, 0] *= -1
    assert duplicates([mirrored], butanes[:2]) == [(0, 0)]


def test_crystals_differ_by_their_cell_alone():
    cells = [bulk("Cu", a=a) for a in (3.6, 3.61)]  # one atom: no distance at all
    assert duplicates(cells, cells) == [(0, 0), (1, 1)]
    square, rhombus = Atoms("Cu", cell=[3, 3, 3], pbc=True), Atoms("Cu", pbc=True)
    rhombus.cell = [[3, 0, 0], [3 * np.cos(1.2), 3 * np.sin(1.2), 0], [0, 0, 3]]
    assert duplicates([square], [rhombus]) == []
    other_basis = square.copy()
    other_basis.cell = [[3, 0, 0], [3, 3, 0], [0, -3, 3]]  # the same lattice
    assert duplicates([square], [other_basis]) == [(0, 0)]
    assert duplicates([square], [Atoms("Cu")]) == []
    assert duplicates([Atoms("Cu")], [Atoms("Cu", [[1, 1, 1]])]) == [(0, 0)]


def test_the_elements_of_a_pair_matter():
    # The same three distances, between other elements.
    a = Atoms("HOF", [[0, 0, 0], [1, 0, 0], [2.5, 0, 0]])
    b = Atoms("HFO", [[0, 0, 0], [1, 0, 0], [2.5, 0, 0]])
    assert duplicates([a], [b]) == []


def test_duplicates_refuses_a_tolerance_of_zero():
    with pytest.raises(ValueError, match="tolerance is 0"):
        duplicates([], [], tolerance=0)


def test_duplicates_takes_what_can_be_gone_through_once(butanes):
    assert duplicates((a for a in butanes[:3]), (b for b in butanes[1:3])) == [(1, 0), (2, 1)]
