"""Notebook 6 from the runs to the conductivity, as several pictures need it; no pictures here."""

import warnings
from functools import cache
from typing import NamedTuple

import numpy as np
from ase import units

from lecture8.datasets import fitted_lgps, pupil_runs, teacher_frames, teacher_runs
from lecture8.foundation_models import load
from lecture8.frames import label
from lecture8.ionic_conductivity import (
    Measured,
    arrhenius_fit,
    diffusion_coefficient,
    fast_mean_squared_displacement,
    haven_ratio,
    milli_siemens_per_cm,
    nernst_einstein,
    remove_drift,
)
from lecture8.structures import lgps, thermalise

TEMPERATURES = (500, 600, 700, 800, 900)
crystal, runs, model = cache(lgps), cache(pupil_runs), cache(load)


def as_ions(runs):
    """Return the positions (R, T, n, 3) of Li, as seen from the framework."""
    ions = runs.symbols == "Li"
    return np.array([remove_drift(x, ~ions)[:, ions] for x in runs.positions])


@cache
def diffusion(T):
    """Return D of the ten replicas of 100 ps."""
    return diffusion_coefficient(runs(T).positions, runs(T).times)


class Line(NamedTuple):
    """Arrhenius' line with its errors enlarged by `scale`, and chi squared without that."""

    line: object
    scale: float
    chi_squared: float


@cache
def arrhenius_line():
    """Return the line, its errors enlarged until the points are bearable."""
    D, error = (
        np.array([getattr(diffusion(T), x) for T in TEMPERATURES]) for x in Measured._fields[:2]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the notebook shows the warning: no line within the errors
        naive = arrhenius_fit(TEMPERATURES, D, error, samples=10)
    scale = max(1.0, np.sqrt(naive.chi_squared / (len(D) - 2)))
    line = arrhenius_fit(TEMPERATURES, D, scale * error, samples=10)
    return Line(line, scale, naive.chi_squared)


def conductivity(s=1.0):
    """Return Nernst and Einstein's sigma(300 K), mS/cm, of a landscape 1/s times as steep."""
    D = Measured(*(x / np.sqrt(s) for x in arrhenius_line().line.diffusion(300 * s)))
    rho = np.sum(crystal().symbols == "Li") / crystal().get_volume()
    how = {"number_density": rho, "charge": 1, "temperature_K": 300}
    return milli_siemens_per_cm(nernst_einstein(D, **how))


@cache
def haven(T):
    """Return the Haven ratio at one temperature."""
    window = (diffusion(T).window[0], 20)  # one walker per run: late lags are only noise
    return haven_ratio(runs(T).positions, runs(T).times, window=window)


@cache
def mean_haven():
    """Return (H, low, high) of the five temperatures together, and chi squared."""
    ratios = [haven(T) for T in TEMPERATURES]
    logs = np.array([np.log(h.value) for h in ratios])
    weights = np.array([(h.value / h.error) ** 2 for h in ratios])
    mean = np.sum(weights * logs) / weights.sum()
    margin = 2.26 / np.sqrt(weights.sum())  # Student's t of ten replicas
    chi_squared = np.sum(weights * (logs - mean) ** 2)
    return *np.exp([mean, mean - margin, mean + margin]), chi_squared


def conductivity_with_haven():
    """Return (sigma(300 K), low, high), mS/cm, divided by the Haven ratio."""
    tracer, room = conductivity(), arrhenius_line().line.diffusion(300)
    H, low, high, _ = mean_haven()
    # Of a quotient: the relative half widths of the intervals add up in squares.
    width = np.hypot(np.log(room.high / room.low) / 2, np.log(high / low) / 2)
    return tuple(tracer.value / H * np.exp([0, -width, width]))


@cache
def softness_frames():
    """Return fifteen frames of CHGNet's run at 800 K, and the same labelled by SevenNet-0."""
    frames = [atoms for atoms in teacher_frames() if atoms.info["temperature_K"] == 800][::6]
    return frames, label(frames, model("sevennet-0"))


@cache
def softness():
    """Return how much smaller CHGNet's forces on Li, and its energies, spread: (s, low, high)."""
    lithium, rng, found = crystal().symbols == "Li", np.random.default_rng(0), {}
    of = {
        "forces": lambda a: a.get_forces()[lithium],
        "energies": lambda a: a.get_potential_energy(),
    }
    for what, values in of.items():
        both = [np.array([values(a) for a in part]) for part in softness_frames()]

        def spread(chosen, both=both):
            return np.std(both[0][chosen]) / np.std(both[1][chosen])

        drawn = [spread(rng.integers(0, 15, 15)) for _ in range(500)]  # bootstrap of frames
        found[what] = spread(range(15)), *np.quantile(drawn, [0.025, 0.975])
    return found


def msd_at_once():
    """Return the MSD of Li at 800 K up to 1 ps, and that of free flight: (lags, values) each."""
    pupil, rng = fitted_lgps(), np.random.default_rng(0)
    warm = thermalise(crystal(), temperature_K=1600, rng=rng)
    bath = {"thermal_energy": 800 * units.kB, "friction": 1e-3 / units.fs, "rng": rng}
    bath["timestep"] = 2 * units.fs
    warm = pupil.simulate(warm, steps=1000, record_every=1000, **bath).last
    run = pupil.simulate(warm, steps=4000, record_every=2, **bath)
    lithium = crystal().symbols == "Li"
    msd = fast_mean_squared_displacement(remove_drift(run.positions, ~lithium)[:, lithium])
    lags = (run.times - run.times[0])[1 : len(msd)]
    flight = 3 * 800 * units.kB / run.masses[0] * lags**2
    lags = lags / (1000 * units.fs)
    early, at_first = lags <= 1, lags < 0.1
    return (lags[early], msd[1:][early]), (lags[at_first], flight[at_first])


def pupil_beside_teacher(T):
    """Return D(pupil) / D(CHGNet) and its standard error, with the same window of lags for both."""
    taught, learned = teacher_runs(T), runs(T, 50)
    t = diffusion_coefficient(as_ions(taught), taught.times, window=(2, 8))
    p = diffusion_coefficient(learned.positions, learned.times, window=(2, 8))
    return p.value / t.value, p.value / t.value * np.hypot(t.error / t.value, p.error / p.value)


@cache
def along(T, axes):
    """Return D along c, axes = 2, or in the ab plane, axes = (0, 1)."""
    how = {"axes": axes, "window": diffusion(T).window}
    return diffusion_coefficient(runs(T).positions, runs(T).times, **how)


def line_along(axes):
    """Return Arrhenius' line of one of them alone."""
    at = [along(T, axes) for T in TEMPERATURES]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as above
        return arrhenius_fit(TEMPERATURES, [d.value for d in at], [d.error for d in at], samples=10)
