"""Hidden tests of homework 3, foundation models and conductivity: number -> test and hint.

A test with a slip of one kind in mind leaves out the others, so that a slip costs a share.
Tolerances: `agree` has that of a closed form; a check says why it uses another. Random cases are
seeded, and none is shown in the notebook.
"""

import numpy as np
from answers import Check, agree

KB, E, K = 8.617330337217213e-05, 1.6021766208e-19, 1.38064852e-23  # eV/K, C, J/K, as ase.units
CONSTANTS = {"rtol": 1e-5}  # other editions of the constants differ in the seventh digit
STRAIGHT = np.diag([7.0, 8.5, 11.0])  # Å
SKEW = np.array([[8.0, 0.0, 0.0], [3.5, 7.0, 0.0], [-3.0, 3.2, 6.5]])  # Å


# -- 1: one crystal, two cells
def rhombohedron(a, alpha):
    """Cell vectors of three equal lengths and angles (degrees), in rows."""
    c, s = np.cos(np.radians(alpha)), np.sin(np.radians(alpha))
    x = (c - c * c) / s
    return a * np.array([[1, 0, 0], [c, s, 0], [c, x, np.sqrt(1 - c * c - x * x)]])


def hexagonal(which):
    """Make the check of one of the three numbers, for acute and obtuse angles."""

    def check(hexagonal_cell):
        for a, alpha in ((6.3, 41.0), (9.1, 88.0), (5.2, 104.0)):
            first, second, third = vectors = rhombohedron(a, alpha)
            expected = (
                np.linalg.norm(first - second),
                np.linalg.norm(first + second + third),
                3 * np.linalg.det(vectors),
            )
            a_h, c_h, V_h = hexagonal_cell(a, alpha)
            if not agree((a_h, c_h, V_h)[which], expected[which]):
                return False
        return True

    return check


# -- 2: is the force the slope of the energy?
def claims(seed, atoms, h):
    """Energies beside a point, and the forces that belong to them."""
    rng = np.random.default_rng(seed)
    forces = rng.normal(size=(atoms, 3))
    middle = rng.normal(scale=0.01, size=(atoms, 3)) - 50
    return middle - h * forces, middle + h * forces, forces


def suspicion(*cases):
    """Make the check of planted faults: each case is {atom: how far its force is off}."""

    def check(suspicious_atoms):
        h, tolerance = 0.004, 0.05
        for seed, faults in enumerate(cases, 21):
            plus, minus, forces = claims(seed, 14, h)
            for atom, off in faults.items():
                forces[atom] += off
            wanted = [i for i, off in sorted(faults.items()) if np.linalg.norm(off) > tolerance]
            if not agree(suspicious_atoms(plus, minus, h, forces, tolerance), wanted):
                return False
        return True

    return check


# -- 3: from fractional coordinates to displacements
def walk(seed, cell, *, frames, mean, start=(0.0, 1.0)):
    """Make the check of eight ions that walk so far a frame, give or take, in cell vectors."""

    def check(displacements):
        rng = np.random.default_rng(seed)
        first = rng.uniform(*start, size=(1, 8, 3))
        went = np.cumsum(mean + rng.uniform(-0.15, 0.15, (frames, 8, 3)), axis=0)
        went = np.concatenate([np.zeros((1, 8, 3)), went])
        # Hundreds of steps are added up.
        return agree(displacements((first + went) % 1, cell), went @ cell, rtol=0, atol=1e-9)

    return check


# -- 4: as seen from the framework
def seen_from(framework):
    """Make the check for a framework that is "rigid", or whose atoms move "apart"."""

    def check(ions_from_framework):
        rng = np.random.default_rng(41)
        ion = np.array([0, 1, 0, 0, 1, 0, 1, 0, 0], bool)
        x = rng.normal(size=(6, 9, 3))
        if framework == "rigid":
            x[:, ~ion] = x[:, :1]
        drift = x[:, ~ion].sum(axis=1) / 6
        return agree(ions_from_framework(x, ion), x[:, ion] - drift[:, None, :])

    return check


# -- 5: mean squared displacement
def true_msd(x, lags):
    """By the definition."""
    return [((x[k:] - x[: len(x) - k]) ** 2).sum(axis=2).mean() for k in lags]


def steady(mean_squared_displacement):
    """Ions of different, constant speed: every origin says the same."""
    velocities = np.random.default_rng(53).normal(size=(5, 3))
    x, lags = np.arange(30.0)[:, None, None] * velocities, np.array([12, 0, 3, 29])
    return agree(mean_squared_displacement(x, lags), true_msd(x, lags))


def all_origins(mean_squared_displacement):
    """A walk that is not the same all along: one origin gives another number."""
    rng = np.random.default_rng(51)
    x = np.cumsum(rng.normal(size=(80, 5, 3)) * np.linspace(0.1, 2, 80)[:, None, None], axis=0)
    lags = np.array([1, 7, 30, 79])
    return agree(mean_squared_displacement(x, lags), true_msd(x, lags))


def any_order(mean_squared_displacement):
    """Also the lag of zero, and a start away from zero."""
    x, lags = np.random.default_rng(52).normal(size=(25, 3, 3)) + 4, np.array([12, 0, 5, 24])
    return agree(mean_squared_displacement(x, lags), true_msd(x, lags))


# -- 6: diffusion, with an error
def lines(seed, *, replicas=6, noise=0.3, bend=1.0):
    """Noisy lines with a cage, bent outside of 4 to 15 ps, and each replica's D inside."""
    rng = np.random.default_rng(seed)
    times = np.arange(0, 25, 0.5)
    D = rng.uniform(0.1, 0.5, replicas)
    msds = rng.uniform(2, 9, replicas)[:, None] + 6 * D[:, None] * times
    msds += rng.normal(scale=noise, size=msds.shape)
    msds += bend * (np.where(times < 4, -5.0, 0) + np.where(times > 15, 40.0, 0))
    inside = (times >= 4) & (times <= 15)
    t = times[inside] - times[inside].mean()
    return msds, times, (msds[:, inside] @ t) / (t @ t) / 6


def slopes(*, noise, bend):
    """Make the check of D: the cage's offset must not count, nor its spread."""

    def check(diffusion):
        msds, times, D = lines(61, noise=noise, bend=bend)
        found, _ = diffusion(msds, times, np.array([3.9, 15.1]))  # no lag near an end
        return agree(
            found, D.mean(), rtol=1e-7
        )  # ways to fit a line differ in the digits they lose

    return check


def both_ends(diffusion):
    """Straight lines, but for one lag at each end of the window, which must count."""
    times = np.arange(9.0)
    msds = np.array([1.0, 2.0])[:, None] * times
    msds[:, [2, 6]] += [[0.0, 8.0], [0.0, 8.0]]
    wanted = np.polyfit(times[2:7], msds[:, 2:7].T, 1)[0].mean() / 6
    found, _ = diffusion(msds, times, np.array([2.0, 6.0]))
    return agree(found, wanted, rtol=1e-7)


def error_of_the_mean(diffusion):
    """Scatter of the replicas with R - 1, over the square root of R; straight lines."""
    msds, times, D = lines(62, replicas=4, noise=0.0, bend=0.0)
    _, error = diffusion(msds, times, np.array([3.9, 15.1]))
    return agree(error, D.std(ddof=1) / 2, rtol=1e-6)


# -- 7: Arrhenius with weights
def arrhenius(which, relative):
    """Make the check of E_a (0) or its error (1), for points off their line."""

    def check(activation_energy):
        rng = np.random.default_rng(71)
        T = np.array([900.0, 1000, 1150, 1300, 1600])
        D = 150 * np.exp(-0.62 / (KB * T) + rng.normal(scale=0.3, size=5))
        errors = D * relative
        design = np.stack([np.ones(5), -1 / (KB * T)], axis=1) * (D / errors)[:, None]
        covariance = np.linalg.inv(design.T @ design)
        solved = covariance @ design.T @ (np.log(D) * D / errors)
        value, error = activation_energy(T, D, errors)
        return agree(
            (value, error)[which], (solved[1], np.sqrt(covariance[1, 1]))[which], **CONSTANTS
        )

    return check


EQUAL, UNEQUAL = np.full(5, 0.17), np.array([0.6, 0.02, 0.3, 0.05, 0.15])


# -- 8: conductivity where nobody simulated
def nernst_einstein(D, T_sim, E_a, T, ions, volume):
    """In mS/cm."""
    there = D * np.exp(-E_a / KB * (1 / T - 1 / T_sim))
    return 10 * ions / (volume * 1e-30) * E**2 * there * 1e-8 / (K * T)


def sigma(*cases):
    """Make the check of the conductivity; a case is all that the function takes."""

    def check(conductivity):
        return all(
            agree(
                conductivity(D, T_sim, E_a, T, ions, sites, volume),
                nernst_einstein(D, T_sim, E_a, T, ions, volume),
                **CONSTANTS,
            )
            for D, T_sim, E_a, T, ions, sites, volume in cases
        )

    return check


# -- 9: Haven ratio
def true_haven(x, lag):
    """By the definition."""
    moved = x[:, lag:] - x[:, : x.shape[1] - lag]
    charge = moved.sum(axis=2)
    return (moved**2).sum() / (charge**2).sum()


def haven(*speeds, steady=False):
    """Make the check for replicas of these speeds, whose ions share a part of each step."""

    def check(haven_ratio):
        rng = np.random.default_rng(91)
        shape = len(speeds), 60, 5, 3
        steps = rng.normal(size=shape) + 0.7 * rng.normal(size=(*shape[:2], 1, 3))
        if steady:
            steps[:] = steps[0, 0]
        x = np.cumsum(steps * np.array(speeds)[:, None, None, None], axis=1)
        return all(agree(haven_ratio(x, k), true_haven(x, k)) for k in (1, 6, 25))

    return check


CHECKS = {
    "1.1": Check(hexagonal(0), "What is the length of a difference of two vectors?"),
    "1.2": Check(hexagonal(1), "The length of a sum of three vectors, for obtuse angles, too."),
    "1.3": Check(hexagonal(2), "How many primitive cells has the hexagonal one?"),
    "2.1": Check(
        suspicion({2: [0.2, 0, 0], 7: [0, -3.0, 0], 11: [0, 0, -0.09]}),
        "Three of fourteen atoms are off: their indices, smallest first.",
    ),
    "2.2": Check(
        suspicion({}, {5: [0.3, 0, 0], 8: [0, 0, 0.4]}), "There may be none: an empty array."
    ),
    "2.3": Check(
        suspicion({1: [0.04, 0.04, -0.04], 6: [0.03, 0, 0.045]}),
        "Each component is off by less than the tolerance. And the vector?",
    ),
    "2.4": Check(
        suspicion({3: [0.03, -0.035, 0], 9: [0, 0, 0.3], 10: [0.2, 0, 0]}),
        "Components together are off by more than the tolerance, the vector is not.",
    ),
    "3.1": Check(
        walk(31, SKEW, frames=2, mean=0.0, start=(0.4, 0.6)),
        "Nobody leaves this cell, but it is skew: do rows of C stay rows?",
    ),
    "3.2": Check(walk(32, STRAIGHT, frames=300, mean=0.2), "An ion may go round several times."),
    "3.3": Check(
        walk(33, STRAIGHT, frames=120, mean=-0.2), "Ions also leave through the face at zero."
    ),
    "3.4": Check(
        walk(34, SKEW, frames=200, mean=0.2), "In a skew cell, fold before you go over to Å."
    ),
    "4.1": Check(seen_from("rigid"), "The framework moves as one: which atoms does it consist of?"),
    "4.2": Check(seen_from("apart"), "Atoms of the framework move apart: what is their mean?"),
    "5.1": Check(steady, "Steady motion: an average over ions, lags in any order, zero included."),
    "5.2": Check(all_origins, "How many time origins has a lag of k frames? All of them count."),
    "5.3": Check(any_order, "A displacement need not begin at zero; and the longest lag has one."),
    "6.1": Check(
        slopes(noise=0.0, bend=0.0), "Straight lines with an offset: what is their slope in D?"
    ),
    "6.2": Check(slopes(noise=0.3, bend=1.0), "Only what lies in the window counts."),
    "6.3": Check(both_ends, "Both ends of the window are in it."),
    "6.4": Check(error_of_the_mean, "Scatter of the replicas, or error of their mean? N or N - 1?"),
    "7.1": Check(arrhenius(0, EQUAL), "Equal relative errors: which error has ln D?"),
    "7.2": Check(arrhenius(0, UNEQUAL), "A precise point must pull more: by how much?"),
    "7.3": Check(arrhenius(1, EQUAL), "The error follows from those of the points alone."),
    "7.4": Check(arrhenius(1, UNEQUAL), "The error of a slope from points of unequal weight."),
    "8.1": Check(
        sigma(
            (0.08, 1100.0, 0.55, 1100.0, 10, 32, 2620.0),
            (0.11, 1250.0, 0.44, 1250.0, 20, 80, 5100.0),
            (0.05, 980.0, 0.61, 980.0, 13, 48, 3490.0),
        ),
        "At the temperature of the run: the density of which particles?",
    ),
    "8.2": Check(
        sigma(
            (0.31, 1350.0, 0.47, 650.0, 5, 24, 1295.0), (0.31, 1350.0, 0.47, 1900.0, 5, 24, 1295.0)
        ),
        "Elsewhere: which temperature stands in Arrhenius' law, which in Nernst and Einstein's?",
    ),
    "9.1": Check(haven(1, 2, steady=True), "Steady motion: which sum comes first, which square?"),
    "9.2": Check(haven(1.0), "Average over all origins first, then divide."),
    "9.3": Check(haven(0.1, 1, 3, 0.4), "Average over replicas, too, before you divide."),
}
