"""Integrators: from F = ma = -dV/dr to a trajectory, one small step at a time (notebook 1).

=====  ==========================  ======  ==================
r      positions                   (N, D)  length
v      velocities                  (N, D)  length / time
m      masses                      (N,)    mass
F      forces, -dV/dr              (N, D)  energy / length
V, K   potential, kinetic energy           energy
dt     time step                           time
=====  ==========================  ======  ==================

The steps know no units: F = ma holds in any consistent set. `simulate` is told them by the names of
its arguments: ``timestep_fs``, ``picoseconds`` and a bath in kelvin for atoms, which are moved in
ASE's set (eV, Å, u); where a model system's numbers are of order one, the unit is left out of the
name: ``timestep``, ``steps``.

A **potential** is a `lecture8.potential.Potential` or another ASE calculator, or a function of the
positions that returns ``(energy, forces)``, or the forces alone (then the run records no potential
energy).
"""

from lecture8.integrators.bath import Langevin
from lecture8.integrators.simulation import PICOSECOND, simulate
from lecture8.integrators.state import (
    AnyPotential,
    BlowUp,
    State,
    initial_state,
    state_from_atoms,
)
from lecture8.integrators.steps import (
    explicit_euler,
    langevin_baoab,
    semi_implicit_euler,
    velocity_verlet,
    yoshida4,
)
from lecture8.integrators.time_loop import TimeLoop
from lecture8.integrators.trajectory import Trajectory

__all__ = [
    "PICOSECOND",
    "AnyPotential",
    "BlowUp",
    "Langevin",
    "State",
    "TimeLoop",
    "Trajectory",
    "explicit_euler",
    "initial_state",
    "langevin_baoab",
    "semi_implicit_euler",
    "simulate",
    "state_from_atoms",
    "velocity_verlet",
    "yoshida4",
]
