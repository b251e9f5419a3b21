"""Lennard-Jones, the readable one: all pairs, nearest image, plain NumPy.

Its cost grows as N^2, which is fine up to a few hundred atoms.
"""

import numpy as np
from ase.calculators.calculator import Calculator, all_changes


def lennard_jones(
    positions: np.ndarray,
    cell: np.ndarray | None = None,
    *,
    epsilon: float,
    sigma: float,
    cutoff: float | None = None,
    onset: float | None = None,
) -> tuple[float, np.ndarray]:
    """Return energy and forces of V = sum_{i<j} 4 epsilon ((sigma/r)^12 - (sigma/r)^6).

    With a `cutoff` alone, each pair's energy is shifted so that it is zero there; its force still
    jumps. With an `onset` too, the pair's energy is instead brought to zero between the two by a
    factor with a continuous slope, and so is the force.

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

    Returns
    -------
    energy : float
        eV.
    forces : array (N, 3)
        F_i = -dV/dr_i, eV/Å.

    Raises
    ------
    ValueError
        If a periodic cell comes without a cutoff or with one longer than half its shortest height:
        then a pair would interact through more than one image.

    Notes
    -----
    Jones, Proc. R. Soc. A 106, 463 (1924). The factor between onset and cutoff is HOOMD-blue's
    "xplor" mode and that of ASE's LennardJones with ``smooth=True``.
    """
    i, j = np.triu_indices(len(positions), k=1)  # each pair once
    d = positions[j] - positions[i]  # (pairs, 3)
    if cell is not None:
        d = _nearest_image(d, cell, cutoff)
    r2 = np.sum(d**2, axis=1)  # (pairs,)
    if cutoff is not None:
        near = r2 < cutoff**2
        i, j, d, r2 = i[near], j[near], d[near], r2[near]

    x6 = (sigma**2 / r2) ** 3
    energies = 4 * epsilon * (x6**2 - x6)  # (pairs,)
    # dV/d(r^2) spares the square root: F on j is -dV/dr d/r = -2 dV/d(r^2) d.
    slopes = 4 * epsilon * (-6 * x6**2 + 3 * x6) / r2
    if onset is not None:
        factor, factor_slope = _switch(r2, onset, cutoff)
        energies, slopes = factor * energies, factor * slopes + factor_slope * energies
    elif cutoff is not None:
        x6 = (sigma / cutoff) ** 6
        energies = energies - 4 * epsilon * (x6**2 - x6)

    pair_forces = -2 * slopes[:, None] * d  # (pairs, 3), on j
    forces = np.zeros_like(positions)
    np.add.at(forces, j, pair_forces)
    np.add.at(forces, i, -pair_forces)  # Newton's third law
    return float(energies.sum()), forces


def _nearest_image(d: np.ndarray, cell: np.ndarray, cutoff: float | None) -> np.ndarray:
    """Replace each displacement (pairs, 3) by that to the nearest periodic image."""
    inverse = np.linalg.inv(cell)
    heights = 1 / np.linalg.norm(inverse, axis=0)  # distances between opposite faces, (3,)
    if cutoff is None or cutoff > heights.min() / 2:
        raise ValueError(
            f"cutoff is {cutoff} Å, but in this periodic cell it must be at most "
            f"{heights.min() / 2:.3f} Å, half its shortest height, or a pair would meet through "
            "two images at once; shorten the cutoff or repeat the cell"
        )
    return d - np.round(d @ inverse) @ cell


def _switch(r2: np.ndarray, onset: float, cutoff: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a factor that falls from 1 at the onset to 0 at the cutoff, and its slope d/d(r^2)."""
    if not 0 < onset < cutoff:
        raise ValueError(f"onset is {onset} Å, but must lie between 0 and the cutoff of {cutoff} Å")
    a, b = onset**2, cutoff**2
    factor = (b - r2) ** 2 * (b + 2 * r2 - 3 * a) / (b - a) ** 3
    slope = 6 * (b - r2) * (a - r2) / (b - a) ** 3
    inside = r2 < a
    return np.where(inside, 1.0, factor), np.where(inside, 0.0, slope)


class LennardJones(Calculator):
    """ASE calculator of one species; see `lennard_jones` for the formula and the arguments.

    The cell is used as periodic if `atoms.pbc` is set in all three directions.
    """

    implemented_properties = ("energy", "forces")

    def __init__(self, *, epsilon, sigma, cutoff=None, onset=None):
        super().__init__()
        for name, value in (("epsilon", epsilon), ("sigma", sigma)):
            if not value > 0:
                raise ValueError(f"{name} is {value}, but must be positive")
        if onset is not None and cutoff is None:
            raise ValueError(f"onset is {onset} Å, but there is no cutoff to switch to; give one")
        self.parameters = dict(epsilon=epsilon, sigma=sigma, cutoff=cutoff, onset=onset)

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        """Fill `results` with energy (eV) and forces (eV/Å)."""
        super().calculate(atoms, properties, system_changes)
        species = sorted(set(self.atoms.symbols))
        if len(species) > 1:
            raise ValueError(
                f"this potential has parameters for one species, but the atoms are {species}"
            )
        periodic = self.atoms.pbc
        if periodic.any() and not periodic.all():
            raise ValueError(f"atoms.pbc is {periodic.tolist()}; set all three directions or none")
        cell = self.atoms.cell.array if periodic.all() else None
        energy, forces = lennard_jones(self.atoms.positions, cell, **self.parameters)
        self.results = {"energy": energy, "forces": forces}
