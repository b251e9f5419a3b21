"""Tuning moves the model to the other level of theory, and leaves everything else as it was."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.singlepoint import SinglePointCalculator
from ase.data import atomic_numbers

from lecture8.active_learning import explore
from lecture8.fitting import Loss, errors
from lecture8.foundation_models import energy_shift, fine_tune, fine_tuning, load
from lecture8.foundation_models.further_training import frame_loss, labelled_graph
from lecture8.frames import label
from lecture8.validation import numerical_forces, numerical_stress

# Planted atomic energies, eV.
PLANTED = {"Na": -1.5, "Cl": 0.75}


def rattled_pair(seed: int, symbols: str = "NaCl", a: float = 5.6) -> Atoms:
    """Return two atoms in a skewed cell: the smallest crystal with forces and 50 pairs."""
    atoms = bulk("NaCl", "rocksalt", a=a * (1 + 0.01 * (seed % 5)))
    atoms.set_chemical_symbols(symbols if symbols != "NaCl" else ["Na", "Cl"])
    atoms.rattle(0.12, seed=seed)
    atoms.info["run"] = seed
    return atoms


def planted(atoms: Atoms, potential, *, stiffer: float = 1.0, shift=PLANTED) -> Atoms:
    """Return the frame as a level of theory sees it that is `stiffer` and shifted."""
    (frame,) = label([atoms], potential)
    energy, forces = frame.get_potential_energy(), frame.get_forces()
    energy = stiffer * energy + sum(shift.get(symbol, 0.0) for symbol in atoms.symbols)
    frame.calc = SinglePointCalculator(frame, energy=energy, forces=stiffer * forces)
    return frame


@pytest.fixture(scope="module")
def other_level(sevennet):
    """Twelve frames of a level whose energies and forces are 1.3 times those of SevenNet-0."""
    frames = [planted(rattled_pair(seed), sevennet, stiffer=1.3) for seed in range(12)]
    return frames[:8], frames[8:]


def quickly(frames, validation, *, seed=0, **settings):
    settings = {"epochs": 3, "progress": False} | settings
    return fine_tune(frames, validation, rng=np.random.default_rng(seed), **settings)


@pytest.fixture(scope="module")
def tuned(other_level):
    return quickly(*other_level)


def test_it_comes_nearer_to_the_other_level(sevennet, other_level, tuned):
    _, validation = other_level
    before, after = errors(validation, sevennet), errors(validation, tuned)
    # Eight frames and 24 steps: a half is what it reaches without luck.
    assert after.force_mae < 0.5 * before.force_mae
    assert after.energy_mae_per_atom < 50 < before.energy_mae_per_atom
    history = tuned.history
    assert history["epoch"] == [0, 1, 2, 3]
    assert np.isnan(history["train"][0])
    assert np.all(np.isfinite(history["train"][1:]))
    best = int(np.argmin(history["validation"]))
    # The kept weights are those of the best epoch; the rest is rounding of single precision.
    assert after.force_mae == pytest.approx(history["force_mae"][best], abs=0.05)
    assert history["force_mae"][0] == pytest.approx(before.force_mae, abs=0.05)


def test_it_is_an_ordinary_potential(tuned):
    """Tolerances as for the model before: single precision, and the error of the step, h^2."""
    atoms = rattled_pair(3)
    slopes = numerical_forces(atoms, tuned, displacement=0.01)
    np.testing.assert_allclose(tuned.get_forces(atoms), slopes, atol=5e-3)
    stress = numerical_stress(atoms, tuned, strain=5e-3)
    in_voigt_order = stress[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]]
    np.testing.assert_allclose(tuned.get_stress(atoms), in_voigt_order, atol=3e-4)
    (frame,) = label([atoms], tuned)
    assert frame.get_potential_energy() == tuned.results["free_energy"]
    settings = {"temperature_K": 300, "picoseconds": 0.002, "grade_every_fs": 1, "threshold": 1.0}
    rng = np.random.default_rng(0)
    found = explore(atoms, tuned, lambda frames: np.zeros(len(frames)), rng=rng, **settings)
    assert found.reason == "finished"
    with pytest.raises(ValueError, match="sevennet-0, fine-tuned has never seen Po"):
        tuned.get_potential_energy(bulk("Po", "sc", a=3.35))


def test_the_model_that_others_use_is_as_it_was(sevennet, tuned, other_level):
    atoms = rattled_pair(20)
    energy = load().get_potential_energy(atoms)
    assert sevennet.get_potential_energy(atoms) == energy
    mine = {weight.data_ptr() for weight in tuned.library.model.parameters()}
    assert mine.isdisjoint(w.data_ptr() for w in sevennet.library.model.parameters())


def test_frozen_weights_stay_and_the_others_move(sevennet, other_level):
    train, validation = other_level
    after = quickly(train[:2], validation[:1], epochs=1, trainable="last").library.model
    before = dict(sevennet.library.model.named_parameters())
    moved = {n for n, w in after.named_parameters() if not w.equal(before[n])}
    assert moved
    assert all(name.startswith(("4_", "reduce_")) for name in moved)


def test_a_planted_shift_is_found_and_then_there_is_nothing_to_learn(sevennet):
    """Two formulas determine both elements; energies are known to 1e-5 eV in single precision."""
    formulas = [["Na", "Cl"], ["Na", "Na"]]
    frames = [planted(rattled_pair(s, formulas[s % 2]), sevennet) for s in range(4)]
    expected = {atomic_numbers[symbol]: energy for symbol, energy in PLANTED.items()}
    assert energy_shift(frames, sevennet) == pytest.approx(expected, abs=5e-5)
    shifted = quickly(frames[:2], frames[2:], epochs=0)
    assert shifted.shift == pytest.approx(expected, abs=5e-5)
    assert shifted.history["epoch"] == [0]
    found = errors(frames[2:], shifted)
    assert found.energy_mae < 0.2  # meV
    assert found.force_mae < 0.01  # meV/Å: the same sums in single precision


def test_of_one_formula_only_the_sum_is_found(sevennet):
    frames = [planted(rattled_pair(seed), sevennet) for seed in range(2)]
    shift = energy_shift(frames, sevennet)
    half = sum(PLANTED.values()) / 2  # the smallest norm shares evenly between one and one
    assert shift == pytest.approx({11: half, 17: half}, abs=5e-5)


def test_who_ignores_the_shift_pays_with_forces(other_level, tuned):
    """The planted mistake: 0.9 eV per frame have to come out of the weights."""
    without = quickly(*other_level, shift=False)
    assert without.shift == {}
    assert errors(other_level[1], without).force_mae > 1.2 * errors(other_level[1], tuned).force_mae


def test_the_loss_is_that_of_the_lecture(sevennet, other_level):
    """By hand, from the labels of the frame; single precision: 1e-5 of it."""
    frame = other_level[0][0]
    energy, forces = sevennet.get_potential_energy(frame.copy()), sevennet.results["forces"]
    by_hand = ((energy - frame.calc.results["energy"] - 0.75) / (len(frame) * 0.2)) ** 2
    by_hand += np.mean(((forces - frame.calc.results["forces"]) / 0.7) ** 2)
    graph = labelled_graph(frame, 5.0, {11: -1.5, 17: 0.75})
    value, _ = frame_loss(sevennet.library.model, graph, Loss(energy=0.2, forces=0.7))
    assert value.item() == pytest.approx(by_hand, rel=1e-4)


def test_the_same_seed_gives_the_same_numbers(other_level):
    train, validation = other_level
    first, same, other = (
        quickly(train[:4], validation[:1], epochs=1, seed=s).history["force_mae"] for s in (1, 1, 2)
    )
    # One thread sums in one order; another processor may sum in another, hence no equality.
    np.testing.assert_allclose(first, same, rtol=1e-5)
    assert abs(first[1] - other[1]) > 1e-5 * first[1]


@pytest.mark.parametrize(
    ("frames", "validation", "message"),
    [
        ([], "good", "the training set is empty"),
        ("good", [], "the validation set is empty"),
        ([bulk("NaCl", "rocksalt", a=5.6)], "good", "frame 0 .* carries no energy and no forces"),
    ],
)
def test_frames_that_cannot_be_learned_from(frames, validation, message, other_level):
    given = (other_level[0] if part == "good" else part for part in (frames, validation))
    with pytest.raises(ValueError, match=message):
        quickly(*given)


def test_an_element_that_nobody_knows(sevennet, other_level):
    polonium = bulk("Po", "sc", a=3.35)
    polonium.calc = SinglePointCalculator(polonium, energy=-3.0, forces=np.zeros((1, 3)))
    with pytest.raises(ValueError, match="sevennet-0 has never seen Po"):
        quickly([*other_level[0], polonium], other_level[1])
    (copper,) = label([bulk("Cu")], sevennet)
    with pytest.raises(ValueError, match="contains Cu, which no training frame does"):
        quickly(other_level[0], [copper])


def test_a_copy_in_the_validation_set(other_level):
    train, _ = other_level
    with pytest.warns(UserWarning, match="1 validation frames are copies of training frames"):
        quickly(train[:2], train[:1], epochs=0)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("trainable", "head"),
        ("epochs", -1),
        ("learning_rate", 0.0),
        ("learning_rate", np.nan),
        ("batch_size", 0),
        ("threads", 0),
    ],
)
def test_settings_that_make_no_sense(setting, value, other_level):
    with pytest.raises(ValueError, match=f"{setting} is {value!r}"):
        quickly(*other_level, **{setting: value})


def test_frames_that_do_not_fit(other_level, monkeypatch):
    monkeypatch.setattr(fine_tuning, "available_memory_MB", lambda: 5.0)
    with pytest.raises(MemoryError, match=r"2 atoms needs about \d+ MB, and 5 MB are left"):
        quickly(*other_level)


def test_no_frames_no_shift(sevennet):
    with pytest.raises(ValueError, match="no frames to find a shift from"):
        energy_shift([], sevennet)
    with pytest.raises(ValueError, match="frame 0 carries no energy"):
        energy_shift([rattled_pair(0)], sevennet)
