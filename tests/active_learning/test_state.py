"""What is kept on disk goes on as if it had never stopped, and what was paid for is never lost."""

import resource
import shutil
from functools import partial

import numpy as np
import pytest
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms

from lecture8.active_learning import Exploration, active_learning, label_one_by_one
from lecture8.active_learning.state import NotKept
from lecture8.frames import read
from tests.active_learning.planted import Planted

GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")


def generator(name, seed=5):
    return np.random.Generator(getattr(np.random, name)(seed))


def stroll(start, potential, grader, *, rng, run):
    """Two candidates at random, drawn also from a generator of their own, and half a number."""
    candidates = []
    for number, source in enumerate((rng, rng.spawn(1)[0])):
        atoms = start.copy()
        atoms.positions += 0.01 * source.standard_normal(atoms.positions.shape)
        rng.integers(0, 10, dtype=np.uint32)  # the generator keeps the other half
        atoms.info = {"run": run, "time_ps": 0.1 * number, "grade": 3.0}
        candidates.append(atoms)
    return Exploration(candidates, 0.1, np.float32(3.0), "threshold")


def learn(cold, fitted, folder, *, rng=None, **settings):
    settings = {
        "fit": lambda frames, previous, rng: fitted,
        "make_grader": lambda potential, frames, rng: None,
        "explore": stroll,
        "select": lambda candidates, grader, number, known: candidates[:2],
        "label": partial(label_one_by_one, potential=Planted()),
        "budget": 6,
        "generations": 4,
        "runs": 1,
        "rng": rng or generator("PCG64"),
    } | settings
    return active_learning(cold[:3], cold[3:5], folder=folder, **settings)


@pytest.mark.parametrize("name", GENERATORS)
def test_any_generator_is_kept_and_goes_on(name, cold, fitted, tmp_path):
    whole = learn(cold, fitted, tmp_path / "whole", rng=generator(name))

    def stop(entry):
        if entry["generation"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(cold, fitted, tmp_path / "stopped", rng=generator(name), report=stop)
    resumed = learn(cold, fitted, tmp_path / "stopped", rng=generator(name))
    assert resumed.history == whole.history
    assert len(resumed.frames) == 3 + 6
    for a, b in zip(resumed.frames, whole.frames, strict=True):
        assert a == b  # positions and species, to the last digit
    # Planted: a generator that forgot where it was.
    other = learn(cold, fitted, tmp_path / "other", rng=generator(name, seed=6))
    assert other.frames[3:] != whole.frames[3:]


def never(*arguments, **settings):
    raise AssertionError("a label was bought")


def test_what_cannot_be_kept_is_refused_before_a_label_is_bought(cold, fitted, tmp_path):
    occupied = tmp_path / "occupied"
    occupied.write_text("a file")
    for folder in (occupied, occupied / "deeper"):
        with pytest.raises(OSError, match=r"cannot be kept in .*occupied.*; give a folder that"):
            learn(cold, fitted, folder, label=never, fit=never)
    with pytest.raises(ValueError, match=r"returned a EMT, which cannot be kept .*No label was"):
        learn(cold, EMT(), tmp_path / "emt", label=never)
    assert list((tmp_path / "emt").iterdir()) == []


def test_a_generator_of_unknown_kind_is_refused_before_a_label_is_bought(cold, fitted, tmp_path):
    class Peculiar(np.random.PCG64):
        @property
        def state(self):
            return {"bit_generator": "Peculiar", "inside": object()}

    with pytest.raises(ValueError, match=r"generator Peculiar cannot be kept \(it holds a object"):
        learn(cold, fitted, tmp_path, rng=np.random.Generator(Peculiar(0)), label=never)


def test_a_full_disk_loses_no_label(cold, fitted, tmp_path):
    """A limit on the size of files is as good as a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    frames = []

    def label(chosen):
        labelled = label_one_by_one(chosen, Planted())
        frames.extend(labelled[0])
        if len(frames) > 2:  # in the second generation
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
        return labelled

    try:
        with pytest.raises(
            NotKept, match=r"generation 2 could not be kept in .*too large"
        ) as caught:
            learn(cold, fitted, tmp_path, label=label)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.state.frames[5:] == frames[2:]
    assert len(frames) == 4
    # And the generation before is still there: from it the loop goes on.
    assert len(read(tmp_path / "generation-1.xyz")) == 5
    assert len(learn(cold, fitted, tmp_path).frames) == 9


def test_a_folder_that_was_deleted_meanwhile_is_made_again(cold, fitted, tmp_path):
    def label(chosen):
        shutil.rmtree(tmp_path / "loop")
        return label_one_by_one(chosen, Planted())

    found = learn(cold, fitted, tmp_path / "loop", label=label, budget=2)
    assert len(found.frames) == 5


def test_a_potential_that_cannot_be_written_after_all_loses_no_label(cold, fitted, tmp_path):
    class Fickle(type(fitted)):
        saved = 0

        def save(self, path):
            Fickle.saved += 1
            if Fickle.saved > 1:
                raise RuntimeError("not now")
            super().save(path)

    fickle = object.__new__(Fickle)
    fickle.__dict__ = fitted.__dict__
    with pytest.raises(NotKept, match="not now") as caught:
        learn(cold, fickle, tmp_path)
    assert len(caught.value.state.frames) == 5
    assert len(read(tmp_path / "generation-1.xyz")) == 5  # labels are written first


def test_a_damaged_index_is_named(cold, fitted, tmp_path):
    learn(cold, fitted, tmp_path, budget=2)
    text = (tmp_path / "state.json").read_text()
    for damaged in (text[:100], "[]", "{}"):
        (tmp_path / "state.json").write_text(damaged)
        with pytest.raises(ValueError, match=r"state.json is damaged .*frames beside it"):
            learn(cold, fitted, tmp_path, label=never)


def test_constraints_are_refused_since_labels_lose_them(cold, fitted):
    held = [atoms.copy() for atoms in cold[:5]]
    for atoms, labelled in zip(held, cold, strict=False):
        atoms.calc = labelled.calc
    held[1].set_constraint(FixAtoms([0]))
    with pytest.raises(ValueError, match=r"frame 1 of the first frames carries .* FixAtoms"):
        learn(held, fitted, None, label=never, fit=never)
