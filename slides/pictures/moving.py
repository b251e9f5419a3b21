"""Clips: a picture that moves by itself, as SVG with keyframes, in one file without a script.

A clip loops. Its first picture is the still: on paper, and for who asked for less motion.
"""

from dataclasses import dataclass

import numpy as np

from .style import DARK, INK


@dataclass(frozen=True)
class Dot:
    """A ball that goes through `places` (T, 2), pixels from the upper left corner."""

    places: np.ndarray
    radius: float
    fill: str


def clip(width: int, height: int, dots: list[Dot], *, seconds: float, behind: str = "") -> str:
    """Return an SVG in which dots move; `behind` is SVG that stands still.

    Dots later in the list are in front. Between two places they go straight; what leaps farther
    than a quarter of the picture is there at once.
    """
    rules, circles = [], []
    for k, dot in enumerate(dots):
        places = np.round(np.asarray(dot.places, float), 1)
        circles.append(f'<circle r="{dot.radius:g}" fill="{dot.fill}" class="d{k}"/>')
        rules.append(_keyframes(k, places, seconds, 0.25 * min(width, height)))
    style = [
        *rules,
        "@media (prefers-reduced-motion: reduce), print",
        "{ circle { animation: none !important } }",
        f".ink {{ stroke: {INK}; fill: none; stroke-width: 2 }}",
        f"@media (prefers-color-scheme: dark) {{ .ink {{ stroke: {DARK[INK]} }} }}",
    ]
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
            "<style>",
            *style,
            "</style>",
            behind,
            *circles,
            "</svg>\n",
        ]
    )


def _keyframes(k: int, places: np.ndarray, seconds: float, far: float) -> str:
    """Return the rules of one dot: where it is at each instant, its first place without motion."""
    x, y = places[0]
    steps, share = [], 100 / (len(places) - 1)
    for n, (x_n, y_n) in enumerate(places):
        leaps = n and np.linalg.norm(places[n] - places[n - 1]) > far
        if leaps:  # stays until just before
            was = places[n - 1]
            steps.append(f"{share * n - 0.01:.2f}%{{transform:translate({was[0]}px,{was[1]}px)}}")
        steps.append(f"{share * n:.2f}%{{transform:translate({x_n}px,{y_n}px)}}")
    return (
        f".d{k}{{transform:translate({x}px,{y}px);animation:k{k} {seconds:g}s linear infinite}}\n"
        f"@keyframes k{k}{{{''.join(steps)}}}"
    )
