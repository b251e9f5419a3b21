"""Pictures to notebook 6: from displacements to a conductivity."""

import warnings

import matplotlib.pyplot as plt
import numpy as np

from lecture8 import plotting
from lecture8.datasets import fitted_lgps, teacher_frames, teacher_runs
from lecture8.fitting import errors
from lecture8.ionic_conductivity import fast_mean_squared_displacement as msd_of
from lecture8.measured import pooled

from . import lgps_analysis as lgps_
from . import style
from .moving import Dot, Trail, clip
from .style import FULL, HALF, INK, PAPER, QUIET

TEMPERATURES = lgps_.TEMPERATURES
CHGNET = plotting.MODEL_COLOURS["CHGNet"]  # of whose pupil most pictures of this chapter are
COLOURS = dict(
    zip(
        TEMPERATURES,
        (plotting.BLUE, plotting.SKY, plotting.GREEN, plotting.ORANGE, plotting.RED),
        strict=True,
    )
)


def mean_squared_displacement():
    """How far lithium goes: flight, cage and diffusion at 800 K; straight lines at 500 to 900 K.

    Left, on logarithmic axes: the slope is 2 at first, less than 1 in the cage, then 1. The line is
    one run that was recorded every 4 fs; the dots are ten runs, recorded every ps, and they lie on
    the line where both are. Right: the mean of ten runs at each temperature, with its standard
    error, and the line 6Dτ + c of the fit.

    Source: our runs: pupil of CHGNet, ten of 100 ps at each temperature (lgps_runs.npz)
    Notebook: 06_ionic_conductivity#msd
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=FULL, width_ratios=(1, 1.1))
    short, flight = lgps_.msd_at_once()
    numbers = {}
    for T in TEMPERATURES:
        d = lgps_.diffusion(T)
        curves = msd_of(lgps_.runs(T))
        plotting.band(
            right, d.lag_times, curves[:, : len(d.lag_times)], colour=COLOURS[T], label=""
        )
        inside = (d.lag_times >= d.window[0]) & (d.lag_times <= d.window[1])
        offset = np.mean(d.msd[inside] - 6 * d.value * d.lag_times[inside])
        line = 6 * d.value * d.lag_times[inside] + offset
        right.plot(d.lag_times[inside], line, color=INK, lw=1.2, ls="--")
        assert d.window == lgps_.diffusion(800).window  # one shade for all
        right.text(51.5, line[-1], f"{T} K", va="center")
        right.text(66, line[-1], f"{d.value:.2f}", va="center")
        numbers |= {f"d_{T}": f"{d.value:.3f}", f"error_{T}": f"{d.error:.3f}"}
    right.set(xlabel="lag τ / ps", ylabel="MSD of Li / Å²", xlim=(0, 75), ylim=(0, 355))
    right.set_xticks([0, 10, 20, 30, 40, 50])
    right.text(75, 335, "D / (Å²/ps)", ha="right")
    right.text(1.5, 335, "dashed: 6Dτ + c,\nin its window", va="center", linespacing=1.2)
    d = lgps_.diffusion(800)
    left.loglog(*short, color=COLOURS[800], lw=3.5)
    octaves = np.array([1, 2, 4, 8, 16, 32])
    left.loglog(d.lag_times[octaves], d.msd[octaves], "o", color=COLOURS[800], ms=10)
    left.loglog(*flight, color=plotting.GREY, ls="--", lw=2)
    diffusive = np.array([1.5, 50])
    left.loglog(diffusive, 2.2 * 6 * d.value * diffusive, color=plotting.GREY, ls="--", lw=2)
    for x, y, words in (
        (0.0045, 1.2, "flight\n∝ τ²"),
        (0.15, 0.35, "cage"),
        (0.3, 130, "diffusion\n∝ τ"),
    ):
        left.text(x, y, words, va="center", ha="left", linespacing=1.2)
    left.set(xlabel="lag τ / ps", ylabel="MSD of Li / Å²", xlim=(0.004, 70), ylim=(3e-3, 700))
    plotting.log_ticks(left.xaxis, [0.01, 0.1, 1, 10])
    plotting.log_ticks(left.yaxis, [0.01, 0.1, 1, 10, 100])
    left.text(70, 4e-3, "800 K; line: one run,\ndots: mean of ten", ha="right", linespacing=1.2)
    at = int(np.argmin(np.abs(short[0] - 1)))
    numbers["one_run_at_1ps"] = f"{short[1][at]:.2f}"
    numbers["ten_runs_at_1ps"] = f"{d.msd[1]:.2f}"
    window = d.window
    right.axvspan(*window, color=QUIET, alpha=0.15, lw=0)
    return figure, numbers | {"from": f"{window[0]:.0f}", "to": f"{window[1]:.0f}"}


def arrhenius():
    """D of lithium against 1/T: the line through five points misses the one run at 300 K.

    Five temperatures from 500 to 900 K, ten runs of 100 ps each; grey: the 95 % band of the line;
    orange: that of a line that may bend; open: ten runs of 500 ps at 300 K.

    Source: our runs: pupil of CHGNet (lgps_runs.npz, lgps_long_runs.npz)
    Notebook: 06_ionic_conductivity#direct
    """
    direct, line, curve = lgps_.direct(), lgps_.line(), lgps_.answer().arrhenius
    room, E = curve.diffusion(300), line.activation_energy
    by_line = lgps_.band_of_line(300)
    figure, ax = plt.subplots(figsize=FULL)
    inverse = np.linspace(1000 / 900, 1000 / 297, 200)
    for fitted, colour in (
        (curve.diffusion(1000 / inverse), CHGNET),
        (lgps_.band_of_line(1000 / inverse), plotting.GREY),
    ):
        ax.fill_between(inverse, fitted.low, fitted.high, color=colour, alpha=0.25, lw=0)
        ax.semilogy(inverse, fitted.value, color=colour)
    at = [lgps_.diffusion(T) for T in TEMPERATURES]
    x = [1000 / T for T in TEMPERATURES]
    bars = {"fmt": "o", "color": CHGNET, "ms": 10, "capsize": 5, "lw": 2}
    ax.errorbar(x, [d.value for d in at], [d.error for d in at], **bars)
    for k, (T, d) in enumerate(zip(TEMPERATURES, at, strict=True)):
        under = k % 2
        place = 1000 / T, d.value / 1.2 if under else 1.2 * d.value
        ax.text(*place, f"{T} K", ha="right" if under else "left", va="top" if under else "bottom")
    bars |= {"fmt": "D", "mfc": PAPER, "mew": 2.5}
    margin = [[direct.value - direct.low], [direct.high - direct.value]]
    ax.errorbar([1000 / 300], [direct.value], margin, **bars)
    ax.text(3.42, direct.value, "run at 300 K", va="center")
    words = f"a line, 500 to 900 K:\n$E_a$ = {E.value:.2f} eV"
    ax.text(2.3, by_line.low, words, ha="right", va="center", linespacing=1.2)
    ax.text(2.9, 1.05 * room.high, "a line that may bend", ha="right")
    ax.set(xlabel="1000 K / T", ylabel="D / (Å²/ps)", xlim=(1, 3.85), ylim=(0.017, 2))
    ax.set_xticks([1, 1.5, 2, 2.5, 3, 3.5])
    plotting.log_ticks(ax.yaxis, [0.03, 0.1, 0.3, 1])
    tracer, charge = lgps_.sigma_of("CHGNet")
    return figure, {
        **_interval("activation_energy", E, 3),
        **_interval("cold_e", lgps_.barrier("CHGNet"), 3),  # from 300 to 600 K
        **_interval("d_300", room, 3),
        **_interval("d_300_line", by_line, 3),
        **_interval("d_300_direct", direct, 3),
        "hops_per_ns": f"{6 * direct.value * 1000 / 3**2:.0f}",  # of 3 Å, by one ion
        "chi_squared": f"{line.chi_squared:.1f}",
        **_interval("sigma", tracer, 0),
        **_interval("sigma_haven", charge, 0),
    }


def _interval(name, measured, decimals):
    ends = zip(("", "_low", "_high"), (measured.value, measured.low, measured.high), strict=True)
    return {f"{name}{end}": f"{x:,.{decimals}f}" for end, x in ends}


def three_teachers():
    """D of lithium by pupils of CHGNet, SevenNet-0 and PBE: a factor of three hot, of ten cold.

    Filled: 500 to 900 K, with the 95 % band of a curve through them that may bend. Open: simulated
    at 300 to 450 K, not fitted. Beside each name the slope of the pupil's forces on lithium against
    those of PBE.

    Source: our runs: pupils of CHGNet, SevenNet-0 and PBE (lgps_runs.npz, lgps_long_runs.npz)
    Notebook: 06_ionic_conductivity#teachers
    """
    figure, ax = plt.subplots(figsize=FULL)
    inverse, numbers = np.linspace(1000 / 900, 1000 / 297, 200), {}
    for name in lgps_.TEACHERS:
        colour = plotting.MODEL_COLOURS[name]
        curve, measured = lgps_.bent(name), lgps_.measured(name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that 300 K is far away
            fitted, room = curve.diffusion(1000 / inverse), curve.diffusion(300)
        ax.fill_between(inverse, fitted.low, fitted.high, color=colour, alpha=0.13, lw=0)
        for edge in (
            fitted.low,
            fitted.high,
        ):  # where two bands overlap, their edges tell them apart
            ax.plot(inverse, edge, color=colour, lw=1.2)
        for T, d in measured.items():
            bars = {"fmt": "o", "color": colour, "ms": 10, "capsize": 5, "lw": 2}
            bars |= {"fmt": "D", "mfc": PAPER, "mew": 2.5} if T in lgps_.COLD else {}
            ax.errorbar(1000 / T, d.value, d.error, **bars)
        short, slope = name.split("-")[0].lower(), lgps_.pupil_slope(name)
        words = f"{name}:\nslope {slope:.2f}"
        ax.text(3.44, measured[300].value, words, va="center", linespacing=1.2)
        numbers |= _interval(f"{short}_300", measured[300], 4)
        numbers |= _interval(f"{short}_far", room, 4)
        numbers |= _interval(f"{short}_e", lgps_.barrier(name), 3)
        numbers |= {f"{short}_slope": f"{slope:.2f}"}
    apart = lgps_.measured("CHGNet")[300].value / lgps_.measured("PBE")[300].value
    numbers["apart_300"] = f"{apart:.0f}"
    apart = lgps_.measured("CHGNet")[900].value / lgps_.measured("PBE")[900].value
    numbers["apart_900"] = f"{apart:.1f}"
    ax.text(1.05, 0.0022, "filled: fitted, with 95 % bands\nopen: simulated there, not fitted")
    ax.text(3.44, 1.9, "slope: forces\non Li, pupil\nagainst PBE", va="top", linespacing=1.2)
    ax.set(ylabel="D / (Å²/ps)", xlim=(1, 3.95), ylim=(0.0017, 2), yscale="log")
    ax.set_xticks([1000 / T for T in (900, 600, 450, 350, 300)])
    ax.set_xticklabels(["900 K", "600 K", "450 K", "350 K", "300 K"])
    ax.set_xlabel("temperature, spaced as 1/T")
    plotting.log_ticks(ax.yaxis, [0.003, 0.01, 0.03, 0.1, 0.3, 1])
    return figure, numbers


# sigma(300 K), mS/cm, and (E_a, low, high), eV, as in the notebook's table.
PUBLISHED = {
    "ab initio, Mo 2012": (9, (0.21, 0.17, 0.25)),
    "ab initio, Materzanini 2021": (None, (0.18, 0.18, 0.18)),
    "NMR, Kuhn 2013": (None, (0.22, 0.22, 0.22)),
    "experiment, Kamaya 2011": (12, (0.25, 0.25, 0.25)),
}
EXPERIMENTS_EV = 0.22, 0.25  # a band; what lies at its end is named to the right


def beside_experiment():
    """Conductivity and barrier of LGPS, by pupils of three teachers, beside published ones.

    Ours: run at 300 K, by Nernst and Einstein, without the Haven ratio; the lowest two have
    germanium at random and on the sites that PBE prefers. Bars: 95 % of ours; Mo's own error.
    Dotted and shaded: experiments, 12 mS/cm and 0.22 to 0.25 eV. Barriers of ours: 300 to 600 K. On
    a screen the rows come one after the other.

    Source: computed here; Kamaya 2011, Kuhn 2013, Mo 2012, Materzanini 2021
    Notebook: 06_ionic_conductivity#table

    doi 10.1038/nmat3066 (Kamaya: 12 mS/cm; 24 kJ/mol, 0.25 eV), 10.1039/c3ee41728j (Kuhn, NMR),
    10.1021/cm203303y (Mo: 9 mS/cm; 0.21 ± 0.04 eV) and 10.1103/PhysRevMaterials.5.035408
    (Materzanini, Car-Parrinello, tetragonal LGPS).
    """
    rows, numbers = {}, {}
    colours = [plotting.MODEL_COLOURS[name] for name in lgps_.TEACHERS] + [
        plotting.MODEL_COLOURS["PBE"]
    ] * 2
    for name in lgps_.TEACHERS:
        sigma, E = lgps_.sigma_of(name)[0], lgps_.barrier(name)
        rows[f"pupil of {name}"] = (sigma.value, sigma.low, sigma.high), (E.value, E.low, E.high)
        short = name.split("-")[0].lower()
        numbers |= _interval(short, sigma, 0) | {f"{short}_e": f"{E.value:.2f}"}
        numbers[f"{short}_times"] = f"{sigma.value / 12:.0f}"
    for where, words in (("at random", "at random"), ("elsewhere", "on PBE's sites")):
        sigma, E = lgps_.sigma_with_germanium(where)
        rows[f"of PBE, Ge {words}"] = (sigma.value, sigma.low, sigma.high), (E.value, E.low, E.high)
        short = where.removeprefix("at ")
        numbers |= _interval(short, sigma, 0) | _interval(f"{short}_e", E, 2)
    with_haven = lgps_.sigma_of("PBE")[1]
    numbers |= _interval("pbe_haven", with_haven, 0)
    numbers |= {
        "least_times": f"{sigma.value / 12:.0f}",
        "most_times": f"{with_haven.value / 12:.0f}",
    }
    ours = len(rows)
    colours += [INK] * len(PUBLISHED)
    for name, (found, barrier) in PUBLISHED.items():
        rows[name] = found and (found, found, found), barrier
    figure, (left, right) = plt.subplots(1, 2, figsize=FULL, sharey=True, width_ratios=(1.5, 1))
    for row, (both, colour) in enumerate(zip(rows.values(), colours, strict=True)):
        drawn = []
        for ax, interval, form in ((left, both[0], "{:,.0f}"), (right, both[1], "{:.2f}")):
            if interval:
                drawn += _row(ax, row, interval, form, colour, ours=row < ours)
        if row < ours:  # others' stand there from the beginning
            style.appear(row + 1, drawn)
    left.axvline(12, color=QUIET, ls=":", lw=2, zorder=0)
    right.axvspan(*EXPERIMENTS_EV, color=QUIET, alpha=0.22, lw=0, zorder=0)
    for ax, middle, words in ((left, 12, "experiment"), (right, 0.235, "experiments")):
        ax.text(middle, -0.68, words, ha="center", va="bottom")
    left.set(xscale="log", xlim=(3, 7000), ylim=(8.6, -0.6), yticks=range(len(rows)))
    left.set_yticklabels(rows, fontsize=16)
    for row, label in enumerate(left.get_yticklabels()[:ours]):
        style.appear(row + 1, [label])
    left.set_xlabel("σ(300 K), without H / (mS/cm)")
    plotting.log_ticks(left.xaxis, [10, 100, 1000])
    right.set(xlabel="$E_a$ / eV, ours: 300 to 600 K", xlim=(0, 0.31), xticks=[0, 0.1, 0.2, 0.3])
    for ax in (left, right):
        ax.tick_params(axis="y", length=0)
    return figure, numbers


def _row(ax, row, interval, form, colour, *, ours):
    """Draw a value with its interval, and return what was drawn."""
    value, low, high = interval
    bars = {"fmt": "o" if ours else "D", "ms": 11, "capsize": 6, "lw": 3}
    bar = ax.errorbar(value, row, xerr=[[value - low], [high - value]], color=colour, **bars)
    if value != EXPERIMENTS_EV[1] and (form == "{:.2f}" or low == high):  # left of it
        at, beside = low, {"xytext": (-11, 0), "ha": "right"}
    else:
        at, beside = high, {"xytext": (9, 0)}
    beside |= {"textcoords": "offset points", "va": "center"}
    return [*bar.get_children(), ax.annotate(form.format(value), (at, row), **beside)]


def folded():
    """The same lithium ion twice: put back into the cell at each face, and on its way through many.

    Moving: 20 ps at 800 K in ten seconds, in the plane of c and a. Left, in one cell, it leaps from
    face to face; right, among cells that repeat, it wanders, and draws its way.

    Source: our run: CHGNet itself (lgps_teacher.npz)
    Notebook: 06_ionic_conductivity#wrapped-view
    """
    runs = teacher_runs(800).of("Li")
    cell = runs.cell[0] if runs.cell.ndim == 3 else runs.cell
    edges = np.linalg.norm(cell, axis=1)[[2, 0]]  # Å, of c and a
    ways = np.concatenate(list(runs.positions), axis=1)[..., [2, 0]]  # (T, ions of all runs, 2)
    ways = ways[np.linspace(0, len(ways) - 1, 80).astype(int)]
    cells = np.floor(ways / edges)
    crossings = np.abs(np.diff(cells, axis=0)).sum(axis=(0, 2))
    extent = np.ptp(ways / edges, axis=0).max(axis=1)
    way = ways[:, np.argmax(np.where(extent < 2.4, crossings, 0))]
    figure = plt.figure(figsize=(5.6, 2.25), layout="none")
    left = figure.add_axes((0, 0.02, 0.49, 0.86))
    right = figure.add_axes((0.51, 0.02, 0.49, 0.86))
    inside = way % edges
    leaps = np.flatnonzero((np.abs(np.diff(inside, axis=0)) > edges / 2).any(axis=1)) + 1
    middle = (way.min(axis=0) + way.max(axis=0)) / 2
    for ax, centre, tall in ((left, edges / 2, 1.06 * edges[1]), (right, middle, 2.1 * edges[1])):
        width = tall * ax.get_position().width * 5.6 / (ax.get_position().height * 2.25)
        ax.set(xlim=centre[0] + np.array([-0.5, 0.5]) * width)
        ax.set(ylim=centre[1] + np.array([-0.5, 0.5]) * tall)
        ax.axis("off")
    for k in range(-9, 10):
        right.axvline(k * edges[0], color=QUIET, lw=1)
        right.axhline(k * edges[1], color=QUIET, lw=1)
    left.add_patch(plt.Rectangle((0, 0), *edges, fill=False, color=INK, lw=2))
    for x, name in ((0.245, "folded"), (0.755, "as it went")):
        figure.text(x, 0.99, name, ha="center", va="top")
    marks = [
        Trail(right, way, np.arange(1, len(way) + 1), 2, plotting.SKY),
        Dot(left, inside, 9, plotting.RED, leaps=tuple(leaps)),
        Dot(right, way, 7, plotting.BLUE),
    ]
    return clip(figure, marks, seconds=10, still=len(way) - 1), {}


def wrapped():
    """MSD of lithium with coordinates put back into the cell: too fast at first, then stuck.

    At 900 K, mean of ten runs. Each crossing of a face counts as a jump through the cell; in the
    end the curve levels off at the mean squared distance of two random places in the cell, the sum
    of L²/6, while lithium diffuses on.

    Source: our runs: pupil of CHGNet, ten of 100 ps (lgps_runs.npz)
    Notebook: 06_ionic_conductivity#failure-wrapped
    """
    runs = lgps_.runs(900)
    inside = runs.positions - np.floor(runs.positions @ np.linalg.inv(runs.cell)) @ runs.cell
    true, false = (np.mean([msd_of(x) for x in part], axis=0) for part in (runs, inside))
    allowed = np.sum(runs.cell**2) / 6
    figure, ax = plt.subplots(figsize=HALF)
    lags = runs.times[: len(true)]
    shown = lags <= 30
    ax.axhline(allowed, color=plotting.GREY, ls=":")
    ax.plot(lags[shown], true[shown], color=plotting.BLUE, lw=4)
    ax.plot(lags[shown], false[shown], color=plotting.RED, lw=4)
    ax.text(0.5, 95, "two random\nplaces in the cell", va="bottom", linespacing=1.2)
    ax.text(22, 148, "unwrapped", ha="right")
    ax.text(30, 80, "wrapped", ha="right", va="top")
    ax.set(
        xlabel="lag / ps",
        ylabel="MSD of Li / Å²",
        xlim=(0, 30),
        ylim=(0, 200),
        yticks=(0, 50, 100, 150, 200),
    )
    return figure, {
        "allowed": f"{allowed:.0f}",
        "wrapped_at_30": f"{false[lags == 30][0]:.0f}",
        "unwrapped_at_30": f"{true[lags == 30][0]:.0f}",
        "wrapped_at_2": f"{false[lags == 2][0]:.0f}",
        "unwrapped_at_2": f"{true[lags == 2][0]:.0f}",
    }


def error_bar():
    """D from each of ten runs with the error of its line, and the 95 % interval of their mean.

    At 700 K. Each bar is far smaller than the scatter of the dots. The interval is what this
    scatter says of the mean of ten; dots and mean are from one estimator, lines weighted by 1/τ³.

    Source: our runs: pupil of CHGNet, ten of 100 ps (lgps_runs.npz)
    Notebook: 06_ionic_conductivity#error
    """
    T = 700
    d, lines = lgps_.diffusion(T), []
    chosen = (d.lag_times >= d.window[0]) & (d.lag_times <= d.window[1])
    lags = d.lag_times[chosen]
    for msd in msd_of(lgps_.runs(T)):
        # The weights of `diffusion_coefficient`; polyfit multiplies them with the residuals.
        (slope, _), covariance = np.polyfit(lags, msd[chosen], 1, w=lags**-1.5, cov=True)
        lines.append((slope / 6, np.sqrt(covariance[0, 0]) / 6))
    value, error = np.array(lines).T
    np.testing.assert_allclose(value, d.coefficients, rtol=1e-6)  # rounding of float32 positions
    figure, ax = plt.subplots(figsize=HALF)
    ax.axhspan(d.low, d.high, color=QUIET, alpha=0.25, lw=0)
    ax.axhline(d.value, color=QUIET, lw=1.5)
    bars = {"fmt": "o", "color": CHGNET, "ms": 8, "capsize": 5}
    ax.errorbar(range(1, 11), value, 1.96 * error, **bars)
    words = "dots: one run each,\nwith the 95 % of its line"
    ax.text(0.6, 0.735, words, va="top", linespacing=1.2)
    words = "band: mean of the ten dots,\n95 % from their scatter"
    ax.text(0.6, 0.425, words, va="bottom", linespacing=1.2)
    ax.set(xlabel="run", ylabel="D at 700 K / (Å²/ps)", xticks=range(1, 11), xlim=(0.4, 10.6))
    ax.set(ylim=(0.42, 0.74), yticks=(0.45, 0.5, 0.55, 0.6, 0.65, 0.7))
    return figure, {
        "scatter": f"{value.std(ddof=1):.3f}",
        "claimed": f"{error.mean():.3f}",
        "times": f"{value.std(ddof=1) / error.mean():.0f}",
        "d": f"{d.value:.3f}",
        "error": f"{d.error:.3f}",
        "error_95": f"{(d.high - d.low) / 2:.3f}",
    }


def haven():
    """The Haven ratio from 300 to 900 K with its 95 % intervals: about one half.

    Below 1: charge travels further than ions that move alone would carry it. Band: the four cold
    temperatures together.

    Source: our runs: pupil of CHGNet (lgps_runs.npz, lgps_long_runs.npz)
    Notebook: 06_ionic_conductivity#haven
    """
    H, hot = pooled(lgps_.cold_havens("CHGNet").values()), lgps_.answer().haven
    figure, ax = plt.subplots(figsize=HALF)
    ax.axhspan(H.low, H.high, color=QUIET, alpha=0.25, lw=0)
    ax.axhline(1, color=plotting.GREY, ls="--")
    ax.text(270, 0.985, "ions move alone", va="top")
    numbers = _interval("h", H, 2) | _interval("hot", hot, 2)
    for T, h in (lgps_.cold_havens("CHGNet") | lgps_.answer().haven_ratios).items():
        bars = {"fmt": "o", "color": CHGNET, "ms": 10, "capsize": 6, "lw": 3}
        bars |= {"fmt": "D", "mfc": PAPER, "mew": 2.5} if T in lgps_.COLD else {}
        ax.errorbar(T, h.value, [[h.value - h.low], [h.high - h.value]], **bars)
    words = f"band, the cold ones together:\nH = {H.value:.2f} ({H.low:.2f} to {H.high:.2f})"
    ax.text(270, 0.06, words, linespacing=1.2)
    ax.set(xlabel="temperature / K", ylabel=r"Haven ratio $H = D\,/\,D_\mathrm{charge}$")
    ax.set(xlim=(255, 945), ylim=(0, 1.1), xticks=range(300, 901, 100))
    return figure, numbers


def pupil_and_teacher():
    """Forces of the pupil on those of CHGNet at three temperatures, and the ratio of their D.

    Left: frames of the teacher's own runs, none of which the pupil has learned from. Right: D of
    the pupil over that of CHGNet, with its standard error, which comes from two or three runs of
    CHGNet; what such a run scatters by is learned from fifty of the pupil's.

    Source: our runs: CHGNet and its pupil (lgps_teacher.npz, lgps_runs.npz)
    Notebook: 06_ionic_conductivity#referee
    """
    pupil, numbers = fitted_lgps(), {}
    unseen = [a for a in teacher_frames() if (a.info["temperature_K"], a.info["seed"]) != (1000, 0)]
    figure, axes = plt.subplots(1, 4, figsize=FULL, width_ratios=(1, 1, 1, 1.25))
    for ax, T in zip(axes[:3], (600, 800, 1000), strict=True):
        e = errors([a for a in unseen if a.info["temperature_K"] == T], pupil)
        ax.plot([-4, 4], [-4, 4], color=INK, lw=1)
        some = slice(None, None, 7)
        cloud = {"ms": 3, "alpha": 0.5, "color": "#2b8ccc", "rasterized": True}
        ax.plot(e.force_labels.ravel()[some], e.forces.ravel()[some], ".", **cloud)
        ax.set(xlim=(-4, 4), ylim=(-4, 4), xticks=[-3, 0, 3], yticks=[-3, 0, 3])
        ax.set_title(f"{T} K\n{e.force_rmse:.0f} meV/Å", fontsize=16)
        numbers[f"rmse_{T}"] = f"{e.force_rmse:.0f}"
    axes[0].set_ylabel("pupil: force / (eV/Å)")
    axes[1].set_xlabel("CHGNet: force / (eV/Å)")
    ratios, together = lgps_.pupil_beside_teacher()
    axes[3].axhline(1, color=INK, lw=1)
    for T, r in ratios.items():
        bars = {"fmt": "o", "color": plotting.BLUE, "ms": 10, "capsize": 6, "lw": 3}
        axes[3].errorbar(T, r.value, r.error, **bars)
        axes[3].text(T, r.value + r.error + 0.03, f"{r.value:.2f}", ha="center")
        numbers |= {f"ratio_{T}": f"{r.value:.2f}", f"error_{T}": f"{r.error:.2f}"}
    counts = sorted({len(teacher_runs(T)) for T in ratios})
    words = (
        f"{' or '.join(map(str, counts))} teacher runs each\n"
        f"together {together.value:.2f}\n(95 %: {together.low:.2f} to {together.high:.2f})"
    )
    axes[3].text(800, 0.42, words, ha="center", va="bottom", fontsize=15, linespacing=1.2)
    axes[3].set(xlim=(500, 1100), ylim=(0.4, 1.5), xticks=(600, 800, 1000), yticks=(0.5, 1, 1.5))
    axes[3].set(xlabel="temperature / K", title="D(pupil) / D(CHGNet)")
    return figure, numbers | _interval("pooled", together, 2)
