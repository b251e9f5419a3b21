"""Potentials that misbehave in the middle of a run; workers can import them from here.

Only the first run that comes to its production does so: the one that makes the file `flag`.
"""

import os
import time
from pathlib import Path

from lecture8.potentials.fast_lennard_jones import FastLennardJones


class Flagged(FastLennardJones):
    def __init__(self, flag, **parameters):
        super().__init__(**parameters)
        self.flag, self.loops = Path(flag), 0

    def time_loop(self, atoms):
        # A replica asks for one loop to equilibrate, and for another for what is recorded.
        self.loops += 1
        loop = super().time_loop(atoms)
        if self.loops == 1:
            return loop
        try:
            with self.flag.open("x") as file:
                file.write(f"{os.getpid()}\n")
        except FileExistsError:
            return loop
        return loop._replace(
            run=lambda moving, plan: self.misbehave(loop.run, moving, plan), at_once=True
        )


class Waiting(Flagged):
    """Waits to be killed, half way through its production."""

    def misbehave(self, run, moving, plan):
        run(moving, plan._replace(steps=plan.steps // 2))
        with self.flag.open("a") as file:
            file.write("half way\n")
        time.sleep(600)


class Doomed(Flagged):
    """Blows up half way through its production."""

    last_good = None

    def misbehave(self, run, moving, plan):
        # Asked again for the steps that went well, it takes them.
        self.last_good = self.last_good or plan.steps // 2
        return run(moving, plan._replace(steps=min(plan.steps, self.last_good)))
