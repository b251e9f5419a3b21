"""MSD and D of 200 ions over 20,000 frames: ours, MDAnalysis, kinisi, pymatgen (`make bench`)."""

from functools import partial

import MDAnalysis
import numpy as np
import scipp as sc
from contest import keep, seconds_of, take_turns, told
from kinisi.analyze import DiffusionAnalyzer as KinisiAnalyzer
from limits import gigabytes
from MDAnalysis.analysis.msd import EinsteinMSD
from MDAnalysis.coordinates.memory import MemoryReader
from pymatgen.analysis.diffusion.analyzer import DiffusionAnalyzer
from pymatgen.core import Structure

from lecture8.ionic_conductivity import diffusion_coefficient, fast_mean_squared_displacement

D, INTERVAL, CELL = 0.5, 0.1, 60.0  # Å2/ps, ps, Å
SETTINGS = """
A random walk of 200 ions over 20,000 frames, D = 0.5 Å2/ps, unwrapped and in memory for all before
the clock starts; one core. All lags: ours and MDAnalysis (with tidynamics), both by Fourier
transform. 50 lags (to a 16th of the run): the definition lag by lag, the double loop over lags and
origins, and kinisi, whose time grows with the number of lags (for all of them the double loop would
take half an hour). With an error bar: ours from 8 blocks, kinisi's Bayesian line as its
documentation draws it, pymatgen-analysis-diffusion with smoothed="max" (all lags up to 30
independent windows). MDAnalysis keeps positions in single precision. MSD means the curve alone.
"""


def definition(positions, lags) -> np.ndarray:
    """Return the mean squared displacement at some lags, one after the other."""
    return np.array([((positions[m:] - positions[:-m]) ** 2).sum(axis=2).mean() for m in lags])


def double_loop(positions, lags) -> np.ndarray:
    """Return the same with a loop over the origins, too."""

    def mean(m):
        origins = range(len(positions) - m)
        return np.mean(
            [((positions[k + m] - positions[k]) ** 2).sum(axis=1).mean() for k in origins]
        )

    return np.array([mean(m) for m in lags])


def universe(positions):
    """Return an MDAnalysis universe with the positions in memory (single precision)."""
    made = MDAnalysis.Universe.empty(positions.shape[1], trajectory=True)
    made.add_TopologyAttr("types", ["Li"] * positions.shape[1])
    box = np.tile([CELL] * 3 + [90.0] * 3, (len(positions), 1)).astype(np.float32)
    made.load_new(
        positions.astype(np.float32), format=MemoryReader, dimensions=box, dt=INTERVAL, order="fac"
    )
    return made


def run_kinisi(made, lags):
    """Return kinisi's analysis at these lags; its unwrapping is part of it."""
    # Whole femtoseconds: kinisi 2.1 rounds dt / time_step down, and 9.1 / 0.1 is 90.99 to it.
    femtoseconds = 1000 * INTERVAL
    how = {"specie": "Li", "time_step": sc.scalar(femtoseconds, unit="fs"), "progress": False}
    dt = sc.array(dims=["time interval"], values=lags * femtoseconds, unit="fs")
    return KinisiAnalyzer.from_universe(
        made, step_skip=sc.scalar(1, unit="dimensionless"), dt=dt, **how
    )


def kinisi_samples(made, lags) -> np.ndarray:
    """Return what kinisi draws of D's posterior, Å2/ps."""
    analysis = run_kinisi(made, lags)
    start = sc.scalar(lags[0] * INTERVAL * 1000, unit="fs")
    analysis.diffusion(start, progress=False, random_state=np.random.RandomState(0))
    return sc.to_unit(analysis.D, "angstrom**2/ps").values


def kinisi_line(made, lags) -> tuple[float, float]:
    """Return D and its standard error (Å2/ps) as kinisi draws them."""
    samples = kinisi_samples(made, lags)
    return samples.mean(), samples.std()


def pymatgen_line(positions) -> tuple[float, float]:
    """Return D and its standard error (Å2/ps) as pymatgen-analysis-diffusion finds them."""
    ions = positions.shape[1]
    # It needs a framework: one atom that stays.
    positions = np.concatenate([positions - positions[0], np.zeros((len(positions), 1, 3))], axis=1)
    structure = Structure(np.eye(3) * CELL, ["Li"] * ions + ["S"], positions[0])
    analysis = DiffusionAnalyzer(
        structure,
        positions.transpose(1, 0, 2),
        "Li",
        300,
        INTERVAL * 1000,
        1,
        smoothed="max",
        min_obs=30,
    )
    return 1e4 * analysis.diffusivity, 1e4 * analysis.diffusivity_std_dev  # from cm2/s


def our_line(positions, times) -> tuple[float, float]:
    """Return D and its standard error (Å2/ps) from eight blocks."""
    found = diffusion_coefficient(positions, times, blocks=8)
    return found.value, found.error


def deviation(values, reference) -> str:
    """Return the largest relative difference, as text."""
    return f"{np.max(np.abs(values / reference - 1)):.0e}"


def main() -> None:
    """Compare and keep the table."""
    arguments = told(__doc__, rounds=5, ions=200, frames=20_000)
    frames = arguments.frames
    steps = np.random.default_rng(0).standard_normal((frames, arguments.ions, 3))
    positions = np.cumsum(steps * np.sqrt(2 * D * INTERVAL), axis=0)
    times = INTERVAL * np.arange(frames)
    lags = np.unique(np.geomspace(2, frames // 16, 50).astype(int))
    made = universe(positions)

    curves = {
        "ours, all lags": lambda: fast_mean_squared_displacement(positions, max_lag=frames - 1),
        "MDAnalysis, all lags": lambda: EinsteinMSD(made, fft=True).run().results.timeseries,
        "definition, 50 lags": lambda: definition(positions, lags),
        "double loop, 50 lags": lambda: double_loop(positions, lags),
        "kinisi, 50 lags": lambda: run_kinisi(made, lags).msd.values,
    }
    lines = {
        "ours": lambda: our_line(positions, times),
        "kinisi": lambda: kinisi_line(made, lags),
        "pymatgen": lambda: pymatgen_line(positions),
    }
    found = {name: line() for name, line in lines.items()}  # the first call warms up
    msd = curves["ours, all lags"]()
    agree = {name: deviation(curve(), msd[lags]) for name, curve in list(curves.items())[2:]}
    agree["MDAnalysis"] = deviation(curves["MDAnalysis, all lags"]()[1:], msd[1:])
    contests = [
        take_turns(
            subject,
            "s",
            {name: partial(seconds_of, run) for name, run in runs.items()},
            rounds=arguments.rounds,
        )
        for subject, runs in (("MSD", curves), ("D with its error", lines))
    ]
    seconds = float(np.median(contests[0].values["ours, all lags"]))
    # Read the positions; write and read a spectrum twice as long; back: at least six passes.
    passes = 6 * positions.nbytes / 1e9 / gigabytes()
    notes = f"""
    Largest relative difference from ours: {", ".join(f"{k} {v}" for k, v in agree.items())} (kinisi
    counts one window of m - 1 frames among those of m). D found, true 0.5 Å2/ps:
    {", ".join(f"{k} {v:.4f} ± {e:.4f}" for k, (v, e) in found.items())}. A limit: positions are
    read and a zero-padded spectrum, twice as long, is written, squared and read, at least six
    times the {positions.nbytes / 1e6:.0f} MB of the positions: {passes:.2f} s at this core's
    bandwidth; ours takes {seconds / passes:.1f} times that.
    """
    keep(
        "transport",
        "Mean squared displacement and diffusion coefficient",
        SETTINGS,
        contests,
        notes,
    )


if __name__ == "__main__":
    main()
