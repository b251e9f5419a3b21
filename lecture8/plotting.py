"""The course's figures, in one style. Functions draw into axes that they are given."""

import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

# Okabe and Ito's palette: told apart by readers with any kind of colour vision.
BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW, GREY = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#F0E442",
    "#666666",
)

STYLE = {
    "figure.figsize": (7.0, 3.6),
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
    "axes.prop_cycle": plt.cycler(color=[BLUE, ORANGE, GREEN, RED, PURPLE, SKY]),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": "medium",
    "font.size": 10,
    "legend.frameon": False,
    "legend.fontsize": "small",
    "lines.linewidth": 1.5,
}

# An integrator keeps its colour through the whole course.
INTEGRATOR_COLOURS = {
    "explicit Euler": RED,
    "semi-implicit Euler": ORANGE,
    "velocity Verlet": BLUE,
    "Yoshida 4": GREEN,
}


def show(figure: plt.Figure, summary: str) -> None:
    """Display `figure` with `summary` as its text for readers who cannot see it, and close it."""
    display(figure, metadata={"image/png": {"alt": summary}})
    plt.close(figure)


def _one_for_each(**curves) -> None:
    """Refuse arrays that should have one value for each point, and have not."""
    lengths = {name: len(values) for name, values in curves.items()}
    if len(set(lengths.values())) > 1:
        counts = " and ".join(f"{n} values of {name}" for name, n in lengths.items())
        raise ValueError(f"There are {counts}: give one of each for every point of the curve.")


def phase_portrait(ax: plt.Axes, trajectory, *, label: str) -> None:
    """Draw velocity against position of the first particle's first coordinate, a dot an instant.

    No lines: at a coarse step they would cross the orbit and hide its shape.
    """
    x, v = trajectory.positions[:, 0, 0], trajectory.velocities[:, 0, 0]
    ax.plot(x, v, ".", ms=3, color=INTEGRATOR_COLOURS.get(label))
    ax.plot(x[0], v[0], "o", ms=6, mfc="none", color="black")
    ax.set(xlabel="position", title=label, aspect="equal")


def against_time(ax: plt.Axes, times, curves: dict, *, xlabel: str, ylabel: str) -> None:
    """Draw each of `curves`, name -> array (T,), against `times` (T,)."""
    _one_for_each(times=times, **curves)
    for name, values in curves.items():
        ax.plot(times, values, label=name, color=INTEGRATOR_COLOURS.get(name))
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend()


def log_ticks(axis, values) -> None:
    """Label a logarithmic axis at `values` only, written as plain numbers."""
    axis.set_major_locator(FixedLocator(values))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def convergence(ax: plt.Axes, x, errors, *, label: str) -> None:
    """Draw errors (M,) against `x` (M,) on logarithmic axes."""
    _one_for_each(x=x, errors=errors)
    ax.loglog(x, errors, "o-", ms=4, label=label, color=INTEGRATOR_COLOURS.get(label.split(":")[0]))


def orbit(ax: plt.Axes, trajectory, *, label: str) -> None:
    """Draw the paths of all bodies in the plane."""
    for body in range(len(trajectory.masses)):
        path = trajectory.positions[:, body]
        ax.plot(path[:, 0], path[:, 1], lw=0.8, color=INTEGRATOR_COLOURS.get(label))
    ax.set(xlabel="x", ylabel="y", title=label, aspect="equal")


def maxwell_boltzmann(ax: plt.Axes, speeds, *, thermal_speed: float, label: str) -> None:
    """Draw a histogram of speeds, in units of sqrt(kT/m), beside the Maxwell-Boltzmann law."""
    if not thermal_speed > 0:
        raise ValueError(
            f"thermal_speed is {thermal_speed}, and speeds are drawn in units of it: give "
            "sqrt(kT/m), which is positive."
        )
    reduced = np.asarray(speeds).ravel() / thermal_speed
    ax.hist(reduced, bins=np.linspace(0, 4.5, 46), density=True, color=SKY, label="simulation")
    s = np.linspace(0, 4.5, 200)
    law = np.sqrt(2 / np.pi) * s**2 * np.exp(-(s**2) / 2)
    ax.plot(s, law, color="black", label="Maxwell-Boltzmann")
    ax.set(xlabel=r"speed / $\sqrt{k_\mathrm{B}T/m}$", ylabel="probability density", title=label)
    ax.legend()


# A kind of potential keeps its colour, too.
POTENTIAL_COLOURS = {
    "GFN2-xTB": "black",
    "LJ-type": GREY,
    "MTP": ORANGE,
    "SchNet": SKY,
    "PaiNN": BLUE,
    "SO3net": GREEN,
}
# So does a universal potential or functional, and the pupil that it has taught.
MODEL_COLOURS = {"CHGNet": RED, "SevenNet-0": BLUE, "PBE": GREEN, "MACE-MP-0": PURPLE}


def parity(ax: plt.Axes, labels, predictions, *, quantity: str, unit: str, colour=BLUE) -> None:
    """Draw predictions against labels, arrays of one shape, with the line of a perfect fit."""
    labels, predictions = np.ravel(labels), np.ravel(predictions)
    _one_for_each(labels=labels, predictions=predictions)
    ends = [min(labels.min(), predictions.min()), max(labels.max(), predictions.max())]
    ax.plot(ends, ends, color="black", lw=0.8)
    ax.plot(labels, predictions, ".", ms=2, alpha=0.4, color=colour, rasterized=True)
    ax.set(xlabel=f"{quantity}, label / {unit}", ylabel=f"{quantity}, model / {unit}")


def fit_history(ax: plt.Axes, history: dict, *, label: str = "", colour=BLUE) -> None:
    """Draw training (dotted) and validation loss of a fit against its epochs."""
    ax.semilogy(history["epoch"], history["train"], lw=0.8, color=colour, ls=":", label="training")
    ax.semilogy(history["epoch"], history["validation"], color=colour, label=label)
    ax.set(xlabel="epoch", ylabel="loss")


def survival(ax: plt.Axes, runs: dict, *, picoseconds: float) -> None:
    """Draw how long each run of `datasets.stability` lived against the force error of its fit.

    The runs of a fit are joined; a run that was intact at its end, after `picoseconds`, lies on the
    dotted line.
    """
    styles = {6: ("v", GREY), 8: ("s", ORANGE), 10: ("D", RED), 12: ("o", PURPLE)}
    for level, (marker, colour) in styles.items():
        kind, name = f"mtp {level}", f"MTP level {level}"
        for number in np.unique(runs["fit"][runs["potential"] == kind]):
            here = (runs["potential"] == kind) & (runs["fit"] == number)
            x, y = runs["force_mae_meV_A"][here], runs["survived_ps"][here]
            style = {"marker": marker, "color": colour, "ms": 6, "lw": 1, "alpha": 0.8}
            ax.loglog(x, y, label=name if number == 0 else None, **style)
    ax.axhline(picoseconds, color=GREY, ls=":", zorder=0)
    ax.set(xlabel="force MAE of the fit / (meV/Å)", ylabel="survived / ps")


# A traffic light says it three times: by colour, by sign and by the number beside it.
VERDICTS = {
    "green": (GREEN, "✓"),
    "yellow": (YELLOW, "!"),
    "red": (RED, "✗"),
    "n/a": ("#DDDDDD", "n/a"),
}


def traffic_lights(ax: plt.Axes, findings_by_model: dict[str, list]) -> None:
    """Draw the checklist of `trust.trust`: a row for each check, a column for each model."""
    found = {(f.check, m): f for m, findings in findings_by_model.items() for f in findings}
    models, units = list(findings_by_model), {f.check: f.unit for f in found.values()}
    checks = list(units)
    for (check, model), finding in found.items():
        x, y = models.index(model), checks.index(check)
        if finding.verdict not in VERDICTS:
            raise ValueError(
                f"The verdict of '{check}' on {model} is '{finding.verdict}'; there are "
                f"{', '.join(VERDICTS)}."
            )
        colour, sign = VERDICTS[finding.verdict]
        ax.add_patch(plt.Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, color=colour, lw=0))
        number = "" if finding.number == "-" else f"  {finding.number}"
        # Black on all four: white on yellow cannot be read.
        ax.text(x, y, sign + number, ha="center", va="center", fontsize="x-small")
    ax.set_xlim(-0.5, len(models) - 0.5)
    ax.set_ylim(len(checks) - 0.5, -0.5)  # the first check on top
    ax.set_xticks(range(len(models)), models)
    ax.set_yticks(range(len(checks)), [f"{check} / {units[check]}" for check in checks])
    ax.tick_params(length=0)
    ax.xaxis.tick_top()
    ax.spines[:].set_visible(False)


def message_passing(ax: plt.Axes, positions, *, cutoff: float) -> None:
    """Draw atoms (N, 2) as a graph, coloured by how many messages away from the first they are."""
    positions = np.asarray(positions, float)
    distances = np.linalg.norm(positions[:, None] - positions, axis=2)
    bonded = (distances < cutoff) & (distances > 0)
    for i, j in zip(*np.nonzero(np.triu(bonded)), strict=True):
        ax.plot(*positions[[i, j]].T, color="#DDDDDD", lw=0.8, zorder=0)
    layer, reached = 0, np.arange(len(positions)) == 0
    new, colours = reached, ["black", BLUE, SKY, GREEN, YELLOW]
    while new.any():
        name = "one atom" if layer == 0 else f"heard in layer {layer}"
        ax.plot(*positions[new].T, "o", ms=7, color=colours[min(layer, 4)], label=name, lw=0)
        layer, new = layer + 1, bonded[reached].any(axis=0) & ~reached
        reached = reached | new
    ax.add_patch(plt.Circle(positions[0], cutoff, fill=False, color=GREY, ls=":"))
    ax.set(aspect="equal")
    ax.axis("off")
    ax.legend(loc="upper left", bbox_to_anchor=(0, 0.02), ncols=2)


def message(ax: plt.Axes) -> None:
    """Draw one layer of an equivariant network, from the neighbours to the atom."""
    y = 1.3
    boxes = {
        (0, 2.6): ("$R(r_{ij})$", "how far:\na small network", SKY),
        (0, y): (r"$Y_{lm}(\hat{\mathbf{r}}_{ij})$", "which way:\nspherical harmonics", SKY),
        (0, 0): (r"$\mathbf{h}_j$", "what the\nneighbour knows", SKY),
        (1.3, y): (r"$\otimes$", "tensor\nproduct", ORANGE),
        (2.4, y): (r"$\sum_j$", "over all\nneighbours", ORANGE),
        (3.5, y): (r"$(\cdot)^3$", "only MACE:\nfour bodies", RED),
        (4.6, y): (r"$\mathbf{h}_i$", "the atom\nknows more", GREEN),
        (5.7, y): ("$E_i$", "after the\nlast layer", GREEN),
    }
    places = list(boxes)
    joined = [(place, places[3]) for place in places[:3]]
    joined += [(places[k], places[k + 1]) for k in range(3, 7)]
    for start, end in joined:
        arrow = {"arrowstyle": "-|>", "color": GREY, "shrinkA": 22, "shrinkB": 18}
        ax.annotate("", end, start, arrowprops=arrow, zorder=0)
    for (x, y), (symbol, words, colour) in boxes.items():
        box = {"boxstyle": "round,pad=0.35", "facecolor": colour, "alpha": 0.5, "lw": 0}
        ax.text(x, y, symbol, ha="center", va="center", fontsize="large", bbox=box)
        ax.text(x, y - 0.3, words, ha="center", va="top", fontsize="x-small")
    ax.plot([4.6, 4.6, 1.0], [0.35, 0, 0], color=BLUE)
    ax.annotate("", (0.4, 0), (1.2, 0), arrowprops={"arrowstyle": "-|>", "color": BLUE})
    ax.text(
        2.6, 0.08, "next layer: 5 in SevenNet-0, 2 in MACE", ha="center", va="bottom", color=BLUE
    )
    ax.set(xlim=(-0.8, 6.2), ylim=(-0.95, 3.0))
    ax.axis("off")


def neighbour_search(ax: plt.Axes, positions, *, search: str, cutoff: float, skin: float) -> None:
    """Draw atoms in a plane (N, 2), and whose distance from the middle one a search measures.

    `search` is "all pairs", "Verlet list" (those within cutoff + skin) or "cell list" (those in the
    nine boxes of that edge around); the circle is the cutoff, the dashed one has the skin, too.
    """
    positions, reach = np.asarray(positions, float), cutoff + skin
    middle = (positions.min(axis=0) + positions.max(axis=0)) / 2
    centre = positions[np.argmin(np.linalg.norm(positions - middle, axis=1))]
    corner = middle - 2.5 * reach  # five boxes a side, the middle one about the centre
    inside = np.all((positions > corner) & (positions < corner + 5 * reach), axis=1)
    positions = positions[inside]
    near = np.linalg.norm(positions - centre, axis=1) < reach
    box = np.floor((positions - corner) / reach)
    measured = {
        "all pairs": np.full(len(positions), True),
        "Verlet list": near,
        "cell list": np.all(abs(box - np.floor((centre - corner) / reach)) <= 1, axis=1),
    }
    if search not in measured:
        raise ValueError(f"search is {search!r}; choose {', '.join(measured)}")
    looked_at = measured[search]
    ax.plot(*positions[~looked_at].T, "o", ms=4, color="#CCCCCC", mew=0)
    ax.plot(*positions[looked_at].T, "o", ms=4, color=ORANGE, mew=0)
    ax.plot(*positions[near].T, "o", ms=4, color=BLUE if search != "all pairs" else ORANGE, mew=0)
    ax.plot(*centre, "o", ms=7, color="black")
    ax.add_patch(plt.Circle(centre, cutoff, fill=False, color=BLUE))
    ax.add_patch(plt.Circle(centre, reach, fill=False, color=BLUE, ls="--"))
    if search == "cell list":
        for k in range(6):
            ax.plot(corner[0] + k * reach * np.ones(2), corner[1] + np.array([0, 5]) * reach)
            ax.plot(corner[0] + np.array([0, 5]) * reach, corner[1] + k * reach * np.ones(2))
        for line in ax.lines[-12:]:
            line.set(color=GREY, lw=0.7)
    ax.set(aspect="equal", title=f"{search}: {looked_at.sum() - 1}")
    ax.axis("off")


def band(ax: plt.Axes, x, curves, *, colour, label: str) -> None:
    """Draw the mean of replicas' curves (R, M) against x (M,), with its standard error."""
    curves = np.asarray(curves)
    if len(curves) < 2:
        raise ValueError(
            f"The number of replicas is {len(curves)}, and a standard error takes two. Draw one "
            "curve with ax.plot."
        )
    mean, error = curves.mean(axis=0), curves.std(axis=0, ddof=1) / np.sqrt(len(curves))
    # From the second point on: a logarithmic axis may follow, and the first is 0, 0.
    ax.plot(x[1:], mean[1:], color=colour, label=label)
    ax.fill_between(x[1:], (mean - error)[1:], (mean + error)[1:], color=colour, alpha=0.25, lw=0)


def arrhenius(ax: plt.Axes, line, diffusion, *, label: str, colour=BLUE, unseen=None) -> None:
    """Draw {T: D} with its errors (Å2/ps) against 1000/T, with the line's 95 % band to 300 K.

    `line` is what `ionic_conductivity.arrhenius_fit` makes of `diffusion`, or of some of it;
    `unseen`, {T: D} that the line does not know, has open marks.
    """
    T = np.array(list(diffusion), float)
    coefficients, errors = np.transpose([(d.value, d.error) for d in diffusion.values()])
    grid = 1000 / np.linspace(1000 / T.max(), 1000 / 300, 200)
    fitted = line.diffusion(grid)
    ax.fill_between(1000 / grid, fitted.low, fitted.high, color=colour, alpha=0.2, lw=0)
    ax.semilogy(1000 / grid, fitted.value, color=colour, lw=1)
    bars = {"fmt": "o", "color": colour, "ms": 5, "capsize": 3}
    ax.errorbar(1000 / T, coefficients, errors, label=label, **bars)
    for t, d in (unseen or {}).items():
        ax.errorbar(1000 / t, d.value, d.error, **bars | {"fmt": "D", "mfc": "white"})
    if ax.child_axes:  # the first of several has drawn what follows
        return
    ax.axvline(1000 / 300, color=GREY, ls=":")
    ax.set(xlabel="1000 K / T", ylabel="D / (Å²/ps)")
    top = ax.secondary_xaxis("top", functions=(lambda x: x, lambda x: x))
    marks = sorted({*T.astype(int), 300})
    top.set_xticks([1000 / t for t in marks], [f"{t} K" for t in marks])
    top.spines["top"].set_visible(False)
    top.tick_params(length=0, labelsize="small")
