"""A batch by D-optimality: each choice widens the active set before the next is graded."""

import numpy as np

from lecture8.active_learning.maxvol import maxvol


def widening(
    frames: list[list[np.ndarray]], active: list[np.ndarray], number: int, above: float
) -> list[int]:
    """Return which of `frames` to add, each the most doubtful once those before it are in.

    An added frame's atoms widen the active sets where they increase their volume; then all others
    are graded again. It ends after `number` frames, or when no grade exceeds `above`.

    Parameters
    ----------
    frames : list of lists of arrays (n, P)
        For each frame, and for each active set: the rows of the atoms that it judges.
    active : list of arrays (P, P)
        The active sets.
    """
    active, chosen = list(active), []
    while len(chosen) < min(number, len(frames)):
        inverses = [np.linalg.inv(rows) for rows in active]
        grades = np.array(
            [
                max(np.abs(r @ c).max(initial=0) for r, c in zip(rows, inverses, strict=True))
                for rows in frames
            ]
        )
        grades[chosen] = 0
        best = int(np.argmax(grades))
        if grades[best] <= above + 1e-6:  # the tolerance of maxvol, and rounding
            break
        chosen.append(best)
        for k, rows in enumerate(frames[best]):
            together = np.concatenate([active[k], rows])
            active[k] = together[maxvol(together, start=np.arange(len(active[k])))]
    return chosen
