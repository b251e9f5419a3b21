"""Hidden tests: what one is, and when an answer agrees with what is expected.

A check sees only values: numbers, texts, lists, arrays, or a function that gives them. It is known
by a number that says nothing ("3.2"); its hint is for feedback and never enters the sandbox.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Check(NamedTuple):
    """A hidden test of an answer, and what a student who fails it should look at."""

    test: Callable[[object], bool]
    hint: str


def agree(found, expected, *, rtol: float = 1e-9, atol: float = 1e-12) -> bool:
    """Return whether an answer has the shape of what is expected, is finite, and is as large.

    The default tolerance is for a closed form: it leaves room for another order of the same sums.
    An empty array agrees with an empty array only; nothing is broadcast; True is no number.
    """
    found, expected = np.asarray(found), np.asarray(expected)
    if found.dtype.kind not in "iuf" or found.shape != expected.shape:
        return False
    return bool(np.isfinite(found).all() and np.allclose(found, expected, rtol=rtol, atol=atol))
