"""The recipes of notebook 5 run in small."""

import numpy as np

from lecture8.foundation_models import load
from recipes import fine_tuning, lithium_sulfide
from tests.foundation_models.test_fine_tuning import planted, rattled_pair


def test_the_recipe_of_the_table_runs(monkeypatch):
    pairs = [planted(rattled_pair(seed), load()) for seed in range(4)]
    monkeypatch.setattr(fine_tuning, "split", lambda *_, **__: (pairs[:2], pairs[2:], pairs[2:]))
    monkeypatch.setattr(fine_tuning, "EPOCHS", {2: 1})
    monkeypatch.setattr(fine_tuning, "SCRATCH_STEPS", 1)
    for method in ("zero-shot", "no shift", "fine-tuned", "from scratch"):
        row = fine_tuning.one_fit(method, 2, 0)
        assert tuple(row) == fine_tuning.COLUMNS
        assert np.isnan(row["elsewhere_meV_A"]) == (method == "from scratch")


def test_the_recipe_of_the_frames_runs():
    (frame,) = lithium_sulfide.one_run(3, load(), equilibrate_ps=0.002, frames=1)
    assert frame.info["run"] == "800K-03"
    assert len(frame) == 12
