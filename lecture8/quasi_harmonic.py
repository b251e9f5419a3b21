"""Thermal expansion of a solid from its phonons: the quasi-harmonic approximation."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
from ase import Atoms, units
from ase.calculators.calculator import BaseCalculator
from ase.dft.kpoints import monkhorst_pack
from ase.phonons import Phonons
from numpy.polynomial import Polynomial

from lecture8.arguments import check_positive, check_whole
from lecture8.equation_of_state import equation_of_state, minimum, scaled


class ThermalExpansion(NamedTuple):
    """A solid at zero pressure, temperature by temperature.

    Parameters
    ----------
    temperatures_K : array (T,)
    volumes : array (T,)
        Å3 per cell.
    linear_expansion : array (T,)
        alpha = (1 / a) da/dT, 1/K: a third of that of the volume.
    bulk_moduli_GPa : array (T,)
        Isothermal.
    cell_volumes : array (points,)
        The volumes at which phonons were computed, Å3.
    free_energies : array (T, points)
        F(V, T) there, eV per cell.
    """

    temperatures_K: np.ndarray
    volumes: np.ndarray
    linear_expansion: np.ndarray
    bulk_moduli_GPa: np.ndarray
    cell_volumes: np.ndarray
    free_energies: np.ndarray


def quasi_harmonic(
    atoms: Atoms,
    potential: BaseCalculator,
    *,
    temperatures_K,
    supercell: int = 3,
    strain: float = 0.04,
    points: int = 5,
    mesh: int = 10,
    displacement: float = 0.03,
) -> ThermalExpansion:
    """Return the thermal expansion of a cubic solid, from phonons at several volumes.

    F(V, T) = E(V) + sum_modes [hw/2 + kT ln(1 - exp(-hw/kT))] is minimised over V at each T. Each
    mode is harmonic, but its frequency w depends on V, and so a solid expands where larger volumes
    have softer modes and thus more entropy S:   3 alpha = (1/V) dV/dT = (dS/dV)_T / B_T.

    What is missing: modes that are not harmonic at fixed volume (important near melting), and the
    electrons of a metal.

    Parameters
    ----------
    atoms : Atoms
        The primitive cell; its volume need not be that of the minimum.
    potential : calculator
    temperatures_K : sequence of float
        Zero allowed.
    supercell : int
        Odd; phonons come from supercell^3 cells, one atom of which is displaced at a time.
    strain : float
        Volumes go from 1 - strain/3 to 1 + strain times that of the minimum of E(V). No larger than
        the expansion asks for: alpha is a third derivative of the energy, to which foundation
        models were never fitted, and far from rest theirs is not smooth. Try two values.
    points : int
        Number of volumes, at least five.
    mesh : int
        Even; frequencies are taken at mesh^3 wave vectors, which then leave out zero, where the
        acoustic modes have none.
    displacement : float
        Å.

    Raises
    ------
    ValueError
        If an argument makes no sense, a mode is imaginary, or the solid expands beyond `strain`.
    CalculationFailed
        If the potential fails.

    Notes
    -----
    Baroni, Giannozzi, Isaev, Rev. Mineral. Geochem. 71, 39 (2010), equations 8 and 9.
    """
    temperatures = np.atleast_1d(np.asarray(temperatures_K, float))
    _check(temperatures, supercell, strain, points, mesh, displacement)
    at_rest = scaled(atoms, equation_of_state(atoms, potential).scale ** 3)
    cells = [scaled(at_rest, r) for r in np.linspace(1 - strain / 3, 1 + strain, points)]
    volumes = np.array([cell.get_volume() for cell in cells])
    energies = np.array([potential.get_potential_energy(cell) for cell in cells])
    modes = [
        phonon_energies(cell, potential, supercell=supercell, mesh=mesh, displacement=displacement)
        for cell in cells
    ]
    rows = [_at_temperature(t, volumes, energies, modes) for t in temperatures]
    lengths, expansion, moduli, free = (np.array(column) for column in zip(*rows, strict=True))
    return ThermalExpansion(temperatures, lengths, expansion, moduli / units.GPa, volumes, free)


def phonon_energies(
    atoms: Atoms, potential: BaseCalculator, *, supercell: int, mesh: int, displacement: float
) -> np.ndarray:
    """Return the energies hw (mesh^3, 3N) of the phonons, eV, by finite displacements.

    Raises
    ------
    ValueError
        If one is imaginary: the crystal would lower its energy by that displacement.
    """
    with TemporaryDirectory() as folder:  # ase.phonons keeps the forces in files
        phonons = Phonons(
            atoms,
            potential,
            supercell=(supercell,) * 3,
            delta=displacement,
            name=str(Path(folder) / "phonons"),
        )
        phonons.run()
        phonons.read(acoustic=True)
    energies = phonons.band_structure(monkhorst_pack((mesh,) * 3), verbose=False)
    if energies.min() <= 0:
        raise ValueError(
            f"a phonon is imaginary, {-1e3 * energies.min():.2f}i meV, at a volume of "
            f"{atoms.get_volume():.2f} Å3: this crystal is not stable under this potential there. "
            "Is it the right structure? Otherwise take a smaller strain or a larger supercell"
        )
    return energies


def vibrational_free_energy(energies: np.ndarray, temperature_K: float) -> float:
    """Return sum_modes [hw/2 + kT ln(1 - exp(-hw/kT))], eV per cell; `energies` is (q, 3N), eV."""
    thermal = units.kB * temperature_K
    free = energies / 2
    if thermal > 0:
        free = free + thermal * np.log(-np.expm1(-energies / thermal))  # (q, 3N)
    return float(free.sum(axis=1).mean())


def vibrational_entropy(energies: np.ndarray, temperature_K: float) -> float:
    """Return S = -dF/dT, eV/K per cell; `energies` is (q, 3N), eV."""
    if temperature_K == 0:
        return 0.0
    x = energies / (units.kB * temperature_K)  # (q, 3N)
    # n = 1 / (e^x - 1), written with e^-x, which cannot overflow.
    occupation = np.exp(-x) / -np.expm1(-x)
    return float(units.kB * (x * occupation - np.log(-np.expm1(-x))).sum(axis=1).mean())


def _at_temperature(temperature_K, volumes, energies, modes):
    """Return volume, linear expansion (1/K), bulk modulus (eV/Å3) and F (points,) at one T."""
    logarithms = np.log(volumes)
    free = np.array([vibrational_free_energy(m, temperature_K) for m in modes])
    entropies = [vibrational_entropy(m, temperature_K) for m in modes]
    # Both would be nearly straight lines if all modes had one Grueneisen parameter. The parabolas
    # keep what a potential in single precision adds to five volumes out of the curvature.
    smooth = Polynomial.fit(logarithms, free, 2)
    entropy = Polynomial.fit(logarithms, entropies, 2)
    try:
        volume, _, modulus = minimum(volumes, energies + smooth(logarithms))
    except ValueError as failure:
        raise ValueError(
            f"at {temperature_K:g} K the free energy has no minimum between {volumes[0]:.2f} and "
            f"{volumes[-1]:.2f} Å3; take a lower temperature or a larger strain"
        ) from failure
    slope = entropy.deriv()(np.log(volume)) / volume
    return volume, slope / modulus / 3, modulus, energies + free


def _check(temperatures, supercell, strain, points, mesh, displacement):
    if temperatures.ndim != 1 or not np.all(np.isfinite(temperatures) & (temperatures >= 0)):
        raise ValueError(f"temperatures are {temperatures} K; give a list of numbers, none below 0")
    check_whole("supercell", supercell, 3)
    if supercell % 2 == 0:
        # ase.phonons counts the cells on one side only of an even supercell.
        raise ValueError(f"supercell is {supercell}, but must be odd and at least 3")
    check_whole("mesh", mesh, 2)
    if mesh % 2:
        raise ValueError(f"mesh is {mesh}, but must be even: an odd one contains q = 0")
    check_positive("strain", strain)
    if not strain < 0.3:
        raise ValueError(f"strain is {strain}, but must lie between 0 and 0.3; 0.04 is usual")
    check_whole("points", points, 5)  # the curve has four parameters
    check_positive("displacement", displacement)
