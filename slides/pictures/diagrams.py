"""Drawings made of boxes, arrows and words; one unit is one inch."""

import matplotlib.pyplot as plt
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from .style import INK

# Boxes keep their colour on a dark slide, and so do the words on them.
ON_BOX = "#111111"
TINTS = {
    "blue": "#b5dbf2",
    "orange": "#fbd68a",
    "green": "#a5dfca",
    "red": "#f4bb98",
    "purple": "#ecc6dc",
    "grey": "#cfd6dd",
}


def canvas(size):
    """Return a figure and axes without frame that fill it, in inches from the lower left."""
    figure = plt.figure(figsize=size, layout="none")
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, size[0]), ylim=(0, size[1]))
    ax.axis("off")
    return figure, ax


def box(ax, x, y, width, height, text, tint, *, fontsize=16, round_=0.1, **how):
    """Draw a box about (x, y) with words in it."""
    style = f"round,pad=0,rounding_size={round_}"
    corner = (x - width / 2, y - height / 2)
    ax.add_patch(FancyBboxPatch(corner, width, height, boxstyle=style, fc=TINTS[tint], lw=0))
    ax.text(x, y, text, ha="center", va="center", color=ON_BOX, fontsize=fontsize, **how)


def arrow(ax, start, end, *, colour=INK, width=2.0, curve=0.0, head=14, zorder=2):
    """Draw an arrow; `curve` bends it."""
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle=f"-|>,head_length={head / 30},head_width={head / 60}",
            mutation_scale=head,
            connectionstyle=f"arc3,rad={curve}",
            color=colour,
            lw=width,
            shrinkA=0,
            shrinkB=0,
            zorder=zorder,
        )
    )


def words(ax, x, y, text, *, fontsize=15, ha="center", va="center", colour=INK, **how):
    """Write on the slide itself."""
    ax.text(x, y, text, ha=ha, va=va, fontsize=fontsize, color=colour, **how)


def picture(ax, image, window, *, at, scale, zorder=1):
    """Put a rendered image on the canvas: the origin of its `window` (Å) at `at`, inches per Å."""
    x, y = at
    left, right, bottom, top = window
    extent = (x + scale * left, x + scale * right, y + scale * bottom, y + scale * top)
    limits = ax.get_xlim(), ax.get_ylim()
    ax.imshow(image, extent=extent, interpolation="none", aspect="auto", zorder=zorder)
    ax.set(xlim=limits[0], ylim=limits[1])
