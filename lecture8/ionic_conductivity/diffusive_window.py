"""The diffusive window: the lags at which the mean squared displacement is a straight line."""

import numpy as np

from lecture8.arguments import check_whole
from lecture8.ionic_conductivity.displacement import check_positions
from lecture8.measured import from_samples

TOLERANCE = 0.2  # of the log-log slope; MSD = 2 d D tau + c has 0.8 where the rise is 4 c
FEWEST_LAGS = 8  # frames: leaves the octave from 4 to 8


def frame_interval(times) -> float:
    """Return the time between frames (ps), from the `times` (T,) of the frames.

    Raises
    ------
    ValueError
        If the times are not evenly spaced: a lag of m frames must be one time.
    """
    times = np.asarray(times, float)
    if times.ndim != 1 or len(times) < 2:
        raise ValueError(f"times have shape {times.shape}, but must be one series of two or more")
    if not np.all(np.isfinite(times)):
        raise ValueError("the times contain NaN or inf; give the time of each frame")
    steps = np.diff(times)
    interval = (times[-1] - times[0]) / len(steps)
    if not interval > 0 or not np.allclose(steps, interval, rtol=1e-2, atol=0):
        frame = int(np.argmax(np.abs(steps - interval)))
        raise ValueError(
            f"the frames are not evenly spaced: {steps[frame]:g} ps between frames {frame} and "
            f"{frame + 1}, {interval:g} ps on average; keep every n-th step, and one "
            "piece of a run that was restarted"
        )
    return float(interval)


def independent_stretches(runs, frames: int, blocks: int) -> tuple[list[np.ndarray], int | None]:
    """Return replicas as they are, or one trajectory in `blocks` parts with origins of their own.

    Part b of one trajectory has the time origins k = bK ... (b+1)K - 1, and behind them the frames
    that the lags reach, which are the next part's first origins. So lags are as long as they can
    be, one part in `blocks` + 1 of the run, and no origin counts twice. The parts' mean squared
    displacements are nearly independent, also where ions hop together.

    Parameters
    ----------
    runs : R arrays (T, N, D)
    frames : int
        T, the number of times.
    blocks : int
        Of one trajectory.

    Returns
    -------
    (list of arrays (T', N, D), K), the parts and how many of a part's frames are origins: of
    replicas None, as many as a lag allows.

    Raises
    ------
    ValueError
        If the replicas or parts are fewer than two, too short, or do not fit the times.
    """
    runs = [check_positions(run) for run in runs]
    if not runs or any(run.shape != runs[0].shape for run in runs) or len(runs[0]) != frames:
        raise ValueError(
            f"positions have shapes {sorted({run.shape for run in runs})}, but there are {frames} "
            "times; each replica needs one frame per time, and the same atoms"
        )
    if len(runs) > 1:
        if frames < 2 * FEWEST_LAGS + 1:
            raise ValueError(
                f"replicas have {frames} frames each, too few for a diffusion coefficient (at "
                f"least {2 * FEWEST_LAGS + 1}); run longer, or record more often"
            )
        return runs, None
    check_whole("blocks", blocks, 2)  # an error needs two
    longest = (frames - 1) // (blocks + 1)
    if longest < FEWEST_LAGS:
        raise ValueError(
            f"{frames} frames in {blocks} blocks leave lags of {longest}, too few for a diffusion "
            f"coefficient (at least {FEWEST_LAGS}, {FEWEST_LAGS * (blocks + 1) + 1} frames); run "
            "longer, record more often, or take fewer blocks"
        )
    origins = (frames - longest) // blocks
    return [runs[0][b * origins :][: origins + longest] for b in range(blocks)], origins


def log_log_slope(lag_times, msd) -> float:
    """Return d ln MSD / d ln tau, a least-squares line through all points given.

    2 is flight (or drift), 1 diffusion, 0 a cage.

    Parameters
    ----------
    lag_times, msd : array (L,)
        Positive, so leave out lag 0.

    Raises
    ------
    ValueError
        If a value has no logarithm.
    """
    lag_times, msd = np.asarray(lag_times, float), np.asarray(msd, float)
    if not (np.all(lag_times > 0) and np.all(msd > 0)):
        raise ValueError(
            "a lag time or mean squared displacement is not positive and has no logarithm; leave "
            "out lag 0, and atoms that never move"
        )
    return float(np.polyfit(np.log(lag_times), np.log(msd), 1)[0])


def diffusive_window(lag_times, msd) -> tuple[float, float]:
    """Return the first and last lag time between which the log-log slope is 1, within 0.2.

    The search goes backwards from the longest lag, octave by octave (from half a lag to the lag),
    since diffusion is what is left in the end. Forwards it would stop at the crossing from flight
    to cage, where the slope is 1 in passing, too. A slope of 0.8 is that of MSD = 2 d D tau + c
    where the rise is four times the offset c that rattling leaves; the fit takes c into account.
    In a short run rattling may outweigh the rise. Then a straight line with an offset will do: the
    last octave rises, beyond its 95 % interval, and the octave before it by as much, within a fifth
    or within what the stretches scatter by.
    What it cannot see is a slow crossing: ions that often hop back may have a slope that is never
    far from 1, and a D that is 40 % larger at short times. So the fit reaches to the last lag;
    compare with the D of a late window.

    Parameters
    ----------
    lag_times : array (L,)
        ps, evenly spaced, from 0.
    msd : array (S, L)
        Of S >= 2 independent replicas or blocks; their scatter gives the error of the slope.

    Raises
    ------
    ValueError
        If there is no diffusive regime, or noise hides whether there is.
    """
    lag_times, msd = np.asarray(lag_times, float), np.asarray(msd, float)
    last = len(lag_times) - 1
    if last < 8 or msd.shape[1:] != lag_times.shape or len(msd) < 2:
        raise ValueError(
            f"msd has shape {msd.shape} at {last + 1} lags, but must be (stretches, lags) with two "
            "or more stretches and 9 or more lags"
        )
    mean = msd.mean(axis=0)

    def exponent(start: int) -> float:
        octave = slice(start // 2, start + 1)
        return log_log_slope(lag_times[octave], mean[octave])

    noise = _noise(lag_times, msd, slice(last // 2, last + 1))
    start = last
    while start >= 4 and abs(exponent(start) - 1) <= TOLERANCE:
        start //= 2
    if start < last and noise <= TOLERANCE:
        return float(lag_times[start]), float(lag_times[last])
    if exponent(last) < 1 and _rises_straight(lag_times, msd):
        return float(lag_times[last // 4]), float(lag_times[last])
    found = (
        f"between {lag_times[last // 2]:g} and {lag_times[last]:g} ps the log-log slope of the "
        f"mean squared displacement is {exponent(last):.2f} ± {noise:.2f}"
    )
    if start < last:
        raise ValueError(f"{found}, too noisy to tell from 1; use longer runs, more ions or runs")
    if exponent(last) < 1:
        raise ValueError(
            f"{found}: no diffusive regime (which has 1), the ions still rattle in their cages; "
            "run longer or hotter, or take fewer blocks"
        )
    raise ValueError(
        f"{found}: no diffusive regime (which has 1), the ions fly or drift; use remove_drift, or "
        "run longer"
    )


def _rises_straight(lag_times, msd) -> bool:
    """Say whether both octaves before the last lag rise, and one as steeply as the other."""
    last = len(lag_times) - 1
    early, late = (
        slope(lag_times[octave], msd[:, octave])  # (S,)
        for octave in (slice(last // 4, last // 2 + 1), slice(last // 2, last + 1))
    )
    rise, change = from_samples(late), from_samples(early - late)
    return rise.low > 0 and abs(change.value) <= max(
        TOLERANCE * rise.value, change.high - change.value
    )


def _noise(lag_times, msd, octave) -> float:
    """Return the standard error of the log-log slope, from the scatter of the stretches."""
    curves = [m[octave] for m in msd if np.all(m[octave] > 0)]
    if len(curves) < 2:
        return np.inf
    slopes = [log_log_slope(lag_times[octave], curve) for curve in curves]
    return float(np.std(slopes, ddof=1) / np.sqrt(len(slopes)))


def slope(lag_times, msd) -> np.ndarray:
    """Return the slope of MSD = slope tau + c for each curve, weighted by 1 / tau^3.

    A walk's MSD(tau) is the mean of T / tau independent squares, each of a scatter that grows as
    tau: its variance grows as tau^3. Unweighted, the long, noisy lags would steer the line; so
    weighted, each octave of the window has the same say.

    Parameters
    ----------
    lag_times : array (L,)
        Positive.
    msd : array (..., L)
    """
    weights = lag_times**-3.0 / np.sum(lag_times**-3.0)
    x = lag_times - np.sum(weights * lag_times)
    return np.asarray(msd) @ (weights * x) / np.sum(weights * x**2)
