"""What a caller gives: a number, or a sentence that names the argument and its value."""

import numpy as np


def check_whole(name: str, value, least: int) -> None:
    """Raise ValueError unless `value` is an int of at least `least`."""
    if not isinstance(value, int | np.integer) or value < least:
        # 1e4 is a float, and means 10000.
        number = _number(value)
        remedy = f"; write {number:.0f}" if number >= least and number % 1 == 0 else ""
        raise ValueError(
            f"{name} is {value!r}, but must be a whole number of at least {least}{remedy}"
        )


def check_positive(name: str, value, remedy: str = "") -> None:
    """Raise ValueError unless `value` is a finite number above zero."""
    if not 0 < _number(value) < np.inf:
        raise ValueError(f"{name} is {_text(value)}, but must be a positive number{remedy}")


def check_not_negative(name: str, value) -> None:
    """Raise ValueError unless `value` is a finite number, zero or above."""
    if not 0 <= _number(value) < np.inf:
        raise ValueError(f"{name} is {_text(value)}, but must be a number, and cannot be negative")


def check_generator(name: str, value) -> None:
    """Raise ValueError unless `value` is a NumPy Generator."""
    if not isinstance(value, np.random.Generator):
        raise ValueError(
            f"{name} is {value!r}, but must be a generator of random numbers; "
            "make one with numpy.random.default_rng(1)"
        )


def _number(value) -> float:
    """Return `value` as a float, NaN if it is none: text, None, a list."""
    if isinstance(value, str) or np.ndim(value):
        return np.nan
    try:
        return float(value)
    except TypeError:
        return np.nan


def _text(value) -> str:
    return repr(value) if isinstance(value, str) else str(value)
