"""The inner loop and the time loop of the fast Lennard-Jones, compiled.

What makes them fast is the order of the work: images instead of rounding, a Verlet list instead of
all pairs (`neighbours.py`), an inner loop without a jump and without a write, which the processor
runs several neighbours at a time, and a time loop that never returns to Python.
"""

import numpy as np
from numba import prange

from lecture8.just_in_time import njit
from lecture8.potentials.neighbours import moved_too_far, place_images, verlet_list
from lecture8.potentials.time_loop import FAR, arrays_for, kick, kick_and_drift, lost, record

# The inner loop ----------------------------------------------------------------------------------


@njit(inline="always", fastmath=True, error_model="numpy")
def _pair(r2, parameters):
    """Return the energy u of a pair and its slope du/d(r^2), both zero beyond the cutoff."""
    epsilon, sigma, cutoff, onset, shift = parameters
    rc2, ro2 = cutoff**2, onset**2
    inverse = 1 / r2  # the one division of the loop
    x2 = sigma**2 * inverse
    x6 = x2 * x2 * x2
    u = 4 * epsilon * x6 * (x6 - 1) - shift
    slope = 12 * epsilon * x6 * (1 - 2 * x6) * inverse
    if onset < cutoff:
        factor = (rc2 - r2) ** 2 * (rc2 + 2 * r2 - 3 * ro2) / (rc2 - ro2) ** 3
        factor_slope = 6 * (rc2 - r2) * (ro2 - r2) / (rc2 - ro2) ** 3
        slope = slope if r2 < ro2 else factor * slope + factor_slope * u
        u = u if r2 < ro2 else factor * u
    # The list reaches beyond the cutoff by the skin: choose, do not jump.
    return (u if r2 < rc2 else 0.0), (slope if r2 < rc2 else 0.0)


# fastmath lets the compiler add up in another order, which is what eight at a time means.
@njit(cache=True, fastmath=True, error_model="numpy")
def _forces_of(begin, end, points, verlet, parameters, forces):
    """Fill the forces on the atoms ``home[begin:end]`` and return their energy."""
    x, y, z = points
    energy = 0.0
    for a in range(begin, end):
        i = np.uint64(verlet.home[a])
        fx, fy, fz, e = 0.0, 0.0, 0.0, 0.0
        for k in range(np.uint64(verlet.first[a]), np.uint64(verlet.first[a + 1])):
            j = verlet.neighbours[k]
            dx, dy, dz = x[j] - x[i], y[j] - y[i], z[j] - z[i]
            u, slope = _pair(dx * dx + dy * dy + dz * dz, parameters)
            e += u
            fx += slope * dx
            fy += slope * dy
            fz += slope * dz
        p = verlet.parent[verlet.home[a]]
        # r^2 = |r_j - r_i|^2 falls as r_i moves along d, so F_i = -dV/dr_i = + 2 du/d(r^2) d.
        forces[p, 0], forces[p, 1], forces[p, 2] = 2 * fx, 2 * fy, 2 * fz
        energy += e
    return energy / 2  # each pair was met twice


@njit(cache=True, parallel=True)
def _forces_shared(blocks, points, verlet, parameters, forces):
    """Do the same for all atoms, in blocks that the threads take one after another."""
    number = len(verlet.home)
    energies = np.zeros(blocks)
    for b in prange(blocks):
        begin, end = number * b // blocks, number * (b + 1) // blocks
        energies[b] = _forces_of(begin, end, points, verlet, parameters, forces)
    return energies.sum()


@njit(cache=True)
def energy_and_forces(points, verlet, parameters, forces, threads=None):
    """Fill forces (N, 3) and return the energy; `points` is (3, M), x, y and z of all images."""
    if threads is None:
        return _forces_of(0, len(verlet.home), points, verlet, parameters, forces)
    return _forces_shared(4 * threads, points, verlet, parameters, forces)


@njit(cache=True, error_model="numpy")
def virial(points, verlet, parameters):
    """Return W = sum over pairs of d F^T (3, 3), F = -2 du/d(r^2) d the force on the far atom."""
    w = np.zeros((3, 3))
    for a in range(len(verlet.home)):
        for k in range(verlet.first[a], verlet.first[a + 1]):
            d = points[:, verlet.neighbours[k]] - points[:, verlet.home[a]]
            _, slope = _pair(np.sum(d**2), parameters)
            for m in range(3):
                for n in range(3):
                    w[m, n] -= 2 * slope * d[m] * d[n]
    return w / 2  # each pair was met twice


# The time loop -----------------------------------------------------------------------------------


@njit(cache=True)
def run(moving, plan, parameters, skin, renew_every, threads):
    """Take the steps of `plan` in place and keep every `record_every`-th.

    Velocity Verlet ("B A B"), or Langevin ("B A O A B") if there is a friction: line by line the
    steps of `lecture8.integrators`, whose `Moving` and `Plan` come in, and whose `TimeLoop` says
    what goes out.
    """
    r, v, masses, cell, periodic = moving
    reach = parameters[2] + skin
    limit = FAR * reach if renew_every == 0 else np.inf
    verlet, listed = verlet_list(r, cell, periodic, reach, threads), r.copy()
    points, forces = np.empty((3, len(verlet.parent))), np.empty_like(r)
    place_images(r, verlet, points)
    energy = energy_and_forces(points, verlet, parameters, forces, threads)
    recorded, taken = arrays_for(plan, r), 0
    while taken < plan.steps:
        kick_and_drift(r, v, forces, masses, plan)
        far = moved_too_far(r, listed, skin / 2)
        if far and lost(r, listed, limit):
            break
        if far if renew_every == 0 else (taken + 1) % renew_every == 0:
            verlet = verlet_list(r, cell, periodic, reach, threads)
            listed[:] = r
            points = np.empty((3, len(verlet.parent)))
        place_images(r, verlet, points)
        energy = energy_and_forces(points, verlet, parameters, forces, threads)
        if not np.isfinite(energy):
            break
        kick(v, forces, masses, plan.timestep / 2)
        taken += 1
        record(recorded, taken, plan, r, v, energy)
    return recorded, forces, energy, taken
