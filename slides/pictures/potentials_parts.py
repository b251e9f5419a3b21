"""What the pictures to notebook 2 are made of: butane, liquid argon, prices, neighbours."""

import matplotlib.pyplot as plt
import numpy as np
from ase import units

from lecture8.datasets import costs
from lecture8.integrators import PICOSECOND, Langevin, simulate
from lecture8.ionic_conductivity import nernst_einstein
from lecture8.plotting import BLUE, RED
from lecture8.potentials.fast_lennard_jones import FastLennardJones
from lecture8.potentials.neighbours import verlet_list
from lecture8.reference import gfn2_xtb, torsion_scan
from lecture8.structures import ARGON, BUTANE_CHAIN, argon_box, butane, lgps, thermalise

from .integrators_parts import frequency
from .rendering import render
from .style import INK, PANEL, QUIET

DAY = 86400  # seconds
# One step of LGPS by PBE with plane waves: atoms, seconds on one core for the fastest of 149 frames
# (recipes/pbe.py), and the step, fs.
PLANE_WAVES = 50, 93, 2.0


# Butane -------------------------------------------------------------------------------------------


def scan_butane():
    """Return angles 0 to 180 degrees, energies (meV) above trans, and relaxed structures."""
    angles = np.arange(180, -1, -10)
    energies, structures = torsion_scan(butane(), gfn2_xtb(), chain=BUTANE_CHAIN, angles_deg=angles)
    return angles[::-1], 1e3 * (energies - energies.min())[::-1], structures[::-1]


def share_of_trans(angles, meV, temperature_K: float) -> float:
    """Return the Boltzmann weight of trans, from the energy along the dihedral angle alone."""
    smooth = np.arange(0, 360)
    energy = np.interp(np.minimum(smooth, 360 - smooth), angles, meV) / 1e3
    weight = np.exp(-energy / (units.kB * temperature_K))
    return weight[abs(smooth - 180) < 60].sum() / weight.sum()


def conformer(atoms, *, mirror: bool = False):
    """Return a picture of butane from obliquely along its middle bond, the first methyl fixed."""
    atoms = atoms.copy()
    a, b, c, _ = BUTANE_CHAIN
    x = atoms.get_distance(b, c, vector=True)
    x /= np.linalg.norm(x)
    y = atoms.get_distance(b, a, vector=True)
    y -= (y @ x) * x
    y /= np.linalg.norm(y)
    frame = np.array([x, y, np.cross(x, y)])
    atoms.positions = (atoms.positions - atoms.positions[[b, c]].mean(axis=0)) @ frame.T
    if mirror:
        atoms.positions[:, 2] *= -1
    return render(
        atoms,
        rotation="12x,50y",
        centre=np.zeros(3),
        window=(-2.35, 3.05, -2.8, 2.6),
        radii={"C": 0.5, "H": 0.31},
        stick=0.14,
        colours={"C": (0.40, 0.44, 0.5)},
        pixels_per_angstrom=36,
    )


# Argon ---------------------------------------------------------------------------------------


def fit_pair(r, v, which) -> tuple[float, float]:
    """Return epsilon and sigma of Lennard-Jones from least squares on the chosen points."""
    columns = np.stack([r[which] ** -12.0, -(r[which] ** -6.0)], axis=1)
    scale = np.linalg.norm(columns, axis=0)  # r^-12 and r^-6 differ by three orders of magnitude
    A, B = np.linalg.lstsq(columns / scale, v[which], rcond=None)[0] / scale
    return B**2 / (4 * A), (A / B) ** (1 / 6)


def liquid_run(seed: int):
    """Return 20 ps of NVE, recorded every 0.1 ps, from a liquid settled for 12 ps at 94.4 K."""
    argon = FastLennardJones(**ARGON, cutoff=2.5 * ARGON["sigma"])
    rng = np.random.default_rng(seed)
    start = thermalise(argon_box(repeat=6), temperature_K=200, rng=rng)
    bath = Langevin(temperature_K=94.4, friction_per_fs=0.001)
    settled = simulate(start, argon, timestep_fs=10, picoseconds=12, bath=bath, rng=rng)
    return simulate(settled.last, argon, timestep_fs=10, picoseconds=20, record_every_fs=100)


def radial_distribution(run, edge: float, bins):
    """Return g(r): pairs at distance r, relative to evenly spread atoms of the same density."""
    frames, counts = run.positions[::20], 0
    n = frames.shape[1]
    for positions in frames:
        for i in range(0, n, 108):  # blocks of atoms, for the sake of memory
            d = positions[None] - positions[i : i + 108, None]
            d -= edge * np.round(d / edge)
            # An atom and itself are at 0, below the first bin; each pair is met twice.
            counts = counts + np.histogram(np.sqrt((d**2).sum(axis=2)), bins)[0] / 2
    shells = 4 / 3 * np.pi * np.diff(bins**3)
    return counts / len(frames) / (n * (n - 1) / 2 * shells / edge**3)


def diffusion_of(run) -> float:
    """Return D in 1e-5 cm2/s from the straight part of the mean squared displacement."""
    r = run.positions - run.positions.mean(axis=1, keepdims=True)
    lags = np.arange(20, 51)  # 2 to 5 ps
    msd = [((r[lag:] - r[:-lag]) ** 2).sum(axis=2).mean() for lag in lags]
    return np.polyfit(0.1 * lags, msd, 1)[0] / 6 * 10  # Å2/ps is 1e-4 cm2/s


# Prices -------------------------------------------------------------------------------------------


def price_list(method: str):
    """Return atoms, seconds of one core per step, and the time step (fs) of a method."""
    table = costs()
    rows = table["method"] == method
    return table["atoms"][rows], table["seconds_per_step"][rows], table["timestep_fs"][rows][0]


def exponent(method: str) -> float:
    """Return p of cost ~ N^p, as measured."""
    atoms, seconds, _ = price_list(method)
    return np.polyfit(np.log(atoms), np.log(seconds), 1)[0]


def with_unit(seconds: float) -> str:
    """Return "12 µs" and the like, two digits."""
    size = 0
    while seconds * 10.0**size < 1 and size < 15:
        size += 3
    unit = {0: "s", 3: "ms", 6: "µs", 9: "ns", 12: "ps", 15: "fs"}[size]
    return f"{float(f'{seconds * 10.0**size:.2g}'):g} {unit}"


def time_reached(size, atoms, reached, power):
    """Return the time reached with so many atoms, as text."""
    nearest = np.argmin(abs(np.log(atoms / size)))
    seconds = reached[nearest] * (size / atoms[nearest]) ** -power
    return with_unit(seconds)


def waiting_times() -> dict[str, float]:
    """Return how long things take, in seconds.

    Argon moves as Rahman found; Li hops as often as the measured conductivity of LGPS, 12 mS/cm,
    needs it by Nernst and Einstein, if a hop is 3 Å long.
    """
    density = sum(lgps().symbols == "Li") / lgps().get_volume()
    one = nernst_einstein(1.0, number_density=density, charge=1, temperature_K=300)  # of 1 Å2/ps
    return {
        "argon moves 3.4 Å": ARGON["sigma"] ** 2 / (6 * 0.243) * 1e-12,
        "C–H vibrates once": 2 * np.pi / frequency("C–H") / PICOSECOND * 1e-12,
        "Li hop, 300 K": 3.0**2 / (6 * 1.2 / one) * 1e-12,  # 1.2 S/m
    }


# Neighbours ---------------------------------------------------------------------------------------


def count_pairs(repeat: int, reach: float) -> tuple[int, int, int, int]:
    """Return atoms, all pairs, pairs in neighbouring boxes of a cell list, and pairs in reach."""
    atoms = argon_box(repeat=repeat)
    atoms.positions += 0.1 * np.random.default_rng(0).standard_normal(atoms.positions.shape)
    n, edge = len(atoms), atoms.cell.lengths()[0]
    number = int(edge / reach)
    inside = np.mod(atoms.positions, edge)
    boxes = np.histogramdd(inside, bins=number, range=[(0, edge)] * 3)[0]
    steps = (-1, 0, 1)
    around = sum(np.roll(boxes, (i, j, k), (0, 1, 2)) for i in steps for j in steps for k in steps)
    listed = verlet_list(atoms.positions, atoms.cell.array, atoms.pbc, reach)
    candidates = int((boxes * (around - 1)).sum() / 2)
    return n, n * (n - 1) // 2, candidates, len(listed.neighbours) // 2


def draw_boxes(ax, cutoff: float, reach: float):
    """Draw atoms in a plane, sorted into boxes, and those within `reach` of one in the middle."""
    rows = np.arange(-4, 20)
    lattice = np.array([(3.8 * (i + j % 2 / 2), 3.3 * j) for j in rows for i in rows])
    flat = lattice + np.random.default_rng(5).normal(0, 0.45, lattice.shape)
    flat = flat[np.all((flat > 0) & (flat < 5 * reach), axis=1)]
    centre = flat[np.argmin(np.linalg.norm(flat - 2.6 * reach, axis=1))]
    distance = np.linalg.norm(flat - centre, axis=1)
    near = np.all((flat > reach) & (flat < 4 * reach), axis=1)
    ax.add_patch(plt.Rectangle((reach, reach), 3 * reach, 3 * reach, fc=PANEL, ec=INK, lw=2))
    for k in range(6):
        ax.plot([k * reach] * 2, [0, 5 * reach], color=QUIET, lw=1)
        ax.plot([0, 5 * reach], [k * reach] * 2, color=QUIET, lw=1)
    for which, colour in ((~near, "#dddddd"), (near, QUIET), (distance < reach, BLUE)):
        ax.plot(*flat[which].T, "o", ms=7, color=colour, mew=0)
    ax.plot(*centre, "o", ms=9, color=RED)
    ax.add_patch(plt.Circle(centre, cutoff, fill=False, color=BLUE, lw=2.5))
    ax.add_patch(plt.Circle(centre, reach, fill=False, color=BLUE, lw=2, ls="--"))
    ax.set(aspect="equal", xlim=(-0.5, 5 * reach + 24), ylim=(-0.5, 5 * reach + 0.5))
    ax.axis("off")


def draw_images(ax):
    """Draw a cell of five atoms among its images, one atom on its way out, one nearest image."""
    inside = np.array([(0.18, 0.25), (0.55, 0.15), (0.92, 0.55), (0.35, 0.7), (0.75, 0.88)])
    for i, j in np.ndindex(3, 3):
        middle = i == j == 1
        colours = {"fc": PANEL if middle else "none", "ec": INK if middle else QUIET}
        ax.add_patch(plt.Rectangle((i, j), 1, 1, lw=2.5 if middle else 1, zorder=1, **colours))
        ax.plot(*np.add(inside, (i, j)).T, "o", ms=11, color=BLUE if middle else "#9fb3c4", mew=0)
    out = {"arrowstyle": "-|>,head_width=0.3,head_length=0.5", "color": RED, "lw": 3}
    for cell in (0, 1):  # who leaves on the right comes in on the left
        start = np.add(inside[2], (cell, 1))
        ax.annotate(
            "", np.add(start, (0.3, 0.08)), start, arrowprops=out | {"shrinkA": 4, "shrinkB": 0}
        )
    here, image = np.add(inside[0], (1, 1)), inside[4]
    ax.plot(*np.transpose([here, image]), color=BLUE, lw=2.5, ls=":")
    ax.text(1.5, -0.12, "dotted: the nearest image", ha="center", va="top", fontsize=16)
    ax.text(1.5, 3.1, "the cell and its images", ha="center", va="bottom", fontsize=16)
    ax.set(aspect="equal", xlim=(-0.05, 3.05), ylim=(-0.4, 3.4))
    ax.axis("off")
