"""How the library motep is called: its data, its engine, and neighbours in the shape it wants.

Its own calculator searches neighbours with ASE's list in Python, in training once for each frame,
and warns of short distances at every step; here its engine is handed the neighbours.
"""

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers

from lecture8.fitting.moment_tensors.basis import basis_table
from lecture8.imports import whole_import
from lecture8.pairs import VerletPairs, pairs_within

with whole_import():
    from motep.calculator import make_mtp_engine
    from motep.potentials.mtp.data import BasisData, MTPData


def blank(description, elements: list[str], shortest_distance: float) -> MTPData:
    """Return motep's data of what a `MomentTensor` describes, all coefficients zero."""
    table, count = basis_table(description.level), len(elements)
    functions = int(table.components[:, 0].max()) + 1
    data = MTPData(
        version="1.1.0",
        potential_name="MTP1m",
        radial_basis=BasisData(
            "RBChebyshev", shortest_distance, description.cutoff, description.radial_size
        ),
        radial_funcs_count=functions,
        radial_coeffs=np.zeros((count, count, functions, description.radial_size)),
        alpha_moments_count=table.values,
        alpha_index_basic_count=len(table.components),
        alpha_index_basic=table.components,
        alpha_index_times_count=len(table.products),
        alpha_index_times=table.products,
        alpha_scalar_moments=len(table.scalars),
        alpha_moment_mapping=table.scalars,
        species_coeffs=np.zeros(count),
        moment_coeffs=np.zeros(len(table.scalars)),
    )
    data.species = [atomic_numbers[symbol] for symbol in elements]
    return data


def new_engine(data: MTPData):
    """Return motep's engine, the one in C; where its wheel has none, the slower-starting numba."""
    try:
        return make_mtp_engine("cext")(data)
    except ImportError:
        return make_mtp_engine("numba")(data)


class PaddedVerletPairs(VerletPairs):
    """The same list in the square shape that motep wants, without picking the pairs within reach.

    motep leaves out those beyond the cutoff itself.
    """

    def __call__(self, atoms: Atoms) -> tuple[np.ndarray, np.ndarray]:
        """Return neighbours (N, K) and vectors to them (N, K, 3), Å."""
        if not self._still_good(atoms):
            self._list = padded(len(atoms), *pairs_within(atoms, self.cutoff + self.skin))
            self._last = atoms.copy()
        neighbours, shift = self._list
        return neighbours, atoms.positions[neighbours] + shift - atoms.positions[:, None]


def padded(number: int, i: np.ndarray, j: np.ndarray, shift: np.ndarray):
    """Return pairs, sorted by `i`, as neighbours (N, K) and shifts (N, K, 3), Å.

    Atoms with fewer than K neighbours get the last atom instead, seen a tenth of a millimetre away.
    """
    counts = np.bincount(i, minlength=number)
    place = np.arange(len(i)) - np.repeat(np.cumsum(counts) - counts, counts)
    neighbours = np.full((number, max(counts.max(initial=0), 1)), number - 1, np.int32)
    neighbours[i, place] = j
    shifts = np.full((*neighbours.shape, 3), 1e6)
    shifts[i, place] = shift
    return neighbours, shifts


def evaluate(engine, atoms: Atoms, neighbours: np.ndarray, vectors: np.ndarray):
    """Return energy (eV), forces (N, 3) (eV/Å) and dE/d(strain) (3, 3) (eV)."""
    engine._neighbors = neighbours
    engine._get_interatomic_vectors = lambda atoms: vectors
    if engine.mbd.vatoms.shape[-1:] != (len(atoms),):
        engine.initialize_basis_data(atoms)
    energies, forces, virial = engine._calculate(atoms)
    return float(energies.sum()), forces, virial
