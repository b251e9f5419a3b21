"""`fit` refuses what cannot be fitted, and says why."""

import signal
import subprocess
import sys

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator

from lecture8.fitting import Loss, MomentNetwork, MomentTensor, Network, errors, fit
from lecture8.frames import label
from lecture8.reference import gfn2_xtb

TINY = {
    "network": Network("painn", features=16, interactions=2, radial=10, cutoff=4.0),
    "moment tensor": MomentTensor(level=4, cutoff=4.0),
    "moment network": MomentNetwork(cutoff=4.0, channels=3, radial_size=6, neurons=6),
}


@pytest.fixture(params=TINY)
def model(request):
    return TINY[request.param]


def quick(train, validation, model, *, epochs=3, seed=0, **settings):
    settings = {"progress": False, "epochs": epochs, **settings}
    return fit(train, validation, model=model, rng=np.random.default_rng(seed), **settings)


def test_a_fit_learns_and_shows_its_history(butanes, model):
    settings = {} if isinstance(model, MomentTensor) else {"batch_size": 3}
    potential = quick(butanes[:30], butanes[30:], model, epochs=30, **settings)
    mean = np.mean(np.abs(np.concatenate([a.get_forces() for a in butanes[30:]])))
    assert errors(butanes[30:], potential).force_mae < 0.5 * 1e3 * mean
    lengths = {len(potential.history[key]) for key in ("epoch", "train", "validation")}
    assert len(lengths) == 1
    assert 0 < lengths.pop() <= 30


def test_the_same_seed_gives_the_same_potential(butanes, model):
    energies = [
        quick(butanes[:20], butanes[30:], model, seed=seed).get_potential_energy(butanes[35].copy())
        for seed in (0, 0, 1)
    ]
    assert energies[0] == energies[1]
    assert energies[0] != energies[2]


def test_a_fitted_potential_can_be_fitted_further_and_stays_itself(butanes, model):
    first = quick(butanes[:30], butanes[30:], model, epochs=20)
    before = first.get_potential_energy(butanes[0].copy())
    second = quick(butanes[:30], butanes[30:], first, epochs=2)
    assert first.get_potential_energy(butanes[0].copy()) == before
    assert second.history["validation"][0] < first.history["validation"][0]
    # Never worse than what it began with, judged by the whole loss; forces dominate it.
    before, after = (errors(butanes[30:], p).force_rmse for p in (first, second))
    assert after < 1.05 * before


def test_the_tolerances_of_the_loss_matter(butanes, model):
    losses = Loss(forces=np.inf), Loss(energy=np.inf)
    by_energy, by_force = (
        errors(butanes[30:], quick(butanes[:30], butanes[30:], model, epochs=15, loss=loss))
        for loss in losses
    )
    assert by_force.force_mae < by_energy.force_mae


def rescaled(frames, energy=1.0, forces=1.0):
    made = []
    for atoms in frames:
        copy = atoms.copy()
        results = atoms.calc.results
        copy.calc = SinglePointCalculator(
            copy, energy=results["energy"] * energy, forces=results["forces"] * forces
        )
        made.append(copy)
    return made


def test_frames_that_make_no_fit_are_refused(butanes, model):
    train, validation = butanes[:20], butanes[30:]
    with pytest.raises(ValueError, match="training set is empty"):
        quick([], validation, model)
    with pytest.raises(ValueError, match="validation set is empty"):
        quick(train, [], model)
    with pytest.raises(ValueError, match="carries no energy and no forces"):
        quick([*train, butanes[25].copy()], validation, model)
    with pytest.raises(ValueError, match="different units"):
        quick(rescaled(train, forces=23.06), rescaled(validation, forces=23.06), model)
    # A validation set in other units than the training set.
    with pytest.raises(ValueError, match="eV/atom"):
        quick(train, rescaled(validation, 1 / 27.2114, 1 / 27.2114), model)
    silane = label([Atoms("SiH", [[0, 0, 0], [0, 0, 1.5]])], gfn2_xtb())
    with pytest.raises(ValueError, match=r"contains Si, which no training frame does \(C, H\)"):
        quick(train, validation + silane, model)


def test_a_copy_of_a_training_frame_is_found_and_named(butanes, model):
    with pytest.warns(UserWarning, match="training frame 3 is validation frame 10"):
        quick(butanes[:20], [*butanes[30:], butanes[3]], model, epochs=1)


@pytest.mark.parametrize("setting", ["epochs", "patience", "seconds", "threads"])
@pytest.mark.parametrize("value", [0, -1, np.nan, "3"])
def test_a_setting_that_is_not_positive_is_refused(butanes, setting, value):
    for model in TINY.values():
        with pytest.raises(ValueError, match=f"{setting} is {value!r}, but must be a "):
            quick(butanes[:20], butanes[30:], model, **{setting: value})


def test_a_count_that_is_a_float_is_refused_with_the_whole_number(butanes):
    for setting in ("epochs", "patience", "threads", "batch_size"):
        with pytest.raises(ValueError, match=f"{setting} is 100.0, .*; write 100"):
            quick(butanes[:20], butanes[30:], TINY["network"], **{setting: 1e2})


def test_a_seed_is_no_generator(butanes):
    with pytest.raises(ValueError, match=r"rng is 0, .*default_rng"):
        fit(butanes[:20], butanes[30:], model=TINY["network"], rng=0)


def test_settings_of_the_other_kind_and_unknown_models_are_refused(butanes):
    with pytest.raises(ValueError, match="batch_size is 5, but a moment tensor potential"):
        quick(butanes[:20], butanes[30:], TINY["moment tensor"], batch_size=5)
    with pytest.raises(ValueError, match="patience is 5, but a moment network is ready when"):
        quick(butanes[:20], butanes[30:], TINY["moment network"], patience=5)
    for model in TINY.values():
        with pytest.raises(ValueError, match=r"loss is 0.1, but must be a Loss\(...\)"):
            quick(butanes[:20], butanes[30:], model, loss=0.1)
    with pytest.raises(ValueError, match=r"model is 'painn'; give a Network"):
        quick(butanes[:20], butanes[30:], "painn")
    with pytest.raises(ValueError, match="architecture is 'nequip'"):
        Network("nequip")
    with pytest.raises(ValueError, match="cutoff is -1"):
        Network("painn", cutoff=-1)


@pytest.mark.parametrize("kind", ["network", "moment network"])
def test_an_element_that_a_fitted_potential_does_not_know_is_named(butanes, kind):
    potential = quick(butanes[:20], butanes[30:], TINY[kind], epochs=1)
    water = label([Atoms("OH", [[0, 0, 0], [0, 0, 1.0]])], gfn2_xtb())
    with pytest.raises(ValueError, match="O was not in the training set"):
        quick(butanes[:20] + water, butanes[30:], potential)


PROGRAM = """
import signal
# A shell that puts pytest in the background makes its children deaf to interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
import numpy as np
from lecture8.fitting import Network, fit
from lecture8.datasets import butane_frames

frames = butane_frames("300K")
print("begin", flush=True)
potential = fit(
    frames[:150], frames[150:], model=Network("schnet", features=8), rng=np.random.default_rng(0),
    epochs=100_000, patience=100_000, progress=True,
)
print("epochs", len(potential.history["epoch"]), potential.get_forces(frames[0].copy()).shape)
"""


def test_the_stop_button_returns_the_best_so_far():
    """A real interrupt signal, as the notebook's stop button sends it, after some epochs."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    assert process.stdout.readline() == "begin\n"
    seen = ""
    while "3/100000" not in seen:  # the progress bar
        seen += process.stderr.read(1)
    process.send_signal(signal.SIGINT)
    output, problems = process.communicate(timeout=60)
    assert process.returncode == 0, problems
    word, epochs, shape = output.split(maxsplit=2)
    assert word == "epochs"
    assert int(epochs) >= 3
    assert shape == "(14, 3)\n"
