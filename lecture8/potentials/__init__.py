"""Potentials: the energy surface V(r) and its slope, F = -dV/dr.

`Harmonic`, `Morse` and `Gravity` are functions of the positions for model systems in any consistent
units. `LennardJones` is a `Potential` for real atoms that can be read in a minute, and
`FastLennardJones` the same one compiled.
"""

from importlib import import_module

from lecture8.potential import Interaction, NotOffered, Potential
from lecture8.potentials.gravity import Gravity
from lecture8.potentials.harmonic import Harmonic
from lecture8.potentials.lennard_jones import LennardJones, lennard_jones, tail_correction
from lecture8.potentials.morse import Morse

__all__ = [
    "FastLennardJones",
    "Gravity",
    "Harmonic",
    "Interaction",
    "LennardJones",
    "Morse",
    "NotOffered",
    "Potential",
    "lennard_jones",
    "tail_correction",
]


def __getattr__(name: str):
    """Import what is compiled when it is asked for: numba takes its time."""
    if name == "FastLennardJones":
        return import_module("lecture8.potentials.fast_lennard_jones").FastLennardJones
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
