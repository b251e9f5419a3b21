"""What LAMMPS is told: which pair style computes a potential exactly, and how the atoms move.

==============================  ====================================================
ours                            LAMMPS, units metal
==============================  ====================================================
Lennard-Jones, shifted          pair_style lj/cut, pair_modify shift yes
Lennard-Jones, cut              pair_style lj/cut, pair_modify shift no
Lennard-Jones with an onset     pair_style lj/charmm/coul/charmm, all charges zero
velocity Verlet                 fix nve
Langevin                        fix nve, fix langevin: another scheme for the same bath
==============================  ====================================================

CHARMM's factor between onset and cutoff is ours. No pair style computes what we fit
(`NO_PAIR_STYLE`); moment networks bring their own forces (`lammps_forces`). Thompson et al.,
Comput. Phys. Commun. 271, 108171 (2022).
"""

import numpy as np

from lecture8.potentials import LennardJones
from lecture8.potentials.fast_lennard_jones import FastLennardJones

# Why not, by the name of the class: to import a fitted potential is to import torch.
NO_PAIR_STYLE = {
    "MomentTensorPotential": "moment tensors need the pair style of the MLIP package, which is not "
    "part of LAMMPS",
}


def pair_commands(potential) -> tuple[str, list[str]]:
    """Return the atom style and the commands of the pair style that computes `potential`.

    Raises
    ------
    ValueError
        If there is none that does so exactly.
    """
    # Not isinstance: a subclass may compute something else.
    if type(potential) not in (LennardJones, FastLennardJones):
        name = type(potential).__name__
        reason = NO_PAIR_STYLE.get(name, "those for fitted potentials read other forms")
        raise ValueError(
            f"no pair style of stock LAMMPS computes a {name} without loss: {reason}; run several "
            "replicas at once on Dask workers, or a larger cell in its own engine, where the time "
            "of a step grows in proportion to the number of atoms"
        )
    p = potential.parameters
    if p["cutoff"] is None:
        raise ValueError(
            "this Lennard-Jones has no cutoff, and LAMMPS needs one; give one, such as 2.5 * sigma"
        )
    # As few digits as give back every bit.
    epsilon, sigma, cutoff = (repr(float(p[name])) for name in ("epsilon", "sigma", "cutoff"))
    coefficients = f"pair_coeff      1 1 {epsilon} {sigma}"
    if p["onset"] is None:
        style = f"pair_style      lj/cut {cutoff}"
        shift = f"pair_modify     shift {'yes' if p['shifted'] else 'no'}"
        return "atomic", [style, coefficients, shift]
    # The last two are Coulomb's onset and cutoff: at so short distances nothing is to compute.
    style = f"pair_style      lj/charmm/coul/charmm {float(p['onset'])!r} {cutoff} 0.1 0.2"
    return "charge", [style, coefficients]


def motion_commands(
    temperature_K: float | None, friction_per_fs: float, rng: np.random.Generator | None
) -> list[str]:
    """Return the commands that draw velocities, move the atoms and couple them to a bath.

    Raises
    ------
    ValueError
        For a temperature or a friction that makes no sense, or one that lacks its other half.
    """
    if temperature_K is not None and not 0 < temperature_K < np.inf:
        raise ValueError(f"temperature is {temperature_K} K, but must be positive")
    if not 0 <= friction_per_fs < np.inf:
        raise ValueError(f"friction is {friction_per_fs} / fs, but cannot be negative or infinite")
    move = "fix             motion all nve"
    if temperature_K is None:
        if friction_per_fs > 0:
            raise ValueError(
                f"friction is {friction_per_fs} / fs, but the bath has no temperature; "
                "give temperature_K and an rng"
            )
        return [move]
    if rng is None:
        raise ValueError(
            f"velocities at {temperature_K} K are random, but rng is None; "
            "give one, such as np.random.default_rng(0)"
        )
    kelvin = repr(float(temperature_K))
    velocities, noise = rng.integers(1, 900_000_000, size=2)  # the seeds that LAMMPS takes
    draw = f"velocity        all create {kelvin} {velocities} mom yes dist gaussian"
    if friction_per_fs == 0:
        return [draw, move]
    damping = repr(float(1e-3 / friction_per_fs))  # LAMMPS asks for 1 / friction, ps
    return [draw, move, f"fix             bath all langevin {kelvin} {kelvin} {damping} {noise}"]
