"""How long a study will take, said before it starts."""

import time

from ase import Atoms

from lecture8.active_learning.labelling import lent
from lecture8.conductivity.budget import Budget
from lecture8.conductivity.crystal_files import Crystal
from lecture8.conductivity.relaxing import large_enough
from lecture8.workers import Failed, number_of_workers, run_tasks

# Measured on one core at 2.5 GHz: a moment network, per atom and pass of a fit (s); per atom and
# step of a run (s). A step of a relaxation or of the checklist costs one label.
FIT_S, STEP_S = 4e-4, 1.6e-5
RELAXATION, CHECKLIST = 300, 200
TIMESTEP_PS = 0.002


def estimate(
    crystal: Crystal, make_teacher, budget: Budget, temperatures_K, least_length: float, executor
) -> str:
    """Return a sentence on how long a study will take, from the time of one label.

    Raises
    ------
    RuntimeError
        If the teacher does not answer for this crystal.
    """
    atoms = large_enough(crystal.orderings[0], least_length)
    (label_s,) = run_tasks(_seconds_of_a_label, [(atoms, make_teacher)], executor=executor)
    if isinstance(label_s, Failed):
        raise RuntimeError(f"the teacher does not answer for this crystal: {label_s}")
    workers = number_of_workers(executor)
    few, many = (
        seconds(
            len(atoms), len(crystal.orderings), budget, len(temperatures_K), label_s, workers, share
        )
        for share in (0.2, 1.0)
    )
    return (
        f"about {_minutes(few)} to {_minutes(many)} on {workers} "
        f"{'core' if workers == 1 else 'cores'} ({label_s:.2g} s a label of {len(atoms)} atoms); "
        "it may be stopped at any time, and the same command goes on"
    )


def seconds(
    atoms: int,
    orderings: int,
    budget: Budget,
    temperatures: int,
    label_s: float,
    workers: int,
    share: float,
) -> float:
    """Return seconds, where `share` of the labels and of the picoseconds is needed."""
    labels = share * budget.labels
    dynamics = 2 * budget.dynamics_ps / TIMESTEP_PS
    alone = RELAXATION * orderings / min(orderings, workers) + CHECKLIST
    labelling = (alone + (dynamics + budget.strained + labels) / workers) * label_s
    frames = budget.strained + 80 * budget.dynamics_ps
    # Each later fit takes half the passes, and on average half of the labels are known.
    fits = budget.epochs * (frames + (frames + labels / 2) * labels / 96)
    steps = share * temperatures * budget.most_picoseconds / TIMESTEP_PS / workers
    explored = labels * budget.explore_ps / TIMESTEP_PS / 4
    return labelling + atoms * (FIT_S * fits + STEP_S * (steps + explored))


def _seconds_of_a_label(atoms: Atoms, make_teacher) -> float:
    """Return what the second label takes, on a worker; the first compiles."""
    with lent(make_teacher) as teacher:
        for k in range(2):
            atoms.positions += 1e-3 * (k + 1)
            began = time.perf_counter()
            atoms.calc = teacher
            atoms.get_forces()
            taken = time.perf_counter() - began
    return taken


def _minutes(s: float) -> str:
    return f"{s / 3600:.1f} hours" if s > 5400 else f"{max(1, s / 60):.0f} min"
