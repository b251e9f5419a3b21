"""LGPS to look at: c from left to right, a upwards, b towards the reader; no pictures here."""

import numpy as np
from ase import Atoms
from ase.utils import rotate
from matplotlib.patches import Polygon
from scipy.spatial import ConvexHull

from .lgps_analysis import crystal
from .rendering import OVERSAMPLING, _Canvas

COLOURS = {"Li": "#a050d8", "S": "#e8c52a", "P": "#e8801a", "Ge": "#4f8f8f"}
RADII = {"Li": 0.38, "S": 0.42, "P": 0.42, "Ge": 0.5}


def screen(positions):
    """Return where positions (..., 3) lie on the screen, and how near: (c, a, b)."""
    return np.asarray(positions)[..., [2, 0, 1]]


def lithium_at_rest(low, high):
    """Return the sites (n, 3) of Li in a box, on the screen."""
    big, origin = _repeated()
    places = screen(big.positions[big.symbols == "Li"] - origin)
    return places[np.all((places > low) & (places < high), axis=1)]


def tetrahedra(low, high) -> list[Atoms]:
    """Return each tetrahedron, its centre first, whose centre lies in a box, on the screen."""
    big, origin = _repeated()
    places = screen(big.positions - origin)
    sulfur = np.flatnonzero(big.symbols == "S")
    found = []
    for centre in np.flatnonzero((big.symbols == "P") | (big.symbols == "Ge")):
        if np.all((places[centre] > low) & (places[centre] < high)):
            nearest = np.argsort(np.linalg.norm(places[sulfur] - places[centre], axis=1))[:4]
            which = [centre, *sulfur[nearest]]
            found.append(Atoms(big.symbols[which], places[which]))
    return found


def draw(ax, framework, *, window, pixels, lithium=(), pale=0.0, tilt=""):
    """Draw tetrahedra, and lithium at places (n, 3), all of the screen, where `window` is.

    `pale` is how much grey there is in the framework's colours. Sticks join P and Ge to S only.
    """
    turn = rotate(tilt)
    canvas = _Canvas(window, pixels * OVERSAMPLING)
    shades = {s: _mixed(colour, pale if s != "Li" else 0) for s, colour in COLOURS.items()}
    for tetrahedron in framework:
        places, symbols = tetrahedron.positions @ turn, tetrahedron.get_chemical_symbols()
        for place, symbol in zip(places, symbols, strict=True):
            canvas.ball(place, RADII[symbol], shades[symbol])
        for place in places[1:]:
            canvas.stick(places[0], place, 0.13, shades[symbols[0]], shades["S"])
        corners = places[1:, :2]
        outline = corners[ConvexHull(corners).vertices]
        face = Polygon(outline, facecolor=shades[symbols[0]], alpha=0.3, lw=0, zorder=1)
        ax.add_patch(face)
    for place in np.asarray(lithium).reshape(-1, 3) @ turn:
        canvas.ball(place, RADII["Li"], shades["Li"])
    image = np.round(canvas.image() * 28) / 28  # fewer colours make a smaller file
    ax.imshow(image, extent=window, interpolation="none", zorder=2)
    ax.set(xlim=window[:2], ylim=window[2:], aspect="equal")
    ax.axis("off")


def _repeated():
    """Return many cells, and where the origin of the one in the middle lies."""
    cell = crystal()
    return cell * (5, 5, 9), 2 * cell.cell[0] + 2 * cell.cell[1] + 4 * cell.cell[2]


def _mixed(colour, share):
    rgb = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return (1 - share) * rgb + share * np.array([0.62, 0.66, 0.7])
