"""Hidden tests of homework 1, integrators and potentials: name -> function(answer) -> bool.

Tolerances: a closed form is met to 1e-9, which leaves room for another order of the same sums,
unless a check says otherwise. Random cases are seeded, and none is shown in the notebook.
"""

import numpy as np

CLOSE = {"rtol": 1e-9, "atol": 1e-12}


# -- 1: a pair potential and its force
def energy_for_other_parameters(buckingham):
    """Another noble gas, distances in an array of another shape."""
    rng = np.random.default_rng(11)
    A, b, C = 2900.0, 3.6, 42.0
    r = rng.uniform(2.5, 9.0, (4, 3))
    V, _ = buckingham(r, A, b, C)
    return np.shape(V) == r.shape and np.allclose(V, A * np.exp(-b * r) - C / r**6, **CLOSE)


def force_is_minus_the_slope(buckingham):
    """Central differences of the true energy, from the wall to the tail."""
    A, b, C, h = 9100.0, 2.9, 310.0, 1e-4
    r = np.random.default_rng(12).uniform(2.8, 9.0, 20)

    def energy(r):
        return A * np.exp(-b * r) - C / r**6

    _, F = buckingham(r, A, b, C)
    slope = (energy(r + h) - energy(r - h)) / (2 * h)
    # A central difference errs by h^2 times the third derivative over 6: some 1e-8 of the force.
    return np.shape(F) == r.shape and np.allclose(F, -slope, rtol=1e-6, atol=1e-8)


# -- 2: a cutoff that hurts neither energy nor force
def morse(r, depth=0.4, width=1.3, length=2.2):
    """Energy and force of a pair that attracts at the cutoffs used below."""
    x = np.exp(-width * (r - length))
    return depth * (x**2 - 2 * x), 2 * depth * width * (x**2 - x)


def slope_of_the_new_energy(shifted_force):
    """The two must belong together, and be those of this potential."""
    rc, h = 4.6, 1e-4
    r = np.random.default_rng(21).uniform(1.6, 4.5, 15)

    def cut(r):
        return shifted_force(r, *morse(r), rc, *morse(rc))

    (left, _), (_, F), (right, _) = cut(r - h), cut(r), cut(r + h)
    slope = (np.asarray(right) - left) / (2 * h)
    # h^2 times the third derivative over 6, of forces near 1.
    return np.allclose(F, -slope, atol=1e-6) and np.allclose(F, morse(r)[1] - morse(rc)[1])


def attractive_pair(shifted_force):
    """The new energy itself, where the force at the cutoff is negative."""
    rc = 3.9
    r = np.random.default_rng(22).uniform(1.6, rc, 15)
    (V, F), (V_rc, F_rc) = morse(r), morse(rc)
    energy, force = shifted_force(r, V, F, rc, V_rc, F_rc)
    return np.allclose(energy, V - V_rc + F_rc * (r - rc), **CLOSE) and np.allclose(force, F - F_rc)


def beyond_the_cutoff(shifted_force):
    """Zero there, both of them, in whatever order the distances come."""
    r, rc = np.array([7.1, 2.0, 4.01, 3.0, 5.5]), 4.0
    energy, force = shifted_force(r, *morse(r), rc, *morse(rc))
    inside, outside = r < rc, r > rc
    return (
        np.all(np.asarray(energy)[outside] == 0)
        and np.all(np.asarray(force)[outside] == 0)
        and np.all(np.asarray(energy)[inside] < 0)
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
    return V.sum() / 2, -(F / r)[:, :, None] * d


def boxes(seed, walk):
    """Twelve atoms in a box whose edges differ, each `walk` boxes away at most."""
    rng = np.random.default_rng(seed)
    edges = rng.permutation([5.2, 6.1, 7.3])
    return (rng.random((12, 3)) + rng.integers(-walk, walk + 1, (12, 3))) * edges, edges


def box_energy(walk):
    """Make the check of the energy in three boxes."""

    def check(box_energy_and_forces):
        for seed in (31, 32, 33):
            positions, edges = boxes(seed, walk)
            energy, _ = box_energy_and_forces(positions, edges)
            if not np.isclose(energy, soft_box(positions, edges)[0], **CLOSE):
                return False
        return True

    return check


def box_forces(walk):
    """Make the check of the forces in three boxes."""

    def check(box_energy_and_forces):
        for seed in (34, 35, 36):
            positions, edges = boxes(seed, walk)
            _, forces = box_energy_and_forces(positions, edges)
            if not np.allclose(forces, soft_box(positions, edges)[1].sum(axis=1), atol=1e-9):
                return False
        return True

    return check


# -- 4: pressure
def pressure(sign):
    """Make the check for pairs that repel (+1) or attract (-1); 1e-6 for constants' last digits."""

    def check(pressure_MPa):
        rng = np.random.default_rng(41)
        d = rng.standard_normal((30, 3))
        on_i = -sign * rng.uniform(0.01, 0.3, (30, 1)) * d + 0.01 * rng.standard_normal((30, 3))
        kinetic, volume = 0.7, 940.0
        expected = (2 * kinetic - np.sum(d * on_i)) / (3 * volume) * 160217.6634
        return np.isclose(pressure_MPa(kinetic, d, on_i, volume), expected, rtol=1e-6)

    return check


# -- 5: leapfrog
WELL = {"m": 1.7, "k": 0.9, "g": 0.4}
START, STEP, STEPS = (0.6, -1.1), 0.15, 60


def velocity_verlet(r, v, m, k, g):
    """Positions and velocities at full steps, and velocities in the middle of the steps."""
    path, middle = [(r, v)], []
    for _ in range(STEPS):
        middle.append(v + STEP / 2 * (k * r - g * r**3) / m)
        r = r + STEP * middle[-1]
        v = middle[-1] + STEP / 2 * (k * r - g * r**3) / m
        path.append((r, v))
    return *np.array(path).T, np.array(middle)


def leapfrog(which, *, start=START):
    """Make the check of one of leapfrog's three results."""

    def check(answer):
        r, v, middle = velocity_verlet(*start, **WELL)
        expected = (r, middle, WELL["m"] * v**2 / 2)[which]
        values = answer(*start, WELL["m"], WELL["k"], WELL["g"], STEP, STEPS)[which]
        # Rounding, times the growth of errors in a double well over 60 steps.
        return np.shape(values) == expected.shape and np.allclose(values, expected, atol=1e-8)

    return check


# -- 6: how long a step
def step_lengths(which):
    """Make the check of the fifteenth of a period (0) or the limit (1), for three bonds."""

    def check(step_lengths_fs):
        for wavenumber, old, new in (
            (3657.0, (15.999, 1.008), (15.999, 2.014)),
            (1286.0, (12.011, 15.999), (13.003, 17.999)),
            (351.4, (6.015, 7.016), (7.016, 7.016)),
        ):
            a, b = np.array(old), np.array(new)
            mu = a.prod() / a.sum(), b.prod() / b.sum()
            omega = 2 * np.pi * 2.99792458e10 * wavenumber * np.sqrt(mu[0] / mu[1]) * 1e-15  # 1/fs
            expected = (2 * np.pi / omega / 15, 2 / omega)[which]
            # The text gives c to four digits: 1e-4.
            if not np.isclose(step_lengths_fs(wavenumber, a, b)[which], expected, rtol=1e-4):
                return False
        return True

    return check


# -- 7: temperature
def temperature(masses, drift, seed):
    """Make the check for these masses in a box that moves as a whole with `drift` (Å/ps)."""

    def check(temperature_K):
        m = np.array(masses)
        v = np.random.default_rng(seed).normal(0, 2.0, (len(m), 3)) + np.array(drift)
        relative = v - np.average(v, axis=0, weights=m)
        joule = 0.5 * np.sum(m[:, None] * relative**2) * 1.66053907e-27 * 1e4  # u (Å/ps)^2
        expected = 2 * joule / (3 * len(m) - 3) / 1.380649e-23
        return np.isclose(temperature_K(m, v), expected, rtol=1e-5)  # constants of another year

    return check


# -- 8: drift and swing
def energy_record(seed):
    """A record that begins late, drifts, swings, and ends in mid-swing."""
    rng = np.random.default_rng(seed)
    t = 5000.0 + np.arange(0.0, 3330.0, 5.0)
    E = -27.0 - 3e-6 * t + 0.02 * np.sin(t / 130) + 0.004 * rng.standard_normal(len(t))
    return t, E, 64


def line(t, E, N):
    """Slope (meV/atom/ps) and scatter (meV/atom), from the normal equations."""
    t, E = t / 1000, E / N * 1000
    slope = np.sum((t - t.mean()) * (E - E.mean())) / np.sum((t - t.mean()) ** 2)
    return slope, np.std(E - E.mean() - slope * (t - t.mean()))


def drift_under_a_swing(drift_and_swing):
    """The slope alone; 1e-6, since the offset of 5 ps costs digits in some ways to solve."""
    record = energy_record(81)
    return np.isclose(drift_and_swing(*record)[0], line(*record)[0], rtol=1e-6)


def swing_on_a_drift(drift_and_swing):
    """The scatter alone, on a drift that is larger; 1 % forgives N - 2 for N."""
    t, E, N = energy_record(82)
    E = E + 4e-5 * t
    return np.isclose(drift_and_swing(t, E, N)[1], line(t, E, N)[1], rtol=0.01)


def uneven_record(drift_and_swing):
    """Most frames come early. 2 % forgives N - 2 for N among 90 frames, too."""
    t = 900 + 4000 * np.random.default_rng(83).random(90) ** 3
    t.sort()
    E = 12.0 + 2e-5 * t + 0.03 * np.cos(t / 70)
    return np.allclose(drift_and_swing(t, E, 20), line(t, E, 20), rtol=0.02)


# -- 9: what is wrong with this run?
def run_of_beads(fault, seed, *, dt, steps, beads, edge):
    """A ring of beads on springs: times, positions, velocities, masses, potential energies.

    `fault` is a verdict of the notebook, or "cools": friction that leaves the momentum alone.
    """
    rng = np.random.default_rng(seed)
    m = rng.uniform(1, 4, (beads, 1))
    r = home = rng.uniform(0, edge, (beads, 3))
    v = 1.2 * rng.standard_normal((beads, 3)) - np.array([0.2, 0.7, 0.4])
    tied = 0.3 if fault == "momentum changes" else 0.0

    def springs(r):
        d = np.roll(r, -1, axis=0) - r  # to the next bead
        away = (r - home) * (np.arange(beads) == 2)[:, None] * tied
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
            v = centre + (1 - 0.01 * dt) * (v - centre)
    positions, velocities, energies = map(np.array, zip(*frames, strict=True))
    return dt * np.arange(steps + 1), positions, velocities, m[:, 0], energies


SMALL = {"beads": 5, "edge": 4.0}
LARGE = {"beads": 11, "edge": 7.0}
RUNS = {
    "sound": [  # the first swings widely, the second hardly
        ("sound", 91, {"dt": 0.4, "steps": 400, **LARGE}),
        ("sound", 92, {"dt": 0.02, "steps": 600, **SMALL}),
    ],
    "energy drifts": [  # two that rise, one that falls
        ("energy drifts", 93, {"dt": 0.02, "steps": 500, **SMALL}),
        ("energy drifts", 94, {"dt": 0.004, "steps": 500, **LARGE}),
        ("cools", 95, {"dt": 0.05, "steps": 600, **LARGE}),
    ],
    "momentum changes": [
        ("momentum changes", 96, {"dt": 0.1, "steps": 400, **SMALL}),
        ("momentum changes", 97, {"dt": 0.05, "steps": 500, **LARGE}),
    ],
    "positions wrapped": [
        ("positions wrapped", 98, {"dt": 0.1, "steps": 400, **SMALL}),
        ("positions wrapped", 99, {"dt": 0.03, "steps": 500, **LARGE}),
    ],
}


def runs(verdict):
    """Make the check for the runs with this verdict."""

    def check(diagnose):
        return all(
            diagnose(*run_of_beads(fault, seed, **how)) == verdict
            for fault, seed, how in RUNS[verdict]
        )

    return check


CHECKS = {
    "energy for other parameters": energy_for_other_parameters,
    "force is minus the slope": force_is_minus_the_slope,
    "new force is minus the slope of the new energy": slope_of_the_new_energy,
    "attractive pair": attractive_pair,
    "beyond the cutoff": beyond_the_cutoff,
    "energy of a full box": box_energy(walk=0),
    "energy after a long walk": box_energy(walk=3),
    "forces in a full box": box_forces(walk=0),
    "forces after a long walk": box_forces(walk=3),
    "pairs that repel": pressure(+1),
    "pairs that attract": pressure(-1),
    "positions of velocity Verlet": leapfrog(0),
    "velocities at half steps": leapfrog(1),
    "kinetic energy at full steps": leapfrog(2, start=(1.3, 0.8)),
    "step that people use": step_lengths(0),
    "longest stable step": step_lengths(1),
    "few atoms": temperature([83.798] * 6, drift=[0, 0, 0], seed=71),
    "moving box of two elements": temperature([20.18, 131.29] * 5, drift=[7, -4, 2], seed=72),
    "drift under a swing": drift_under_a_swing,
    "swing on a drift": swing_on_a_drift,
    "uneven record": uneven_record,
    "sound runs": runs("sound"),
    "runs whose energy drifts": runs("energy drifts"),
    "runs whose momentum changes": runs("momentum changes"),
    "runs with wrapped positions": runs("positions wrapped"),
}
