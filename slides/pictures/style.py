"""How a figure looks on a slide: drawn at the size at which it is shown, for light and dark."""

import io
import re

import matplotlib.pyplot as plt

from lecture8 import plotting

INK, PAPER, QUIET, PANEL = "#1d2733", "#ffffff", "#56616e", "#eef3f8"
ON_A_BOX = "#111111"  # letters on a coloured box, which keeps its colour on a dark slide

# Inches at 96 pixels each; a slide has 1136 x 470 pixels for its content.
FULL = (11.8, 4.5)
HALF = (5.6, 4.4)

STYLE = {
    **plotting.STYLE,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 16,
    "axes.linewidth": 1.2,
    "axes.titlecolor": INK,
    "axes.titlesize": 17,
    "figure.dpi": 96,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.size": 16,  # 21 pixels, readable from the back row
    "legend.fontsize": 15,
    "legend.labelcolor": INK,
    "lines.linewidth": 2.5,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",  # letters are text, in a font that the deck brings
    "svg.hashsalt": "lecture8",  # the same names inside of the file in every run
    "text.color": INK,
    "xtick.color": INK,
    "xtick.labelsize": 15,
    "ytick.color": INK,
    "ytick.labelsize": 15,
}

# What takes another colour on a dark slide. All others can be read on both.
DARK = {
    INK: "#e6ebf0",
    "#000000": "#e6ebf0",
    PAPER: "#14191f",
    QUIET: "#a3afbb",
    PANEL: "#202831",
    plotting.GREY: "#a3afbb",
    plotting.BLUE: "#4aa8e0",
    plotting.RED: "#f08040",
    plotting.GREEN: "#2fc49a",
    "#dddddd": "#3a4652",
}


def appear(step: int, artists) -> None:
    """Let `artists` come with the step-th key press on a slide that shows the picture by steps."""
    for artist in artists:
        artist.set_gid(f"step-{step}")


def svg(figure: plt.Figure) -> str:
    """Return `figure` as an SVG file that follows the reader's light or dark setting."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    rules = "\n".join(
        f'[style*="{part}: {light.lower()}"] {{ {part}: {dark} !important }}'
        for light, dark in DARK.items()
        for part in ("fill", "stroke")
    )
    style = f"<style>@media (prefers-color-scheme: dark) {{\n{rules}\n}}</style>"
    # Matplotlib names a dozen fonts to fall back on with every word, and one for large signs.
    drawn = re.sub(r"(font-family: 'DejaVu Sans)[^;\"]*", r"\1'", buffer.getvalue())
    return re.sub(r"(<svg [^>]*>)", lambda tag: f"{tag[1]}\n {style}", drawn, count=1)
