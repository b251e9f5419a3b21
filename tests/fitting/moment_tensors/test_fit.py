"""The fit of moment tensor potentials: planted truth, and manners."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule

from lecture8.fitting import Loss, MomentTensor, errors
from lecture8.fitting.moment_tensors import fit as moment_tensor_fit
from lecture8.fitting.moment_tensors.step import loss_of, prepared
from lecture8.structures import butane
from tests.fitting.moment_tensors.planted import SMALL, labelled, planted, planted_frames

LOSS = MomentTensor.default_loss


def fitted(train, validation, *, seed=0, model=SMALL, **settings):
    return model.fit(train, validation, rng=np.random.default_rng(seed), **settings)


@pytest.fixture(scope="module")
def frames():
    return planted_frames(24)


@pytest.fixture(scope="module")
def butane_fit(butanes):
    train = [atoms for atoms in butanes if atoms.info["run"] < 3]
    validation = [atoms for atoms in butanes if atoms.info["run"] == 3]
    return fitted(train, validation, model=MomentTensor(), epochs=30), train, validation


# What it finds ------------------------------------------------------------------------------------


def test_a_planted_potential_is_found_again(frames):
    unseen = planted_frames(5, seed=99)
    potential = fitted(frames, unseen, seed=3, epochs=60)
    labels = np.concatenate([atoms.get_forces() for atoms in unseen])
    seen = errors(unseen, potential)
    # Labels without noise from the same family: what is left is the valley's last slow metres.
    assert seen.force_rmse < 1e-2 * 1e3 * np.sqrt((labels**2).mean())
    assert seen.energy_rmse < 10


def test_butane_is_learnt_from_thirty_frames(butane_fit):
    potential, _, validation = butane_fit
    labels = np.concatenate([atoms.get_forces() for atoms in validation])
    # 30 frames of 3 runs for 75 coefficients: a fifth of the forces' spread is what it gave, twice.
    assert errors(validation, potential).force_rmse < 0.4 * 1e3 * labels.std()


def test_history_and_report_tell_the_same(frames):
    seen = []
    potential = fitted(frames[:20], frames[20:], epochs=6, report=lambda *entry: seen.append(entry))
    history = potential.history
    assert list(zip(*history.values(), strict=True)) == seen
    assert history["epoch"] == [1, 2, 3, 4, 5, 6]
    # The best is returned, and not the last.
    ready = [prepared(x, potential) for x in frames[20:]]
    loss = loss_of(potential, potential.mtp_data.parameters, ready, LOSS)
    assert loss == pytest.approx(min(history["validation"]), rel=1e-12)


def test_the_same_seed_gives_the_same_numbers(frames):
    one, again, other = (
        fitted(frames[:20], frames[20:], seed=seed, epochs=4).mtp_data.parameters
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, other)


def test_a_fitted_potential_is_where_the_next_fit_starts(butane_fit):
    potential, train, validation = butane_fit
    before = potential.mtp_data.parameters.copy()
    ready = [prepared(x, potential) for x in train]
    loss = loss_of(potential, before, ready, LOSS)
    warm = fitted(train, validation, model=potential, epochs=3)
    assert warm.history["train"][0] <= loss
    np.testing.assert_array_equal(potential.mtp_data.parameters, before)  # left as it was
    assert warm.shortest_distance == potential.shortest_distance


def test_without_progress_it_stops(butane_fit):
    potential, train, validation = butane_fit
    wrong = [labelled(a, a.get_potential_energy() + 3, -a.get_forces()) for a in validation]
    # Each step towards the training set leads away from these labels.
    stopped = fitted(train, wrong, model=potential, epochs=50, patience=2)
    assert len(stopped.history["epoch"]) <= 20


def test_time_is_up_after_one_step(frames):
    potential = fitted(frames[:20], frames[20:], seconds=1e-9)
    assert potential.history["epoch"] == [1]


def test_an_interrupt_returns_the_best_so_far(frames):
    def stop(epoch, train_loss, validation_loss):
        if epoch == 3:
            raise KeyboardInterrupt

    potential = fitted(frames[:20], frames[20:], report=stop)
    assert potential.history["epoch"] == [1, 2, 3]
    assert np.isfinite(potential.get_potential_energy(frames[0].copy()))


@pytest.mark.parametrize(("gain", "steps"), [(0.9e-3, 20), (1e-4, 6)])
def test_small_steps_add_up(frames, monkeypatch, gain, steps):
    """It stops after five steps that gained less than 0.1 % in all: the first is the milestone."""
    taken = {"loss": 1.0}

    def step(potential, parameters, damping, frames, loss):
        taken["loss"] *= 1 - gain
        return parameters, damping, gain

    monkeypatch.setattr(moment_tensor_fit, "step", step)
    monkeypatch.setattr(moment_tensor_fit, "loss_of", lambda *_: taken["loss"])
    potential = fitted(frames[:20], frames[20:], model=planted(), epochs=20, patience=5)
    assert len(potential.history["epoch"]) == steps


def test_energies_alone(frames):
    potential = fitted(frames[:20], frames[20:], loss=Loss(1 / 14, np.inf), epochs=20)
    # An error of 1 eV in the whole frame counts as one: the loss is in eV².
    assert potential.history["train"][-1] < 1e-2 * np.var(
        [a.get_potential_energy() for a in frames]
    )


def test_forces_alone_and_the_energies_of_the_elements_after(frames):
    potential = fitted(frames, frames, loss=Loss(energy=np.inf), epochs=30)
    seen = errors(frames, potential)
    # No energies in the loss, yet their mean is right, and forces give them their shape.
    assert abs(np.mean(seen.energies - seen.energy_labels)) < 1e-9
    assert seen.energy_rmse < 1e3 * np.std(seen.energy_labels)


def test_one_frame_and_one_atom_can_be_fitted():
    """More coefficients than labels, and a frame without neighbours: damped, not refused."""
    alone = labelled(Atoms("C"), -170.0, np.zeros((1, 3)))
    potential = fitted(planted_frames(1), [alone], epochs=3)
    assert np.isfinite(potential.get_potential_energy(butane()))
    lonely = fitted([alone], [alone], epochs=3)
    assert lonely.get_potential_energy(Atoms("C")) == pytest.approx(-170, abs=1e-6)  # the ridge


def test_it_starts_below_the_shortest_distance(frames):
    shortest = min(atoms.get_all_distances()[np.triu_indices(14, 1)].min() for atoms in frames)
    potential = fitted(frames[:20], frames, epochs=1)
    assert 0.9 * shortest < potential.shortest_distance < 1.2 * shortest


# Bad input ----------------------------------------------------------------------------------------


def test_frames_that_cannot_be_used_are_named(frames):
    with pytest.raises(ValueError, match="the training frames are an empty list"):
        fitted([], frames)
    with pytest.raises(ValueError, match="frame 1 of the validation frames carries no energy"):
        fitted(frames, [frames[0], butane()])
    forces = frames[0].get_forces()
    forces[3, 1] = np.inf
    with pytest.raises(ValueError, match="frame 0 of the training frames has forces of inf"):
        fitted([labelled(frames[0], 0.0, forces)], frames)
    with pytest.raises(ValueError, match="frame 1 of the training frames has energy of nan"):
        fitted([frames[0], labelled(frames[0], np.nan, frames[0].get_forces())], frames)


def test_a_loss_that_is_never_finite_is_no_potential(frames, monkeypatch):
    monkeypatch.setattr(moment_tensor_fit, "loss_of", lambda *_: np.nan)
    with pytest.raises(ValueError, match="loss on the validation frames is nan after 3 epochs"):
        fitted(frames[:20], frames[20:], epochs=3)


def test_an_element_that_training_lacks_is_refused(frames):
    water = labelled(molecule("H2O"), 0.0, np.zeros((3, 3)))
    with pytest.raises(ValueError, match="O was not in the training set, which had H, C only"):
        fitted(frames, [water])
    with pytest.raises(ValueError, match="O was not in the training set"):
        fitted([water], frames, model=planted())
