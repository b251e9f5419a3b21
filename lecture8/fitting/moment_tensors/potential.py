"""Moment tensor potentials (MTP): what one is, as a potential and as an MLIP file.

The energy of an atom is linear in the scalars that its moment tensors can be contracted to,

    E = sum_i ( xi(z_i) + sum_k w_k B_k(M(i)) ),
    M_{mu,nu}(i) = sum_j f_mu(r_ij; z_i, z_j) r_ij^ (x) ... (x) r_ij^   (nu unit vectors),
    f_mu(r) = (cutoff - r)^2 sum_b c_b T_b(r),

with Chebyshev polynomials T_b. xi and w enter linearly and c nonlinearly; the fit finds all three.
Shapeev, Multiscale Model. Simul. 14, 1153 (2016).

The library motep reads and writes the file format of MLIP.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from ase import Atoms

from lecture8.arguments import check_not_negative
from lecture8.fitting.common.archive import unusable
from lecture8.fitting.common.fitted_potential import FittedPotential
from lecture8.fitting.common.history import history_of
from lecture8.fitting.moment_tensors.description import MomentTensor, blank
from lecture8.fitting.moment_tensors.evaluation import Coefficients, evaluate
from lecture8.fitting.moment_tensors.time_loop import pairs_of, run
from lecture8.imports import whole_import
from lecture8.integrators.time_loop import TimeLoop
from lecture8.pairs import cell_for_lists
from lecture8.potential import Interaction
from lecture8.potentials.neighbours import place_images, verlet_list
from lecture8.replacing import existing, replacing

with whole_import():
    from motep.io.mlip.mtp import read_mtp, write_mtp

NOTHING = np.empty((0, 0))


class Surroundings(NamedTuple):
    """Who is near whom, as `evaluation.evaluate` takes it."""

    first: np.ndarray  # (N + 1,)
    others: np.ndarray  # (P,)
    vectors: np.ndarray  # (P, 3), Å
    types: np.ndarray  # (N,)


class MomentTensorPotential(FittedPotential):
    """ASE calculator of a moment tensor potential, compiled.

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
        Å; in dynamics pairs are searched up to cutoff + skin, and again when an atom has moved by
        skin / 2.

    Attributes
    ----------
    mtp_data : motep.potentials.mtp.data.MTPData
        Table and coefficients; zero until fitted.
    """

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

    @property
    def coefficients(self) -> Coefficients:
        """Table and coefficients of `mtp_data`, as the compiled functions take them."""
        data = self.mtp_data
        return Coefficients(
            float(data.radial_basis.min),
            float(data.radial_basis.max),
            data.radial_coeffs,
            data.moment_coeffs,
            data.species_coeffs,
            data.alpha_index_basic,
            data.alpha_index_times,
            data.alpha_moment_mapping,
            int(data.alpha_moments_count),
        )

    def evaluate(self, atoms: Atoms) -> Interaction:
        """Return energy, forces and virial."""
        return interaction_of(self.coefficients, self.surroundings(atoms))

    def rows(self, atoms: Atoms) -> np.ndarray:
        """Return the derivatives of each atom's energy by all coefficients: (N, P).

        First the scalars (w), then the elements (xi), then the radial coefficients (c).
        """
        self.check_atoms(atoms)
        rows = np.empty((len(atoms), self.number_of_parameters))
        interaction_of(self.coefficients, self.surroundings(atoms), rows)
        return rows

    def surroundings(self, atoms: Atoms) -> Surroundings:
        """Return the pairs within the cutoff, sorted by the first of their atoms."""
        r, cutoff = np.ascontiguousarray(atoms.positions, float), self.description.cutoff
        verlet = verlet_list(r, cell_for_lists(atoms), atoms.pbc, cutoff)
        points = np.empty((3, len(verlet.parent)))
        place_images(r, verlet, points)
        return Surroundings(*pairs_of(points, verlet, cutoff), self.types(atoms))

    def types(self, atoms: Atoms) -> np.ndarray:
        """Return which of the potential's elements each atom is."""
        order = np.argsort(self.species)  # a file may have the elements in any order
        return order[np.searchsorted(self.species, atoms.numbers, sorter=order)]

    def time_loop(self, atoms: Atoms) -> TimeLoop:
        """Return the compiled loop, which `simulate` takes."""
        self.check_atoms(atoms)
        own = self.types(atoms), self.coefficients, self.skin
        return TimeLoop(
            lambda moving, plan: run(moving, plan, *own),
            "look at the last frames: the potential has left what it was fitted to",
        )

    def copy(self) -> "MomentTensorPotential":
        """Return an independent potential with the same coefficients and an empty history."""
        twin = MomentTensorPotential(
            self.description, self.elements, self.shortest_distance, skin=self.skin
        )
        twin.mtp_data.parameters = self.mtp_data.parameters
        return twin

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


def interaction_of(
    coefficients: Coefficients, near: Surroundings, rows: np.ndarray = NOTHING
) -> Interaction:
    """Return energy, forces and virial; fill `rows`, if there are any."""
    number = len(near.types)
    energies, forces, virial = np.empty(number), np.empty((number, 3)), np.empty((3, 3))
    evaluate(*near, coefficients, energies, forces, virial, rows)
    # On the same spot two atoms have no direction.
    if np.einsum("px,px->p", near.vectors, near.vectors).min(initial=np.inf) < 1e-12:
        energies[:] = np.inf
    return Interaction(float(energies.sum()), forces, virial, energies)


TAG = "potential_tag"


def _digest(text: str, tag: str) -> str:
    return hashlib.sha256((text + tag).encode()).hexdigest()
