"""Pairs are all pairs, images included, and a kept list is as good as a new one."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.neighborlist import neighbor_list
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lecture8.pairs import VerletPairs, pairs_within
from lecture8.structures import butane


def by_brute_force(atoms, cutoff):
    """Sorted lengths of all directed pairs, over enough images to be sure."""
    reach = range(-6, 7)
    lengths = []
    for a in reach if atoms.pbc[0] else [0]:
        for b in reach if atoms.pbc[1] else [0]:
            for c in reach if atoms.pbc[2] else [0]:
                shift = np.array([a, b, c]) @ atoms.cell.array
                vectors = atoms.positions[None] + shift - atoms.positions[:, None]
                lengths.append(np.linalg.norm(vectors, axis=-1).ravel())
    lengths = np.concatenate(lengths)
    return np.sort(lengths[(lengths > 1e-9) & (lengths < cutoff)])


def slab():
    atoms = Atoms("Cu2", [[0, 0, 0], [0.3, 0.2, 2.0]], cell=[3, 3.5, 0], pbc=[True, True, False])
    atoms.positions[1] += [9, 0, 0]  # outside its cell
    return atoms


@pytest.mark.parametrize(
    "atoms",
    [butane(), bulk("Cu"), bulk("NaCl", "rocksalt", a=5.6), slab(), Atoms("H")],
    ids=["molecule", "one atom and its images", "crystal", "slab", "lone atom"],
)
def test_all_pairs_are_found(atoms):
    i, j, shift = pairs_within(atoms, 5.0)
    lengths = np.linalg.norm(atoms.positions[j] + shift - atoms.positions[i], axis=1)
    expected = by_brute_force(atoms, 5.0)
    assert len(lengths) == len(expected)
    assert np.allclose(np.sort(lengths), expected, atol=1e-10)  # the same numbers, added elsewhere
    assert np.all(np.diff(i) >= 0)


def test_a_kept_list_gives_what_a_new_one_gives():
    rng = np.random.default_rng(0)
    kept = VerletPairs(4.0, skin=0.6)
    crystal = bulk("NaCl", "rocksalt", a=5.6) * (2, 2, 2)
    searches = 0
    for _ in range(40):
        crystal.positions += rng.normal(scale=0.02, size=crystal.positions.shape)
        before = kept._last
        i, _, r = kept(crystal)
        searches += kept._last is not before
        fresh_i, fresh_j, shift = pairs_within(crystal, 4.0)
        fresh = crystal.positions[fresh_j] + shift - crystal.positions[fresh_i]
        assert len(i) == len(fresh_i)
        # Sums over pairs do not depend on their order; equal to rounding.
        assert np.allclose(np.sort(np.sum(r**2, axis=1)), np.sort(np.sum(fresh**2, axis=1)))
    assert 1 < searches < 40


def test_a_list_does_not_survive_another_structure():
    kept = VerletPairs(5.0, skin=0.5)
    molecule = butane()
    free = len(kept(molecule)[0])
    molecule.set_cell([9, 9, 9])
    molecule.pbc = True
    assert len(kept(molecule)[0]) > free
    assert len(kept(bulk("Cu"))[0]) == len(pairs_within(bulk("Cu"), 5.0)[0])
    assert len(kept(butane())[0]) == free


@st.composite
def anything(draw):
    """Atoms in a cell of any shape, along whose directions they are periodic, open or without."""
    length = st.floats(-6, 6, width=16)
    cell = np.array(draw(st.lists(st.tuples(length, length, length), min_size=3, max_size=3)))
    # Of flatter or smaller cells there are so many images that ASE takes minutes.
    assume(abs(np.linalg.det(cell)) > 0.2 * np.prod(np.linalg.norm(cell, axis=1)) > 4.0)
    pbc = np.array(draw(st.tuples(*[st.booleans()] * 3)))
    if draw(st.booleans()):
        cell[~pbc] = 0
    far = draw(st.sampled_from([3.0, 60.0]))  # inside the cell or nearby, or far outside
    place = st.tuples(*[st.floats(-far, far)] * 3)
    positions = draw(st.lists(place, min_size=1, max_size=6, unique=True))
    return Atoms(numbers=[1] * len(positions), positions=positions, cell=cell, pbc=pbc)


@given(atoms=anything(), cutoff=st.floats(0.5, 4.0))
@settings(deadline=None, derandomize=True, max_examples=60)
def test_the_same_pairs_as_ase_for_any_cell(atoms, cutoff):
    """Also what the oldest matscipy that pyproject allows must pass: 1.2 fails it."""
    i, j, shift = pairs_within(atoms, cutoff)
    ours = np.linalg.norm(atoms.positions[j] + shift - atoms.positions[i], axis=1)
    theirs = neighbor_list("d", atoms, cutoff)
    # A pair at the very cutoff may be in or out.
    assume(not np.any(np.abs(theirs - cutoff) < 1e-8))
    assume(not np.any(np.abs(ours - cutoff) < 1e-8))
    np.testing.assert_allclose(np.sort(ours), np.sort(theirs), atol=1e-9)  # rounding at 60 Å


def test_an_open_cell_need_not_have_a_volume():
    flat = Atoms("H2", [[0, 0, 0], [1, 0, 0]], cell=[[5, 0, 0], [5, 0, 0], [0, 0, 5]])
    assert len(pairs_within(flat, 2.0)[0]) == 2
    flat.pbc = [False, False, True]
    assert len(pairs_within(flat, 5.05)[0]) == 2 + 4 + 0  # each other, and images of their own


@pytest.mark.parametrize(
    ("atoms", "cutoff", "message"),
    [
        (butane(), np.nan, "cutoff is nan"),
        (butane(), -1.0, "cutoff is -1.0"),
        (butane(), "5", "cutoff is '5'"),
        (bulk("Cu"), 1e6, "cutoff is 1000000.0 Å: within it lie some .* images"),
        (Atoms("H", [[np.nan, 0, 0]]), 1.0, "atom 0 is at .*nan.* no number"),
        (Atoms("H", pbc=True), 1.0, "span no volume; set atoms.cell"),
        (Atoms("H", cell=[[3, 0, 0], [3, 0, 0], [0, 0, 3]], pbc=True), 1.0, "span no volume"),
        (Atoms("H", cell=[[3, 1, 0], [6, 2, 0], [0, 0, 3]], pbc=(1, 1, 0)), 1.0, "span no volume"),
    ],
)
def test_what_has_no_pairs_is_refused(atoms, cutoff, message):
    with pytest.raises(ValueError, match=message):
        pairs_within(atoms, cutoff)
