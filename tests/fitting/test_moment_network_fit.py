"""Fitting a moment network: it learns, repeats itself, says what is wrong; its core stays out."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.singlepoint import SinglePointCalculator

from lecture8.active_learning import explore
from lecture8.active_learning.moment_network_grade import ReadoutGrade
from lecture8.fitting.loss import errors
from lecture8.fitting.moment_network import MomentNetwork
from lecture8.fitting.moment_network_fit import core_radii, fit_moment_network
from lecture8.frames import label
from lecture8.potentials.fast_lennard_jones import FastLennardJones

SMALL = MomentNetwork(cutoff=4.5, channels=3, radial_size=6, neurons=6)


def frames_of(number, seed, rattle=0.12) -> list[Atoms]:
    """Argon off its lattice, cubes of 32 atoms of several sizes, labelled by Lennard-Jones."""
    rng = np.random.default_rng(seed)
    frames = []
    for _ in range(number):
        atoms = bulk("Ar", "fcc", a=rng.uniform(5.1, 5.5), cubic=True) * (2, 2, 2)
        atoms.rattle(rattle, rng=rng)
        frames.append(atoms)
    return label(frames, FastLennardJones(epsilon=0.05, sigma=3.4, cutoff=4.5, onset=4.0))


@pytest.fixture(scope="module")
def train():
    return frames_of(12, 0)


@pytest.fixture(scope="module")
def fitted(train):
    return fit_moment_network(
        train, frames_of(3, 1), model=SMALL, rng=np.random.default_rng(0), epochs=60
    )


def test_a_fit_learns(fitted, train):
    test = frames_of(5, 2)
    found = errors(test, fitted)
    size = np.sqrt(np.mean([a.get_forces() ** 2 for a in test]))
    assert found.force_rmse < 100 * size  # meV, a tenth
    assert fitted.history["train"][-1] < 0.02 * fitted.history["train"][0]
    assert fitted.history["epoch"][-1] == 60


def test_labels_of_other_frames_teach_nothing(train):
    """Planted bug: forces and energies shuffled among the frames."""
    wrong = [a.copy() for a in train]
    for a, other in zip(wrong, train[1:] + train[:1], strict=True):
        a.calc = SinglePointCalculator(a, **other.calc.results)
    potential = fit_moment_network(
        wrong, train[:2], model=SMALL, rng=np.random.default_rng(0), epochs=20
    )
    size = np.sqrt(np.mean([a.get_forces() ** 2 for a in train]))
    assert errors(frames_of(5, 2), potential).force_rmse > 500 * size


def test_the_same_seed_gives_the_same_potential(train):
    runs = [
        fit_moment_network(
            train[:4], train[4:5], model=SMALL, rng=np.random.default_rng(s), epochs=2
        )
        for s in (0, 0, 1)
    ]
    energies = [x.get_potential_energy(train[0].copy()) for x in runs]
    assert energies[0] == energies[1] != energies[2]


def test_the_core_begins_inside_the_shortest_distance_and_the_cutoff(train):
    species = np.array([2, 18])  # of helium no frame knows anything
    radii = core_radii(train, species, 4.5)
    shortest = min(np.min(a.get_all_distances(mic=True)[~np.eye(32, dtype=bool)]) for a in train)
    assert radii[1, 1] == pytest.approx(0.97 * shortest)
    assert radii[0, 0] == radii[0, 1] == radii[1, 0] == 0.8 * 4.5


def test_two_atoms_pushed_together_repel(fitted):
    radius = fitted.coefficients.core[0, 0]
    energies = [
        fitted.get_potential_energy(Atoms("Ar2", [[0, 0, 0], [x * radius, 0, 0]]))
        for x in (0.9, 0.7, 0.5, 0.3)
    ]
    assert np.all(np.diff(energies) > 0)


def test_the_grade_is_1_within_and_large_outside(fitted, train):
    grade = ReadoutGrade(fitted, train)
    assert grade(train).max() == pytest.approx(1, abs=1e-4)  # the tolerance of maxvol
    assert grade(train).max() <= 1 + 1e-4
    assert grade.per_atom(train[0]).shape == (32,)
    wild = frames_of(1, 5, rattle=0.4)[0]
    assert grade([wild])[0] > 10
    with pytest.raises(ValueError, match="no training frames"):
        ReadoutGrade(fitted, [])


def test_the_grade_drives_exploration(fitted, train):
    """Notebook 4's loop takes it: a hot crystal leaves what was learned, and that is noticed."""
    found = explore(
        train[0].copy(),
        fitted,
        ReadoutGrade(fitted, train),
        temperature_K=400,
        steps=400,
        timestep_fs=5.0,
        threshold=2.0,
        rng=np.random.default_rng(3),
    )
    assert found.candidates
    assert found.largest_grade > 2


def test_mistakes_are_sentences(train):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="training set is empty"):
        fit_moment_network([], train, model=SMALL, rng=rng)
    with pytest.raises(ValueError, match="carries no energy"):
        fit_moment_network([train[0].copy()], train, model=SMALL, rng=rng)
    strange = label([Atoms("Kr", cell=[9, 9, 9], pbc=True)], train_free())
    with pytest.raises(ValueError, match="contain Kr"):
        fit_moment_network(train, strange, model=SMALL, rng=rng)


def train_free():
    """Return a potential that takes a single atom."""
    return FastLennardJones(epsilon=0.05, sigma=3.4, cutoff=4.0)
