"""Potentials that misbehave in the middle of a run; workers can import them from here.

Only the first run that comes to its production does so: the one that makes the file `flag`.
"""

import os
import time
from pathlib import Path

from lecture8.integrators import BlowUp, State
from lecture8.potentials.fast_lennard_jones import FastLennardJones


class Flagged(FastLennardJones):
    def __init__(self, flag, **parameters):
        super().__init__(**parameters)
        self.flag = Path(flag)

    def simulate(self, start, **how):
        # A replica equilibrates from Atoms, and goes on from a State.
        if isinstance(start, State):
            try:
                with self.flag.open("x") as file:
                    file.write(f"{os.getpid()}\n")
            except FileExistsError:
                pass
            else:
                return self.misbehave(start, how)
        return super().simulate(start, **how)


class Waiting(Flagged):
    """Waits to be killed, half way through its production."""

    def misbehave(self, start, how):
        super().simulate(start, **how | {"steps": how["steps"] // 2})
        with self.flag.open("a") as file:
            file.write("half way\n")
        time.sleep(600)


class Doomed(Flagged):
    """Blows up half way through its production."""

    def misbehave(self, start, how):
        error = BlowUp("planted")
        error.trajectory = super().simulate(start, **how | {"steps": how["steps"] // 2})
        raise error
