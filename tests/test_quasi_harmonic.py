"""Thermal expansion: two crystals with closed forms, copper, and what is refused."""

import os

import numpy as np
import pytest
from ase import units
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.emt import EMT

from lecture8 import quasi_harmonic as room
from lecture8.foundation_models import load
from lecture8.quasi_harmonic import (
    phonon_energies,
    quasi_harmonic,
    vibrational_entropy,
    vibrational_free_energy,
)

VOLUME, MODULUS = 12.0, 100 * units.GPa  # Å3 and eV/Å3, of an atom of copper in `Springs`
NEIGHBOURS = ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, -1, 0), (0, 1, -1), (1, 0, -1))


class Springs(Calculator):
    """An fcc crystal of springs k |u_i - u_j|^2 / 2 between neighbours, with k = k0 V^(-2 gamma).

    u is the displacement from the lattice site, so that the springs hold no pressure by themselves;
    that comes from MODULUS (V - VOLUME)^2 / (2 VOLUME) per atom. All frequencies go as V^-gamma.
    """

    implemented_properties = ("energy", "forces")

    def __init__(self, grueneisen, stiffness=2.0):
        super().__init__()
        self.grueneisen, self.stiffness = grueneisen, stiffness

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        cells = round(len(self.atoms) ** (1 / 3))
        fractional = cells * self.atoms.get_scaled_positions(wrap=False)
        u = (fractional - np.round(fractional)) / cells @ self.atoms.cell.array
        u = u.reshape(cells, cells, cells, 3)
        volume = self.atoms.get_volume() / len(self.atoms)
        k = self.stiffness * (volume / VOLUME) ** (-2 * self.grueneisen)
        energy = len(self.atoms) * MODULUS * (volume - VOLUME) ** 2 / (2 * VOLUME)
        forces = np.zeros_like(u)
        for step in NEIGHBOURS:
            stretched = u - np.roll(u, step, axis=(0, 1, 2))
            energy += k / 2 * np.sum(stretched**2)
            forces -= k * (stretched - np.roll(stretched, np.negative(step), axis=(0, 1, 2)))
        self.results = {"energy": energy, "forces": forces.reshape(-1, 3)}


def crystal():
    return bulk("Cu", a=(4 * VOLUME) ** (1 / 3))


def test_phonons_of_springs_have_their_closed_form():
    """m w^2 = 2 k sum over six pairs of neighbours (1 - cos q.R), three times each."""
    mesh = (np.arange(4) - 1.5) / 4
    q = np.stack(np.meshgrid(mesh, mesh, mesh, indexing="ij"), axis=-1).reshape(-1, 3)
    angles = 2 * np.pi * q @ np.array(NEIGHBOURS).T  # (64, 6)
    omega2 = 2 * 2.0 * np.sum(1 - np.cos(angles), axis=1) / crystal().get_masses()[0]
    # sqrt(eV / Å2 u) is an angular frequency, 1 / fs up to units.fs; times hbar it is an energy.
    exact = np.sqrt(omega2) * units._hbar * units.s / units._e
    found = phonon_energies(crystal(), Springs(2), supercell=3, mesh=4, displacement=0.03)
    # The springs are harmonic: rounding only.
    np.testing.assert_allclose(found, np.repeat(exact[:, None], 3, axis=1), rtol=1e-6)


def expansion_as_mie_and_grueneisen_say(grueneisen, temperature_K=300):
    """Compare with alpha = gamma C_V / (3 B_T V), C_V = T dS/dT by differences."""
    found = quasi_harmonic(crystal(), Springs(grueneisen), temperatures_K=[temperature_K])
    cell = crystal()
    cell.set_cell(cell.cell * (found.volumes[0] / VOLUME) ** (1 / 3), scale_atoms=True)
    modes = phonon_energies(cell, Springs(grueneisen), supercell=3, mesh=10, displacement=0.03)
    step = 0.1
    up, down = (vibrational_entropy(modes, temperature_K + dT) for dT in (step, -step))
    heat_capacity = temperature_K * (up - down) / (2 * step)
    assert heat_capacity < 3 * units.kB  # Dulong and Petit, from below
    expected = grueneisen * heat_capacity / (3 * found.bulk_moduli_GPa[0] * units.GPa)
    return found.linear_expansion[0] == pytest.approx(expected / found.volumes[0], rel=2e-3)


def test_one_grueneisen_parameter_gives_the_expansion():
    # rel=2e-3: S is not quite a parabola of ln V.
    assert expansion_as_mie_and_grueneisen_say(2.0)


def test_expansion_of_the_volume_is_noticed(monkeypatch):
    """A planted bug: three times as much entropy, as if the third were forgotten."""
    entropy = room.vibrational_entropy
    monkeypatch.setattr(room, "vibrational_entropy", lambda *a: 3 * entropy(*a))
    assert not expansion_as_mie_and_grueneisen_say(2.0)


def test_a_harmonic_crystal_does_not_expand():
    found = quasi_harmonic(crystal(), Springs(0), temperatures_K=[0, 100, 1000])
    # A parabola is not quite a curve of Birch and Murnaghan.
    np.testing.assert_allclose(found.volumes, VOLUME, rtol=1e-3)
    np.testing.assert_allclose(found.linear_expansion, 0, atol=1e-9)


def test_free_energy_of_an_oscillator():
    energy, temperature_K = 0.03, 250.0
    levels = energy * (np.arange(400) + 0.5)
    weights = np.exp(-levels / (units.kB * temperature_K))
    free = -units.kB * temperature_K * np.log(weights.sum())
    modes = np.full((5, 1), energy)  # the mean over five wave vectors, not the sum
    assert vibrational_free_energy(modes, temperature_K) == pytest.approx(free, rel=1e-12)
    assert vibrational_free_energy(modes, 0) == pytest.approx(energy / 2)
    entropy = (weights @ levels / weights.sum() - free) / temperature_K
    assert vibrational_entropy(modes, temperature_K) == pytest.approx(entropy, rel=1e-9)
    assert vibrational_entropy(modes, 0) == 0
    # In the cold, e^(hw/kT) overflows; S does not.
    assert vibrational_entropy(modes, 1e-3) == pytest.approx(0, abs=1e-300)


@pytest.fixture(scope="module")
def expanded():
    return quasi_harmonic(bulk("Cu", a=3.6), EMT(), temperatures_K=[0, 295, 300, 305, 400])


def test_copper_expands_as_copper_does(expanded):
    # Experiment: 16.5e-6 / K. EMT was fitted to moduli, not to how they change with volume.
    assert expanded.linear_expansion[2] == pytest.approx(16.5e-6, rel=0.3)
    assert expanded.linear_expansion[0] == 0
    assert np.all(np.diff(expanded.linear_expansion) > 0)
    assert np.all(np.diff(expanded.bulk_moduli_GPa) < 0)
    assert expanded.free_energies.shape == (5, len(expanded.cell_volumes)) == (5, 5)


def test_expansion_is_the_slope_of_the_volume(expanded):
    slope = np.log(expanded.volumes[3] / expanded.volumes[1]) / 10 / 3
    # dS/dV comes from a parabola, V(T) from a curve of Birch and Murnaghan.
    assert expanded.linear_expansion[2] == pytest.approx(slope, rel=5e-3)


def test_supercell_and_start_hardly_matter(expanded):
    other = quasi_harmonic(bulk("Cu", a=3.65), EMT(), temperatures_K=300, supercell=5)
    # EMT reaches two or three shells of neighbours, all within 3 x 3 x 3 cells.
    assert other.linear_expansion[0] == pytest.approx(expanded.linear_expansion[2], rel=0.01)


@pytest.mark.slow
def test_sevennet_0_expands_copper():
    found = quasi_harmonic(bulk("Cu", a=3.61), load("sevennet-0"), temperatures_K=[300])
    # Experiment: 16.5e-6 / K. Volumes up to 6 % instead of 4 % give 30 % more.
    assert found.linear_expansion[0] == pytest.approx(16.5e-6, rel=0.15)


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    atoms = bulk("Cu", a=3.6)
    quasi_harmonic(atoms, EMT(), temperatures_K=[300])
    assert os.listdir(tmp_path) == []
    assert atoms.calc is None


def test_an_unstable_crystal_is_named():
    with pytest.raises(ValueError, match=r"phonon is imaginary, .*i meV, at a volume of"):
        phonon_energies(crystal(), Springs(0, stiffness=-2), supercell=3, mesh=4, displacement=0.03)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"temperatures_K": [-1]}, "none below 0"),
        ({"temperatures_K": [1500]}, "at 1500 K .* no minimum .* larger strain"),
        ({"supercell": 4}, "supercell is 4.*odd"),
        ({"mesh": 5}, "mesh is 5.*even"),
        ({"strain": 0}, "strain is 0"),
        ({"points": 4}, "points is 4"),
        ({"displacement": 0}, "displacement is 0"),
    ],
)
def test_what_makes_no_sense_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        quasi_harmonic(bulk("Cu", a=3.6), EMT(), **({"temperatures_K": [300]} | options))
