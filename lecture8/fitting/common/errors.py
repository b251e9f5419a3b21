"""The errors that a potential is judged by."""

from dataclasses import dataclass

import numpy as np
from ase import Atoms, units
from ase.calculators.calculator import BaseCalculator

from lecture8.frames import check_labels
from lecture8.frames.lists import as_list


@dataclass(frozen=True)
class Errors:
    """How far a potential is from the labels of some frames.

    Parameters
    ----------
    energy_mae, energy_rmse : float
        Of the total energy of a frame, meV. It grows with the number of atoms.
    energy_mae_per_atom, energy_rmse_per_atom : float
        Of the energy divided by the number of atoms of its frame, meV/atom.
    force_mae, force_rmse : float
        Over all components of all forces, meV/Å.
    by_element : dict of str to float
        Force MAE of each element, meV/Å.
    energies, energy_labels : array (B,)
        eV.
    forces, force_labels : array (M, 3)
        eV/Å.
    symbols : array (M,) of str
        Whose forces they are.
    stress_mae, stress_rmse : float or None
        Over the six components of the stresses that are labelled, GPa; None where no frame carries
        one, or the potential has none.
    """

    energy_mae: float
    energy_rmse: float
    energy_mae_per_atom: float
    energy_rmse_per_atom: float
    force_mae: float
    force_rmse: float
    by_element: dict[str, float]
    energies: np.ndarray
    energy_labels: np.ndarray
    forces: np.ndarray
    force_labels: np.ndarray
    symbols: np.ndarray
    stress_mae: float | None = None
    stress_rmse: float | None = None

    def force_slope(self, element: str) -> float:
        """Return how large the forces on an element are beside its labels: sum F.F' / sum F'.F'.

        1 for a perfect potential, less for one that is too soft; the least-squares line through the
        origin.

        Raises
        ------
        ValueError
            If there is no such element, or no force on it.
        """
        chosen = self.symbols == element
        labels = self.force_labels[chosen]
        if not np.any(labels):
            raise ValueError(
                f"there is no labelled force on {element!r}; the frames have "
                f"{', '.join(self.by_element)}"
            )
        return float(np.vdot(self.forces[chosen], labels) / np.vdot(labels, labels))

    def __str__(self):
        elements = ", ".join(f"{name} {error:.1f}" for name, error in self.by_element.items())
        return (
            f"energy MAE {self.energy_mae:.1f} meV a frame, {self.energy_mae_per_atom:.2f} meV/atom"
            f"; force MAE {self.force_mae:.1f} meV/Å ({elements}), RMSE {self.force_rmse:.1f} meV/Å"
            + ("" if self.stress_mae is None else f"; stress MAE {self.stress_mae:.3f} GPa")
        )


def errors(frames: list[Atoms], potential: BaseCalculator) -> Errors:
    """Compare `potential` with the labels of `frames`.

    Stresses are compared where frames are periodic in all directions and carry one. Without, a
    potential that offers ``predict(frames) -> (energies, list of forces)`` is asked for all frames
    at once.

    Raises
    ------
    ValueError
        If there are no frames, or one carries no labels (`frames.check_labels`).
    """
    frames = as_list(frames)
    if not frames:
        raise ValueError("there are no frames to compare with; give at least one labelled frame")
    check_labels(frames)
    copies = [_bare(atoms) for atoms in frames]
    stressed = [atoms.pbc.all() and "stress" in atoms.calc.results for atoms in frames]
    if "stress" not in getattr(potential, "implemented_properties", ()):
        stressed = [False] * len(frames)
    energies, forces, stresses, stress_labels = [], [], [], []
    if hasattr(potential, "predict") and not any(stressed):
        energies, forces = potential.predict(copies)
    else:  # a calculator keeps what belongs to the last atoms: one calculation a frame
        for atoms, copy, has_stress in zip(frames, copies, stressed, strict=True):
            energies.append(potential.get_potential_energy(copy))
            forces.append(potential.get_forces(copy))
            if has_stress:
                stresses.append(potential.get_stress(copy))
                stress_labels.append(atoms.calc.results["stress"])
    energies, forces = np.array(energies, float), np.concatenate(forces)
    energy_labels = np.array([atoms.calc.results["energy"] for atoms in frames], float)
    force_labels = np.concatenate([atoms.calc.results["forces"] for atoms in frames])
    sizes = np.array([len(atoms) for atoms in frames])
    symbols = np.concatenate([atoms.symbols for atoms in frames])

    total = 1e3 * (energies - energy_labels)  # (B,) meV
    per_atom = total / sizes  # (B,) meV/atom
    component = 1e3 * (forces - force_labels)  # (M, 3) meV/Å
    stress = (np.array(stresses) - np.array(stress_labels)) / units.GPa  # (S, 6) GPa
    return Errors(
        energy_mae=_mae(total),
        energy_rmse=_rmse(total),
        energy_mae_per_atom=_mae(per_atom),
        energy_rmse_per_atom=_rmse(per_atom),
        force_mae=_mae(component),
        force_rmse=_rmse(component),
        by_element={
            str(symbol): _mae(component[symbols == symbol]) for symbol in sorted(set(symbols))
        },
        energies=energies,
        energy_labels=energy_labels,
        forces=forces,
        force_labels=force_labels,
        symbols=symbols,
        stress_mae=_mae(stress) if stress.size else None,
        stress_rmse=_rmse(stress) if stress.size else None,
    )


def _bare(atoms: Atoms) -> Atoms:
    """Return a copy without constraints: a force is the whole force."""
    copy = atoms.copy()
    copy.set_constraint()
    return copy


def _mae(differences: np.ndarray) -> float:
    return float(np.abs(differences).mean())


def _rmse(differences: np.ndarray) -> float:
    return float(np.sqrt((differences**2).mean()))
