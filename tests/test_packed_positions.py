"""Packed positions come back, or are refused."""

import numpy as np
import pytest

from lecture8.packed_positions import pack, unpack


def test_packed_positions_come_back_to_half_a_unit():
    rng = np.random.default_rng(0)
    # Far out and long steps: 300 Å fit, and rounding errors do not add up along the run.
    positions = np.cumsum(rng.normal(scale=3, size=(2, 4000, 3, 3)), axis=1) + 300
    packed = pack(positions, 0.01)
    assert packed.dtype == np.int16
    # Half a unit, and the seven digits of float32 at 1000 Å.
    assert np.abs(unpack(packed, 0.01) - positions).max() < 0.005 + 1e-4


@pytest.mark.parametrize(("value", "what"), [(400.0, "400 Å does not fit, 328 Å"), (np.nan, "nan")])
def test_what_does_not_fit_is_refused(value, what):
    positions = np.zeros((1, 5, 2, 3))
    positions[0, 3, 1, 2] = value
    with pytest.raises(ValueError, match=what):
        pack(positions, 0.01)
