"""With the framework at rest."""

import numpy as np
import pytest

from lecture8.ionic_conductivity import charge_displacement, remove_drift

from .walks import random_walk

ROUNDING = 1e-9  # Å: sums of some thousand steps in double precision


def test_drift_of_the_framework_is_removed_and_the_ions_keep_their_own_motion():
    rng = np.random.default_rng(4)
    own = random_walk(rng, 500, 6)
    own[:, :4] = own[0, :4]  # the framework
    drift = random_walk(rng, 500, 1)
    seen = remove_drift(own + drift - drift[0], [0, 1, 2, 3])
    np.testing.assert_allclose(seen, own, atol=ROUNDING)
    mask = np.array([True] * 4 + [False] * 2)
    np.testing.assert_array_equal(seen, remove_drift(own + drift - drift[0], mask))


@pytest.mark.parametrize(
    ("framework", "match"),
    [
        ([], "0 of 3 atoms"),
        ([0, 1, 2], "3 of 3 atoms"),
        ([5], "do not exist"),
        ([True, False], "mask"),
        (["Li"], "indices or a mask"),
        ([0.5], "indices or a mask"),
    ],
)
def test_remove_drift_says_what_does_not_fit(framework, match):
    with pytest.raises(ValueError, match=match):
        remove_drift(np.zeros((4, 3, 3)), framework)


def test_the_charge_of_opposite_ions_that_move_together_stays_in_place():
    r = np.repeat(random_walk(np.random.default_rng(5), 100, 1), 2, axis=1)
    np.testing.assert_allclose(charge_displacement(r, [1, -1]), 0, atol=ROUNDING)
    # Two like charges as one: (2 z r)^2 / (2 z^2) is twice the square of each.
    np.testing.assert_allclose(charge_displacement(r, [2, 2]), np.sqrt(2) * r[:, :1])
    with pytest.raises(ValueError, match="one number per ion"):
        charge_displacement(r, [1, 1, 1])
    for charges in ([0, 0], [1, np.nan]):
        with pytest.raises(ValueError, match="one number per ion and not all 0"):
            charge_displacement(r, charges)
