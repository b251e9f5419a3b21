"""An energy for each element: the hundreds of eV that no bond knows of."""

import numpy as np
from ase import Atoms


def reference_energies(frames: list[Atoms], energies=None) -> dict[int, float]:
    """Return an energy for each element (atomic number -> eV) that explains the labels best.

    Least squares on E = sum_i E0(element of i); what is left for the model is a few eV. Where all
    frames have one formula only the sum is determined, and the solution of smallest norm shares it
    out.

    Parameters
    ----------
    frames : list of Atoms
    energies : array (B,), optional
        What to explain, eV; the labels of the frames if left out.
    """
    if energies is None:
        energies = [atoms.calc.results["energy"] for atoms in frames]
    elements = np.unique(np.concatenate([atoms.numbers for atoms in frames]))
    counts = np.array([np.sum(a.numbers[:, None] == elements, axis=0) for a in frames], float)
    solution, *_ = np.linalg.lstsq(counts, np.array(energies, float), rcond=None)
    return {int(z): float(e) for z, e in zip(elements, solution, strict=True)}
