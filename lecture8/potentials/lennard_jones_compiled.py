"""The inner loop and the time loop of the fast Lennard-Jones, compiled.

What makes them fast is the order of the work: images instead of rounding, a Verlet list instead of
all pairs (`neighbours.py`), whose neighbours are copied side by side once for a block of atoms, an
inner loop without a jump, without a write and without a look-up, which the processor runs several
neighbours at a time, the energy only where it is asked for, and a time loop that never returns to
Python.
"""

import numpy as np
from numba import prange

from lecture8.just_in_time import njit
from lecture8.potentials.neighbours import moved_too_far, place_images, verlet_list
from lecture8.potentials.time_loop import FAR, arrays_for, kick, kick_and_drift, lost, record

BLOCK = 4  # atoms that share a list: more look at too many, fewer copy too often
AWAY = 1e15  # Å

# The inner loop ----------------------------------------------------------------------------------


@njit(inline="always", fastmath=True, error_model="numpy")
def _pair(r2, parameters):
    """Return the energy u of a pair and its slope du/d(r^2), both zero beyond the cutoff."""
    epsilon, sigma, cutoff, shift = parameters
    inverse = 1 / r2  # the one division of the loop
    x2 = sigma**2 * inverse
    x6 = x2 * x2 * x2
    u = 4 * epsilon * x6 * (x6 - 1) - shift
    slope = 12 * epsilon * x6 * (1 - 2 * x6) * inverse
    # The list reaches beyond the cutoff by the skin: choose, do not jump.
    return (u if r2 < cutoff**2 else 0.0), (slope if r2 < cutoff**2 else 0.0)


@njit(inline="always", fastmath=True, error_model="numpy")
def _switched(u, slope, r2, onset, cutoff):
    """Return u and du/d(r^2) of a pair, led to zero from `onset` to the cutoff."""
    rc2, ro2 = cutoff**2, onset**2
    factor = (rc2 - r2) ** 2 * (rc2 + 2 * r2 - 3 * ro2) / (rc2 - ro2) ** 3
    factor_slope = 6 * (rc2 - r2) * (ro2 - r2) / (rc2 - ro2) ** 3
    slope = slope if r2 < ro2 else factor * slope + factor_slope * u
    return (u if r2 < ro2 else factor * u), slope


# fastmath lets the compiler add up in another order, which is what several at a time means.
@njit(cache=True, fastmath=True, error_model="numpy")
def _forces_of(begin, end, points, verlet, parameters, onset, forces, wanted):
    """Fill the forces on the atoms of the blocks `begin` to `end`, and return their energy.

    Where `wanted` is None, the energy is 0, and where `onset` is, nothing is switched: both are
    known when this is compiled, and cost nothing.
    """
    parent, _, home, block, first, neighbours = verlet
    x, y, z = points
    longest = 0
    for b in range(begin, end):
        longest = max(longest, block[b + 1] - block[b] + first[b + 1] - first[b])
    near_x, near_y, near_z = np.empty(longest), np.empty(longest), np.empty(longest)
    energy = 0.0
    for b in range(begin, end):
        count = np.uint64(0)  # unsigned: spares the check for an index from the end
        for a in range(block[b], block[b + 1]):
            i = np.uint64(home[a])
            near_x[count], near_y[count], near_z[count] = x[i], y[i], z[i]
            count += np.uint64(1)
        for k in range(np.uint64(first[b]), np.uint64(first[b + 1])):
            j = neighbours[k]
            near_x[count], near_y[count], near_z[count] = x[j], y[j], z[j]
            count += np.uint64(1)
        for own in range(np.uint64(block[b + 1] - block[b])):
            xi, yi, zi = near_x[own], near_y[own], near_z[own]
            near_x[own] = AWAY  # it is no neighbour of its own
            fx, fy, fz, e = 0.0, 0.0, 0.0, 0.0
            for k in range(count):
                dx, dy, dz = near_x[k] - xi, near_y[k] - yi, near_z[k] - zi
                r2 = dx * dx + dy * dy + dz * dz
                u, slope = _pair(r2, parameters)
                if onset is not None:
                    u, slope = _switched(u, slope, r2, onset, parameters[2])
                if wanted is not None:
                    e += u
                fx += slope * dx
                fy += slope * dy
                fz += slope * dz
            near_x[own] = xi
            i = parent[home[block[b] + own]]
            # r^2 = |r_j - r_i|^2 falls as r_i moves along d, so F_i = -dV/dr_i = + 2 du/d(r^2) d.
            forces[i, 0], forces[i, 1], forces[i, 2] = 2 * fx, 2 * fy, 2 * fz
            energy += e
    return energy / 2  # each pair was met twice


@njit(cache=True, parallel=True)
def _forces_shared(parts, points, verlet, parameters, onset, forces, wanted):
    """Do the same for all atoms, in parts that the threads take one after another."""
    number = len(verlet.block) - 1
    energies = np.zeros(parts)
    for k in prange(parts):
        begin, end = number * k // parts, number * (k + 1) // parts
        energies[k] = _forces_of(begin, end, points, verlet, parameters, onset, forces, wanted)
    return energies.sum()


@njit(cache=True)
def energy_and_forces(points, verlet, parameters, onset, forces, threads=None, wanted=True):
    """Fill forces (N, 3) and return the energy; `points` is (3, M), x, y and z of all images."""
    if threads is None:
        number = len(verlet.block) - 1
        return _forces_of(0, number, points, verlet, parameters, onset, forces, wanted)
    return _forces_shared(4 * threads, points, verlet, parameters, onset, forces, wanted)


@njit(cache=True, error_model="numpy")
def virial(points, verlet, parameters, onset):
    """Return W = sum over pairs of d F^T (3, 3), F = -2 du/d(r^2) d the force on the far atom."""
    w = np.zeros((3, 3))
    for b in range(len(verlet.block) - 1):
        own = verlet.home[verlet.block[b] : verlet.block[b + 1]]
        others = verlet.neighbours[verlet.first[b] : verlet.first[b + 1]]
        for j in np.concatenate((own, others.astype(own.dtype))):
            for i in own:
                if i != j:
                    d = points[:, j] - points[:, i]
                    r2 = np.sum(d**2)
                    u, slope = _pair(r2, parameters)
                    if onset is not None:
                        u, slope = _switched(u, slope, r2, onset, parameters[2])
                    for m in range(3):
                        for n in range(3):
                            w[m, n] -= 2 * slope * d[m] * d[n]
    return w / 2  # each pair was met twice


# The time loop -----------------------------------------------------------------------------------


@njit(cache=True)
def run(moving, plan, parameters, onset, skin, renew_every, threads):
    """Take the steps of `plan` in place and keep every `record_every`-th.

    Velocity Verlet ("B A B"), or Langevin ("B A O A B") if there is a friction: line by line the
    steps of `lecture8.integrators`, whose `Moving` and `Plan` come in, and whose `TimeLoop` says
    what goes out.
    """
    r, v, masses, cell, periodic = moving
    reach = parameters[2] + skin
    limit = FAR * reach if renew_every == 0 else np.inf
    # What lies beyond reach may be in the list of one block and not in that of the other; in a list
    # that lives too long, it would act and not be acted on.
    block = BLOCK if renew_every == 0 else 1
    verlet, listed = verlet_list(r, cell, periodic, reach, threads, block), r.copy()
    points, forces = np.empty((3, len(verlet.parent))), np.empty_like(r)
    place_images(r, verlet, points)
    energy = energy_and_forces(points, verlet, parameters, onset, forces, threads)
    recorded, taken = arrays_for(plan, r), 0
    while taken < plan.steps:
        kick_and_drift(r, v, forces, masses, plan)
        far = moved_too_far(r, listed, skin / 2)
        if far and lost(r, listed, limit):
            break
        if far if renew_every == 0 else (taken + 1) % renew_every == 0:
            verlet = verlet_list(r, cell, periodic, reach, threads, block)
            listed[:] = r
            points = np.empty((3, len(verlet.parent)))
        place_images(r, verlet, points)
        if (taken + 1) % plan.record_every == 0 or taken + 1 == plan.steps:
            energy = energy_and_forces(points, verlet, parameters, onset, forces, threads)
            if not np.isfinite(energy):
                break
        else:
            energy_and_forces(points, verlet, parameters, onset, forces, threads, None)
        kick(v, forces, masses, plan.timestep / 2)
        taken += 1
        record(recorded, taken, plan, r, v, energy)
    return recorded, forces, energy, taken
