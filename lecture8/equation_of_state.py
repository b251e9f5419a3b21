"""Equation of state: the energy of a solid against its volume."""

from typing import NamedTuple

import numpy as np
from ase import Atoms, units
from ase.calculators.calculator import BaseCalculator, CalculationFailed
from numpy.polynomial import Polynomial

from lecture8.arguments import check_positive, check_whole


class EquationOfState(NamedTuple):
    """Where a solid is at rest, and how hard it is to squeeze.

    Parameters
    ----------
    volume : float
        At the minimum, Å3 per cell.
    energy : float
        At the minimum, eV per cell.
    scale : float
        The lattice vectors at the minimum are those given, times this.
    bulk_modulus_GPa : float
        B = V d2E/dV2 at the minimum.
    volumes, energies : array (points,)
        What was computed, Å3 and eV per cell.
    """

    volume: float
    energy: float
    scale: float
    bulk_modulus_GPa: float
    volumes: np.ndarray
    energies: np.ndarray


def equation_of_state(
    atoms: Atoms, potential: BaseCalculator, *, strain: float = 0.06, points: int = 7
) -> EquationOfState:
    """Return the minimum of E(V) and its curvature, from the equation of Birch and Murnaghan.

    The cell is scaled alike in all directions, and all atoms with it: inner coordinates and the
    shape of the cell are not relaxed. Fine where symmetry fixes them, as in `datasets.solids`.

    Parameters
    ----------
    atoms : Atoms
        Periodic in all directions.
    potential : calculator
    strain : float
        Volumes go from 1 - strain to 1 + strain times that of `atoms`: of the **volume**, a third
        of it in the lengths.
    points : int
        At least five: the equation has four parameters.

    Raises
    ------
    ValueError
        If an argument makes no sense, or the minimum is not among the volumes.
    CalculationFailed
        If the potential fails, or gives NaN or inf, at one of them.

    Notes
    -----
    Birch, Phys. Rev. 71, 809 (1947), with the third-order equation.
    """
    check_crystal(atoms, strain, points)
    relative = np.linspace(1 - strain, 1 + strain, points)
    volumes = relative * atoms.get_volume()
    energies = np.array([_energy(scaled(atoms, r), potential) for r in relative])
    volume, energy, modulus = minimum(volumes, energies)
    scale = (volume / atoms.get_volume()) ** (1 / 3)
    return EquationOfState(volume, energy, scale, modulus / units.GPa, volumes, energies)


def scaled(atoms: Atoms, relative: float) -> Atoms:
    """Return a copy with `relative` times the volume; fractional coordinates stay."""
    copy = atoms.copy()
    copy.set_constraint()
    copy.set_cell(atoms.cell * relative ** (1 / 3), scale_atoms=True)
    return copy


def minimum(volumes: np.ndarray, energies: np.ndarray) -> tuple[float, float, float]:
    """Return the volume (Å3), energy (eV) and bulk modulus (eV/Å3) at the minimum of E(V).

    Raises
    ------
    ValueError
        If the lowest energy is that of the first or last volume, or no curve fits.
    """
    lowest = int(np.argmin(energies))
    if lowest in (0, len(volumes) - 1):
        side, change = ("larger", 1.03) if lowest else ("smaller", 0.97)
        raise ValueError(
            f"the energy falls up to the {side.replace('er', 'est')} volume, {volumes[lowest]:.2f} "
            f"Å3, so the minimum lies outside {volumes[0]:.2f} to {volumes[-1]:.2f} Å3; start from "
            f"a {side} cell, atoms.set_cell({change} * atoms.cell, scale_atoms=True), or take a "
            "larger strain"
        )
    # The equation is a cubic in V^(-2/3), so that its fit is linear and has one solution, where the
    # iteration in ase.eos may fail to converge; the result is the same.
    middle = volumes.mean()
    curve = Polynomial.fit((volumes / middle) ** (-2 / 3), energies, 3)
    extrema = curve.deriv().roots()
    for x in np.real(extrema[np.isreal(extrema)]):
        volume = middle * x**-1.5 if x > 0 else np.inf
        if volumes[0] < volume < volumes[-1] and (curvature := curve.deriv(2)(x)) > 0:
            # dE/dx = 0, so d2E/dV2 = d2E/dx2 (dx/dV)^2 with dx/dV = -2 x / 3 V.
            return float(volume), float(curve(x)), float(curvature * 4 * x**2 / (9 * volume))
    raise ValueError(
        "no curve of Birch and Murnaghan with a minimum goes through the energies "
        f"{np.round(energies, 4).tolist()} eV; plot them: is the potential smooth there?"
    )


def check_crystal(atoms: Atoms, strain: float, points: int) -> None:
    """Raise ValueError if `atoms` is no crystal, or its volumes cannot give a curve."""
    if not atoms.pbc.all() or atoms.cell.rank < 3:
        raise ValueError(
            f"atoms.pbc is {atoms.pbc.tolist()} and the cell has {atoms.cell.rank} directions, but "
            "a volume needs a crystal: set atoms.cell and atoms.pbc = True"
        )
    check_positive("strain", strain)
    if not strain < 0.5:
        raise ValueError(f"strain is {strain}, but must lie between 0 and 0.5; 0.06 is usual")
    check_whole("points", points, 5)  # the curve has four parameters


def _energy(atoms: Atoms, potential: BaseCalculator) -> float:
    where = f"at a volume of {atoms.get_volume():.2f} Å3"
    try:
        energy = float(potential.get_potential_energy(atoms))
    except RuntimeError as failure:  # CalculationFailed is one
        raise CalculationFailed(
            f"the potential failed {where}: {failure}; take a smaller strain"
        ) from failure
    if not np.isfinite(energy):
        raise CalculationFailed(f"the energy is {energy} {where}; take a smaller strain")
    return energy
