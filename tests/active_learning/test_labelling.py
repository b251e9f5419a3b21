"""Labels arrive whatever happens to some of the workers."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from ase import Atoms

from lecture8.active_learning import label_in_parallel, label_one_by_one
from lecture8.reference import gfn2_xtb
from lecture8.workers import run_tasks
from tests.active_learning.conftest import rattled
from tests.active_learning.planted import no_potential, planted
from tests.planted_tasks import has_torch


def planned(*plans):
    frames = [Atoms("Cu", positions=[[k, 0, 0]]) for k in range(len(plans))]
    for atoms, plan in zip(frames, plans, strict=True):
        atoms.info["plan"] = plan
    return frames


def assert_same(one, other):
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        assert a == b
        assert a.info == b.info
        # The same program on the same input, on the same machine: not one bit.
        assert a.get_potential_energy() == b.get_potential_energy()
        np.testing.assert_array_equal(a.get_forces(), b.get_forces())


def test_all_ways_give_the_same_frames_in_the_same_order(workers, dask_client):
    frames = rattled(6, by=0.1)
    here, set_aside = label_one_by_one(frames, gfn2_xtb())
    assert len(here) == 6
    assert set_aside == []
    backwards = label_one_by_one(frames[::-1], gfn2_xtb())[0][::-1]
    assert_same(here, backwards)  # no label depends on the one before
    for executor in (workers, dask_client):
        there, set_aside = label_in_parallel(frames, gfn2_xtb, executor=executor)
        assert_same(here, there)
        assert set_aside == []


@pytest.mark.parametrize("where", ["here", "workers", "threads", "dask"])
def test_what_fails_is_set_aside_with_the_reason(where, request):
    frames = planned("work", "fail", "work", "nan", "stumble", "work")
    if where == "here":
        labelled, set_aside = label_one_by_one(frames, planted())
    elif where == "threads":
        with ThreadPoolExecutor(2) as executor:
            labelled, set_aside = label_in_parallel(frames, planted, executor=executor)
    else:
        executor = request.getfixturevalue("workers" if where == "workers" else "dask_client")
        labelled, set_aside = label_in_parallel(frames, planted, executor=executor)
    assert [a.positions[0, 0] for a in labelled] == [0, 2, 5]
    assert [a.get_potential_energy() for a in labelled] == [0, 4, 25]
    assert [atoms.info["plan"] for atoms, _ in set_aside] == ["fail", "nan", "stumble"]
    reasons = [why for _, why in set_aside]
    assert "no convergence in 250 cycles" in reasons[0]
    assert "the energy of this frame contains NaN" in reasons[1]
    assert reasons[2] == "KeyError: 'a bug'"


def test_a_process_that_dies_or_hangs_takes_one_frame_with_it(workers, tmp_path):
    frames = planned("work", f"die 1 {tmp_path / 'dead'}", "work", "hang", "work", "work")
    # A label takes a millisecond; the limit is long for a busy machine, and waited for once.
    labelled, set_aside = label_in_parallel(frames, planted, executor=workers, timeout_s=3)
    assert [a.positions[0, 0] for a in labelled] == [0, 2, 4, 5]
    assert [why for _, why in set_aside] == ["its worker died", "took longer than 3 s"]


def test_no_potential_at_all_is_said(workers):
    labelled, set_aside = label_in_parallel(planned("work"), no_potential, executor=workers)
    assert labelled == []
    assert set_aside[0][1] == "there is no potential, OSError: the licence has expired"


def test_dask_loses_nothing_when_a_worker_is_killed(dask_client, tmp_path):
    """A frame kills the worker it is on, the first time; the next worker finishes it."""
    plans = ["work"] * 3 + [f"die 1 {tmp_path / 'dead'}"] + ["work"] * 6
    frames = planned(*plans)
    before = dask_client.run(os.getpid)
    labelled, set_aside = label_in_parallel(frames, planted, executor=dask_client)
    assert set_aside == []
    assert [a.positions[0, 0] for a in labelled] == list(range(10))
    assert (tmp_path / "dead").exists()
    dask_client.wait_for_workers(2)  # the nanny brings it back
    assert set(dask_client.run(os.getpid).values()) != set(before.values())
    here, _ = label_one_by_one(frames, planted())
    assert_same(here, labelled)


def test_nothing_to_label(workers):
    assert label_in_parallel([], planted, executor=workers) == ([], [])


def test_workers_do_without_torch(workers):
    """They start in a second, and hold 100 MB rather than 400."""
    # Not `slots[0].pool`: a process that died in the test before is replaced by the next task.
    assert run_tasks(has_torch, [(), ()], executor=workers) == [False, False]
