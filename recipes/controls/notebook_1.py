"""Controls of notebook 1, integrators."""

from dataclasses import replace
from functools import cache

import numpy as np
from ase import units

from lecture8.correlated_samples import block_average
from lecture8.integrators import (
    Langevin,
    explicit_euler,
    initial_state,
    simulate,
    velocity_verlet,
    yoshida4,
)
from lecture8.potentials import Harmonic
from lecture8.potentials.fast_lennard_jones import FastLennardJones
from lecture8.structures import ARGON, argon_box, lgps, thermalise
from lecture8.validation import energy_drift
from recipes.controls.claim import control

SPRING = Harmonic(stiffness=1.0)
LET_GO = initial_state([[1.0]], [[0.0]], [1.0], SPRING)
SECTION = "notebook 1, {}"


# Springs ------------------------------------------------------------------------------------------


@control(
    "Verlet's points lie exactly on the orbit of a slightly lighter mass on a softer spring, and "
    "run through it a little faster.",
    where=SECTION.format("The shadow Hamiltonian"),
    high=1e-12,
    seeds=1,
)
def shadow_motion(seed: int) -> float:
    """Compare with the closed form, cos(w t) with w = 2 arcsin(dt / 2) / dt above 1."""
    dt = 0.5
    run = simulate(LET_GO, SPRING, timestep=dt, steps=200)
    frequency = 2 * np.arcsin(dt / 2) / dt
    mass = np.sqrt(1 - dt**2 / 4) / frequency
    stiffness = frequency * np.sqrt(1 - dt**2 / 4)
    assert frequency > 1 > stiffness > mass > 0.9  # faster; softer and lighter
    assert np.isclose(stiffness / mass, frequency**2)
    r = np.cos(frequency * run.times)
    v = -np.sqrt(1 - dt**2 / 4) * np.sin(frequency * run.times)
    return max(
        abs(run.positions[:, 0, 0] - r).max(),
        abs(run.velocities[:, 0, 0] - v).max(),
    )


@control(
    "Yoshida's scheme breaks at a step that is shorter for each of its forces than Verlet's, 2/ω.",
    where=SECTION.format("The shadow Hamiltonian, try it"),
    low=0.5,
    high=0.55,
    unit="1/ω for a force",
    seeds=1,
)
def yoshida_longest_step(seed: int) -> float:
    """Search for the step from which 1,000 steps leave the spring's neighbourhood."""
    for dt in np.arange(1.4, 2.0, 0.005):
        run = simulate(LET_GO, SPRING, step=yoshida4, timestep=dt, steps=1000)
        if abs(run.positions).max() > 100:
            return dt / 3
    raise AssertionError("stable everywhere")


def error_at_five(step, number: int) -> float:
    """Return the distance from the exact state at t = 5 after so many steps."""
    last = simulate(LET_GO, SPRING, step=step, timestep=5 / number, steps=number).last
    return np.hypot(last.positions[0, 0] - np.cos(5), last.velocities[0, 0] + np.sin(5))


@control(
    "At 1,600 forces Yoshida's scheme is a thousand times as accurate as Verlet's.",
    where=SECTION.format("The order of an integrator"),
    low=900,
    high=1100,
    seeds=1,
)
def yoshida_at_many_forces(seed: int) -> float:
    """Spend the same number of forces on the same way."""
    return error_at_five(velocity_verlet, 1600) / error_at_five(yoshida4, 533)


@control(
    "With few forces Verlet is the more accurate one: at 30, Yoshida's error is three times its.",
    where=SECTION.format("The order of an integrator, try it"),
    low=2.5,
    high=3.5,
    seeds=1,
)
def yoshida_at_thirty_forces(seed: int) -> float:
    """Spend 30 forces on the way instead of 1,600."""
    return error_at_five(yoshida4, 10) / error_at_five(velocity_verlet, 30)


@control(
    "With 60 forces Yoshida has overtaken Verlet.",
    where=SECTION.format("The order of an integrator, try it"),
    high=0.9,
    seeds=1,
)
def yoshida_at_sixty_forces(seed: int) -> float:
    """Spend 60 forces on the way instead of 1,600."""
    return error_at_five(yoshida4, 20) / error_at_five(velocity_verlet, 60)


# Argon --------------------------------------------------------------------------------------------

LIQUID = FastLennardJones(**ARGON, cutoff=8.5, onset=7.0)


@cache
def melting(seed: int):
    """Return 15 ps from the crystal, all atoms of one speed, as the notebook prepares it."""
    rng = np.random.default_rng(seed)
    crystal = argon_box(repeat=3)
    directions = rng.standard_normal((len(crystal) // 2, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    directions = rng.permutation(np.concatenate([directions, -directions]))
    crystal.set_velocities(np.sqrt(3 * units.kB * 220 / crystal.get_masses()[0]) * directions)
    return simulate(crystal, LIQUID, timestep_fs=10, picoseconds=15)


def twin(start, displacement: float):
    """Return the same start, one atom displaced (Å)."""
    moved = start.positions.copy()
    moved[0, 0] += displacement
    return initial_state(moved, start.velocities, start.masses, LIQUID, atoms=start.atoms)


def apart(seed: int, displacement: float, picoseconds: float) -> tuple[np.ndarray, np.ndarray]:
    """Return times (ps) and the distance (Å) of a run of the liquid from its twin's."""
    liquid = melting(seed).last
    how = {"timestep_fs": 10, "picoseconds": picoseconds}
    run = simulate(liquid, LIQUID, **how)
    other = simulate(twin(liquid, displacement), LIQUID, **how)
    distance = np.linalg.norm(run.positions - other.positions, axis=(1, 2))
    return run.times - run.times[0], distance


@control(
    "The distance of two runs of liquid argon grows tenfold every 1.2 ps.",
    where=SECTION.format("A hundred atoms"),
    low=1.05,
    high=1.35,
    unit="ps",
)
def tenfold(seed: int) -> float:
    """Begin from another crystal; fit from 2 to 9 ps, in the twin's distance."""
    times, distance = apart(seed, 1e-9, 10)
    return np.log(10) / np.polyfit(times[200:900], np.log(distance[200:900]), 1)[0]


@control(
    "A computer that keeps 16 digits has lost the last of them after some 20 ps.",
    where=SECTION.format("A hundred atoms"),
    low=15,
    high=25,
    unit="ps until two runs are 10 Å apart",
)
def last_digit(seed: int) -> float:
    """Displace one atom by its last digit only, 1e-14 Å."""
    times, distance = apart(seed, 1e-14, 30)
    return times[np.argmax(distance > 10)]


def scatter_of_three_temperatures(blocks: int) -> float:
    """Return how far the temperatures along x, y and z are from their mean, in claimed errors."""
    deviations = []
    for seed in range(40):
        run = melting(seed)
        each = run.masses[0] * (run.velocities[500:] ** 2).sum(axis=1)  # (T, 3)
        estimates = [block_average(series, blocks=blocks) for series in each.T]
        mean = np.mean([estimate.value for estimate in estimates])
        deviations += [(estimate.value - mean) / estimate.error for estimate in estimates]
    return np.sqrt(np.mean(np.square(deviations)))


@control(
    "Ten blocks of 1 ps: the three temperatures scatter by about as much as is claimed.",
    where=SECTION.format("One speed for all"),
    low=0.85,
    high=1.25,
    unit="claimed errors (1.04 if all is well)",
    seeds=1,
)
def ten_blocks(seed: int) -> float:
    """Repeat it with forty seeds."""
    return scatter_of_three_temperatures(10)


@control(
    "A hundred blocks of 0.1 ps: they scatter by twice as much as is claimed.",
    where=SECTION.format("One speed for all"),
    low=1.6,
    high=2.2,
    unit="claimed errors",
    seeds=1,
)
def hundred_blocks(seed: int) -> float:
    """Repeat it with forty seeds."""
    return scatter_of_three_temperatures(100)


def drift_at(seed: int, timestep_fs: float) -> float:
    """Return the drift of the liquid in 10 ps, meV/atom/ps."""
    how = {"timestep_fs": timestep_fs, "picoseconds": 10}
    return 1e3 * energy_drift(simulate(melting(seed).last, LIQUID, **how)).value


@control(
    "Up to 30 fs the drift of liquid argon cannot be told from zero in 10 ps.",
    where=SECTION.format("Is the energy conserved?"),
    low=-2.3,
    high=2.3,
    unit="standard errors of the mean of ten",
    seeds=1,
)
def drift_at_thirty(seed: int) -> float:
    """Take the mean of ten seeds, and their scatter instead of one run's own error."""
    values = [drift_at(other, 30) for other in range(10)]
    return np.mean(values) / (np.std(values, ddof=1) / np.sqrt(10))


@control(
    "At 40 fs the energy wanders: some seeds drift upwards, others downwards.",
    where=SECTION.format("Is the energy conserved?"),
    low=0.15,
    high=0.85,
    unit="of twenty seeds upwards",
    seeds=1,
)
def drift_at_forty(seed: int) -> float:
    """Repeat it with twenty seeds."""
    return np.mean([drift_at(other, 40) > 0 for other in range(20)])


@control(
    "With a step of 55 fs the liquid heats up.",
    where=SECTION.format("Is the energy conserved?"),
    low=0.01,
    unit="meV/atom/ps",
)
def drift_at_fifty_five(seed: int) -> float:
    """Begin from another crystal."""
    return drift_at(seed, 55)


def curvature(r: float) -> float:
    """Return d2V/dr2 of an argon pair (eV/Å2)."""
    x6 = (ARGON["sigma"] / r) ** 6
    return 4 * ARGON["epsilon"] * (156 * x6**2 - 42 * x6) / r**2


def closest_pair(seed: int) -> float:
    """Return the shortest distance of two atoms (Å) between 5 and 15 ps."""
    edge, closest = argon_box(repeat=3).cell.lengths()[0], np.inf
    for positions in melting(seed).positions[500::10]:
        d = positions[:, None] - positions
        r = np.linalg.norm(d - edge * np.round(d / edge), axis=2)
        closest = min(closest, r[r > 0].min())
    return closest


@control(
    "On the wall that thermal motion reaches, the curvature is some forty times the minimum's.",
    where=SECTION.format("Is the energy conserved?"),
    low=30,
    high=50,
)
def curvature_on_the_wall(seed: int) -> float:
    """Begin from another crystal; take the closest pair of 10 ps."""
    return curvature(closest_pair(seed)) / curvature(2 ** (1 / 6) * ARGON["sigma"])


@control(
    "A fifteenth of the period of the closest pair is 13 fs.",
    where=SECTION.format("Is the energy conserved?"),
    low=12,
    high=14.5,
    unit="fs",
)
def fifteenth_of_the_closest_pair(seed: int) -> float:
    """Begin from another crystal; take the closest pair of 10 ps."""
    mass = argon_box(repeat=1).get_masses()[0]
    omega = np.sqrt(curvature(closest_pair(seed)) / (mass / 2))
    return 2 * np.pi / omega / 15 / units.fs


@control(
    "The tolerated drift, 0.01 meV per atom and picosecond, is 39 K in a nanosecond.",
    where=SECTION.format("Is the energy conserved?"),
    low=38,
    high=40,
    unit="K",
    seeds=1,
)
def tolerated_drift_in_kelvin(seed: int) -> float:
    """Compute it: half of the energy heats, 3/2 k_B per atom, half goes into the potential."""
    return 0.01e-3 * 1000 / (3 * units.kB)


@control(
    "In the first half picosecond the potential energies of Euler's and Verlet's run differ by "
    "less than 1 meV per atom or little more.",
    where=SECTION.format("Deliberate failure"),
    high=1.2,
    unit="meV/atom",
)
def potential_energies_alike(seed: int) -> float:
    """Start from other velocities."""
    rng = np.random.default_rng(seed)
    hot = thermalise(argon_box(repeat=3), temperature_K=230, rng=rng)
    how = {"timestep_fs": 2, "picoseconds": 0.5}
    good = simulate(hot, LIQUID, **how)
    bad = simulate(hot, LIQUID, **how, step=explicit_euler)
    return 1e3 / len(hot) * abs(bad.potential_energies - good.potential_energies).max()


# Thermostats --------------------------------------------------------------------------------------

KT = units.kB * 94.4
MEAN, FLUCTUATION = 1.5 * 108 * KT, np.sqrt(1.5 * 108) * KT


def steered(state, potential, timestep):
    """Velocity Verlet, and velocities pulled towards the mean kinetic energy within 100 fs."""
    state = velocity_verlet(state, potential, timestep)
    pull = timestep / (100 * units.fs) * (MEAN / state.kinetic_energy - 1)
    return replace(state, velocities=np.sqrt(1 + pull) * state.velocities)


@cache
def three_baths(seed: int) -> dict[str, np.ndarray]:
    """Return the kinetic energies of the notebook's runs: Langevin, NVE, steered."""
    bath = Langevin(temperature_K=94.4, friction_per_fs=0.005)
    held = {"bath": bath, "rng": np.random.default_rng(seed), "timestep_fs": 10}
    start = simulate(melting(seed).last, LIQUID, picoseconds=3, **held).last
    free = {"timestep_fs": 10, "picoseconds": 20}
    return {
        "Langevin": simulate(start, LIQUID, picoseconds=40, **held).kinetic_energies,
        "NVE": simulate(start, LIQUID, **free).kinetic_energies[200:],
        "steered": simulate(start, LIQUID, **free, step=steered).kinetic_energies[200:],
    }


@control(
    "A bath of friction and noise gives the kinetic energy its canonical fluctuation.",
    where=SECTION.format("Constant temperature"),
    low=0.9,
    high=1.1,
    unit="of the closed form",
)
def fluctuation_in_the_bath(seed: int) -> float:
    """Begin from another crystal, with other noise."""
    return np.sqrt(np.mean((three_baths(seed)["Langevin"] - MEAN) ** 2)) / FLUCTUATION


@control(
    "Over ten runs with the bath the mean is that of the closed form within half a per cent.",
    where=SECTION.format("Constant temperature"),
    low=-0.5,
    high=0.5,
    unit="%",
    seeds=1,
)
def mean_in_the_bath(seed: int) -> float:
    """Take the mean of ten other runs; 0.3 % too little is due to the step."""
    means = [three_baths(run)["Langevin"].mean() for run in range(10)]
    return 100 * (np.mean(means) / MEAN - 1)


@control(
    "Their means scatter by what the blocks claim.",
    where=SECTION.format("Constant temperature"),
    low=0.6,
    high=1.5,
    unit="claimed errors",
    seeds=1,
)
def scatter_of_the_mean_in_the_bath(seed: int) -> float:
    """Compare the scatter of ten runs' means with what each claims."""
    means = [block_average(three_baths(run)["Langevin"]) for run in range(10)]
    claimed = np.sqrt(np.mean([m.error**2 for m in means]))
    return np.std([m.value for m in means], ddof=1) / claimed


@control(
    "Without a bath the kinetic energy fluctuates by little more than half of that.",
    where=SECTION.format("Constant temperature"),
    low=0.45,
    high=0.75,
    unit="of the closed form",
)
def fluctuation_without(seed: int) -> float:
    """Begin from another crystal."""
    return three_baths(seed)["NVE"].std() / FLUCTUATION


@control(
    "Steered by its mean, it fluctuates by less than half.",
    where=SECTION.format("Constant temperature"),
    high=0.5,
    unit="of the closed form",
)
def fluctuation_when_steered(seed: int) -> float:
    """Begin from another crystal."""
    return three_baths(seed)["steered"].std() / FLUCTUATION


@control(
    "The steered run has the right mean, to a tenth of a per cent.",
    where=SECTION.format("Constant temperature"),
    low=-0.1,
    high=0.1,
    unit="%",
)
def mean_when_steered(seed: int) -> float:
    """Begin from another crystal."""
    return 100 * (three_baths(seed)["steered"].mean() / MEAN - 1)


@control(
    "Half of the kinetic energy of the crystal goes within a third of a picosecond.",
    where="slide Molecular dynamics: let the atoms move",
    low=0.45,
    high=0.6,
)
def kinetic_energy_left(seed: int) -> float:
    """Begin from other directions of the velocities."""
    run = melting(seed)
    return run.kinetic_energies[33] / run.kinetic_energies[0]


# A crystal that conducts --------------------------------------------------------------------------


@control(
    "The fastest vibration of LGPS is a stretch of P-S bonds, at 424 1/cm: a fifteenth is 5 fs.",
    where=SECTION.format("How long a step"),
    low=420,
    high=430,
    unit="1/cm",
    seeds=1,
)
def fastest_vibration_of_lgps(seed: int) -> float:
    """Relax the crystal by the fitted potential; take the largest eigenvalue of its Hessian."""
    from ase.optimize import BFGS

    from lecture8.datasets import fitted_lgps

    atoms = lgps()
    atoms.calc = fitted_lgps()
    BFGS(atoms, logfile=None).run(fmax=5e-3, steps=500)
    hessian = np.zeros((3 * len(atoms), 3 * len(atoms)))
    for i, row in enumerate(hessian):
        for sign in (1, -1):
            atoms.positions.flat[i] += sign * 0.01
            row -= sign * atoms.get_forces().ravel() / 0.02
            atoms.positions.flat[i] -= sign * 0.01
    mass = np.repeat(atoms.get_masses(), 3)
    values, modes = np.linalg.eigh((hessian + hessian.T) / 2 / np.sqrt(np.outer(mass, mass)))
    who = (modes[:, -1] ** 2).reshape(-1, 3).sum(axis=1)
    symbols = np.array(atoms.get_chemical_symbols())
    assert who[(symbols == "P") | (symbols == "S")].sum() > 0.9
    period_fs = 2 * np.pi / np.sqrt(values[-1]) / units.fs
    return 1e13 / (units._c * period_fs)  # c in m/s


@cache
def drifts_of_lgps(seed: int, timestep_fs: float) -> float:
    """Return the drift of LGPS at 600 K in 12 ps, meV/atom/ps."""
    from lecture8.datasets import fitted_lgps

    rng, potential = np.random.default_rng(seed), fitted_lgps()
    start = thermalise(lgps(), temperature_K=1200, rng=rng)
    bath = Langevin(temperature_K=600, friction_per_fs=0.01)
    warm = simulate(start, potential, timestep_fs=2, picoseconds=5, bath=bath, rng=rng).last
    run = simulate(warm, potential, timestep_fs=timestep_fs, picoseconds=12)
    return 1e3 * energy_drift(run).value


@control(
    "LGPS at 600 K drifts by at most 0.002 meV per atom and ps with steps of 2 fs.",
    where=SECTION.format("How long a step"),
    low=-0.002,
    high=0.002,
    unit="meV/atom/ps",
)
def drift_of_lgps_at_2_fs(seed: int) -> float:
    """Begin from other velocities."""
    return drifts_of_lgps(seed, 2)


@control(
    "With 6 fs, by up to 0.02.",
    where=SECTION.format("How long a step"),
    low=0.01,
    high=0.03,
    unit="meV/atom/ps, the largest of five",
    seeds=1,
)
def drift_of_lgps_at_6_fs(seed: int) -> float:
    """Begin from five other velocities."""
    return max(abs(drifts_of_lgps(other, 6)) for other in range(5))


@control(
    "With 10 fs, by up to 0.4.",
    where=SECTION.format("How long a step"),
    low=0.1,
    high=0.6,
    unit="meV/atom/ps, the largest of five",
    seeds=1,
)
def drift_of_lgps_at_10_fs(seed: int) -> float:
    """Begin from five other velocities."""
    return max(abs(drifts_of_lgps(other, 10)) for other in range(5))
