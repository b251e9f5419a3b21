"""Notebook 6 from the runs to the conductivity, as several pictures need it; no pictures here."""

import warnings
from functools import cache

import numpy as np
from ase import units

from lecture8.datasets import fitted_lgps, pupil_runs, teacher_frames, teacher_runs
from lecture8.foundation_models import load
from lecture8.frames import label
from lecture8.integrators import PICOSECOND, Langevin, simulate
from lecture8.ionic_conductivity import (
    arrhenius_fit,
    conductivity,
    diffusion_coefficient,
    fast_mean_squared_displacement,
    milli_siemens_per_cm,
    nernst_einstein,
)
from lecture8.measured import from_samples, ratio
from lecture8.structures import lgps, thermalise

TEMPERATURES = (500, 600, 700, 800, 900)
crystal, runs, model = cache(lgps), cache(pupil_runs), cache(load)


@cache
def answer():
    """Return the conductivity at 300 K from the ten runs of 100 ps at each temperature."""
    return conductivity({T: runs(T) for T in TEMPERATURES}, ion="Li", haven_lag_ps=20)


def diffusion(T):
    """Return D at one temperature."""
    return answer().diffusion[T]


def less_soft(s):
    """Return Nernst and Einstein's sigma(300 K), mS/cm, of a landscape 1/s times as steep."""
    D = answer().arrhenius.diffusion(300 * s) / np.sqrt(s)
    at = {"number_density": answer().number_density, "charge": 1, "temperature_K": 300}
    return milli_siemens_per_cm(nernst_einstein(D, **at))


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
    bath = {"bath": Langevin(temperature_K=800, friction_per_fs=1e-3), "rng": rng}
    warm = simulate(warm, pupil, timestep_fs=2, picoseconds=2, record_every_fs=2000, **bath).last
    run = simulate(warm, pupil, timestep_fs=2, picoseconds=8, record_every_fs=4, **bath).of("Li")
    msd = fast_mean_squared_displacement(run)
    lags = (run.times - run.times[0])[1 : len(msd)]
    flight = 3 * 800 * units.kB / run.masses[0] * (lags * PICOSECOND) ** 2
    early, at_first = lags <= 1, lags < 0.1
    return (lags[early], msd[1:][early]), (lags[at_first], flight[at_first])


@cache
def pupil_beside_teacher():
    """Return D(pupil) / D(CHGNet) at three temperatures, from one window of lags, and together."""
    ratios = {
        T: ratio(
            diffusion_coefficient(runs(T, 50), window=(2, 8)),
            diffusion_coefficient(teacher_runs(T).of("Li"), window=(2, 8)),
        )
        for T in (600, 800, 1000)
    }
    return ratios, from_samples(np.log([r.value for r in ratios.values()])).map(np.exp)


@cache
def along(T, axes):
    """Return D along c, axes = 2, or in the ab plane, axes = (0, 1)."""
    return diffusion_coefficient(runs(T), axes=axes, window=diffusion(T).window)


def line_along(axes):
    """Return Arrhenius' line of one of them alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the notebook shows the warning: no line within the errors
        return arrhenius_fit({T: along(T, axes) for T in TEMPERATURES})
