"""A bath is told in kelvin and femtoseconds, or in plain numbers, and never in both."""

import numpy as np
import pytest
from ase import units

from lecture8.integrators import Langevin


def test_a_bath_of_atoms_is_worked_out_in_the_units_of_ase():
    bath = Langevin(temperature_K=300, friction_per_fs=0.01)
    assert bath.has_units
    assert bath.thermal_energy == pytest.approx(0.025852, rel=1e-4)  # eV, 300 / 11604.5
    assert bath.friction * units.fs == pytest.approx(0.01, rel=1e-14)


def test_a_bath_of_a_model_system_keeps_its_numbers():
    bath = Langevin(thermal_energy=0.7, friction=0.1)
    assert not bath.has_units
    assert (bath.thermal_energy, bath.friction, bath.temperature_K) == (0.7, 0.1, None)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "a bath got nothing; give temperature_K and friction_per_fs for atoms, or thermal_e"),
        ({"temperature_K": 300}, "a bath got temperature_K; give"),
        ({"friction": 1.0}, "a bath got friction; give"),
        ({"temperature_K": 300, "friction": 1.0}, "a bath got friction, temperature_K; give"),
        (
            dict.fromkeys(("temperature_K", "friction_per_fs", "thermal_energy", "friction"), 1.0),
            "a bath got friction, friction_per_fs, temperature_K, thermal_energy; give",
        ),
        ({"temperature_K": -1, "friction_per_fs": 1}, "temperature_K is -1, .*cannot be negative"),
        ({"temperature_K": "300", "friction_per_fs": 1}, "temperature_K is '300', .* a number"),
        ({"temperature_K": 1, "friction_per_fs": np.nan}, "friction_per_fs is nan, .* a number"),
        ({"thermal_energy": np.inf, "friction": 1}, "thermal_energy is inf, .* a number"),
        ({"thermal_energy": 1, "friction": -0.1}, "friction is -0.1, .*cannot be negative"),
    ],
)
def test_half_a_bath_or_two_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        Langevin(**given)
