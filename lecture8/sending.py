"""What travels to a worker process and back: pickled, or a sentence that says why it cannot be."""

import pickle
import reprlib

TO_A_FILE = "move it into a file, such as mine.py, and import it: `from mine import ...`"


class Failed(str):
    """Why a task has no outcome: text, which travels where exceptions may not."""


class NotThere(Failed):
    """The function cannot be had on a worker, so that no task has an outcome."""


class Unsendable(ValueError):
    """A function, or arguments, that cannot be pickled."""


def pickled(part) -> bytes:
    """Return a function, or arguments, as what is sent; or raise Unsendable."""
    try:
        return pickle.dumps(part)
    except Exception as error:  # PicklingError, AttributeError, TypeError, and whatever it raises
        raise Unsendable(
            f"{reprlib.repr(part)} cannot be sent to a worker process ({type(error).__name__}: "
            f"{error}). A lambda, or a function within a function, has no name there: {TO_A_FILE}"
        ) from None


def unpickled(sent: bytes, failure: type[Failed]):
    """Return what was sent, or why it did not arrive."""
    try:
        return pickle.loads(sent)
    except Exception as error:  # an import can fail in any way
        what = "the function" if failure is NotThere else "an argument"
        return failure(
            f"{what} cannot be had on a worker process ({type(error).__name__}: {error}); what a "
            f"notebook or a prompt defines has no name there: {TO_A_FILE}"
        )
