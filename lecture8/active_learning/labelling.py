"""Labelling: energies and forces from many workers, some of which will fail.

A frame is labelled, or set aside with the reason; nothing that happens to a worker stops the rest.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator, Calculator

from lecture8.arguments import check_positive
from lecture8.frames import label
from lecture8.workers import Failed, run_tasks

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
        As for `lecture8.workers.run_tasks`.
    timeout_s : float
        For one label.

    Returns
    -------
    labelled : list of Atoms
    set_aside : list of (Atoms, str)
        Frames that got no label, and why.

    Raises
    ------
    ValueError
        If `make_potential` cannot be had on a worker: no label is tried.
    """
    if timeout_s != np.inf:
        check_positive("timeout_s", timeout_s)
    label_on_worker = partial(_label_on_worker, make_potential=make_potential)
    tasks = [(atoms,) for atoms in frames]
    outcomes = run_tasks(label_on_worker, tasks, executor=executor, timeout_s=timeout_s)
    return _sorted_out(frames, outcomes)


def _sorted_out(frames, outcomes) -> Labelled:
    labelled = [result for result in outcomes if isinstance(result, Atoms)]
    pairs = zip(frames, outcomes, strict=True)
    return labelled, [(atoms, why) for atoms, why in pairs if isinstance(why, Failed)]


def _outcome(atoms: Atoms, potential) -> Atoms | Failed:
    # Nothing may be left of the frame before, such as its density as the first guess.
    if isinstance(potential, Calculator):
        potential.reset()
    try:
        return label([atoms], potential)[0]
    except Exception as error:
        return Failed(f"{type(error).__name__}: {str(error).replace('frame 0', 'this frame')}")


# On the worker ------------------------------------------------------------------------------------

_spare: list[tuple] = []  # (how it was made, potential): those that do nothing at the moment
_lock = threading.Lock()  # a Dask worker may have several threads, a potential serves one


@contextmanager
def lent(make_potential) -> Iterator[BaseCalculator]:
    """Lend a potential of this process: one that is spare, or a new one from `make_potential`.

    Loading a foundation model takes seconds and a GB, so that the next task should find it here.
    """
    with _lock:
        _spare[:] = [(made_by, p) for made_by, p in _spare if _same(made_by, make_potential)]
        potential = _spare.pop()[1] if _spare else None
    potential = make_potential() if potential is None else potential
    yield potential
    with _lock:
        _spare.append((make_potential, potential))


def _same(one, other) -> bool:
    """Say whether two functions, or two `partial` of one, make the same potential."""
    parts = [(f.func, f.args, f.keywords) if isinstance(f, partial) else f for f in (one, other)]
    return parts[0] == parts[1]


def _label_on_worker(atoms: Atoms, make_potential) -> Atoms | Failed:
    try:
        with lent(make_potential) as potential:
            return _outcome(atoms, potential)
    except Exception as error:
        return Failed(f"there is no potential, {type(error).__name__}: {error}")
