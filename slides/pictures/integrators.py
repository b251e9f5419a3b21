"""Pictures to notebook 1: how atoms move."""

import matplotlib.pyplot as plt

from lecture8 import plotting
from lecture8.integrators import explicit_euler, initial_state, simulate, velocity_verlet
from lecture8.potentials import Harmonic

from .style import FULL


def phase_portraits():
    """Explicit Euler spirals out of the picture; velocity Verlet stays on a closed curve.

    Velocity against position of a mass on a spring.

    Source: computed here, a step of 0.3/ω.
    Notebook: 01_integrators#portraits
    """
    spring = Harmonic(stiffness=1.0)
    start = initial_state([[1.0]], [[0.0]], [1.0], spring)
    figure, axes = plt.subplots(1, 2, figsize=FULL, sharex=True, sharey=True)
    steps = {"explicit Euler": explicit_euler, "velocity Verlet": velocity_verlet}
    for ax, (name, step) in zip(axes, steps.items(), strict=True):
        run = simulate(start, spring, step=step, timestep=0.3, steps=200)
        plotting.phase_portrait(ax, run, label=name)
        ax.set(xlim=(-1.8, 1.8), ylim=(-1.8, 1.8))
    axes[0].set_ylabel("velocity")
    return figure, {"factor": f"{1 + 0.3**2:.2f}"}
