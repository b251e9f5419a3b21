"""What the pictures of notebook 3 are drawn with."""

import matplotlib.pyplot as plt
import numpy as np

from lecture8 import plotting

from .diagrams import ON_BOX, TINTS, arrow, picture, words
from .rendering import render
from .style import QUIET


def laid_flat(atoms):
    """Return a copy about the origin, its longest extent along x, the shortest towards us."""
    flat = atoms.copy()
    flat.positions -= flat.positions.mean(axis=0)
    axes = np.linalg.svd(flat.positions)[2]
    flat.positions = flat.positions @ (axes * np.array([[1], [1], [np.linalg.det(axes)]])).T
    return flat


def rotation(before, after):
    """Return the matrix Q with ``after = before @ Q.T``."""
    return np.linalg.lstsq(before.positions, after.positions, rcond=None)[0].T


def power(value, rounding):
    """Return the power of ten, as text, that a value or what rounding leaves of it stays below."""
    exponent = int(np.floor(np.log10(max(value, rounding)))) + 1
    return "10" + f"{exponent}".translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def neighbourhood(ax, atoms, *, at):
    """Draw the molecule with a ring around atom 0, the one whose moments are taken."""
    image, window = render(atoms, pixels_per_angstrom=30, radius=0.55)
    picture(ax, image, window, at=at, scale=0.34)
    place = np.array(at) + 0.34 * atoms.positions[0, :2]
    ax.add_patch(plt.Circle(place, 0.24, fill=False, ec=plotting.RED, lw=3, zorder=5))


def heat(ax, values, *, at, size):
    """Draw a matrix as squares: blue below zero, orange above."""
    rows, columns = values.shape
    for (row, column), value in np.ndenumerate(values):
        share = np.clip(abs(value) / 2, 0, 1)
        deep = np.array([0.88, 0.48, 0.0] if value > 0 else [0.0, 0.4, 0.72])
        x = at[0] + (column - columns / 2) * size
        y = at[1] + (rows / 2 - row - 1) * size
        colour = 1 - share * (1 - deep)
        ax.add_patch(plt.Rectangle((x, y), size, size, fc=colour, ec="#8a949e", lw=1))


def contractions(ax, vector, matrix, scalars, y):
    """Draw three products of small matrices and what they come to."""
    row, column, s = vector[None], vector[:, None], 0.17
    lines = ((row, "·", column), (matrix, ":", matrix), (row, "·", matrix, "·", column))
    for line, value, dy in zip(lines, scalars, (0.61, 0, -0.61), strict=True):
        x = 8.65
        for part in line:
            if isinstance(part, str):
                words(ax, x + 0.08, y + dy, part, fontsize=18)
                x += 0.16
            else:
                width = part.shape[1] * s
                heat(ax, part, at=(x + width / 2, y + dy), size=s)
                x += width + 0.04
        words(ax, 11.8, y + dy, f"= {value:.3f}", fontsize=17, ha="right")


def graph(ax, centre):
    """Draw an atom i, its neighbours within the cutoff, and two beyond."""
    polar = ((0.85, 20), (0.95, 85), (0.8, 150), (0.95, 215), (0.85, 300), (1.68, 52), (1.66, 262))
    for distance, degrees in polar:
        place = centre + distance * np.array(
            [np.cos(np.radians(degrees)), np.sin(np.radians(degrees))]
        )
        near = distance < 1.2
        ax.add_patch(plt.Circle(place, 0.24, fc=TINTS["green" if near else "grey"], lw=0, zorder=3))
        if near:
            arrow(ax, place + (centre - place) * 0.3, centre - (centre - place) * 0.36, head=16)
            words(ax, *place, r"$\mathbf{h}_j$", colour=ON_BOX, zorder=4)
    ax.add_patch(plt.Circle(centre, 0.3, fc=TINTS["orange"], lw=0, zorder=3))
    words(ax, *centre, r"$\mathbf{h}_i$", fontsize=18, colour=ON_BOX, zorder=4)
    ax.add_patch(plt.Circle(centre, 1.3, fill=False, ec=QUIET, lw=2, ls=(0, (4, 3))))
