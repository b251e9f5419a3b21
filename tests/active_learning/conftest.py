"""Frames, potentials and loops that the tests of the active-learning room share."""

import numpy as np
import pytest

from lecture8.fitting import MomentTensor
from lecture8.frames import label
from lecture8.reference import gfn2_xtb
from lecture8.structures import butane

SMALL = MomentTensor(level=6, cutoff=4.0, radial_size=5)


def fit_small(frames, previous, rng, *, epochs=30):
    """Fit to all frames: some dozen coefficients need no validation set to stop them."""
    return (previous or SMALL).fit(frames, frames, rng=rng, epochs=epochs)


def rattled(number, *, by, seed=0):
    rng, made = np.random.default_rng(seed), []
    for k in range(number):
        atoms = butane()
        atoms.rattle(by, rng=rng)
        atoms.info = {"run": f"rattled-{by}-{k}", "time_ps": 0.0, "grade": 1.0}
        made.append(atoms)
    return made


@pytest.fixture(scope="session")
def cold():
    """Twelve butanes near the minimum."""
    return label(rattled(12, by=0.03), gfn2_xtb())


@pytest.fixture(scope="session")
def fitted(cold):
    return fit_small(cold, None, np.random.default_rng(0), epochs=30)
