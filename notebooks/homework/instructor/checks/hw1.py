"""Hidden tests of homework 1, integrators and potentials: number -> test and hint.

A test with a slip of one kind in mind leaves out the others, so that a slip costs a share.
Tolerances: `agree` has that of a closed form; a check says why it uses another. Random cases are
seeded, and none is shown in the notebook.
"""

import numpy as np
from answers import Check, agree


# -- 1: a pair potential and its force
def true_buckingham(r, A, b, C):
    """Energy and force."""
    return A * np.exp(-b * r) - C / r**6, A * b * np.exp(-b * r) - 6 * C / r**7


def buckingham_energy(buckingham):
    """Another noble gas, distances in an array of another shape."""
    r, gas = np.random.default_rng(11).uniform(2.5, 9.0, (4, 3)), (2900.0, 3.6, 42.0)
    V, _ = buckingham(r, *gas)
    return agree(V, true_buckingham(r, *gas)[0])


def buckingham_force(buckingham):
    """From the wall to the tail."""
    r, gas = np.random.default_rng(12).uniform(2.8, 9.0, 20), (9100.0, 2.9, 310.0)
    _, F = buckingham(r, *gas)
    return agree(F, true_buckingham(r, *gas)[1])


def buckingham_of_a_number(buckingham):
    """One distance is a number, not an array of one."""
    gas = 5100.0, 3.2, 97.0
    return all(
        agree(buckingham(r, *gas)[which], true_buckingham(r, *gas)[which])
        for r in (2.9, 4.4)
        for which in (0, 1)
    )


# -- 2: a cutoff that hurts neither energy nor force
def morse(r, depth=0.4, width=1.3, length=2.2):
    """Energy and force of a pair that attracts at the cutoffs used below."""
    x = np.exp(-width * (r - length))
    return depth * (x**2 - 2 * x), 2 * depth * width * (x**2 - x)


def new_force(shifted_force):
    """Inside the cutoff."""
    rc, r = 4.6, np.random.default_rng(21).uniform(1.6, 4.5, 15)
    _, F = shifted_force(r, *morse(r), rc, *morse(rc))
    return agree(F, morse(r)[1] - morse(rc)[1])


def new_energy(shifted_force):
    """Inside the cutoff, whose force is negative."""
    rc, r = 3.9, np.random.default_rng(22).uniform(1.6, 3.8, 15)
    V, _ = shifted_force(r, *morse(r), rc, *morse(rc))
    return agree(V, morse(r)[0] - morse(rc)[0] + morse(rc)[1] * (r - rc))


def beyond_the_cutoff(shifted_force):
    """Zero there, both of them, in whatever order the distances come, and at the cutoff itself."""
    r, rc = np.array([7.1, 2.0, 4.01, 4.0, 3.0, 5.5]), 4.0
    V, F = shifted_force(r, *morse(r), rc, *morse(rc))
    inside = r < rc
    return (
        np.shape(V) == r.shape
        and agree(np.asarray(V)[~inside], np.zeros(4))
        and agree(F, np.where(inside, morse(r)[1] - morse(rc)[1], 0.0))
    )


# -- 3: atoms in a periodic box
def soft_box(positions, edges):
    """Energy and forces of the notebook's soft balls, all pairs at once."""
    d = positions[None, :] - positions[:, None]  # (N, N, 3), from i to j
    d -= edges * np.round(d / edges)
    r = np.linalg.norm(d, axis=2) + 10 * np.eye(len(positions))  # no atom meets itself
    s = np.minimum((r / 2.5) ** 2, 1)
    V = 0.8 * (1 - s) ** 2 * (1 - 1.5 * s)
    F = 0.8 * (1 - s) * (3.5 - 4.5 * s) * 2 * r / 2.5**2
    return V.sum() / 2, (-(F / r)[:, :, None] * d).sum(axis=1)


def boxes(where, seed):
    """Twelve atoms in a box whose edges differ."""
    rng = np.random.default_rng(seed)
    edges = rng.permutation([5.2, 6.1, 7.3])
    if where == "middle":  # nobody is nearer to an image than to the atom itself
        return edges / 4 + rng.random((12, 3)) * edges / 2, edges
    walk = {"box": 0, "far": 3}[where]  # boxes that an atom has walked at most
    return (rng.random((12, 3)) + rng.integers(-walk, walk + 1, (12, 3))) * edges, edges


def box(which, where):
    """Make the check of the energy (0) or the forces (1) in three boxes."""

    def check(box_energy_and_forces):
        return all(
            # Opposite forces of some eV/Å cancel: 1e-9 eV/Å is what rounding may leave.
            agree(box_energy_and_forces(*case)[which], soft_box(*case)[which], atol=1e-9)
            for case in (boxes(where, seed) for seed in (31, 32, 33))
        )

    return check


# -- 4: pressure
def pressure(sign):
    """Make the check for pairs that repel (+1), attract (-1), or pull sidewards (0)."""

    def check(pressure_MPa):
        rng = np.random.default_rng(41)
        d = rng.standard_normal((30, 3))
        on_i = -sign * rng.uniform(0.01, 0.3, (30, 1)) * d + 0.01 * rng.standard_normal((30, 3))
        if sign == 0:
            on_i = 0.2 * np.cross(d, [0.3, -0.8, 0.5])
        kinetic, volume = 0.7, 940.0
        expected = (2 * kinetic - np.sum(d * on_i)) / (3 * volume) * 160217.6634
        # 1e-6: other editions of the constants differ in the eighth digit.
        return agree(pressure_MPa(kinetic, d, on_i, volume), expected, rtol=1e-6)

    return check


# -- 5: leapfrog
WELL, STEP, STEPS = {"m": 1.7, "k": 0.9, "g": 0.4}, 0.15, 60
# Rounding, times the growth of errors in a double well over 60 steps.
PATH = {"rtol": 0, "atol": 1e-8}


def acceleration(r):
    """Of the double well."""
    return (WELL["k"] * r - WELL["g"] * r**3) / WELL["m"]


def velocity_verlet(r, v):
    """Positions and velocities at full steps, and velocities in the middle of the steps."""
    path, middle = [(r, v)], []
    for _ in range(STEPS):
        middle.append(v + STEP / 2 * acceleration(r))
        r = r + STEP * middle[-1]
        v = middle[-1] + STEP / 2 * acceleration(r)
        path.append((r, v))
    return *np.array(path).T, np.array(middle)


def path_of(leapfrog, start):
    """Return the three results as arrays; ValueError if one has not its length."""
    results = leapfrog(*start, WELL["m"], WELL["k"], WELL["g"], STEP, STEPS)
    r, middle, K = (np.asarray(values) for values in results)
    if not r.shape == K.shape == (STEPS + 1,) or middle.shape != (STEPS,):
        raise ValueError("wrong lengths")
    return r, middle, K


def first_step(leapfrog):
    """The start: half a kick."""
    for start in ((0.6, -1.1), (-1.9, 0.3)):
        r, middle, _ = path_of(leapfrog, start)
        true_r, _, true_middle = velocity_verlet(*start)
        if not (agree(r[:2], true_r[:2]) and agree(middle[0], true_middle[0])):
            return False
    return True


def positions_follow(leapfrog):
    """Each position from the two before, wherever the first step led."""
    r, _, _ = path_of(leapfrog, (0.7, -1.2))
    kick = STEP**2 * acceleration(r[1:-1])
    return agree(r[0], 0.7) and agree(r[2:], 2 * r[1:-1] - r[:-2] + kick, **PATH)


def velocities_follow(leapfrog):
    """Each velocity from the one before and the force between them, wherever it began."""
    r, middle, _ = path_of(leapfrog, (1.4, 0.5))
    # An ion that nobody moves feels the same force for ever: the positions must be of these.
    of_these = agree(r[0], 1.4) and agree(np.diff(r), STEP * middle, **PATH)
    return of_these and agree(np.diff(middle), STEP * acceleration(r[1:-1]), **PATH)


def whole_path(leapfrog):
    """Positions and velocities as velocity Verlet has them, to the end."""
    r, middle, _ = path_of(leapfrog, (0.6, -1.1))
    true_r, _, true_middle = velocity_verlet(0.6, -1.1)
    return agree(r, true_r, **PATH) and agree(middle, true_middle, **PATH)


def kinetic_between(leapfrog):
    """Inside the path: from its own velocities before and after each full step."""
    r, middle, K = path_of(leapfrog, (1.3, 0.8))
    v = middle[1:] - STEP / 2 * acceleration(r[1:-1])
    return velocities_follow(leapfrog) and agree(K[1:-1], WELL["m"] * v**2 / 2, **PATH)


def kinetic_to_the_ends(leapfrog):
    """All of it, the first and the last included."""
    _, _, K = path_of(leapfrog, (1.3, 0.8))
    return agree(K, WELL["m"] * velocity_verlet(1.3, 0.8)[1] ** 2 / 2, **PATH)


# -- 6: how long a step
def step_lengths(which, *, isotope):
    """Make the check of the fifteenth of a period (0) or the limit (1), for three bonds."""

    def check(step_lengths_fs):
        for wavenumber, old, new in (
            (3657.0, (15.999, 1.008), (15.999, 2.014)),
            (1286.0, (12.011, 15.999), (13.003, 17.999)),
            (351.4, (6.015, 7.016), (7.016, 7.016)),
        ):
            a, b = np.array(old), np.array(new if isotope else old)
            mu = a.prod() / a.sum(), b.prod() / b.sum()
            omega = 2 * np.pi * 2.99792458e10 * wavenumber * np.sqrt(mu[0] / mu[1]) * 1e-15  # 1/fs
            usual, limit = step_lengths_fs(wavenumber, a, b)
            expected = (2 * np.pi / omega / 15, 2 / omega)[which]
            # The text gives c to four digits: 1e-4.
            if not agree((usual, limit)[which], expected, rtol=1e-4):
                return False
        return True

    return check


# -- 7: temperature
def true_temperature(m, v):
    """About the centre of mass, with 3N - 3 degrees of freedom."""
    relative = v - np.average(v, axis=0, weights=m)
    joule = 0.5 * np.sum(m[:, None] * relative**2) * 1.66053907e-27 * 1e4  # u (Å/ps)^2
    return 2 * joule / (3 * len(m) - 3) / 1.380649e-23


def few_atoms(temperature_K):
    """Six of one element, in a box that moves: the mean velocity is that of the centre of mass."""
    m, v = np.full(6, 83.798), np.random.default_rng(71).normal([7, -4, 2], 2.0, (6, 3))
    return agree(temperature_K(m, v), true_temperature(m, v), rtol=1e-5)  # constants' editions


def two_elements(temperature_K):
    """Two streams of many atoms: 1 % forgives the degrees of freedom, not the wrong centre."""
    m = np.array([20.18, 131.29] * 200)
    streams = np.where(m < 100, 3.0, -2.0)[:, None] * [1, 0.5, 0]
    v = np.random.default_rng(72).normal([5, 1, 2], 1.5, (400, 3)) + streams
    return agree(temperature_K(m, v), true_temperature(m, v), rtol=0.01)


# -- 8: drift and swing
def even_record():
    """A record that begins late, drifts, swings, and ends in mid-swing."""
    t = 5000.0 + np.arange(0.0, 3330.0, 5.0)
    noise = 0.004 * np.random.default_rng(81).standard_normal(len(t))
    return t, -27.0 + 3.7e-5 * t + 0.02 * np.sin(t / 130) + noise, 64


def uneven_record():
    """Most frames come early; the energy falls."""
    t = np.sort(900 + 4000 * np.random.default_rng(83).random(90) ** 3)
    return t, 12.0 - 2e-5 * t + 0.03 * np.cos(t / 70), 20


def line(t, E, N):
    """Slope (meV/atom/ps) and scatter (meV/atom), from the normal equations."""
    t, E = t / 1000, E / N * 1000
    slope = np.sum((t - t.mean()) * (E - E.mean())) / np.sum((t - t.mean()) ** 2)
    return slope, np.std(E - E.mean() - slope * (t - t.mean()))


def of_record(which, record):
    """Make the check of drift (0) or swing (1) of a record."""
    # The offset of 5 ps costs digits in some ways to solve; 2 % forgives N - 2 for N of 90 frames.
    rtol = (1e-6, 0.02)[which]

    def check(drift_and_swing):
        drift, swing = drift_and_swing(*record())
        return agree((drift, swing)[which], line(*record())[which], rtol=rtol)

    return check


# -- 9: what is wrong with this run?
def run_of_beads(fault, seed, *, dt, steps, beads, edge, friction=0.01, size=1.0):
    """A ring of beads on springs: times, positions, velocities, masses, potential energies.

    `fault` is a verdict of the notebook; or "cools", friction that leaves the momentum alone; or
    "comes back": all beads are equally heavy and tied, so that the momentum swings; `dt` is then
    such that it ends where it began, after two periods. `size` multiplies all lengths.
    """
    rng = np.random.default_rng(seed)
    m = np.full((beads, 1), 2.5) if fault == "comes back" else rng.uniform(1, 4, (beads, 1))
    r = home = rng.uniform(0, edge, (beads, 3))
    v = 1.2 * rng.standard_normal((beads, 3)) - np.array([0.2, 0.7, 0.4])
    tied = 0.3 * {
        "momentum changes": (np.arange(beads) == 2)[:, None],
        "comes back": np.ones((beads, 1)),
    }.get(fault, np.zeros((beads, 1)))
    if fault == "comes back":  # a step turns the swing by this angle: cos = 1 - (omega dt)^2 / 2
        dt = np.sqrt((2 - 2 * np.cos(4 * np.pi / steps)) * 2.5 / 0.3)

    def springs(r):
        d = np.roll(r, -1, axis=0) - r  # to the next bead
        away = (r - home) * tied
        V = 0.5 * np.sum(d**2) + 0.5 * np.sum(away * (r - home))
        return V, (d - np.roll(d, 1, axis=0) - away) / m

    frames = []
    for _ in range(steps + 1):
        V, a = springs(r)
        frames.append((r % edge if fault == "positions wrapped" else r, v, V))
        if fault == "energy drifts":  # explicit Euler
            r, v = r + dt * v, v + dt * a
            continue
        r = r + dt * v + dt**2 / 2 * a
        v = v + dt / 2 * (a + springs(r)[1])
        if fault == "cools":
            centre = np.sum(m * v, axis=0) / m.sum()
            v = centre + (1 - friction * dt) * (v - centre)
    positions, velocities, energies = map(np.array, zip(*frames, strict=True))
    times = dt * np.arange(steps + 1)
    return times, size * positions, size * velocities, m[:, 0], size**2 * energies


SMALL, LARGE = {"beads": 5, "edge": 4.0}, {"beads": 11, "edge": 7.0}
WRAPPED = "positions wrapped"
# Beside some: who says the same of every run knows nothing.
QUIET = ("sound", "sound", 104, {"dt": 0.02, "steps": 600, **SMALL})
RUNS = {  # number -> runs: what each deserves, its fault, and how it is made
    # Two that are sound, each beside one that is not: who always says "sound" knows nothing.
    "9.1": [
        ("sound", "sound", 91, {"dt": 0.4, "steps": 400, **LARGE}),
        (WRAPPED, WRAPPED, 102, {"dt": 0.1, "steps": 400, **LARGE}),
    ],
    "9.2": [
        ("sound", "sound", 92, {"dt": 0.02, "steps": 600, "size": 200, **SMALL}),
        ("energy drifts", "energy drifts", 103, {"dt": 0.02, "steps": 600, **SMALL}),
    ],
    "9.3": [
        ("energy drifts", "energy drifts", 93, {"dt": 0.02, "steps": 500, **SMALL}),
        ("energy drifts", "energy drifts", 94, {"dt": 0.004, "steps": 500, **LARGE}),
    ],
    "9.4": [("energy drifts", "cools", 95, {"dt": 0.05, "steps": 600, **LARGE}), QUIET],
    # Between four and five swings; three of those about the mean would be more.
    "9.5": [
        ("energy drifts", "cools", 100, {"dt": 0.4, "steps": 200, "friction": 7e-4, **SMALL}),
        QUIET,
    ],
    "9.6": [
        ("momentum changes", "momentum changes", 96, {"dt": 0.1, "steps": 400, **SMALL}),
        (
            "momentum changes",
            "momentum changes",
            97,
            {"dt": 0.05, "steps": 500, "size": 1e-4, **LARGE},
        ),
    ],
    "9.7": [("momentum changes", "comes back", 101, {"dt": None, "steps": 600, **LARGE})],
    "9.8": [
        (WRAPPED, WRAPPED, 98, {"dt": 0.1, "steps": 400, **SMALL}),
        (WRAPPED, WRAPPED, 99, {"dt": 0.03, "steps": 500, "size": 0.02, **LARGE}),
    ],
}


def verdicts(number):
    """Make the check for some runs."""

    def check(diagnose):
        for verdict, fault, seed, how in RUNS[number]:
            found = diagnose(*run_of_beads(fault, seed, **how))
            if not (isinstance(found, str) and found == verdict):
                return False
        return True

    return check


CHECKS = {
    "1.1": Check(buckingham_energy, "The energy, with other A, b, C and an array of two axes."),
    "1.2": Check(
        buckingham_force, "Derive each of the two terms by r: is the force minus their slope?"
    ),
    "1.3": Check(
        buckingham_of_a_number,
        "Call your function with one number, buckingham(4.0, ...): are both results right, and "
        "numbers again?",
    ),
    "2.1": Check(new_force, "The force inside: which constant makes it vanish at the cutoff?"),
    "2.2": Check(
        new_energy,
        "Inside, is the new force minus the slope of the new energy, also where the force at the "
        "cutoff is negative? Try it with central differences.",
    ),
    "2.3": Check(beyond_the_cutoff, "Beyond the cutoff both are zero, in any order of distances."),
    "3.1": Check(box(0, "middle"), "Count each pair once. Here no atom is near a wall."),
    "3.2": Check(box(0, "box"), "A full box: does each direction use its own edge?"),
    "3.3": Check(box(0, "far"), "Positions may be many boxes apart: how many edges lie between?"),
    "3.4": Check(box(1, "middle"), "Each pair pushes both of its atoms. None is near a wall here."),
    "3.5": Check(box(1, "box"), "A full box: do the forces use the same nearest image as r?"),
    "3.6": Check(box(1, "far"), "Positions may be many boxes apart: how many edges lie between?"),
    "4.1": Check(
        pressure(0), "Forces at right angles to d do no work: what is the trace of the virial then?"
    ),
    "4.2": Check(pressure(+1), "Pairs that repel push the walls out. Which force have you got?"),
    "4.3": Check(pressure(-1), "Pairs that attract: the pressure may be negative."),
    "5.1": Check(
        first_step, "You know v at the start, not half a step later: what leads from one to other?"
    ),
    "5.2": Check(
        positions_follow, "Does each position follow from the two before it and the force there?"
    ),
    "5.3": Check(
        velocities_follow, "Does the force at r_n lead from one half-step velocity to the next?"
    ),
    "5.4": Check(whole_path, "Compare the whole path with velocity Verlet's, step by step."),
    "5.5": Check(
        kinetic_between, "A velocity half a step early or late is not the one at the full step."
    ),
    "5.6": Check(
        kinetic_to_the_ends, "Look at the first and the last kinetic energy beside velocity Verlet."
    ),
    "6.1": Check(step_lengths(0, isotope=False), "The period from a wavenumber: mind the units."),
    "6.2": Check(step_lengths(1, isotope=False), "A frequency is not omega."),
    "6.3": Check(step_lengths(0, isotope=True), "Which mass does a bond of two atoms swing with?"),
    "6.4": Check(step_lengths(1, isotope=True), "The limit of the new isotope: which omega?"),
    "7.1": Check(few_atoms, "Few atoms: how many degrees of freedom are left?"),
    "7.2": Check(two_elements, "Two elements: where is the centre of mass, and how fast is it?"),
    "8.1": Check(of_record(0, even_record), "The slope of least squares, in meV/atom/ps."),
    "8.2": Check(of_record(1, even_record), "Take the line away before you take the scatter."),
    "8.3": Check(of_record(0, uneven_record), "The record is not evenly spaced, and it falls."),
    "8.4": Check(of_record(1, uneven_record), "Not evenly spaced: is the line still the line?"),
    "9.1": Check(
        verdicts("9.1"), "A long step: an energy that swings widely and comes back is sound."
    ),
    "9.2": Check(verdicts("9.2"), "A short step, few beads: one run is sound, the other is not."),
    "9.3": Check(verdicts("9.3"), "The total energy rises, in some runs slowly."),
    "9.4": Check(verdicts("9.4"), "An energy can also fall."),
    "9.5": Check(
        verdicts("9.5"),
        "Some four swings: the scatter about the line is smaller than that about the mean.",
    ),
    "9.6": Check(verdicts("9.6"), "Momentum has masses in it, and three components."),
    "9.7": Check(verdicts("9.7"), "Look at the momentum of every frame, not of two."),
    "9.8": Check(
        verdicts("9.8"),
        "How far can a bead come in one step? Its velocity says so, in boxes of any size.",
    ),
}
