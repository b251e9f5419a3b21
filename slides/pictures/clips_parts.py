"""What the clips are made of: their runs, and what they draw; no clips here."""

from itertools import pairwise

import numpy as np
from ase import Atoms, units
from ase.utils import rotate
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Polygon

from lecture8.active_learning import ExtrapolationGrade
from lecture8.datasets import butane_frames
from lecture8.fitting import MomentTensor, errors, fit
from lecture8.frames import split
from lecture8.integrators import BlowUp, Langevin, simulate
from lecture8.plotting import ORANGE, RED
from lecture8.potentials.fast_lennard_jones import FastLennardJones
from lecture8.structures import ARGON, argon_box, butane, thermalise
from lecture8.validation import survival_time

from . import butane_loop, lgps_crystal
from . import lgps_analysis as lgps_
from .moving import Dot, Stick, Trail
from .style import QUIET

SHADES = {"P": "#f2b661", "Ge": "#5cb3b0"}  # of the tetrahedra about them
TILT = rotate("11x,-14y")


def lithium(temperature_K: int, frames: int):
    """Return where the Li of three cells along c go, (T, 60, 3), on the screen, every 50 fs."""
    crystal, rng = lgps_.crystal() * (1, 1, 3), np.random.default_rng(0)
    pupil = lgps_.fitted_lgps()
    bath = {"bath": Langevin(temperature_K=temperature_K, friction_per_fs=1e-3), "rng": rng}
    warm = thermalise(crystal, temperature_K=2 * temperature_K, rng=rng)
    warm = simulate(warm, pupil, timestep_fs=2, picoseconds=2, record_every_fs=2000, **bath).last
    length = 0.05 * (frames - 1)
    run = simulate(warm, pupil, timestep_fs=2, picoseconds=length, record_every_fs=50, **bath)
    ions = crystal.symbols == "Li"
    # As seen from the framework, which the bath pushes somewhere.
    moved = run.positions[:, ~ions].mean(axis=1, keepdims=True)
    return lgps_crystal.screen(
        run.positions[:, ions] - moved + crystal.positions[~ions].mean(axis=0)
    )


def traveller(ions, low, high):
    """Return which of the ions (T, n, 3) goes farthest and stays well inside of the window."""
    edge = np.array([1.5, 1])
    inside = (ions[..., :2] > low[:2] + edge) & (ions[..., :2] < high[:2] - edge)
    went = np.linalg.norm(ions[-10:, :, :2].mean(axis=0) - ions[:10, :, :2].mean(axis=0), axis=1)
    return np.argmax(np.where(inside.all(axis=(0, 2)), went, 0))


def tilted(places):
    """Return places (..., 3) as one sees them, a little from the side and from above."""
    return places @ TILT


def mixed(colour, share):
    """Return `colour` with a share of pale grey in it, as one sees what is far."""
    rgb = (1 - share) * np.array(to_rgb(colour)) + share * np.array([0.72, 0.76, 0.8])
    return to_hex(rgb)


def smooth(way, frames=9):
    """Return the running mean of a way (T, 2), of fewer frames at the ends."""
    half = frames // 2
    return np.array([way[max(0, n - half) : n + half + 1].mean(axis=0) for n in range(len(way))])


def draw_tetrahedra(ax, depth):
    """Draw the tetrahedra whose centres lie between two depths: pale, lit from above left."""
    light = np.array([-0.45, 0.6, 0.66])
    low, high = np.array([-4, -9, depth[0]]), np.array([44, 14, depth[1]])
    faces = []
    for tetrahedron in lgps_crystal.tetrahedra(low, high):
        places = tilted(tetrahedron.positions)
        corners, middle = places[1:], places[1:].mean(axis=0)
        for k in range(4):
            face = np.delete(corners, k, axis=0)
            normal = np.cross(face[1] - face[0], face[2] - face[0])
            normal *= np.sign(normal @ (face[0] - middle)) / np.linalg.norm(normal)
            colour = SHADES[tetrahedron.get_chemical_symbols()[0]]
            dark = 0.78 + 0.22 * (normal @ light)
            faces.append((middle[2], normal[2], face[:, :2], dark * np.array(to_rgb(colour))))
    for _, towards, face, colour in sorted(faces, key=lambda x: x[:2]):
        alpha = 0.5 if towards > 0 else 0.22
        ax.add_patch(Polygon(face, facecolor=colour, alpha=alpha, edgecolor=colour, lw=1))


# --- Argon

RAMP = ("#0072b2", "#3f97cb", "#8fc3e3", "#f3d08a", "#eba634", "#c46a08")  # by layer


def argon(start_K: float, picoseconds: float):
    """Return notebook 1's run of a crystal, from its seed, compiled; and the box's edge, Å."""
    rng = np.random.default_rng(8)
    crystal = argon_box(repeat=3)
    directions = rng.standard_normal((len(crystal) // 2, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    directions = rng.permutation(np.concatenate([directions, -directions]))
    crystal.set_velocities(np.sqrt(3 * units.kB * start_K / crystal.get_masses()[0]) * directions)
    potential = FastLennardJones(**ARGON, cutoff=8.5, onset=7.0)
    run = simulate(crystal, potential, timestep_fs=10, picoseconds=picoseconds)
    return run, crystal.cell.lengths()[0]


def layers(positions, edge):
    """Return in which of six layers along x positions (..., N, 3) are."""
    return np.floor(6 * np.mod(positions[..., 0] / edge + 1 / 12, 1)).astype(int)


def elsewhere(positions, edge):
    """Return the share (T,) of atoms that are in another layer than at first."""
    drift = (positions - positions[0]).mean(axis=1, keepdims=True)
    now = layers(positions - drift, edge)
    return (now != now[0]).mean(axis=1)


def wrapped(positions, edge):
    """Return positions (T, N, 3) in the box, as one sees them, and what leaps (T - 1, N).

    In the depth of the picture they are not put back, where one would not see it but as a leap.
    """
    inside = positions.copy()
    inside[..., :2] = np.mod(positions[..., :2] + edge / 12, edge)
    inside[..., 2] += edge / 12
    leaps = (np.abs(np.diff(inside[..., :2], axis=0)) > edge / 2).any(axis=2)
    return (inside - edge / 2) @ TILT, leaps


def draw_cube(ax, edge):
    """Draw the edges of the box."""
    corners = np.array(list(np.ndindex(2, 2, 2)))
    for i, j in np.ndindex(8, 8):
        if i < j and np.abs(corners[i] - corners[j]).sum() == 1:
            ax.plot(*((corners[[i, j]] - 0.5) * edge @ TILT).T[:2], color=QUIET, lw=1)


# --- A mass on a spring


def turns(ax, points, now, dt, colour, choice):
    """Return trails of dots at points (M, 2), one for each turn, when `now` (T,) steps are made."""
    ends = [*range(0, len(points), max(2, round(2 * np.pi / dt))), len(points)]
    return [
        Trail(ax, points[a:b], np.clip(now + 1 - a, 0, b - a), 4.5, colour, True, choice)
        for a, b in pairwise(ends)
        if b - a > 1
    ]


# --- Butane

FEMTOSECONDS = 2  # between two pictures of the molecule that tears
BOND = "#8794a1"
ATOMS = {"C": ("#55606b", "#8a96a2"), "H": ("#cbd6e0", "#dfe6ec")}  # in front, behind


def torn_and_whole():
    """Return two runs (T, 14, 3) from one start, when the first breaks, and two force errors.

    In fs and meV/Å. They are those of recipes/stability.py: level 12, fits 0 and 1, run 1.
    """
    parts = {"train": 400, "validation": 100, "test": 400}
    train, validation, test = split(butane_frames(), **parts, rng=np.random.default_rng(0))
    runs, lives, maes = [], [], []
    for number in (0, 1):
        model, same = MomentTensor(level=12), np.random.default_rng(number)
        potential = fit(train, validation, model=model, rng=same, progress=False)
        rng = np.random.default_rng(1)
        begin = thermalise(test[100], temperature_K=500, rng=rng)
        bath = {"bath": Langevin(temperature_K=500, friction_per_fs=0.002), "rng": rng}
        how = {"timestep_fs": 0.5, "picoseconds": 1, "record_every_fs": FEMTOSECONDS}
        try:
            run = simulate(begin, potential, **how, **bath)
        except BlowUp as blow_up:
            run = blow_up.trajectory
        runs.append(run.positions)
        lives.append(survival_time(run, butane()))
        maes.append(errors(test, potential).force_mae)
    if not lives[0] < 1 < lives[1]:
        raise ValueError(f"one should break within 1 ps and one not, but they live {lives} ps")
    broken = round(1e3 * lives[0])
    end = min(len(runs[0]), broken // FEMTOSECONDS + 12)
    return [run[:end] for run in runs], broken, maes


def doubtful_run():
    """Return notebook 4's run that breaks: positions, grades (T, 14), and when it breaks, fs."""
    start, _, potential, _ = butane_loop.cold()
    rng = np.random.default_rng(2)
    begin = thermalise(butane(), temperature_K=600, rng=rng)
    bath = Langevin(temperature_K=600, friction_per_fs=0.02)
    how = {"timestep_fs": 1, "picoseconds": 0.5, "record_every_fs": 1, "bath": bath, "rng": rng}
    try:
        run = simulate(begin, potential, **how)
    except BlowUp as blow_up:
        run = blow_up.trajectory
    broken = round(1e3 * survival_time(run, butane()))
    grade = ExtrapolationGrade(potential, start)
    places = run.positions[: broken + 1]
    return places, np.array([grade.per_atom(Atoms(begin.numbers, x)) for x in places]), broken


def molecule(ax, positions, grades=None, size=1.0):
    """Return the marks of butane at positions (T, 14, 3), seen from where the chain lies flat.

    Atoms are grey, those behind paler; with grades (T, 14), orange above 2 and red above 20.
    """
    rest = butane()
    symbols, apart = rest.get_chemical_symbols(), rest.get_all_distances()
    middle = positions[0].mean(axis=0)
    _, _, axes = np.linalg.svd(positions[0] - middle)
    axes[2] *= np.linalg.det(axes)
    places = (positions - middle) @ axes.T
    depth = places[: len(places) // 2, :, 2].mean(axis=0)
    marks = []
    for i, j in np.argwhere(np.triu((apart > 0) & (apart < 1.6))):
        ends = places[:, [i, j], :2]
        length = np.linalg.norm(positions[:, i] - positions[:, j], axis=1)
        whole = np.cumsum(length > 1.5 * apart[i, j]) == 0
        marks.append((depth[[i, j]].min() - 0.01, Stick(ax, ends, 8 * size, BOND, whole)))
    for k, symbol in enumerate(symbols):
        fill = ATOMS[symbol][int(depth[k] < -0.3)]
        if grades is not None:
            above = np.digitize(grades[:, k], [butane_loop.COLLECT, butane_loop.STOP])
            fill = [(fill, ORANGE, RED)[n] for n in above]
        radius = size * (21 if symbol == "C" else 14.5)
        marks.append((depth[k], Dot(ax, places[:, k, :2], radius, fill)))
    return [mark for _, mark in sorted(marks, key=lambda mark: mark[0])]
