"""The terms of a classical potential, each drawn on atoms."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Arc

from lecture8.plotting import BLUE, RED, SKY

from .diagrams import ON_BOX, TINTS, words
from .style import FULL, INK, QUIET


def draw_terms(ax):
    """Draw five terms on atoms, each with its formula, and name other forms."""
    column, row = FULL[0] / 3, FULL[1] / 2
    terms = [
        ("bond", r"$\frac{k_b}{2}\,(b - b_0)^2$", _bond),
        ("angle", r"$\frac{k_\theta}{2}\,(\theta - \theta_0)^2$", _angle),
        ("torsion", r"$\frac{V_n}{2}\,(1 + \cos n\varphi)$", _torsion),
        (
            "all other pairs",
            r"$4\epsilon\,[(\frac{\sigma}{r})^{12} - (\frac{\sigma}{r})^{6}]$",
            _pair,
        ),
        ("charges", r"$\frac{q_i\, q_j}{4\pi\varepsilon_0\, r}$", _charges),
    ]
    for k, (name, formula, draw) in enumerate(terms):
        x, y = column * (k % 3), FULL[1] - row * (k // 3 + 1)
        draw(ax, np.array([x + 0.95, y + 1.0]))
        words(ax, x + 1.85, y + 1.75, name, ha="left", fontsize=17, weight="bold")
        words(ax, x + 1.85, y + 1.05, formula, ha="left", fontsize=18)
    other = "Buckingham: oxides\nEAM: metals\nTersoff: silicon, carbon\nReaxFF: bonds that break"
    words(ax, 2 * column + 0.35, 1.75, "other forms", ha="left", fontsize=17, weight="bold")
    words(ax, 2 * column + 0.35, 0.85, other, ha="left", fontsize=16, linespacing=1.3)


def _atoms(ax, places, colour=BLUE, radius=0.2):
    for place in places:
        ax.add_patch(plt.Circle(place, radius, fc=colour, lw=0, zorder=3))


def _spring(ax, start, end, coils=5):
    """Draw a spring from one place to another."""
    along = end - start
    across = np.array([-along[1], along[0]]) / np.linalg.norm(along)
    s = np.linspace(0, 1, 60)
    wave = 0.11 * np.sin(2 * np.pi * coils * s) * (np.abs(s - 0.5) < 0.4)
    ax.plot(*(start[:, None] + along[:, None] * s + across[:, None] * wave), color=QUIET, lw=2.5)


def _bond(ax, at):
    places = np.add(at, [[-0.55, 0.3], [0.55, 0.3]])
    _spring(ax, *places)
    _atoms(ax, places)
    both = {"arrowstyle": "<->", "color": INK, "lw": 1.5, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", places[0] - (0, 0.42), places[1] - (0, 0.42), arrowprops=both)
    words(ax, at[0], at[1] - 0.35, "$b$", fontsize=18)


def _angle(ax, at):
    places = np.add(at, [[-0.6, 0.65], [-0.25, -0.1], [0.6, 0.05]])
    ax.plot(*places.T, color=QUIET, lw=5)
    _atoms(ax, places)
    ax.add_patch(Arc(places[1], 1.0, 1.0, theta1=10, theta2=115, color=RED, lw=2.5))
    words(ax, at[0] + 0.32, at[1] + 0.55, r"$\theta$", fontsize=18)


def _torsion(ax, at):
    places = np.add(at, [[-0.7, 0.5], [-0.35, 0.0], [0.3, 0.3], [0.65, -0.2]])
    ax.plot(*places.T, color=QUIET, lw=5)
    _atoms(ax, places)
    turn = {"arrowstyle": "-|>,head_width=0.25,head_length=0.4", "color": RED, "lw": 2.5}
    turn["connectionstyle"] = "arc3,rad=-1.1"
    ax.annotate("", np.add(at, (0.2, -0.1)), np.add(at, (-0.25, 0.45)), arrowprops=turn)
    words(ax, at[0] + 0.35, at[1] + 0.8, r"$\varphi$", fontsize=18)


def _pair(ax, at):
    places = np.add(at, [[-0.42, 0.15], [0.42, 0.15]])
    for place in places:
        ax.add_patch(plt.Circle(place, 0.42, fc=SKY, alpha=0.5, lw=0))
    _atoms(ax, places, radius=0.12)
    words(ax, at[0], at[1] - 0.5, "$r$", fontsize=18)


def _charges(ax, at):
    places = np.add(at, [[-0.55, 0.15], [0.55, 0.15]])
    ax.plot(*places.T, color=QUIET, lw=2, ls=":")
    for place, colour, sign in zip(places, ("red", "blue"), "+−", strict=True):
        _atoms(ax, [place], TINTS[colour], radius=0.26)
        words(ax, *place, sign, fontsize=20, colour=ON_BOX, weight="bold", zorder=4)
    words(ax, at[0], at[1] - 0.2, "$r$", fontsize=18)
