"""Tasks are done whatever happens to some of the workers."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context

import psutil
import pytest

from lecture8.workers import Failed, LocalProcesses, run_tasks
from tests.planted_tasks import square


def tasks(*plans):
    return list(enumerate(plans))


@pytest.mark.parametrize("where", ["workers", "threads", "dask_client"])
def test_outcomes_come_in_order_and_failures_with_a_reason(where, request):
    plans = tasks("work", "fail", "work", "stumble", "quit", "decline", "work")
    if where == "threads":
        with ThreadPoolExecutor(2) as executor:
            outcomes = run_tasks(square, plans, executor=executor)
    else:
        outcomes = run_tasks(square, plans, executor=request.getfixturevalue(where))
    assert outcomes == [
        0,
        "RuntimeError: no convergence in 250 cycles",
        4,
        "KeyError: 'a bug'",
        "SystemExit: enough",
        "it was declined",
        36,
    ]
    assert [isinstance(outcome, Failed) for outcome in outcomes] == [0, 1, 0, 1, 1, 1, 0]


def test_a_process_that_dies_or_hangs_takes_one_task_with_it(workers, tmp_path):
    plans = tasks("work", f"die 1 {tmp_path / 'dead'}", "work", "hang", "work", "work")
    # A task takes a millisecond; the limit is long for a busy machine, and waited for once.
    outcomes = run_tasks(square, plans, executor=workers, timeout_s=3)
    assert outcomes == [0, "its worker died", 4, "took longer than 3 s", 16, 25]


@pytest.mark.parametrize(("retries", "outcome"), [(2, 1), (1, "its worker died")])
def test_a_task_whose_process_died_is_tried_again(workers, tmp_path, retries, outcome):
    marks = tmp_path / "deaths"
    plans = tasks("work", f"die 2 {marks}", "work", "fail")
    outcomes = run_tasks(square, plans, executor=workers, retries=retries)
    assert outcomes[:3] == [0, outcome, 4]
    assert len(marks.read_text()) == 1 + retries
    assert outcomes[3] == "RuntimeError: no convergence in 250 cycles"


def test_a_process_that_died_while_idle_is_replaced(workers):
    run_tasks(square, tasks("work", "work"), executor=workers)  # both are alive now
    os.kill(workers.slots[0].pid.result(), signal.SIGKILL)
    assert run_tasks(square, tasks(*["work"] * 4), executor=workers) == [0, 1, 4, 9]


def test_a_broken_pool_keeps_what_it_had_finished(tmp_path):
    plans = tasks("work", f"die 1 {tmp_path / 'dead'}", "work")
    with ProcessPoolExecutor(1, get_context("spawn")) as executor:
        outcomes = run_tasks(square, plans, executor=executor)
    assert outcomes == [0, "its worker died", "its worker died"]


def test_dask_gives_the_task_of_a_dead_worker_to_another(dask_client, tmp_path):
    plans = tasks("work", "work", f"die 1 {tmp_path / 'dead'}", "work", "work")
    assert run_tasks(square, plans, executor=dask_client) == [0, 1, 4, 9, 16]
    assert (tmp_path / "dead").exists()


def test_dask_gives_up_what_takes_too_long(dask_client):
    plans = tasks("work", "hang", "work", "work")
    outcomes = run_tasks(square, plans, executor=dask_client, timeout_s=3)
    assert outcomes == [0, "took longer than 3 s", 4, 9]
    # Nor is the worker lost on which it hangs.
    assert run_tasks(square, tasks(*["work"] * 4), executor=dask_client) == [0, 1, 4, 9]


def test_an_interrupt_stops_the_workers_and_is_passed_on(request):
    # A shell that puts pytest in the background makes it deaf to interrupts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(partial(signal.signal, signal.SIGINT, before))
    with LocalProcesses(2) as executor:
        pids = [slot.pid.result() for slot in executor.slots]
        timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            run_tasks(square, tasks("hang", "hang", "work"), executor=executor)
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)
        # They serve again.
        assert run_tasks(square, tasks("work"), executor=executor) == [0]
        pids = [slot.pid.result() for slot in executor.slots]
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_progress_counts_tasks_and_is_silent_unless_asked(workers, capsys):
    run_tasks(square, tasks("work", "fail", "work"), executor=workers)
    assert capsys.readouterr().err == ""
    run_tasks(square, tasks("work", "fail", "work"), executor=workers, progress=True)
    assert "3/3" in capsys.readouterr().err


def test_nothing_to_do_and_nobody_to_do_it(workers):
    assert run_tasks(square, [], executor=workers) == []
    with pytest.raises(ValueError, match=r"count is 0, .* at least 1"):
        LocalProcesses(0)


def test_workers_end_with_the_process_that_started_them(tmp_path):
    script = tmp_path / "starts.py"
    script.write_text(
        "import time\n"
        "from lecture8.workers import LocalProcesses\n"
        'if __name__ == "__main__":\n'
        "    with LocalProcesses(2) as executor:\n"
        "        print(*(slot.pid.result() for slot in executor.slots), flush=True)\n"
        "        time.sleep(600)\n"
    )
    process = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
    pids = [int(pid) for pid in process.stdout.readline().split()]
    assert all(psutil.pid_exists(pid) for pid in pids)
    process.kill()
    process.wait()
    process.stdout.close()
    for _ in range(200):
        if not any(psutil.pid_exists(pid) for pid in pids):
            return
        time.sleep(0.1)
    raise AssertionError(f"{pids} go on without anybody who waits for them")
