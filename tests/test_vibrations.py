"""Frequencies agree with a closed form and with ASE."""

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import molecule
from ase.calculators.calculator import Calculator
from ase.constraints import FixAtoms
from ase.optimize import BFGS
from ase.vibrations import Vibrations

from lecture8.reference import gfn2_xtb
from lecture8.vibrations import inertia_about_bond, vibrational_frequencies

K = 10.0  # eV/Å2


class Springs(Calculator):
    """Springs of length 2 Å between all pairs."""

    implemented_properties = ("energy", "forces")

    def __init__(self, k=K):
        super().__init__()
        self.k = k

    def calculate(self, atoms=None, properties=(), system_changes=()):
        super().calculate(atoms, properties, system_changes)
        d = self.atoms.positions[None] - self.atoms.positions[:, None]
        r = np.linalg.norm(d, axis=2) + 2 * np.eye(len(d))
        self.results["energy"] = float(0.25 * self.k * np.sum((r - 2) ** 2))
        self.results["forces"] = np.sum((self.k * (r - 2) / r)[:, :, None] * d, axis=1)


def triangle():
    return Atoms("Ar3", [[0, 0, 0], [2.1, 0, 0], [0.9, 1.8, 0]])


def test_a_triangle_of_springs_has_its_textbook_frequencies():
    """Breathing at omega^2 = 3 k / m, and two modes at half of that."""
    m = triangle().get_masses()[0]
    in_ase_time = np.sqrt(np.array([1.5, 1.5, 3.0]) * K / m)  # 1 / ASE time
    hbar = units._hbar / units._e * units.s  # eV times ASE time
    expected = in_ase_time * hbar / units.invcm
    found = vibrational_frequencies(triangle(), Springs())
    # Central differences over 0.005 Å of a 2 Å spring: relative error (h/r)^2.
    assert found == pytest.approx(expected, rel=1e-4)


def test_a_saddle_has_a_negative_number():
    """Springs that push: every mode is imaginary."""
    equilateral = triangle()
    equilateral.positions = [[0, 0, 0], [2, 0, 0], [1, np.sqrt(3), 0]]
    assert np.all(vibrational_frequencies(equilateral, Springs(-K)) < 0)


def test_water_is_what_ase_says(tmp_path):
    water = molecule("H2O")
    found = vibrational_frequencies(water, gfn2_xtb())
    water.calc = gfn2_xtb()
    BFGS(water, logfile=None).run(fmax=2e-3)
    theirs = Vibrations(water, name=str(tmp_path / "vib"), delta=0.005)
    theirs.run()
    expected = np.sort(theirs.get_frequencies().real)[-3:]
    # Both relax to 2 meV/Å only, each its own way.
    assert found == pytest.approx(expected, abs=2.0)


def test_a_molecule_that_does_not_relax_is_reported():
    rng = np.random.default_rng(0)

    class Noisy(Springs):
        def calculate(self, *args, **kwargs):
            super().calculate(*args, **kwargs)
            self.results["forces"] = self.results["forces"] + rng.normal(scale=0.1, size=(3, 3))

    with pytest.raises(RuntimeError, match="did not relax"):
        vibrational_frequencies(triangle(), Noisy())


@pytest.mark.parametrize(
    ("atoms", "message"),
    [
        (molecule("CO2"), "is linear: it has 3N - 5 vibrations"),
        (molecule("H2"), "there are 2 atoms; give a molecule of three or more"),
    ],
)
def test_what_has_another_number_of_vibrations_is_refused(atoms, message):
    with pytest.raises(ValueError, match=message):
        vibrational_frequencies(atoms, Springs())


def test_constraints_are_refused_and_not_half_ignored():
    water = molecule("H2O")
    water.set_constraint(FixAtoms([0]))
    with pytest.raises(ValueError, match="constraint FixAtoms, but all atoms vibrate"):
        vibrational_frequencies(water, Springs())


def h_o_o_h():
    """Return a chain along x, bent by 1 Å (H) and by 2 Å (the second, of mass 4) off the axis."""
    return Atoms("HO2H", [[0, 1, 0], [0, 0, 0], [1.5, 0, 0], [2, 0, 2]], masses=[1, 16, 16, 4])


def test_inertia_of_two_halves_is_reduced_as_masses_are():
    one, other = 1 * 1.0**2, 4 * 2.0**2
    assert inertia_about_bond(h_o_o_h(), 1, 2) == pytest.approx(one * other / (one + other))


def test_inertia_does_not_mind_how_the_molecule_lies_nor_which_end_is_first():
    turned = h_o_o_h()
    turned.rotate(70, (1, 2, 3))
    turned.positions += 5
    assert inertia_about_bond(turned, 2, 1) == pytest.approx(inertia_about_bond(h_o_o_h(), 1, 2))


def test_a_torsion_of_ethane_in_its_moment_of_inertia():
    """Each methyl turns with 3 m_H d^2 about the bond, two of them against each other."""
    ethane = molecule("C2H6")
    d = np.linalg.norm(np.cross(ethane.positions[2] - ethane.positions[0], [0, 0, 1]))
    expected = 3 * ethane.get_masses()[2] * d**2 / 2
    assert inertia_about_bond(ethane, 0, 1) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(("bond", "why"), [((1, 1), "one place"), ((0, 1), "lie on the axis")])
def test_what_cannot_turn_is_refused(bond, why):
    straight = Atoms("CO2", [[0, 0, 0], [1.2, 0, 0], [1.2, 1, 0]])
    with pytest.raises(ValueError, match=why):
        inertia_about_bond(straight, *bond)
