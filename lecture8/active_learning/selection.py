"""Selection: which of the candidates are worth a label."""

import numpy as np
from ase import Atoms

from lecture8.frames import duplicates


def select(
    candidates: list[Atoms],
    grader,
    number: int,
    *,
    known: list[Atoms] = (),
    tolerance: float = 0.1,
    apart_ps: float = 0.1,
    threshold: float = 1.0,
) -> list[Atoms]:
    """Return at most `number` of the candidates, the most doubtful first and no two alike.

    Neighbours in time are doubted for the same reason, and one label settles it. So may frames that
    look different: where a grader has `most_doubtful`, as `ExtrapolationGrade` and `ReadoutGrade`,
    each choice changes the grades of the rest, before a label is spent.

    Parameters
    ----------
    candidates : list of Atoms
        With "grade", "run" and "time_ps" in info.
    grader : Grader
    known : list of Atoms
        Structures that must not be bought again.
    tolerance : float
        Å; structures whose distances agree to this are alike (`frames.duplicates`). 0: none is.
    apart_ps : float
        Nearer in time than this, two structures of one run are neighbours. 0: none is.
    threshold : float
        Where there is `most_doubtful`: what is left of a frame's grade must exceed it.

    Raises
    ------
    ValueError
        If a candidate does not carry what `explore` writes into its info.
    """
    for index, atoms in enumerate(candidates):
        if missing := {"grade", "run", "time_ps"} - set(atoms.info):
            raise ValueError(
                f"candidate {index} has no {' and no '.join(sorted(missing))} in info; "
                "give those that `explore` returned"
            )
    fresh = _without_copies(candidates, list(known), tolerance, apart_ps) if number > 0 else []
    if hasattr(grader, "most_doubtful"):
        fresh = [fresh[i] for i in grader.most_doubtful(fresh, number, above=threshold)]
    return fresh[:number]


def _without_copies(candidates, known, tolerance, apart_ps) -> list[Atoms]:
    """Return the candidates by grade, each only if it resembles none before it."""
    order = np.argsort([-atoms.info["grade"] for atoms in candidates], kind="stable")
    ranked = [candidates[i] for i in order]
    alike = {k: set() for k in range(len(ranked))}  # -1: one of the known
    if tolerance > 0:
        for _, k in duplicates(known, ranked, tolerance=tolerance):
            alike[k].add(-1)
        for a, b in duplicates(ranked, ranked, tolerance=tolerance):
            alike[b].add(a)

    def neighbours(a: int, b: int) -> bool:
        one, other = ranked[a].info, ranked[b].info
        apart = abs(one["time_ps"] - other["time_ps"])
        return str(one["run"]) == str(other["run"]) and apart < apart_ps - 1e-9  # rounding

    kept = []
    for k in range(len(ranked)):
        if alike[k].isdisjoint({-1, *kept}) and not any(neighbours(a, k) for a in kept):
            kept.append(k)
    return [ranked[k] for k in kept]
