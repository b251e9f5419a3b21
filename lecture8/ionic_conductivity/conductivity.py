"""Conductivity from diffusion, with the units done slowly."""

import numpy as np
from ase import units

from lecture8.arguments import check_positive
from lecture8.ionic_conductivity.diffusion import Diffusion
from lecture8.ionic_conductivity.interval import Measured


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
    diffusion : float, array, Measured or Diffusion
        Å2/ps. sigma is proportional to D, and so are its error and limits.
    number_density : float
        Mobile ions per Å3; ions / cell volume.
    charge : float
        z, in units of e.
    temperature_K : float

    Returns
    -------
    float, array or Measured
        S/m; Measured for a Measured or Diffusion.

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
    if isinstance(diffusion, Measured | Diffusion):
        how = {"number_density": number_density, "charge": charge, "temperature_K": temperature_K}
        return Measured(*(nernst_einstein(x, **how) for x in diffusion[:4]))
    ions_per_m3 = number_density * units.m**3  # units.m is a metre in Å
    diffusion = np.asarray(diffusion, float)
    if np.isnan(diffusion).any():
        raise ValueError(f"the diffusion coefficient is {diffusion} Å2/ps, so there is no sigma")
    metre2_per_second = diffusion / units.m**2 / 1e-12  # 1 ps is 1e-12 s
    coulomb2 = (charge * units._e) ** 2
    joule = units._k * temperature_K
    sigma = ions_per_m3 * coulomb2 * metre2_per_second / joule
    return sigma if sigma.ndim else float(sigma)


def milli_siemens_per_cm(conductivity):
    """Return a conductivity in mS/cm, from S/m: 1 S/m = 1000 mS / 100 cm = 10 mS/cm."""
    if isinstance(conductivity, Measured):
        return Measured(*(10 * x for x in conductivity))
    return 10 * conductivity
