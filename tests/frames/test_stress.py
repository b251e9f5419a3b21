"""A stress with another sign, unit or order is found, and a right one passes."""

from functools import cache

import numpy as np
import pytest
from ase import units
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.calculators.singlepoint import SinglePointCalculator
from hypothesis import given, settings
from hypothesis import strategies as st

from lecture8.datasets import lgps_frames, lithium_sulfide_frames
from lecture8.frames import check, check_labels, label
from lecture8.frames.stress import check_stress
from lecture8.potentials.fast_lennard_jones import FastLennardJones
from lecture8.structures import ARGON


def strained(symbol, frames, *, strain, rattle, seed, shear=True, size=1):
    """Frames of a crystal, each with a cell and positions of its own."""
    rng, made = np.random.default_rng(seed), []
    for _ in range(frames):
        atoms = bulk(symbol, cubic=True).repeat(size)
        deformation = np.eye(3) * (1 + strain * rng.normal())
        deformation += shear * strain * rng.normal(size=(3, 3))
        atoms.set_cell(atoms.cell.array @ deformation, scale_atoms=True)
        atoms.positions += rattle * rng.normal(size=atoms.positions.shape)
        made.append(atoms)
    return made


def copper(frames=15, *, strain=0.0, rattle=0.0, seed=0, shear=True):
    return label(
        strained("Cu", frames, strain=strain, rattle=rattle, seed=seed, shear=shear), EMT()
    )


def argon(frames=15, *, strain=0.0, rattle=0.0, seed=0, shear=True):
    made = strained("Ar", frames, strain=strain, rattle=rattle, seed=seed, shear=shear)
    return label(made, FastLennardJones(**ARGON, cutoff=6.0, onset=5.0))


def with_stress(frames, change):
    out = []
    for atoms in frames:
        copy, labels = atoms.copy(), dict(atoms.calc.results)
        labels["stress"] = change(np.array(labels["stress"]), atoms)
        copy.calc = SinglePointCalculator(copy, **labels)
        out.append(copy)
    return out


MADE = {
    "argon in other cells": lambda: argon(40, strain=0.02, rattle=0.05),
    "argon, isotropic": lambda: argon(9, strain=0.03, shear=False),
    "argon in one cell": lambda: argon(12, rattle=0.12),
    "copper in other cells": lambda: copper(20, strain=0.02, rattle=0.05),
    "copper, isotropic": lambda: copper(9, strain=0.03, shear=False),
    "copper in one cell": lambda: copper(10, rattle=0.05),
    "Li2S": lambda: lithium_sulfide_frames()[::5],
    "LGPS": lambda: lgps_frames()[500:520],
}


@cache
def made(name):
    return MADE[name]()


WRONG = {
    "the opposite sign, so multiply them by -1": lambda s, a: -s,
    r"in GPa\?.*multiply by ase.units.GPa": lambda s, a: s / units.GPa,
    "in kbar": lambda s, a: s / (0.1 * units.GPa),
    "in kbar, with the opposite sign": lambda s, a: -s / (0.1 * units.GPa),
    r"in bar\?": lambda s, a: s / units.bar,
    r"in Hartree/Bohr3\?": lambda s, a: s * units.Bohr**3 / units.Hartree,
    "virials, in eV": lambda s, a: -s * a.get_volume(),
}


@pytest.mark.parametrize("name", MADE)
def test_right_stresses_pass_and_wrong_ones_are_named(name):
    frames = made(name)
    check(frames)
    for cause, change in WRONG.items():
        with pytest.raises(ValueError, match=f"the stresses of F are .*{cause}"):
            check(with_stress(frames, change), name="F")


@pytest.mark.parametrize("name", [n for n in MADE if "isotropic" not in n])
@pytest.mark.parametrize(
    ("order", "given"),
    [
        ("xx, yy, zz, xy, yz, xz", [0, 1, 2, 5, 3, 4]),  # VASP, QUIP
        ("xx, yy, zz, xy, xz, yz", [0, 1, 2, 5, 4, 3]),  # LAMMPS
        ("xx, xy, xz, yy, yz, zz", [0, 5, 4, 1, 3, 2]),  # the upper triangle, row by row
    ],
)
def test_another_order_is_found(name, order, given):
    frames = with_stress(made(name), lambda s, a: s[given])
    with pytest.raises(ValueError, match=f"in the order {order} ") as caught:
        check(frames)
    # What the message says to take is right.
    index = eval(str(caught.value).split("take stress[")[1].split("] of each")[0])
    check(with_stress(frames, lambda s, a: s[index]))


def test_the_energies_of_sheared_cells_know_the_order_without_forces():
    frames = copper(30, strain=0.02)
    check(frames)
    swapped = with_stress(frames, lambda s, a: s[[0, 1, 2, 5, 3, 4]])
    with pytest.raises(ValueError, match="in the order xx, yy, zz, xy, yz, xz"):
        check(swapped)


def test_what_nobody_can_know_passes():
    few = copper(4, rattle=0.1)
    check(with_stress(few, lambda s, a: -s))  # one cell, four frames
    check(with_stress(copper(10), lambda s, a: -s))  # one cell and no forces


def test_a_stress_that_no_material_bears_is_found_in_a_single_frame():
    frame = copper(1, rattle=0.1)
    check(frame)
    with pytest.raises(ValueError, match=r"no material bears more than 60: are they in kbar"):
        check(with_stress(frame, lambda s, a: s / units.bar))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (lambda s, a: np.where(np.arange(6) == 1, np.nan, s), "frame 0 of F has stress of nan"),
        (lambda s, a: s * np.inf, "frame 0 of F has stress of"),
        (lambda s, a: np.diag(s[:3]), r"stress of frame 0 of F has shape \(3, 3\).*adopt"),
        (lambda s, a: s[:3], r"stress of frame 0 of F has shape \(3,\), but must be \(6,\)"),
        (lambda s, a: np.tile(s, 2)[:9], r"stress of frame 0 of F has shape \(9,\)"),
        (lambda s, a: s[0], r"stress of frame 0 of F has shape \(\), but must be \(6,\)"),
    ],
)
def test_a_stress_that_is_not_six_numbers_reaches_no_fit(value, message):
    for function in (check, check_labels):
        with pytest.raises(ValueError, match=message):
            function(with_stress(copper(6, rattle=0.1), value), name="F")


def test_a_stress_needs_a_volume(butanes):
    atoms = butanes[0].copy()
    atoms.calc = SinglePointCalculator(atoms, **butanes[0].calc.results, stress=np.zeros(6))
    with pytest.raises(ValueError, match=r"frame 0 of F has a stress, but its cell .* no volume"):
        check_labels([atoms], name="F")


@settings(deadline=None, derandomize=True, max_examples=20)
@given(
    make=st.sampled_from([argon, copper]),
    frames=st.integers(1, 25),
    strain=st.floats(0, 0.04),
    rattle=st.floats(0, 0.15),
    shear=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_no_right_label_is_refused(make, frames, strain, rattle, shear, seed):
    check_stress(make(frames, strain=strain, rattle=rattle, shear=shear, seed=seed), "F")


@settings(deadline=None, derandomize=True, max_examples=12)
@given(
    make=st.sampled_from([argon, copper]),
    frames=st.integers(15, 25),
    rattle=st.floats(0.1, 0.15),  # small moves of a symmetric crystal change its stress by little
    seed=st.integers(0, 1000),
    cause=st.sampled_from(sorted(WRONG)),
)
def test_no_wrong_label_passes(make, frames, rattle, seed, cause):
    wrong = with_stress(make(frames, rattle=rattle, seed=seed), WRONG[cause])
    with pytest.raises(ValueError, match=cause):
        check_stress(wrong, "F")
