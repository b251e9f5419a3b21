"""Positions and cells that are no numbers, refused in one sentence by every potential."""

import numpy as np
from ase import Atoms
from ase.calculators.calculator import CalculationFailed

# Å, a centimetre: no simulated atom gets that far, and a double resolves no 1e-8 Å beyond it.
FAR_AWAY = 1e8


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
