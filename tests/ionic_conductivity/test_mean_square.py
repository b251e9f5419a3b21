"""The mean squared displacement by the book, by Fourier transform, and in closed form."""

import numpy as np
import pytest

from lecture8.ionic_conductivity import fast_mean_squared_displacement, mean_squared_displacement

from .walks import random_walk

BOTH = [mean_squared_displacement, fast_mean_squared_displacement]


def double_loop(r, max_lag):
    """Return MSD per atom and direction (L, N, D), one origin and one lag at a time."""
    msd = np.zeros((max_lag + 1, *r.shape[1:]))
    for lag in range(max_lag + 1):
        origins = len(r) - lag
        for k in range(origins):
            msd[lag] += (r[k + lag] - r[k]) ** 2 / origins
    return msd


@pytest.mark.parametrize("msd", BOTH)
@pytest.mark.parametrize("frames", [2, 3, 40, 101])
def test_it_is_the_double_loop_over_origins_and_lags(msd, frames):
    r = 100 + random_walk(np.random.default_rng(0), frames, 4)
    full = double_loop(r, frames - 1)
    how = {"max_lag": frames - 1, "rtol": 1e-9, "atol": 1e-11}  # rounding, of numbers around 100
    lag = how.pop("max_lag")
    np.testing.assert_allclose(
        msd(r, max_lag=lag, per_atom=True, per_axis=True), full, rtol=1e-9, atol=1e-11
    )
    np.testing.assert_allclose(msd(r, max_lag=lag, per_atom=True), full.sum(axis=2), **how)
    np.testing.assert_allclose(msd(r, max_lag=lag, per_axis=True), full.mean(axis=1), **how)
    np.testing.assert_allclose(msd(r, max_lag=lag), full.mean(axis=1).sum(axis=1), **how)
    assert msd(r).shape == (frames // 2 + 1,)


@pytest.mark.parametrize("msd", BOTH)
@pytest.mark.parametrize(("max_lag", "origins"), [(7, 1), (7, 20), (1, 39), (20, 20), (39, 1)])
def test_the_first_origins_alone(msd, max_lag, origins):
    r = 100 + random_walk(np.random.default_rng(0), 40, 4)
    starts = r[:origins]
    expected = [((r[m : m + origins] - starts) ** 2).sum(axis=2).mean() for m in range(max_lag + 1)]
    # Rounding, of numbers around 100.
    np.testing.assert_allclose(
        msd(r, max_lag=max_lag, origins=origins), expected, rtol=1e-9, atol=1e-11
    )


@pytest.mark.parametrize("msd", BOTH)
@pytest.mark.parametrize(
    ("origins", "match"), [(0, "origins is 0"), (31, "lag of 10 frames leaves 30")]
)
def test_origins_that_do_not_fit_are_refused(msd, origins, match):
    with pytest.raises(ValueError, match=match):
        msd(np.zeros((40, 2, 3)), max_lag=10, origins=origins)


def test_many_atoms_are_transformed_in_portions():
    r = random_walk(np.random.default_rng(4), 9000, 25)  # 2^18 numbers at once hold 9 atoms
    lags = [1, 10, 500]
    expected = np.array([((r[m:] - r[:-m]) ** 2).mean(axis=0) for m in lags])  # (3, N, D)
    fast = fast_mean_squared_displacement(r, max_lag=500, per_atom=True, per_axis=True)
    np.testing.assert_allclose(fast[lags], expected, rtol=1e-9)  # rounding
    fast = fast_mean_squared_displacement(r, max_lag=500)
    np.testing.assert_allclose(fast[lags], expected.mean(axis=1).sum(axis=1), rtol=1e-9)


@pytest.mark.parametrize("msd", BOTH)
def test_shapes_do_not_depend_on_how_many_atoms_or_directions_there_are(msd):
    r = random_walk(np.random.default_rng(1), 20, 1)[..., :1]
    assert msd(r, per_atom=True, per_axis=True).shape == (11, 1, 1)
    assert msd(r, per_atom=True).shape == msd(r, per_axis=True).shape == (11, 1)
    assert msd(r, max_lag=5).shape == (6,)


@pytest.mark.parametrize("msd", BOTH)
def test_flight_is_quadratic_and_the_origin_of_space_does_not_matter(msd):
    v = np.array([[0.3, -0.1, 0.0], [0.0, 0.2, 0.5]])
    r = np.arange(200)[:, None, None] * v
    lags = np.arange(101)
    expected = lags**2 * (v**2).sum(axis=1).mean()
    np.testing.assert_allclose(msd(r), expected, rtol=1e-9, atol=1e-9)  # rounding
    np.testing.assert_allclose(msd(r + 1e3), expected, rtol=1e-9, atol=1e-7)  # of 1e3 squared


@pytest.mark.parametrize("msd", BOTH)
def test_the_input_stays_as_it_was(msd):
    r = random_walk(np.random.default_rng(2), 30, 2)
    before = r.copy()
    msd(r)
    np.testing.assert_array_equal(r, before)


def test_without_zeros_behind_the_series_its_end_meets_its_beginning():
    # The planted bug of every home-made transform.
    r = random_walk(np.random.default_rng(3), 64, 1)[:, 0, 0]
    r = r - r.mean()
    lag = 50
    circular = np.fft.irfft(np.abs(np.fft.rfft(r)) ** 2)[lag] / (64 - lag)
    squares = (r[lag:] ** 2 + r[:-lag] ** 2).mean()
    right = ((r[lag:] - r[:-lag]) ** 2).mean()
    assert abs(squares - 2 * circular - right) > 0.5 * right


@pytest.mark.parametrize("msd", BOTH)
@pytest.mark.parametrize("max_lag", [0, 10, -3])
def test_a_lag_that_does_not_fit_is_refused(msd, max_lag):
    with pytest.raises(ValueError, match="from 1 to 9"):
        msd(np.zeros((10, 2, 3)), max_lag=max_lag)
