"""Long runs in small: pieces that follow each other, survive a kill, and pack into a data set."""

import numpy as np
import pytest

from lecture8.packed_positions import unpack
from lecture8.structures import lgps
from recipes import lgps_long_runs
from recipes.ion_runs import UNIT


@pytest.fixture
def small(monkeypatch):
    """Two replicas, pieces of 2 ps, a frame each ps."""
    for name, value in {
        "REPLICAS": 2,
        "PIECE_PS": 2,
        "EQUILIBRATE_PS": 1,
        "NANOSECONDS": {"CHGNet": {300: 0.004, 900: 0.002}},
        "INTERVALS_PS": {300: 1, 900: 1},
    }.items():
        monkeypatch.setattr(lgps_long_runs, name, value)
    return lgps_long_runs


def test_pieces_follow_each_other_and_come_again_after_a_kill(small, tmp_path):
    small.work(tmp_path)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [
        f"CHGNet_{T}K_{k}_{piece:02d}.npz"
        for T, pieces in ((300, 2), (900, 1))
        for k in range(2)
        for piece in range(pieces)
    ]
    first, second = (dict(np.load(tmp_path / f"CHGNet_300K_1_{n:02d}.npz")) for n in range(2))
    # From the last frame of one to the first of the next is 1 ps, as within a piece.
    steps = [np.abs(np.diff(x["lithium"].astype(int), axis=0)).max() for x in (first, second)]
    between = np.abs(second["lithium"][0].astype(int) - first["lithium"][-1]).max()
    assert 0 < between < 3 * max(steps)
    last = tmp_path / "CHGNet_300K_1_01.npz"
    last.unlink()
    (tmp_path / "CHGNet_300K_1_01.lock").touch()  # as a killed process leaves it
    small.work(tmp_path)
    again = dict(np.load(last))
    # The same numbers, but for what the compiler's rounding makes of 500 steps.
    np.testing.assert_allclose(again["end"], second["end"], atol=1e-6)


def test_a_piece_whose_forerunner_is_missing_waits(small, tmp_path, monkeypatch):
    monkeypatch.setattr(small, "pieces", lambda teachers: [("CHGNet", 300, 0, 1)])
    small.work(tmp_path)
    assert not list(tmp_path.glob("*.npz"))


def test_packed_is_what_all_replicas_have(small, tmp_path):
    small.work(tmp_path)
    (tmp_path / "CHGNet_300K_1_01.npz").unlink()
    arrays = small.packed(tmp_path, "CHGNet", 300)
    assert arrays["positions_CHGNet_300K"].shape == (2, 2, 20, 3)  # one piece of 2 frames
    assert arrays["framework_CHGNet_300K"].shape == (2, 3)
    (first,) = np.load(tmp_path / "CHGNet_300K_0_00.npz")["lithium"][:1]
    lithium = lgps().positions[lgps().numbers == 3]
    assert np.abs(first * UNIT - lithium).max() < 4  # Å, after 2 ps


def test_what_is_packed_is_gone_on_from(small, tmp_path, monkeypatch):
    whole, first, second = (tmp_path / name for name in ("whole", "first", "second"))
    for folder in (whole, first, second):
        folder.mkdir()
    small.work(whole)
    at_once = small.packed(whole, "CHGNet", 300)
    monkeypatch.setitem(small.NANOSECONDS["CHGNet"], 300, 0.002)
    small.work(first)
    there = small.packed(first, "CHGNet", 300) | small.packed(first, "CHGNet", 900)
    monkeypatch.setitem(small.NANOSECONDS["CHGNet"], 300, 0.004)
    small.work(second, there=there)
    assert sorted(path.name for path in second.iterdir()) == [
        f"CHGNet_300K_{k}_01.npz" for k in range(2)
    ]
    gone_on = small.packed(second, "CHGNet", 300, there)
    assert gone_on.keys() == at_once.keys()
    one_run, two_runs = (unpack(x["positions_CHGNet_300K"], UNIT) for x in (at_once, gone_on))
    assert one_run.shape == two_runs.shape
    # States are packed in float32; within 1 ps 1e-7 Å grow to a hundredth, then chaos goes on.
    np.testing.assert_allclose(two_runs[:, :3], one_run[:, :3], atol=3 * UNIT)
    np.testing.assert_allclose(
        gone_on["framework_CHGNet_300K"], at_once["framework_CHGNet_300K"], rtol=0.2
    )
    np.testing.assert_array_equal(
        small.packed(second, "CHGNet", 900, there)["ends_CHGNet_900K"], there["ends_CHGNet_900K"]
    )


def test_packed_runs_without_their_ends_are_not_gone_on_from(small, tmp_path):
    there = {"positions_CHGNet_300K": np.zeros((2, 2, 20, 3)), "interval_ps_CHGNet_300K": 1}
    with pytest.raises(ValueError, match=r"CHGNet at 300 K are too short.*--anew"):
        small.work(tmp_path, there=there)
