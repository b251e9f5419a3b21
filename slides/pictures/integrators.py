"""Pictures to notebook 1: how atoms move."""

import matplotlib.pyplot as plt
import numpy as np
from ase import units

from lecture8.integrators import (
    explicit_euler,
    initial_state,
    semi_implicit_euler,
    simulate,
    velocity_verlet,
)
from lecture8.plotting import BLUE, GREEN, INTEGRATOR_COLOURS, RED, log_ticks
from lecture8.potentials import Harmonic

from .integrators_parts import (
    BONDS,
    draw_bond,
    draw_box,
    draw_loop,
    draw_steps,
    draw_surface,
    frequency,
    melting,
    relative_swing,
)
from .style import FULL, INK


def molecular_dynamics():
    """Argon melts, from crystal to liquid: 108 atoms at four instants, and their temperature.

    The atoms of the left half are blue. At first all sit on their lattice sites and have one speed;
    within a third of a picosecond half of the kinetic energy has become potential energy, as in any
    crystal (equipartition). That it melts one sees from the colours: they mix.

    Source: computed here: 15 ps of Lennard-Jones argon, steps of 10 fs.
    Notebook: 01_integrators#argon-prepare
    """
    run, edge = melting()
    temperature = 2 * run.kinetic_energies / ((3 * run.positions.shape[1] - 3) * units.kB)
    marks = {0: "crystal", 30: "shaken", 300: "liquid", 1500: "mixing"}
    figure = plt.figure(figsize=FULL)
    grid = figure.add_gridspec(2, 4, height_ratios=[2.9, 1])
    left = run.positions[0, :, 0] < edge / 2 - 0.1
    for column, (frame, name) in enumerate(marks.items()):
        ax = figure.add_subplot(grid[0, column])
        draw_box(ax, run.positions[frame], edge, left)
        ax.set_title(f"{run.times[frame]:g} ps: {name}")
    ax = figure.add_subplot(grid[1, :])
    ax.plot(run.times, temperature, color=BLUE, lw=1.5)
    for frame in marks:
        ax.plot(run.times[frame], temperature[frame], "o", ms=10, color=RED, clip_on=False)
    ax.set(xlabel="time / ps", ylabel="T / K", xlim=(0, 15), ylim=(60, 230), yticks=[100, 200])
    settled = temperature[500:]
    note = f"{temperature[0]:.0f} K at the start; {settled.mean():.0f} K once half of the kinetic "
    # Out of the layout, which such a long line would make to cut off the titles.
    ax.text(0.3, 215, note + "energy has become potential energy", va="top", in_layout=False)
    return figure, {
        "atoms": f"{run.positions.shape[1]}",
        "start": f"{temperature[0]:.0f}",
        "end": f"{settled.mean():.0f}",
        "swing": f"{settled.std():.0f}",
        "steps": f"{len(run.times) - 1:,}",
    }


def force_is_slope():
    """Forces are slopes, downhill: along a bond, and on an atom that moves near two others.

    Left: the energy of a C-H bond against its length, with tangents. A stretched bond pulls back, a
    short one pushes apart, at the minimum there is no force. Right: the energy of a third argon
    atom in the plane of two fixed ones. The forces cross the lines of equal energy at right angles,
    downhill.

    Source: computed here: C-H from Huber and Herzberg (1979), argon as Rahman (1964).
    Notebook: 01_integrators#newton
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=FULL, width_ratios=[1.15, 1])
    numbers = draw_bond(left) | draw_surface(right)
    return figure, numbers


def finite_difference_loop():
    """Half a kick, a drift, new forces, half a kick, and again: the loop of molecular dynamics.

    Beside it, a finite difference: where a mass on a spring is, exactly, and in eight coarse steps
    of velocity Verlet, joined by straight lines. From r(t) to r(t + Δt) one such line leads.

    Source: computed here, a mass on a spring, eight steps in a period.
    Notebook: 01_integrators#four-integrators
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=FULL, width_ratios=[1.7, 1])
    draw_loop(left)
    spring, steps = Harmonic(stiffness=1.0), 8
    start, dt = initial_state([[1.0]], [[0.0]], [1.0], spring), 2 * np.pi / steps
    run = simulate(start, spring, step=velocity_verlet, timestep=dt, steps=steps)
    return figure, {"steps": f"{steps}"} | draw_steps(right, run, dt)


def phase_portraits():
    """Explicit Euler spirals out of the picture; velocity Verlet stays on a closed curve.

    Velocity against position of a mass on a spring, beside the exact circle; and the energy, which
    grows with every step of explicit Euler, and swings with the two others.

    Source: computed here, a step of 0.3/ω, 21 in a period.
    Notebook: 01_integrators#portraits
    """
    spring, dt = Harmonic(stiffness=1.0), 0.3
    start = initial_state([[1.0]], [[0.0]], [1.0], spring)
    schemes = {
        "explicit Euler": explicit_euler,
        "semi-implicit Euler": semi_implicit_euler,
        "velocity Verlet": velocity_verlet,
    }
    runs = {
        name: simulate(start, spring, step=step, timestep=dt, steps=200)
        for name, step in schemes.items()
    }
    figure, axes = plt.subplots(1, 3, figsize=FULL, width_ratios=[1, 1, 1.1])
    angle = np.linspace(0, 2 * np.pi, 200)
    for ax, name in zip(axes, ("explicit Euler", "velocity Verlet"), strict=False):
        r, v = runs[name].positions[:, 0, 0], runs[name].velocities[:, 0, 0]
        line = {"color": INTEGRATOR_COLOURS[name], "lw": 1.5 if "Euler" in name else 0}
        ax.plot(r, v, ".-", ms=9, **line)
        ax.plot(np.cos(angle), np.sin(angle), color=INK, lw=1.5, zorder=1 if "Euler" in name else 3)
        ax.plot(1, 0, "o", ms=12, mfc="none", mew=2.5, color=INK, zorder=3)
        ax.set(title=name, xlim=(-2.7, 2.7), ylim=(-2.7, 2.7), aspect="equal", xlabel="position")
        ax.set(xticks=[-2, 0, 2], yticks=[-2, 0, 2])
        ax.text(0.8, 0, "start", ha="right", va="center")
    axes[0].set_ylabel("velocity")
    axes[1].text(0, 1.15, "1 % off, at most", ha="center", va="bottom")
    energies = {name: run.total_energies / 0.5 for name, run in runs.items()}
    periods = runs["explicit Euler"].times / (2 * np.pi)
    for name, energy in energies.items():
        axes[2].plot(periods, energy, color=INTEGRATOR_COLOURS[name], lw=3)
    factor = (energies["explicit Euler"][1:] / energies["explicit Euler"][:-1]).mean()
    axes[2].set(xlim=(0, 4), ylim=(0.6, 2.2), xlabel="time / period", yticks=[1, 1.5, 2])
    axes[2].set_ylabel("energy, relative to the start")
    axes[2].text(0.55, 2.17, f"explicit Euler:\n× {factor:.2f} in each step", va="top")
    axes[2].text(4, 1.24, "semi-implicit Euler", ha="right")
    axes[2].text(4, 0.76, "velocity Verlet", color=BLUE, ha="right")
    swing = {name: np.ptp(energy) for name, energy in energies.items()}
    return figure, {
        "dt": f"{dt:.1f}",
        "factor": f"{factor:.2f}",
        "period_growth": f"{energies['explicit Euler'][21]:.1f}",
        "swing_verlet": f"{100 * swing['velocity Verlet']:.1f}",
        "swing_semi": f"{100 * swing['semi-implicit Euler']:.0f}",
    }


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
