"""Mean squared displacement and D: ours against the definition, MDAnalysis, kinisi and pymatgen.

A random walk of 200 ions over 20,000 frames in a cubic cell, D = 0.5 Å2/ps, unwrapped in memory for
everybody; the clock starts after that. kinisi, and the definition, need a time proportional to the
number of lags (hours for all): they get 50 lags here, ours and MDAnalysis get all. Where
kinisi deviates by 1e-5, it has counted one window of m - 1 frames among those of m; MDAnalysis
keeps positions in single precision. Runs in the environment of the peers (`make bench`).
"""

import argparse
import time
import warnings

import kinisi
import MDAnalysis
import numpy as np
import scipp as sc
from kinisi.analyze import DiffusionAnalyzer as KinisiAnalyzer
from MDAnalysis.analysis.msd import EinsteinMSD
from MDAnalysis.coordinates.memory import MemoryReader

from lecture8.ionic_conductivity import diffusion_coefficient, fast_mean_squared_displacement

D, INTERVAL, CELL = 0.5, 0.1, 60.0  # Å2/ps, ps, Å


def timed(function):
    """Return the result of `function()` and the seconds it took."""
    begin = time.perf_counter()
    result = function()
    return result, time.perf_counter() - begin


def definition(positions, lags) -> np.ndarray:
    """Return the mean squared displacement at some lags, one after the other."""
    return np.array([((positions[m:] - positions[:-m]) ** 2).sum(axis=2).mean() for m in lags])


def book(positions, lags) -> np.ndarray:
    """Return the same with a loop over the origins, too."""
    return np.array(
        [
            np.mean(
                [
                    ((positions[k + m] - positions[k]) ** 2).sum(axis=1).mean()
                    for k in range(len(positions) - m)
                ]
            )
            for m in lags
        ]
    )


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


def run_pymatgen(positions):
    """Return pymatgen's analysis, or None where it is not installed."""
    try:
        from pymatgen.analysis.diffusion.analyzer import DiffusionAnalyzer
        from pymatgen.core import Structure
    except ImportError:
        return None
    ions = positions.shape[1]
    # It needs a framework: one atom that stays.
    positions = np.concatenate([positions - positions[0], np.zeros((len(positions), 1, 3))], axis=1)
    structure = Structure(np.eye(3) * CELL, ["Li"] * ions + ["S"], positions[0])
    displacements = positions.transpose(1, 0, 2)
    return DiffusionAnalyzer(
        structure, displacements, "Li", 300, INTERVAL * 1000, 1, smoothed="max", min_obs=30
    )


def row(name, lags, seconds, ours, deviation="", coefficient=""):
    """Print a line of the table."""
    factor = f"{seconds / ours:8.1f}"
    print(f"{name:34s} {lags:>6} {seconds:9.2f} {factor:>8} {deviation:>10} {coefficient:>18}")


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ions", type=int, default=200)
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--lags", type=int, default=50, help="for those that go lag by lag")
    parser.add_argument("--rounds", type=int, default=5, help="for the two fast ones, in turns")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    steps = rng.standard_normal((arguments.frames, arguments.ions, 3))
    positions = np.cumsum(steps * np.sqrt(2 * D * INTERVAL), axis=0)
    times = INTERVAL * np.arange(arguments.frames)
    lags = np.unique(np.geomspace(2, arguments.frames // 16, arguments.lags).astype(int))
    print(f"{arguments.ions} ions, {arguments.frames} frames; ", end="")
    print(f"kinisi {kinisi.__version__}, MDAnalysis {MDAnalysis.__version__}, true D {D} Å2/ps\n")
    print(f"{'':34s} {'lags':>6} {'seconds':>9} {'/ ours':>8} {'deviation':>10} {'D, Å2/ps':>18}")

    last = arguments.frames - 1
    made = universe(positions)
    rivals = {
        "ours": lambda: fast_mean_squared_displacement(positions, max_lag=last),
        "MDAnalysis": lambda: EinsteinMSD(made, fft=True).run().results.timeseries,
    }
    results = {name: rival() for name, rival in rivals.items()}  # the first run warms up
    turns = [[timed(rival)[1] for rival in rivals.values()] for _ in range(arguments.rounds)]
    msd, ours = results["ours"], float(np.median([turn[0] for turn in turns]))
    theirs = ours * float(np.median([turn[1] / turn[0] for turn in turns]))
    row("ours, Fourier", last, ours, ours)

    def deviation(values, at):
        return f"{np.max(np.abs(values / msd[at] - 1)):.0e}"

    few = lags[:: len(lags) // 4]
    values, seconds = timed(lambda: book(positions, few))
    row("double loop, lags and origins", len(few), seconds, ours, deviation(values, few))
    values, seconds = timed(lambda: definition(positions, lags))
    row("definition, lag by lag", len(lags), seconds, ours, deviation(values, lags))
    values = results["MDAnalysis"]
    row("MDAnalysis, Fourier (tidynamics)", last, theirs, ours, deviation(values[1:], np.s_[1:]))
    analysis, reading = timed(lambda: run_kinisi(made, lags))
    row("kinisi, lag by lag", len(lags), reading, ours, deviation(analysis.msd.values, lags))

    print("\nwith a diffusion coefficient and its error (± standard error)")
    found, ours = timed(lambda: diffusion_coefficient(positions, times))
    row("ours, 8 blocks", last // 16, ours, ours, "", f"{found.value:.4f} ± {found.error:.4f}")
    start = sc.scalar(lags[0] * INTERVAL * 1000, unit="fs")
    _, fitting = timed(
        lambda: analysis.diffusion(start, progress=False, random_state=np.random.RandomState(0))
    )
    samples = sc.to_unit(analysis.D, "angstrom**2/ps").values
    text = f"{samples.mean():.4f} ± {samples.std():.4f}"
    row("kinisi, Bayesian line", len(lags), reading + fitting, ours, "", text)
    analysis, seconds = timed(lambda: run_pymatgen(positions))
    if analysis is not None:
        scale = 1e4  # cm2/s to Å2/ps
        text = f"{analysis.diffusivity * scale:.4f} ± {analysis.diffusivity_std_dev * scale:.4f}"
        row("pymatgen, residuals of a line", len(analysis.dt), seconds, ours, "", text)


if __name__ == "__main__":
    main()
