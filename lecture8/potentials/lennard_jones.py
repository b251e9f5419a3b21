"""Lennard-Jones, the readable one: all pairs, nearest image, plain NumPy.

Its cost grows as N^2, which is fine up to a few hundred atoms; for more there is
`fast_lennard_jones.py`.
"""

import numpy as np
from ase import Atoms

from lecture8.arguments import check_positive
from lecture8.finite import FAR_AWAY, FLAT, check_positions, spanned
from lecture8.potential import Interaction, Potential


def lennard_jones(
    positions: np.ndarray,
    cell: np.ndarray | None = None,
    *,
    epsilon: float,
    sigma: float,
    cutoff: float | None = None,
    onset: float | None = None,
    shifted: bool = True,
) -> Interaction:
    """Return energy, forces and virial of V = sum_{i<j} 4 epsilon ((sigma/r)^12 - (sigma/r)^6).

    With a `cutoff` alone, each pair's energy is shifted so that it is zero there (unless `shifted`
    is false: then it jumps); its force still jumps. With an `onset` too, the pair's energy is
    instead brought to zero between the two by a factor with continuous slope, and so is the force.

    Parameters
    ----------
    positions : array (N, 3)
        Å.
    cell : array (3, 3), optional
        Periodic cell, rows are the lattice vectors, Å; without it the atoms stand in free space.
    epsilon, sigma : float
        Depth of the well in eV, and the distance where the energy crosses zero in Å.
    cutoff, onset : float, optional
        Å.
    shifted : bool

    Raises
    ------
    ValueError
        If a periodic cell comes without a cutoff or with one longer than half its shortest height:
        then a pair would interact through more than one image. If a cell has no volume.
    CalculationFailed
        If a position is not a finite number.

    Notes
    -----
    Jones, Proc. R. Soc. A 106, 463 (1924). The factor between onset and cutoff is HOOMD-blue's
    "xplor" mode and that of ASE's LennardJones with ``smooth=True``.
    """
    check_positions(positions, limit=FAR_AWAY)
    i, j = np.triu_indices(len(positions), k=1)  # each pair once
    d = positions[j] - positions[i]  # (pairs, 3)
    if cell is not None:
        d = nearest_image(d, cell, cutoff)
    r2 = np.sum(d**2, axis=1)  # (pairs,)
    if cutoff is not None:
        near = r2 < cutoff**2
        i, j, d, r2 = i[near], j[near], d[near], r2[near]

    x6 = (sigma**2 / r2) ** 3
    energies = 4 * epsilon * (x6**2 - x6)  # (pairs,)
    # dV/d(r^2) spares the square root: the force on j is -dV/dr d/r = -2 dV/d(r^2) d.
    slopes = 4 * epsilon * (-6 * x6**2 + 3 * x6) / r2
    if onset is not None:
        factor, factor_slope = _switch(r2, onset, cutoff)
        energies, slopes = factor * energies, factor * slopes + factor_slope * energies
    elif cutoff is not None and shifted:
        energies = energies - energy_at(cutoff, epsilon, sigma)

    pair_forces = -2 * slopes[:, None] * d  # (pairs, 3), on j
    forces = np.zeros_like(positions)
    np.add.at(forces, j, pair_forces)
    np.add.at(forces, i, -pair_forces)  # Newton's third law
    return Interaction(float(energies.sum()), forces, d.T @ pair_forces)


def energy_at(r: float, epsilon: float, sigma: float) -> float:
    """Return the energy of one pair at distance r, without a cutoff."""
    return 4 * epsilon * ((sigma / r) ** 12 - (sigma / r) ** 6)


def nearest_image(d: np.ndarray, cell: np.ndarray, cutoff: float | None) -> np.ndarray:
    """Replace each displacement (pairs, 3) by that to the nearest periodic image, Å.

    Correct for all images nearer than `cutoff`, if that is at most half the shortest height of the
    cell; refuses (ValueError) a longer one.
    """
    check_volume(cell)
    inverse = np.linalg.inv(cell)
    heights = 1 / np.linalg.norm(inverse, axis=0)  # distances between opposite faces, (3,)
    if cutoff is None or cutoff > heights.min() / 2:
        raise ValueError(
            f"cutoff is {cutoff} Å, but in this periodic cell it must be at most "
            f"{heights.min() / 2:.3f} Å, half its shortest height, or a pair would meet through "
            "two images at once; shorten the cutoff, repeat the cell, or take FastLennardJones"
        )
    return d - np.round(d @ inverse) @ cell


def _switch(r2: np.ndarray, onset: float, cutoff: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a factor that falls from 1 at the onset to 0 at the cutoff, and its slope d/d(r^2)."""
    a, b = onset**2, cutoff**2
    factor = (b - r2) ** 2 * (b + 2 * r2 - 3 * a) / (b - a) ** 3
    slope = 6 * (b - r2) * (a - r2) / (b - a) ** 3
    inside = r2 < a
    return np.where(inside, 1.0, factor), np.where(inside, 0.0, slope)


def tail_correction(
    number: int, volume: float, *, epsilon: float, sigma: float, cutoff: float
) -> tuple[float, float]:
    """Return what a fluid loses beyond the cutoff: energy and trace of the virial, both in eV.

    The neighbours beyond the cutoff are taken as evenly spread (g(r) = 1), rho = N / volume:
    V_tail = 8/3 pi N rho epsilon sigma^3 (x^9 / 3 - x^3) and
    W_tail = 16 pi N rho epsilon sigma^3 (2 x^9 / 3 - x^3), with x = sigma / cutoff.

    Raises
    ------
    ValueError
        If the volume, or a parameter, is not a positive number.

    Notes
    -----
    Allen, Tildesley, Computer Simulation of Liquids (2017), section 2.8. It is meant for energies
    that are cut and not shifted.
    """
    given = {"volume": volume, "epsilon": epsilon, "sigma": sigma, "cutoff": cutoff}
    for name, value in given.items():
        check_positive(name, value)
    x = sigma / cutoff
    scale = np.pi * number * (number / volume) * epsilon * sigma**3
    return 8 / 3 * scale * (x**9 / 3 - x**3), 16 * scale * (2 * x**9 / 3 - x**3)


class LennardJones(Potential):
    """The potential of one species; see `lennard_jones` for the formula and the arguments.

    The cell is used as periodic if `atoms.pbc` is set in all three directions.
    """

    def __init__(self, *, epsilon, sigma, cutoff=None, onset=None, shifted=True):
        super().__init__()
        check_positive("epsilon", epsilon)
        check_positive("sigma", sigma)
        if cutoff is not None:
            check_positive("cutoff", cutoff, ", in Å")
        if onset is not None and cutoff is None:
            raise ValueError(f"onset is {onset} Å, but there is no cutoff to switch to; give one")
        if onset is not None and not 0 < onset < cutoff:
            raise ValueError(
                f"onset is {onset} Å, but must lie between 0 and the cutoff of {cutoff} Å"
            )
        self.parameters = dict(
            epsilon=epsilon, sigma=sigma, cutoff=cutoff, onset=onset, shifted=shifted
        )

    def evaluate(self, atoms: Atoms) -> Interaction:
        """Return energy, forces and virial: `lennard_jones`."""
        if atoms.pbc.any() and not atoms.pbc.all():
            raise ValueError(
                f"atoms.pbc is {atoms.pbc.tolist()}; set all three directions or none, "
                "or take FastLennardJones"
            )
        cell = atoms.cell.array if atoms.pbc.all() else None
        return lennard_jones(atoms.positions, cell, **self.parameters)

    def check_species(self, atoms: Atoms) -> None:
        """Raise ValueError if there is more than one species."""
        species = sorted(set(atoms.symbols))
        if len(species) > 1:
            raise ValueError(
                f"this potential has parameters for one species, but the atoms are {species}"
            )


def check_volume(cell: np.ndarray) -> None:
    """Raise ValueError if the vectors (3, 3) of a cell lie in a plane."""
    volume = spanned(cell)
    if not volume > FLAT * max(1e-30, np.prod(np.linalg.norm(cell, axis=1))):
        raise ValueError(
            f"the cell {np.round(cell, 6).tolist()} has a volume of {volume:.1e} Å3; "
            "its vectors lie in a plane"
        )
