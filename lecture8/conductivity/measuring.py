"""Measuring: from the runs of a study to its numbers, or to a bound where nothing moved."""

import warnings
from dataclasses import dataclass, field

import numpy as np

from lecture8.conductivity.framework import Framework, watch
from lecture8.conductivity.long_runs import diffusion_or_reason
from lecture8.ionic_conductivity import (
    Arrhenius,
    Conductivity,
    Diffusion,
    Replicas,
    arrhenius_fit,
    conductivity_of_runs,
    fast_mean_squared_displacement,
    nernst_einstein,
)
from lecture8.measured import Measured, from_samples


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
    def verdict(self) -> str:
        """One sentence."""
        seen = self.on_the_line
        if not seen and not self.bounds:
            return "the framework does not hold at any temperature; run cooler"
        if not seen:
            T = max(self.bounds)
            return f"no diffusion seen; D({T:g} K) below {_cm2(self.bounds[T]):.1g} cm²/s"
        if self.tracer is None:
            D = self.diffusion[seen[0]]
            return (
                f"D({seen[0]:g} K) = {_cm2(D.value):.2g} cm²/s, at no second temperature, so that "
                "nothing can be said of others"
            )
        best, name = (self.sigma, "") if self.sigma else (self.tracer, " if ions moved alone")
        low, value, high = (10 * x for x in (best.low, best.value, best.high))
        E = self.arrhenius.activation_energy
        return (
            f"sigma({self.temperature_K:g} K) = {value:.2g} mS/cm ({low:.2g} to {high:.2g}){name}, "
            f"E_a = {E.value:.2f} eV ({E.low:.2f} to {E.high:.2f})"
        )


def measure(
    runs: dict[float, Replicas], *, ion: str, charge: float, temperature_K: float = 300
) -> Outcome:
    """Return what the runs of all temperatures say of the conductivity at one.

    Temperatures at which nothing diffuses give a bound instead: the mean squared displacement never
    rises faster than in its beginning, so D is at most MSD / (6 tau) at the longest lag.

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
                "cell=[a, b, c] (--box a b c)"
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
    if len(runs) < 2:
        said.append(
            f"D was measured at {len(runs)} of the temperatures, in a framework that held; a line "
            "through two is needed to say anything of others: run longer, or at others"
        )
        return {}
    try:
        whole: Conductivity = conductivity_of_runs(
            runs, ion=ion, charge=charge, temperature_K=temperature_K
        )
    except ValueError as why:
        said.append(f"the Haven ratio could not be measured ({why}); sigma is that of ions alone")
        ions = {T: run.of(ion) for T, run in runs.items()}
        line = arrhenius_fit({T: diffusion_or_reason(runs[T], ion) for T in ions}, bend=0.3)
        first = next(iter(ions.values()))
        tracer = nernst_einstein(
            line.diffusion(temperature_K),
            number_density=len(first.symbols) / abs(np.linalg.det(first.cell)),
            charge=charge,
            temperature_K=temperature_K,
        )
        return {"arrhenius": line, "tracer": tracer}
    return {
        "arrhenius": whole.arrhenius,
        "sigma": whole.sigma,
        "tracer": whole.tracer,
        "haven": whole.haven,
    }


def upper_bound(runs: Replicas, ion: str) -> float:
    """Return MSD / (6 tau) at the longest lag, the upper limit of its 95 % interval, Å2/ps.

    Infinite for a single run, whose MSD has no error.
    """
    ions = runs.of(ion)
    longest = (len(ions.times) - 1) // 2
    msd = [fast_mean_squared_displacement(x, max_lag=longest)[-1] for x in ions.positions]
    if len(msd) < 2:
        return np.inf
    return from_samples(msd).high / (6 * (ions.times[longest] - ions.times[0]))


def length_needed(arrhenius: Arrhenius, temperature_K: float, *, least: float = 3.0) -> float:
    """Return how long (ps) a run must be for ions to get far enough within half of it.

    6 D tau = `least` Å2 at tau, half the length: a hop, and more than rattling.
    """
    return least / (3 * arrhenius.diffusion(temperature_K).value)


def _cm2(D: float) -> float:
    """Return a diffusion coefficient in cm2/s, from Å2/ps."""
    return D * 1e-4
