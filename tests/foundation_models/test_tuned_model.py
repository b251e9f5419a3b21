"""A fine-tuned model outlives its kernel."""

import numpy as np
import pytest
import torch

from lecture8.datasets import lithium_sulfide_frames
from lecture8.fitting import load as load_fitted
from lecture8.fitting.common.archive import read_archive, write_archive
from lecture8.foundation_models import TunedModel, fine_tune
from lecture8.foundation_models.tuned_model import FORMAT


@pytest.fixture(scope="module")
def frames():
    return lithium_sulfide_frames()


@pytest.fixture(scope="module")
def tuned(frames):
    return fine_tune(
        frames[:2], frames[50:51], rng=np.random.default_rng(0), epochs=1, progress=False
    )


def test_it_comes_back_with_weights_shift_and_history(tuned, frames, sevennet, tmp_path):
    tuned.save(tmp_path / "tuned.npz")
    back = TunedModel.load(tmp_path / "tuned.npz", threads=1)
    atoms = frames[70].copy()
    assert back.get_potential_energy(atoms) == tuned.get_potential_energy(atoms)
    np.testing.assert_array_equal(back.get_forces(atoms), tuned.get_forces(atoms))
    # The twin: neither weights nor shift are those of the start.
    assert np.abs(back.get_forces(atoms) - sevennet.get_forces(atoms)).max() > 0.01
    assert abs(back.get_potential_energy(atoms) - sevennet.get_potential_energy(atoms)) > 0.1
    assert (back.shift, back.model) == (tuned.shift, tuned.model)
    np.testing.assert_equal(back.history, tuned.history)  # there is a NaN in it


def test_a_file_that_is_another_is_refused(tuned, tmp_path):
    path = tmp_path / "tuned.npz"
    tuned.save(path)
    with pytest.raises(ValueError, match=r"tuned\.npz cannot be used: .*'lecture8 fine-tuned 1'"):
        load_fitted(path)
    header, arrays = read_archive(path, form=FORMAT, what="fine-tuned model")
    write_archive(path, header | {"start": "another"}, arrays)
    with pytest.raises(ValueError, match="tuned from weights with the checksum another"):
        TunedModel.load(path)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ValueError, match="cut short or no saved fine-tuned model"):
        TunedModel.load(path)


def test_an_interrupt_in_the_first_epoch_gives_the_start_with_the_shift(
    frames, sevennet, monkeypatch
):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(torch.optim.Adam, "step", interrupt)
    start = fine_tune(
        frames[:2], frames[50:51], rng=np.random.default_rng(0), epochs=1, progress=False
    )
    assert start.history["epoch"] == [0]
    # Single precision.
    expected = sevennet.get_forces(frames[70].copy())
    np.testing.assert_allclose(start.get_forces(frames[70].copy()), expected, atol=1e-5)


def test_a_rate_that_ruins_is_said(frames):
    with pytest.raises(ValueError, match=r"loss on the validation .* is nan .* below 1e\+30"):
        fine_tune(
            frames[:2],
            frames[50:51],
            rng=np.random.default_rng(0),
            epochs=1,
            learning_rate=1e30,
            progress=False,
        )
