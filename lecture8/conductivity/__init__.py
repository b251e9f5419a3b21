"""Your own crystal: from a structure file, or trajectories, to a conductivity with its error.

`conductivity` is the whole way, and ``python -m lecture8.conductivity my.cif --ion Li`` the same;
read `study`. Its steps stand in files of their own and can be taken alone: `read_crystal`
(`crystal_files`, `ordering`, `charges`), `relax`, `doubt`, `teach`, `run_from_hot_to_cool`,
`measure`, `report.write_report`.
"""

from lecture8.conductivity.budget import BUDGETS, Budget
from lecture8.conductivity.crystal_files import Crystal, read_crystal
from lecture8.conductivity.doubting import Doubt, doubt
from lecture8.conductivity.examining import Examination
from lecture8.conductivity.measuring import Outcome, measure
from lecture8.conductivity.relaxing import large_enough, relax
from lecture8.conductivity.study import Study, conductivity, run_from_hot_to_cool
from lecture8.conductivity.teaching import Taught, teach
from lecture8.conductivity.trajectories import conductivity_of_trajectories

__all__ = [
    "BUDGETS",
    "Budget",
    "Crystal",
    "Doubt",
    "Examination",
    "Outcome",
    "Study",
    "Taught",
    "conductivity",
    "conductivity_of_trajectories",
    "doubt",
    "large_enough",
    "measure",
    "read_crystal",
    "relax",
    "run_from_hot_to_cool",
    "teach",
]
