"""Measuring: from the runs of a study to its numbers, or to a bound where nothing moved."""

import warnings
from dataclasses import dataclass, field

import numpy as np

from lecture8.conductivity.framework import Framework, watch
from lecture8.conductivity.long_runs import diffusion_or_reason
from lecture8.ionic_conductivity import (
    Arrhenius,
    Diffusion,
    Replicas,
    conductivity_of_runs,
    fast_mean_squared_displacement,
    milli_siemens_per_cm,
)
from lecture8.ionic_conductivity.diffusion import NoHavenRatio
from lecture8.measured import Measured, from_samples

HOP, EXPECTED = 3.0, 3.0  # Å; events, where none was seen: exp(-3) is 5 %
UNKNOWN = 1e4  # times the lower limit: an upper one beyond that is no answer
CONVEX = 2.5  # MSD at twice the lag: 2 for diffusion, 4 for flight


@dataclass(frozen=True, eq=False)  # == of arrays is an array
class Outcome:
    """What the runs say.

    Parameters
    ----------
    ion, charge, temperature_K
        What moves, and where sigma is wanted.
    diffusion : dict, temperature (K) -> Diffusion or str
        Or the reason why there is none.
    bounds : dict, temperature (K) -> float
        Where there is none: D (Å2/ps) is below this. Where the framework does not hold, neither a D
        nor a bound counts.
    number_density : float
        Ions per Å3.
    arrhenius : Arrhenius or None
        Of two temperatures with a D, or more.
    sigma, tracer, haven : Measured or None
        S/m at `temperature_K`: with the Haven ratio (None if it could not be measured), without it,
        and the ratio.
    frameworks : dict, temperature (K) -> Framework
    warnings : list of str
        Everything that whoever uses the numbers should know, in sentences.
    """

    ion: str
    charge: float
    temperature_K: float
    diffusion: dict[float, Diffusion | str]
    bounds: dict[float, float]
    number_density: float
    arrhenius: Arrhenius | None = None
    sigma: Measured | None = None
    tracer: Measured | None = None
    haven: Measured | None = None
    frameworks: dict[float, Framework] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        if self.tracer is None:
            return f"no conductivity at {self.temperature_K:g} K; {self.verdict}"
        return self.verdict

    @property
    def on_the_line(self) -> list[float]:
        """The temperatures (K) at which ions diffuse in a framework that holds."""
        sound = [T for T in self.diffusion if not self.frameworks[T].warnings]
        return [T for T in sound if T not in self.bounds]

    @property
    def is_known(self) -> bool:
        """Whether sigma has an interval that says something."""
        best = self.sigma or self.tracer
        return best is not None and best.high <= UNKNOWN * best.low

    @property
    def verdict(self) -> str:
        """One sentence."""
        seen = self.on_the_line
        if not seen and not self.bounds:
            return "the framework does not hold at any temperature; run cooler"
        if not seen:
            T = max(self.bounds)
            if self.bounds[T] == np.inf:
                return f"no diffusion seen at {T:g} K, and no bound: {self.diffusion[T]}"
            return f"no diffusion seen; D({T:g} K) below {cm2_per_s(self.bounds[T]):.1g} cm²/s"
        if self.tracer is None:
            D = self.diffusion[seen[0]]
            return (
                f"D({seen[0]:g} K) = {cm2_per_s(D.value):.2g} cm²/s, at no second temperature, so "
                "that nothing can be said of others"
            )
        best, name = (self.sigma, "") if self.sigma else (self.tracer, " if ions moved alone")
        low, value, high = (
            two_digits(milli_siemens_per_cm(x)) for x in (best.low, best.value, best.high)
        )
        E = self.arrhenius.activation_energy
        barrier = f"E_a = {E.value:.2f} eV ({E.low:.2f} to {E.high:.2f})"
        if not self.is_known:
            return (
                f"sigma({self.temperature_K:g} K) is not known ({low} to {high} mS/cm): D was seen "
                f"from {seen[-1]:g} K down to {seen[0]:g} K only, with {barrier} there"
            )
        return f"sigma({self.temperature_K:g} K) = {value} mS/cm ({low} to {high}){name}, {barrier}"


def measure(
    runs: dict[float, Replicas], *, ion: str, charge: float, temperature_K: float = 300
) -> Outcome:
    """Return what the runs of all temperatures say of the conductivity at one.

    Temperatures at which nothing diffuses give a bound instead (`upper_bound`).

    Raises
    ------
    ValueError
        If there are no runs.
    """
    if not runs:
        raise ValueError("there are no runs; give those of one temperature or more")
    for T, run in runs.items():
        if run.cell is None or not abs(np.linalg.det(run.cell)) > 0:
            raise ValueError(
                f"the runs at {T:g} K have no cell, and so no number of ions per Å3; give it with "
                "cell=[a, b, c]"
            )
    runs = dict(sorted(runs.items()))
    diffusion, said = {}, []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        diffusion = {T: diffusion_or_reason(run, ion) for T, run in runs.items()}
        frameworks = {T: watch(run, ion) for T, run in runs.items()}
        sound = {T: run for T, run in runs.items() if not frameworks[T].warnings}
        seen = {T for T, D in diffusion.items() if isinstance(D, Diffusion) and D.low > 0}
        known = {T: run for T, run in sound.items() if T in seen}
        bounds = {T: upper_bound(run, ion) for T, run in sound.items() if T not in seen}
        numbers = _numbers(known, ion, charge, temperature_K, said)
    said += [x for one in frameworks.values() for x in one.warnings]
    said += [f"at {T:g} K {failure}" for T, run in runs.items() for failure in run.failures]
    said += dict.fromkeys(str(x.message) for x in caught if x.category is UserWarning)
    coldest = runs[min(runs)]
    density = np.sum(np.array(coldest.symbols) == ion) / abs(np.linalg.det(coldest.cell))
    return Outcome(
        ion,
        charge,
        temperature_K,
        diffusion,
        bounds,
        float(density),
        **numbers,
        frameworks=frameworks,
        warnings=said,
    )


def _numbers(runs, ion, charge, temperature_K, said) -> dict:
    """Return Arrhenius' line and what follows from it, as far as the runs go."""
    if not runs:
        return {}
    if len(runs) == 1:
        said.append(
            "D was measured at one temperature only, in a framework that held; a line through two "
            "is needed to say anything of others: run longer, or at others"
        )
        return {}
    settings = {"ion": ion, "charge": charge, "temperature_K": temperature_K}
    try:
        whole = conductivity_of_runs(runs, **settings)
    except NoHavenRatio as why:
        said.append(f"the Haven ratio could not be measured ({why}); sigma is that of ions alone")
        whole = conductivity_of_runs(runs, haven=False, **settings)
    return {
        "arrhenius": whole.arrhenius,
        "sigma": whole.sigma,
        "tracer": whole.tracer,
        "haven": whole.haven,
    }


def upper_bound(runs: Replicas, ion: str) -> float:
    """Return what D (Å2/ps) can be at most where no diffusion was seen.

    The larger of two limits, both of 95 %. Of what was seen: while its curve is concave, D is at
    most MSD / (6 tau), here at the longest lag and with the interval of the replicas. Of what was
    not seen: where no hop over 3 Å was seen in all the time of all ions, fewer than three were to
    be expected, which is a D of 3 / time * (3 Å)^2 / 6.

    Infinite where there is no such limit: for a single run, whose MSD has no error, and where the
    MSD rises faster than the lag, as in flight or drift.
    """
    ions = runs.of(ion)
    longest = (len(ions.times) - 1) // 2
    lags = ions.times[: longest + 1] - ions.times[0]
    msd = np.array([fast_mean_squared_displacement(x, max_lag=longest) for x in ions.positions])
    mean = msd.mean(axis=0)
    if len(msd) < 2 or mean[-1] > CONVEX * mean[longest // 2]:
        return np.inf
    seen = from_samples(msd[:, -1]).high / (6 * lags[-1])
    time = len(msd) * len(ions.symbols) * (ions.times[-1] - ions.times[0])
    return max(seen, EXPECTED / time * HOP**2 / 6)


def length_needed(arrhenius: Arrhenius, temperature_K: float, *, least: float = 3.0) -> float:
    """Return how long (ps) a run must be for ions to get far enough within half of it.

    6 D tau = `least` Å2 at tau, half the length: a hop, and more than rattling.
    """
    return least / (3 * arrhenius.diffusion(temperature_K).value)


def two_digits(x: float) -> str:
    """Return 320, 4.9 or 2.1e-05 for 319.6, 4.87 and 2.1e-5."""
    return f"{float(f'{x:.2g}'):g}"


def cm2_per_s(D: float) -> float:
    """Return a diffusion coefficient in cm2/s, from Å2/ps."""
    return D * 1e-4
