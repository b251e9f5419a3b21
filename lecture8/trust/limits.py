"""The questions, where green ends and red begins, and why there."""

from collections.abc import Callable
from typing import NamedTuple

from lecture8.trust.consistency import force_error, largest_jump, nve_drift, stress_error
from lecture8.trust.extremes import isolated_error, softening, wall_height
from lecture8.trust.measurement import Measurement
from lecture8.trust.symmetry import (
    permutation_error,
    rotation_error,
    size_error,
    translation_error,
)


class Check(NamedTuple):
    """One question: how to measure it and how to judge the number.

    `green` is the last green value and `red` the first red one; where green is the larger, more is
    better. `reason` says why there, `consequence` what a failure does to a simulation.
    """

    name: str
    measure: Callable[..., Measurement]
    unit: str
    green: float
    red: float
    reason: str
    consequence: str


_SLOPE = (
    "rounding and the finite step cost single-precision networks up to 1 %; 5 % is as large as the "
    "error of a good fit"
)
_ROOM = "1 % and 10 % of kT at room temperature, 26 meV"

CHECKS = (
    Check(
        "forces are the slope of the energy",
        force_error,
        "%",
        2.0,
        5.0,
        _SLOPE,
        "the total energy is not conserved: runs heat or cool for no reason, and relaxations "
        "do not end in a minimum",
    ),
    Check(
        "stress is the strain derivative",
        stress_error,
        "%",
        2.0,
        5.0,
        _SLOPE,
        "a constant-pressure run or a relaxed cell ends at a wrong volume and shape",
    ),
    Check(
        "total energy is conserved",
        nve_drift,
        "meV/atom/ps",
        1.0,
        10.0,
        "a thermostat with a relaxation time of 1 ps would run 4 K or 40 K too hot",
        "the run heats or cools by itself; a thermostat hides it and feeds a steady flow of heat "
        "into every average",
    ),
    Check(
        "the orientation does not matter",
        rotation_error,
        "meV/atom",
        0.26,
        2.6,
        _ROOM,
        "a molecule or crystal prefers some directions of space, and spins up by itself",
    ),
    Check(
        "the place in the cell does not matter",
        translation_error,
        "meV/atom",
        0.26,
        2.6,
        _ROOM,
        "the energy jumps when an atom leaves through a face of the cell",
    ),
    Check(
        "the order of the atoms does not matter",
        permutation_error,
        "meV/atom",
        0.26,
        2.6,
        _ROOM,
        "equal atoms are told apart: two that swap places, as in diffusion, change the energy",
    ),
    Check(
        "the size of the cell does not matter",
        size_error,
        "meV/atom",
        0.26,
        2.6,
        _ROOM,
        "energies per atom, and so phase diagrams and defects, depend on how large the cell is",
    ),
    Check(
        "the energy does not jump",
        largest_jump,
        "meV",
        0.26,
        2.6,
        _ROOM,
        "every pair that crosses the cutoff changes the total energy by what no force has worked",
    ),
    Check(
        "a wall at short distance",
        wall_height,
        "eV",
        10.0,
        2.0,
        "in a nanosecond a thousand atoms collide 1e7 times, and one collision in 1e7 brings "
        "16 kT: 1.4 eV at 1000 K. Random or badly packed start structures bring several eV",
        "two atoms fall into each other, and the run blows up",
    ),
    Check(
        "free atoms feel nothing",
        isolated_error,
        "meV/atom",
        43.0,
        215.0,
        "1 and 5 kcal/mol: the first is called chemical accuracy, the second is a tenth of a bond",
        "evaporation, adsorption and cohesive energies are off by this, and gas molecules stick "
        "to each other or to nothing",
    ),
    Check(
        "no softer than the reference",
        softening,
        "%",
        5.0,
        15.0,
        "barriers scale with the forces: of 0.3 eV, 5 % is 15 meV, and a rate at 300 K wrong by a "
        "factor of 2; 15 % by one of 6",
        "vibrations are too slow and barriers too low, so atoms diffuse too fast (or too slow, "
        "where it is negative)",
    ),
)
