"""Controls of notebook 6, ionic conductivity."""

import time
import warnings
from functools import cache

import numpy as np
from ase import units

from lecture8.datasets import fitted_lgps, long_runs, pbe_frames, pupil_runs
from lecture8.fitting import errors
from lecture8.foundation_models import load
from lecture8.integrators import PICOSECOND, Langevin, simulate
from lecture8.ionic_conductivity import (
    arrhenius_fit,
    diffusion_coefficient,
    fast_mean_squared_displacement,
    haven_ratio,
    non_gaussian_parameter,
    run_replicas,
)
from lecture8.measured import Measured, from_samples
from lecture8.structures import lgps, thermalise
from lecture8.workers import LocalProcesses
from recipes.controls.claim import control

HOT = (500, 600, 700, 800, 900)
pupil = cache(fitted_lgps)


def cpu_ms(potential, atoms, calls: int) -> float:
    """Return the median time of one call for forces on one core, ms."""
    rng, spent = np.random.default_rng(0), []
    potential.get_forces(atoms)  # warms up
    for _ in range(calls):
        atoms.rattle(0.003, rng=rng)
        began = time.process_time()
        potential.get_forces(atoms)
        spent.append(1e3 * (time.process_time() - began))
    return float(np.median(spent))


@control(
    "The pupil is some hundred times faster than CHGNet.",
    where="notebook 6, The price of a nanosecond",
    low=30,
    high=1000,
    unit="times",
    seeds=1,
)
def faster_than_its_teacher(seed: int) -> float:
    """Divide the medians of the processor time of a call for forces, 50 atoms of LGPS."""
    return cpu_ms(load("chgnet"), lgps(), 5) / cpu_ms(pupil("CHGNet"), lgps(), 100)


@control(
    "The pupil's cost grows with the number of atoms and no faster.",
    where="notebook 6, When one machine is not enough",
    low=0.7,
    high=1.3,
    unit="times",
    seeds=1,
)
def linear_in_atoms(seed: int) -> float:
    """Divide the processor time per atom in a cell of 400 atoms by that in one of 100."""
    small, large = lgps() * (2, 1, 1), lgps() * (2, 2, 2)
    costs = [cpu_ms(pupil("CHGNet"), atoms, 30) / len(atoms) for atoms in (small, large)]
    return costs[1] / costs[0]


def stretches(T: int) -> np.ndarray:
    """Return D of each stretch of 20 ps in the pupil's runs of 50 atoms, (50,)."""
    runs = pupil_runs(T, atoms=50)
    pieces = runs.positions[:, 1:].reshape(-1, 20, *runs.positions.shape[2:])
    return diffusion_coefficient(list(pieces), np.arange(20), window=(2, 8)).coefficients


@control(
    "One run of 20 ps with 20 lithium ions knows D to some 15 to 30 per cent.",
    where="notebook 6, From forces to dynamics",
    low=0.1,
    high=0.4,
)
def scatter_of_short_runs(seed: int) -> float:
    """Draw ten of the fifty stretches at 800 K and take their scatter."""
    drawn = np.random.default_rng(seed).choice(stretches(800), 10, replace=False)
    return drawn.std(ddof=1) / drawn.mean()


@control(
    "At 1000 K tetrahedra leave their places within 100 ps, not in all runs.",
    where="notebook 6, Deliberate failure 1",
    low=3,
    unit="Å",
    seeds=1,
)
def phosphorus_leaves(seed: int) -> float:
    """Run six times 100 ps with other random numbers: how far the farthest P has gone."""
    with LocalProcesses(2) as workers:
        runs = run_replicas(
            lgps() * (2, 1, 1),
            pupil("CHGNet"),
            temperatures_K=[1000],
            replicas=6,
            picoseconds=100,
            equilibrate_ps=2,
            record_every_fs=1000,
            executor=workers,
            rng=np.random.default_rng(100 + seed),
            progress=False,
        )[1000]
    stays = runs.symbols != "Li"
    x = runs.positions - runs.positions[:, :, stays].mean(axis=2, keepdims=True)
    went = x[:, -10:].mean(axis=1) - x[:, :10].mean(axis=1)  # means of 10 ps
    return float(np.linalg.norm(went[:, runs.symbols == "P"], axis=-1).max())


@control(
    "The error that a line through the MSD prints is too small by ten times or more.",
    where="notebook 6, An error bar that means something; slide, error bars",
    low=10,
    unit="times",
    seeds=HOT,
)
def error_of_a_line(temperature_K: int) -> float:
    """Divide the scatter of ten runs by the error that their lines claim (seed: temperature)."""
    runs = pupil_runs(temperature_K)
    d, slopes, claims = diffusion_coefficient(runs), [], []
    chosen = (d.lag_times >= d.window[0]) & (d.lag_times <= d.window[1])
    for msd in fast_mean_squared_displacement(runs):
        lags = d.lag_times[chosen]
        line, covariance = np.polyfit(lags, msd[chosen], 1, w=lags**-1.5, cov=True)
        slopes.append(line[0])
        claims.append(np.sqrt(covariance[0, 0]))
    return np.std(slopes, ddof=1) / np.mean(claims)


@control(
    "Ten errors of one run each, from blocks of its origins, meet the scatter of the runs.",
    where="notebook 6, An error bar that means something",
    low=0.5,
    high=2,
    unit="of the scatter",
    seeds=HOT,
)
def errors_of_single_runs(temperature_K: int) -> float:
    """Divide their root mean square by the scatter of ten runs (seed: temperature)."""
    runs, how = pupil_runs(temperature_K), {"window": (2, 8), "blocks": 6}
    claimed = [diffusion_coefficient(runs[k], **how).error for k in range(10)]
    scatter = diffusion_coefficient(runs, window=(2, 8)).coefficients.std(ddof=1)
    return np.sqrt(np.mean(np.square(claimed))) / scatter


@control(
    "Ions fly freely for some 0.03 ps, then they meet their cage.",
    where="notebook 6, Deliberate failure 3; slide, mean squared displacement",
    low=1.5,
    unit="times",
)
def free_flight_ends(seed: int) -> float:
    """Divide free flight's MSD, 3kTτ²/m, by the measured one at 0.1 ps; at 0.008 ps it is 1."""
    rng = np.random.default_rng(seed)
    warm = thermalise(lgps(), temperature_K=1600, rng=rng)
    bath = {"bath": Langevin(temperature_K=800, friction_per_fs=1e-3), "rng": rng, "timestep_fs": 2}
    warm = simulate(warm, pupil("CHGNet"), picoseconds=2, record_every_fs=2000, **bath).last
    ions = simulate(warm, pupil("CHGNet"), picoseconds=2, record_every_fs=4, **bath).of("Li")
    msd = fast_mean_squared_displacement(ions)
    flight = 3 * 800 * units.kB / ions.masses[0] * (4e-3 * PICOSECOND * np.arange(len(msd))) ** 2
    early = flight[2] / msd[2]
    return float(flight[25] / msd[25]) if 0.8 < early < 1.3 else np.nan


@control(
    "Lithium prefers the c axis the more, the colder it is.",
    where="notebook 6, How they move; slide, channels",
    low=1,
    unit="times",
)
def channels_open_with_cold(seed: int) -> float:
    """Divide D_c / D_ab at 500 K by that at 900 K, ten runs drawn with replacement."""
    rng, ratios = np.random.default_rng(seed), []
    for T in (500, 900):
        runs = pupil_runs(T)
        drawn, window = rng.integers(len(runs), size=len(runs)), diffusion_coefficient(runs).window
        c, ab = (
            diffusion_coefficient(runs, axes=axes, window=window).coefficients[drawn].mean()
            for axes in (2, (0, 1))
        )
        ratios.append(c / ab)
    return ratios[0] / ratios[1]


@control(
    "Hops look like diffusion only later: the displacements come nearer to a Gaussian.",
    where="notebook 6, How they move",
    high=0.8,
    unit="times",
    seeds=HOT,
)
def more_gaussian_later(temperature_K: int) -> float:
    """Divide the non-Gaussian parameter after 25 ps by that after 1 ps (seed: temperature)."""
    late, early = (non_gaussian_parameter(pupil_runs(temperature_K), lag) for lag in (25, 1))
    return late / early


def planted(rng, apart: float) -> tuple[dict[int, Measured], float]:
    """Return D at 500 to 900 K, errors of 4 %, of a crystal with two barriers; and at 300 K."""
    low, times, share = rng.uniform(0.12, 0.3), rng.uniform(1.2, apart), np.exp(rng.uniform(0, 2))

    def exact(T):
        x = 1 / (units.kB * T)
        return np.exp(-low * x) / 3 + share * np.exp(-low * times * x) * 2 / 3

    points = {
        T: from_samples(exact(T) * np.exp(rng.normal(0, 0.04 * np.sqrt(10), 10))) for T in HOT
    }
    return points, exact(300)


def coverage(seed: int, bend: float, apart: float = 1.8) -> float:
    """Return in which share of 80 planted crystals the band holds the truth at 300 K."""
    rng, held = np.random.default_rng(seed), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # most deserve them
        for _ in range(80):
            points, truth = planted(rng, apart)
            room = arrhenius_fit(points, bend=bend).diffusion(300)
            held.append(room.low < truth < room.high)
    return float(np.mean(held))


@control(
    "Where one barrier is 1.2 to 1.8 times another, the band of a line misses 300 K more often "
    "than not.",
    where="notebook 6, Down to room temperature",
    high=0.5,
    unit="share",
)
def coverage_of_a_line(seed: int) -> float:
    """Plant 80 crystals with two barriers, count how often the band of a line holds the truth."""
    return coverage(seed, bend=0.0)


@control(
    "There a band that lets the line bend holds the truth at 300 K.",
    where="notebook 6, Down to room temperature",
    low=0.9,
    unit="share",
)
def coverage_of_a_curve(seed: int) -> float:
    """Plant the same 80 crystals, count how often the band with bend=0.3 holds the truth."""
    return coverage(seed, bend=0.3)


@control(
    "With barriers up to three times apart it does, too.",
    where="notebook 6, Down to room temperature",
    low=0.9,
    unit="share",
)
def coverage_far_apart(seed: int) -> float:
    """Plant 80 crystals whose barriers are 1.2 to 3 times apart, count as before."""
    return coverage(seed, bend=0.3, apart=3.0)


@control(
    "H is below 1: charge goes further than ions that move alone.",
    where="notebook 6, What Nernst and Einstein left out; slide, Haven ratio",
    high=1,
    seeds=HOT,
)
def haven_below_one(temperature_K: int) -> float:
    """Take the upper end of H's interval in 50 atoms instead of 100 (seed: temperature, PBE's)."""
    return haven_ratio(long_runs("PBE", temperature_K), window=(10, 50)).high


def slope(teacher: str, frames) -> float:
    """Return the slope of a pupil's forces on Li against PBE's."""
    return errors(frames, pupil(teacher)).force_slope("Li")


def drawn_frames(seed: int, kind: str):
    """Return eight of PBE's frames of one kind of run."""
    frames = [atoms for atoms in pbe_frames() if kind in atoms.info["run"]]
    chosen = np.random.default_rng(seed).choice(len(frames), 8, replace=False)
    return [frames[k] for k in chosen]


@control(
    "The pupil of SevenNet-0 is as soft as its teacher.",
    where="notebook 6, The teacher; slide, three teachers",
    low=0.95,
    high=1.05,
    unit="times",
)
def pupil_as_soft(seed: int) -> float:
    """Divide the two slopes on lithium in eight frames."""
    frames = drawn_frames(seed, "test")
    return slope("SevenNet-0", frames) / errors(frames, load("sevennet-0")).force_slope("Li")


@control(
    "The pupil of PBE is not soft.",
    where="notebook 6, The teacher; slide, three teachers",
    low=0.95,
    high=1.05,
)
def pupil_of_pbe_is_not_soft(seed: int) -> float:
    """Take the slope on lithium in eight of ten frames of a pupil of PBE, none of them fitted."""
    return slope("PBE", drawn_frames(seed, "own-test"))
