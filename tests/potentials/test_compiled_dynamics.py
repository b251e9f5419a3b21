"""What the fast potentials' runs share: compiled once and kept, and lost atoms are noticed."""

import subprocess
import sys

import numpy as np
import pytest
from ase import units
from lecture8.potentials.compiled_dynamics import _as_far_as_all_is_well

from lecture8.integrators import BlowUp
from lecture8.potentials import lennard_jones_compiled
from lecture8.potentials.fast_lennard_jones import FastLennardJones
from lecture8.structures import ARGON, argon_box, argon_cluster, thermalise

LENNARD_JONES = """
from lecture8.potentials import lennard_jones_compiled as compiled
from lecture8.potentials.fast_lennard_jones import FastLennardJones
from lecture8.structures import ARGON, argon_box
FastLennardJones(**ARGON, cutoff=7.0).simulate(argon_box(3), timestep=0.1, steps=2)
"""
MOMENT_NETWORK = """
from lecture8.fitting.moment_networks import compiled
from lecture8.datasets import fitted_lgps
from lecture8.structures import lgps
fitted_lgps().simulate(lgps(), timestep=0.1, steps=2)
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
    potential.simulate(argon_cluster(1), timestep=1.0, steps=1)
    before = len(lennard_jones_compiled.run.signatures)
    rng = np.random.default_rng(0)
    potential.simulate(argon_cluster(1), timestep=1, steps=1, thermal_energy=0, friction=1, rng=rng)
    assert len(lennard_jones_compiled.run.signatures) == before


@pytest.mark.parametrize("temperature_K", [1e12, 1e25])
def test_an_atom_that_left_for_the_stars_is_a_blow_up(temperature_K):
    """No number is infinite, but boxes around such atoms are more than can be counted."""
    hot = thermalise(argon_cluster(3), temperature_K=temperature_K, rng=np.random.default_rng(0))
    with pytest.raises(BlowUp, match="blew up at step 1:"):
        FastLennardJones(**ARGON, cutoff=8.5).simulate(hot, timestep=units.fs * 1e3, steps=10)


def hot_liquid():
    """Some steps go well before it explodes."""
    liquid = thermalise(argon_box(3), temperature_K=300, rng=np.random.default_rng(1))
    return liquid, {"timestep": 60 * units.fs, "steps": 5000}


@pytest.mark.parametrize("record_every", [1, 7])
@pytest.mark.parametrize("bath", [{}, {"thermal_energy": 0.026, "friction": 1e-3}])
def test_the_last_state_of_a_blow_up_is_the_last_good_one(record_every, bath):
    start, how = hot_liquid()
    potential = FastLennardJones(**ARGON, cutoff=8.0)
    bath = bath and bath | {"rng": np.random.default_rng(2)}
    with pytest.raises(BlowUp, match="blew up at step") as caught:
        potential.simulate(start, **how, record_every=record_every, **bath)
    number = int(str(caught.value).split("step ")[1].split(":")[0])
    run, last = caught.value.trajectory, caught.value.trajectory.last
    assert number > 2
    assert last.time == pytest.approx((number - 1) * how["timestep"])
    assert len(run.times) == 1 + (number - 1) // record_every
    if record_every == 1:
        np.testing.assert_array_equal(last.positions, run.positions[-1])
        np.testing.assert_array_equal(last.velocities, run.velocities[-1])
    # That of the same steps, where there were no more.
    bath = bath and bath | {"rng": np.random.default_rng(2)}
    good = potential.simulate(start, **how | {"steps": number - 1}, **bath).last
    for name in ("positions", "velocities", "forces", "potential_energy"):
        np.testing.assert_array_equal(getattr(last, name), getattr(good, name))
    atoms = start.copy()
    atoms.positions = last.positions
    # Summed in another order.
    assert potential.get_potential_energy(atoms) == pytest.approx(last.potential_energy, rel=1e-9)
    slower = potential.simulate(last, timestep=1e-3 * how["timestep"], steps=1)
    assert np.all(np.isfinite(slower.total_energies))


def test_velocities_that_explode_at_the_end_of_a_chunk_are_not_good_either():
    """The compiled loop looks at the energy; here it is the velocities alone that are infinite."""
    v = np.zeros((1, 3))

    def take(number):
        v[:] = np.inf if number > 3 else number
        return None, np.zeros((1, 3)), 0.0, number

    rng = np.random.default_rng(0)
    well = _as_far_as_all_is_well(take, 5, np.zeros((1, 3)), v, rng)[-1]
    assert well == v[0, 0] == 3


def test_threads_must_be_one_or_more():
    with pytest.raises(ValueError, match="threads is 0"):
        FastLennardJones(**ARGON, cutoff=7.0).simulate(
            argon_cluster(1), timestep=1, steps=1, threads=0
        )
