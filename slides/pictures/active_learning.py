"""Pictures to notebook 4: a potential that knows where it does not know."""

import matplotlib.pyplot as plt
import numpy as np
from ase import Atoms
from ase.utils import rotate
from matplotlib.patches import FancyBboxPatch
from scipy.stats import f as f_distribution
from scipy.stats import fisher_exact, mannwhitneyu, spearmanr

from lecture8 import plotting
from lecture8.datasets import butane_loops, comparison, costs, fitted_lgps
from lecture8.structures import lgps

from . import butane_loop
from .architectures_parts import power
from .diagrams import ON_BOX, arrow, box, canvas, picture, words
from .rendering import render
from .style import FULL, HALF, INK, PAPER, QUIET

TILT = "14x,-20y"
LGPS_COLOURS = {"Li": (0.63, 0.31, 0.85), "S": (0.91, 0.77, 0.16), "P": (0.91, 0.5, 0.1)}
LGPS_COLOURS |= {"Ge": (0.31, 0.56, 0.56)}
LGPS_RADII = {"Li": 0.75, "S": 1.0, "P": 0.8, "Ge": 0.9}  # Å


def active_learning_loop():
    """Explore, doubt, label, fit, and again: with two dozen labels, short runs become 25 ps.

    Left: the loop; frames with a grade above 2 are collected. Right: how long each exploration of
    butane at 600 K ran, against the labels bought so far. The first series asks for 5 ps and stops
    at a grade above 20; the second asks for 25 ps and stops at the first doubt, above 2: so the
    runs become shorter at first. Filled: the first series; open: the second. Thin lines: five other
    seeds. All arrive.

    Source: our loops: butane, GFN2-xTB (butane_loops.csv)
    Notebook: 04_active_learning#longer
    """
    first, second = butane_loop.loop()
    figure, drawing = canvas(FULL)
    places = {
        "explore": (2.9, 3.75, "dynamics, 600 K", "blue"),
        "doubt": (4.75, 2.25, rf"collect if $\gamma > {butane_loop.COLLECT}$", "orange"),
        "label": (2.9, 0.75, "GFN2-xTB", "green"),
        "fit": (1.05, 2.25, "all frames", "purple"),
    }
    for name, (x, y, text, tint) in places.items():
        box(drawing, x, y + 0.1, 1.9, 0.95, "", tint)
        words(drawing, x, y + 0.33, name, fontsize=18, colour=ON_BOX, weight="bold")
        words(drawing, x, y - 0.08, text, fontsize=14, colour=ON_BOX)
    words(drawing, 2.9, 2.25, "until a run\nends without\na doubt", fontsize=16)
    for start, end in (
        ((3.95, 3.7), (4.75, 2.92)),
        ((4.75, 1.78), (3.95, 0.85)),
        ((1.85, 0.85), (1.05, 1.78)),
        ((1.05, 2.92), (1.85, 3.7)),
    ):
        arrow(drawing, start, end, width=3, head=20, curve=-0.25)
    ax = figure.add_axes((0.585, 0.17, 0.41, 0.81))
    others, ends = butane_loops(), []
    mine = (others["level"] == 8) & (others["start"] == "as it is")
    for seed in np.unique(others["seed"]):
        here = mine & (others["seed"] == seed)
        line = others["labels"][here], others["survived_ps"][here]
        _legs(ax, *line, others["leg"][here], "o", color=plotting.SKY, ms=5, lw=1.5)
        ends.append(line[0].max())
    bought, lived, legs = [0], [], []
    for number, leg in enumerate((first, second), start=1):
        before = bought[-1]
        bought += [before + entry["labels"] for entry in leg.history]
        lived += [entry["survived_ps"] for entry in leg.history]
        legs += [number] * len(leg.history)
    _legs(ax, bought[:-1], lived, np.array(legs), "s", color=plotting.RED, ms=9, lw=3)
    text = (
        "leg 2, open: up to 25 ps,\nstops at the first doubt, $\\gamma > 2$",
        "leg 1, filled: up to 5 ps,\nstops at $\\gamma > 20$",
        "orange: one loop\nblue: five others",
    )
    for x, y, line in zip((-0.6, 1.8, -0.6), (95, 0.27, 0.022), text, strict=True):
        words(ax, x, y, line, fontsize=16, ha="left", linespacing=1.15)
    ax.axhline(25, color=QUIET, lw=1.5, ls=":", zorder=0)
    ax.set(xlabel="labels bought", ylabel="until the run stops / ps")
    ax.set(ylim=(0.01, 200), xlim=(-1, max(ends) + 1))
    plotting.log_ticks(ax.yaxis, (0.04, 0.2, 1, 5, 25))
    bought = [leg.history[-1]["labels"] for leg in (first, second)]
    return figure, {
        "collect": f"{butane_loop.COLLECT}",
        "stop": f"{butane_loop.STOP}",
        "start": f"{first.history[0]['frames']}",
        "labels": f"{sum(bought)}",
        "least_labels": f"{min(ends)}",
        "most_labels": f"{max(ends)}",
        "labels_5ps": f"{bought[0]}",
        "labels_25ps": f"{bought[1]}",
        "rounds": f"{len(first.history) + len(second.history)}",
        "first_ps": f"{first.history[0]['survived_ps']:.2f}",
        "last_ps": f"{second.history[-1]['survived_ps']:.0f}",
        "first_gamma": f"{first.history[0]['largest_grade']:.0f}",
        "last_gamma": f"{second.history[-1]['largest_grade']:.1f}",
        "first_mae": f"{first.history[0]['force_mae']:.0f}",
        "last_mae": f"{second.history[-1]['force_mae']:.0f}",
    }


def _legs(ax, labels, picoseconds, leg, marker, **how):
    """Draw how long explorations ran against labels: the first leg filled, the second open."""
    ax.semilogy(labels, picoseconds, marker + "-", **how)
    labels, picoseconds = np.array(labels)[leg == 2], np.array(picoseconds)[leg == 2]
    ax.semilogy(labels, picoseconds, marker, mfc=PAPER, mew=0.3 * how["ms"], **how)


def doubt_and_error():
    """The extrapolation grade rises with the true error: hardly a calm frame is badly wrong.

    Each point is a frame of 300, 500 or 800 K: the error of its worst atom against its grade. The
    line is the threshold of the loop.

    Source: computed here: butane, moment tensor level 8 fitted at 300 K, truth from GFN2-xTB.
    Notebook: 04_active_learning#calibration
    """
    found = butane_loop.doubts()
    figure, ax = plt.subplots(figsize=HALF)
    colours = (plotting.BLUE, plotting.ORANGE, plotting.RED)
    for (name, (gamma, _, wrong, *_)), colour in zip(found.items(), colours, strict=True):
        x, y = gamma.max(axis=1), wrong.max(axis=1)
        ax.loglog(x, y, "o", color=colour, ms=4.5, mew=0, alpha=0.8, label=name)
    above = {"loc": "lower center", "bbox_to_anchor": (0.5, 1), "ncols": 3, "fontsize": 16}
    legend = ax.legend(**above, frameon=False, markerscale=2.4, handletextpad=0, columnspacing=1.2)
    for handle in legend.legend_handles:
        handle.set_alpha(1)
    ax.axvline(2, color=INK, lw=2, ls=(0, (4, 3)))
    words(ax, 2.15, 5.5, "in doubt", ha="left", fontsize=16)
    ax.set(xlabel=r"largest grade $\gamma$ of a frame", ylabel="error of its worst force / (eV/Å)")
    plotting.log_ticks(ax.xaxis, (1, 3, 10, 30))
    plotting.log_ticks(ax.yaxis, (0.1, 0.3, 1, 3))
    parts = (np.concatenate(part) for part in zip(*found.values(), strict=True))
    gamma, sigma, wrong, of_committee, runs = parts
    worst, calm = wrong.max(axis=1), gamma.max(axis=1) <= 2
    learn = np.isin(runs, np.unique(runs)[::2])  # learn the factor on some runs, judge on others
    ratio = of_committee / (2 * sigma)
    factor = np.quantile(ratio[learn], 1 - f_distribution.sf(4 * 3 / 5, 3, 9))
    return figure, {
        "rank": f"{spearmanr(gamma.max(axis=1), worst)[0]:.2f}",
        "missed": f"{100 * (worst[calm] > 0.5).mean():.1f}",
        "false_alarms": f"{100 * (worst[~calm] < 0.3).mean():.1f}",
        "rank_committee": f"{spearmanr(sigma.max(axis=1), of_committee.max(axis=1))[0]:.2f}",
        "committee_factor": f"{factor:.1f}",
        "miscoverage": f"{100 * (ratio[~learn] > 1).mean():.0f}",
        "miscoverage_scaled": f"{100 * (ratio[~learn] > factor).mean():.0f}",
    }


def luck():
    """With 40 labels the loop's error is no better than that of random frames of a long run.

    Force errors at 800 K against labels bought: median, best and worst of five seeds for two loops
    and two kinds of random frames: of the loop's own runs, and of a run with GFN2-xTB.

    Source: our loops: butane, GFN2-xTB (active_learning.csv)
    Notebook: 04_active_learning#proof
    """
    figure, ax = plt.subplots(figsize=HALF)
    strategies = {
        "committee": ("loop, committee", plotting.BLUE, "s"),
        "extrapolation": (r"loop, $\gamma$", plotting.ORANGE, "o"),
        "own dynamics": ("random, own runs", plotting.GREEN, "^"),
        "ab initio": ("random, GFN2-xTB MD", plotting.RED, "D"),
    }
    counts, numbers = [0, 5, 10, 20, 40], {}
    for shift, (strategy, (text, colour, marker)) in enumerate(strategies.items()):
        seeds = np.array([_after(strategy, n, "force_mae_800K") for n in counts])
        middle = np.median(seeds, axis=1)
        spread = [middle - seeds.min(axis=1), seeds.max(axis=1) - middle]
        x = np.arange(len(counts)) + 0.12 * (shift - 1.5)
        ax.errorbar(x, middle, spread, color=colour, label=text, marker=marker, ms=8, lw=2.5)
        key = strategy.replace(" ", "_")
        numbers |= {f"{key}_{n}": f"{value:.0f}" for n, value in zip(counts, middle, strict=True)}
        numbers[f"{key}_worst_40"] = f"{seeds[-1].max():.0f}"
    names = ("committee", "extrapolation", "own dynamics", "ab initio", "conformers")
    intact = [(_after(name, 40, "survived_ps_600K") == 10).sum() for name in names]
    loops, others = sum(intact[:2]), sum(intact[2:])
    pair = (_after(name, 20, "force_mae_800K") for name in ("committee", "own dynamics"))
    broken = [[loops, 10 - loops], [others, 15 - others]]
    numbers |= {
        "p": f"{mannwhitneyu(*pair).pvalue:.2f}",
        "p_survival": f"{fisher_exact(broken, alternative='greater').pvalue:.2f}",
        "loops_intact": f"{loops} of 10",
        "others_intact": f"{others} of 15",
    }
    table = comparison()
    calls = table["reference_calls"][table["strategy"] == "ab initio"].max()
    ax.set(xlabel="labels bought", ylabel="force MAE at 800 K / (meV/Å)", yscale="log")
    ax.set_xticks(range(len(counts)), counts)
    plotting.log_ticks(ax.yaxis, (50, 70, 100, 150))
    ax.legend(fontsize=15, loc="upper right", handlelength=1, borderaxespad=0)
    return figure, numbers | {"ab_initio_calls": f"{calls:,}"}


def _after(strategy, labels, column):
    """Return what each seed had reached with at most so many labels: some loops ended earlier."""
    table, found = comparison(), []
    for seed in range(5):
        name = "start" if labels == 0 else strategy
        rows = (table["strategy"] == name) & (table["seed"] == seed) & (table["labels"] <= labels)
        found.append(table[column][rows][np.argmax(table["labels"][rows])])
    return np.array(found)


def deployment():
    """Fitted to cells of 50 atoms, run with thousands: an atom sees the same neighbourhood.

    Left: the cell of Li10GeP2S12 of the training frames. Right: the cell repeated; a circle of 5 Å,
    the cutoff, about one atom and its copy. Energy per atom and forces are the same, and so is the
    cost per atom and step.

    Source: our moment network, atoms rattled by 0.05 Å; one core (costs.csv)
    Notebook: 06_ionic_conductivity#deploy
    """
    cell, potential = lgps(), fitted_lgps()
    cell.rattle(0.05, rng=np.random.default_rng(0))  # in the perfect crystal forces vanish
    energies, forces, prices = [], [], costs()
    cutoff, numbers = potential.description.cutoff, {}
    figure, ax = canvas(FULL)
    lithium = int(np.argmax(np.where(cell.symbols == "Li", cell.positions[:, 1], -np.inf)))
    for copies, x, scale, pixels in (((1, 1, 1), 1.75, 0.2, 20), ((2, 4, 4), 7.75, 0.11, 9)):
        atoms = cell * copies
        energies.append(potential.get_potential_energy(atoms) / len(atoms))
        forces.append(potential.get_forces(atoms).reshape(-1, len(cell), 3))
        # c from left to right, a upwards, b towards the reader, as in the pictures to notebook 6.
        seen = Atoms(atoms.symbols, atoms.positions[:, [2, 0, 1]])
        middle, turn = seen.positions.mean(axis=0), rotate(TILT)
        image, window = render(
            seen,
            rotation=TILT,
            stick=0,
            colours=LGPS_COLOURS,
            radii=LGPS_RADII,
            pixels_per_angstrom=pixels,
        )
        image[image[..., 3] == 0] = 0
        picture(ax, np.round(24 * image) / 24, window, at=(x, 2.85), scale=scale)  # half the bytes
        # The copy of one lithium atom that is nearest to the reader, in the middle of its row.
        copy = np.ravel_multi_index([copies[0] // 2, copies[1] - 1, copies[2] // 2], copies)
        place = [x, 2.85] + scale * ((seen.positions[copy * len(cell) + lithium] - middle) @ turn)[
            :2
        ]
        for colour, width in ((PAPER, 9), (plotting.RED, 4)):
            ring = {"fill": False, "ec": colour, "lw": width, "zorder": 5}
            ax.add_patch(plt.Circle(place, cutoff * scale, **ring))
        _label(ax, place - [0, cutoff * scale + 0.27], f"cutoff {cutoff:.0f} Å")
        row = (prices["method"] == "moment network") & (prices["atoms"] == len(atoms))
        seconds = prices["seconds_per_step"][row][0]
        words(ax, x, 0.92, f"{len(atoms):,} atoms", fontsize=18)
        words(ax, x, 0.57, f"{energies[-1]:.4f} eV per atom".replace("-", "−"), fontsize=18)
        words(ax, x, 0.22, f"{1e6 * seconds / len(atoms):.0f} µs per atom and step", fontsize=18)
        size = "small" if atoms.cell.volume < 2000 else "large"
        numbers[f"us_{size}"] = f"{1e6 * seconds / len(atoms):.0f}"
    arrow(ax, (3.35, 2.85), (4.1, 2.85), width=4, head=26)
    return figure, {
        "atoms": f"{len(cell)}",
        "atoms_large": f"{len(atoms):,}",
        "energy_per_atom": f"{energies[0]:.4f}".replace("-", "−"),
        "energy_difference_below_eV": power(abs(energies[1] - energies[0]), 1e-14),
        "force_difference_below_eV_per_A": power(abs(forces[1] - forces[0]).max(), 1e-14),
        "force_largest": f"{abs(forces[0]).max():.1f}",
        "ns_per_day_1600": f"{86400 / seconds * 2e-6:.1f}",  # steps of 2 fs on one core
        **numbers,
    }


def _label(ax, place, text):
    """Write on a patch of the slide's own colour, so that it can be read on top of atoms."""
    corner, style = np.array(place) - [0.66, 0.16], "round,pad=0,rounding_size=0.08"
    patch = FancyBboxPatch(corner, 1.32, 0.32, boxstyle=style, fc=PAPER, ec="none", zorder=6)
    ax.add_patch(patch)
    words(ax, *place, text, fontsize=16, zorder=7)
