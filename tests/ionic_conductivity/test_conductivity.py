"""Nernst and Einstein's relation, unit by unit."""

import numpy as np
import pytest
from ase import units

from lecture8.ionic_conductivity import (
    diffusion_coefficient,
    milli_siemens_per_cm,
    nernst_einstein,
)
from lecture8.measured import Measured

from .walks import random_walk

SALT = {"number_density": 6.02214076e-4, "charge": 1, "temperature_K": 300}  # 1 mol/L


def test_one_molar_with_the_diffusion_of_an_ion_in_water():
    # By hand in SI, D = 1e-11 m2/s: 6.022e26 /m3 (1.602e-19 C)^2 1e-11 / (1.381e-23 J/K 300 K).
    by_hand = 6.02214076e26 * 1.602176634e-19**2 * 1e-11 / (1.380649e-23 * 300)
    sigma = nernst_einstein(1e-3, **SALT)
    assert sigma == pytest.approx(by_hand, rel=1e-6)  # ASE has the constants of CODATA 2014
    assert sigma == pytest.approx(0.0373, abs=1e-4)
    assert isinstance(sigma, float)


def test_it_is_the_same_in_the_units_of_ase():
    # Charge e, kT in eV: sigma = rho D / kT in e2 / (eV Å time), turned into A / (V m) at the end.
    ase_time_per_ps = 1000 * units.fs
    sigma = SALT["number_density"] * (1e-3 / ase_time_per_ps) / (units.kB * 300)
    siemens_per_metre = units.C / units.second / units.m  # e2/(eV s m) is C/(V s m) times this
    assert nernst_einstein(1e-3, **SALT) == pytest.approx(sigma / siemens_per_metre, rel=1e-6)


def test_a_student_who_forgets_a_unit_is_off_by_powers_of_ten():
    right = nernst_einstein(1e-3, **SALT)
    assert nernst_einstein(1e-3, **{**SALT, "charge": 2}) == pytest.approx(4 * right)
    assert milli_siemens_per_cm(1.0) == 10
    # 1 cm2/s is 1e4 Å2/ps: D in cm2/s, taken for Å2/ps, is the usual slip.
    assert nernst_einstein(1e-3 * 1e-4, **SALT) == pytest.approx(1e-4 * right)


def test_error_and_limits_follow_the_coefficient():
    D = Measured(1e-3, 2e-4, 5e-4, 1.5e-3, 8)
    sigma = nernst_einstein(D, **SALT)
    assert sigma.error / sigma.value == pytest.approx(0.2)
    assert sigma.low == pytest.approx(sigma.value / 2)
    assert milli_siemens_per_cm(sigma).high == pytest.approx(15 * sigma.value)
    many = nernst_einstein(np.array([1e-3, 2e-3]), **SALT)
    np.testing.assert_allclose(many, [sigma.value, 2 * sigma.value])
    r = random_walk(np.random.default_rng(0), 1000, 20)
    found = diffusion_coefficient(r, 0.1 * np.arange(1000))
    assert nernst_einstein(found, **SALT).error == pytest.approx(1e3 * sigma.value * found.error)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"number_density": 0}, "number_density is 0"),
        ({"temperature_K": -1}, "temperature_K is -1"),
        ({"charge": 0}, "charge is 0"),
    ],
)
def test_what_makes_no_conductivity_is_refused(change, match):
    with pytest.raises(ValueError, match=match):
        nernst_einstein(1e-3, **{**SALT, **change})
