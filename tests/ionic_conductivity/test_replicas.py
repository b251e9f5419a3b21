"""Replicas are the same wherever they ran, whatever happened there, and as hot as asked for."""

import os
import signal
import threading
import time
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from ase import units
from ase.constraints import FixAtoms

from lecture8.datasets import fitted_lgps
from lecture8.integrators import Langevin, simulate
from lecture8.ionic_conductivity import run_replicas, running
from lecture8.potentials.fast_lennard_jones import FastLennardJones
from lecture8.potentials.lennard_jones import LennardJones
from lecture8.structures import ARGON, argon_box, lgps, thermalise
from lecture8.workers import LocalProcesses
from tests.ionic_conductivity.planted import Doomed, Waiting
from tests.planted_tasks import has_torch

FORCES = ARGON | {"cutoff": 5.0}
PLAN = {
    "temperatures_K": [30, 20],
    "replicas": 2,
    "picoseconds": 1,
    "timestep_fs": 10,
    "equilibrate_ps": 0.5,
    "progress": False,
}


def argon():
    return argon_box(2, density_g_cm3=1.7)  # 32 atoms of the crystal


def replicas_on(executor, start, potential, *, seed=7, **plan):
    rng = np.random.default_rng(seed)
    return run_replicas(start, potential, executor=executor, rng=rng, **plan)


def sample(start, potential, **plan):
    with ThreadPoolExecutor(1) as executor:
        return replicas_on(executor, start, potential, **plan)


@pytest.fixture(scope="module")
def undisturbed():
    return sample(argon(), FastLennardJones(**FORCES), **PLAN)


def assert_same(one, other):
    assert list(one) == list(other)
    for temperature, run in one.items():
        assert other[temperature].failures == []
        # The same program with the same random numbers, on the same machine: not one bit.
        np.testing.assert_array_equal(other[temperature].positions, run.positions)
        np.testing.assert_array_equal(
            other[temperature].kinetic_temperatures_K, run.kinetic_temperatures_K
        )


def test_what_comes_back_and_in_which_order(undisturbed):
    assert list(undisturbed) == [20, 30]
    run = undisturbed[20]
    assert run.positions.shape == (2, 11, 32, 3)
    np.testing.assert_allclose(run.times, np.linspace(0, 1, 11), rtol=1e-12)  # rounding
    assert set(run.symbols) == {"Ar"}
    np.testing.assert_array_equal(run.cell, argon().cell.array)
    assert run.failures == []
    assert not np.array_equal(run.positions[0], run.positions[1])


def test_a_replica_is_what_one_would_run_by_hand(undisturbed):
    drawn = int(np.random.default_rng(7).integers(2**32))
    rng, potential = np.random.default_rng([drawn, 30, 1]), FastLennardJones(**FORCES)
    words = {
        "timestep_fs": 10,
        "record_every_fs": 100,
        "bath": Langevin(temperature_K=30, friction_per_fs=0.001),
        "rng": rng,
    }
    start = thermalise(argon(), temperature_K=60, rng=rng)
    warm = simulate(start, potential, steps=50, **words)
    by_hand = simulate(warm.last, potential, steps=100, **words)
    sent = undisturbed[30][1].positions
    assert sent.dtype == np.float32
    # float32 near 10 Å is rounded to 0.5e-6 Å.
    np.testing.assert_allclose(sent, by_hand.positions, rtol=0, atol=6e-7)
    kinetic_K = 2 * by_hand.kinetic_energies.mean() / (3 * 32 * units.kB)
    assert undisturbed[30].kinetic_temperatures_K[1] == pytest.approx(kinetic_K, rel=1e-12)


def test_the_same_seed_gives_the_same_wherever_it_runs(undisturbed, workers, dask_client):
    potential = FastLennardJones(**FORCES)
    with ProcessPoolExecutor(1, get_context("spawn")) as process, ThreadPoolExecutor(2) as threads:
        for executor in (workers, process, threads, dask_client):
            assert_same(undisturbed, replicas_on(executor, argon(), potential, **PLAN))
    other = sample(argon(), potential, **PLAN, seed=8)
    assert not np.array_equal(other[20].positions, undisturbed[20].positions)
    # Nor does it matter which temperatures and how many replicas ran beside it.
    fewer = sample(argon(), potential, **PLAN | {"temperatures_K": 30, "replicas": 1})
    np.testing.assert_array_equal(fewer[30].positions[0], undisturbed[30].positions[0])


def test_a_moment_network_travels(workers):
    plan = PLAN | {"timestep_fs": 2, "picoseconds": 0.2, "equilibrate_ps": 0.1}
    plan |= {"temperatures_K": 600}
    pupil = fitted_lgps()
    there = replicas_on(workers, lgps(), pupil, **plan)
    alone = sample(lgps(), pupil, **plan)
    # Where nothing is compiled yet, numba may order the sums of this network differently in another
    # process, by 1e-13: after 0.3 ps still far below what float32 keeps of 10 Å.
    np.testing.assert_allclose(there[600].positions, alone[600].positions, rtol=0, atol=1e-5)
    np.testing.assert_allclose(
        there[600].kinetic_temperatures_K, alone[600].kinetic_temperatures_K, rtol=1e-6
    )


def test_any_calculator_will_do(undisturbed):
    readable = sample(argon(), LennardJones(**FORCES), **PLAN | {"picoseconds": 0.1})
    # 60 steps of two summations that differ in rounding; float32 rounds by 0.5e-6 Å each.
    np.testing.assert_allclose(
        readable[30].positions, undisturbed[30].positions[:, :2], rtol=0, atol=2e-6
    )


def mean_temperature(temperature_K, **changed):
    plan = PLAN | {"temperatures_K": temperature_K, "replicas": 4, **changed}
    run = sample(argon(), FastLennardJones(**FORCES), **plan)[temperature_K]
    return run.kinetic_temperatures_K.mean()


def test_the_bath_gives_the_temperature():
    # In a harmonic crystal with friction gamma, 2 K / (3 N k) has the variance 2 T^2 / (3 N) and
    # forgets within 1 / (2 gamma); so its mean over R runs of length t scatters by
    # T sqrt(2 / (3 N) / (R gamma t)) = 2.3 %, with N = 32, R = 4, gamma t = 10. Four of these.
    longer = {"picoseconds": 5, "friction_per_fs": 2e-3}
    assert mean_temperature(30, **longer) == pytest.approx(30, rel=0.09)
    # Planted: a bath that is 25 % too hot would be noticed.
    assert mean_temperature(37.5, **longer) != pytest.approx(30, rel=0.09)


def test_half_of_the_start_goes_to_potential_energy(monkeypatch):
    # With next to no bath, it is the start that counts: K of 32 atoms scatters by sqrt(2 / 96) =
    # 14 % at the start, which equipartition halves with K, so by 7 % in the mean of four. Three of
    # these, and some for what is not harmonic.
    alone = {"friction_per_fs": 1e-9}
    assert mean_temperature(10, **alone) == pytest.approx(10, rel=0.25)
    # Planted: velocities of T, as for a snapshot that has its potential energy.
    monkeypatch.setattr(
        running,
        "thermalise",
        lambda atoms, temperature_K, rng: thermalise(
            atoms, temperature_K=temperature_K / 2, rng=rng
        ),
    )
    assert mean_temperature(10, **alone) == pytest.approx(5, rel=0.25)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"temperatures_K": []}, r"temperatures_K is \[\]; give one or more"),
        (
            {"temperatures_K": [300, -5]},
            r"temperatures_K are \[-5.0, 300.0\], but must be positive",
        ),
        ({"temperatures_K": [300.2, 300.4]}, "round to the same kelvin"),
        ({"replicas": 0}, "replicas is 0, but must be a whole number of at least 1"),
        ({"picoseconds": 0}, "picoseconds is 0, but must be a positive number"),
        ({"picoseconds": 0.05}, "picoseconds is 0.05, shorter than the 100 fs between two frames"),
        ({"timestep_fs": np.nan}, "timestep_fs is nan, but must be a positive number"),
        ({"friction_per_fs": 0}, "friction_per_fs is 0, but must be a positive number"),
        ({"equilibrate_ps": -1}, "equilibrate_ps is -1, .* cannot be negative"),
        ({"record_every_fs": 25}, "record_every_fs is 25, but must be a multiple .* 10 fs; 20"),
        ({"record_every_fs": 4}, "record_every_fs is 4, but must be a multiple .* 10 fs; 10"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        replicas_on(None, argon(), FastLennardJones(**FORCES), **PLAN | wrong)


def test_a_time_step_that_is_not_binary_is_still_a_divisor():
    short = {"timestep_fs": 0.1, "record_every_fs": 0.3, "picoseconds": 0.003, "equilibrate_ps": 0}
    run = sample(argon(), FastLennardJones(**FORCES), **PLAN | short)[30]
    assert run.positions.shape == (2, 11, 32, 3)


def test_a_blow_up_is_reported_and_the_others_kept(undisturbed, tmp_path):
    with pytest.warns(UserWarning, match="1 of 4 replicas are missing"):
        runs = sample(argon(), Doomed(tmp_path / "flag", **FORCES), **PLAN)
    # Half of 0.5 ps to equilibrate and 1 ps after.
    assert runs[20].failures == [
        "replica 0 at 20 K: BlowUp: lost 1.000 ps after its start, equilibration included: "
        "the run blew up at step 51: energy or positions are no longer finite; the step of 10 fs "
        "is too long for this potential, take a shorter one"
    ]
    np.testing.assert_array_equal(runs[20].positions, undisturbed[20].positions[1:])
    assert len(runs[20].kinetic_temperatures_K) == 1
    np.testing.assert_array_equal(runs[30].positions, undisturbed[30].positions)


def test_what_blew_up_within_finite_numbers_is_reported():
    """100 fs are far too long: the crystal explodes, and its atoms fly on for ever."""
    hot = PLAN | {"timestep_fs": 100, "temperatures_K": [300]}
    with pytest.raises(RuntimeError, match=r"none of 2 replicas .* replica 0 at 300 K: .* lost 0"):
        sample(argon(), FastLennardJones(**FORCES), **hot)


@pytest.mark.parametrize("where", ["workers", "dask_client"])
def test_nothing_is_lost_when_a_worker_is_killed(where, request, undisturbed, tmp_path):
    executor, flag, killed = request.getfixturevalue(where), tmp_path / "flag", []

    def kill():
        while not (flag.exists() and flag.read_text().endswith("half way\n")):
            time.sleep(0.01)
        victim, busy = int(flag.read_text().split()[0]), True
        if where == "dask_client":
            address = {pid: address for address, pid in executor.run(os.getpid).items()}[victim]
            busy = bool(executor.processing()[address])
        os.kill(victim, signal.SIGKILL)
        killed.append((victim != os.getpid(), busy))

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # none may be missing
        runs = replicas_on(executor, argon(), Waiting(flag, **FORCES), **PLAN)
    killer.join()
    assert killed == [(True, True)]
    assert_same(undisturbed, runs)


def test_workers_do_without_torch():
    with LocalProcesses(1) as executor:
        replicas_on(executor, argon(), FastLennardJones(**FORCES), **PLAN)
        assert not executor.slots[0].pool.submit(has_torch).result()


def test_fixed_atoms_stand_still_and_do_not_count_as_cold():
    crystal = argon()
    crystal.set_constraint(FixAtoms(range(16)))
    plan = PLAN | {"replicas": 4, "temperatures_K": [30], "picoseconds": 3}
    run = sample(crystal, FastLennardJones(**FORCES), **plan)[30]
    assert np.all(run.positions[:, :, :16] == crystal.positions[:16].astype(np.float32))
    assert np.ptp(run.positions[:, :, 16:], axis=1).max(axis=2).min() > 0.1
    # As above, with N = 16 and gamma t = 3: 6 % in the mean of four. Half would be 15 K.
    assert run.kinetic_temperatures_K.mean() == pytest.approx(30, rel=0.25)


def test_runs_can_be_compared_and_hashed(undisturbed):
    assert undisturbed[20] != undisturbed[30]
    assert len(set(undisturbed.values())) == 2
