"""Positions and cells for which no potential has an energy, refused in one sentence by all."""

import numpy as np
from ase import Atoms
from ase.calculators.calculator import CalculationFailed

# Å, a centimetre: no simulated atom gets that far, and a double resolves no 1e-8 Å beyond it.
FAR_AWAY = 1e8
FLAT = 1e-9  # of the product of the lengths of the vectors: such a volume is rounding


def check_finite(atoms: Atoms) -> None:
    """Raise CalculationFailed if a position or the cell is NaN, infinite, or beyond `FAR_AWAY`.

    Libraries often answer such atoms: what compares false with a cutoff is no neighbour of anyone,
    and the energy of the others comes out finite.
    """
    if not _ordinary(atoms.positions):
        index = int(np.argmin((np.abs(atoms.positions) < FAR_AWAY).all(axis=1)))
        x, y, z = atoms.positions[index]
        raise CalculationFailed(
            f"the positions of atom {index} ({atoms.symbols[index]}) are {x:g}, {y:g}, {z:g} Å; "
            f"no potential has an energy for what is not a number below {FAR_AWAY:g} Å: has a run "
            "blown up before, or is the file damaged?"
        )
    if not _ordinary(atoms.cell.array):
        raise CalculationFailed(
            f"the cell is {atoms.cell.array.tolist()} Å; no potential has an energy for what is "
            f"not a number below {FAR_AWAY:g} Å: has a run blown up before, or is the file damaged?"
        )


def check_cell(atoms: Atoms) -> None:
    """Raise ValueError if the cell has no volume (or area, or length) where it is periodic."""
    if not atoms.pbc.any():
        return
    vectors = atoms.cell.array[atoms.pbc]  # (periodic directions, 3)
    if not spanned(vectors) > FLAT * np.prod(np.linalg.norm(vectors, axis=1)):
        raise ValueError(
            f"atoms.pbc is {atoms.pbc.tolist()}, but the vectors of the cell there, "
            f"{vectors.tolist()} Å, span no volume; set atoms.cell, or atoms.pbc = False"
        )


def spanned(vectors: np.ndarray) -> float:
    """Return the volume, area or length that vectors (n, 3) span."""
    return float(np.prod(np.linalg.svd(vectors, compute_uv=False)))


def check_positions(positions: np.ndarray, *, limit: float = np.inf) -> None:
    """Raise CalculationFailed if a position (N, D), in any unit, is NaN or not below `limit`."""
    good = (np.abs(positions) < limit).all(axis=-1)
    if not np.all(good):
        index = int(np.argmin(good))
        raise CalculationFailed(
            f"the position of particle {index} is {positions[index]}; no potential has an energy "
            f"for what is not a number below {limit:g}: has a run blown up before?"
        )


def _ordinary(values: np.ndarray) -> bool:
    return bool(np.abs(values).max(initial=0.0) < FAR_AWAY)  # NaN is below nothing
