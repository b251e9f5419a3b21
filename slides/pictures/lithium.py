"""Pictures to notebook 6: the crystal, and where its lithium goes."""

import matplotlib.pyplot as plt
import numpy as np
from ase.utils import rotate
from matplotlib.colors import LinearSegmentedColormap

from lecture8.ionic_conductivity import density_grid

from . import lgps_analysis as lgps_
from . import lgps_crystal
from .style import HALF, INK, QUIET


def lgps():
    """One cell of Li10GeP2S12: tetrahedra of sulfur around phosphorus and germanium, and lithium.

    The long axis c goes from left to right. The lithium ions stand in rows along it, between the
    tetrahedra.

    Source: after Kamaya, Nat. Mater. 10, 682 (2011) (lgps.xyz)
    Notebook: 06_ionic_conductivity#imports
    """
    crystal, tilt = lgps_.crystal(), "7x,-9y"
    a, b, c = crystal.cell.lengths()
    # From a quarter of a and b on, no tetrahedron is cut, and a channel runs through the middle.
    size, start = np.array([c, a, b]), np.array([0, -a / 4, -b / 4])
    x, y, _ = (start + size / 2) @ rotate(tilt)
    half = 8.2
    window = (x - half, x + half, y - 0.7 * half, y + 0.7 * half)
    figure = plt.figure(figsize=HALF, layout="none")
    ax = figure.add_axes((0, 0, 1, 0.7 * HALF[0] / HALF[1]))
    box = start - 0.3, start + size + 0.3
    framework, lithium = lgps_crystal.tetrahedra(*box), lgps_crystal.lithium_at_rest(*box)
    lgps_crystal.draw(ax, framework, lithium=lithium, window=window, pixels=42, tilt=tilt)
    corners = np.array(list(np.ndindex(2, 2, 2)))
    for i, j in np.ndindex(8, 8):
        if i < j and np.abs(corners[i] - corners[j]).sum() == 1:
            ends = (start + corners[[i, j]] * size) @ rotate(tilt)
            ax.plot(*ends[:, :2].T, color=QUIET, lw=1, zorder=0)
    for k, (symbol, colour) in enumerate(lgps_crystal.COLOURS.items()):
        place = 0.16 + 0.21 * k
        dot = plt.Line2D([place - 0.02], [0.945], marker="o", ms=14, mew=0, color=colour)
        figure.add_artist(dot)
        figure.text(place + 0.012, 0.945, symbol, va="center", fontsize=17)
    counts = {s: int(np.sum(crystal.symbols == s)) for s in lgps_crystal.COLOURS}
    return figure, {
        "atoms": f"{len(crystal)}",
        **{symbol.lower(): f"{n}" for symbol, n in counts.items()},
        "a": f"{a:.2f}",
        "c": f"{c:.2f}",
        "volume": f"{crystal.get_volume():.0f}",
    }


def ion_density():
    """Where lithium is at 600 K, seen along b: two channels run along c, with bridges between.

    The mean over ten runs of 100 ps, between the tetrahedra of the crystal.

    Source: our runs: pupil of CHGNet, ten of 100 ps (lgps_runs.npz)
    Notebook: 06_ionic_conductivity#density
    """
    crystal, T = lgps_.crystal(), 600
    # The bath had pushed each crystal somewhere before the run began: put them on each other.
    home = (crystal * (2, 1, 1)).positions[np.tile(crystal.symbols == "Li", 2)].mean(axis=0)
    runs = lgps_.runs(T).positions
    aligned = np.concatenate([x - x[0].mean(axis=0) + home for x in runs], axis=1)
    density = density_grid(aligned, crystal.cell.array, spacing=0.2) / 20  # ten runs of two cells
    a, b, c = crystal.cell.lengths()
    areal = density.sum(axis=1) * b / density.shape[1]  # (A, C), ions per Å2
    figure = plt.figure(figsize=HALF, layout="none")
    height = 3.9
    ax = figure.add_axes((0, 1 - height / HALF[1], 1, height / HALF[1]))
    wide = 1.12 * c
    window = (-0.06 * c, -0.06 * c + wide, a / 4 - wide * height / HALF[0] / 2, 0)
    window = (*window[:3], a / 2 - window[2])
    low = np.array([-3, -a, -0.3])
    framework = lgps_crystal.tetrahedra(low, np.array([c + 3, 2 * a, b - 0.3]))
    lgps_crystal.draw(ax, framework, window=window, pixels=38, pale=0.6)
    shades = [(0.63, 0.31, 0.85, x) for x in (0, 0.9)]
    ax.imshow(
        np.tile(areal, (3, 3)),
        extent=(-c, 2 * c, -a, 2 * a),
        origin="lower",
        cmap=LinearSegmentedColormap.from_list("clouds", [*shades, (0.4, 0.1, 0.6, 1)]),
        interpolation="bicubic",
        zorder=1.5,
    )
    ax.set(xlim=window[:2], ylim=window[2:])
    under = figure.add_axes((0, 0, 1, 1 - height / HALF[1]))
    under.set(xlim=window[:2], ylim=(0, 1))
    under.axis("off")
    arrow = {"arrowstyle": "<|-|>", "color": INK, "lw": 1.5, "shrinkA": 0, "shrinkB": 0}
    under.annotate("", (c, 0.72), (0, 0.72), arrowprops=arrow)
    under.text(c / 2, 0.56, f"c = {c:.1f} Å", ha="center", va="top")
    ratios = {t: lgps_.along(t, 2).value / lgps_.along(t, (0, 1)).value for t in (500, 600, 900)}
    return figure, {"temperature": f"{T}"} | {f"along_{t}": f"{r:.2f}" for t, r in ratios.items()}
