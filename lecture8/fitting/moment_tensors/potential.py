"""Moment tensor potentials (MTP): what one is, as a potential and as an MLIP file.

The energy of an atom is linear in the scalars that its moment tensors can be contracted to,

    E = sum_i ( xi(z_i) + sum_k w_k B_k(M(i)) ),
    M_{mu,nu}(i) = sum_j f_mu(r_ij; z_i, z_j) r_ij^ (x) ... (x) r_ij^   (nu unit vectors),
    f_mu(r) = (cutoff - r)^2 sum_b c_b T_b(r),

with Chebyshev polynomials T_b. xi and w enter linearly and c nonlinearly; `fit_moment_tensor`
finds all three. Shapeev, Multiscale Model. Simul. 14, 1153 (2016).

The library motep computes energies and forces and reads and writes the file format of MLIP.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.calculator import all_changes

from lecture8.arguments import check_not_negative, check_positive, check_whole
from lecture8.fitting.common.archive import unusable
from lecture8.fitting.fitted_potential import FittedPotential, history_of
from lecture8.fitting.moment_tensors.engine import PaddedVerletPairs, blank, evaluate, new_engine
from lecture8.imports import whole_import
from lecture8.replacing import existing, replacing

with whole_import():
    from motep.io.mlip.mtp import read_mtp, write_mtp

LEVELS = range(2, 18, 2)


@dataclass(frozen=True)
class MomentTensor:
    """The description of an untrained moment tensor potential.

    Parameters
    ----------
    level : int
        2, 4 ... 16: which contractions of moments are in the basis (`moment_tensor_basis`). They
        number 1, 2, 5, 9, 16, 29, 52, 92.
    cutoff : float
        Å.
    radial_size : int
        Chebyshev polynomials in a radial function, at least 2.

    Raises
    ------
    ValueError
        For a value outside these.
    """

    level: int = 8
    cutoff: float = 5.0
    radial_size: int = 8

    def __post_init__(self):
        check_whole("level", self.level, 2)
        if self.level not in LEVELS:
            raise ValueError(f"level is {self.level}, but must be one of {list(LEVELS)}")
        check_positive("cutoff", self.cutoff)
        check_whole("radial_size", self.radial_size, 2)


class MomentTensorPotential(FittedPotential):
    """ASE calculator of a moment tensor potential, computed by motep.

    Nearer than `shortest_distance`, the closest pair of the training set, the polynomials
    extrapolate: energies and forces stay smooth and consistent, but mean nothing. No warning is
    given, or an MD run would drown in them.

    Parameters
    ----------
    description : MomentTensor
    elements : list of str
        Symbols of the elements that the potential knows.
    shortest_distance : float
        Where the range of the Chebyshev polynomials begins, Å.
    history : dict of lists, optional
        "epoch", "train", "validation" of the fit.
    skin : float
        Å; pairs are searched up to cutoff + skin, and again when an atom has moved by skin / 2.

    Attributes
    ----------
    mtp_data : motep.potentials.mtp.data.MTPData
        Table and coefficients; zero until fitted.
    """

    implemented_properties = ["energy", "free_energy", "forces", "stress"]  # noqa: RUF012

    def __init__(
        self,
        description: MomentTensor,
        elements: list[str],
        shortest_distance: float,
        *,
        history: dict[str, list[float]] | None = None,
        skin: float = 0.5,
    ):
        super().__init__()
        check_not_negative("skin", skin)
        self.description, self.skin = description, skin
        self.history = history or history_of([])
        self.mtp_data = blank(description, elements, shortest_distance)
        self._neighbours = PaddedVerletPairs(description.cutoff, skin)
        self.engine = new_engine(self.mtp_data)

    @property
    def species(self) -> np.ndarray:
        """Their atomic numbers, in the order of the coefficients."""
        return self.mtp_data.species

    @property
    def shortest_distance(self) -> float:
        """Å; see the class."""
        return float(self.mtp_data.radial_basis.min)

    @property
    def number_of_parameters(self) -> int:
        """Coefficients w, xi and c that a fit can change."""
        return int(self.mtp_data.number_of_parameters_optimized)

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        """Compute energy, forces and, if the cell is periodic, stress.

        Raises
        ------
        ValueError
            If an element was not in the training set.
        CalculationFailed
            If a position is not finite, or energy and forces are not: two atoms sit on the same
            spot.
        """
        super().calculate(atoms, properties, system_changes)
        energy, forces, virial = self._evaluate(self.atoms)
        self.results = {"energy": energy, "free_energy": energy, "forces": forces}
        if self.atoms.cell.rank == 3 and self.atoms.pbc.all():
            stress = (virial + virial.T) / 2 / self.atoms.get_volume()
            self.results["stress"] = stress.flat[[0, 4, 8, 5, 2, 1]]

    def predict(self, frames: list[Atoms]) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return energies (B,), eV, and forces, a list of (N, 3), eV/Å."""
        results = [self._evaluate(atoms) for atoms in frames]
        return np.array([energy for energy, _, _ in results]), [forces for _, forces, _ in results]

    def copy(self) -> "MomentTensorPotential":
        """Return an independent potential with the same coefficients and an empty history."""
        twin = MomentTensorPotential(
            self.description, self.elements, self.shortest_distance, skin=self.skin
        )
        twin.mtp_data.parameters = self.mtp_data.parameters
        return twin

    def _evaluate(self, atoms: Atoms) -> tuple[float, np.ndarray, np.ndarray]:
        self.check_atoms(atoms)
        neighbours, vectors = self._neighbours(atoms)
        # motep's C engine takes two atoms on the same spot for two that do not interact.
        if np.einsum("ikx,ikx->ik", vectors, vectors).min(initial=np.inf) < 1e-12:
            self.check_results(np.inf, vectors)
        energy, forces, virial = evaluate(self.engine, atoms, neighbours, vectors)
        self.check_results(energy, forces)
        return energy, forces, virial

    # On disk --------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> None:
        """Write an MLIP .mtp file, which MLIP, motep and LAMMPS read.

        The format has no place for the elements; they go into its free line "potential_tag", with
        a checksum. The history is not kept.
        """
        with replacing(path) as partial:
            self.mtp_data.potential_tag = ""
            # Not motep's newer layout, which motep 0.2.0 itself cannot read.
            write_mtp(partial, self.mtp_data, legacy=True)
            text = partial.read_text(encoding="utf-8")
            tag = f"lecture8 level {self.description.level} skin {self.skin}"
            tag += f" elements {' '.join(self.elements)}"
            tag = f"{TAG} = {tag} sha256 {_digest(text, tag)}"
            partial.write_text(text.replace(f"{TAG} = ", tag, 1), encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> "MomentTensorPotential":
        """Return the potential that `save` wrote.

        Raises
        ------
        ValueError
            If the file is not one of ours, is cut short, or was changed since it was written.
        """
        existing(path)
        try:
            text = Path(path).read_text(encoding="utf-8")
            line = next(line for line in text.splitlines() if line.startswith(TAG))
            tag, written = line.removeprefix(f"{TAG} = ").split(" sha256 ")
            settings, _, elements = tag.partition(" elements ")
            words = settings.split()
            settings = dict(zip(words[1::2], words[2::2], strict=True))
            level, skin = int(settings["level"]), float(settings.get("skin", 0.5))
            original = _digest(text.replace(line, f"{TAG} = ", 1), tag)
        except (UnicodeDecodeError, StopIteration, LookupError, ValueError):
            raise unusable(path, "it is cut short or no potential of ours") from None
        if written != original:
            raise unusable(path, "it is cut short or was changed after it was written")
        data = read_mtp(path)
        description = MomentTensor(level, float(data.radial_basis.max), int(data.radial_basis.size))
        potential = cls(description, elements.split(), float(data.radial_basis.min), skin=skin)
        parameters = data.parameters
        if len(parameters) != potential.number_of_parameters or not np.all(np.isfinite(parameters)):
            raise unusable(path, f"its numbers are no potential of level {level}")
        potential.mtp_data.parameters = parameters
        return potential


TAG = "potential_tag"


def _digest(text: str, tag: str) -> str:
    return hashlib.sha256((text + tag).encode()).hexdigest()
