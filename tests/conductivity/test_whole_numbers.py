"""Whole numbers of atoms: in the smallest cell that is no needle, and neutral."""

import pytest
from pymatgen.core import Lattice, Structure

from lecture8.conductivity.whole_numbers import whole_numbers

CHARGES = {"Na": 1.0, "K": 1.0, "Li": 1.0, "Cl": -1.0, "Si": 4.0, "P": 5.0}


def salt(cations: dict, *, a=5.64) -> Structure:
    """Return rock salt with these on the cation's site."""
    return Structure.from_spacegroup(225, Lattice.cubic(a), [cations, "Cl"], [[0, 0, 0], [0.5] * 3])


def total(structure, shared, element) -> int:
    certain = sum(site.species_string == element for site in structure)
    return certain + sum(group.atoms.get(element, 0) for group in shared)


@pytest.mark.parametrize(
    ("share", "repeats", "na"), [(0.75, 1, 3), (0.875, 2, 7), (0.9375, 4, 15), (0.74, 1, 3)]
)
def test_the_smallest_cell_is_taken(share, repeats, na):
    larger, shared, notes = whole_numbers(salt({"Na": share, "K": 1 - share}), CHARGES, "Na")
    assert total(larger, shared, "Na") == na
    assert total(larger, shared, "Cl") == 4 * repeats
    assert any("repeated" in note for note in notes) == (repeats > 1)


def test_no_needles():
    larger, _, _ = whole_numbers(salt({"Na": 23 / 24, "K": 1 / 24}), CHARGES, "Na")
    assert max(larger.lattice.abc) <= 2 * min(larger.lattice.abc) + 1e-6


def test_ions_count_over_all_of_their_sites():
    # 0.7 of four sites and 0.15 of eight are 2.8 and 1.2 ions, together 4.
    cell = Structure.from_spacegroup(
        225, Lattice.cubic(6), [{"Li": 0.7}, {"Li": 0.15}, "Cl"], [[0] * 3, [0.25] * 3, [0.5] * 3]
    )
    larger, shared, notes = whole_numbers(cell, CHARGES, "Li")
    assert len(larger) == 16
    assert [group.atoms for group in shared] == [{"Li": 4}]
    assert notes == []


def test_a_charge_that_rounding_left_is_taken_out():
    cell = Structure.from_spacegroup(
        225, Lattice.cubic(6), [{"Li": 0.98}, "Cl", {"Li": 0.02}], [[0] * 3, [0.5] * 3, [0.25] * 3]
    )
    larger, shared, _ = whole_numbers(cell, CHARGES, "Li")
    assert total(larger, shared, "Li") == total(larger, shared, "Cl")


def test_nothing_fits():
    with pytest.raises(ValueError, match="no cell of up to 400 atoms"):
        whole_numbers(salt({"Na": 0.5, "P": 0.5}), CHARGES, "Na")  # far from neutral


def test_sites_that_symmetry_tells_apart_keep_their_own_numbers():
    # Half Na, half K on each of two kinds of site: not all Na on one and all K on the other.
    half = {"Na": 0.5, "K": 0.5}
    cell = Structure.from_spacegroup(
        225, Lattice.cubic(6), [half, half, {"Cl": 1}], [[0] * 3, [0.25] * 3, [0.5] * 3]
    )
    _, shared, _ = whole_numbers(cell, CHARGES | {"Cl": -3.0}, "Na")
    assert sorted(tuple(group.atoms.values()) for group in shared) == [(2, 2), (4, 4)]


def test_where_symmetry_is_lost_the_occupancy_tells():
    cell = salt({"Na": 0.75, "K": 0.25})
    cell.perturb(0.05)
    _, shared, _ = whole_numbers(cell, CHARGES, "Na")
    assert [group.atoms for group in shared] == [{"Na": 3, "K": 1}]


def test_nothing_gets_lost():
    # Of 4 sites 0.08 are K: within the rounding of none, which would leave NaCl.
    larger, shared, _ = whole_numbers(salt({"Na": 0.98, "K": 0.02}), CHARGES, "Na")
    assert total(larger, shared, "K") >= 1


def test_what_was_rounded_is_said():
    _, _, notes = whole_numbers(salt({"Na": 0.74, "K": 0.26}), CHARGES, "Na")
    assert notes == ["on shared sites the cell has 3 Na for 2.96, 1 K for 1.04 of the file"]


def test_a_primitive_cell_does_not_take_forever():
    one = Structure(Lattice.cubic(4), [{"Ag": 0.5}, "I"], [[0, 0, 0], [0.5, 0.5, 0.5]])
    charges = {"Ag": 2.0, "I": -1.0}
    _, shared, _ = whole_numbers(one, charges, "Ag")
    assert sum(group.atoms["Ag"] for group in shared) == 1
