"""The threshold that labels tell."""

import numpy as np
import pytest

from lecture8.active_learning import calibrated_threshold


def test_the_threshold_is_where_errors_begin():
    grades = np.array([5.0, 1.0, 2.0, 9.0, 3.0])
    errors = np.array([300.0, 40.0, 60.0, 900.0, 100.0])
    assert calibrated_threshold(grades, errors, tolerance=80) == 3.0  # RMS 40, 51, 71, 163, ...
    assert calibrated_threshold(grades, errors, tolerance=50) == 1.0


def test_all_good_all_bad():
    grades, errors = np.array([1.0, 2.0, 3.0]), np.array([10.0, 20.0, 30.0])
    assert calibrated_threshold(grades, errors, tolerance=100) == 3.0  # beyond, nobody has looked
    assert calibrated_threshold(grades, errors, tolerance=1) == 1.0  # everything is in doubt


def test_the_order_does_not_matter():
    rng = np.random.default_rng(1)
    grades, errors = rng.random(30), rng.random(30)
    mixed = rng.permutation(30)
    once, again = (
        calibrated_threshold(grades[k], errors[k], tolerance=0.6) for k in (slice(None), mixed)
    )
    assert once == again


def test_a_grade_that_knows_the_error_gives_its_tolerance():
    rng = np.random.default_rng(2)
    grades = rng.uniform(0, 10, 2000)
    threshold = calibrated_threshold(grades, grades, tolerance=3)
    assert threshold == pytest.approx(3 * np.sqrt(3), rel=0.05)  # RMS of 0 ... g is g / sqrt(3)


@pytest.mark.parametrize(
    ("grades", "errors", "sentence"),
    [([], [], "one of each"), ([1.0], [1.0, 2.0], "one of each"), ([np.inf], [1.0], "not finite")],
)
def test_what_makes_no_sense(grades, errors, sentence):
    with pytest.raises(ValueError, match=sentence):
        calibrated_threshold(grades, errors, tolerance=1)
    with pytest.raises(ValueError, match="tolerance is 0"):
        calibrated_threshold([1.0], [1.0], tolerance=0)
