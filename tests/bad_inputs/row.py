"""A row of the table of bad inputs."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    """A bad input, and what whoever gives it is told.

    Parameters
    ----------
    name : str
        What is wrong, in a few words; no two rows have the same.
    call : function
        Called with an empty folder: makes the input there and hands it to a public function. What
        that function writes goes into the subfolder "out", which must be empty afterwards.
    error : type
        Which exception.
    sentence : str
        Regular expression: the value that was given, and the cause or the remedy.
    """

    name: str
    call: Callable[[Path], object]
    error: type[Exception]
    sentence: str
