"""Pictures that move: atoms of the notebooks' runs, and a mass on a spring."""

import matplotlib.pyplot as plt
import numpy as np
from ase import units

from lecture8.integrators import explicit_euler, initial_state, simulate, velocity_verlet
from lecture8.plotting import BLUE, GREY, ORANGE, RED, log_ticks
from lecture8.potentials import Harmonic

from . import butane_loop, lgps_crystal
from . import clips_parts as parts
from . import lgps_analysis as lgps_
from .moving import Dot, Trail, clip
from .style import FULL, HALF, INK, QUIET

RIGHT = {"ha": "right", "va": "center"}


def title():
    """Lithium ions hop through Li10GeP2S12, between tetrahedra that stand still and pale.

    Moving: 6 ps at 700 K. The long axis c, along which the channels run, goes from left to right.
    All ions tremble, those behind are smaller; one that goes far is red, and draws its way
    behind it.

    Source: our run: pupil of a universal potential, CHGNet, 150 atoms (parts 5 and 6)
    Notebook: 06_ionic_conductivity#referee
    """
    T, frames = 700, 121
    ions = parts.lithium(T, frames)  # (T, 60, 3), on the screen: c, a, b
    a, b, c = lgps_.crystal().cell.lengths()
    width, height = 11.8, 4.1
    size = 30 * np.array([1, height / width])  # Å
    low = np.array([1.5 * c, 0.25 * a]) - size / 2
    figure = plt.figure(figsize=(width, height), layout="none")
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(low[0], low[0] + size[0]), ylim=(low[1], low[1] + size[1]))
    ax.axis("off")
    depth = (-0.6 * b, 0.4 * b)
    parts.draw_tetrahedra(ax, depth)
    # Each ion in that of its periodic images that begins nearest to the middle.
    middle, period = np.array([1.5 * c, 0.25 * a, -0.1 * b]), np.array([3 * c, a, b])
    begin = ions[:10].mean(axis=0)
    ions = parts.tilted(ions - period * np.rint((begin - middle) / period))
    far = parts.traveller(ions, low, low + size)
    up, marks = parts.tilted(np.array([0, a, 0])), []
    near = ions[:, :, 2].mean(axis=0)
    near = (near - near.min()) / np.ptp(near)
    for k in np.argsort(near):  # what is near lies in front
        for image in (-1, 0, 1):  # at the rim of the window another image shows, too
            places = ions[:, k, :2] + image * up[:2]
            inside = (places > low - 0.3) & (places < low + size + 0.3)
            if k != far and inside.all(axis=1).any():
                violet = parts.mixed(lgps_crystal.COLOURS["Li"], 0.35 * (1 - near[k]))
                marks.append(Dot(ax, places, 7 + 3.5 * near[k], violet))
    way = ions[:, far, :2]
    marks.append(Trail(ax, parts.smooth(way), np.arange(1, frames + 1), 4, RED))
    marks.append(Dot(ax, way, 12, RED))
    step = np.linalg.norm(ions[-10:].mean(axis=0) - ions[:10].mean(axis=0), axis=1)
    return clip(figure, marks, seconds=12, still=frames - 1), {
        "temperature": f"{T}",
        "length": "6",
        "ions": f"{len(step)}",
        "moved": f"{np.sum(step > 2)}",
        "way": f"{step[far]:.0f}",
    }


def argon_melts():
    """Argon melts: 108 atoms, coloured by the layer in which they began, mix as time goes on.

    Moving: 30 ps. Beside it two curves, with a dot that runs along: the temperature, which halves
    at once as in any crystal (equipartition), and the share of atoms that are in another layer than
    at the start. It grows for tens of picoseconds; in a crystal that was shaken less, grey, it
    stays zero.

    Source: our run: Lennard-Jones argon, steps of 10 fs (notebook 1)
    Notebook: 01_integrators#argon-prepare
    """
    every = 25  # steps between two pictures
    run, edge = parts.argon(220, 30)
    cold, _ = parts.argon(80, 30)
    figure = plt.figure(figsize=FULL, layout="none")
    box = figure.add_axes((0, 0, 4.5 / 11.8, 1))
    box.set(xlim=(-12.6, 12.6), ylim=(-12.6, 12.6), aspect="equal")
    box.axis("off")
    parts.draw_cube(box, edge)
    inside, leaps = parts.wrapped(run.positions[::every], edge)
    layer = parts.layers(run.positions[0], edge)
    marks = []
    for k in np.argsort(inside[0, :, 2]):
        leap = tuple(np.flatnonzero(leaps[:, k]) + 1)
        colour = parts.RAMP[layer[k]]
        marks.append(Dot(box, inside[:, k, :2], 15.5, colour, leaps=leap))
    upper = figure.add_axes((0.475, 0.58, 0.505, 0.395))
    lower = figure.add_axes((0.475, 0.145, 0.505, 0.395), sharex=upper)
    t = run.times
    kelvin, kelvin_cold = (
        2 * x.kinetic_energies / ((3 * x.positions.shape[1] - 3) * units.kB) for x in (run, cold)
    )
    left, left_cold = (100 * parts.elsewhere(x.positions, edge) for x in (run, cold))
    for ax, hot, calm in ((upper, kelvin, kelvin_cold), (lower, left, left_cold)):
        ax.plot(t[::5], calm[::5], color=GREY, lw=1.5)
        ax.plot(t[::5], hot[::5], color=BLUE, lw=1.5)
        marks.append(Dot(ax, np.stack([t, hot], axis=1)[::every], 7, RED, flat=True))
    upper.set(ylabel="T / K", xlim=(0, 30), ylim=(0, 235), yticks=[0, 100, 200])
    upper.tick_params(labelbottom=False)
    lower.set(ylabel="moved layer / %", xlabel="time / ps", ylim=(-3, 88), yticks=[0, 40, 80])
    settled = kelvin[500:].mean()
    upper.text(30, 215, f"from {kelvin[0]:.0f} K, soon {settled:.0f} K: it melts", **RIGHT)
    upper.text(30, 72, f"from {kelvin_cold[0]:.0f} K: it stays a crystal", **RIGHT)
    lower.text(30, 28, "blue: the hot one; grey: the cold one", **RIGHT)
    numbers = {
        "atoms": f"{run.positions.shape[1]}",
        "start": f"{kelvin[0]:.0f}",
        "end": f"{settled:.0f}",
        "swing": f"{kelvin[500:].std():.0f}",
        "steps": f"{len(t) - 1:,}",
        "early_percent": f"{left[30]:.0f}",  # at 0.3 ps
        "percent": f"{left[-500:].mean():.0f}",
        "cold_percent": f"{left_cold[-500:].mean():.0f}",
        "cold_end": f"{kelvin_cold[500:].mean():.0f}",
    }
    return clip(figure, marks, seconds=12, still=len(inside) - 1), numbers


def euler_spiral():
    """Explicit Euler's point spirals out of the picture; velocity Verlet's stays on an ellipse.

    Moving: velocity against position of a mass on a spring, a dot each step, for three periods.
    In the page a slider sets the step, ω Δt from 0.05 to 1; here it is 0.1. Black: the exact
    circle. The longer the step, the sooner Euler leaves, and the flatter is Verlet's ellipse.

    Source: computed here, a mass on a spring from rest.
    Notebook: 01_integrators#slider-text
    """
    spring = Harmonic(stiffness=1.0)
    start = initial_state([[1.0]], [[0.0]], [1.0], spring)
    steps = {0.1: 200, 0.05: 400, 0.2: 100, 0.3: 67, 0.5: 40, 1.0: 20}  # about 20/ω each
    schemes = {"explicit Euler": (explicit_euler, RED), "velocity Verlet": (velocity_verlet, BLUE)}
    figure, reach = plt.figure(figsize=FULL, layout="none"), 2.85
    axes = [figure.add_axes((x / 11.8, 0.15, 3.47 / 11.8, 0.77)) for x in (0.72, 4.62)]
    angle = np.linspace(0, 2 * np.pi, 200)
    marks, numbers = [], {}
    for ax, name in zip(axes, schemes, strict=True):
        ax.plot(np.cos(angle), np.sin(angle), color=INK, lw=1.2)
        ax.plot(1, 0, "o", ms=11, mfc="none", mew=2, color=INK)
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel="position", yticks=[-2, 0, 2])
        ax.set(xticks=[-2, 0, 2])
        ax.set_title(name)
    axes[0].set_ylabel("velocity", labelpad=-4)
    axes[1].tick_params(labelleft=False)
    for dt, number in steps.items():
        # It has made its steps after 8 of 9.6 seconds; then it stands.
        choice, words = f"{dt:g}", [f"ω Δt = {dt:g}"]
        frames = np.minimum(np.arange(480 + 1) / 400, 1)
        for ax, (name, (step, colour)) in zip(axes, schemes.items(), strict=True):
            run = simulate(start, spring, step=step, timestep=dt, steps=number)
            points = np.stack([run.positions[:, 0, 0], run.velocities[:, 0, 0]], axis=1)
            seen = np.abs(points).max(axis=1) < reach
            there = len(seen) if seen.all() else int(np.argmin(seen))
            now = np.floor(frames * number + 1e-9).astype(int)  # steps taken at each instant
            marks += parts.turns(ax, points[:there], now, dt, colour, choice)
            place = points[np.minimum(now, there - 1)]
            marks.append(Dot(ax, place, 7, colour, jumps=True, choice=choice))
            energy = run.total_energies / 0.5
            if name == "explicit Euler":
                words += ["", "explicit Euler:", f"energy × {1 + dt**2:.5g} a step"]
                gone = f"out of the picture\nafter {there} steps"
                total = f"× {energy[-1]:.1f} after {number} steps"
                words += [total if there == len(seen) else gone]
                numbers[f"euler_{choice.replace('.', '_')}"] = f"{energy[-1]:.3g}"
            else:
                swing = 100 * np.ptp(energy)
                words += ["", "velocity Verlet:", f"energy swings by {swing:.2g} %"]
                numbers[f"verlet_{choice.replace('.', '_')}"] = f"{swing:.2g}"
        text = figure.text(8.62 / 11.8, 0.93, "\n".join(words), va="top", linespacing=1.35)
        text.set_gid(f"choice-{choice}")
    figure.text(8.62 / 11.8, 0.15, "Verlet's limit: ω Δt = 2", color=QUIET, va="bottom")
    choices = [f"{dt:g}" for dt in steps]
    moving = clip(figure, marks, seconds=9.6, still=480, choices=choices, slider="ω Δt")
    return moving, numbers | {"dt": choices[0], "steps": f"{steps[0.1]}"}


def tears_and_holds():
    """Butane twice, from one start: with one fitted potential it tears, with another it holds.

    Moving: two molecules side by side at 500 K, with one clock, a dot on an axis of time below. The
    two potentials are of one kind, were fitted to the same frames, and have nearly the same error.
    After a fifth of a picosecond one molecule falls apart; the other vibrates and stays whole. A
    bond is drawn until it is stretched by half.

    Source: our fits: butane, GFN2-xTB (stability.csv)
    Notebook: 03_fitting#long
    """
    runs, broken, maes = parts.torn_and_whole()
    figure = plt.figure(figsize=(HALF[0], 3.65), layout="none")  # a predict slide holds no more
    length = len(runs[0])
    frames, marks = np.append(np.arange(length), np.full(length // 6, length - 1)), []
    for k, (run, name) in enumerate(zip(runs, ("one fit", "another fit"), strict=True)):
        ax = figure.add_axes((0.5 * k, 0.22, 0.5, 0.67))
        ax.set(xlim=(-3.75, 2.95), ylim=(-3.05, 2.8), aspect="equal")
        ax.axis("off")
        figure.text(0.25 + 0.5 * k, 0.985, name, ha="center", va="top", fontsize=18)
        marks += parts.molecule(ax, run[frames], size=0.72)
    clock = figure.add_axes((0.06, 0.19, 0.88, 0.04))
    times = parts.FEMTOSECONDS * frames  # in the end it stands
    clock.set(xlim=(0, times[-1]), ylim=(0, 1), yticks=[], xlabel="time / fs")
    clock.spines["left"].set_visible(False)
    places = np.stack([times, np.full(len(frames), 0.85)], axis=1)  # above the axis's labels
    marks.append(Dot(clock, places, 8, INK, flat=True))
    return clip(figure, marks, seconds=7, still=len(frames) - 1), {
        "torn_fs": f"{broken}",
        "torn_mae": f"{maes[0]:.0f}",
        "whole_mae": f"{maes[1]:.0f}",
    }


def doubt_rises():
    """Butane at 600 K, and its potential's doubt, which rises until the run is stopped.

    Moving. Above: the molecule; an atom is orange while its grade is above 2 and red above 20.
    Below: the largest grade of an atom against time, and a dot that runs along the curve. It goes
    beyond 2, where a frame is collected, many times, and at 20 the run stops, some femtoseconds
    before the molecule breaks.

    Source: our run: moment tensors, 20 cold frames
    Notebook: 04_active_learning#hot-view
    """
    places, grades, broken = parts.doubtful_run()
    worst = grades.max(axis=1)
    stop = int(np.argmax(worst > butane_loop.STOP))
    collect = worst[: stop + 1] > butane_loop.COLLECT
    figure = plt.figure(figsize=HALF, layout="none")
    ax = figure.add_axes((0.1, 0.56, 0.9, 0.44))
    ax.set(xlim=(-4.6, 4.6), ylim=(-1.97, 1.97), aspect="equal")
    ax.axis("off")
    frames = np.append(np.arange(stop + 1), np.full(stop // 5, stop))  # then it stands
    marks = parts.molecule(ax, places[frames], grades[frames], size=0.8)
    curve = figure.add_axes((0.135, 0.15, 0.845, 0.4))
    curve.set(yscale="log", xlim=(0, 1.12 * stop), ylim=(0.5, 80), xlabel="time / fs")
    curve.set_ylabel("γ", labelpad=2)
    log_ticks(curve.yaxis, (1, 2, 5, 20, 50))
    for level, name, colour in (
        (butane_loop.COLLECT, "collect", ORANGE),
        (butane_loop.STOP, "stop", RED),
    ):
        curve.axhline(level, color=colour, lw=2, ls=(0, (4, 3)))
        curve.text(2, level * 1.08, name, va="bottom")
    line = np.stack([np.arange(stop + 1), worst[: stop + 1]], axis=1)
    marks.append(Trail(curve, line, frames + 1, 2, BLUE))
    marks.append(Dot(curve, line[frames], 7, RED, flat=True))
    return clip(figure, marks, seconds=12, still=len(frames) - 1), {
        "stop_fs": f"{stop}",
        "broken_fs": f"{broken}",
        "first_fs": f"{np.argmax(collect)}",
        "above_percent": f"{100 * collect.mean():.0f}",
        "collect": f"{butane_loop.COLLECT}",
        "stop": f"{butane_loop.STOP}",
    }
