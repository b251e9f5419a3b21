"""Plausible wrong answers to homework 1, and right ones that look different."""

import nbformat

from tests.homework.in_process import source_of
from tests.homework.wrong_answers import WrongAnswer

SOURCES = {cell.id: cell.source for cell in nbformat.read(source_of("hw1"), as_version=4).cells}


def instead(cell, *changes):
    """The reference solution of `cell` without markers, with each (old, new) replaced once."""
    lines = [line for line in SOURCES[cell].split("\n") if "# BEGIN SOL" not in line]
    source = "\n".join(line for line in lines if "# END SOL" not in line)
    for old, new in changes:
        if source.count(old) != 1:
            raise ValueError(f"{old!r} stands {source.count(old)} times in {cell!r}, not once")
        source = source.replace(old, new)
    return {cell: source}


WRONG_ANSWERS = [
    WrongAnswer(
        "Task 1: the force is the slope, without its minus sign",
        instead(
            "buckingham",
            ("b * repulsion - 6 * attraction / r", "6 * attraction / r - b * repulsion"),
        ),
        {"test-buckingham": 2.0},
    ),
    WrongAnswer(
        "Task 1: the attraction's slope with r to the sixth, not the seventh",
        instead("buckingham", ("6 * attraction / r", "6 * attraction")),
        {"test-buckingham": 2.0},
    ),
    WrongAnswer(
        "Task 2: the energy only shifted, so that its slope is the old force",
        instead("shifted-force", ("V - V_rc + (r - rc) * F_rc", "V - V_rc")),
        {"test-shifted-force": 0.67},
    ),
    WrongAnswer(
        "Task 2: the linear term with the wrong sign",
        instead("shifted-force", ("+ (r - rc) * F_rc", "- (r - rc) * F_rc")),
        {"test-shifted-force": 0.67},
    ),
    WrongAnswer(
        "Task 2: not zero beyond the cutoff",
        instead("shifted-force", ("inside = r < rc", "inside = r < np.inf")),
        {"test-shifted-force": 0.67},
    ),
    WrongAnswer(
        "Task 3: every pair counted twice in the energy",
        instead("box", ("energy = energy + V", "energy = energy + 2 * V")),
        {"test-box-energy": 1.0},
    ),
    WrongAnswer(
        "Task 3: the forces with d from j to i in mind",
        instead(
            "box",
            ("forces[i] -= F * d / r", "forces[i] += F * d / r"),
            ("forces[j] += F * d / r", "forces[j] -= F * d / r"),
        ),
        {"test-box-forces": 2.0},
    ),
    WrongAnswer(
        "Task 3: a missing reaction: only the first atom of a pair feels it",
        instead("box", ("            forces[j] += F * d / r\n", "")),
        {"test-box-forces": 2.0},
    ),
    WrongAnswer(
        "Task 3: folds one box only, though positions are not wrapped",
        instead(
            "box",
            (
                "d = d - edges * np.round(d / edges)",
                "d = np.where(d > edges / 2, d - edges, np.where(d < -edges / 2, d + edges, d))",
            ),
        ),
        {"test-box-energy": 0.33, "test-box-forces": 0.67},
    ),
    WrongAnswer(
        "Task 3: every edge taken for the first one",
        instead("box", ("edges * np.round(d / edges)", "edges[0] * np.round(d / edges[0])")),
        {"test-box-energy": 0.67, "test-box-forces": 1.33},
    ),
    WrongAnswer(
        "Task 4: the force on i taken for the force on j: pairs that repel pull the walls in",
        instead("pressure", ("virial = -np.sum", "virial = np.sum")),
        {"test-pressure": 1.33},
    ),
    WrongAnswer(
        "Task 4: half of the virial, as if every pair stood twice in the list",
        instead("pressure", ("-np.sum(d * force_on_i)", "-np.sum(d * force_on_i) / 2")),
        {"test-pressure": 1.33},
    ),
    WrongAnswer(
        "Task 4: an ideal gas, which is all that the visible case has",
        instead("pressure", ("-np.sum(d * force_on_i)", "0")),
        {"test-pressure": 1.33},
    ),
    WrongAnswer(
        "Task 5: the half kick at the start forgotten",
        instead(
            "leapfrog",
            ("half = v - dt / 2 * acceleration(r)  # half", "half = v - dt * acceleration(r)  #"),
        ),
        {"test-leapfrog": 1.0, "test-kinetic": 0.5},
    ),
    WrongAnswer(
        "Task 5: kinetic energy from the velocity half a step before",
        instead("leapfrog", ("at_full = half + dt / 2 * acceleration(r)", "at_full = half")),
        {"test-kinetic": 1.0},
    ),
    WrongAnswer(
        "Task 5: the sign of the double well's force",
        instead("leapfrog", ("(k * r - g * r**3) / m", "(g * r**3 - k * r) / m")),
        {"test-leapfrog": 2.0, "test-kinetic": 1.0},
    ),
    WrongAnswer(
        "Task 6: 2 over the frequency, not over omega",
        instead("time-step", ("period / np.pi", "2 * period")),
        {"test-time-step": 1.0},
    ),
    WrongAnswer(
        "Task 6: the mass of the molecule in place of the reduced mass",
        instead("time-step", ("m[0] * m[1] / (m[0] + m[1])", "m[0] + m[1]")),
        {"test-time-step": 1.0},
    ),
    WrongAnswer(
        "Task 7: 3N degrees of freedom",
        instead("temperature", ("3 * len(masses) - 3", "3 * len(masses)")),
        {"test-temperature": 1.0},
    ),
    WrongAnswer(
        "Task 7: the mean velocity taken for that of the centre of mass",
        instead("temperature", ("masses @ v / masses.sum()", "v.mean(axis=0)")),
        {"test-temperature": 1.0},
    ),
    WrongAnswer(
        "Task 7: the motion of the box counted as heat",
        instead("temperature", ("    v = v - masses @ v / masses.sum()\n", "")),
        {"test-temperature": 2.0},
    ),
    WrongAnswer(
        "Task 8: the swing in place of the drift: scatter about the mean",
        instead("drift", ("per_atom - (slope * ps + offset)", "per_atom")),
        {"test-drift": 1.0},
    ),
    WrongAnswer(
        "Task 8: the drift from the first and the last frame",
        instead(
            "drift",
            (
                "return slope,",
                "ends = (per_atom[-1] - per_atom[0]) / (ps[-1] - ps[0])\n    return ends,",
            ),
        ),
        {"test-drift": 1.0},
    ),
    WrongAnswer(
        "Task 8: per fs in place of per ps",
        instead("drift", ("ps = times_fs / 1000", "ps = times_fs")),
        {"test-drift": 2.0},
    ),
    WrongAnswer(
        "Task 9: judged by the potential energy alone",
        instead("runs", ("energy = kinetic + potential_energies", "energy = potential_energies")),
        {"test-runs": 2.0},
    ),
    WrongAnswer(
        "Task 9: a falling energy does not count as drift",
        instead("runs", ("abs(slope) * (times", "slope * (times")),
        {"test-runs": 0.5},
    ),
    WrongAnswer(
        "Task 9: a swing taken for a drift",
        instead(
            "runs",
            (
                "abs(slope) * (times[-1] - times[0]) > 3 * swing",
                "np.ptp(energy) > 0.02 * abs(energy).mean()",
            ),
        ),
        {"test-runs": 0.5},
    ),
    WrongAnswer(
        "Task 9: the velocities' sum taken for the momentum",
        instead("runs", ("masses[:, None] * velocities", "velocities.copy()")),
        {"test-runs": 2.0},
    ),
    WrongAnswer(
        "Task 9: knows the four examples by heart",
        {
            "runs": """
def diagnose(times, positions, velocities, masses, potential_energies):
    for verdict, run in examples.items():
        if np.array_equal(run[1], positions):
            return verdict
    return "sound"
"""
        },
        {"test-runs": 2.0},
    ),
    WrongAnswer(
        "Task 1: a loop over r, which a single number does not survive",
        {
            "buckingham": """
def buckingham(r, A, b, C):
    V = [A * np.exp(-b * x) - C / x**6 for x in r.ravel()]
    F = [A * b * np.exp(-b * x) - 6 * C / x**7 for x in r.ravel()]
    return np.reshape(V, r.shape), np.reshape(F, r.shape)
"""
        },
        {"test-buckingham": 0.67},
    ),
    WrongAnswer(
        "Task 1: a single number becomes an array of one",
        instead("buckingham", ("repulsion = A *", "r = np.atleast_1d(r)\n    repulsion = A *")),
        {"test-buckingham": 0.67},
    ),
    WrongAnswer(
        "Task 1: in single precision",
        instead("buckingham", ("repulsion = A *", "r = np.float32(r)\n    repulsion = A *")),
        {"test-buckingham": 2.0},
    ),
    WrongAnswer(
        "Task 2: the energy cut, the force not",
        instead("shifted-force", ("np.where(inside, F - F_rc, 0.0)", "F - F_rc")),
        {"test-shifted-force": 0.67},
    ),
    WrongAnswer(
        "Task 3: no images at all",
        instead("box", ("            d = d - edges * np.round(d / edges)\n", "")),
        {"test-box-energy": 0.67, "test-box-forces": 1.33},
    ),
    WrongAnswer(
        "Task 3: positions folded into the box, but no images",
        instead(
            "box",
            ("            d = d - edges * np.round(d / edges)\n", ""),
            ("d = positions[j] - positions[i]", "d = positions[j] % edges - positions[i] % edges"),
        ),
        {"test-box-energy": 0.67, "test-box-forces": 1.33},
    ),
    WrongAnswer(
        "Task 3: always the image to the right",
        instead("box", ("np.round(d / edges)", "np.floor(d / edges)")),
        {"test-box-energy": 1.0, "test-box-forces": 2.0},
    ),
    WrongAnswer(
        "Task 4: all nine components of the virial, not its trace",
        instead("pressure", ("-np.sum(d * force_on_i)", "-np.sum(d.T @ force_on_i)")),
        {"test-pressure": 2.0},
    ),
    WrongAnswer(
        "Task 5: a whole kick at the start",
        instead("leapfrog", ("half = v - dt / 2 * acceleration(r)  #", "half = v  #")),
        {"test-leapfrog": 1.0, "test-kinetic": 0.5},
    ),
    WrongAnswer(
        "Task 5: the mean of two kinetic energies, not of two velocities",
        instead(
            "leapfrog",
            (
                "kinetic.append(m * at_full**2 / 2)",
                "after = half + dt * acceleration(r)\n"
                "        kinetic.append(m * (half**2 + after**2) / 4)",
            ),
        ),
        {"test-kinetic": 1.0},
    ),
    WrongAnswer(
        "Task 5: the last kinetic energy from the velocity half a step before",
        instead(
            "leapfrog", ("return np.array", "kinetic[-1] = m * half**2 / 2\n    return np.array")
        ),
        {"test-kinetic": 0.5},
    ),
    WrongAnswer(
        "Task 6: the isotope makes it faster",
        instead(
            "time-step",
            ("reduced(masses) / reduced(new_masses)", "reduced(new_masses) / reduced(masses)"),
        ),
        {"test-time-step": 2.0},
    ),
    WrongAnswer(
        "Task 8: the drift without its sign",
        instead("drift", ("return slope,", "return abs(slope),")),
        {"test-drift": 0.5},
    ),
    WrongAnswer(
        "Task 8: frames numbered, times ignored but for their mean step",
        instead(
            "drift",
            (
                "ps = times_fs / 1000",
                "ps = np.linspace(times_fs[0], times_fs[-1], len(times_fs)) / 1000",
            ),
        ),
        {"test-drift": 1.0},
    ),
    WrongAnswer(
        "Task 9: the swing about the mean, not about the line",
        instead("runs", ("np.std(energy - slope * times - offset)", "np.std(energy)")),
        {"test-runs": 0.25},
    ),
    WrongAnswer(
        "Task 9: momentum compared at the two ends only",
        instead("runs", ("abs(total - total[0]).max()", "abs(total[-1] - total[0]).max()")),
        {"test-runs": 0.25},
    ),
    WrongAnswer(
        "Task 9: the energies at the two ends, not the line",
        instead(
            "runs",
            ("abs(slope) * (times[-1] - times[0]) >", "abs(energy[-1] - energy[0]) > 0.5 *"),
        ),
        {"test-runs": 0.25},
    ),
    WrongAnswer(
        "Task 9: a jump is whatever is longer than 2, in a box of any size",
        instead("runs", ("jumps.max() > 5 * abs(expected).max()", "jumps.max() > 2")),
        {"test-runs": 0.25},
    ),
    WrongAnswer(
        "Task 9: a change of momentum by 0.01, whatever its size",
        instead("runs", ("> 1e-6 * scale", "> 0.01")),
        {"test-runs": 0.25},
    ),
    WrongAnswer(
        "two mistakes at once, in Tasks 4 and 7",
        instead("pressure", ("virial = -np.sum", "virial = np.sum"))
        | instead("temperature", ("3 * len(masses) - 3", "3 * len(masses)")),
        {"test-pressure": 1.33, "test-temperature": 1.0},
    ),
]

RIGHT_ANSWERS = [
    WrongAnswer(
        "Task 2 with a mask, and a list of lists for the result",
        {
            "shifted-force": """
def shifted_force(r, V, F, rc, V_rc, F_rc):
    kept = np.asarray(r) <= rc
    return [list((V - V_rc - F_rc * (rc - r)) * kept), list((F - F_rc) * kept)]
"""
        },
        {},
    ),
    WrongAnswer(
        "Task 3 over all ordered pairs, half of each, wrapping first",
        {
            "box": """
def box_energy_and_forces(positions, edges):
    positions %= edges
    energy, forces = 0, []
    for i, a in enumerate(positions):
        force = np.zeros(3)
        for j, b in enumerate(positions):
            if i == j:
                continue
            d = a - b
            d[d > edges / 2] -= edges[d > edges / 2]
            d[d < -edges / 2] += edges[d < -edges / 2]
            r = np.linalg.norm(d)
            V, F = soft_pair(r)
            energy += V / 2
            force += F * d / r
        forces.append(force)
    return energy, forces
"""
        },
        {},
    ),
    WrongAnswer(
        "Task 5 by velocity Verlet, velocities picked in the middle",
        {
            "leapfrog": """
def leapfrog(r, v, m, k, g, dt, steps):
    rs, halves, kinetic = [r], [], [m * v * v / 2]
    for n in range(steps):
        v += dt / 2 * (k * r - g * r**3) / m
        halves.append(v)
        r += dt * v
        v += dt / 2 * (k * r - g * r**3) / m
        rs.append(r)
        kinetic.append(m * v * v / 2)
    return rs, halves, kinetic
"""
        },
        {},
    ),
    WrongAnswer(
        "Task 6 with rounded constants, by omega",
        {
            "time-step": """
def step_lengths_fs(wavenumber, masses, new_masses):
    mu, new_mu = (np.prod(m) / np.sum(m) for m in (masses, new_masses))
    omega = 2 * np.pi * 2.998e10 * wavenumber * np.sqrt(mu / new_mu)
    return [2 * np.pi / omega * 1e15 / 15, 2 / omega * 1e15]
"""
        },
        {},
    ),
    WrongAnswer(
        "Task 8 by least squares of its own, with N - 2 for the swing",
        {
            "drift": """
def drift_and_swing(times_fs, energies, number_of_atoms):
    columns = np.stack([times_fs, np.ones(len(times_fs))], axis=1)
    line, *_ = np.linalg.lstsq(columns, energies, rcond=None)
    left = energies - columns @ line
    swing = np.sqrt(np.sum(left**2) / (len(left) - 2))
    return line[0] * 1e6 / number_of_atoms, swing * 1e3 / number_of_atoms
"""
        },
        {},
    ),
    WrongAnswer(
        "Task 9 with other thresholds and in another order",
        {
            "runs": """
def diagnose(times, positions, velocities, masses, potential_energies):
    dt = times[1] - times[0]
    kinetic = np.sum(masses * np.sum(velocities**2, axis=2), axis=1) / 2
    total = kinetic + potential_energies
    fit = np.polyval(np.polyfit(times, total, 1), times)
    if abs(fit[-1] - fit[0]) > 3 * np.std(total - fit):
        return "energy drifts"
    P = np.einsum("i,tia->ta", masses, velocities)
    size = np.sum(masses * np.linalg.norm(velocities, axis=2), axis=1).max()
    if np.linalg.norm(P - P.mean(axis=0), axis=1).max() > 0.01 * size:
        return "momentum changes"
    speed = np.linalg.norm(velocities, axis=2).max()
    moved = np.linalg.norm(np.diff(positions, axis=0), axis=2).max()
    if moved > 1.5 * speed * dt:
        return "positions wrapped"
    return "sound"
"""
        },
        {},
    ),
    WrongAnswer(
        "Task 1 in a list, from an array made of whatever comes",
        {
            "buckingham": """
def buckingham(r, A, b, C):
    r = np.asarray(r, float)
    V = A * np.exp(-b * r) - C * r**-6.0
    return [V, A * b * np.exp(-b * r) - 6 * C * r**-7.0]
"""
        },
        {},
    ),
    WrongAnswer(
        "Task 2 with the cutoff itself inside",
        instead("shifted-force", ("inside = r < rc", "inside = r <= rc")),
        {},
    ),
    WrongAnswer(
        "Task 4 by the whole tensor, its trace at the end",
        {
            "pressure": """
def pressure_MPa(kinetic_energy, d, force_on_i, volume):
    W = np.einsum("ma,mb->ab", d, -force_on_i)
    sigma = -W / volume
    return (2 * kinetic_energy / (3 * volume) - np.trace(sigma) / 3) / units.GPa * 1000
"""
        },
        {},
    ),
    WrongAnswer(
        "Task 7 from SI units, in loops",
        {
            "temperature": """
def temperature_K(masses, velocities):
    kg, v = masses * 1.66054e-27, velocities * 100  # m/s
    centre = sum(m * u for m, u in zip(kg, v, strict=True)) / sum(kg)
    joule = sum(m / 2 * (u - centre) @ (u - centre) for m, u in zip(kg, v, strict=True))
    return float(2 * joule / (3 * (len(kg) - 1)) / 1.380649e-23)
"""
        },
        {},
    ),
]
