"""numba's `njit`, for machines that cannot keep on disk what it compiled.

numba keeps it beside the source or, where it may not write there, below the home. Where it may
write to neither (a container, a node of a cluster), importing the file fails, and on a full disk
the first call does. Here one sentence says so, and the work goes on.
"""

import warnings
from contextlib import contextmanager
from functools import cache as once
from pathlib import Path
from pickle import UnpicklingError

import numba
from numba.core.caching import FunctionCache


def njit(*, cache: bool = False, **options):
    """Return numba's decorator of that name; `cache` keeps what it compiles, where it can."""

    def decorate(function):
        dispatcher = numba.njit(**options)(function)
        if cache:
            try:
                dispatcher._cache = KeptOnDisk(function)
            except RuntimeError:  # numba's word for: I may write nowhere
                tell(f"neither {Path(__file__).parent} nor a cache in your home can be written")
        return dispatcher

    return decorate


class KeptOnDisk(FunctionCache):
    """What numba compiled of one function; what cannot be kept or read is compiled once more."""

    def load_overload(self, sig, target_context):
        """Return what was kept for the signature `sig`, or None."""
        with _going_on():
            try:
                return super().load_overload(sig, target_context)
            except (EOFError, UnpicklingError):  # half a file, as a crash of the machine leaves it
                self.flush()

    def save_overload(self, sig, data):
        """Keep `data` for the signature `sig`."""
        with _going_on():
            super().save_overload(sig, data)


@contextmanager
def _going_on():
    try:
        yield
    except OSError as error:
        tell(f"'{error.strerror}'")


@once
def tell(why: str) -> None:
    """Say, once in a process, that nothing is kept, why, and what to do."""
    warnings.warn(
        f"What numba compiles for lecture8 is not kept on disk: {why}. Every new process compiles "
        "for up to 20 seconds again; to keep it, name a folder that you may write to, with room, "
        "in the environment variable NUMBA_CACHE_DIR.",
        stacklevel=2,
    )
