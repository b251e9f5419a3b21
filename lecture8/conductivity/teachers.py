"""Teachers: what labels, as a function that makes it anew on any worker."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from lecture8.fitting import load as load_fitted
from lecture8.foundation_models import MODELS, TunedModel, fine_tune
from lecture8.foundation_models import load as load_model
from lecture8.foundation_models.loading import MACE
from lecture8.frames import read


def teacher_of(teacher: str | Path | Callable) -> Callable:
    """Return a function without arguments that makes the teacher.

    Parameters
    ----------
    teacher : str, Path or function
        The name of a foundation model; the file of a fitted potential or of a tuned model; or such
        a function already.

    Raises
    ------
    ValueError
        If there is no such model or file.
    """
    if callable(teacher):
        return teacher
    if str(teacher) in {MACE, *MODELS}:
        return partial(load_model, str(teacher))
    path = Path(teacher)
    if not path.is_file():
        raise ValueError(
            f"there is no teacher {str(teacher)!r}: neither a file nor one of {', '.join(MODELS)}"
        )
    path = path.resolve()
    try:
        load_fitted(path)
    except ValueError as not_fitted:
        try:
            TunedModel.load(path)
        except ValueError:
            raise not_fitted from None
        return partial(TunedModel.load, path)
    return partial(load_fitted, path)


def tuned(labels: str | Path, file: Path, *, seed: int) -> Callable:
    """Return what makes SevenNet-0, trained further on the frames of a file; kept in `file`."""
    if not file.is_file():
        frames = read(labels)
        if len(frames) < 5:
            raise ValueError(f"{labels} holds {len(frames)} frames; tuning needs five or more")
        watching = len(frames) // 5  # the last: neighbours in time resemble each other
        rng = np.random.default_rng([seed, 9])
        fine_tune(frames[:-watching], frames[-watching:], rng=rng).save(file)
    return partial(TunedModel.load, file.resolve())
