"""Who is near whom: periodic images, cell lists and Verlet lists, compiled.

Three ideas:

- **images** (`images`): instead of rounding a distance to the nearest image in the innermost loop,
  copy every atom that lies within reach of the cell, once. Any shape and size of cell is then the
  same plain loop, even one so small that an atom meets several images of another, or its own.
- **cell list** (`sort_into_boxes`): sort the images into boxes, column by column and upwards in
  each, so that the neighbours of an atom are a stretch of each of the columns around; N atoms cost
  of order N and not N^2.
- **Verlet list** (`verlet_list`): keep all neighbours within cutoff + skin, and use them until an
  atom has moved by half the skin (`moved_too_far`); until then `place_images` lets the images
  follow their atoms. Atoms that are next to each other have nearly the same neighbours: a *block*
  of them can share one list, which is made and read once for all of them.

Every pair stands in the list twice, once for each partner: twice the arithmetic, but the force on
an atom is then a plain sum that a processor can do several terms at a time.
"""

from typing import NamedTuple

import numpy as np
from numba import prange

from lecture8.just_in_time import njit

WIDTH = 1.7  # columns in a reach: many are short, few hold what is not near


class VerletList(NamedTuple):
    """Neighbours of N atoms in B blocks among M images, sorted in space for the sake of the cache.

    Parameters
    ----------
    parent : array (M,) of int
        Of which atom each image is a copy.
    shift : array (M, 3)
        Image position minus atom position, a lattice vector (Å).
    home : array (N,) of int
        The image that stands for each atom, as a place among the M; in order of place.
    block : array (B + 1,) of int
        The atoms of block b are ``home[block[b]:block[b + 1]]``.
    first : array (B + 1,) of int
        The neighbours of its atoms, without these themselves, are
        ``neighbours[first[b]:first[b + 1]]``: all that are within reach of one of them.
    neighbours : array of int
        Places among the M images.
    """

    parent: np.ndarray
    shift: np.ndarray
    home: np.ndarray
    block: np.ndarray
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

    # Of each atom, the cells in which it has an image: from low to high along each vector.
    low, high = np.zeros(positions.shape, np.int64), np.zeros(positions.shape, np.int64)
    for k in range(3):
        if periodic[k]:  # the reach, as a fraction of the distance between opposite faces
            margin = min(reach * np.sqrt(np.sum(inverse[:, k] ** 2)), 1e9)
            low[:, k] = np.ceil(-margin - fractional[:, k])
            high[:, k] = np.floor(1 + margin - fractional[:, k])
    size = 0.0
    for i in range(len(positions)):
        size += (
            (high[i, 0] - low[i, 0] + 1.0)
            * (high[i, 1] - low[i, 1] + 1.0)
            * (high[i, 2] - low[i, 2] + 1.0)
        )
    if size > 1e9:
        raise ValueError("the reach is so long for this cell that memory cannot hold its images")

    parent, shift = np.empty(int(size), np.int64), np.empty((int(size), 3))
    is_home = np.empty(int(size), np.bool_)
    number = 0
    for i in range(len(positions)):
        for n0 in range(low[i, 0], high[i, 0] + 1):
            for n1 in range(low[i, 1], high[i, 1] + 1):
                for n2 in range(low[i, 2], high[i, 2] + 1):
                    parent[number], is_home[number] = i, True
                    for k, n in enumerate((n0, n1, n2)):
                        is_home[number] &= not periodic[k] or n == -np.floor(fractional[i, k])
                        shift[number, k] = n0 * cell[0, k] + n1 * cell[1, k] + n2 * cell[2, k]
                    number += 1
    return parent, shift, is_home


class Boxes(NamedTuple):
    """A grid of boxes, numbered along z first, then along y.

    Parameters
    ----------
    low, edges : array (3,)
        Where the grid begins, and the edges of a box, Å.
    shape : array (3,) of int
        Number of boxes along x, y and z.
    begins : array (boxes + 1,) of int
        Where each box begins, in the order of its points.
    """

    low: np.ndarray
    edges: np.ndarray
    shape: np.ndarray
    begins: np.ndarray


@njit(cache=True)
def sort_into_boxes(points, edges):
    """Return the order of `points` (M, 3) by boxes with at least these `edges` (3,), and `Boxes`.

    Boxes that follow each other along z follow each other in the order, too: a part of a column of
    boxes is one slice.
    """
    low = np.array([points[:, k].min() for k in range(3)])
    high = np.array([points[:, k].max() for k in range(3)])
    shape = ((high - low) / edges).astype(np.int64) + 1
    while shape[0] * shape[1] * shape[2] > 8 * len(points):  # a thin gas: make the boxes wider
        edges = 1.5 * edges
        shape = ((high - low) / edges).astype(np.int64) + 1
    number = np.empty(len(points), np.int64)
    begins = np.zeros(shape[0] * shape[1] * shape[2] + 1, np.int64)
    for p in range(len(points)):
        number[p] = 0
        for k in range(3):
            number[p] = number[p] * shape[k] + int((points[p, k] - low[k]) / edges[k])
        begins[number[p] + 1] += 1
    begins = np.cumsum(begins)
    free = begins[:-1].copy()
    order = np.empty(len(points), np.int64)
    for p in range(len(points)):  # counting sort
        order[free[number[p]]] = p
        free[number[p]] += 1
    return order, Boxes(low, edges, shape, begins)


@njit(cache=True)
def _blocks(points, home, boxes, reach, most):
    """Return block (B + 1,): at most so many atoms that follow each other in one column."""
    x, y, z = points
    block, number = np.zeros(len(home) + 1, np.int64), 1
    for a in range(1, len(home)):
        i, j = home[block[number - 1]], home[a]
        same = a - block[number - 1] < most and z[j] - z[i] < reach
        for k, q in enumerate((x, y)):
            low, edge = boxes.low[k], boxes.edges[k]
            same &= int((q[i] - low) / edge) == int((q[j] - low) / edge)
        if not same:
            block[number] = a
            number += 1
    block[number] = len(home)
    return block[: number + 1].copy()


@njit(cache=True)
def _span(middle, reach, k, boxes):
    """Return the first box within reach along axis k, and the one after the last."""
    begin = int(max((middle - reach - boxes.low[k]) / boxes.edges[k], 0.0))
    end = int((middle + reach - boxes.low[k]) / boxes.edges[k]) + 1
    return begin, min(end, boxes.shape[k])


@njit(cache=True)
def _middle(points, own, centre):
    """Write the centre of some points into `centre` and return how far the farthest is from it."""
    radius = 0.0
    for k in range(3):
        centre[k] = 0.0
        for i in own:
            centre[k] += points[k][i] / len(own)
    for i in own:
        d2 = 0.0
        for k in range(3):
            d2 += (points[k][i] - centre[k]) ** 2
        radius = max(radius, np.sqrt(d2))
    return radius


@njit(cache=True, fastmath=True, error_model="numpy")
def _search(begin, end, points, home, block, boxes, reach, first, partners):
    """Write the neighbours of the blocks `begin` to `end` into `partners`; return how many.

    Those of block b end at ``first[b + 1]``, counted from the first of this search. Where
    `partners` is too short, they are written over and counted on.
    """
    x, y, z = points
    begins, rows, layers = boxes.begins, boxes.shape[1], boxes.shape[2]
    around, spots, hits = np.empty(len(x), np.uint32), np.empty((3, len(x))), np.empty(len(x))
    centre, low, high = np.empty(3), np.empty(3, np.int64), np.empty(3, np.int64)
    count, dropped = 0, 0
    for b in range(begin, end):
        own = home[block[b] : block[b + 1]]
        far = reach + _middle(points, own, centre)
        for k in range(3):
            low[k], high[k] = _span(centre[k], far, k, boxes)
        cx, cy, cz, far2, found = centre[0], centre[1], centre[2], far**2, 0
        for column in range(low[0], high[0]):
            for row in range(low[1], high[1]):
                line = (column * rows + row) * layers
                for j in range(np.uint64(begins[line + low[2]]), np.uint64(begins[line + high[2]])):
                    dx, dy, dz = x[j] - cx, y[j] - cy, z[j] - cz
                    around[np.uint64(found)] = j  # the next takes its place, unless ...
                    found += dx * dx + dy * dy + dz * dz < far2  # ... this one is near
        if count + found > len(partners):
            count, dropped = 0, dropped + count
        count += _nearest(points, own, around[:found], spots, hits, reach, partners[count:])
        first[b + 1] = dropped + count
    return dropped + count


@njit(cache=True, fastmath=True, error_model="numpy")
def _nearest(points, own, around, spots, hits, reach, partners):
    """Write into `partners` which points `around` are within reach of one of `own`; count them.

    None of `own` is. `spots` and `hits` are room to work in.
    """
    x, y, z = points
    number = np.uint64(len(around))
    for k in range(number):
        j = around[k]
        spots[0, k], spots[1, k], spots[2, k] = x[j], y[j], z[j]
        hits[k] = 0
    for a in range(len(own)):
        xi, yi, zi = x[own[a]], y[own[a]], z[own[a]]
        for k in range(number):
            dx, dy, dz = spots[0, k] - xi, spots[1, k] - yi, spots[2, k] - zi
            hits[k] += 1.0 if dx * dx + dy * dy + dz * dz < reach**2 else 0.0
    for a in range(len(own)):
        hits[np.searchsorted(around, own[a])] = 0
    count = 0
    for k in range(number):
        partners[np.uint64(count)] = around[k]
        count += hits[k] > 0
    return count


@njit(cache=True, parallel=True)
def _search_shared(points, home, block, boxes, reach, first, partners):
    """Do the same for all blocks, in parts that threads take, one for each row of `partners`."""
    number, parts = len(block) - 1, len(partners)
    counts = np.empty(parts, np.int64)
    for p in prange(parts):
        begin, end = number * p // parts, number * (p + 1) // parts
        counts[p] = _search(begin, end, points, home, block, boxes, reach, first, partners[p])
    return counts


@njit(cache=True)
def _search_all(points, home, block, boxes, reach, threads):
    """Return first (B + 1,) and neighbours of a `VerletList`."""
    number, parts = len(block) - 1, 1 if threads is None else 4 * threads
    size = 1.0
    for x in points:
        size *= max(x.max() - x.min(), reach)
    evenly = 4 / 3 * np.pi * reach**3 * len(points[0]) / size  # neighbours, if spread evenly
    space = int(2 * evenly * (number // parts + 1))  # in each part
    first = np.zeros(number + 1, np.int64)
    while True:
        partners = np.empty((parts, space + len(points[0])), np.uint32)
        how = points, home, block, boxes, reach, first
        if threads is None:
            counts = np.array([_search(0, number, *how, partners[0])])
        else:
            counts = _search_shared(*how, partners)
        if counts.max() <= space:
            break
        space = counts.max()

    neighbours, done = np.empty(counts.sum(), np.uint32), 0
    for p in range(parts):  # one after the other
        neighbours[done : done + counts[p]] = partners[p, : counts[p]]
        first[number * p // parts + 1 : number * (p + 1) // parts + 1] += done
        done += counts[p]
    return first, neighbours


@njit(cache=True)
def verlet_list(positions, cell, periodic, reach, threads=None, most=1, fx=2.0, fz=8.0):
    """Return the `VerletList` of all neighbours within `reach` (cutoff + skin, Å).

    The first parameters are those of `images`. At most `most` atoms share a list. With a number of
    `threads` the search is shared in parts, some for each; None, which is known when this is
    compiled, leaves out all that starts threads. Refuses (ValueError) what is not finite, a cell
    without volume, and more than a billion images.
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
    width = reach / WIDTH
    order, boxes = sort_into_boxes(points, np.array([width, width, width / 4]))
    parent, shift, points = parent[order], shift[order], points[order]
    home = np.nonzero(is_home[order])[0]
    xyz = points[:, 0].copy(), points[:, 1].copy(), points[:, 2].copy()
    block = _blocks(xyz, home, boxes, reach, most)
    first, neighbours = _search_all(xyz, home, block, boxes, reach, threads)
    return VerletList(parent, shift, home, block, first, neighbours)


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
