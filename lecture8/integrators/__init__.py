"""Integrators: from F = ma = -dV/dr to a trajectory, one small step at a time (notebook 1).

=====  ==========================  ======  ==================
r      positions                   (N, D)  length
v      velocities                  (N, D)  length / time
m      masses                      (N,)    mass
F      forces, -dV/dr              (N, D)  energy / length
V, K   potential, kinetic energy           energy
dt     time step                           time
=====  ==========================  ======  ==================

The integrators know no units: F = ma holds in any consistent set. In ASE's set (eV, Å, u) a time
step of 5 fs is written ``timestep=5 * ase.units.fs``; in a model system numbers are of order one.

A **potential** is an ASE calculator, or a function of the positions that returns
``(energy, forces)``, or the forces alone (then the run records no potential energy).
"""

from lecture8.integrators.simulation import Trajectory, simulate
from lecture8.integrators.state import (
    BlowUp,
    Potential,
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

__all__ = [
    "BlowUp",
    "Potential",
    "State",
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
