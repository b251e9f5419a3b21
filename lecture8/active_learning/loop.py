"""The loop: explore, select, label, fit, until nothing is left to doubt."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator

from lecture8.active_learning.exploration import Exploration
from lecture8.active_learning.state import check_can_keep, check_can_return, keep, restore
from lecture8.arguments import check_generator, check_whole
from lecture8.frames.checks import check_labels


@dataclass
class ActiveLearning:
    """What the loop has found so far.

    Parameters
    ----------
    frames : list of Atoms
        Labelled; those that were bought in generation 3 have "run" = "generation-3-..." in info.
    potential : calculator
        Fitted to all of them.
    history : list of dict
        For each generation: "frames" it was fitted to, "candidates", "labels" spent so far,
        "set_aside" so far, "largest_grade", "survived_ps" (of the shortest run), "ended" (why the
        runs did), "energy_mae" (meV/atom) and "force_mae" (meV/Å) on the test frames.
    set_aside : list of (Atoms, str)
        Frames that got no label, and why.
    reason : str or None
        Why the loop ended: "converged" (all runs finished without a candidate), "budget",
        "generations", or "nothing new" (runs broke off, but left nothing that is worth a label).
    """

    frames: list[Atoms]
    potential: Calculator | None = None
    history: list[dict] = field(default_factory=list)
    set_aside: list[tuple[Atoms, str]] = field(default_factory=list)
    reason: str | None = None


def active_learning(
    frames: list[Atoms],
    test: list[Atoms],
    *,
    fit: Callable[[list[Atoms], Calculator | None, np.random.Generator], Calculator],
    make_grader: Callable,
    explore: Callable[..., Exploration],
    select: Callable,
    label: Callable,
    budget: int,
    rng: np.random.Generator,
    generations: int = 20,
    runs: int = 2,
    folder: str | Path | None = None,
    report: Callable[[dict], None] | None = None,
) -> ActiveLearning:
    """Explore, select, label and fit until all runs finish without a doubt.

    The loop knows neither the model nor the labeller; the five verbs are functions. In the last
    generation, and when the budget is spent, it fits and explores, but buys nothing more.

    Parameters
    ----------
    frames : list of Atoms
        Labelled, to begin with.
    test : list of Atoms
        Labelled, never fitted to and never selected from: for the history only.
    fit : function
        fit(frames, potential of the last generation or None, rng) -> potential.
    make_grader : function
        make_grader(potential, frames, rng) -> grader.
    explore : function
        explore(start, potential, grader, rng=rng, run=name) -> Exploration. With temperature, steps
        and threshold filled in by `functools.partial`.
    select : function
        select(candidates, grader, number, known=frames) -> list of Atoms.
    label : function
        label(frames) -> labelled frames, [(frame, why it has no label), ...].
    budget : int
        Labels at most. A label that fails is spent, too.
    rng : numpy Generator
    generations : int
        Fits at most.
    runs : int
        Explorations in each generation; they start from frames drawn at random.
    folder : path, optional
        Keep the state there after each generation, and continue from it if there is one: with the
        same arguments, the result is that of a loop which was never stopped.
    report : function, optional
        Called with the entry of the history after each generation.

    Raises
    ------
    ValueError
        If there are no labelled frames, one carries a constraint, a number makes no sense, or the
        state in `folder` is of another loop; also, before labels are bought, if the potential or
        `rng` cannot be kept there.
    OSError
        If `folder` cannot be written to. `state.NotKept`, one of them, if that happens later: it
        carries the labels in its attribute `state`.
    """
    check_whole("budget", budget, 0)
    check_whole("generations", generations, 1)
    check_whole("runs", runs, 1)
    check_generator("rng", rng)
    for name, given in (("the first frames", frames), ("the test frames", test)):
        check_labels(given, name=name)
        _check_free(given, name)
    if folder is not None:
        check_can_keep(folder, rng)
    start, state = frames, ActiveLearning(list(frames))
    if folder is not None:
        state = restore(folder, state, start, rng)
    spent = state.history[-1]["labels"] if state.history else 0
    more = state.reason == "generations" or (state.reason == "budget" and spent < budget)
    if more and len(state.history) < generations:
        state.reason = None
    while state.reason is None:
        generation = len(state.history) + 1
        state.potential = fit(state.frames, state.potential, rng)
        if folder is not None:
            check_can_return(state.potential, folder)
        grader = make_grader(state.potential, state.frames, rng)
        explored = [
            explore(
                state.frames[rng.integers(len(state.frames))],
                state.potential,
                grader,
                rng=rng,
                run=f"generation-{generation}-{k}",
            )
            for k in range(runs)
        ]
        candidates = [atoms for run in explored for atoms in run.candidates]
        afford = budget - spent if generation < generations else 0  # the last buys nothing
        known = state.frames + [atoms for atoms, _ in state.set_aside]
        chosen = select(candidates, grader, afford, known=known)[:afford] if afford else []
        entry = _entry(state, generation, explored, candidates, test)
        if chosen:
            labelled, set_aside = label(chosen)
            state.frames, state.set_aside = state.frames + labelled, state.set_aside + set_aside
            spent += len(chosen)
        else:
            state.reason = _reason(explored, candidates, spent < budget, generation < generations)
        state.history.append(entry | {"labels": spent, "set_aside": len(state.set_aside)})
        if folder is not None:
            state = keep(folder, state, start, rng)
        if report is not None:
            report(state.history[-1])
    return state


def _check_free(frames: list[Atoms], name: str) -> None:
    for index, atoms in enumerate(frames):
        if atoms.constraints:
            raise ValueError(
                f"frame {index} of {name} carries the constraint "
                f"{type(atoms.constraints[0]).__name__}, which its labels would lose on their way "
                "through the loop; remove it with atoms.set_constraint(), and set it in a function "
                "`explore` of your own"
            )


def _entry(state, generation, explored, candidates, test) -> dict:
    """Return what the history says of a generation before it labels."""
    # Brings motep, which workers that label do without.
    from lecture8.fitting.common.errors import errors

    seen = errors(test, state.potential)
    return {
        "generation": generation,
        "frames": len(state.frames),
        "candidates": len(candidates),
        "largest_grade": max(run.largest_grade for run in explored),
        "survived_ps": min(run.survived_ps for run in explored),
        "ended": [run.reason for run in explored],
        "energy_mae": seen.energy_mae_per_atom,
        "force_mae": seen.force_mae,
    }


def _reason(explored, candidates, labels_left, generations_left) -> str:
    if not candidates and all(run.reason == "finished" for run in explored):
        return "converged"
    if not labels_left:
        return "budget"
    return "nothing new" if generations_left else "generations"
