"""Active learning (notebook 4): explore, select, label, fit, until the potential can be trusted.

`active_learning` is the loop. What it is made of: graders, which doubt (`grades`, `maxvol`);
molecular dynamics that stops when in doubt (`exploration`); a choice without copies (`selection`);
labels from many workers (`labelling`);
how much doubt is too much (`calibration`).
"""

from lecture8.active_learning.calibration import calibrated_threshold
from lecture8.active_learning.exploration import Exploration, explore
from lecture8.active_learning.grades import (
    CommitteeGrade,
    DistanceGrade,
    ExtrapolationGrade,
    fit_committee,
)
from lecture8.active_learning.labelling import label_in_parallel, label_one_by_one
from lecture8.active_learning.loop import ActiveLearning, active_learning
from lecture8.active_learning.maxvol import maxvol
from lecture8.active_learning.moment_network_grade import ReadoutGrade
from lecture8.active_learning.selection import select
from lecture8.workers import LocalProcesses

__all__ = [
    "ActiveLearning",
    "CommitteeGrade",
    "DistanceGrade",
    "Exploration",
    "ExtrapolationGrade",
    "LocalProcesses",
    "ReadoutGrade",
    "active_learning",
    "calibrated_threshold",
    "explore",
    "fit_committee",
    "label_in_parallel",
    "label_one_by_one",
    "maxvol",
    "select",
]
