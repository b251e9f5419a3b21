"""Pairs are all pairs, images included, and a kept list is as good as a new one."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

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
