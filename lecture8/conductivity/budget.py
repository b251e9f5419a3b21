"""Budgets: how much a study may spend, from a trial whether all of it works to a night."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Budget:
    """What a study may spend.

    Parameters
    ----------
    strained : int
        Shaken and strained frames to begin with.
    dynamics_ps : float
        Of the teacher's own dynamics, at two temperatures each.
    labels : int
        Which the teacher gives after that, at most.
    epochs : int
        Passes of the first fit; later ones, which begin with the fit before, take half.
    explore_ps : float
        Of each run in which the pupil is looked at.
    replicas : int
        At each temperature, at first.
    picoseconds, most_picoseconds : float
        Of each replica at first; of all replicas of a temperature, at most.
    factor : float
        D is known well enough where the limits of its interval differ by no more than this.
    """

    strained: int
    dynamics_ps: float
    labels: int
    epochs: int
    explore_ps: float
    replicas: int
    picoseconds: float
    most_picoseconds: float
    factor: float


BUDGETS = {
    "trial": Budget(16, 0.1, 48, 10, 1, 3, 10, 60, 5.0),
    "small": Budget(24, 0.2, 120, 30, 4, 4, 50, 400, 3.0),
    "usual": Budget(40, 0.4, 400, 60, 10, 4, 100, 3200, 2.0),
    "large": Budget(80, 1.0, 1200, 100, 20, 8, 200, 12800, 1.5),
}
