"""Pictures to notebook 3: what a fit is worth."""

import matplotlib.pyplot as plt
import numpy as np

from lecture8 import datasets, plotting

from . import butane_fits as fits
from .diagrams import ON_BOX, words
from .style import FULL, HALF

GREY_FRAME = "#9aa5b0"


def two_part_loss():
    """The loss has two parts; their weights decide what a fit gives up for what.

    Left: one frame of butane carries one energy and 42 force components. Right: test errors of
    energy and forces against the ratio of the weights. Too little weight on energies spoils the
    energies, too much spoils both; between 0.1 and 1 per square ångström neither suffers.

    Source: computed here: moment tensor level 6, 50 frames of butane (GFN2-xTB), 400 test frames.
    Notebook: 03_fitting#weights
    """
    figure, (left, ax) = plt.subplots(1, 2, figsize=FULL, width_ratios=(1, 1.15))
    left.set(xlim=(0, 5.2), ylim=(0, 4.3), aspect="equal")
    left.axis("off")
    formula = {
        3.9: (r"$L = \lambda_E\, |\hat E - E|^2$", 0.1),
        3.2: (r"$+\; \lambda_F\; \frac{1}{3N} \sum_i |\hat{\mathbf{F}}_i - \mathbf{F}_i|^2$", 0.6),
    }
    for y, (text, x) in formula.items():
        words(left, x, y, text, fontsize=22, ha="left")
    left.add_patch(plt.Rectangle((0.1, 2.0), 0.3, 0.3, fc=plotting.BLUE, lw=0))
    words(left, 0.6, 2.15, "1 energy", fontsize=17, ha="left")
    for column in range(14):
        for row in range(3):
            corner = (0.1 + 0.35 * column, 1.25 - 0.35 * row)
            left.add_patch(plt.Rectangle(corner, 0.3, 0.3, fc=plotting.ORANGE, lw=0))
    words(left, 0.1, 0.2, "$3N$ = 42 force components", fontsize=17, ha="left")
    found = fits.weight_sweep()
    curves = {"force_mae": (plotting.ORANGE, "o"), "energy_mae": (plotting.BLUE, "s")}
    for attribute, (colour, marker) in curves.items():
        values = [getattr(e, attribute) for e in found]
        ax.semilogx(fits.RATIOS, values, marker + "-", color=colour, ms=9, lw=3)
    words(ax, 30, 262, "forces / (meV/Å)", fontsize=16, ha="right")
    words(ax, 1.2e3, 20, "energy / meV per molecule", fontsize=16, ha="right")
    ax.set(xlabel=r"$\lambda_E\,/\,\lambda_F$  in Å$^{-2}$", ylabel="test error (MAE)")
    ax.set(ylim=(0, 300), xticks=fits.RATIOS[::2])
    first, last = found[0], found[-1]
    best = min(found, key=lambda e: e.energy_mae)
    return figure, {
        "force_low": f"{first.force_mae:.0f}",
        "force_high": f"{last.force_mae:.0f}",
        "energy_low": f"{first.energy_mae:.0f}",
        "energy_best": f"{best.energy_mae:.0f}",
        "energy_high": f"{last.energy_mae:.0f}",
        "ratio_best": f"{fits.RATIOS[found.index(best)]:g}",
        "labels": "43",
    }


def five_tests():
    """Five test errors of one fit: only frames outside the well that its run visited err more.

    A potential fitted to 200 frames of one run, tested on these, on frames between them, on frames
    of the run after a gap of 120 fs, on frames of other runs in the same well of the dihedral
    angle, and on frames of other runs outside that well. The first four bars are alike.

    Source: computed here: moment tensor level 8, 200 frames of one run of GFN2-xTB at 500 K.
    Notebook: 03_fitting#leak
    """
    found = fits.five_tests()
    figure, ax = plt.subplots(figsize=HALF)
    labels = {
        "training": "training frames",
        "between": "between them",
        "after_a_gap": "after a gap",
        "same_well": "other runs, same well",
        "outside": "other runs, outside",
    }
    colours = [GREY_FRAME, plotting.SKY, plotting.SKY, plotting.ORANGE, plotting.RED]
    for height, (name, colour) in enumerate(zip(labels, colours, strict=True)):
        ax.barh(-height, found[name], color=colour, height=0.42)
        words(ax, 0, 0.38 - height, labels[name], fontsize=16, ha="left")
        words(ax, found[name] + 3, -height, f"{found[name]:.0f}", fontsize=17, ha="left")
    ax.set(xlabel="force MAE / (meV/Å)", yticks=[], xlim=(0, 1.2 * max(found.values())))
    ax.set(ylim=(-4.4, 0.7))
    ax.spines["left"].set_visible(False)
    return figure, {name: f"{value:.0f}" for name, value in found.items()}


def parity():
    """Predicted against true forces and energies of test frames: the narrower, the better.

    A moment tensor potential (level 10, 100 frames) and PaiNN (400 frames), 400 frames of runs that
    neither has seen.

    Source: computed here: butane, GFN2-xTB, 500 K; PaiNN made by recipes/learning_curves.py.
    Notebook: 03_fitting#contestants
    """
    found = {name: fits.test_errors(name) for name in ("MTP", "PaiNN")}
    figure, axes = plt.subplots(1, 3, figsize=FULL)
    frames = {"MTP": 100, "PaiNN": 400}
    for ax, (name, e) in zip(axes[:2], found.items(), strict=True):
        colour = plotting.POTENTIAL_COLOURS[name]
        ax.plot(e.force_labels.ravel(), e.forces.ravel(), ".", ms=3, color=colour, rasterized=True)
        ax.axline((0, 0), slope=1, color="black", lw=1.2)
        ax.set(xlim=(-6, 6), ylim=(-6, 6), xticks=(-5, 0, 5), yticks=(-5, 0, 5), aspect="equal")
        title = f"{name}, {frames[name]} frames:\nMAE {e.force_mae:.0f} meV/Å"
        ax.set(xlabel="true force / (eV/Å)", title=title)
    axes[0].set(ylabel="predicted force / (eV/Å)")
    middle = np.mean(e.energy_labels)
    for (name, e), marker, height in zip(found.items(), "os", (0.68, 0.5), strict=True):
        x, y = e.energy_labels - middle, e.energies - middle
        colour = plotting.POTENTIAL_COLOURS[name]
        axes[2].plot(x, y, marker, ms=4, color=colour, mew=0, rasterized=True)
        axes[2].plot(-0.38, height, marker, ms=10, color=colour)
        words(axes[2], -0.3, height, f"{name}: {e.energy_mae:.0f} meV", ha="left")
    axes[2].axline((0, 0), slope=1, color="black", lw=1.2)
    axes[2].set(xlabel="true energy − mean / eV", title="energies of both", aspect="equal")
    axes[2].set(ylabel="predicted energy / eV")
    axes[2].set(
        xlim=(-0.5, 0.8), ylim=(-0.5, 0.8), xticks=(-0.4, 0, 0.4, 0.8), yticks=(-0.4, 0, 0.4, 0.8)
    )
    numbers = {}
    for name, e in found.items():
        numbers[f"{name}_force"] = f"{e.force_mae:.0f}"
        numbers[f"{name}_energy"] = f"{e.energy_mae:.0f}"
        numbers[f"{name}_energy_per_atom"] = f"{e.energy_mae_per_atom:.1f}"
    numbers["force_rms"] = f"{np.sqrt((e.force_labels**2).mean()):.1f}"
    return figure, numbers


def learning_curves():
    """Test errors of the forces fall as powers of the number of frames; PaiNN ends lowest.

    SchNet, PaiNN and SO3net on 25 to 400 frames, two seeds each; and one moment tensor potential.

    Source: our fits: butane, GFN2-xTB (learning_curves.csv)
    Notebook: 03_fitting#curves
    """
    table = datasets.learning_curves()
    sizes = np.unique(table["frames"])
    figure, ax = plt.subplots(figsize=HALF)
    numbers = {}
    for name, at in {"SchNet": (150, 73), "PaiNN": (200, 22), "SO3net": (24, 47)}.items():
        rows = table["architecture"] == name.lower()
        fits_of = [table["force_mae_meV_A"][rows & (table["frames"] == size)] for size in sizes]
        curve = np.array([f.mean() for f in fits_of])
        ax.loglog(sizes, curve, "o-", color=plotting.POTENTIAL_COLOURS[name], ms=8, lw=3)
        words(ax, *at, name, fontsize=17, ha="left")
        slope = np.polyfit(np.log(sizes), np.log(curve), 1)[0]
        numbers[f"{name}_slope"] = f"{slope:.2f}".replace("-", "−")
        numbers |= {f"{name}_{n}": f"{value:.0f}" for n, value in zip(sizes, curve, strict=True)}
    mtp = fits.test_errors("MTP").force_mae
    ax.plot(100, mtp, "*", color=plotting.POTENTIAL_COLOURS["MTP"], ms=20, mec=ON_BOX, mew=0.8)
    words(ax, 112, 48, "MTP", fontsize=17, ha="left")
    ax.set(xlabel="training frames", ylabel="test force MAE / (meV/Å)", ylim=(18, 95))
    plotting.log_ticks(ax.xaxis, sizes)
    plotting.log_ticks(ax.yaxis, [20, 30, 40, 60, 80])
    parameters = fits.moment_tensor(10).number_of_parameters
    return figure, numbers | {"MTP_100": f"{mtp:.0f}", "MTP_parameters": f"{parameters}"}


def survival():
    """How long butane lives at 500 K: for each of five fits of four levels, its worst run.

    Bars: the shortest of three runs of 50 ps. Level 6: all five fits break; level 8: none; level
    10: two; level 12: one, within 0.2 ps, the level with the smallest force error.

    Source: our fits: moment tensors, 400 frames of butane, GFN2-xTB (stability.csv)
    Notebook: 03_fitting#long
    """
    runs = datasets.stability()
    figure, ax = plt.subplots(figsize=HALF)
    numbers, ticks, least = {}, {}, 0.05
    for level, name in enumerate(sorted(np.unique(runs["potential"]), key=lambda n: int(n[-2:]))):
        here = runs["potential"] == name
        error, lived, fit = (runs[c][here] for c in ("force_mae_meV_A", "survived_ps", "fit"))
        worst = sorted(lived[fit == k].min() for k in np.unique(fit))
        for k, ps in enumerate(worst):
            colour = plotting.BLUE if ps == 50 else plotting.RED
            ax.bar(level + 0.16 * (k - 2), ps - least, 0.13, bottom=least, color=colour)
        ticks[level] = f"{name.split()[-1]}\n{error.min():.0f}–{error.max():.0f}"
        key = str(name).replace(" ", "")
        numbers[f"{key}_error"] = f"{np.median(error):.0f}"
        numbers[f"{key}_least_error"] = f"{error.min():.0f}"
        numbers[f"{key}_most_error"] = f"{error.max():.0f}"
        numbers[f"{key}_intact"] = f"{(lived == 50).sum()} of {len(lived)}"
        numbers[f"{key}_shortest"] = f"{lived.min():.2g}"
        numbers[f"{key}_broken_fits"] = f"{sum(ps < 50 for ps in worst)}"
    ax.set(yscale="log", ylim=(least, 110), ylabel="worst of three runs / ps")
    plotting.log_ticks(ax.yaxis, (0.1, 1, 10, 50))
    ax.set_xticks(list(ticks), ticks.values())
    ax.tick_params(axis="x", length=0)
    ax.set_xlabel("level, and force MAE / (meV/Å)")
    ax.text(3.45, 62, "blue: all three reach 50 ps", ha="right", va="bottom", fontsize=15)
    return figure, numbers
