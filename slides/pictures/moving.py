"""Clips: a figure on which marks move, as SVG in one file without a script.

A clip stands still until somebody starts its animations, as slides/clips.js does in the deck: what
is drawn without them is the still, on paper, in PowerPoint, and for who asked for less motion.
"""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from .style import svg

SHINE = (  # laid over a ball: light from the upper left, a dark rim
    '<radialGradient id="shine" cx="0.36" cy="0.32" r="0.72">'
    '<stop offset="0" stop-color="#fff" stop-opacity="0.75"/>'
    '<stop offset="0.35" stop-color="#fff" stop-opacity="0.12"/>'
    '<stop offset="0.7" stop-color="#000" stop-opacity="0.08"/>'
    '<stop offset="1" stop-color="#000" stop-opacity="0.45"/></radialGradient>'
)


@dataclass(frozen=True)
class Dot:
    """A ball that goes through `places` (T, 2), in the coordinates of the axes `ax`.

    `fill` is its colour, or one for each instant. It goes straight from place to place, but for the
    instants in `leaps`, to which it leaps; if it `jumps`, it leaps always. `choice` is the position
    of a slider at which it is there.
    """

    ax: Any
    places: np.ndarray
    radius: float  # points
    fill: str | list[str]
    leaps: tuple[int, ...] = ()
    jumps: bool = False
    flat: bool = False
    choice: str = ""


@dataclass(frozen=True)
class Stick:
    """A line from one moving end to the other, `ends` (T, 2, 2); there while `whole` (T,)."""

    ax: Any
    ends: np.ndarray
    width: float  # points
    stroke: str
    whole: np.ndarray | None = None
    choice: str = ""


@dataclass(frozen=True)
class Trail:
    """A line through `points` (M, 2), of which the first `drawn` (T,) are drawn at each instant.

    If `dotted`, dots at the points instead of the line: then it may not come back to itself.
    """

    ax: Any
    points: np.ndarray
    drawn: np.ndarray
    width: float  # points
    stroke: str
    dotted: bool = False
    choice: str = ""


def clip(figure, marks, *, seconds: float, still: int = 0, choices=(), slider: str = "") -> str:
    """Return `figure` as SVG with `marks` on it that move, those later in the list in front.

    All instants of a mark are equally far apart, and the last is shown after `seconds`. The still
    shows instant number `still`.

    `choices` are the positions of a slider, whose name is `slider`; the first is the one that is
    shown without it. What in `figure` has the gid "choice-..." belongs to one of them.
    """
    drawn = svg(figure)
    head, tail = drawn[drawn.index("<svg") :].rsplit("</svg>", 1)[0], "</svg>\n"
    head = re.sub(r"\s*<metadata>.*?</metadata>", "", head, flags=re.S)
    for choice in choices:
        shown = "" if choice == choices[0] else ' display="none"'
        head = head.replace(f'id="choice-{choice}"', f'data-choice="{choice}"{shown}')
    if slider:
        head = head.replace("<svg ", f'<svg data-slider="{slider}" ', 1)
    height = figure.get_figheight() * 72
    body = [f"<defs>{SHINE}</defs>", '<g class="moving">']
    for k, mark in enumerate(marks):
        draw = {Dot: _dot, Stick: _stick, Trail: _trail}[type(mark)]
        element = draw(mark, k, _Page(mark.ax, figure.dpi, height), seconds, still)
        if mark.choice:
            shown = "" if mark.choice == choices[0] else ' display="none"'
            element = f'<g data-choice="{mark.choice}"{shown}>{element}</g>'
        body.append(element)
    # It fades out before it begins again: the last picture is not followed by the first.
    fade = _animate("opacity", [0, 1, 1, 0], seconds, at=[0, 0.02, 0.97, 1])
    return "\n".join([head, *body, fade, "</g>", tail])


@dataclass(frozen=True)
class _Page:
    """Where on the page, in points from its upper left corner, lies a place in `ax`."""

    ax: Any
    dpi: float
    height: float

    def __call__(self, places):
        x, y = np.moveaxis(self.ax.transData.transform(places.reshape(-1, 2)) * 72 / self.dpi, 1, 0)
        return np.round(np.stack([x, self.height - y], axis=1).reshape(places.shape), 1)


def _dot(dot, k, page, seconds, still):
    places = page(np.asarray(dot.places, float))
    words = [f"{x:g},{y:g}" for x, y in places]
    at = None
    if len(dot.leaps):  # it stays until it leaps
        share = np.arange(len(words)) / (len(words) - 1)
        words = [w for n, w in enumerate(words) for w in ([words[n - 1]] * (n in dot.leaps) + [w])]
        at = [t for n, t in enumerate(share) for t in [t] * (1 + (n in dot.leaps))]
    move = _animate("transform", words, seconds, at=at, discrete=dot.jumps)
    colours = dot.fill if isinstance(dot.fill, list) else None
    # As a style, a colour follows the dark setting; as an attribute, it can change.
    paint = f'fill="{colours[still]}"' if colours else f'style="fill: {dot.fill.lower()}"'
    change = _steps("fill", colours, seconds) if colours else ""
    ball = f'<circle r="{dot.radius:g}" {paint}>{change}</circle>'
    shine = "" if dot.flat else f'<circle r="{dot.radius:g}" fill="url(#shine)"/>'
    x, y = places[still]
    return f'<g transform="translate({x:g},{y:g})">{move}{ball}{shine}</g>'


def _stick(stick, k, page, seconds, still):
    words = [f"{a:g},{b:g} {c:g},{d:g}" for (a, b), (c, d) in page(np.asarray(stick.ends, float))]
    whole = np.ones(len(words), bool) if stick.whole is None else stick.whole
    seen = ["visible" if here else "hidden" for here in whole]
    how = f"fill: none; stroke: {stick.stroke.lower()}; stroke-linecap: round"
    parts = _animate("points", words, seconds) + _steps("visibility", seen, seconds)
    return (
        f'<polyline points="{words[still]}" visibility="{seen[still]}" style="{how}" '
        f'stroke-width="{stick.width:g}">{parts}</polyline>'
    )


def _trail(trail, k, page, seconds, still):
    points = page(np.asarray(trail.points, float))
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    length = np.append(0, np.cumsum(steps))
    last = np.clip(np.asarray(trail.drawn) - 1, 0, len(points) - 1)
    # A dash as long as the line, pushed out of it: what is left of the push is drawn.
    rest = [f"{x:.0f}" for x in length[-1] - length[last]]
    seen = ["visible" if n > 0 else "hidden" for n in trail.drawn]
    moves = _animate("stroke-dashoffset", rest, seconds) + _steps("visibility", seen, seconds)
    line = "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
    dash = (
        f'd="{line}" fill="none" stroke-dasharray="{length[-1]:.0f} {length[-1] + 9:.0f}" '
        f'stroke-dashoffset="{rest[still]}" visibility="{seen[still]}"'
    )
    # As styles: matplotlib has a rule for the caps of all lines.
    paint = f'stroke-width="{trail.width:g}" style="fill: none; stroke: {trail.stroke.lower()}'
    if not trail.dotted:
        return f'<path {dash} {paint}; stroke-linejoin: round">{moves}</path>'
    dots = "".join(f"M{x:g} {y:g}h0" for x, y in points)
    whole = 'maskUnits="userSpaceOnUse" x="0" y="0" width="100%" height="100%"'
    wide = f'stroke="#fff" stroke-width="{trail.width + 4:g}" style="stroke-linecap: round"'
    return (
        f'<mask id="mask{k}" {whole}><path {dash} {wide}>{moves}</path></mask>'
        f'<path d="{dots}" mask="url(#mask{k})" {paint}; stroke-linecap: round"/>'
    )


def _steps(attribute, values, seconds):
    """Return an animation that changes where `values` change, or none where they never do."""
    new = [n for n, value in enumerate(values) if n == 0 or value != values[n - 1]]
    if len(new) == 1:
        return ""
    at = [n / (len(values) - 1) for n in new]
    return _animate(attribute, [values[n] for n in new], seconds, at=at, discrete=True)


def _animate(attribute, values, seconds, *, at=None, discrete=False):
    """Return SVG that takes one attribute through `values`, evenly or `at` shares of the time."""
    how = f'dur="{seconds:g}s" begin="indefinite" repeatCount="indefinite"'
    if at is not None:
        how += f' keyTimes="{";".join(f"{t:.4f}".rstrip("0").rstrip(".") for t in at)}"'
    if discrete:
        how += ' calcMode="discrete"'
    listed = f'values="{";".join(map(str, values))}"'
    if attribute == "transform":
        return f'<animateTransform attributeName="transform" type="translate" {listed} {how}/>'
    return f'<animate attributeName="{attribute}" {listed} {how}/>'
