"""What comes with the course because it takes too long for a lesson: one function a data set.

The files lie in ``lecture8/data``. Each docstring says what they hold, at which level of theory,
and which recipe of ``recipes/`` made them. A table is a dict, column name -> array (rows,).
"""

from lecture8.datasets.active_learning import butane_loops, comparison, reference_torsions
from lecture8.datasets.fitting import (
    butane_frames,
    costs,
    fitted_butane,
    learning_curves,
    stability,
)
from lecture8.datasets.foundation_models import (
    Solid,
    fine_tuning_curves,
    lithium_sulfide_frames,
    rattled_solids,
    solids,
)
from lecture8.datasets.ionic_conductivity import (
    fitted_lgps,
    lgps_frames,
    lgps_learning,
    lgps_systematics,
    long_run_energies,
    long_runs,
    nagp_framework,
    nagp_runs,
    pbe_frames,
    pupil_framework,
    pupil_runs,
    teacher_frames,
    teacher_runs,
)
from lecture8.datasets.own_crystals import (
    first_examination,
    first_pupil,
    structure_file,
    study,
)
from lecture8.datasets.potentials import argon_dimer_table

__all__ = [
    "Solid",
    "argon_dimer_table",
    "butane_frames",
    "butane_loops",
    "comparison",
    "costs",
    "fine_tuning_curves",
    "first_examination",
    "first_pupil",
    "fitted_butane",
    "fitted_lgps",
    "learning_curves",
    "lgps_frames",
    "lgps_learning",
    "lgps_systematics",
    "lithium_sulfide_frames",
    "long_run_energies",
    "long_runs",
    "nagp_framework",
    "nagp_runs",
    "pbe_frames",
    "pupil_framework",
    "pupil_runs",
    "rattled_solids",
    "reference_torsions",
    "solids",
    "stability",
    "structure_file",
    "study",
    "teacher_frames",
    "teacher_runs",
]
