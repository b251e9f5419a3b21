"""Pictures to notebook 3: what a fit is worth."""

import matplotlib.pyplot as plt
import numpy as np

from lecture8 import datasets, plotting

from . import butane_fits as fits
from .diagrams import ON_BOX, canvas, words
from .style import FULL, HALF, QUIET

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
        3.9: (r"$\mathcal{L} = \lambda_E\, |\hat E - E|^2$", 0.1),
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


def split_leak():
    """Test frames drawn from the run of the training flatter: the error on other runs is larger.

    The same training frames twice, and the force errors of the same potential: above on frames that
    lie between them in the same run, below on frames of other runs.

    Source: computed here: moment tensor level 6, 200 frames of one run of GFN2-xTB at 500 K.
    Notebook: 03_fitting#leak
    """
    same, others = fits.leak()
    figure, ax = canvas(HALF)
    between = np.zeros(20, dtype=bool)
    between[np.random.default_rng(2).choice(np.arange(1, 19), 8, replace=False)] = True
    rows = {2.95: ("the same run", same), 1.2: ("other runs", others)}
    for y, (title, error) in rows.items():
        words(ax, 0.1, y + 0.95, f"tested on {title}", fontsize=17, ha="left")
        places = 0.1 + 0.165 * np.arange(20)
        tests = places[between] if error is same else places[:8] + 4.0
        for frames, colour in ((places[~between], GREY_FRAME), (tests, plotting.RED)):
            for x in frames:
                ax.add_patch(plt.Rectangle((x, y + 0.32), 0.12, 0.36, fc=colour, lw=0))
        for x, length in ((0.1, 3.255), (4.1, 1.275)):  # a line below each run
            if x < 1 or error is others:
                ax.plot([x, x + length], [y + 0.25, y + 0.25], color=QUIET, lw=2)
        length = 2.9 * error.force_mae / others.force_mae
        ax.add_patch(plt.Rectangle((0.1, y - 0.35), length, 0.48, fc=plotting.RED, lw=0))
        words(ax, length + 0.2, y - 0.11, f"{error.force_mae:.0f} meV/Å", fontsize=19, ha="left")
    for x, colour, text in ((0.1, GREY_FRAME, "training frame"), (2.6, plotting.RED, "test frame")):
        ax.add_patch(plt.Rectangle((x, 0.14), 0.12, 0.36, fc=colour, lw=0))
        words(ax, x + 0.25, 0.32, text, ha="left")
    return figure, {
        "same_run": f"{same.force_mae:.0f}",
        "other_runs": f"{others.force_mae:.0f}",
        "factor": f"{others.force_mae / same.force_mae:.1f}",
    }


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

    Source: shipped: lecture8/data/learning_curves.csv; the moment tensor potential computed here.
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


def smaller_error_breaks_first():
    """There is no order: of moment tensor levels 6, 8, 10 and 12 the first and the last break.

    Survival of butane at 500 K, in runs of 50 ps, against the force error on test frames. Level 12
    has the smallest error of the four and breaks first; level 6, with the largest, breaks, too;
    levels 8 and 10, in between, do not. PaiNN and SO3net (one run) do not, SchNet does.

    Source: shipped: lecture8/data/stability.csv; errors of the potentials that ran computed here.
    Notebook: 03_fitting#long
    """
    table, runs = datasets.learning_curves(), datasets.stability()
    largest = (table["frames"] == 400) & (table["seed"] == 0)
    figure, ax = plt.subplots(figsize=HALF)
    numbers = {}
    places = {
        "SchNet": (0, -20),
        "PaiNN": (0, 19),
        "SO3net": (0, -29),
        "MTP 6": (0, -20),
        "MTP 8": (0, 19),
        "MTP 10": (0, 19),
        "MTP 12": (14, 0),
    }
    for name, shift in places.items():
        times = runs["survived_ps"][runs["potential"] == name.lower()]
        if name.startswith("MTP"):
            error = fits.stable_moment_tensor_mae(int(name.split()[1]))
        else:
            error = table["force_mae_meV_A"][largest & (table["architecture"] == name.lower())][0]
        colour = plotting.POTENTIAL_COLOURS[name.split()[0]]
        ax.loglog([error] * len(times), times, "o", color=colour, ms=12, mec=ON_BOX, mew=0.8)
        key = name.replace(" ", "")
        numbers |= {f"{key}_error": f"{error:.0f}", f"{key}_ps": f"{times.min():.3g}"}
        how = {"fontsize": 16, "textcoords": "offset points", "va": "center"}
        ax.annotate(
            "SO3net\n1 run" if len(times) == 1 else name,
            (error, times.min()),
            xytext=shift,
            ha="left" if shift[0] > 9 else "center",
            **how,
        )
    ax.axhline(50, color=QUIET, lw=1.5, ls=":", zorder=0)
    ax.set(
        xlim=(17, 135),
        ylim=(0.13, 120),
        xlabel="test force MAE / (meV/Å)",
        ylabel="survived / ps (of 50)",
    )
    plotting.log_ticks(ax.xaxis, (20, 30, 50, 100))
    plotting.log_ticks(ax.yaxis, (0.2, 1, 5, 20, 50))
    longest = runs["survived_ps"][runs["potential"] == "mtp 12"].max()
    return figure, numbers | {"MTP12_longest": f"{longest:.3g}"}
