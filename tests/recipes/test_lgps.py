"""The recipes of the runs of LGPS go on where they stopped, with tiny settings."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lecture8.datasets import fitted_lgps
from lecture8.ionic_conductivity import remove_drift
from lecture8.packed_positions import unpack
from lecture8.structures import lgps
from recipes import lgps_runs, lgps_teacher
from recipes.ion_runs import UNIT


def test_the_recipe_of_the_teacher_goes_on_where_it_stopped_and_packs(tmp_path, monkeypatch):
    for name, value in {
        "TIMESTEP_FS": 10.0,  # 100 steps of a cold crystal
        "KEEP_EVERY_FS": 100.0,
        "EQUILIBRATE_PS": 1,
        "FRAMES": 2,
        "load": lambda name: fitted_lgps(),
    }.items():
        monkeypatch.setattr(lgps_teacher, name, value)
    for picoseconds in (1, 2):
        monkeypatch.setattr(lgps_teacher, "PICOSECONDS", picoseconds)
        lgps_teacher.run(tmp_path, 1, 0)
        kept = np.load(tmp_path / "lgps_teacher_1K_0.npz")
        assert len(kept["positions_mA"]) == 10 * picoseconds
        assert int(kept["ps"]) == 1 + picoseconds
    lgps_teacher.pack_runs(tmp_path, tmp_path)
    packed = np.load(tmp_path / "lgps_teacher.npz")
    assert packed["positions_1K"].shape == (1, 10, 50, 3)
    assert packed["interval_ps"] == pytest.approx(0.2)
    assert (tmp_path / "lgps_teacher_frames.xyz.gz").exists()
    assert not list(tmp_path.glob("*partial*"))


def test_the_recipe_of_the_runs_makes_what_is_shipped(monkeypatch):
    monkeypatch.setattr(lgps_runs, "REPLICAS", 2)
    monkeypatch.setattr(lgps_runs, "PICOSECONDS", 3)
    with ThreadPoolExecutor(1) as executor:
        made = lgps_runs.case(800, 50, executor)
    assert made["positions_800K_50"].shape == (2, 4, 20, 3)
    assert made["framework_800K_50"].shape == (3, 3)
    ions = unpack(made["positions_800K_50"], UNIT)
    crystal = lgps()
    moved = ions[:, 0] - crystal.positions[crystal.numbers == 3]
    assert 0.1 < np.sqrt(np.mean(moved**2)) < 3.0  # Å: it has moved, and has not flown away
    assert np.abs(remove_drift(ions[0], [0])).max() < 100
