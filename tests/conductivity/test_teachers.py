"""Teachers by name, by file, by function."""

import numpy as np
import pytest

from lecture8.conductivity.teachers import teacher_of, tuned
from lecture8.datasets import fitted_lgps
from lecture8.datasets.files import path_of
from lecture8.fitting import MomentNetworkPotential
from lecture8.foundation_models import FoundationModel, TunedModel, fine_tune
from lecture8.frames import read, write


def test_a_name_a_file_a_function():
    assert isinstance(teacher_of("chgnet")(), FoundationModel)
    assert isinstance(teacher_of(path_of("lgps_moment_network.npz"))(), MomentNetworkPotential)
    assert teacher_of(fitted_lgps) is fitted_lgps


def test_there_is_no_such_teacher(tmp_path):
    with pytest.raises(
        ValueError, match="no teacher 'gpt-9': neither a file nor one of sevennet-0"
    ):
        teacher_of("gpt-9")
    (tmp_path / "broken.npz").write_bytes(b"PK nothing")
    with pytest.raises(ValueError, match=r"broken\.npz"):
        teacher_of(tmp_path / "broken.npz")


@pytest.fixture
def labels(tmp_path):
    file = tmp_path / "labels.xyz"
    write(file, read(path_of("lithium_sulfide.xyz.gz"))[:6])
    return file


def test_a_teacher_tuned_to_labels_of_your_own(labels, tmp_path, monkeypatch):
    made = []

    def short(frames, validation, *, rng):
        made.append((len(frames), len(validation)))
        return fine_tune(frames, validation, rng=rng, epochs=0, progress=False)

    monkeypatch.setattr("lecture8.conductivity.teachers.fine_tune", short)
    teacher = tuned(labels, tmp_path / "tuned.npz", seed=1)()
    assert isinstance(teacher, TunedModel)
    assert isinstance(teacher_of(tmp_path / "tuned.npz")(), TunedModel)
    tuned(labels, tmp_path / "tuned.npz", seed=1)
    assert made == [(5, 1)]  # the second time it was there
    first = read(labels)[0]
    assert np.isfinite(teacher.get_potential_energy(first))


def test_too_few_labels(labels, tmp_path):
    write(labels, read(labels)[:4])
    with pytest.raises(ValueError, match="holds 4 frames; tuning needs five"):
        tuned(labels, tmp_path / "tuned.npz", seed=1)
