"""Homework 3: plausible wrong answers, what each must lose, and right ones that look different."""

from tests.homework.wrong_answers import WrongAnswer


def wrong(name: str, cell: str, loses: float, source: str) -> WrongAnswer:
    """A mistake in one solution cell, which loses so many points of that cell's test."""
    return WrongAnswer(name, {cell: source.strip() + "\n"}, {f"test-{cell}": loses})


def right(name: str, cell: str, source: str) -> WrongAnswer:
    """Another way to write the answer, which loses nothing."""
    return WrongAnswer(name, {cell: source.strip() + "\n"}, {})


WRONG_ANSWERS = [
    wrong(
        "degrees taken for radians",
        "cells",
        2.0,
        """
def hexagonal_cell(a, alpha):
    a_h, c_h = a * np.sqrt(2 - 2 * np.cos(alpha)), a * np.sqrt(3 + 6 * np.cos(alpha))
    return a_h, c_h, a_h**2 * np.sqrt(3) / 2 * c_h
""",
    ),
    wrong(
        "volume of one rhombohedron",
        "cells",
        0.67,
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
        2.0,
        """
def suspicious_atoms(E_plus, E_minus, h, forces, tolerance):
    off = np.linalg.norm(forces - (E_plus - E_minus) / (2 * h), axis=1)
    return np.flatnonzero(off > tolerance)
""",
    ),
    wrong(
        "components instead of the vector's length",
        "slope",
        0.5,
        """
def suspicious_atoms(E_plus, E_minus, h, forces, tolerance):
    off = abs(forces + (E_plus - E_minus) / (2 * h)).max(axis=1)
    return np.flatnonzero(off > tolerance)
""",
    ),
    wrong(
        "a wrapped trajectory",
        "unwrap",
        3.0,
        """
def displacements(s, cell):
    return (s - s[0]) @ cell
""",
    ),
    wrong(
        "nearest image of the first frame",
        "unwrap",
        2.25,
        """
def displacements(s, cell):
    away = s - s[0]
    return (away - np.rint(away)) @ cell
""",
    ),
    wrong(
        "cell vectors in columns",
        "unwrap",
        1.5,
        """
def displacements(s, cell):
    steps = np.diff(s, axis=0, prepend=s[:1])
    return np.cumsum(steps - np.rint(steps), axis=0) @ cell.T
""",
    ),
    wrong(
        "drift of all atoms, ions too",
        "framework",
        2.0,
        """
def ions_from_framework(x, is_ion):
    return x[:, is_ion] - x.mean(axis=1, keepdims=True)
""",
    ),
    wrong(
        "the middle between the outermost instead of the mean",
        "framework",
        1.0,
        """
def ions_from_framework(x, is_ion):
    framework = x[:, ~is_ion]
    middle = (framework.max(axis=1) + framework.min(axis=1)) / 2
    return x[:, is_ion] - middle[:, None]
""",
    ),
    wrong(
        "one time origin",
        "msd",
        1.33,
        """
def mean_squared_displacement(x, lags):
    return np.array([np.mean(np.sum((x[k] - x[0]) ** 2, axis=-1)) for k in lags])
""",
    ),
    wrong(
        "mean over the three directions",
        "msd",
        2.0,
        """
def mean_squared_displacement(x, lags):
    return np.array([np.mean((x[k:] - x[: len(x) - k]) ** 2) for k in lags])
""",
    ),
    wrong(
        "MSD over 6 times the lag, the cage's offset counted as diffusion",
        "diffusion",
        3.0,
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
        0.75,
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
        0.75,
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
        1.5,
        """
def diffusion(msds, lag_times, window):
    D = np.polyfit(lag_times, msds.T, 1)[0] / 6
    return D.mean(), D.std(ddof=1) / np.sqrt(len(D))
""",
    ),
    wrong(
        "log10 in place of ln",
        "arrhenius",
        2.0,
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
        1.5,
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
        2.0,
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
        1.0,
        """
def conductivity(D, T_sim, E_a, T, ions, sites, volume):
    there = D * np.exp(-E_a / units.kB * (1 / T - 1 / T_sim))
    return 10 * ions / (volume * 1e-30) * units._e**2 * there * 1e-8 / (units._k * T_sim)
""",
    ),
    wrong(
        "the density of sites with the ions' D",
        "conductivity",
        2.0,
        """
def conductivity(D, T_sim, E_a, T, ions, sites, volume):
    there = D * np.exp(-E_a / units.kB * (1 / T - 1 / T_sim))
    return 10 * sites / (volume * 1e-30) * units._e**2 * there * 1e-8 / (units._k * T)
""",
    ),
    wrong(
        "S/m in place of mS/cm",
        "conductivity",
        2.0,
        """
def conductivity(D, T_sim, E_a, T, ions, sites, volume):
    there = D * np.exp(-E_a / units.kB * (1 / T - 1 / T_sim))
    return ions / (volume * 1e-30) * units._e**2 * there * 1e-8 / (units._k * T)
""",
    ),
    wrong(
        "the Haven ratio upside down",
        "haven",
        2.0,
        """
def haven_ratio(x, lag):
    moved = x[:, lag:] - x[:, : x.shape[1] - lag]
    return np.sum(moved.sum(axis=2) ** 2) / np.sum(moved**2)
""",
    ),
    wrong(
        "a mean of the replicas' quotients",
        "haven",
        0.67,
        """
def haven_ratio(x, lag):
    moved = x[:, lag:] - x[:, : x.shape[1] - lag]
    each = np.sum(moved**2, axis=(1, 2, 3))
    return np.mean(each / np.sum(moved.sum(axis=2) ** 2, axis=(1, 2)))
""",
    ),
    wrong(
        "the sum of the components in place of the vector's length",
        "slope",
        0.5,
        """
def suspicious_atoms(E_plus, E_minus, h, forces, tolerance):
    off = abs(forces + (E_plus - E_minus) / (2 * h)).sum(axis=1)
    return np.flatnonzero(off > tolerance)
""",
    ),
    wrong(
        "the worst atom first",
        "slope",
        1.0,
        """
def suspicious_atoms(E_plus, E_minus, h, forces, tolerance):
    off = np.linalg.norm(forces + (E_plus - E_minus) / (2 * h), axis=1)
    return [i for i in np.argsort(-off) if off[i] > tolerance]
""",
    ),
    wrong(
        "None where nothing is suspicious",
        "slope",
        2.0,
        """
def suspicious_atoms(E_plus, E_minus, h, forces, tolerance):
    off = np.linalg.norm(forces + (E_plus - E_minus) / (2 * h), axis=1)
    return np.flatnonzero(off > tolerance) if (off > tolerance).any() else None
""",
    ),
    wrong(
        "steps forward through a face only",
        "unwrap",
        0.75,
        """
def displacements(s, cell):
    steps = np.diff(s, axis=0, prepend=s[:1])
    return np.cumsum(np.where(steps < -0.5, steps + 1, steps), axis=0) @ cell
""",
    ),
    wrong(
        "the step folded in Å, by the edges alone",
        "unwrap",
        0.75,
        """
def displacements(s, cell):
    edges = np.linalg.norm(cell, axis=1)
    steps = np.diff(s @ cell, axis=0, prepend=(s @ cell)[:1])
    return np.cumsum(steps - edges * np.rint(steps / edges), axis=0)
""",
    ),
    wrong(
        "seen from one atom of the framework",
        "framework",
        1.0,
        """
def ions_from_framework(x, is_ion):
    return x[:, is_ion] - x[:, ~is_ion][:, :1]
""",
    ),
    wrong(
        "all atoms returned, not the ions only",
        "framework",
        2.0,
        """
def ions_from_framework(x, is_ion):
    return x - x[:, ~is_ion].mean(axis=1, keepdims=True)
""",
    ),
    wrong(
        "origins one lag apart only",
        "msd",
        1.33,
        """
def mean_squared_displacement(x, lags):
    moved = {k: np.diff(x[::k], axis=0) if k else 0 * x for k in lags}
    return [np.mean(np.sum(moved[k] ** 2, axis=2)) for k in lags]
""",
    ),
    wrong(
        "the same origins for every lag",
        "msd",
        1.33,
        """
def mean_squared_displacement(x, lags):
    first = len(x) - max(lags)
    return np.array([np.mean(np.sum((x[k : k + first] - x[:first]) ** 2, axis=2)) for k in lags])
""",
    ),
    wrong(
        "the ends of the window left out",
        "diffusion",
        0.75,
        """
def diffusion(msds, lag_times, window):
    inside = (lag_times > window[0]) & (lag_times < window[1])
    D = np.polyfit(lag_times[inside], msds[:, inside].T, 1)[0] / 6
    return D.mean(), D.std(ddof=1) / np.sqrt(len(D))
""",
    ),
    wrong(
        "a slope from the two ends of the window",
        "diffusion",
        1.5,
        """
def diffusion(msds, lag_times, window):
    inside = np.flatnonzero((lag_times >= window[0]) & (lag_times <= window[1]))
    first, last = inside[0], inside[-1]
    D = (msds[:, last] - msds[:, first]) / (lag_times[last] - lag_times[first]) / 6
    return D.mean(), D.std(ddof=1) / np.sqrt(len(D))
""",
    ),
    wrong(
        "the scatter with N, not N - 1",
        "diffusion",
        0.75,
        """
def diffusion(msds, lag_times, window):
    inside = (lag_times >= window[0]) & (lag_times <= window[1])
    D = np.polyfit(lag_times[inside], msds[:, inside].T, 1)[0] / 6
    return D.mean(), D.std() / np.sqrt(len(D))
""",
    ),
    wrong(
        "one dimension: a half in place of a sixth of the slope",
        "diffusion",
        3.0,
        """
def diffusion(msds, lag_times, window):
    inside = (lag_times >= window[0]) & (lag_times <= window[1])
    D = np.polyfit(lag_times[inside], msds[:, inside].T, 1)[0] / 2
    return D.mean(), D.std(ddof=1) / np.sqrt(len(D))
""",
    ),
    wrong(
        "weights of 1/sigma in place of its square",
        "arrhenius",
        2.0,
        """
def activation_energy(temperatures, D, errors):
    beta, weight = 1 / (units.kB * temperatures), D / errors
    centre = np.sum(weight * beta) / weight.sum()
    spread = np.sum(weight * (beta - centre) ** 2)
    return -np.sum(weight * (beta - centre) * np.log(D)) / spread, 1 / np.sqrt(spread)
""",
    ),
    wrong(
        "the error from the scatter about the line",
        "arrhenius",
        1.0,
        """
def activation_energy(temperatures, D, errors):
    beta = 1 / (units.kB * temperatures)
    scatter = len(D) > 3
    line, covariance = np.polyfit(
        beta, np.log(D), 1, w=D / errors, cov=True if scatter else "unscaled"
    )
    return -line[0], np.sqrt(covariance[0, 0])
""",
    ),
    wrong(
        "D taken at the temperature of the run",
        "conductivity",
        2.0,
        """
def conductivity(D, T_sim, E_a, T, ions, sites, volume):
    return 1e23 * ions / volume * units._e**2 * D / (units._k * T)
""",
    ),
    wrong(
        "the Haven ratio from one time origin",
        "haven",
        1.33,
        """
def haven_ratio(x, lag):
    moved = x[:, lag] - x[:, 0]
    return np.sum(moved**2) / np.sum(moved.sum(axis=1) ** 2)
""",
    ),
    wrong(
        "a mean of the quotients of all origins",
        "haven",
        1.33,
        """
def haven_ratio(x, lag):
    moved = x[:, lag:] - x[:, :-lag]
    return np.mean(np.sum(moved**2, axis=(2, 3)) / np.sum(moved.sum(axis=2) ** 2, axis=-1))
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
        {"test-msd": 2.0, "test-diffusion": 0.75},
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
    right(
        "an atom at the tolerance is suspicious, too; a list of indices",
        "slope",
        """
def suspicious_atoms(E_plus, E_minus, h, forces, tolerance):
    off = [sum(d**2) ** 0.5 for d in forces + (E_plus - E_minus) / h / 2]
    return [i for i, length in enumerate(off) if length >= tolerance]
""",
    ),
    right(
        "sums and products in plain Python",
        "msd",
        """
def mean_squared_displacement(x, lags):
    found = []
    for k in lags:
        moved = [x[t + k] - x[t] for t in range(len(x) - k)]
        found.append(sum(float((d**2).sum()) for d in moved) / (len(moved) * x.shape[1]))
    return tuple(found)
""",
    ),
    right(
        "constants of 2018, in SI units",
        "conductivity",
        """
def conductivity(D, T_sim, E_a, T, ions, sites, volume):
    e, k = 1.602176634e-19, 1.380649e-23
    D = D * 1e-8 * np.exp(-E_a * e / k * (1 / T - 1 / T_sim))
    return np.array(ions / (volume * 1e-30) * e**2 * D / (k * T) * 10)
""",
    ),
    right(
        "sums, since both means have the same number of terms",
        "haven",
        """
def haven_ratio(x, lag):
    each = together = 0.0
    for replica in x:
        for t in range(len(replica) - lag):
            moved = replica[t + lag] - replica[t]
            each += (moved**2).sum()
            together += (moved.sum(axis=0) ** 2).sum()
    return each / together
""",
    ),
    right(
        "seen from the framework, atom by atom",
        "framework",
        """
def ions_from_framework(x, is_ion):
    centre, total = np.zeros((len(x), 3)), 0.0
    for i, ion in enumerate(is_ion):
        if not ion:
            centre, total = centre + x[:, i], total + 1
    return np.stack([x[:, i] - centre / total for i in np.flatnonzero(is_ion)], axis=1)
""",
    ),
]
