"""MaxVol against brute force and against motep."""

from itertools import combinations

import numpy as np
import pytest
from motep.grade.maxvol import MaxVol
from scipy.linalg import qr

from lecture8.active_learning import maxvol


def volume(rows, chosen):
    return abs(np.linalg.det(rows[list(chosen)]))


@pytest.mark.parametrize("seed", range(5))
def test_no_swap_gains_and_the_best_of_all_is_not_far(seed):
    rows = np.random.default_rng(seed).normal(size=(10, 3))
    chosen = maxvol(rows)
    best = max(volume(rows, some) for some in combinations(range(10), 3))
    for k in range(3):
        for i in range(10):
            swapped = chosen.copy()
            swapped[k] = i
            # The tolerance of maxvol, 1e-7, and rounding.
            assert volume(rows, swapped) <= (1 + 2e-7) * volume(rows, chosen)
    # Each of the best rows has coefficients up to 1 in the chosen ones, so Hadamard's bound holds.
    assert volume(rows, chosen) >= best / 3**1.5


def test_without_swaps_the_greedy_start_would_lose_volume():
    """The twin: pivoted QR alone."""
    rows = np.random.default_rng(3).normal(size=(40, 8))
    start = qr(rows.T, mode="r", pivoting=True)[1][:8]
    assert np.abs(rows @ np.linalg.inv(rows[start])).max() > 1.01
    assert volume(rows, maxvol(rows)) > 1.1 * volume(rows, start)


def test_every_row_lies_between_the_chosen_ones():
    rows = np.random.default_rng(1).normal(size=(500, 20)) * np.logspace(0, -6, 20)
    chosen = maxvol(rows)
    assert len(set(chosen)) == 20
    c = rows @ np.linalg.inv(rows[chosen])
    assert np.abs(c).max() <= 1 + 1e-6  # tolerance 1e-7; the condition number of 1e6 rounds


def test_it_finds_what_motep_finds():
    rows = np.random.default_rng(2).normal(size=(300, 12))
    assert sorted(maxvol(rows)) == MaxVol(threshold=1e-9).run(rows).indices.tolist()


def test_the_start_can_be_given_and_ends_as_good():
    rows = np.random.default_rng(3).normal(size=(50, 4))
    chosen = maxvol(rows, start=[0, 1, 2, 3])
    assert np.abs(rows @ np.linalg.inv(rows[chosen])).max() <= 1 + 1e-6
    assert maxvol(rows, start=chosen).tolist() == chosen.tolist()


def test_what_spans_no_volume_is_refused():
    with pytest.raises(ValueError, match="2 rows cannot span 3 columns"):
        maxvol(np.eye(3)[:2])
    with pytest.raises(ValueError, match="row 3 has nan in column 1"):
        maxvol(np.where(np.arange(10).reshape(5, 2) == 7, np.nan, np.eye(5)[:, :2]))
    with pytest.raises(ValueError, match=r"start is \[0, 9\], but must be the indices of 2 of 5"):
        maxvol(np.ones((5, 2)), start=[0, 9])
    with pytest.raises(ValueError, match="the rows span no volume"):
        maxvol(np.ones((5, 2)), start=[0, 1])


def test_swaps_that_rounding_undoes_come_to_an_end():
    """A column that is a combination of others, to rounding: the loop had no end."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(100, 9)) @ rng.normal(size=(9, 10))  # ten columns of rank nine
    with pytest.raises(ValueError, match=r"after 1000 swaps one more .* leave out columns"):
        maxvol(rows)
    with pytest.raises(ValueError, match="after 1 swaps"):
        maxvol(np.random.default_rng(1).normal(size=(50, 4)), start=[0, 1, 2, 3], most_swaps=1)
