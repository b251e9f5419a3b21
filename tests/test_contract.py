"""Every potential keeps the contract of `tests/contract.py`; broken ones are seen to break it."""

import gzip
import hashlib
import pickle
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import PropertyNotImplementedError

from lecture8.datasets import fitted_butane, fitted_lgps
from lecture8.foundation_models import TunedModel, available, load
from lecture8.potentials import FastLennardJones, Interaction, LennardJones
from lecture8.structures import ARGON, argon_box, butane, lgps
from tests import contract
from tests.contract import CLAUSES, DOUBLE, SINGLE
from tests.fitting.moment_tensors.planted import planted

MACE = Path(__file__).parent / "foundation_models" / "mace_small_e3nn_0.4.4.model.gz"
SKEWED = np.array([[1.03, 0.05, 0.0], [-0.04, 0.98, 0.06], [0.07, 0.0, 1.01]])
# From the onset on the energy of a pair is brought to zero with a continuous force.
ARGONS = {**ARGON, "onset": 4.0, "cutoff": 4.7}


def skewed(atoms: Atoms) -> Atoms:
    """Return the atoms in a cell without a right angle and off their places."""
    atoms = atoms.copy()
    atoms.pbc = True
    atoms.set_cell(atoms.cell.array @ SKEWED, scale_atoms=True)
    atoms.rattle(0.1, seed=0)
    return atoms


def argons() -> Atoms:
    return skewed(argon_box(2))


def butanes() -> Atoms:
    """A crystal of butane, so narrow that the molecules touch."""
    atoms = butane()
    atoms.cell = np.ptp(atoms.positions, axis=0) + 2.0
    return skewed(atoms)


def salt() -> Atoms:
    return skewed(bulk("LiF", "rocksalt", a=4.0) * (2, 1, 1))


def sulphide() -> Atoms:
    return skewed(bulk("LiS", "rocksalt", a=5.2) * (2, 1, 1))


def small_mace(folder: Path):
    """The architecture of MACE-MP-0 with random weights; the real ones are not everywhere."""
    content = gzip.decompress(MACE.read_bytes())
    (folder / "mace.model").write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    return load("mace-mp-0", weights=folder / "mace.model", sha256=sha256)


def tuned(folder: Path) -> TunedModel:
    return TunedModel(load("sevennet-0"), shift={3: -1.5, 9: 0.25}, history={"epoch": [0]})


POTENTIALS = {
    "Lennard-Jones": (lambda folder: LennardJones(**ARGONS), argons, DOUBLE),
    "fast Lennard-Jones": (lambda folder: FastLennardJones(**ARGONS), argons, DOUBLE),
    "moment tensor": (lambda folder: planted(), butanes, DOUBLE),
    "moment network": (lambda folder: fitted_lgps(), lambda: skewed(lgps()), DOUBLE),
    "painn": (lambda folder: fitted_butane("painn"), butanes, DOUBLE),  # compiled
    "schnet": (lambda folder: fitted_butane("schnet"), butanes, SINGLE),
    "so3net": (lambda folder: fitted_butane("so3net"), butanes, SINGLE),
    "fine-tuned": (tuned, salt, SINGLE),
    "small mace": (small_mace, sulphide, SINGLE),
}


@cache
def installed() -> list[str]:
    titles, *rows = available()
    return [row[0] for row in rows if row[titles.index("offline")] == "yes"]


POTENTIALS |= {name: (lambda folder, name=name: load(name), salt, SINGLE) for name in installed()}


@pytest.fixture(scope="module")
def subject(request, tmp_path_factory):
    make, atoms, precision = POTENTIALS[request.param]
    return make(tmp_path_factory.mktemp("weights")), atoms(), precision


def keeps(clause, potential, atoms, precision, folder):
    arguments = potential, atoms.copy(), precision
    if clause is contract.what_is_saved_is_what_is_loaded:
        arguments += (folder,)
    clause(*arguments)


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.__name__)
@pytest.mark.parametrize("subject", POTENTIALS, indirect=True)
def test_contract(subject, clause, tmp_path):
    keeps(clause, *subject, tmp_path)


# Planted ------------------------------------------------------------------------------------------


class Broken(LennardJones):
    """A healthy potential of argon, for those below to break."""

    def __init__(self):
        super().__init__(**ARGONS)


class WeakForces(Broken):
    def evaluate(self, atoms):
        energy, forces, virial, _ = super().evaluate(atoms)
        return Interaction(energy, 0.99 * forces, virial)


class StressSign(Broken):
    def evaluate(self, atoms):
        energy, forces, virial, _ = super().evaluate(atoms)
        return Interaction(energy, forces, -virial)


class MissingVirial(Broken):
    """sum r F^T over the atoms of one cell, which forgets those that reach across its faces."""

    def evaluate(self, atoms):
        energy, forces, _, _ = super().evaluate(atoms)
        return Interaction(energy, forces, atoms.positions.T @ forces)


class OtherVoigt(Broken):
    """xx, yy, zz, xy, yz, xz."""

    def calculate(self, atoms=None, properties=("energy",), system_changes=()):
        super().calculate(atoms, properties, system_changes)
        if "stress" in self.results:
            self.results["stress"] = self.results["stress"][[0, 1, 2, 5, 3, 4]]


class Anchored(Broken):
    """A spring holds the first atom to the origin."""

    def evaluate(self, atoms):
        energy, forces, virial, _ = super().evaluate(atoms)
        forces[0] -= 1e-3 * atoms.positions[0]
        return Interaction(energy + 5e-4 * np.sum(atoms.positions[0] ** 2), forces, virial)


class PrefersZ(Broken):
    """Sees everything stretched along z, and differentiates that correctly."""

    def evaluate(self, atoms):
        stretch = np.array([1.0, 1.0, 1.02])
        stretched = Atoms(
            atoms.symbols, atoms.positions * stretch, cell=atoms.cell * stretch, pbc=atoms.pbc
        )
        energy, forces, virial, _ = super().evaluate(stretched)
        return Interaction(energy, forces * stretch, virial * stretch)


class ByIndex(Broken):
    def evaluate(self, atoms):
        energy, forces, virial, _ = super().evaluate(atoms)
        forces[0] *= 1.05
        return Interaction(energy, forces, virial)


class NoImages(Broken):
    """Forgets the forces on atoms outside the cell."""

    def evaluate(self, atoms):
        energy, forces, virial, _ = super().evaluate(atoms)
        inside = np.abs(atoms.get_scaled_positions(wrap=False) - 0.5).max(axis=1) < 1.0
        return Interaction(energy, forces * inside[:, None], virial)


class Superextensive(Broken):
    def evaluate(self, atoms):
        energy, forces, virial, _ = super().evaluate(atoms)
        return Interaction(energy + 1e-6 * len(atoms) ** 2, forces, virial)


class WrongShape(Broken):
    def evaluate(self, atoms):
        energy, forces, virial, _ = super().evaluate(atoms)
        return Interaction(energy, forces.astype(np.float32), virial)


class BatchOfItsOwn(Broken):
    """Energies depend on the place in the list."""

    def predict(self, frames):
        energies, forces = super().predict(frames)
        return energies + np.arange(len(frames)), forces


class Promises(Broken):
    implemented_properties = (*LennardJones.implemented_properties, "magmom")


class StressOfTheLast(Broken):
    """Keeps the stress of a crystal when there is none."""

    kept = None

    def calculate(self, atoms=None, properties=("energy",), system_changes=()):
        super().calculate(atoms, properties, system_changes)
        self.kept = self.results.setdefault("stress", self.kept)


class AnswersAnything(Broken):
    """Leaves out what is not finite, as a neighbour list does."""

    def check_atoms(self, atoms):
        pass

    def check_interaction(self, interaction):
        pass

    def evaluate(self, atoms):
        return super().evaluate(argons())


class Overlooks(Broken):
    """Atoms on one spot do not see each other."""

    def evaluate(self, atoms):
        with np.errstate(all="ignore"):
            return Interaction(*(np.nan_to_num(x) for x in super().evaluate(atoms)[:3]))


class NotPickled(Broken):
    def __init__(self):
        super().__init__()
        self.scale = lambda energy: energy


class Forgetful(Broken):
    """Returns from a copy without a parameter."""

    def __setstate__(self, state):
        self.__dict__.update(state)
        self.parameters = {**self.parameters, "onset": None}


class StaleCell(Broken):
    def check_state(self, atoms, tol=0.0):
        return [name for name in super().check_state(atoms, tol) if name != "cell"]


class StaleList(Broken):
    """Keeps the forces of the last frame until an atom has moved by half a skin."""

    kept = None

    def evaluate(self, atoms):
        last, answer = self.kept or (None, None)
        if last is None or len(last) != len(atoms) or np.abs(last - atoms.positions).max() > 0.03:
            answer = super().evaluate(atoms)
            self.kept = atoms.positions.copy(), answer
        return Interaction(*(np.copy(x) for x in answer[:3]))


class SharedArray(Broken):
    """Writes all forces to one array."""

    buffer = None

    def evaluate(self, atoms):
        energy, forces, virial, _ = super().evaluate(atoms)
        if self.buffer is None or len(self.buffer) != len(atoms):
            self.buffer = np.empty_like(forces)
        self.buffer[:] = forces
        return Interaction(energy, self.buffer, virial)


class Wraps(Broken):
    def interaction(self, atoms):
        atoms.wrap()
        return super().interaction(atoms)


class HoldsAtoms(Broken):
    """Applies the constraints itself."""

    def evaluate(self, atoms):
        energy, forces, virial, _ = super().evaluate(atoms)
        for constraint in atoms.constraints:
            constraint.adjust_forces(atoms, forces)
        return Interaction(energy, forces, virial)


class SaysNothing(Broken):
    def time_loop(self, atoms):
        raise NotImplementedError

    def rows(self, atoms):
        raise NotImplementedError

    def save(self, path):
        path.write_text("")
        raise NotImplementedError


class OtherLoop(FastLennardJones):
    """The compiled loop has other parameters."""

    def __init__(self):
        super().__init__(**ARGONS)

    def time_loop(self, atoms):
        return FastLennardJones(**{**ARGONS, "epsilon": 2 * ARGONS["epsilon"]}).time_loop(atoms)


BROKEN = {
    "forces_are_the_slope_of_the_energy": [WeakForces, ByIndex],
    "stress_is_the_strain_derivative_of_the_energy": [StressSign, MissingVirial, OtherVoigt],
    "a_shift_of_all_atoms_changes_nothing": [Anchored],
    "forces_turn_with_the_atoms_and_the_cell": [PrefersZ],
    "the_order_of_the_atoms_is_of_no_matter": [ByIndex],
    "an_atom_may_stand_in_any_cell": [NoImages],
    "two_cells_have_twice_the_energy": [Superextensive],
    "an_interaction_has_its_shapes_and_is_what_ase_gets": [WrongShape, OtherVoigt],
    "many_frames_are_predicted_as_one_by_one": [BatchOfItsOwn],
    "everything_implemented_is_delivered": [Promises],
    "a_molecule_has_no_stress": [StressOfTheLast],
    "what_is_no_number_is_refused": [AnswersAnything],
    "what_is_no_frame_is_refused": [AnswersAnything],
    "two_atoms_on_one_spot_are_refused": [Overlooks],
    "copies_give_the_same_numbers": [NotPickled, Forgetful],
    "every_change_is_noticed": [StaleCell, StaleList],
    "results_belong_to_whoever_asked": [SharedArray],
    "the_atoms_stay_as_they_were": [Wraps],
    "constraints_are_for_the_atoms_not_for_the_potential": [HoldsAtoms],
    "a_time_loop_moves_as_the_readable_steps_do": [OtherLoop, SaysNothing],
    "rows_are_one_for_each_atom": [SaysNothing],
    "what_is_saved_is_what_is_loaded": [SaysNothing],
}

# Besides a failed assertion: no refusal, no such property, no sentence, and what pickle says.
BREACHES = (
    AssertionError,
    pytest.fail.Exception,
    PropertyNotImplementedError,
    NotImplementedError,
    pickle.PicklingError,
    AttributeError,
)


@pytest.mark.parametrize(
    ("clause", "kind"),
    [(clause, kind) for clause in CLAUSES for kind in BROKEN[clause.__name__]],
    ids=lambda value: value.__name__,
)
def test_contract_refuses(clause, kind, tmp_path):
    atoms = argons()
    keeps(clause, LennardJones(**ARGONS), atoms, DOUBLE, tmp_path)  # the twin
    with pytest.raises(BREACHES):
        keeps(clause, kind(), atoms, DOUBLE, tmp_path)
