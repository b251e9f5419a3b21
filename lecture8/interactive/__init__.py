"""What students watch, play with and predict, also on a page without a kernel or a network.

- `view`: atoms in three dimensions, to turn and to play, beside a curve of theirs;
- `play`: a figure with sliders, all its pictures drawn beforehand;
- `vote` and `show_votes`: what a class on a hub expects.

The first two are HTML of their own, the same in JupyterLab and in the pages of ``make course``.
Those have predict.js, too: after each "**Predict.**" what came out is hidden until there is an
answer.
"""

from lecture8.interactive.playing import play
from lecture8.interactive.viewing import view
from lecture8.interactive.voting import show_votes, vote

__all__ = ["play", "show_votes", "view", "vote"]
