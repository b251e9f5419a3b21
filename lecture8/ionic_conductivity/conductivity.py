"""Conductivity from diffusion, with the units done slowly; and the whole way, from runs to it."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from ase import units

from lecture8.arguments import check_positive
from lecture8.ionic_conductivity.arrhenius import Arrhenius, arrhenius_fit
from lecture8.ionic_conductivity.diffusion import Diffusion, diffusion_coefficient, haven_ratio
from lecture8.ionic_conductivity.replicas import Replicas
from lecture8.measured import Measured, Pooled, pooled, ratio


@dataclass(frozen=True, eq=False)  # == of arrays is an array
class Conductivity:
    """A conductivity, and what it was worked out from.

    Parameters
    ----------
    sigma : Measured
        S/m: Nernst and Einstein's, divided by the Haven ratio.
    tracer : Measured
        S/m: by Nernst and Einstein alone, as if ions moved independently.
    arrhenius : Arrhenius
        The curve through D, at any temperature.
    diffusion : dict, temperature (K) -> Diffusion
    haven : Pooled
        The Haven ratio of all temperatures together.
    haven_ratios : dict, temperature (K) -> Measured
    number_density : float
        Ions per Å3.
    """

    sigma: Measured | None
    tracer: Measured
    arrhenius: Arrhenius
    diffusion: dict[float, Diffusion]
    haven: Pooled | None
    haven_ratios: dict[float, Measured]
    number_density: float


def conductivity_of_runs(
    runs: Mapping[float, Replicas],
    *,
    ion: str,
    charge: float = 1,
    temperature_K: float = 300,
    haven_lag_ps: float | None = None,
    bend: float = 0.3,
    haven: bool = True,
) -> Conductivity:
    """Return sigma at one temperature from runs at others, each step with its error.

        print(milli_siemens_per_cm(conductivity_of_runs(runs, ion="Li").sigma))

    D at each temperature; Arrhenius' line through them, which may bend; D where sigma is wanted;
    sigma = rho z^2 e^2 D / (k T) / H. The interval is that of the runs: what this potential says of
    this crystal if nothing new happens between the runs and there, and H stays as it is.

    Parameters
    ----------
    runs : dict, temperature (K) -> Replicas or Trajectory
        As `run_replicas` returns them. Of a crystal, seen from whose framework the ions are taken;
        or of these ions alone, without drift.
    ion : str
        The element that moves.
    charge : float
        z, in units of e.
    temperature_K : float
    haven_lag_ps : float, optional
        The longest lag for H, ps. The charge is one walker per run, and its late lags are noise;
        left out, H is taken in the window of D.
    bend : float
        How far Arrhenius' line may bend: `arrhenius_fit`.
    haven : bool
        False: `sigma`, `haven` and `haven_ratios` are left out.

    Raises
    ------
    ValueError
        If a step cannot be taken; or the runs differ in how many ions there are in a volume, by
        more than a tenth.

    Warns
    -----
    UserWarning
        If they differ by less, as runs at constant pressure do.
    """
    ions = {T: run if set(run.symbols) == {ion} else run.of(ion) for T, run in runs.items()}
    rho = _number_density(ions)
    diffusion = {T: diffusion_coefficient(run) for T, run in ions.items()}
    line = arrhenius_fit(diffusion, bend=bend)
    tracer = nernst_einstein(
        line.diffusion(temperature_K),
        number_density=rho,
        charge=charge,
        temperature_K=temperature_K,
    )
    if not haven:
        return Conductivity(None, tracer, line, diffusion, None, {}, rho)
    ratios = {}
    for T, run in ions.items():
        start, end = diffusion[T].window
        ratios[T] = haven_ratio(run, window=(start, haven_lag_ps or end))
    mean = pooled(ratios.values())
    return Conductivity(ratio(tracer, mean), tracer, line, diffusion, mean, ratios, rho)


def _number_density(ions: Mapping) -> float:
    """Return how many ions there are in an Å3, or raise ValueError if runs differ in that."""
    missing = [T for T, run in ions.items() if run.cell is None]
    if missing:
        raise ValueError(f"the run at {missing[0]} K has no cell, and so no number of ions per Å3")
    densities = {T: len(run.symbols) / abs(np.linalg.det(run.cell)) for T, run in ions.items()}
    lowest, highest = min(densities.values()), max(densities.values())
    if highest > 1.1 * lowest:
        raise ValueError(
            f"the runs have different numbers of ions per Å3, {densities}; give runs of one crystal"
        )
    if highest > 1.001 * lowest:
        warnings.warn(
            f"the runs have {lowest:.4g} to {highest:.4g} ions per Å3: each D belongs to a volume "
            "of its own, as at constant pressure, and so does E_a; sigma has the coldest's",
            stacklevel=3,
        )
    return float(densities[min(densities)])


def nernst_einstein(diffusion, *, number_density: float, charge: float, temperature_K: float):
    """Return the ionic conductivity in S/m, sigma = rho z^2 e^2 D / (k T).

    Exact for D = D_charge; with the tracer's D it supposes that ions move independently, and the
    true conductivity is sigma / H, where H is the `haven_ratio`.

    =======  =============================  ===========================
    rho      1/Å3 -> 1/m3                   times (1e10)^3
    e^2      (1.602e-19 C)^2                z counts elementary charges
    D        Å2/ps -> m2/s                  times 1e-20 / 1e-12
    k T      1.381e-23 J/K times T
    sigma    C2 m2 / (m3 s J) = A / (V m)   which is S/m: J = V C, A = C/s
    =======  =============================  ===========================

    For 1 M (6.022e-4 ions per Å3) of charge 1 with D = 1e-3 Å2/ps at 300 K: 0.0373 S/m.

    Parameters
    ----------
    diffusion : float, array or Measured (as Diffusion is)
        Å2/ps. sigma is proportional to D, and so are its error and limits.
    number_density : float
        Mobile ions per Å3; ions / cell volume.
    charge : float
        z, in units of e.
    temperature_K : float

    Returns
    -------
    float, array or Measured
        S/m; Measured for a Measured.

    Raises
    ------
    ValueError
        If the density or temperature is not positive and finite (a cell without volume has no
        density), the charge is zero, or D is NaN.
    """
    volume = "; the number of ions over the volume of a cell that has one, in three directions"
    check_positive("number_density", number_density, volume)
    check_positive("temperature_K", temperature_K)
    if not 0 < abs(charge) < np.inf:
        raise ValueError(
            f"charge is {charge}, but neutral particles carry no current; give z of the ion"
        )
    if isinstance(diffusion, Measured):
        at = {"number_density": number_density, "charge": charge, "temperature_K": temperature_K}
        return diffusion.map(lambda D: nernst_einstein(D, **at))
    ions_per_m3 = number_density * units.m**3  # units.m is a metre in Å
    diffusion = np.asarray(diffusion, float)
    if np.isnan(diffusion).any():
        raise ValueError(f"the diffusion coefficient is {diffusion} Å2/ps, so there is no sigma")
    metre2_per_second = diffusion / units.m**2 / 1e-12  # 1 ps is 1e-12 s
    coulomb2 = (charge * units._e) ** 2
    joule = units._k * temperature_K
    sigma = ions_per_m3 * coulomb2 * metre2_per_second / joule
    return sigma if sigma.ndim else float(sigma)


def milli_siemens_per_cm(sigma):
    """Return a conductivity in mS/cm, from S/m: 1 S/m = 1000 mS / 100 cm = 10 mS/cm."""
    return 10 * sigma
