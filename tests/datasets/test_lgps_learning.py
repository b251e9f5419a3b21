"""What labels of PBE buy."""

import numpy as np

from lecture8.datasets import lgps_learning


def test_more_labels_less_error_and_ten_cure_most_of_the_softness():
    table = lgps_learning()

    def rmse(who, frames):
        chosen = (table["begins_with"] == who) & (table["frames"] == frames)
        return table["force_rmse_meV_A"][chosen]

    for who in ("SevenNet-0", "CHGNet"):
        assert [len(rmse(who, n)) for n in (10, 25, 100)] == [3, 3, 3]
        assert rmse(who, 10).min() > rmse(who, 25).max()
        assert rmse(who, 25).min() > rmse(who, 100).max()
    for n in (10, 25, 100):  # who taught first still matters
        assert rmse("CHGNet", n).min() > rmse("SevenNet-0", n).max()
    # The foundation model is nearer per label than its pupil (notebook 6).
    assert rmse("SevenNet-0 itself", 10).max() < 1.1 * rmse("SevenNet-0", 100).mean()
    assert np.all((table["slope_li"] > 0.95) & (table["slope_li"] < 1))
