"""Calibration: which grade is too much, told by frames that were graded, and labelled later."""

import numpy as np

from lecture8.arguments import check_positive


def calibrated_threshold(grades, errors, *, tolerance: float) -> float:
    """Return the grade up to which a potential was right: where to begin to doubt.

    Of the frames sorted by grade, the first k have the root mean square error e_k. The threshold is
    the largest grade whose e_k does not exceed `tolerance`: what was graded up to there was good
    enough on the whole. If all was, it is the largest grade, beyond which nobody has looked; if
    nothing was, the smallest, so that everything is in doubt.

    A number of the literature, such as 2 for gamma, cannot know what the grade of *this* model
    means for *this* crystal, nor what error you can live with.

    Parameters
    ----------
    grades : array (B,)
        Of frames that the potential was not fitted to, best from its own runs.
    errors : array (B,)
        Of the same frames, in the unit of `tolerance`: the force RMSE, say.
    tolerance : float

    Raises
    ------
    ValueError
        If there are no frames, or a number is not finite.
    """
    grades, errors = np.asarray(grades, float), np.asarray(errors, float)
    check_positive("tolerance", tolerance)
    if grades.ndim != 1 or grades.shape != errors.shape or not len(grades):
        raise ValueError(
            f"grades have shape {grades.shape} and errors {errors.shape}, but must be one of each "
            "for every frame"
        )
    if not (np.isfinite(grades).all() and np.isfinite(errors).all()):
        raise ValueError("a grade or an error is not finite; leave out runs that exploded")
    order = np.argsort(grades, kind="stable")
    e = np.sqrt(np.cumsum(errors[order] ** 2) / np.arange(1, len(grades) + 1))  # (B,)
    good = np.flatnonzero(e <= tolerance)
    return float(grades[order][good[-1] if len(good) else 0])
