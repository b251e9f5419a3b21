"""Vibrations of a molecule: the curvature of a potential at its minimum, as frequencies."""

import numpy as np
from ase import Atoms, units
from ase.calculators.calculator import BaseCalculator
from ase.optimize import BFGS

from lecture8.arguments import check_positive


def vibrational_frequencies(
    atoms: Atoms, potential: BaseCalculator, *, displacement: float = 0.005, fmax: float = 2e-3
) -> np.ndarray:
    """Relax a molecule under `potential` and return its harmonic wavenumbers (3N - 6,), in cm^-1.

    The Hessian H = d2V/dr dr, from central differences of the forces, divided by
    sqrt(m_i m_j) has the eigenvalues omega^2; the six smallest in size (three translations, three
    rotations) are left out. A negative number stands for an imaginary frequency: no minimum.

    Parameters
    ----------
    atoms : Atoms
        A molecule, not linear, near a minimum.
    potential : calculator
    displacement : float
        Å, of one coordinate to either side.
    fmax : float
        eV/Å; relaxed until no atom feels more.

    Raises
    ------
    ValueError
        If the atoms carry constraints, or are no molecule with 3N - 6 vibrations: periodic, linear,
        or fewer than three.
    RuntimeError
        If the molecule does not relax within 500 steps.
    """
    check_positive("displacement", displacement)
    check_positive("fmax", fmax)
    if atoms.constraints:
        raise ValueError(
            f"the atoms carry the constraint {type(atoms.constraints[0]).__name__}, but all atoms "
            "vibrate; remove it with atoms.set_constraint()"
        )
    if atoms.pbc.any() or len(atoms) < 3:
        raise ValueError(
            f"atoms.pbc is {atoms.pbc.tolist()} and there are {len(atoms)} atoms; give a molecule "
            "of three or more, with pbc = False"
        )
    relaxed = atoms.copy()
    relaxed.calc = potential
    if not BFGS(relaxed, logfile=None).run(fmax=fmax, steps=500):
        raise RuntimeError(f"the molecule did not relax to {fmax} eV/Å in 500 steps")
    moments = relaxed.get_moments_of_inertia()
    if moments.min() < 1e-4 * moments.max():
        raise ValueError(
            f"{relaxed.symbols} is linear: it has 3N - 5 vibrations and not the 3N - 6 of this "
            "function; take ase.vibrations"
        )

    hessian = np.zeros((len(relaxed), 3, len(relaxed), 3))
    for i in range(len(relaxed)):
        for k in range(3):
            for sign in (1, -1):
                moved = relaxed.copy()
                moved.positions[i, k] += sign * displacement
                # Force is minus the slope, so the curvature is minus the force's.
                hessian[i, k] -= sign * potential.get_forces(moved) / (2 * displacement)
    size = 3 * len(relaxed)
    hessian = hessian.reshape(size, size)
    root = np.repeat(np.sqrt(relaxed.get_masses()), 3)
    # Halves of H from either side differ by the error of the differences only.
    omega2 = np.linalg.eigvalsh((hessian + hessian.T) / 2 / np.outer(root, root))
    internal = omega2[np.sort(np.argsort(np.abs(omega2))[6:])]
    energies = units._hbar * units.m / np.sqrt(units._e * units._amu) * np.sqrt(np.abs(internal))
    return np.sign(internal) * energies / units.invcm
