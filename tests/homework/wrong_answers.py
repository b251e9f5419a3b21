"""What a plausible wrong answer is, what it must lose, and answers that are worth nothing."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class WrongAnswer:
    """A submission with one mistake that students do make.

    name: what the mistake is. cells: grade_id of a solution cell -> the whole source that the
    student has there. loses: grade_id of each test cell that loses points -> how many exactly.
    """

    name: str
    cells: dict[str, str]
    loses: dict[str, float]


# What a function may give instead of an answer.
WORTHLESS = {
    "None": None,
    "True": True,
    "a text": "sound enough",
    "an empty text": "",
    "an empty list": [],
    "an empty array": np.array([]),
    "zero": 0,
    "an array of one zero": np.zeros((1, 1)),
    "zeros that broadcast": np.zeros((1, 1, 3)),
    "NaN": float("nan"),
    "infinity": float("inf"),
    "a list of lists of unlike lengths": [[1.0], [1.0, 2.0]],
    "a dictionary": {"a": 1.0},
    "an array of False": np.zeros((4, 3), bool),
    "NaN in an array": np.full((4, 3), np.nan),
}


def places(array) -> np.ndarray:
    """Return the place of each number in an array, counted along it."""
    return np.arange(array.size).reshape(array.shape)


# What can be wrong with an array that holds the right numbers, or held them.
SPOILT = {
    "one axis more in front": lambda a: a[None],
    "one axis more at the end": lambda a: a[..., None],
    "nothing of it": lambda a: a.ravel()[:0],
    "no rows of it": lambda a: a[:0],
    "its first entry, which broadcasts": lambda a: a.ravel()[:1],
    "NaN at every other place": lambda a: np.where(places(a) % 2, a, np.nan),
    "infinite at every other place": lambda a: np.where(places(a) % 2, a, np.inf),
    "all NaN": lambda a: np.full(a.shape, np.nan),
    "true or false": lambda a: a != 0,
    "texts": lambda a: [str(x) for x in a.ravel()],
    "None": lambda a: None,
    "zeros": np.zeros_like,
    "the negative": lambda a: -a - 1e-3,
}


def spoil(result, how):
    """Return a result with each array or number in it spoilt; a text becomes a list of itself."""
    if isinstance(result, str):
        return [result]
    parts = isinstance(result, tuple) or (isinstance(result, list) and np.ndim(result[:1]) > 1)
    if parts:
        return tuple(spoil(part, how) for part in result)
    return how(np.asarray(result, float))


def spoilt(function, how):
    """Return a function that gives `function`'s results, spoilt."""
    return lambda *arguments, **named: spoil(function(*arguments, **named), how)
