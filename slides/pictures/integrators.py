"""Pictures to notebook 1: how atoms move."""

import matplotlib.pyplot as plt
import numpy as np
from ase import units

from lecture8.integrators import (
    initial_state,
    simulate,
    velocity_verlet,
)
from lecture8.plotting import BLUE, GREEN, RED, log_ticks
from lecture8.potentials import Harmonic

from .integrators_parts import (
    BONDS,
    draw_bond,
    draw_loop,
    draw_steps,
    draw_surface,
    frequency,
    relative_swing,
)
from .style import FULL, INK


def force_is_slope():
    """Forces are slopes, downhill: along a bond, and on an atom that moves near two others.

    Left: the energy of a C-H bond against its length, with tangents. A stretched bond pulls back, a
    short one pushes apart, at the minimum there is no force. Right: the energy of a third argon
    atom in the plane of two fixed ones. The forces cross the lines of equal energy at right angles,
    downhill; the darker, the lower is the energy.

    Source: computed here: C-H from Huber and Herzberg (1979), argon as Rahman (1964).
    Notebook: 01_integrators#newton
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=FULL, width_ratios=[1.15, 1])
    numbers = draw_bond(left) | draw_surface(right)
    return figure, numbers


def finite_difference_loop():
    """Half a kick, a drift, new forces, half a kick, and again: the loop of molecular dynamics.

    Before it, step 0: positions, velocities drawn from the Maxwell-Boltzmann distribution, forces.
    After it: what comes before the run has settled is thrown away, the rest averaged. Beside it, a
    finite difference: where a mass on a spring is, exactly, and in eight coarse steps of velocity
    Verlet, joined by straight lines. From r(t) to r(t + Δt) one such line leads.

    Source: computed here, a mass on a spring, eight steps in a period.
    Notebook: 01_integrators#four-integrators
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=FULL, width_ratios=[1.7, 1])
    draw_loop(left)
    spring, steps = Harmonic(stiffness=1.0), 8
    start, dt = initial_state([[1.0]], [[0.0]], [1.0], spring), 2 * np.pi / steps
    run = simulate(start, spring, step=velocity_verlet, timestep=dt, steps=steps)
    return figure, {"steps": f"{steps}"} | draw_steps(right, run, dt)


def time_step():
    """Fastest vibrations decide: against ω Δt the energy swing of all three bonds is one curve.

    Left: how far the total energy swings, in per cent of the vibrational energy, against the time
    step in femtoseconds, for a C-H, a Li-Li and an Ar-Ar bond; dashed: the limit 2/ω. Right: the
    same against ω Δt.

    Source: computed here; bonds: Huber and Herzberg (1979), argon as Rahman (1964).
    Notebook: 01_integrators#how-long-experiment
    """
    fractions = np.array([0.05, 0.1, 0.2, 0.4, 0.6, 0.8])
    figure, (left, right) = plt.subplots(1, 2, figsize=FULL, sharey=True)
    colours = dict(zip(BONDS, (RED, GREEN, BLUE), strict=True))
    numbers = {}
    for bond, marker in zip(BONDS, "osv", strict=True):
        limit = 2 / frequency(bond) / units.fs
        swing = np.array([100 * relative_swing(bond, f * limit) for f in fractions])
        left.loglog(fractions * limit, swing, marker + "-", ms=9, color=colours[bond])
        left.axvline(limit, color=colours[bond], ls="--", lw=2)
        left.text(fractions[-1] * limit * 0.8, swing[-1], bond, ha="right", va="center")
        left.text(limit * 0.93, 0.13, f"{limit:.3g} fs", ha="right", va="center")
        size = {"o": 15, "s": 10, "v": 5}[marker]
        right.loglog(2 * fractions, swing, marker + "-", ms=size, color=colours[bond])
        key, period = bond.replace("–", "").lower(), np.pi * limit
        numbers |= {f"{key}_period": f"{period:.0f}", f"{key}_limit": f"{limit:.3g}"}
        numbers[f"{key}_step"] = f"{period / 15:.2g}"
    usual = np.pi / 15  # of the limit
    numbers["swing"] = f"{100 * relative_swing('C–H', usual * 2 / frequency('C–H') / units.fs):.0f}"
    right.axvline(2, color=INK, ls="--", lw=2)
    right.text(1.86, 0.13, "limit", ha="right", va="center")
    right.axvline(2 * usual, color=INK, ls=":", lw=2)
    right.text(2 * usual * 0.93, 30, "a fifteenth\nof the period", ha="right", va="center")
    left.set(
        xlabel="time step / fs",
        ylabel="energy swing /\n% of the vibrational energy",
        ylim=(0.08, 150),
    )
    right.set(xlabel="ω Δt")
    log_ticks(left.xaxis, [0.3, 1, 3, 10, 30, 100])
    log_ticks(right.xaxis, [0.1, 0.2, 0.5, 1, 2])
    log_ticks(left.yaxis, [0.1, 1, 10, 100])
    return figure, numbers
