"""Controls of notebook 2, potentials."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import numpy as np
from ase import units
from scipy.interpolate import CubicSpline

from lecture8.datasets import argon_dimer_table, costs
from lecture8.deploy import run_lammps
from lecture8.integrators import PICOSECOND, Langevin, initial_state, simulate
from lecture8.measured import from_samples
from lecture8.potentials import tail_correction
from lecture8.potentials.fast_lennard_jones import FastLennardJones, fast_lennard_jones
from lecture8.structures import ARGON, BUTANE_CHAIN, argon_box, butane, thermalise
from lecture8.validation import energy_drift
from lecture8.vibrations import inertia_about_bond
from recipes.controls.claim import control

SECTION = "notebook 2, {}"
ARGON_SMOOTH = FastLennardJones(**ARGON, cutoff=8.5, onset=7.0)
NUMBER_DENSITY = len(argon_box(1)) / argon_box(1).get_volume()  # 1/Å3


def liquid(seed: int, repeat: int):
    """Return the state of liquid argon 10 ps after a crystal of 220 K."""
    start = thermalise(argon_box(repeat=repeat), temperature_K=220, rng=np.random.default_rng(seed))
    return simulate(start, ARGON_SMOOTH, timestep_fs=10, picoseconds=10).last


# Cutting off --------------------------------------------------------------------------------------


def swing(seed: int, **how) -> float:
    """Return how far the total energy wanders (eV) in 10 ps of 108 atoms, cut at 2 sigma."""
    warm = liquid(seed, 3)
    potential = FastLennardJones(**ARGON, cutoff=2 * ARGON["sigma"], **how)
    start = initial_state(warm.positions, warm.velocities, warm.masses, potential, atoms=warm.atoms)
    return simulate(start, potential, timestep_fs=5, picoseconds=10).total_energies.std()


@control(
    "The total energy of a cut potential wanders; shifted, it is twenty times as steady and more.",
    where=SECTION.format("Cutting off"),
    low=20,
    unit="times",
)
def cut_against_shifted(seed: int) -> float:
    """Start from another liquid."""
    return swing(seed, shifted=False) / swing(seed)


@control(
    "Switched, it is steadier still.",
    where=SECTION.format("Cutting off"),
    low=1,
    unit="times",
)
def shifted_against_switched(seed: int) -> float:
    """Start from another liquid."""
    return swing(seed) / swing(seed, onset=5.5)


@control(
    "Without the tail correction the energy of the liquid depends on the cutoff; with it, hardly.",
    where=SECTION.format("Cutting off"),
    high=0.1,
    unit="of the spread between 6.8 and 17 Å",
)
def tail(seed: int) -> float:
    """Take another liquid."""
    state, sums = liquid(seed, 8), []
    number, cell = len(state.positions), state.atoms.cell.array
    for cutoff in (6.8, 8.5, 10.2, 13.6, 17.0):
        how = {**ARGON, "cutoff": cutoff}
        energy = fast_lennard_jones(state.positions, cell, shifted=False, **how).energy
        sums.append((energy, energy + tail_correction(number, state.atoms.get_volume(), **how)[0]))
    without, with_tail = np.ptp(sums, axis=0)
    return with_tail / without


@control(
    "In a drop of 864 atoms nearly half sit at the surface.",
    where=SECTION.format("Without a surface"),
    low=0.4,
    high=0.5,
    seeds=1,
)
def share_at_the_surface(seed: int) -> float:
    """Compute it: a layer one atom thick, 2^(1/6) sigma, of a ball of the liquid's density."""
    radius = (3 * 864 / (4 * np.pi * NUMBER_DENSITY)) ** (1 / 3)
    return 1 - (1 - 2 ** (1 / 6) * ARGON["sigma"] / radius) ** 3


@control(
    "In a cell of one cube the nearest image finds 3 of 54 neighbours within 8.5 Å.",
    where=SECTION.format("Without a surface"),
    low=53.9,
    high=54.1,
    seeds=1,
)
def neighbours_in_the_crystal(seed: int) -> float:
    """Count them in a crystal of 8 x 8 x 8 cubes; in one cube there are 4 atoms."""
    crystal = argon_box(repeat=8)
    assert len(argon_box(repeat=1)) - 1 == 3
    distances = crystal.get_distances(0, range(1, len(crystal)), mic=True)
    return np.sum(distances < 8.5)


# Neighbour lists ----------------------------------------------------------------------------------


@control(
    "A Verlet list made with boxes measures about four times fewer distances than boxes alone.",
    where=SECTION.format("Who is near?"),
    low=3.3,
    high=4.7,
    unit="times",
)
def saved_by_the_list(seed: int) -> float:
    """Take another liquid of 108 atoms; see how many steps of 10 fs its list lasts."""
    path = simulate(liquid(seed, 3), ARGON_SMOOTH, timestep_fs=10, picoseconds=1).positions
    kept = np.argmax(np.linalg.norm(path - path[0], axis=2).max(axis=1) > 0.5)
    in_boxes, on_list = (NUMBER_DENSITY * f * 9.5**3 / 2 for f in (27, 4 / 3 * np.pi))
    return in_boxes / (in_boxes / kept + on_list)


def run_with_list(seed: int, renew_every: int | None):
    """Return 10 ps of 500 atoms whose list is made anew every so many steps."""
    potential = FastLennardJones(**ARGON, cutoff=8.5, onset=7.0, skin=1.0, renew_every=renew_every)
    return simulate(liquid(seed, 5), potential, timestep_fs=10, picoseconds=10)


@control(
    "A list renewed once in a picosecond leaks energy, ten times what one should accept.",
    where=SECTION.format("Deliberate failure"),
    high=-0.05,
    unit="meV/atom/ps",
)
def drift_renewed_too_rarely(seed: int) -> float:
    """Start from another liquid."""
    return 1e3 * energy_drift(run_with_list(seed, 100)).value


@control(
    "A list that is never renewed does not leak.",
    where=SECTION.format("Deliberate failure"),
    low=-0.01,
    high=0.01,
    unit="meV/atom/ps",
)
def drift_never_renewed(seed: int) -> float:
    """Start from another liquid."""
    return 1e3 * energy_drift(run_with_list(seed, 10**9)).value


def closest(positions, edge: float) -> float:
    """Return the shortest distance of two atoms in a cube (Å)."""
    d = positions[:, None] - positions
    r = np.linalg.norm(d - edge * np.round(d / edge), axis=2)
    return r[r > 0].min()


@control(
    "There, atoms walk through one another.",
    where=SECTION.format("Deliberate failure"),
    high=2,
    unit="Å, the closest pair",
)
def closest_never_renewed(seed: int) -> float:
    """Start from another liquid."""
    run = run_with_list(seed, 10**9)
    return closest(run.positions[-1], run.cell[0, 0])


@control(
    "LAMMPS' `neigh_modify every 1000 check no` does the same.",
    where=SECTION.format("Deliberate failure"),
    high=2,
    unit="Å, the closest pair after 10 ps",
)
def closest_in_lammps(seed: int) -> float:
    """Run 500 atoms in LAMMPS with this setting, and with its own as a cross-check."""
    found = []
    for setting in ("every 1 check yes", "every 1000 delay 0 check no"):
        commands = f"""
            units lj
            lattice fcc {NUMBER_DENSITY * ARGON["sigma"] ** 3}
            region box block 0 5 0 5 0 5
            create_box 1 box
            create_atoms 1 box
            mass 1 1
            velocity all create {220 / 120} {seed + 1}
            pair_style lj/cut 2.5
            pair_coeff 1 1 1 1
            neighbor 0.3 bin
            neigh_modify {setting}
            fix 1 all nve
            timestep 0.0047
            run 999
            write_dump all custom last.txt xu yu zu"""
        with TemporaryDirectory() as folder:
            deck = Path(folder, "in.lammps")
            deck.write_text("\n".join(line.strip() for line in commands.splitlines()))
            run_lammps(deck)
            positions = np.loadtxt(deck.with_name("last.txt"), skiprows=9) * ARGON["sigma"]
        found.append(closest(positions, argon_box(5).cell[0, 0]))
    assert found[0] > 2.7  # with lists in time nobody is nearer than the wall
    return found[1]


# Argon's pair -------------------------------------------------------------------------------------


def pair_energy():
    """Return the distances (Å) and energies (eV) of CCSD(T)."""
    table = argon_dimer_table()
    return table["distance"], table["aug-cc-pvtz+bond"]


def fitted_depth(which, weight_of_slopes: float = 0.0) -> float:
    """Return epsilon / kB (K) of twelve-six, fitted to energies and weighted slopes."""
    r, v = pair_energy()
    slopes, r, v = CubicSpline(r, v)(r, 1)[which] * weight_of_slopes, r[which], v[which]
    columns = np.stack(
        [
            np.append(r**-12.0, -12 * weight_of_slopes * r**-13.0),
            np.append(-(r**-6.0), 6 * weight_of_slopes * r**-7.0),
        ],
        axis=1,
    )
    scale = np.linalg.norm(columns, axis=0)
    A, B = np.linalg.lstsq(columns / scale, np.append(v, slopes), rcond=None)[0] / scale
    return B**2 / (4 * A) / units.kB if A > 0 else np.inf


WEIGHTS = (0.3, 1, 3, 10, 100)  # eV/Å counted as so many eV


@control(
    "On the small basis the well is less than half as deep.",
    where=SECTION.format("Where parameters come from"),
    high=0.5,
    seeds=1,
)
def depth_on_the_small_basis(seed: int) -> float:
    """Divide the lowest energies of the shipped table."""
    return argon_dimer_table()["aug-cc-pvdz"].min() / pair_energy()[1].min()


@control(
    "The true pair is a fifth deeper than the 120 K that make a good liquid.",
    where=SECTION.format("Where parameters come from"),
    low=1.15,
    high=1.25,
    seeds=1,
)
def true_depth(seed: int) -> float:
    """Divide the lowest energy of the shipped table by 120 K."""
    return -pair_energy()[1].min() / units.kB / 120


@control(
    "Three short distances give a well that is a fifth too shallow.",
    where=SECTION.format("Where parameters come from"),
    low=0.75,
    high=0.85,
    seeds=1,
)
def depth_from_short_distances(seed: int) -> float:
    """Divide its depth by that of the table."""
    return fitted_depth(np.arange(3)) * units.kB / -pair_energy()[1].min()


@control(
    "Slopes do not rescue the fit to short distances: they make it worse.",
    where=SECTION.format("Where parameters come from"),
    high=0.95,
    unit="of the depth without slopes, at best",
    seeds=1,
)
def slopes_at_short_distances(seed: int) -> float:
    """Weight the slopes from 0.3 to 100."""
    depths = [fitted_depth(np.arange(3), weight) for weight in WEIGHTS]
    return max(depths) / fitted_depth(np.arange(3))


@control(
    "Nor do they rescue the one to long distances.",
    where=SECTION.format("Where parameters come from"),
    low=1.3,
    unit="of the true depth, at best",
    seeds=1,
)
def slopes_at_long_distances(seed: int) -> float:
    """Weight the slopes from 0.3 to 100."""
    depths = [fitted_depth(np.arange(-3, 0), weight) for weight in WEIGHTS]
    return min(depths) * units.kB / -pair_energy()[1].min()


@control(
    "In the well, slopes hardly change the fit.",
    where=SECTION.format("Where parameters come from"),
    low=0.95,
    high=1.05,
    unit="of the depth without, at worst",
    seeds=1,
)
def slopes_in_the_well(seed: int) -> float:
    """Weight the slopes from 0.3 to 100."""
    well = pair_energy()[0] > 3.3
    ratios = [fitted_depth(well, weight) / fitted_depth(well) for weight in WEIGHTS]
    return max(ratios, key=lambda ratio: abs(ratio - 1))


# Rahman's liquid ----------------------------------------------------------------------------------

LAGS = np.arange(1, 51)  # 0.1 ps each


@cache
def displacements(seed: int) -> np.ndarray:
    """Return the mean squared displacement (Å2) at LAGS of one run, as the notebook makes it."""
    argon = FastLennardJones(**ARGON, cutoff=2.5 * ARGON["sigma"])
    rng = np.random.default_rng(seed)
    start = thermalise(argon_box(repeat=6), temperature_K=200, rng=rng)
    bath = Langevin(temperature_K=94.4, friction_per_fs=0.001)
    settled = simulate(start, argon, timestep_fs=10, picoseconds=12, bath=bath, rng=rng).last
    run = simulate(settled, argon, timestep_fs=10, picoseconds=20, record_every_fs=100)
    r = run.positions - run.positions.mean(axis=1, keepdims=True)
    return np.array([((r[k:] - r[:-k]) ** 2).sum(axis=2).mean() for k in LAGS])


def diffusion(msd) -> float:
    """Return D (1e-5 cm2/s) from the slope between 2 and 5 ps."""
    return np.polyfit(0.1 * LAGS[19:], msd[19:], 1)[0] / 6 * 10


def eight(seed: int) -> list[float]:
    """Return D of eight runs, none of which another seed has."""
    return [diffusion(displacements(100 * seed + k)) for k in range(8)]


@control(
    "Eight runs give Rahman's D, 2.43e-5 cm²/s, within 4 %.",
    where=SECTION.format("Rahman 1964"),
    low=2.33,
    high=2.53,
    unit="1e-5 cm²/s",
)
def diffusion_of_eight(seed: int) -> float:
    """Repeat all eight with other seeds."""
    return from_samples(eight(seed)).value


@control(
    "One run alone scatters by some 4 %.",
    where=SECTION.format("Rahman 1964"),
    low=2.5,
    high=6,
    unit="%",
    seeds=1,
)
def scatter_of_one(seed: int) -> float:
    """Take sixteen runs instead of eight."""
    both = eight(0) + eight(1)
    return 100 * np.std(both, ddof=1) / np.mean(both)


@control(
    "Forty runs give 2.39 ± 0.02, less than Rahman's 2.43 by more than that.",
    where=SECTION.format("Rahman 1964"),
    low=2.35,
    high=2.43,
    unit="1e-5 cm²/s",
    seeds=1,
)
def diffusion_of_forty(seed: int) -> float:
    """Take the mean of what `diffusion_of_eight` found with five seeds."""
    from recipes.controls.running import outcomes

    return np.mean([outcomes()["diffusion_of_eight", other] for other in range(5)])


@control(
    "MSD/6τ takes the offset for diffusion: at 1 ps it gives several per cent too much.",
    where=SECTION.format("Rahman 1964"),
    low=2,
    high=9,
    unit="%",
    seeds=1,
)
def naive_diffusion(seed: int) -> float:
    """Take eight other runs."""
    msd = np.mean([displacements(100 + k) for k in range(8)], axis=0)
    return 100 * (msd[9] / 6 * 10 / diffusion(msd) - 1)


# Prices -------------------------------------------------------------------------------------------


def price(method: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Return atoms, seconds of one core for a step, and the step's length (fs)."""
    table = costs()
    rows = table["method"] == method
    return table["atoms"][rows], table["seconds_per_step"][rows], table["timestep_fs"][rows][0]


@control(
    "Six orders of magnitude, or more, lie between a force of DFT and one of Lennard-Jones.",
    where=SECTION.format("What a force costs"),
    low=6,
    high=7.5,
    unit="orders, for an atom",
    seeds=1,
)
def orders_of_magnitude(seed: int) -> float:
    """Divide what the shipped table has, measured on one core."""
    (_, n, _), (_, dft, _), _ = price("DFT")
    (argon, *_), (pair, *_), _ = price("Lennard-Jones")
    return np.log10(dft / n / (pair / argon))


def orders_in_a_day(size: int) -> float:
    """Return the orders of magnitude between the times that pairs and DFT reach with `size` atoms.

    From the nearest size in the table on, DFT is continued as N^3 and Lennard-Jones as N.
    """
    reached = []
    for method, power in (("DFT", 3), ("Lennard-Jones", 1)):
        atoms, seconds, fs = price(method)
        k = np.argmin(abs(np.log(atoms / size)))
        reached.append(fs / (seconds[k] * (size / atoms[k]) ** power))
    return np.log10(reached[1] / reached[0])


@control(
    "Between the two extremes lie seven orders of magnitude at a dozen atoms.",
    where="slide Machine learning assisted molecular dynamics",
    low=6.75,
    high=7.75,
    unit="orders, in time reached",
    seeds=1,
)
def orders_at_a_dozen(seed: int) -> float:
    """Compute it from the shipped table, time steps included."""
    return orders_in_a_day(14)


@control(
    "And nine at a hundred.",
    where="slide Machine learning assisted molecular dynamics",
    low=8.5,
    high=9.5,
    unit="orders, in time reached",
    seeds=1,
)
def orders_at_a_hundred(seed: int) -> float:
    """Compute it from the shipped table, time steps included, and DFT continued as N^3."""
    return orders_in_a_day(100)


@control(
    "For small alkanes the cost of DFT and tight binding grows with a power of 2.2 to 2.4.",
    where=SECTION.format("What a force costs"),
    low=2.15,
    high=2.45,
    seeds=(0, 1),
)
def power_of_cost(seed: int) -> float:
    """Fit it in the shipped table; seed 0: DFT, seed 1: GFN2-xTB."""
    atoms, seconds, _ = price(("DFT", "GFN2-xTB")[seed])
    return np.polyfit(np.log(atoms), np.log(seconds), 1)[0]


@control(
    "A second call of DFT takes as long as the first.",
    where=SECTION.format("What a force costs"),
    low=0.8,
    high=1.25,
    seeds=1,
)
def second_call(seed: int) -> float:
    """Time both for propane, by the processor's clock."""
    from lecture8.reference import dft_energy_and_forces
    from recipes.costs import alkane

    seconds = []
    for _ in range(2):
        begin = process_time()
        dft_energy_and_forces(alkane(3), threads=1)
        seconds.append(process_time() - begin)
    return seconds[1] / seconds[0]


# Butane -------------------------------------------------------------------------------------------


@cache
def torsion():
    """Return the profile (eV) of GFN2-xTB, a function of degrees, and the relaxed structures."""
    from lecture8.reference import gfn2_xtb, torsion_scan

    angles = np.arange(180, -1, -10)
    energies, structures = torsion_scan(butane(), gfn2_xtb(), chain=BUTANE_CHAIN, angles_deg=angles)
    energies = energies - energies.min()
    full = np.concatenate([-angles, angles[-2::-1]])
    whole = np.concatenate([energies, energies[-2::-1]])
    profile = CubicSpline(full, whole, bc_type="periodic")
    return profile, dict(zip(angles.tolist(), structures, strict=True))


@control(
    "58 % of butane is trans at 300 K.",
    where=SECTION.format("Butane turns"),
    low=0.56,
    high=0.61,
    seeds=1,
)
def trans_from_minima(seed: int) -> float:
    """Count the three minima only, without the curve between them."""
    profile, _ = torsion()
    gauche = profile(np.arange(40, 90)).min()
    return 1 / (1 + 2 * np.exp(-gauche / (units.kB * 300)))


@control(
    "PBE's barrier is 153 meV where GFN2-xTB's is 111.",
    where=SECTION.format("Butane turns"),
    low=148,
    high=158,
    unit="meV",
    seeds=1,
)
def barrier_of_pbe(seed: int) -> float:
    """Compute PBE's energies (def2-SVP) at the structures that GFN2-xTB relaxed."""
    from lecture8.reference import dft_energy_and_forces

    profile, structures = torsion()
    assert abs(1e3 * profile(120.0) - 111) < 2
    top, bottom = (dft_energy_and_forces(structures[a], threads=1)[0] for a in (120, 180))
    return 1e3 * (top - bottom)


@control(
    "One crossing takes some 1.7 times as long as transition state theory says.",
    where=SECTION.format("Deeper: 500 rotors"),
    low=1.5,
    high=1.9,
    unit="times",
)
def waiting_of_rotors(seed: int) -> float:
    """Let 500 others turn, with other noise."""
    profile, _ = torsion()
    rng, kT = np.random.default_rng(seed), units.kB * 300
    inertia = inertia_about_bond(butane(), *BUTANE_CHAIN[1:3])

    def torque(phi):
        return -profile(np.mod(np.rad2deg(phi) + 180, 360) - 180, 1) * np.rad2deg(1)

    start = initial_state(
        np.full((500, 1), np.pi),
        np.sqrt(kT / inertia) * rng.standard_normal((500, 1)),
        np.full(500, inertia),
        torque,
    )
    bath = Langevin(thermal_energy=kT, friction=2 / PICOSECOND)
    how = {"timestep": 0.002 * PICOSECOND, "steps": 25_000, "record_every": 25}
    run = simulate(start, torque, bath=bath, rng=rng, **how)
    gone = abs(run.positions[:, :, 0] - np.pi) > np.deg2rad(90)
    left = np.maximum.accumulate(gone, axis=0).mean(axis=1)
    some = left < 0.8
    rate = -np.polyfit(run.times[some] / PICOSECOND, np.log1p(-left[some]), 1)[0]
    omega = np.sqrt(profile(180.0, 2) * np.rad2deg(1) ** 2 / inertia)
    theory = 2 * omega / (2 * np.pi) * np.exp(-profile(120.0) / kT) * PICOSECOND
    return theory / rate
