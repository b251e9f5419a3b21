"""Who is near whom: periodic images, cell lists and Verlet lists, compiled.

Three ideas:

- **images** (`images`): instead of rounding a distance to the nearest image in the innermost loop,
  copy every atom that lies within reach of the cell, once. Any shape and size of cell is then the
  same plain loop, even one so small that an atom meets several images of another, or its own.
- **cell list** (`sort_into_boxes`): sort the images into boxes as long as the reach, so that a
  neighbour can only be in the 27 boxes around; N atoms cost of order N and not N^2.
- **Verlet list** (`verlet_list`): keep all neighbours within cutoff + skin, and use them until an
  atom has moved by half the skin (`moved_too_far`); until then `place_images` lets the images
  follow their atoms.

Every pair stands in the list twice, once for each partner: twice the arithmetic, but the force on
an atom is then a plain sum that a processor can do eight terms at a time.
"""

from typing import NamedTuple

import numpy as np
from numba import prange

from lecture8.just_in_time import njit


class VerletList(NamedTuple):
    """Neighbours of N atoms among M images, sorted in space for the sake of the cache.

    Parameters
    ----------
    parent : array (M,) of int
        Of which atom each image is a copy.
    shift : array (M, 3)
        Image position minus atom position, a lattice vector (Å).
    home : array (N,) of int
        The image that stands for each atom, as a place among the M; in order of place.
    first : array (N + 1,) of int
        The neighbours of ``home[a]`` are ``neighbours[first[a]:first[a + 1]]``.
    neighbours : array of int
        Places among the M images.
    """

    parent: np.ndarray
    shift: np.ndarray
    home: np.ndarray
    first: np.ndarray
    neighbours: np.ndarray


@njit(cache=True)
def images(positions, cell, periodic, reach):
    """Return parent (M,), shift (M, 3) and is_home (M,) of all images within `reach` of the cell.

    Parameters
    ----------
    positions : array (N, 3)
        Å; atoms may stand outside the cell.
    cell : array (3, 3)
        Rows are lattice vectors, Å; along a direction that is not periodic any independent vector.
    periodic : array (3,) of bool
    reach : float
        Å.
    """
    inverse = np.linalg.inv(cell)
    # positions @ inverse; written out, since BLAS would leave threads of its own spinning.
    fractional = np.zeros_like(positions)
    for i in range(len(positions)):
        for k in range(3):
            for m in range(3):
                fractional[i, k] += positions[i, m] * inverse[m, k]
    margin = np.zeros(3)  # the reach, as a fraction of the distance between opposite faces
    copies = np.zeros(3, np.int64)  # of the cell, to each side
    home = np.zeros_like(fractional)  # the lattice vector that brings each atom into the cell
    for k in range(3):
        if periodic[k]:
            margin[k] = min(reach * np.sqrt(np.sum(inverse[:, k] ** 2)), 1e9)
            copies[k] = int(np.ceil(margin[k]))
            home[:, k] = -np.floor(fractional[:, k])

    size = len(positions)
    for k in range(3):
        size *= 2 * copies[k] + 1
        if size > 1_000_000_000:
            raise ValueError(
                "the reach is so long for this cell that memory cannot hold its images"
            )
    parent, shift = np.empty(size, np.int64), np.empty((size, 3))
    is_home = np.empty(size, np.bool_)
    number = 0
    for n0 in range(-copies[0], copies[0] + 1):
        for n1 in range(-copies[1], copies[1] + 1):
            for n2 in range(-copies[2], copies[2] + 1):
                for i in range(len(positions)):
                    n = (home[i, 0] + n0, home[i, 1] + n1, home[i, 2] + n2)
                    inside = True
                    for k in range(3):
                        s = fractional[i, k] + n[k]
                        inside &= not periodic[k] or -margin[k] <= s <= 1 + margin[k]
                    if inside:
                        parent[number] = i
                        is_home[number] = n0 == 0 and n1 == 0 and n2 == 0
                        for k in range(3):
                            shift[number, k] = (
                                n[0] * cell[0, k] + n[1] * cell[1, k] + n[2] * cell[2, k]
                            )
                        number += 1
    return parent[:number].copy(), shift[:number].copy(), is_home[:number].copy()


@njit(cache=True)
def sort_into_boxes(points, edge):
    """Return the order of `points` (M, 3) by cubic boxes of at least `edge`, and the grid.

    Boxes that follow each other along z follow each other in the order too, so that a column of
    boxes is one slice.

    Returns
    -------
    order : array (M,) of int
    begins : array (boxes + 1,) of int
        Where each box begins in the order.
    box : array (M, 3) of int
        The box of each point, before sorting.
    shape : array (3,) of int
        Number of boxes along x, y and z.
    """
    low = np.array([points[:, k].min() for k in range(3)])
    high = np.array([points[:, k].max() for k in range(3)])
    shape = ((high - low) / edge).astype(np.int64) + 1
    while shape[0] * shape[1] * shape[2] > 8 * len(points):  # a thin gas: make the boxes wider
        edge *= 1.5
        shape = ((high - low) / edge).astype(np.int64) + 1
    box = ((points - low) / edge).astype(np.int64)
    number = (box[:, 0] * shape[1] + box[:, 1]) * shape[2] + box[:, 2]
    begins = np.zeros(shape[0] * shape[1] * shape[2] + 1, np.int64)
    for b in number:
        begins[b + 1] += 1
    begins = np.cumsum(begins)
    free = begins[:-1].copy()
    order = np.empty(len(points), np.int64)
    for p in range(len(points)):  # counting sort
        order[free[number[p]]] = p
        free[number[p]] += 1
    return order, begins, box, shape


@njit(cache=True, fastmath=True, error_model="numpy")
def _search(begin, end, points, home, grid, reach, first, partners):
    """Write the neighbours of ``home[begin:end]`` into `partners`; return how many there are.

    The neighbours of atom a end at ``first[a + 1]``, counted from the first of this search. Where
    `partners` is too short, they are written over and counted on.
    """
    x, y, z = points
    begins, box, shape = grid
    near = np.empty(len(x))  # squared distances to one column of boxes
    space = len(partners) - len(x)  # a column holds at most all
    count, dropped = 0, 0
    for a in range(begin, end):
        i = np.uint64(home[a])  # unsigned: spares the check for an index from the end
        b0, b1, b2 = box[home[a]]
        for c0 in range(max(b0 - 1, 0), min(b0 + 2, shape[0])):
            for c1 in range(max(b1 - 1, 0), min(b1 + 2, shape[1])):
                if count > space:
                    count, dropped = 0, dropped + count
                column = (c0 * shape[1] + c1) * shape[2]
                low = np.uint64(begins[column + max(b2 - 1, 0)])
                high = np.uint64(begins[column + min(b2 + 2, shape[2])])
                for j in range(low, high):
                    near[j - low] = (x[j] - x[i]) ** 2 + (y[j] - y[i]) ** 2 + (z[j] - z[i]) ** 2
                for j in range(low, high):
                    partners[np.uint64(count)] = j  # the next takes its place, unless ...
                    count += (near[j - low] < reach**2) & (j != i)  # ... this one is near
        first[a + 1] = dropped + count
    return dropped + count


@njit(cache=True, parallel=True)
def _search_shared(points, home, grid, reach, first, partners):
    """Do the same for all atoms, in blocks that threads take, one for each row of `partners`."""
    number, blocks = len(home), len(partners)
    counts = np.empty(blocks, np.int64)
    for b in prange(blocks):
        begin, end = number * b // blocks, number * (b + 1) // blocks
        counts[b] = _search(begin, end, points, home, grid, reach, first, partners[b])
    return counts


@njit(cache=True)
def _search_all(points, home, grid, reach, threads):
    """Return first (N + 1,) and neighbours of a `VerletList`."""
    size = 1.0
    for x in points:
        size *= max(x.max() - x.min(), reach)
    evenly = 4 / 3 * np.pi * reach**3 * len(points[0]) / size  # neighbours, if spread evenly

    number, blocks = len(home), 1 if threads is None else 4 * threads
    space = int(1.2 * evenly * (number // blocks + 1))  # in each block
    first = np.zeros(number + 1, np.int64)
    while True:
        partners = np.empty((blocks, space + len(points[0])), np.uint32)
        if threads is None:
            counts = np.array([_search(0, number, points, home, grid, reach, first, partners[0])])
        else:
            counts = _search_shared(points, home, grid, reach, first, partners)
        if counts.max() <= space:
            break
        space = counts.max()

    neighbours, done = np.empty(counts.sum(), np.uint32), 0
    for b in range(blocks):  # one after the other
        neighbours[done : done + counts[b]] = partners[b, : counts[b]]
        first[number * b // blocks + 1 : number * (b + 1) // blocks + 1] += done
        done += counts[b]
    return first, neighbours


@njit(cache=True)
def verlet_list(positions, cell, periodic, reach, threads=None):
    """Return the `VerletList` of all neighbours within `reach` (cutoff + skin, Å).

    Parameters are those of `images`. With a number of `threads` the search is shared in blocks,
    some for each; None, which is known when this is compiled, leaves out all that starts threads.
    Refuses (ValueError) what is not finite, a cell without volume, and more than a billion images.
    """
    if not np.all(np.isfinite(positions)):
        raise ValueError("the positions contain NaN or inf, and nobody is near those")
    if not 0 < reach < np.inf:
        raise ValueError("the reach is not a positive number; give one in Å")
    volume = abs(np.linalg.det(cell))
    size = 1.0
    for k in range(3):
        size *= np.sqrt(np.sum(cell[k] ** 2))
    if not volume > 1e-9 * size:
        raise ValueError("the cell has no volume: its vectors lie in a plane")
    parent, shift, is_home = images(positions, cell, periodic, reach)
    points = positions[parent] + shift
    order, begins, box, shape = sort_into_boxes(points, reach)
    parent, shift, points, box = parent[order], shift[order], points[order], box[order]
    home = np.nonzero(is_home[order])[0]
    xyz = points[:, 0].copy(), points[:, 1].copy(), points[:, 2].copy()
    first, neighbours = _search_all(xyz, home, (begins, box, shape), reach, threads)
    return VerletList(parent, shift, home, first, neighbours)


@njit(cache=True)
def place_images(positions, verlet, points):
    """Move every image, `points` (3, M), to where its atom is now."""
    for s in range(len(verlet.parent)):
        for k in range(3):
            points[k, s] = positions[verlet.parent[s], k] + verlet.shift[s, k]


@njit(cache=True)
def moved_too_far(positions, listed, limit):
    """Say whether an atom moved further than `limit` since the list was made (or became NaN)."""
    far = False
    for i in range(len(positions)):
        d2 = 0.0
        for k in range(3):
            d2 += (positions[i, k] - listed[i, k]) ** 2
        far |= not d2 <= limit**2  # also true for NaN
    return far
