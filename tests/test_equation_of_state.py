"""Equations of state: closed form, ASE, the stress, and what is refused."""

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.calculator import CalculationFailed, Calculator, all_changes
from ase.calculators.emt import EMT
from ase.eos import EquationOfState as Fit

from lecture8.datasets import solids
from lecture8.equation_of_state import equation_of_state, minimum, scaled
from lecture8.foundation_models import load
from lecture8.potentials.fast_lennard_jones import FastLennardJones
from lecture8.structures import ARGON


@pytest.fixture(scope="module")
def sevennet():
    return load("sevennet-0")


class EnergyPerAtom(EMT):
    """A planted bug: the energy is divided by the number of atoms."""

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.results["energy"] /= len(self.atoms)


def from_the_stress(atoms, potential):
    """Return B (GPa) at the volume of `atoms`, B = -V dP/dV, by a central difference."""
    pressures = []
    for relative in (0.999, 1.001):
        copy = scaled(atoms, relative)
        pressures.append(-potential.get_stress(copy)[:3].mean())
    return -(pressures[1] - pressures[0]) / 0.002 / units.GPa


def agrees_with_the_stress(potential):
    atoms = bulk("Cu", cubic=True)
    found = equation_of_state(atoms, potential)
    at_rest = scaled(atoms, found.scale**3)
    # The fit takes 6 % to either side into account, the difference 0.1 %.
    return found.bulk_modulus_GPa == pytest.approx(from_the_stress(at_rest, EMT()), rel=0.01)


def test_bulk_modulus_is_the_slope_of_the_pressure():
    assert agrees_with_the_stress(EMT())


def test_an_energy_per_atom_is_noticed():
    assert not agrees_with_the_stress(EnergyPerAtom())


def test_copper_is_as_in_ase():
    found = equation_of_state(bulk("Cu"), EMT(), strain=0.06, points=7)
    volume, energy, modulus = Fit(found.volumes, found.energies, eos="birchmurnaghan").fit()
    # The same curve through the same points; ASE iterates to 1e-8.
    assert found.volume == pytest.approx(volume, rel=1e-6)
    assert found.energy == pytest.approx(energy, abs=1e-7)
    assert found.bulk_modulus_GPa == pytest.approx(modulus / units.GPa, rel=1e-5)


def test_a_curve_without_a_minimum_is_refused():
    hill = np.array([1, 2, 3, 0.9, 3, 2, 1])
    with pytest.raises(ValueError, match="no curve of Birch and Murnaghan"):
        minimum(np.linspace(10, 12, 7), hill)


def test_lennard_jones_has_its_closed_form():
    """E/N = 2 eps (A12 s^12 / d^12 - A6 s^6 / d^6) for fcc, with d^3 = sqrt(2) V."""
    a12, a6 = 12.13188, 14.45392  # Kittel, Introduction to Solid State Physics, chapter 3
    epsilon, sigma = ARGON["epsilon"], ARGON["sigma"]
    nearest = (2 * a12 / a6) ** (1 / 6) * sigma
    volume = nearest**3 / np.sqrt(2)
    modulus = 4 * epsilon * a12 * sigma**12 / volume**5
    potential = FastLennardJones(epsilon=epsilon, sigma=sigma, cutoff=10 * sigma, shifted=False)
    found = equation_of_state(bulk("Ar", "fcc", a=5.3), potential)
    # Beyond ten sigma lie 4e-4 of the attraction, which is twice the energy.
    assert found.volume == pytest.approx(volume, rel=1e-3)
    assert found.energy == pytest.approx(-epsilon * a6**2 / a12 / 2, rel=2e-3)
    # The curve of Birch and Murnaghan is not that of Lennard-Jones: a percent in the curvature.
    assert found.bulk_modulus_GPa == pytest.approx(modulus / units.GPa, rel=0.01)


def test_result_is_per_cell_and_does_not_depend_on_where_one_starts():
    one, four = (
        equation_of_state(bulk("Cu"), EMT()),
        equation_of_state(bulk("Cu", a=3.65, cubic=True), EMT()),
    )
    # Seven volumes elsewhere: the error of the curve.
    assert four.volume == pytest.approx(4 * one.volume, rel=1e-3)
    assert four.bulk_modulus_GPa == pytest.approx(one.bulk_modulus_GPa, rel=0.01)
    assert four.scale * 3.65 == pytest.approx((4 * one.volume) ** (1 / 3), rel=1e-3)
    assert len(one.volumes) == len(one.energies) == 7


def test_atoms_and_their_constraints_are_left_alone():
    atoms = bulk("Cu")
    before = atoms.copy()
    equation_of_state(atoms, EMT())
    assert atoms == before
    assert atoms.calc is None


@pytest.mark.parametrize(
    ("atoms", "options", "message"),
    [
        (bulk("Cu", a=3.9), {}, "falls up to the smallest volume.*0.97"),
        (bulk("Cu", a=3.4), {}, "falls up to the largest volume.*1.03"),
        (Atoms("Cu"), {}, "needs a crystal"),
        (bulk("Cu"), {"strain": 0}, "strain is 0"),
        (bulk("Cu"), {"points": 4}, "points is 4"),
    ],
)
def test_what_makes_no_sense_is_refused(atoms, options, message):
    with pytest.raises(ValueError, match=message):
        equation_of_state(atoms, EMT(), **options)


class Fails(Calculator):
    implemented_properties = ("energy",)

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        if self.atoms.get_volume() > 12:
            raise CalculationFailed("too far apart")
        self.results["energy"] = np.nan


@pytest.mark.parametrize(
    ("a", "message"), [(3.7, "failed at a volume of 12.*too far apart"), (3.5, "energy is nan")]
)
def test_failures_say_where(a, message):
    with pytest.raises(CalculationFailed, match=message):
        equation_of_state(bulk("Cu", a=a), Fails(), strain=0.02)


@pytest.mark.parametrize("solid", solids(), ids=lambda solid: solid.formula)
def test_sevennet_0_has_the_lattice_constants_of_pbe_and_softer_bulk_moduli(solid, sevennet):
    found = equation_of_state(solid.atoms(), sevennet)
    # Its training data are PBE; as measured, 0.5 % for Cu and LiF, 0.3 % and less for the others.
    assert found.scale == pytest.approx(1, abs=7e-3)
    # As measured, 0.76 (LiF) to 1.07 (Si) times that of PBE.
    assert 0.7 < found.bulk_modulus_GPa / solid.B_pbe < 1.1
