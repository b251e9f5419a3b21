"""Ionic conductivity (notebook 6): from a trajectory to a number in S/m, each step with its error.

Displacement (`unwrap`, `remove_drift`), its mean square (by the book and by Fourier transform), the
diffusion coefficient in a diffusive window, Arrhenius' law, and Nernst and Einstein's relation with
the Haven ratio; `conductivity_of_runs` takes all of these steps. Lengths are in Å and times in ps.
The functions take a `lecture8.integrators.Trajectory`, `Replicas`, or arrays with their times.
Every number comes as `lecture8.measured.Measured`: value, error, and the limits of the 95 %
interval, from independent replicas or blocks and never from residuals of a line.
"""

from lecture8.ionic_conductivity.arrhenius import Arrhenius, arrhenius_fit
from lecture8.ionic_conductivity.conductivity import (
    Conductivity,
    conductivity_of_runs,
    milli_siemens_per_cm,
    nernst_einstein,
)
from lecture8.ionic_conductivity.diffusion import Diffusion, diffusion_coefficient, haven_ratio
from lecture8.ionic_conductivity.diffusive_window import diffusive_window, log_log_slope
from lecture8.ionic_conductivity.displacement import charge_displacement, remove_drift
from lecture8.ionic_conductivity.files import read_trajectory
from lecture8.ionic_conductivity.mean_square import (
    fast_mean_squared_displacement,
    mean_squared_displacement,
)
from lecture8.ionic_conductivity.replicas import Replicas
from lecture8.ionic_conductivity.running import run_replicas
from lecture8.ionic_conductivity.unwrapping import unwrap
from lecture8.ionic_conductivity.van_hove import (
    density_grid,
    non_gaussian_parameter,
    van_hove_self,
)

__all__ = [
    "Arrhenius",
    "Conductivity",
    "Diffusion",
    "Replicas",
    "arrhenius_fit",
    "charge_displacement",
    "conductivity_of_runs",
    "density_grid",
    "diffusion_coefficient",
    "diffusive_window",
    "fast_mean_squared_displacement",
    "haven_ratio",
    "log_log_slope",
    "mean_squared_displacement",
    "milli_siemens_per_cm",
    "nernst_einstein",
    "non_gaussian_parameter",
    "read_trajectory",
    "remove_drift",
    "run_replicas",
    "unwrap",
    "van_hove_self",
]
