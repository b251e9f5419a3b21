"""The checks themselves: they pass what is right and see what is wrong."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.calculators.calculator import Calculator
from ase.calculators.emt import EMT
from ase.constraints import FixSymmetry

from lecture8.integrators import Trajectory, explicit_euler, initial_state, simulate
from lecture8.potentials import Harmonic, LennardJones, lennard_jones
from lecture8.structures import ARGON, argon_box, butane, thermalise
from lecture8.validation import (
    energy_drift,
    numerical_forces,
    numerical_stress,
    order_of_convergence,
    survival_time,
)


def test_numerical_forces_of_a_function_and_of_a_calculator_agree():
    calculator = LennardJones(**ARGON)
    atoms = Atoms("Ar3", positions=[[0, 0, 0], [3.6, 0, 0], [1.8, 3.2, 0.1]])
    a = numerical_forces(atoms, calculator)
    b = numerical_forces(atoms.positions, partial(lennard_jones, **ARGON))
    np.testing.assert_allclose(a, b, atol=1e-12)


def test_the_error_of_a_central_difference_falls_as_h_squared():
    def quartic(r):
        return float((r**4).sum()), -4 * r**3

    h = np.array([0.1, 0.05, 0.025, 0.0125])
    errors = [abs(numerical_forces([[1.0]], quartic, displacement=x)[0, 0] + 4) for x in h]
    assert order_of_convergence(h, errors).value == pytest.approx(2, abs=1e-6)


def test_energy_drift_sees_the_heating_of_explicit_euler_and_clears_verlet():
    argon = LennardJones(**ARGON, cutoff=8.5, onset=7.0)
    box = thermalise(argon_box(3), temperature_K=200, rng=np.random.default_rng(0))
    good = energy_drift(simulate(box, argon, timestep_fs=5, steps=300))
    bad = energy_drift(simulate(box, argon, timestep_fs=5, steps=300, step=explicit_euler))
    meV_per_ps = 1e3  # in an eV/ps
    # From a perfect crystal the swing itself has a trend while it melts: 1e-3 is its size.
    assert abs(good.value * meV_per_ps) < 3e-3
    assert bad.value * meV_per_ps > 1
    assert bad.value > 5 * bad.error


def test_a_known_slope_is_recovered_per_particle_and_within_its_error():
    rng = np.random.default_rng(1)
    run = simulate(
        initial_state(np.zeros((4, 1)), np.zeros((4, 1)), np.ones(4), Harmonic()),
        Harmonic(),
        timestep=0.1,
        steps=2000,
    )
    noisy = replace(
        run, potential_energies=0.02 * run.times + 0.1 * rng.standard_normal(len(run.times))
    )
    drift = energy_drift(noisy)
    assert abs(drift.value - 0.02 / 4) < 4 * drift.error
    assert 0 < drift.error < 1e-3


def test_energy_drift_needs_a_total_energy():
    start = initial_state([[1.0]], [[0.0]], [1.0], lambda r: -r)
    with pytest.raises(ValueError, match="recorded no potential energy"):
        energy_drift(simulate(start, lambda r: -r, timestep=0.1, steps=100))


@pytest.mark.parametrize(("steps", "blocks"), [(5, 10), (18, 10)])
def test_energy_drift_refuses_too_short_a_run(steps, blocks):
    run = simulate(
        initial_state([[1.0]], [[0.0]], [1.0], Harmonic()), Harmonic(), timestep=0.1, steps=steps
    )
    with pytest.raises(ValueError, match="cannot be cut into"):
        energy_drift(run, blocks=blocks)


def test_order_of_convergence_of_an_exact_power():
    h = np.array([0.1, 0.2, 0.4])
    estimate = order_of_convergence(h, 3 * h**2.5)
    assert estimate.value == pytest.approx(2.5, abs=1e-12)
    assert estimate.error < 1e-12


@pytest.mark.parametrize(
    ("timesteps", "errors", "message"),
    [
        ([0.1, 0.2], [1, 2], "three or more"),
        ([0.1, 0.2, 0.3], [1, 2], "three or more"),
        ([0.1, 0.2, 0.3], [1, 0, 2], "must all be positive"),
    ],
)
def test_order_of_convergence_refuses(timesteps, errors, message):
    with pytest.raises(ValueError, match=message):
        order_of_convergence(timesteps, errors)


def test_stress_of_a_known_solid_has_the_sign_of_its_pressure():
    """E = 1/2 of the squared edges: dE/d(eps) by hand."""

    class Spring(Calculator):
        implemented_properties = ("energy",)

        def calculate(self, atoms=None, properties=(), system_changes=()):
            super().calculate(atoms, properties, system_changes)
            self.results = {"energy": 0.5 * (self.atoms.cell.array**2).sum()}

    atoms = Atoms("Ar", cell=[2.0, 3.0, 4.0], pbc=True)
    stress = numerical_stress(atoms, Spring())
    # A stretched cell costs energy, so it pulls: positive, edge^2 / volume along each axis.
    np.testing.assert_allclose(stress, np.diag([4.0, 9.0, 16.0]) / 24, atol=1e-9)


def test_numerical_stress_refuses():
    with pytest.raises(ValueError, match="needs a periodic cell"):
        numerical_stress(Atoms("Ar"), LennardJones(**ARGON))
    with pytest.raises(ValueError, match="strain is 0"):
        numerical_stress(argon_box(1), LennardJones(**ARGON), strain=0)


def test_numerical_forces_refuse():
    with pytest.raises(ValueError, match="displacement is 0"):
        numerical_forces([[1.0]], Harmonic(), displacement=0)
    with pytest.raises(ValueError, match="return \\(energy, forces\\)"):
        numerical_forces([[1.0]], lambda r: -r)


def motion(positions):
    """A trajectory through `positions` (T, N, 3), one time unit apart."""
    positions = np.asarray(positions, float)
    times = np.arange(len(positions), dtype=float)
    return Trajectory(times, positions, 0 * positions, np.ones(positions.shape[1]), None, None)


def test_survival_time_sees_a_broken_bond_a_clash_and_nothing_else():
    intact = butane()
    still = [intact.positions] * 5
    assert survival_time(motion(still), intact) == np.inf
    # All bonds 15 % longer, as hot ones are: still the same molecule.
    assert survival_time(motion([*still, intact.positions * 1.15]), intact) == np.inf
    broken = intact.positions.copy()
    broken[13] += 2 * (broken[13] - broken.mean(axis=0))  # a hydrogen leaves
    assert survival_time(motion([*still, broken]), intact) == 5.0
    clash = intact.positions.copy()
    clash[4] = clash[13] + [0.3, 0, 0]
    assert survival_time(motion([*still[:2], clash, *still]), intact) == 2.0
    # What moves and turns as a whole is not broken.
    turned = intact.positions @ [[0, 1, 0], [-1, 0, 0], [0, 0, 1]] + 9
    assert survival_time(motion([turned]), intact) == np.inf


def test_survival_time_needs_a_molecule():
    apart = Atoms("Ar2", [[0, 0, 0], [0, 0, 9]])
    with pytest.raises(ValueError, match="no two atoms of Ar2 are bonded; give a molecule"):
        survival_time(motion([apart.positions]), apart)


def test_a_symmetry_constraint_does_not_change_the_strain():
    crystal = argon_box(2)
    crystal.positions[0] += 0.3
    potential = LennardJones(**ARGON, cutoff=5.0)
    expected = numerical_stress(crystal, potential)
    crystal.set_constraint(FixSymmetry(argon_box(2)))
    np.testing.assert_array_equal(numerical_stress(crystal, potential), expected)


def test_a_molecule_through_the_faces_of_its_cell_is_refused():
    water = molecule("H2O")
    water.set_cell([6, 6, 6])
    water.pbc = True
    run = simulate(water, EMT(), timestep_fs=1e-5, steps=1)
    assert survival_time(run, water) == np.inf
    water.positions[1:] += 6 * (water.positions[1:] < 0)  # one atom on the other side
    water.wrap()
    with pytest.raises(ValueError, match=r"bonds of .* go through the faces of the cell"):
        survival_time(run, water)
