"""A figure with sliders, all its pictures drawn beforehand."""

import base64
import html
import io
import itertools
import json
from collections.abc import Callable

import matplotlib.pyplot as plt

from lecture8.interactive.element import Element, element

MOST_PICTURES = 100


def play(draw: Callable[..., plt.Figure], text: str, *, dpi: int = 80, **choices: list) -> Element:
    """Return ``draw(**values)`` with a slider for each of `choices`, every picture drawn now.

        play(portrait, "...", scheme=["Euler", "Verlet"], step=[0.1, 0.3, 1.0])

    Parameters
    ----------
    draw : function
        Takes one value of each choice by name, and returns a Figure, which is closed here.
    text : str
        What one sees, for who cannot see it.
    dpi : int
    choices : name -> list
        In the order of the sliders. Names are shown with spaces for underscores.

    Raises
    ------
    ValueError
        If there is nothing to choose, or there are more than `MOST_PICTURES` pictures.
    """
    numbers = [len(values) for values in choices.values()]
    pictures = 1
    for number in numbers:
        pictures *= number
    if not choices or not pictures:
        raise ValueError("there is nothing to choose: name at least one list of values")
    if pictures > MOST_PICTURES:
        raise ValueError(f"{pictures} pictures are too many for a page: {MOST_PICTURES} at most")
    images = []
    for values in itertools.product(*choices.values()):
        figure = draw(**dict(zip(choices, values, strict=True)))
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=dpi, metadata={"Software": None})
        plt.close(figure)
        images.append(base64.b64encode(file.getvalue()).decode())
    sliders = "".join(
        f"<label><span>{html.escape(name.replace('_', ' '))}</span>"
        f'<input type="range" min="0" max="{len(values) - 1}" step="1" value="0">'
        f"<output>{html.escape(_said(values[0]))}</output></label>"
        for name, values in choices.items()
    )
    data = {"values": [[_said(v) for v in values] for values in choices.values()], "images": images}
    payload = json.dumps(data, separators=(",", ":")).replace("</", "<\\/")
    return element(
        "play",
        f'<script type="application/json">{payload}</script>{sliders}'
        f'<img alt="{html.escape(text)}" src="data:image/png;base64,{images[0]}">',
        text,
    )


def _said(value) -> str:
    """Return a value as a label."""
    return value if isinstance(value, str) else f"{value:g}"
