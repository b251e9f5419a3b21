"""What is asked of a study: numbers that make sense, or a sentence before anything is spent."""

import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
import psutil

from lecture8.arguments import check_positive, check_whole
from lecture8.conductivity.budget import BUDGETS, Budget
from lecture8.conductivity.keeping import checksum
from lecture8.conductivity.relaxing import CELLS
from lecture8.foundation_models.fine_tuning import START
from lecture8.frames import check_labels, read
from lecture8.replacing import existing


def settings_of(
    path,
    *,
    teacher,
    budget,
    temperatures_K,
    at_K,
    cell,
    least_length,
    orderings,
    ordering,
    labels,
    tune,
    seed,
    **others,
) -> dict:
    """Return the settings of a study as plain numbers and text, or raise.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file, or a setting makes no sense.
    """
    temperatures_K = sorted({float(T) for T in np.atleast_1d(temperatures_K)})
    for T in [*temperatures_K, at_K]:
        check_positive("a temperature", T, ", in K")
    if len(temperatures_K) < 2:
        raise ValueError(f"temperatures_K is {temperatures_K}; a line needs two, better three")
    if cell not in CELLS:
        raise ValueError(f"cell is {cell!r}; choose one of {', '.join(CELLS)}")
    check_positive("least_length", least_length, ", in Å")
    check_whole("seed", seed, 0)
    check_whole("orderings", orderings, 1)
    if ordering not in range(orderings):
        raise ValueError(f"ordering is {ordering}, but must be one of {orderings}, counted from 0")
    if tune and (labels is None or teacher != START):
        raise ValueError(
            f"tune is True, with labels {labels!r} and the teacher {teacher!r}; give labels=..., "
            f"and {START}, which alone can be trained further"
        )
    if labels is not None:
        check_labels(read(existing(labels)), name=f"the frames of {labels}")
    is_file = not callable(teacher) and Path(teacher).is_file()
    of_the_file = {"file": existing(path).name, "sha256": checksum(path)}
    return (
        of_the_file
        | others
        | {
            "teacher": name_of(teacher),
            "teacher_sha256": checksum(teacher) if is_file else None,
            "budget": asdict(budget),
            "temperatures_K": temperatures_K,
            "at_K": at_K,
            "cell": cell,
            "least_length": least_length,
            "orderings": orderings,
            "ordering": ordering,
            "labels": None if labels is None else checksum(labels),
            "tune": tune,
            "seed": seed,
        }
    )


def budget_of(budget: str | Budget) -> Budget:
    """Return a budget by its name, or as it is."""
    if isinstance(budget, Budget):
        return budget
    if budget not in BUDGETS:
        raise ValueError(f"budget is {budget!r}; choose {', '.join(BUDGETS)}, or give a Budget")
    return BUDGETS[budget]


def name_of(teacher) -> str:
    """Return the name of a model, a path, or what a function is called."""
    if callable(teacher):
        return f"{teacher.__module__}.{teacher.__qualname__}"
    return str(teacher)


def number_of_processes(asked: int | None) -> int:
    """Return how many workers were asked for, or there is room for: a teacher takes 1 GB."""
    if asked is not None:
        check_whole("processes", asked, 1)
        return asked
    room = psutil.virtual_memory().available / 1.2e9 - 1  # one for what fits the pupil
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return int(max(1, min(room, cores or 1)))
