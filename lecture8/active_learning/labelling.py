"""Labelling: energies and forces from many workers, some of which will fail.

A frame is labelled, or set aside with the reason; nothing that happens to a worker stops the rest.
"""

import os
import queue
import signal
import threading
import time
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator

from lecture8.frames import label

Labelled = tuple[list[Atoms], list[tuple[Atoms, str]]]


def label_one_by_one(frames: list[Atoms], potential: BaseCalculator) -> Labelled:
    """Label frames here and now, without workers: best where a label takes milliseconds.

    Returns
    -------
    labelled : list of Atoms
    set_aside : list of (Atoms, str)
        Frames that got no label, and why.
    """
    return _sorted_out(frames, [_outcome(atoms, potential) for atoms in frames])


def label_in_parallel(
    frames: list[Atoms], make_potential, *, executor, timeout_s: float = 600.0
) -> Labelled:
    """Label frames on the workers of `executor`, each with a potential of its own.

    A frame is set aside if its calculation fails, does not converge, gives NaN, takes longer than
    `timeout_s`, or takes its worker down. The order is that of `frames`, whoever was faster, and a
    label does not depend on what its worker did before. An interrupt stops the running labels.

    Parameters
    ----------
    frames : list of Atoms
    make_potential : function
        Called without arguments on each worker, and once: a name that can be imported there, such
        as `lecture8.reference.gfn2_xtb`, not a function of a notebook.
    executor : LocalProcesses, dask.distributed.Client or concurrent.futures.Executor
        A local process that takes too long or dies is replaced. Dask gives the frames of a dead
        worker to another, and gives a frame up that killed four. On all but local processes,
        what takes too long goes on in a thread that nobody waits for.
    timeout_s : float
        For one label.

    Returns
    -------
    labelled : list of Atoms
    set_aside : list of (Atoms, str)
        Frames that got no label, and why.
    """
    outcomes: list[Atoms | str | None] = [None] * len(frames)
    waiting = list(range(len(frames)))[::-1]
    idle, running = _slots(executor), {}  # future -> (which frame, where, when it must be done)
    finished = queue.SimpleQueue()
    try:
        while waiting or running:
            while waiting and idle:
                index, slot = waiting.pop(), idle.pop()
                future = slot.submit(frames[index], make_potential, timeout_s)
                running[future] = index, slot, time.monotonic() + slot.patience(timeout_s)
                future.add_done_callback(finished.put)
            try:
                remaining = min(deadline for _, _, deadline in running.values()) - time.monotonic()
                future = finished.get(timeout=None if remaining == np.inf else max(0, remaining))
            except queue.Empty:
                future = min(running, key=lambda f: running[f][2])
                index, slot, _ = running.pop(future)
                outcomes[index] = _too_long(timeout_s)
                slot.stop(future)
                idle.append(slot)
            else:
                if future not in running:  # it was stopped before
                    continue
                index, slot, _ = running.pop(future)
                outcomes[index] = _result(future)
                idle.append(slot)
    finally:  # after an interrupt something still runs
        for future, (_, slot, _) in running.items():
            slot.stop(future)
    return _sorted_out(frames, outcomes)


def _sorted_out(frames, outcomes) -> Labelled:
    labelled = [result for result in outcomes if isinstance(result, Atoms)]
    pairs = zip(frames, outcomes, strict=True)
    return labelled, [(atoms, why) for atoms, why in pairs if isinstance(why, str)]


def _result(future) -> Atoms | str:
    try:
        return future.result()
    except BrokenExecutor:
        return "its worker died"
    except Exception as error:  # also of Dask: KilledWorker
        return f"{type(error).__name__}: {error}"


# On the worker ------------------------------------------------------------------------------------

_spare: list[tuple] = []  # (how it was made, potential): those that do nothing at the moment
_lock = threading.Lock()  # a Dask worker may have several threads, a potential serves one


def _label_on_worker(atoms: Atoms, make_potential) -> Atoms | str:
    with _lock:
        _spare[:] = [(made_by, p) for made_by, p in _spare if made_by == make_potential]
        potential = _spare.pop()[1] if _spare else None
    try:
        potential = make_potential() if potential is None else potential
    except Exception as error:
        return f"there is no potential, {type(error).__name__}: {error}"
    outcome = _outcome(atoms, potential)
    with _lock:
        _spare.append((make_potential, potential))
    return outcome


def _label_in_time(atoms: Atoms, make_potential, timeout_s: float) -> Atoms | str:
    """Label on a worker that cannot be killed: what takes too long is left behind in a thread."""
    done = queue.SimpleQueue()
    work = threading.Thread(
        target=lambda: done.put(_label_on_worker(atoms, make_potential)), daemon=True
    )
    work.start()
    try:
        return done.get(timeout=timeout_s)
    except queue.Empty:
        return _too_long(timeout_s)


def _too_long(timeout_s: float) -> str:
    return f"took longer than {timeout_s:g} s"


def _outcome(atoms: Atoms, potential) -> Atoms | str:
    """Return the labelled frame, or why it has no label: text travels where exceptions may not."""
    # Nothing may be left of the frame before, such as its density as the first guess.
    if hasattr(potential, "reset"):
        potential.reset()
    try:
        return label([atoms], potential)[0]
    except Exception as error:
        return f"{type(error).__name__}: {str(error).replace('frame 0', 'this frame')}"


# Where workers are --------------------------------------------------------------------------------


class LocalProcesses:
    """Worker processes on this machine; use it in a ``with`` statement.

    Each process has a pool of its own, so that it is known which frame took it down, and the others
    work on. They start afresh and import what they need: a script that starts them must do so below
    ``if __name__ == "__main__":``.
    """

    def __init__(self, count: int = 2):
        if count < 1:
            raise ValueError(f"count is {count}, but there must be at least one process")
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
        self.pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_ignore_interrupts)
        self.pid = self.pool.submit(os.getpid)

    def submit(self, atoms, make_potential, timeout_s):
        # The clock of a label must not run while Python starts; and the process may have died idle.
        try:
            self.pool.submit(os.getpid).result()
        except (BrokenExecutor, RuntimeError):  # RuntimeError: it was killed by `stop`
            self.kill()
            self.start()
            self.pid.result()
        return self.pool.submit(_label_on_worker, atoms, make_potential)

    def patience(self, timeout_s: float) -> float:
        return timeout_s

    def stop(self, future) -> None:
        self.kill()

    def kill(self) -> None:
        with suppress(ProcessLookupError, BrokenExecutor):  # it is dead already
            os.kill(self.pid.result(), signal.SIGKILL)
        self.pool.shutdown(wait=True, cancel_futures=True)


def _ignore_interrupts() -> None:
    """Leave the stop button to the process that started the workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


class _Shared:
    """A place on an executor that is not ours, where nothing can be killed."""

    def __init__(self, executor):
        self.executor = executor
        # Not pure: Dask must not take the second label of a frame for the first.
        self.options = {"pure": False} if _is_dask(executor) else {}

    def submit(self, atoms, make_potential, timeout_s):
        task = _label_in_time, atoms, make_potential, timeout_s
        return self.executor.submit(*task, **self.options)

    def patience(self, timeout_s: float) -> float:
        return np.inf  # the clock runs over there: a frame may wait for its turn

    def stop(self, future) -> None:
        future.cancel()


def _is_dask(executor) -> bool:
    return hasattr(executor, "nthreads")


def _slots(executor) -> list:
    """Return a slot for each frame that can be labelled at once."""
    if isinstance(executor, LocalProcesses):
        return list(executor.slots)
    if _is_dask(executor):
        count = sum(executor.nthreads().values())
    else:
        count = getattr(executor, "_max_workers", os.cpu_count())
    return [_Shared(executor) for _ in range(count or 1)]
