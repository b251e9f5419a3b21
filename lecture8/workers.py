"""Workers: many tasks at once, on this machine or a cluster, some of which will fail.

A task has an outcome, or a reason why it has none; nothing that happens to a worker stops the rest.
"""

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import current_process, get_context, parent_process

import numpy as np
from tqdm.auto import tqdm

from lecture8.arguments import check_whole
from lecture8.sending import Failed, NotThere, Unsendable, pickled, unpickled

DIED = Failed("its worker died")
# Also where it did not get as far as the first task.
UNGUARDED = (
    "a worker process ended while it started. A worker imports the script that started it, so what "
    'starts workers must stand below `if __name__ == "__main__":`, and the script in a file'
)


def run_tasks(
    function: Callable,
    arguments: list[tuple],
    *,
    executor,
    timeout_s: float = np.inf,
    retries: int = 0,
    progress: bool = False,
) -> list:
    """Return `function(*a)` for each `a` of `arguments`, computed on the workers of `executor`.

    The order is that of `arguments`, whoever was faster. A task that raises, takes longer than
    `timeout_s`, or takes its worker down has a `Failed` in its place. An interrupt stops what runs.

    Parameters
    ----------
    function : function
        A name that can be imported on the worker, not a function of a notebook (threads and Dask do
        not mind), or a `functools.partial` of one. It may itself return `Failed`.
    arguments : list of tuple
        All that can be pickled.
    executor : LocalProcesses, dask.distributed.Client or concurrent.futures.Executor
        A local process that takes too long or dies is replaced. Dask gives the tasks of a dead
        worker to another, and gives a task up that killed four. On all but local processes,
        what takes too long goes on in a thread that nobody waits for. A ProcessPoolExecutor that
        lost a process is broken for good: all that it had not finished fails.
    timeout_s : float
        For one task.
    retries : int
        How often a task is tried again whose local process died.
    progress : bool
        Show a progress bar.

    Raises
    ------
    ValueError
        If `function` cannot be had on a worker.
    RuntimeError
        If workers do not start.
    """
    outcomes, deaths = [None] * len(arguments), [0] * len(arguments)
    waiting = list(range(len(arguments)))[::-1]
    pack = pickled if _by_pickle(executor) else lambda part: part
    function = pack(function)
    idle, running = _slots(executor), {}  # future -> (which task, where, when it must be done)
    for slot in idle:
        with suppress(BrokenExecutor, RuntimeError):  # `submit` starts it again
            slot.expect(function)  # all at once, since imports take seconds
    finished = queue.SimpleQueue()
    bar = tqdm(total=len(arguments), disable=not progress, unit="task")
    try:
        while waiting or running:
            while waiting and idle:
                index, slot = waiting.pop(), idle.pop()
                try:
                    future = slot.submit(function, pack(arguments[index]), timeout_s)
                except Unsendable as error:
                    outcomes[index] = Failed(error)
                    idle.append(slot)
                    bar.update()
                    continue
                running[future] = index, slot, time.monotonic() + slot.patience(timeout_s)
                future.add_done_callback(finished.put)
            if not running:
                break
            future = min(running, key=lambda f: running[f][2])  # the next to be late
            remaining = running[future][2] - time.monotonic()
            try:
                done = finished.get(timeout=None if remaining == np.inf else max(0, remaining))
            except queue.Empty:
                index, slot, _ = running.pop(future)
                slot.stop(future)
                outcome = _too_long(timeout_s)
            else:
                if done not in running:  # it was stopped before
                    continue
                index, slot, _ = running.pop(done)
                outcome = _result(done)
            if isinstance(outcome, NotThere):
                raise ValueError(str(outcome))
            idle.append(slot)
            if outcome is DIED and deaths[index] < retries:
                deaths[index] += 1
                waiting.append(index)
            else:
                outcomes[index] = outcome
                bar.update()
    finally:  # after an interrupt something still runs
        for future, (_, slot, _) in running.items():
            slot.stop(future)
        bar.close()
    return outcomes


def number_of_workers(executor) -> int:
    """Return how many tasks run at once on the workers of `executor`, as for `run_tasks`."""
    return len(_slots(executor))


def _result(future):
    try:
        return future.result()
    except BrokenExecutor:
        return DIED
    except Exception as error:  # also of Dask: KilledWorker
        return Failed(f"{type(error).__name__}: {error}")


def _too_long(timeout_s: float) -> Failed:
    return Failed(f"took longer than {timeout_s:g} s")


# On the worker ------------------------------------------------------------------------------------


def _import_for(function: bytes) -> None:
    unpickled(function, NotThere)  # `_attempt` will say what is not there


def _attempt(function, arguments):
    if isinstance(function, bytes):
        function, arguments = unpickled(function, NotThere), unpickled(arguments, Failed)
        for part in (function, arguments):
            if isinstance(part, Failed):
                return part
    try:
        return function(*arguments)
    except (Exception, SystemExit) as error:  # sent back, sys.exit() would end us too
        return Failed(f"{type(error).__name__}: {error}")


def _attempt_in_time(function, arguments, timeout_s: float):
    """Work on a worker that cannot be killed: what takes too long is left behind in a thread."""
    if timeout_s == np.inf:
        return _attempt(function, arguments)
    done = queue.SimpleQueue()
    work = threading.Thread(target=lambda: done.put(_attempt(function, arguments)), daemon=True)
    work.start()
    try:
        return done.get(timeout=timeout_s)
    except queue.Empty:
        return _too_long(timeout_s)


# Where workers are --------------------------------------------------------------------------------


class LocalProcesses:
    """Worker processes on this machine; use it in a ``with`` statement.

    Each process has a pool of its own, so that it is known which task took it down, and the others
    work on. They start afresh and import what they need: a script that starts them must do so below
    ``if __name__ == "__main__":``.
    """

    def __init__(self, count: int = 2):
        check_whole("count", count, 1)
        # This is a worker that imports a script, and has come to where workers are started. It ends
        # without a word: the process that started it knows what to say.
        if getattr(current_process(), "_inheriting", False):
            sys.exit(1)
        self.slots = [_Process() for _ in range(count)]

    def __enter__(self):
        return self

    def __exit__(self, *error):
        for slot in self.slots:
            slot.kill()


class _Process:
    """One process, which can be killed and started again."""

    def __init__(self):
        self.start()

    def start(self) -> None:
        # Spawned, not forked: a fork of a process with threads may hang.
        self.pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_settle_in)
        self.pid = self.pool.submit(os.getpid)

    def expect(self, function) -> Future:
        return self.pool.submit(_import_for, function)

    def submit(self, function, arguments, timeout_s):
        # The clock of a task must not run while Python starts and imports what the function needs;
        # and the process may have died idle.
        try:
            self.expect(function).result()
        except (BrokenExecutor, RuntimeError):  # RuntimeError: it was killed by `stop`
            self.kill()
            self.start()
            try:
                self.expect(function).result()
            except BrokenExecutor:
                raise RuntimeError(UNGUARDED) from None
        return self.pool.submit(_attempt, function, arguments)

    def patience(self, timeout_s: float) -> float:
        return timeout_s

    def stop(self, future) -> None:
        self.kill()

    def kill(self) -> None:
        with suppress(ProcessLookupError, BrokenExecutor):  # it is dead already
            os.kill(self.pid.result(), signal.SIGKILL)
        self.pool.shutdown(wait=True, cancel_futures=True)


def _settle_in() -> None:
    # The stop button belongs to the process that started the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The lock of progress bars would be a semaphore, which a killed process leaves behind.
    tqdm.set_lock(threading.RLock())
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    # Who started us was killed, and could not say so: nobody waits for what we do.
    parent_process().join()
    os._exit(1)


class _Shared:
    """A place on an executor that is not ours, where nothing can be killed."""

    def __init__(self, executor):
        self.executor = executor
        # Not pure: Dask must not take the second run of a task for the first.
        self.options = {"pure": False} if _is_dask(executor) else {}

    def expect(self, function) -> None:
        pass  # the clock starts over there

    def submit(self, function, arguments, timeout_s):
        task = _attempt_in_time, function, arguments, timeout_s
        try:
            return self.executor.submit(*task, **self.options)
        except BrokenExecutor as error:  # what is finished must not be lost with it
            future = Future()
            future.set_exception(error)
            return future

    def patience(self, timeout_s: float) -> float:
        return np.inf  # the clock runs over there: a task may wait for its turn

    def stop(self, future) -> None:
        future.cancel()


def _is_dask(executor) -> bool:
    return hasattr(executor, "nthreads")


def _slots(executor) -> list:
    """Return a slot for each task that can run at once."""
    if not (isinstance(executor, LocalProcesses) or hasattr(executor, "submit")):
        raise ValueError(
            f"executor is {executor!r}, but must be LocalProcesses, a Client of Dask or an "
            "Executor of concurrent.futures"
        )
    if isinstance(executor, LocalProcesses):
        return list(executor.slots)
    if _is_dask(executor):
        count = sum(executor.nthreads().values())
    else:
        count = getattr(executor, "_max_workers", os.cpu_count())
    return [_Shared(executor) for _ in range(count or 1)]


def _by_pickle(executor) -> bool:
    """Say whether tasks are pickled on their way; threads need not, and Dask has its own way."""
    return isinstance(executor, LocalProcesses | ProcessPoolExecutor)
