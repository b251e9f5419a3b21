"""A split does not leak."""

import numpy as np
import pytest
from ase import Atoms

from lecture8.frames import duplicates, split
from tests.frames.planted import disguised


def neighbours_in_time(a, b):
    """How many frames of b are 1 fs from a frame of a of the same run."""
    times = {(atoms.info["run"], round(1000 * atoms.info["time_ps"])) for atoms in a}
    return sum(
        bool(
            {(atoms.info["run"], round(1000 * atoms.info["time_ps"]) + d) for d in (-1, 1)} & times
        )
        for atoms in b
    )


def test_a_random_split_leaks_and_a_split_by_run_does_not(butanes):
    sizes = {"train": 15, "validation": 8, "test": 7}
    for seed in range(20):
        parts = split(butanes, **sizes, rng=np.random.default_rng(seed))
        assert [len(part) for part in parts] == [15, 8, 7]
        runs = [{atoms.info["run"] for atoms in part} for part in parts]
        assert sum(len(r) for r in runs) == len(set.union(*runs)) == 4
        assert neighbours_in_time(*parts[:2]) == 0
        leaky = split(butanes, **sizes, rng=np.random.default_rng(seed), by=None)
        assert [len(part) for part in leaky] == [15, 8, 7]
        # Planted bug: of 8 frames, about 8 (1 - (1 - 15/40)^2) = 5 have a neighbour in training.
        assert neighbours_in_time(*leaky[:2]) > 0


@pytest.mark.parametrize("by", ["run", None])
def test_no_frame_is_in_two_parts_nor_twice_in_one(butanes, by):
    parts = split(butanes, train=18, validation=9, test=9, rng=np.random.default_rng(3), by=by)
    everything = [atoms for part in parts for atoms in part]
    assert len({id(atoms) for atoms in everything}) == len(everything) == 36
    assert {id(atoms) for atoms in everything} <= {id(atoms) for atoms in butanes}
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert duplicates(parts[a], parts[b]) == []


def test_a_copy_in_another_part_is_found_and_named(butanes):
    """Under another run's name, turned and renumbered: only its shape gives it away."""
    copy = disguised(butanes[3], np.random.default_rng(0))
    copy.info["run"] = "another"
    frames = [*butanes[:10], copy, *butanes[10:20]]
    with pytest.warns(UserWarning, match=r"frame 3 \(\w+\) is frame 10 \(\w+\)"):
        split(frames, train=10, validation=1, test=10, rng=np.random.default_rng(0))


def test_a_split_is_the_seed_s(butanes):
    def ids(seed):
        parts = split(butanes, train=20, validation=10, rng=np.random.default_rng(seed))
        return [[id(atoms) for atoms in part] for part in parts]

    assert ids(1) == ids(1)
    assert any(ids(1) != ids(seed) for seed in range(2, 8))


def test_every_run_is_used_and_thinned_evenly(butanes):
    train, validation, test = split(butanes, train=15, validation=5, rng=np.random.default_rng(0))
    assert test == []
    # Four runs are dealt 3 : 1, and every other frame of each is kept.
    assert len({atoms.info["run"] for atoms in train}) == 3
    assert len({atoms.info["run"] for atoms in validation}) == 1
    times = np.array([atoms.info["time_ps"] for atoms in validation])
    np.testing.assert_allclose(np.diff(times), 0.002, atol=1e-9)


def made(lengths):
    """Two atoms at a distance of their own in each frame."""
    runs = np.repeat(np.arange(len(lengths)), lengths)
    far = [[[0, 0, 0], [0, 0, 1 + 0.01 * k]] for k in range(len(runs))]
    return [Atoms("Ar2", far[k], info={"run": int(run)}) for k, run in enumerate(runs)]


def test_runs_of_unequal_length_are_dealt_in_an_order_that_fits():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        parts = split(made([10, 10, 100, 100]), train=90, validation=90, test=5, rng=rng)
        assert [len(part) for part in parts] == [90, 90, 5]


def test_a_run_named_1_and_one_named_by_text_are_the_same():
    frames = [Atoms("Ar", info={"run": run}) for run in (1, "1", "1", 1)]
    with pytest.raises(ValueError, match="but there are 1: 1; make more"):
        split(frames, train=1, validation=1, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("lengths", "sizes", "message"),
    [
        ([5, 5], (-1, 1, 0), "train is -1, but must be a whole number of at least 0"),
        ([5, 5], (0.8, 0.1, 0.1), "train is 0.8, but must be a whole number"),
        ([5, 5], (6.0, 2, 2), "train is 6.0, but must be a whole number of at least 0; write 6"),
        ([5, 5], (0, 0, 0), r"are \[0, 0, 0\]; ask for some frames"),
        ([5, 5], (6, 3, 2), r"needs 6 \+ 3 \+ 2 = 11 frames, but there are 10; ask for fewer"),
        ([5, 5], (2, 2, 2), "needs at least 3 runs, but there are 2: 0, 1; make more"),
        ([9, 1, 1], (5, 3, 0), "3 runs of 9, 1, 1 frames cannot be dealt whole into parts of 5, 3"),
    ],
)
def test_split_refuses(lengths, sizes, message):
    train, validation, test = sizes
    with pytest.raises(ValueError, match=message):
        split(
            made(lengths),
            train=train,
            validation=validation,
            test=test,
            rng=np.random.default_rng(0),
        )


def test_split_refuses_frames_without_a_run():
    frames = [Atoms("Ar", info={"run": 0}), Atoms("Ar")]
    with pytest.raises(ValueError, match=r'frame 1 does not say .* set atoms\.info\["run"\]'):
        split(frames, train=1, validation=1, rng=np.random.default_rng(0))


def test_split_takes_what_can_be_gone_through_once_and_refuses_a_seed():
    frames = made([5, 5])
    rng = np.random.default_rng(0)
    parts = split((atoms for atoms in frames), train=3, validation=2, rng=rng)
    assert [len(part) for part in parts] == [3, 2, 0]
    with pytest.raises(ValueError, match="rng is 0, but must be a generator"):
        split(frames, train=3, validation=2, rng=0)
