"""No frame with a bad label passes, and no good one is refused."""

import warnings

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.calculators.singlepoint import SinglePointCalculator

from lecture8.frames import check, check_labels, label
from lecture8.structures import butane
from tests.frames.planted import Broken, relabelled

KCAL = units.mol / units.kcal


def test_good_frames_pass_in_any_order_and_spacing(butanes, copper):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(butanes)
        check(butanes[::-1])
        check(butanes[::3])
        check(label([copper, butane()], Broken("energy")))
        check(label([bulk("Cu", a=a) for a in np.linspace(3.4, 3.9, 9)], EMT()))


def test_check_refuses_an_empty_list():
    with pytest.raises(ValueError, match="the training frames are an empty list"):
        check([], name="the training frames")


def spoilt(frames, change):
    copies = relabelled(frames)
    change(copies)
    return copies


def move(frames):
    frames[2].positions[0, 0] += 0.01


def set_label(name, value):
    def change(frames):
        frames[2].calc.results[name] = value

    return change


def set_position(value):
    def change(frames):
        frames[2].positions[3] = value
        frames[2].calc.atoms.positions[3] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: setattr(f[2], "calc", None), "frame 2 of F carries no energy and no forces"),
        (lambda f: f[2].calc.results.pop("forces"), "frame 2 of F carries no forces; a fit needs"),
        (lambda f: f[2].calc.results.pop("energy"), "carries no energy; a fit needs an energy and"),
        (move, "frame 2 of F was changed after it was labelled; label it with"),
        (set_label("energy", np.nan), "frame 2 of F has energy of nan; leave it out"),
        (set_label("forces", np.full((14, 3), np.inf)), "frame 2 of F has forces of inf"),
        (set_position([0, np.nan, 0]), "frame 2 of F has positions of nan"),
        (set_label("forces", np.zeros((13, 3))), r"shape \(13, 3\), but must be \(14, 3\)"),
    ],
)
def test_check_refuses_a_single_bad_frame(butanes, change, message):
    with pytest.raises(ValueError, match=message):
        check(spoilt(butanes[:5], change), name="F")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            True,
            r"no energy, since energy=True is no number \(a key without a value is read as True",
        ),
        ("-3.0 eV", r"energy='-3.0 eV' is no number \(text; give the number alone"),
        ("None", "energy='None' is no number"),
        (None, "frame 2 of F carries no energy"),
        (np.array([-3.0, -3.0]), r"no number \(2 values in shape \(2,\)"),
        (np.array([-3.0]), r"no number \(1 values in shape \(1,\)"),
        (-3.0 + 0j, "is no number"),
    ],
)
def test_an_energy_that_is_no_number_is_none(butanes, value, message):
    with pytest.raises(ValueError, match=message):
        check_labels(spoilt(butanes[:5], set_label("energy", value)), name="F")


def test_check_takes_what_can_be_gone_through_once(butanes):
    check(atoms for atoms in butanes)
    with pytest.raises(ValueError, match="frame 2 of the frames carries no energy"):
        check(atoms for atoms in spoilt(butanes[:5], set_label("energy", True)))


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        (Atoms("Ar"), r"F is one structure, Ar; give a list, \[atoms\]"),
        ("frames.xyz", r"F is 'frames.xyz', but must be a list of Atoms; .*read\(path\)"),
        (7, "F is 7, but must be a list of Atoms"),
        ([Atoms("Ar"), "Ar"], "F holds 'Ar' as number 1, where an Atoms must be"),
    ],
)
def test_check_refuses_what_is_no_list_of_frames(frames, message):
    with pytest.raises(ValueError, match=message):
        check(frames, name="F")


def labelled(atoms, energy):
    atoms.calc = SinglePointCalculator(atoms, energy=energy, forces=np.zeros((len(atoms), 3)))
    return atoms


def test_one_formula_may_be_an_atom_a_molecule_and_a_crystal():
    """Cohesive energies: EMT's copper 3.5 eV, diamond 7.4 (a C2 molecule 3.1), W 8.9."""
    cells = label([bulk("Cu", a=a) for a in np.linspace(3.5, 3.7, 6)], EMT())
    for box in ({}, {"cell": [12, 12, 12], "pbc": True}):
        check([*cells, *label([Atoms("Cu", [[0, 0, 0]], **box)], EMT())])
    diamond = [labelled(bulk("C", a=a), -2 * 7.4) for a in (3.5, 3.6, 3.7)]
    check([*diamond, labelled(Atoms("C2", [[0, 0, 0], [0, 0, 1.24]]), -2 * 3.1)])
    alone = [labelled(Atoms(symbol), energy) for symbol, energy in (("H", -13.6), ("W", 0.0))]
    check([*alone, labelled(bulk("W"), -8.9)])
    # Still found: the same crystal, in Hartree.
    with pytest.raises(ValueError, match=r"frame 3 of .* \(C2\).*are some in Hartree"):
        check([*diamond, labelled(bulk("C", a=3.55), -2 * 7.4 / units.Hartree)])


def test_a_pair_pressed_together_may_be_high_in_energy():
    r = np.linspace(0.9, 1.6, 9)
    energy = 10 * (1 - np.exp(-2.7 * (r - 1.1))) ** 2 - 10  # N2 in Morse's form, eV and Å
    slope = 54 * (1 - np.exp(-2.7 * (r - 1.1))) * np.exp(-2.7 * (r - 1.1))
    frames = []
    for distance, e, f in zip(r, energy, slope, strict=True):
        atoms = labelled(Atoms("N2", [[0, 0, 0], [0, 0, distance]]), e)
        atoms.calc.results["forces"] = np.array([[0, 0, f], [0, 0, -f]])
        frames.append(atoms)
    check(frames)


def test_check_refuses_an_element_that_is_none_and_a_crystal_without_a_cell(butanes):
    ghost = labelled(Atoms("XAr", [[0, 0, 0], [0, 0, 3]]), 0.0)
    with pytest.raises(ValueError, match="atom 0 of frame 0 of F is X, which is no element"):
        check([ghost], name="F")
    with pytest.raises(ValueError, match=r"frame 0 of F is periodic along a, b, c .* no cell"):
        check([labelled(Atoms("Ar", pbc=True), 0.0)], name="F")
    with pytest.raises(ValueError, match="frame 0 of F has no atoms"):
        check([labelled(Atoms(), 0.0)], name="F")
    with pytest.raises(ValueError, match=r"frame 0 of F has positions of 1e\+30"):
        check([labelled(Atoms("Ar", [[1e30, 0, 0]]), 0.0)], name="F")


def test_check_refuses_two_atoms_at_one_place(butanes, copper):
    bad = spoilt(butanes[:5], lambda f: set_position(f[2].positions[5] + 0.01)(f))
    with pytest.raises(ValueError, match=r"atoms 3 and 5 of frame 2 .* same place"):
        check(bad)
    copper.positions[1] = copper.positions[0] + copper.cell[0] - copper.cell[2] + 0.01
    with pytest.raises(ValueError, match="atoms 0 and 1 of frame 0"):
        check(label([copper], Broken("energy")))


@pytest.mark.parametrize(
    ("factor", "cause"),
    [
        (1 / units.Hartree, "are some in Hartree"),
        (KCAL, "are some in kcal/mol"),
        (units.mol / units.kJ, "are some in kJ/mol"),
        (1 / 14, "are some per atom"),
        (0.15, "atomisation energies, or another method"),
    ],
)
def test_check_refuses_energies_of_two_kinds(butanes, factor, cause):
    mixed = [*butanes[:6], *relabelled(butanes[6:8], energy=factor)]
    # -26.6 eV/atom is the total energy of butane in GFN2-xTB.
    with pytest.raises(
        ValueError, match=rf"frame 6, 7 of .*\(C4H10\).*of this formula -26.*{cause}"
    ):
        check(mixed)


def test_two_formulas_may_differ_in_energy_per_atom(butanes, copper):
    check([*butanes, *label([copper], EMT())])


@pytest.mark.parametrize(
    ("scales", "message"),
    [
        ({"forces": -1}, "change by -1.* times the work .* the forces have the wrong sign"),
        ({"forces": KCAL}, r"different units \(forces in kcal/mol/Å\?\); use eV and eV/Å"),
        ({"forces": units.mol / units.kJ}, "forces in kJ/mol/Å"),
        ({"forces": units.Bohr / units.Hartree}, "forces in Hartree/Bohr"),
        ({"energy": 1 / units.Hartree}, "energies in Hartree"),
        ({"energy": KCAL}, "energies in kcal/mol"),
        ({"energy": 1 / 14}, "energies per atom"),
        ({"forces": 0}, "change by inf times the work"),
        ({"forces": 1 / 8}, "they are in different units; use"),
    ],
)
def test_check_refuses_energies_and_forces_that_do_not_belong_together(butanes, scales, message):
    with pytest.raises(ValueError, match=message):
        check(relabelled(butanes, **scales))


def test_what_check_says_it_cannot_see(butanes):
    check(relabelled(butanes, energy=KCAL, forces=KCAL))  # consistent, only not in eV
    check(relabelled(butanes[::5], forces=-1)[:4])  # fewer than five pairs
    apart = relabelled(butanes, forces=-1)
    for run, atoms in enumerate(apart):
        atoms.info["run"] = run
    check(apart)  # no two frames of one run


def test_check_warns_of_a_frame_with_huge_forces(butanes):
    frames = [*relabelled(butanes[:1], forces=KCAL), *butanes[1:]]
    with pytest.warns(UserWarning, match="frame 0 of the frames: forces of up to .* mixed units"):
        check(frames)
