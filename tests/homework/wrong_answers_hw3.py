"""Homework 3: plausible wrong answers, what each must lose, and right ones that look different."""

from tests.homework.wrong_answers import WrongAnswer


def wrong(name: str, cell: str, source: str) -> WrongAnswer:
    """A mistake in one solution cell, which loses that cell's test and no other."""
    return WrongAnswer(name, {cell: source.strip() + "\n"}, {f"test-{cell}"})


def right(name: str, cell: str, source: str) -> WrongAnswer:
    """Another way to write the answer, which loses nothing."""
    return WrongAnswer(name, {cell: source.strip() + "\n"}, set())


WRONG_ANSWERS = [
    wrong(
        "degrees taken for radians",
        "cells",
        """
def hexagonal_cell(a, alpha):
    a_h, c_h = a * np.sqrt(2 - 2 * np.cos(alpha)), a * np.sqrt(3 + 6 * np.cos(alpha))
    return a_h, c_h, a_h**2 * np.sqrt(3) / 2 * c_h
""",
    ),
    wrong(
        "volume of one rhombohedron",
        "cells",
        """
def hexagonal_cell(a, alpha):
    cosine = np.cos(np.radians(alpha))
    a_h, c_h = a * np.sqrt(2 - 2 * cosine), a * np.sqrt(3 + 6 * cosine)
    return a_h, c_h, a_h**2 * np.sqrt(3) / 2 * c_h / 3
""",
    ),
    wrong(
        "the force without its minus sign",
        "slope",
        """
def suspicious_atoms(E_plus, E_minus, h, forces, tolerance):
    off = np.linalg.norm(forces - (E_plus - E_minus) / (2 * h), axis=1)
    return np.flatnonzero(off > tolerance)
""",
    ),
    wrong(
        "components instead of the vector's length",
        "slope",
        """
def suspicious_atoms(E_plus, E_minus, h, forces, tolerance):
    off = abs(forces + (E_plus - E_minus) / (2 * h)).max(axis=1)
    return np.flatnonzero(off > tolerance)
""",
    ),
    wrong(
        "a wrapped trajectory",
        "unwrap",
        """
def displacements(s, cell):
    return (s - s[0]) @ cell
""",
    ),
    wrong(
        "nearest image of the first frame",
        "unwrap",
        """
def displacements(s, cell):
    away = s - s[0]
    return (away - np.rint(away)) @ cell
""",
    ),
    wrong(
        "cell vectors in columns",
        "unwrap",
        """
def displacements(s, cell):
    steps = np.diff(s, axis=0, prepend=s[:1])
    return np.cumsum(steps - np.rint(steps), axis=0) @ cell.T
""",
    ),
    wrong(
        "drift of all atoms, ions too",
        "framework",
        """
def ions_from_framework(x, masses, is_ion):
    drift = np.einsum("i,tia->ta", masses / masses.sum(), x)
    return x[:, is_ion] - drift[:, None]
""",
    ),
    wrong(
        "mean instead of the centre of mass",
        "framework",
        """
def ions_from_framework(x, masses, is_ion):
    return x[:, is_ion] - x[:, ~is_ion].mean(axis=1, keepdims=True)
""",
    ),
    wrong(
        "one time origin",
        "msd",
        """
def mean_squared_displacement(x, lags):
    return np.array([np.mean(np.sum((x[k] - x[0]) ** 2, axis=-1)) for k in lags])
""",
    ),
    wrong(
        "mean over the three directions",
        "msd",
        """
def mean_squared_displacement(x, lags):
    return np.array([np.mean((x[k:] - x[: len(x) - k]) ** 2) for k in lags])
""",
    ),
    wrong(
        "MSD over 6 times the lag, the cage's offset counted as diffusion",
        "diffusion",
        """
def diffusion(msds, lag_times, window):
    inside = (lag_times >= window[0]) & (lag_times <= window[1])
    D = np.mean(msds[:, inside] / (6 * lag_times[inside]), axis=1)
    return D.mean(), D.std(ddof=1) / np.sqrt(len(D))
""",
    ),
    wrong(
        "scatter of the replicas instead of the error of their mean",
        "diffusion",
        """
def diffusion(msds, lag_times, window):
    inside = (lag_times >= window[0]) & (lag_times <= window[1])
    D = np.polyfit(lag_times[inside], msds[:, inside].T, 1)[0] / 6
    return D.mean(), D.std(ddof=1)
""",
    ),
    wrong(
        "error from the residuals of one line",
        "diffusion",
        """
def diffusion(msds, lag_times, window):
    inside = (lag_times >= window[0]) & (lag_times <= window[1])
    line, covariance = np.polyfit(lag_times[inside], msds[:, inside].mean(axis=0), 1, cov=True)
    return line[0] / 6, np.sqrt(covariance[0, 0]) / 6
""",
    ),
    wrong(
        "all lags instead of the window",
        "diffusion",
        """
def diffusion(msds, lag_times, window):
    D = np.polyfit(lag_times, msds.T, 1)[0] / 6
    return D.mean(), D.std(ddof=1) / np.sqrt(len(D))
""",
    ),
    wrong(
        "log10 in place of ln",
        "arrhenius",
        """
def activation_energy(temperatures, D, errors):
    beta, sigma = 1 / (units.kB * temperatures), errors / D
    line, covariance = np.polyfit(beta, np.log10(D), 1, w=1 / sigma, cov="unscaled")
    return -line[0], np.sqrt(covariance[0, 0])
""",
    ),
    wrong(
        "every point counts the same",
        "arrhenius",
        """
def activation_energy(temperatures, D, errors):
    beta = 1 / (units.kB * temperatures)
    line, covariance = np.polyfit(beta, np.log(D), 1, cov=True) if len(D) > 2 else None
    return -line[0], np.sqrt(covariance[0, 0])
""",
    ),
    wrong(
        "weights of D instead of ln D",
        "arrhenius",
        """
def activation_energy(temperatures, D, errors):
    beta = 1 / (units.kB * temperatures)
    line, covariance = np.polyfit(beta, np.log(D), 1, w=1 / errors, cov="unscaled")
    return -line[0], np.sqrt(covariance[0, 0])
""",
    ),
    wrong(
        "the temperature of the simulation in Nernst and Einstein",
        "conductivity",
        """
def conductivity(D, T_sim, E_a, T, ions, sites, volume):
    there = D * np.exp(-E_a / units.kB * (1 / T - 1 / T_sim))
    return 10 * ions / (volume * 1e-30) * units._e**2 * there * 1e-8 / (units._k * T_sim)
""",
    ),
    wrong(
        "the density of sites with the ions' D",
        "conductivity",
        """
def conductivity(D, T_sim, E_a, T, ions, sites, volume):
    there = D * np.exp(-E_a / units.kB * (1 / T - 1 / T_sim))
    return 10 * sites / (volume * 1e-30) * units._e**2 * there * 1e-8 / (units._k * T)
""",
    ),
    wrong(
        "S/m in place of mS/cm",
        "conductivity",
        """
def conductivity(D, T_sim, E_a, T, ions, sites, volume):
    there = D * np.exp(-E_a / units.kB * (1 / T - 1 / T_sim))
    return ions / (volume * 1e-30) * units._e**2 * there * 1e-8 / (units._k * T)
""",
    ),
    wrong(
        "the Haven ratio upside down",
        "haven",
        """
def haven_ratio(x, lag):
    moved = x[:, lag:] - x[:, : x.shape[1] - lag]
    return np.sum(moved.sum(axis=2) ** 2) / np.sum(moved**2)
""",
    ),
    wrong(
        "a mean of the replicas' quotients",
        "haven",
        """
def haven_ratio(x, lag):
    moved = x[:, lag:] - x[:, : x.shape[1] - lag]
    each = np.sum(moved**2, axis=(1, 2, 3))
    return np.mean(each / np.sum(moved.sum(axis=2) ** 2, axis=(1, 2)))
""",
    ),
    WrongAnswer(
        "lags counted from 1, and the window given in frames",
        {
            "msd": (
                "def mean_squared_displacement(x, lags):\n"
                "    return np.array(\n"
                "        [np.mean(np.sum((x[k + 1:] - x[: -k - 1]) ** 2, axis=-1)) for k in lags]\n"
                "    )\n"
            ),
            "diffusion": (
                "def diffusion(msds, lag_times, window):\n"
                "    first, last = np.array(window, int)\n"
                "    part = slice(first, last + 1)\n"
                "    D = np.polyfit(lag_times[part], msds[:, part].T, 1)[0] / 6\n"
                "    return D.mean(), D.std(ddof=1) / np.sqrt(len(D))\n"
            ),
        },
        {"test-msd", "test-diffusion"},
    ),
]

RIGHT_ANSWERS = [
    right(
        "volume from the determinant",
        "cells",
        """
def hexagonal_cell(a, alpha):
    cosine = np.cos(np.radians(alpha))
    metric = a**2 * (cosine + (1 - cosine) * np.eye(3))
    axes = np.array([[1, -1, 0], [0, 1, -1], [1, 1, 1]])
    metric = axes @ metric @ axes.T
    return np.sqrt(metric[0, 0]), np.sqrt(metric[2, 2]), np.sqrt(np.linalg.det(metric))
""",
    ),
    right(
        "frame by frame",
        "unwrap",
        """
def displacements(s, cell):
    away = np.zeros(s.shape)
    for t in range(1, len(s)):
        step = s[t] - s[t - 1]
        away[t] = away[t - 1] + step - np.round(step)
    return np.dot(away, cell)
""",
    ),
    right(
        "polyfit with weights",
        "arrhenius",
        """
def activation_energy(temperatures, D, errors):
    beta = 1 / (units.kB * temperatures)
    line, covariance = np.polyfit(beta, np.log(D), 1, w=D / errors, cov="unscaled")
    return -line[0], np.sqrt(covariance[0, 0])
""",
    ),
    right(
        "the mean of the MSDs, then one line",
        "diffusion",
        """
def diffusion(msds, lag_times, window):
    inside = (lag_times >= window[0]) & (lag_times <= window[1])
    D = [np.polyfit(lag_times[inside], msd[inside], 1)[0] / 6 for msd in msds]
    together = np.polyfit(lag_times[inside], msds[:, inside].mean(axis=0), 1)[0] / 6
    return together, np.sqrt(np.var(D, ddof=1) / len(D))
""",
    ),
]
