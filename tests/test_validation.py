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
    autocorrelation,
    block_average,
    correlation_time,
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


def correlated(rng, length, memory):
    """An autoregressive series with mean 0, variance 1 and a known correlation time."""
    c = np.exp(-1 / memory)
    x = np.zeros(length)
    x[0] = rng.standard_normal()
    noise = np.sqrt(1 - c**2) * rng.standard_normal(length)
    for i in range(1, length):
        x[i] = c * x[i - 1] + noise[i]
    return x


def test_block_average_knows_the_error_of_correlated_samples_and_the_naive_formula_does_not():
    rng = np.random.default_rng(2)
    series = [correlated(rng, 4000, 10.0) for _ in range(300)]
    estimates = [block_average(x, blocks=20) for x in series]
    true_error = np.std([e.value for e in estimates])
    # The scatter of 300 means knows the true error to 4 %.
    assert np.mean([e.error for e in estimates]) == pytest.approx(true_error, rel=0.15)
    naive = np.mean([x.std() / np.sqrt(len(x)) for x in series])
    assert naive < 0.4 * true_error
    covered = np.mean([abs(e.value) < 1.96 * e.error for e in estimates])
    assert 0.88 < covered < 0.98  # 95 % for a Gaussian, a little less for 19 degrees of freedom


def test_block_average_refuses_too_few_samples():
    with pytest.raises(ValueError, match="7 samples cannot fill 20 blocks"):
        block_average(np.zeros(7))


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


def test_autocorrelation_is_the_sum_that_its_docstring_writes():
    x = correlated(np.random.default_rng(3), 101, 4.0)
    d = x - x.mean()
    brute = np.array([np.sum(d[: len(d) - k] * d[k:]) for k in range(101)]) / np.sum(d**2)
    np.testing.assert_allclose(autocorrelation(x), brute, atol=1e-13)
    np.testing.assert_allclose(autocorrelation(x, max_lag=7), brute[:8], atol=1e-13)
    assert autocorrelation(x)[0] == 1
    # Planted bug: without zeros behind it the series is correlated with its own beginning.
    ring = np.fft.irfft(np.abs(np.fft.rfft(d)) ** 2, 101)
    assert np.abs(ring / ring[0] - brute).max() > 0.05


@pytest.mark.parametrize("memory", [2.0, 10.0])
def test_correlation_time_of_an_exponential_and_its_scatter(memory):
    rng = np.random.default_rng(4)
    length = int(400 * memory)
    times = [correlation_time(correlated(rng, length, memory)) for _ in range(60)]
    c = np.exp(-1 / memory)
    exact = 0.5 * (1 + c) / (1 - c)  # 1/2 + the geometric series
    expected_scatter = np.sqrt(2 * (12 * exact + 1) / length)  # M = 6 tau
    # The mean of 60 is known to 3 %; a run of 400 tau is biased low by some 3 % more.
    assert np.mean(times) == pytest.approx(exact, rel=0.1)
    # A standard deviation of 60 is known to 9 %; the formula holds for long runs.
    assert np.std(times) / exact == pytest.approx(expected_scatter, rel=0.4)
    assert exact == pytest.approx(memory, rel=0.03)


def test_white_noise_has_half_a_step_and_its_error_is_the_textbook_s():
    x = np.random.default_rng(5).standard_normal(20_000)
    assert correlation_time(x) == pytest.approx(0.5, abs=0.03)  # sqrt(2 * 7 / 20000) = 3 %


def test_correlation_time_and_blocks_agree_on_the_error_of_a_mean():
    x = correlated(np.random.default_rng(6), 20_000, 10.0)
    error = x.std() * np.sqrt(2 * correlation_time(x) / len(x))
    # 20 blocks know a standard error to 1 / sqrt(2 * 19) = 16 %.
    assert error == pytest.approx(block_average(x).error, rel=0.4)


@pytest.mark.parametrize(
    ("samples", "options", "message"),
    [
        (np.zeros((5, 2)), {}, r"shape \(5, 2\), but must be one series"),
        ([1.0, np.nan, 2.0], {}, "NaN or inf"),
        (np.full(20, 0.1), {}, "all equal"),
        ([1.0, 2.0, 3.0], {"max_lag": 3}, "max_lag is 3, but must be from 0 to 2"),
        ([1.0, 2.0, 3.0], {"max_lag": -1}, "max_lag is -1"),
    ],
)
def test_autocorrelation_refuses(samples, options, message):
    with pytest.raises(ValueError, match=message):
        autocorrelation(samples, **options)


def test_correlation_time_refuses_a_short_or_constant_series():
    with pytest.raises(ValueError, match="9 samples are too few"):
        correlation_time(np.arange(9.0))
    with pytest.raises(ValueError, match="all equal"):
        correlation_time(np.full(20, 0.1))


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
