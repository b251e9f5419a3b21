"""Oxidation states that add up to zero, or a sentence."""

import pytest

from lecture8.conductivity.charges import formal_charges, unusual


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ({"Li": 6, "P": 1, "S": 5, "Cl": 1}, {"Li": 1, "P": 5, "S": -2, "Cl": -1}),
        ({"Li": 10, "Ge": 1, "P": 2, "S": 12}, {"Li": 1, "Ge": 4, "P": 5, "S": -2}),
        (
            {"Na": 3, "Al": 1, "Ge": 3, "P": 6, "O": 24},
            {"Na": 1, "Al": 3, "Ge": 4, "P": 5, "O": -2},
        ),
        ({"Na": 3, "P": 1, "S": 4}, {"Na": 1, "P": 5, "S": -2}),
        ({"Li": 7, "La": 3, "Zr": 2, "O": 12}, {"Li": 1, "La": 3, "Zr": 4, "O": -2}),
        ({"Li": 1, "Co": 1, "O": 2}, {"Li": 1, "Co": 3, "O": -2}),
        ({"Ag": 1, "I": 1}, {"Ag": 1, "I": -1}),
        ({"Ca": 1, "F": 2}, {"Ca": 2, "F": -1}),
        ({"Li": 4, "P": 2, "S": 6}, {"Li": 1, "P": 4, "S": -2}),  # a P-P bond
        ({"Li": 5, "Bi": 1, "O": 5}, {"Li": 1, "Bi": 5, "O": -2}),
        ({"Li": 2, "S": 1, "O": 4}, {"Li": 1, "S": 6, "O": -2}),
        ({"Ag": 3, "S": 1, "I": 1}, {"Ag": 1, "S": -2, "I": -1}),
    ],
)
def test_each_element_has_its_usual_state(amounts, expected):
    assert formal_charges(amounts) == expected


def test_refined_occupancies_may_miss_neutrality_a_little():
    charges = formal_charges({"Li": 20.16, "Ge": 2.06, "P": 3.94, "S": 24})
    assert charges == {"Li": 1, "Ge": 4, "P": 5, "S": -2}


def test_a_transition_metal_takes_the_average():
    assert formal_charges({"Fe": 3, "O": 4})["Fe"] == pytest.approx(8 / 3)
    assert formal_charges({"Na": 0.67, "Mn": 1, "O": 2})["Mn"] == pytest.approx(3.33)


def test_a_lost_ion_is_noticed():
    with pytest.raises(ValueError, match=r"charges of Li5 P1 S5 Cl1 do not add up.*missing"):
        formal_charges({"Li": 5, "P": 1, "S": 5, "Cl": 1})


def test_who_knows_better_may_say_so():
    assert formal_charges({"Li": 5, "P": 1, "S": 5, "Cl": 1}, {"P": 6})["P"] == 6
    with pytest.raises(ValueError, match="name Fe, but the crystal holds Li, Cl"):
        formal_charges({"Li": 1, "Cl": 1}, {"Fe": 2})


def test_exact_neutrality_comes_before_electronegativity():
    amounts = {"Li": 6.05, "P": 0.95, "Ge": 0.05, "S": 5, "I": 1}
    assert formal_charges(amounts)["Ge"] == 4  # with Ge2+ it misses by 0.9 %
    assert formal_charges({"La": 0.6, "Sr": 0.4, "Co": 1, "O": 3})["La"] == 3


def test_what_is_unusual_is_named():
    assert unusual({"Li": 1.0, "P": 4.0, "S": -2.0}) == ["P +4"]
    assert unusual({"Li": 1.0, "P": 5.0, "S": -2.0}) == []
