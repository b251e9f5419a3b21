"""Labels arrive whatever happens to some of the workers."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from ase import Atoms

from lecture8.active_learning import LocalProcesses, label_in_parallel, label_one_by_one
from lecture8.reference import gfn2_xtb
from tests.active_learning.conftest import rattled
from tests.active_learning.planted import has_torch, no_potential, planted


def planned(*plans):
    frames = [Atoms("Cu", positions=[[k, 0, 0]]) for k in range(len(plans))]
    for atoms, plan in zip(frames, plans, strict=True):
        atoms.info["plan"] = plan
    return frames


@pytest.fixture(scope="module")
def workers():
    with LocalProcesses(2) as executor:
        yield executor


@pytest.fixture(scope="module")
def dask_client():
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


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


def test_a_process_that_dies_or_hangs_takes_one_frame_with_it(workers):
    frames = planned("work", "die", "work", "hang", "work", "work")
    # A label takes a millisecond; the limit is long for a busy machine, and waited for once.
    labelled, set_aside = label_in_parallel(frames, planted, executor=workers, timeout_s=3)
    assert [a.positions[0, 0] for a in labelled] == [0, 2, 4, 5]
    assert [why for _, why in set_aside] == ["its worker died", "took longer than 3 s"]


def test_a_process_that_died_while_idle_is_replaced(workers):
    label_in_parallel(planned("work", "work"), planted, executor=workers)  # both are alive now
    os.kill(workers.slots[0].pid.result(), signal.SIGKILL)
    labelled, set_aside = label_in_parallel(planned(*["work"] * 4), planted, executor=workers)
    assert (len(labelled), set_aside) == (4, [])


def test_no_potential_at_all_is_said(workers):
    labelled, set_aside = label_in_parallel(planned("work"), no_potential, executor=workers)
    assert labelled == []
    assert set_aside[0][1] == "there is no potential, OSError: the licence has expired"


def test_dask_loses_nothing_when_a_worker_is_killed(dask_client, tmp_path):
    """A frame kills the worker it is on, the first time; the next worker finishes it."""
    plans = ["work"] * 3 + [f"die once {tmp_path / 'dead'}"] + ["work"] * 6
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


def test_dask_sets_aside_what_takes_too_long(dask_client):
    frames = planned("work", "hang", "work", "work")
    labelled, set_aside = label_in_parallel(frames, planted, executor=dask_client, timeout_s=3)
    assert [a.positions[0, 0] for a in labelled] == [0, 2, 3]
    assert [why for _, why in set_aside] == ["took longer than 3 s"]
    # Nor is the worker lost on which it hangs.
    again, _ = label_in_parallel(planned(*["work"] * 4), planted, executor=dask_client)
    assert len(again) == 4


def test_an_interrupt_stops_the_workers_and_is_passed_on(request):
    # A shell that puts pytest in the background makes it deaf to interrupts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(partial(signal.signal, signal.SIGINT, before))
    with LocalProcesses(2) as executor:
        pids = [slot.pid.result() for slot in executor.slots]
        timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            label_in_parallel(planned("hang", "hang", "work"), planted, executor=executor)
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
        # They serve again.
        assert len(label_in_parallel(planned("work"), planted, executor=executor)[0]) == 1
        pids = [slot.pid.result() for slot in executor.slots]
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_nothing_to_label(workers):
    assert label_in_parallel([], planted, executor=workers) == ([], [])
    with pytest.raises(ValueError, match="count is 0"):
        LocalProcesses(0)


def test_workers_do_without_torch(workers):
    """They start in a second, and hold 100 MB rather than 400."""
    assert not workers.slots[0].pool.submit(has_torch).result()
