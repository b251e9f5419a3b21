"""Neighbour lists against ASE's, for every kind of cell."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.neighborlist import neighbor_list
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lecture8.pairs import cell_for_lists
from lecture8.potentials.neighbours import images, sort_into_boxes, verlet_list
from tests.test_pairs import anything

RNG = np.random.default_rng(11)


def shaken(atoms, by):
    atoms.positions += by * RNG.standard_normal(atoms.positions.shape)
    return atoms


def slab():
    atoms = shaken(bulk("Ar", a=5.3, cubic=True) * (3, 4, 5), 3.0)
    atoms.pbc = [True, False, True]
    return atoms


CASES = {
    "skewed box": (shaken(bulk("Ar", a=5.3) * (6, 6, 6), 0.5), 8.0),
    "one atom and its own images": (bulk("Ar", a=5.3), 8.0),
    "tiny skewed cell": (Atoms("Ar", cell=[[3, 0, 0], [2.5, 2, 0], [0, 1, 4]], pbc=True), 9.0),
    "atoms far outside the cell": (shaken(bulk("Ar", a=5.3, cubic=True) * (2, 2, 2), 40.0), 7.0),
    "slab": (slab(), 9.0),
    "free": (Atoms("Ar50", positions=RNG.uniform(-9, 9, (50, 3))), 5.0),
    "thin gas": (Atoms("Ar9", positions=RNG.uniform(-900, 900, (9, 3))), 300.0),
    "crowd and a stray": (  # many more neighbours than an even spread would give
        Atoms("Ar301", positions=[*RNG.uniform(0, 6, (300, 3)), (90, 90, 90)]),
        5.0,
    ),
    "left-handed": (shaken(bulk("Ar", a=5.3)[[0]] * (4, 4, 4), 0.3)[::-1], 6.0),
}


def assert_neighbours_are_those_of_ase(atoms, reach, threads=None):
    verlet = verlet_list(atoms.positions, cell_for_lists(atoms), atoms.pbc, reach, threads)
    points = atoms.positions[verlet.parent] + verlet.shift
    centre = np.repeat(verlet.home, np.diff(verlet.first))
    i, j = verlet.parent[centre], verlet.parent[verlet.neighbours]
    d = points[verlet.neighbours] - points[centre]
    expected = neighbor_list("ijD", atoms, reach)

    def ordered(i, j, d):
        key = np.lexsort((*np.round(d, 6).T, j, i))
        return i[key], j[key], d[key]

    ours, theirs = ordered(i, j, d), ordered(*expected)
    np.testing.assert_array_equal(ours[0], theirs[0])
    np.testing.assert_array_equal(ours[1], theirs[1])
    np.testing.assert_allclose(ours[2], theirs[2], atol=1e-9)  # rounding of large coordinates


@pytest.mark.parametrize("threads", [None, 1, 2])
@pytest.mark.parametrize("name", CASES)
def test_same_neighbours_as_ase(name, threads):
    assert_neighbours_are_those_of_ase(*CASES[name], threads)


@pytest.mark.parametrize("threads", [None, 2])
@pytest.mark.parametrize("name", CASES)
def test_a_block_shares_all_that_is_near_one_of_its_atoms(name, threads):
    atoms, reach = CASES[name]
    cell = cell_for_lists(atoms)
    alone = verlet_list(atoms.positions, cell, atoms.pbc, reach)
    verlet = verlet_list(atoms.positions, cell, atoms.pbc, reach, threads, 4)
    expected = dict(zip(alone.home, np.split(alone.neighbours, alone.first[1:-1]), strict=True))
    assert np.diff(verlet.block).max() <= 4
    assert np.array_equal(verlet.home, alone.home)
    for b in range(len(verlet.block) - 1):
        own = verlet.home[verlet.block[b] : verlet.block[b + 1]]
        shared = set(verlet.neighbours[verlet.first[b] : verlet.first[b + 1]].tolist())
        assert shared == set(np.concatenate([expected[i] for i in own])) - set(own)
        assert len(shared) == verlet.first[b + 1] - verlet.first[b]  # each once


@given(atoms=anything(), reach=st.floats(0.5, 4.0))
@settings(deadline=None, derandomize=True, max_examples=60)
def test_same_neighbours_as_ase_for_any_cell(atoms, reach):
    lengths = neighbor_list("d", atoms, reach + 1e-6)
    assume(not np.any(np.abs(lengths - reach) < 1e-8))  # which may be in or out
    assert_neighbours_are_those_of_ase(atoms, reach)


@pytest.mark.parametrize(
    ("positions", "cell", "reach", "message"),
    [
        (np.full((1, 3), np.nan), np.eye(3), 1.0, "positions contain NaN or inf"),
        (np.zeros((1, 3)), np.eye(3), np.nan, "reach is not a positive number"),
        (np.zeros((1, 3)), np.eye(3), 0.0, "reach is not a positive number"),
        (np.zeros((1, 3)), np.ones((3, 3)), 1.0, "cell has no volume"),
        (np.zeros((1, 3)), np.eye(3), 1e5, "so long for this cell"),
    ],
)
def test_what_has_no_neighbours_is_refused(positions, cell, reach, message):
    with pytest.raises(ValueError, match=message):
        verlet_list(positions, cell, np.array([True, True, True]), reach)


def test_shifts_are_lattice_vectors_and_homes_lie_in_the_cell():
    atoms = shaken(bulk("Ar", a=5.3) * (3, 3, 3), 20.0)
    parent, shift, is_home = images(atoms.positions, atoms.cell.array, atoms.pbc, 6.0)
    assert sorted(parent[is_home]) == list(range(len(atoms)))
    steps = shift @ np.linalg.inv(atoms.cell.array)
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-9)
    inside = atoms.cell.scaled_positions((atoms.positions[parent] + shift)[is_home])
    assert inside.min() > -1e-9
    assert inside.max() < 1 + 1e-9


def test_boxes_hold_the_points_they_say():
    points = RNG.uniform(0, 10, (500, 3))
    order, boxes = sort_into_boxes(points, np.array([2.0, 2.5, 1.0]))
    assert sorted(order) == list(range(500))
    for number in range(len(boxes.begins) - 1):
        for p in order[boxes.begins[number] : boxes.begins[number + 1]]:
            box = ((points[p] - boxes.low) / boxes.edges).astype(int)
            assert (box[0] * boxes.shape[1] + box[1]) * boxes.shape[2] + box[2] == number
