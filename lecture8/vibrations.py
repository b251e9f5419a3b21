"""Vibrations of a molecule: the curvature of a potential at its minimum, as frequencies."""

from tempfile import TemporaryDirectory

import numpy as np
from ase import Atoms
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

    from ase.vibrations import Vibrations  # more than a second, for what else it brings

    with TemporaryDirectory() as folder:  # ASE keeps the forces of each displacement in a file
        displaced = Vibrations(relaxed, name=f"{folder}/forces", delta=displacement)
        displaced.run()
        wavenumbers = displaced.get_frequencies()
    signed = np.real(wavenumbers) - np.imag(wavenumbers)  # each is real or imaginary
    return np.sort(signed[np.argsort(np.abs(signed))[6:]])


def inertia_about_bond(atoms: Atoms, first: int, second: int) -> float:
    """Return the moment of inertia (u Å2) of the two halves of a chain that turn about a bond.

    1 / I = 1 / I_1 + 1 / I_2, as with reduced masses: each half turns, one against the other. An
    atom belongs to the half of that end of the bond that is nearer; I_1 = sum_i m_i d_i^2 with the
    distance d_i from the axis.

    Parameters
    ----------
    atoms : Atoms
        A molecule.
    first, second : int
        The two atoms of the bond.

    Raises
    ------
    ValueError
        If the two are one, or a half lies on the axis: nothing there turns.
    """
    axis = atoms.positions[second] - atoms.positions[first]
    length = np.linalg.norm(axis)
    if length == 0:
        raise ValueError(f"atoms {first} and {second} are at one place: give the ends of a bond")
    off_axis = np.cross(atoms.positions - atoms.positions[first], axis / length)  # (N, 3)
    moments = atoms.get_masses() * (off_axis**2).sum(axis=1)
    to_first, to_second = (
        np.linalg.norm(atoms.positions - atoms.positions[end], axis=1) for end in (first, second)
    )
    halves = moments[to_first < to_second].sum(), moments[to_first >= to_second].sum()
    if min(halves) < 1e-6:
        raise ValueError(
            f"the atoms about {first if halves[0] < 1e-6 else second} lie on the axis, where they "
            "turn without any inertia; give a bond with atoms beside it on both ends"
        )
    return halves[0] * halves[1] / sum(halves)
