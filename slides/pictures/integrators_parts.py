"""What the pictures to notebook 1 are made of: its bonds, its argon, and drawings."""

import matplotlib.pyplot as plt
import numpy as np
from ase import Atoms, units
from matplotlib.patches import FancyBboxPatch

from lecture8.integrators import simulate
from lecture8.plotting import BLUE, ORANGE, RED, SKY
from lecture8.potentials import Morse, lennard_jones
from lecture8.structures import ARGON

from .style import INK, QUIET

HBAR = units._hbar * units.J * units.s  # eV times ASE's time unit

# Masses (u), length (Å), depth (eV), wavenumber (1/cm): Huber and Herzberg; argon from its LJ.
BONDS = {
    "C–H": ((12.011, 1.008), 1.120, 3.64, 2858.5),
    "Li–Li": ((6.94, 6.94), 2.673, 1.056, 351.4),
    "Ar–Ar": (
        (39.95, 39.95),
        2 ** (1 / 6) * ARGON["sigma"],
        ARGON["epsilon"],
        HBAR
        * np.sqrt(72 * 2 ** (-1 / 3) * ARGON["epsilon"] / ARGON["sigma"] ** 2 / (39.95 / 2))
        / units.invcm,
    ),
}


def frequency(bond: str) -> float:
    """Return the angular frequency of a bond, in ASE's unit."""
    return BONDS[bond][3] * units.invcm / HBAR


def morse(bond: str) -> Morse:
    """Return a Morse bond with the depth and the frequency of the table."""
    (m1, m2), length, depth, _ = BONDS[bond]
    stiffness = frequency(bond) ** 2 * m1 * m2 / (m1 + m2)
    return Morse(depth=depth, width=np.sqrt(stiffness / (2 * depth)), length=length)


def draw_bond(ax):
    """Draw the energy of a C-H bond, tangents and forces; return the numbers."""
    bond, length, depth = morse("C–H"), BONDS["C–H"][1], BONDS["C–H"][2]

    def energy_and_force(r):
        energy, forces = bond(np.array([[0.0, 0, 0], [r, 0, 0]]))[:2]
        return energy, forces[1, 0]

    r = np.linspace(0.74, 2.6, 200)
    ax.plot(r, [energy_and_force(x)[0] for x in r], color=BLUE, lw=3)
    places = {"short": 0.88, "minimum": length, "long": 1.5}
    forces, energies = {}, {}
    for name, place in places.items():
        energies[name], forces[name] = energy_and_force(place)
        reach = np.array([-1, 1]) * 0.3 / np.hypot(1, forces[name] / 6)
        ax.plot(place + reach, energies[name] - forces[name] * reach, color=ORANGE, lw=3)
        if name != "minimum":
            here = np.array([place, energies[name]])
            arrow(ax, here, here + np.array([forces[name] / 20, 0]))
        ax.plot(place, energies[name], "o", ms=11, color=INK, zorder=5)
    ax.text(0.98, energies["short"] + 0.15, "pushes apart", va="bottom")
    ax.text(1.56, energies["long"], "pulls back", va="center")
    ax.text(length + 0.02, -depth - 0.15, "no force", va="top")
    ax.text(1.75, 0.75, r"$F = -\,\mathrm{d}V/\mathrm{d}r$", fontsize=22, va="center", ha="center")
    ax.set(xlabel="C–H distance / Å", ylabel="energy / eV", xlim=(0.7, 2.6), ylim=(-4.6, 1.3))
    return {
        "short": f"{places['short']:.2f}",
        "push": f"{forces['short']:.1f}",
        "long": f"{places['long']:.1f}",
        "pull": f"{-forces['long']:.1f}",
        "length": f"{length:.2f}",
        "depth": f"{depth:.2f}",
    }


def arrow(ax, start, end, **how):
    """Draw a force."""
    arrow = {"arrowstyle": "-|>,head_width=0.35,head_length=0.6", "lw": 3, "color": RED}
    ax.annotate("", end, start, arrowprops=arrow | {"shrinkA": 0, "shrinkB": 0} | how, zorder=4)


def draw_surface(ax):
    """Draw the energy of a third argon atom near two others; return the numbers."""
    fixed = np.array([[-1.9, 0, 0], [1.9, 0, 0]])  # near the minimum of a pair

    def third(x, y):
        result = lennard_jones(np.vstack([fixed, [x, y, 0]]), **ARGON)
        return 1e3 * result.energy, result.forces[2]

    x, y = np.linspace(-6.9, 6.9, 116), np.linspace(-2.2, 8.2, 88)
    pair = 1e3 * lennard_jones(fixed, **ARGON).energy
    V = np.array([[third(a, b)[0] - pair for a in x] for b in y])
    levels = np.arange(-20, 5, 4)
    ax.contourf(
        x, y, V, levels=[-30, *levels[levels < 0]], cmap="Blues_r", alpha=0.6, vmin=-26, vmax=10
    )
    ax.contour(x, y, V, levels=levels, colors=[QUIET], linewidths=1, negative_linestyles="solid")
    for centre in fixed:
        ax.add_patch(plt.Circle(centre[:2], 1.45, color=SKY, zorder=3, lw=0))
        ax.text(*centre[:2], "Ar", ha="center", va="center", color="#111111", zorder=4)
    for place in ((0, 5.9), (-3.3, 5.2), (3.3, 5.2), (-4.9, 1.3), (4.9, 1.3)):
        force = third(*place)[1][:2]
        arrow(ax, np.array(place), place + 1.5 * force / np.linalg.norm(force))
        ax.plot(*place, "o", ms=11, color=INK, zorder=5)
    ax.text(-6.7, 8.0, "a third Ar atom;\ndarker: lower energy", va="top", linespacing=1.2)
    ax.text(6.7, 8.0, r"$\mathbf{F} = -\nabla V$", va="top", ha="right", fontsize=22)
    ax.set(xlabel="x / Å", ylabel="y / Å", aspect="equal", xlim=(-6.9, 6.9), ylim=(-2.2, 8.2))
    ax.set(xticks=[-5, 0, 5], yticks=[0, 5])
    return {"well": f"{-V.min():.1f}", "pair": f"{-pair:.1f}", "lines": f"{levels[1] - levels[0]}"}


def draw_loop(ax):
    """Draw the four stations of velocity Verlet, what comes before and what after."""
    boxes = {
        (0, 1): ("half a kick", r"$v \leftarrow v + \frac{\Delta t}{2}\,\frac{F}{m}$", SKY),
        (1, 1): ("drift", r"$r \leftarrow r + \Delta t\, v$", SKY),
        (1, 0): ("new forces", r"$F \leftarrow -\,\mathrm{d}V/\mathrm{d}r$", ORANGE),
        (0, 0): ("half a kick", r"$v \leftarrow v + \frac{\Delta t}{2}\,\frac{F}{m}$", SKY),
    }
    for (x, y), (name, formula, colour) in boxes.items():
        corner = (x - 0.36, y - 0.24)
        box = FancyBboxPatch(
            corner, 0.72, 0.48, boxstyle="round,pad=0,rounding_size=0.06", color=colour, lw=0
        )
        ax.add_patch(box)
        ax.text(x, y + 0.12, name, ha="center", va="center", color="#111111", fontsize=17)
        ax.text(x, y - 0.09, formula, ha="center", va="center", color="#111111", fontsize=21)
    way = {"color": INK, "mutation_scale": 22, "lw": 3}
    arrow(ax, (0.37, 1), (0.63, 1), **way)
    arrow(ax, (1, 0.75), (1, 0.25), **way)
    arrow(ax, (0.63, 0), (0.37, 0), **way)
    arrow(ax, (0, 0.25), (0, 0.75), **way)
    ax.text(0.04, 0.5, r"next step: $t \leftarrow t + \Delta t$", va="center", fontsize=16)
    ax.text(1, -0.28, "nearly all the cost", ha="center", va="top", fontsize=16)
    start = "step 0: positions of a crystal;\nvelocities drawn (Maxwell–Boltzmann); $F$"
    ax.text(-0.36, 1.62, start, va="center", fontsize=16, linespacing=1.15)
    arrow(ax, (0, 1.44), (0, 1.26), **way)
    end = "at the end: average what came\nafter it settled, with an error"
    ax.text(0, -0.6, end, ha="center", va="center", fontsize=16, linespacing=1.15)
    arrow(ax, (0, -0.25), (0, -0.44), **way)
    ax.set(xlim=(-0.4, 1.4), ylim=(-0.78, 1.8))
    ax.axis("off")


def draw_steps(ax, run, dt):
    """Draw a mass on a spring, exactly and step by step, one step marked; return the numbers."""
    t, r = run.times / (2 * np.pi), run.positions[:, 0, 0]
    fine = np.linspace(0, 1, 200)
    ax.plot(fine, np.cos(2 * np.pi * fine), color=INK, lw=2)
    ax.plot(t, r, "o-", ms=9, color=BLUE)
    here, there = (t[1], r[1]), (t[2], r[2])
    ax.plot([here[0]] * 2, [here[1], there[1] - 0.22], ":", color=INK, lw=2)
    ax.plot([there[0]] * 2, [there[1], there[1] - 0.22], ":", color=INK, lw=2)
    both = {"arrowstyle": "<->", "color": RED, "lw": 2.5, "shrinkA": 0, "shrinkB": 0}
    level = there[1] - 0.22
    ax.annotate("", (here[0], level), (there[0], level), arrowprops=both)
    ax.text(t[1:3].mean(), level - 0.05, r"$\Delta t$", ha="center", va="top", fontsize=18)
    ax.text(here[0] + 0.03, here[1] + 0.03, r"$r(t)$", va="bottom", fontsize=18)
    ax.text(there[0] + 0.03, there[1] + 0.02, r"$r(t + \Delta t)$", va="bottom", fontsize=18)
    ax.text(0.58, 0.72, "velocity Verlet", color=BLUE, ha="center", va="center")
    ax.text(0.83, 0.05, "exact", va="center")
    ax.set(xlabel="time / period", ylabel="position r", xlim=(-0.03, 1.03), ylim=(-1.15, 1.15))
    ax.set(xticks=[0, 0.5, 1], yticks=[-1, 0, 1])
    ahead = np.arccos(1 - dt**2 / 2) / dt - 1  # Verlet's own frequency, exactly
    return {"verlet": f"{abs(r).max():.2f}", "ahead_percent": f"{100 * ahead:.0f}"}


def relative_swing(bond: str, timestep_fs: float) -> float:
    """Stretch a bond a little, run 50 periods, return the swing of the energy."""
    masses, length, depth, _ = BONDS[bond]
    potential = morse(bond)
    stretched = [[0.0, 0.0, 0.0], [length + 0.05 / potential.width, 0.0, 0.0]]
    start = Atoms(bond.replace("–", ""), stretched, masses=masses)
    number = int(50 * 2 * np.pi / frequency(bond) / units.fs / timestep_fs)
    run = simulate(start, potential, timestep_fs=timestep_fs, steps=number)
    return np.ptp(run.total_energies) / (run.potential_energies[0] + depth)
