"""Notebook 6 from the runs to the conductivity, as several pictures need it; no pictures here."""

import warnings
from functools import cache

import numpy as np
from ase import units

from lecture8.datasets import (
    fitted_lgps,
    lgps_systematics,
    long_runs,
    pbe_frames,
    pupil_runs,
    teacher_runs,
)
from lecture8.fitting import errors
from lecture8.foundation_models import load
from lecture8.integrators import PICOSECOND, Langevin, simulate
from lecture8.ionic_conductivity import (
    arrhenius_fit,
    conductivity_of_runs,
    diffusion_coefficient,
    fast_mean_squared_displacement,
    haven_ratio,
    milli_siemens_per_cm,
    nernst_einstein,
)
from lecture8.measured import from_error, pooled, ratio
from lecture8.structures import lgps, thermalise

TEMPERATURES = (500, 600, 700, 800, 900)
COLD = (300, 350, 400, 450)
TEACHERS = ("CHGNet", "SevenNet-0", "PBE")
crystal, runs, model = cache(lgps), cache(pupil_runs), cache(load)


@cache
def answer():
    """Return the conductivity at 300 K from the ten runs of 100 ps at each temperature."""
    return conductivity_of_runs({T: runs(T) for T in TEMPERATURES}, ion="Li", haven_lag_ps=20)


def diffusion(T):
    """Return D at one temperature."""
    return answer().diffusion[T]


@cache
def line():
    """Return Arrhenius' line through the same, which may not bend."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the notebook shows the warnings
        return arrhenius_fit(answer().diffusion)


def band_of_line(temperatures_K):
    """Return D with the band of the line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return line().diffusion(temperatures_K)


@cache
def direct():
    """Return D of the pupil at 300 K, from runs there."""
    return diffusion_coefficient(long_runs("CHGNet", 300))


@cache
def measured(teacher):
    """Return T -> D of a teacher's pupil, from 300 to 900 K."""
    if teacher == "CHGNet":
        hot = answer().diffusion
    else:
        hot = {T: diffusion_coefficient(long_runs(teacher, T)) for T in TEMPERATURES}
    return {T: diffusion_coefficient(long_runs(teacher, T)) for T in COLD} | hot


@cache
def bent(teacher):
    """Return the curve through D from 500 to 900 K, which may bend."""
    return arrhenius_fit({T: measured(teacher)[T] for T in TEMPERATURES}, bend=0.3)


def barrier(teacher):
    """Return E_a of a straight line from 300 to 600 K, as for other sites of germanium."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cold = {T: d for T, d in measured(teacher).items() if T <= 600}
        return arrhenius_fit(cold).activation_energy


@cache
def cold_havens(teacher):
    """Return the Haven ratio of a teacher's pupil, T -> H, from 300 to 450 K."""
    windows = {T: measured(teacher)[T].window for T in COLD}
    return {T: haven_ratio(long_runs(teacher, T), window=windows[T]) for T in COLD}


@cache
def sigma_of(teacher):
    """Return sigma(300 K), mS/cm, measured there: by Nernst and Einstein, and with H."""
    at = {"number_density": answer().number_density, "charge": 1, "temperature_K": 300}
    tracer = milli_siemens_per_cm(nernst_einstein(measured(teacher)[300], **at))
    return tracer, ratio(tracer, pooled(cold_havens(teacher).values()))


@cache
def with_germanium(where):
    """Return D of PBE's pupil with germanium "elsewhere" or "at random", T -> D."""
    changed = lgps_systematics()
    return {T: d for (what, T), d in changed.items() if what == f"germanium {where}"}


def sigma_with_germanium(where):
    """Return sigma(300 K), mS/cm, by Nernst and Einstein, and E_a from 300 to 600 K of the same."""
    measured = with_germanium(where)
    at = {"number_density": answer().number_density, "charge": 1, "temperature_K": 300}
    sigma = milli_siemens_per_cm(nernst_einstein(measured[300], **at))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sigma, arrhenius_fit(measured).activation_energy


@cache
def beside_pbe(teacher):
    """Return the errors of a foundation model on PBE's test frames."""
    return errors([a for a in pbe_frames() if "test" in a.info["run"]], model(teacher))


def msd_at_once():
    """Return the MSD of Li at 800 K up to 2 ps, and that of free flight: (lags, values) each.

    The cell is that of the ten runs, to which the curve is joined.
    """
    pupil, rng = fitted_lgps(), np.random.default_rng(0)
    warm = thermalise(crystal() * (2, 1, 1), temperature_K=1600, rng=rng)
    bath = {"bath": Langevin(temperature_K=800, friction_per_fs=1e-3), "rng": rng}
    warm = simulate(warm, pupil, timestep_fs=2, picoseconds=2, record_every_fs=2000, **bath).last
    run = simulate(warm, pupil, timestep_fs=2, picoseconds=20, record_every_fs=4, **bath).of("Li")
    msd = fast_mean_squared_displacement(run)
    lags = (run.times - run.times[0])[1 : len(msd)]
    flight = 3 * 800 * units.kB / run.masses[0] * (lags * PICOSECOND) ** 2
    early, at_first = lags <= 2, lags < 0.1
    return (lags[early], msd[1:][early]), (lags[at_first], flight[at_first])


@cache
def pupil_beside_teacher():
    """Return D(pupil) / D(CHGNet) at three temperatures, from one window of lags, and together.

    What a run of 20 ps scatters by is learned from fifty of the pupil's.
    """
    ratios = {}
    for T in (600, 800, 1000):
        whole = runs(T, 50)
        stretches = whole.positions[:, 1:].reshape(-1, 20, *whole.positions.shape[2:])  # of 20 ps
        short = diffusion_coefficient(list(stretches), whole.times[:20], window=(2, 8))
        scatter = short.coefficients.std(ddof=1) / short.value
        taught = diffusion_coefficient(teacher_runs(T).of("Li"), window=(2, 8))
        error = scatter * taught.value / np.sqrt(len(taught.coefficients))
        taught = from_error(taught.value, error, len(stretches))
        ratios[T] = ratio(diffusion_coefficient(whole, window=(2, 8)), taught)
    return ratios, pooled(ratios.values())


@cache
def along(T, axes):
    """Return D along c, axes = 2, or in the ab plane, axes = (0, 1)."""
    return diffusion_coefficient(runs(T), axes=axes, window=diffusion(T).window)


def pupil_slope(teacher):
    """Return the slope of a pupil's forces on lithium against PBE's, mean over its test frames."""
    test = [a for a in pbe_frames() if "test" in a.info["run"]]
    pupil = fitted_lgps(teacher)
    return np.mean([errors([frame], pupil).force_slope("Li") for frame in test])
