"""Fitting a moment network: it learns, repeats itself, says what is wrong; its core stays out."""

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import bulk
from ase.calculators.singlepoint import SinglePointCalculator

from lecture8.active_learning import explore
from lecture8.active_learning.moment_network_grade import ReadoutGrade
from lecture8.datasets import fitted_lgps, lgps_frames
from lecture8.fitting import errors
from lecture8.fitting.moment_networks import fit as moment_network_fit
from lecture8.fitting.moment_networks.coefficients import coefficients_of, continue_from
from lecture8.fitting.moment_networks.description import MomentNetwork
from lecture8.fitting.moment_networks.fit import core_radii
from lecture8.fitting.moment_networks.frames import prepare
from lecture8.fitting.moment_networks.model import EnergyModel
from lecture8.fitting.moment_networks.potential import MomentNetworkPotential
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
    return SMALL.fit(train, frames_of(3, 1), rng=np.random.default_rng(0), epochs=60)


def test_a_fit_learns(fitted, train):
    test = frames_of(5, 2)
    found = errors(test, fitted)
    size = np.sqrt(np.mean([a.get_forces() ** 2 for a in test]))
    assert found.force_rmse < 200 * size  # meV; three seeds gave 80 to 160
    assert fitted.history["train"][-1] < 0.02 * fitted.history["train"][0]
    assert fitted.history["epoch"][-1] == 60


def test_labels_of_other_frames_teach_nothing(train):
    """Planted bug: forces and energies shuffled among the frames."""
    wrong = [a.copy() for a in train]
    for a, other in zip(wrong, train[1:] + train[:1], strict=True):
        a.calc = SinglePointCalculator(a, **other.calc.results)
    potential = SMALL.fit(wrong, train[:2], rng=np.random.default_rng(0), epochs=20)
    size = np.sqrt(np.mean([a.get_forces() ** 2 for a in train]))
    assert errors(frames_of(5, 2), potential).force_rmse > 500 * size


def test_the_same_seed_gives_the_same_potential(train):
    runs = [
        SMALL.fit(train[:4], train[4:5], rng=np.random.default_rng(s), epochs=2) for s in (0, 0, 1)
    ]
    energies = [x.get_potential_energy(train[0].copy()) for x in runs]
    assert energies[0] == energies[1] != energies[2]


def test_an_element_that_is_not_in_every_frame_can_be_fitted():
    gas = label([Atoms(x, cell=[9, 9, 9], pbc=True) for x in ("Ar", "Kr", "Kr")], train_free())
    potential = SMALL.fit(gas, gas, rng=np.random.default_rng(0), epochs=2, batch_size=1)
    assert potential.elements == ["Ar", "Kr"]


def test_a_single_atom_can_be_fitted():
    """It has no spread to be measured in."""
    frames = label([Atoms("Ar", cell=[9, 9, 9], pbc=True)], train_free())
    potential = SMALL.fit(frames, frames, rng=np.random.default_rng(0), epochs=1)
    assert np.isfinite(potential.get_potential_energy(frames[0].copy()))


# From a fitted potential --------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [2, 3])
def test_no_step_is_no_change(fitted, seed):
    """The start's invariants get another centre and scale, those of a hotter crystal."""
    hotter = frames_of(3, seed, rattle=0.2)
    same = fitted.fit(hotter, hotter, rng=np.random.default_rng(0), epochs=1, learning_rate=1e-12)
    # But for the core, which shrinks where these frames come nearer.
    numbers = fitted.coefficients._replace(core=same.coefficients.core)
    expected = MomentNetworkPotential(SMALL, fitted.species, numbers)
    found = errors(label(hotter, expected), same)
    # Single precision, 6e-8, of energies within 1 eV of an atom's mean and forces of some eV/Å.
    assert found.energy_rmse_per_atom < 1e-3  # meV
    assert found.force_rmse < 1e-2  # meV/Å


def test_no_step_is_no_change_for_an_electrolyte():
    pupil = fitted_lgps()
    frames = [a for a in lgps_frames() if a.info["run"] == "strained"][:2]
    atoms = Atoms("LiS", [[0, 0, 0], [2.4, 0, 0]])
    for some in (frames, label([atoms], pupil)):  # also where no P and no Ge tell their spread
        same = pupil.fit(some, some, rng=np.random.default_rng(0), epochs=0)
        for test in (*frames, atoms):
            found, expected = same.interaction(test), pupil.interaction(test)
            # Single precision, 6e-8, of some eV and eV/Å.
            assert np.allclose(found.energies, expected.energies, rtol=0, atol=1e-6)
            assert np.allclose(found.forces, expected.forces, rtol=0, atol=1e-6)


def test_a_centre_that_is_not_folded_would_be_noticed(fitted, train):
    """Planted bug: the invariants are centred, but bias and offset are those of before."""
    core, zero = fitted.coefficients.core, np.zeros(1)
    frames = [prepare(a, fitted.species, 4.5, 6, zero) for a in train]
    sums, kinds = (torch.cat([getattr(x, name) for x in frames]) for name in ("sums", "kinds"))
    model = EnergyModel(SMALL, 1, np.random.default_rng(0))
    continue_from(model, fitted.coefficients, zero, sums, kinds)
    right = coefficients_of(model, zero, core)
    model.centre.zero_()
    wrong = coefficients_of(model, zero, core)
    energies = [
        MomentNetworkPotential(SMALL, fitted.species, x).get_potential_energy(train[0].copy())
        for x in (right, wrong)
    ]
    expected = fitted.get_potential_energy(train[0].copy())
    assert energies[0] == pytest.approx(expected, abs=1e-4)  # single precision
    assert abs(energies[1] - expected) > 0.1


def test_a_fit_goes_on_from_where_another_ended(fitted, train):
    before = fitted.get_potential_energy(train[0].copy())
    more = fitted.fit(
        train,
        frames_of(3, 1),
        rng=np.random.default_rng(1),
        epochs=20,
        learning_rate=1e-3,
    )
    assert fitted.get_potential_energy(train[0].copy()) == before
    assert more.history["train"][0] < 0.1 * fitted.history["train"][0]  # not from nothing
    assert more.history["validation"][-1] < fitted.history["validation"][-1]
    assert more.skin == fitted.skin


def test_the_core_of_a_start_shrinks_and_never_grows(fitted, train):
    settings = {"rng": np.random.default_rng(0), "epochs": 0}
    calm, near = frames_of(2, 3, rattle=0.02), frames_of(2, 3, rattle=0.4)
    same, smaller = (fitted.fit(x, x, **settings).coefficients.core for x in (calm, near))
    assert same == fitted.coefficients.core
    assert smaller == core_radii(near, fitted.species, 4.5) < same


def test_the_stop_button_returns_the_best_so_far(train):
    def stopped_after(last, learning_rate=0.05):
        def stop(epoch, *losses):
            if epoch == last:
                raise KeyboardInterrupt

        return SMALL.fit(
            train[:4],
            train[4:6],
            rng=np.random.default_rng(0),
            epochs=10,
            learning_rate=learning_rate,
            report=stop,
        )

    whole = stopped_after(5)
    losses = whole.history["validation"]
    best = int(np.argmin(losses)) + 1
    assert best < len(losses) == 5  # or the last would be the best, and this would prove nothing
    atoms = train[0].copy()
    assert whole.get_potential_energy(atoms) == stopped_after(best).get_potential_energy(atoms)


def test_an_interrupt_before_there_is_anything_is_passed_on(train, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(moment_network_fit, "loss_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        SMALL.fit(train, train, rng=np.random.default_rng(0))


# The core, the grade, mistakes --------------------------------------------------------------------


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
        picoseconds=2,
        timestep_fs=5.0,
        threshold=2.0,
        rng=np.random.default_rng(3),
    )
    assert found.candidates
    assert found.largest_grade > 2


def test_mistakes_are_sentences(train):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="the training frames are an empty list"):
        SMALL.fit([], train, rng=rng)
    with pytest.raises(ValueError, match="carries no energy"):
        SMALL.fit([train[0].copy()], train, rng=rng)
    strange = label([Atoms("Kr", cell=[9, 9, 9], pbc=True)], train_free())
    with pytest.raises(ValueError, match="contain Kr"):
        SMALL.fit(train, strange, rng=rng)


def test_a_start_takes_no_other_model_and_no_other_element(fitted, train):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"channels=8.*but the start is a .*channels=3"):
        MomentNetwork().fit(train, train, start=fitted, rng=rng)
    strange = label([Atoms("Kr", cell=[9, 9, 9], pbc=True)], train_free())
    for sets in ((train, strange), (train + strange, train)):
        with pytest.raises(ValueError, match="Kr was not in the training set, which had Ar only"):
            fitted.fit(*sets, rng=rng)


def train_free():
    """Return a potential that takes a single atom."""
    return FastLennardJones(epsilon=0.05, sigma=3.4, cutoff=4.0)
