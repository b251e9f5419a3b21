"""The oscillator that is known in closed form, and the steps with their orders."""

from lecture8.integrators import (
    explicit_euler,
    initial_state,
    semi_implicit_euler,
    velocity_verlet,
    yoshida4,
)
from lecture8.potentials import Harmonic

SPRING = Harmonic()
STEPS = {explicit_euler: 1, semi_implicit_euler: 1, velocity_verlet: 2, yoshida4: 4}


def released_spring():
    return initial_state([[1.0]], [[0.0]], [1.0], SPRING)
