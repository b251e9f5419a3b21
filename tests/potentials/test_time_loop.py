"""What the fast potentials' loops share: compiled once and kept, and lost atoms are noticed."""

import subprocess
import sys

import numpy as np
import pytest

from lecture8.integrators import BlowUp, Langevin, simulate
from lecture8.potentials import lennard_jones_compiled
from lecture8.potentials.fast_lennard_jones import FastLennardJones
from lecture8.structures import ARGON, argon_cluster, thermalise

LENNARD_JONES = """
from lecture8.integrators import simulate
from lecture8.potentials import lennard_jones_compiled as compiled
from lecture8.potentials.fast_lennard_jones import FastLennardJones
from lecture8.structures import ARGON, argon_box
simulate(argon_box(3), FastLennardJones(**ARGON, cutoff=7.0), timestep_fs=1, steps=2)
"""
MOMENT_NETWORK = """
from lecture8.fitting.moment_networks import compiled
from lecture8.datasets import fitted_lgps
from lecture8.integrators import simulate
from lecture8.structures import lgps
simulate(lgps(), fitted_lgps(), timestep_fs=1, steps=2)
"""
COUNT = "print(sum(compiled.run.stats.cache_misses.values()))"


@pytest.mark.parametrize("program", [LENNARD_JONES, MOMENT_NETWORK])
def test_a_second_process_compiles_nothing(program):
    """A loop that is handed its forces, as a function, would be compiled in every process."""
    counts = [
        int(subprocess.run([sys.executable, "-c", program + COUNT], capture_output=True).stdout)
        for _ in range(2)
    ]
    assert counts[1] == 0


def test_whole_numbers_compile_nothing_new():
    potential = FastLennardJones(**ARGON, cutoff=7.0)
    simulate(argon_cluster(1), potential, timestep_fs=1.0, steps=1)
    before = len(lennard_jones_compiled.run.signatures)
    bath, rng = Langevin(temperature_K=0, friction_per_fs=1), np.random.default_rng(0)
    whole = FastLennardJones(epsilon=1, sigma=3, cutoff=7, skin=1)
    simulate(argon_cluster(1), whole, timestep_fs=1, steps=np.int64(1), bath=bath, rng=rng)
    assert len(lennard_jones_compiled.run.signatures) == before


@pytest.mark.parametrize("temperature_K", [1e12, 1e25])
def test_an_atom_that_left_for_the_stars_is_a_blow_up(temperature_K):
    """No number is infinite, but boxes around such atoms are more than can be counted."""
    hot = thermalise(argon_cluster(3), temperature_K=temperature_K, rng=np.random.default_rng(0))
    with pytest.raises(BlowUp, match="blew up at step 1:"):
        simulate(hot, FastLennardJones(**ARGON, cutoff=8.5), timestep_fs=1e3, steps=10)
