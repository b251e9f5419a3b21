"""Which contractions of moment tensors make up a basis of a given level, and how to compute them.

The **moments** of an atom's surroundings are tensors: M_{mu,nu} has nu indices and a radial
function f_mu. A **contraction** of k of them to a number is a symmetric k x k matrix A of counts:
A_ii is the mu of moment i and A_ij the number of indices that i and j sum over together, so that
nu_i = sum_{j != i} A_ij. All of a moment's indices are used, so the number is a scalar. Renumbering
the moments is renumbering rows and columns, and changes nothing.

The **level** of a moment is 2 + 4 mu + nu, that of a contraction the sum over its moments; a basis
holds all contractions of up to four moments whose level does not exceed its own.

Shapeev, Multiscale Model. Simul. 14, 1153 (2016), equations 3.3 to 3.5 (the matrix); Podryabinkin
et al., J. Chem. Phys. 159, 084112 (2023) (the level).
"""

from collections import Counter, defaultdict
from functools import cache
from itertools import combinations_with_replacement, permutations, product
from math import factorial, prod
from typing import NamedTuple

import numpy as np

MOST_MOMENTS = 4  # in one contraction, as in MLIP

Matrix = tuple[tuple[int, ...], ...]


class BasisTable(NamedTuple):
    """How to compute the scalars of a basis, as an MLIP .mtp file writes it down.

    Each row of `products` adds to a value, in order: value[i3] += factor * value[i1] * value[i2].

    Parameters
    ----------
    components : integer array (basic, 4)
        mu, x, y, z: value[a] is the sum over neighbours of f_mu(r) times the unit vector's
        components to the powers x, y and z, one component of M_{mu,x+y+z}.
    products : integer array (rows, 4)
        i1, i2, factor, i3.
    scalars : integer array (S,)
        Which values are the basis functions.
    contractions : tuple of matrices
        What each of the S is.
    values : int
        How many values there are in all.
    """

    components: np.ndarray
    products: np.ndarray
    scalars: np.ndarray
    contractions: tuple[Matrix, ...]
    values: int


def level_of(matrix: Matrix) -> int:
    """Return sum_i (2 + 4 mu_i + nu_i)."""
    return sum(2 + 4 * row[i] + sum(row) - row[i] for i, row in enumerate(matrix))


def contractions(level: int) -> list[Matrix]:
    """Return every contraction once, up to `level`: by number of moments, then by level."""
    found = set()
    for k in range(1, MOST_MOMENTS + 1):
        pairs = [(i, j) for i in range(k) for j in range(i)]
        for mus in combinations_with_replacement(range(level // 4 + 1), k):
            spare = level - sum(2 + 4 * mu for mu in mus)
            # A shared index counts for both of its moments.
            for shared in product(range(spare // 2 + 1), repeat=len(pairs)) if spare >= 0 else ():
                if 2 * sum(shared) <= spare:
                    matrix = np.diag(mus)
                    for (i, j), number in zip(pairs, shared, strict=True):
                        matrix[i, j] = matrix[j, i] = number
                    found.add(_canonical(matrix.tolist()))
    return sorted(found, key=lambda matrix: (len(matrix), level_of(matrix), matrix))


def _renumbered(matrix, order) -> Matrix:
    return tuple(tuple(matrix[i][j] for j in order) for i in order)


def _canonical(matrix) -> Matrix:
    """Return the same contraction in the one numbering that all renumberings agree on."""
    return min(_renumbered(matrix, order) for order in permutations(range(len(matrix))))


@cache
def basis_table(level: int) -> BasisTable:
    """Return all contractions up to `level` and a short way to compute them."""
    matrices = contractions(level)
    moments = {(row[i], sum(row) - row[i]) for matrix in matrices for i, row in enumerate(matrix)}
    components = [(mu, *e) for mu, nu in sorted(moments) for e in _exponents(nu)]
    builder = _Builder({component: a for a, component in enumerate(components)})
    for matrix in matrices:
        builder = builder.with_scalar(matrix)
    return BasisTable(
        np.array(components, np.int32),
        np.array(builder.rows, np.int32).reshape(-1, 4),
        np.array([builder.known[matrix] for matrix in matrices], np.int32),
        tuple(matrices),
        builder.values,
    )


@cache
def _exponents(order: int) -> list[tuple[int, int, int]]:
    """Return all (x, y, z) with x + y + z = order: the different components of a tensor."""
    powers = product(range(order, -1, -1), repeat=3)
    return [e for e in powers if sum(e) == order]


def _copies(e) -> int:
    """Return how many index tuples of a symmetric tensor are the component (x, y, z)."""
    return factorial(sum(e)) // prod(factorial(n) for n in e)


def _sum(*exponents) -> tuple[int, int, int]:
    return tuple(map(sum, zip(*exponents, strict=True)))


class _Builder:
    """A growing list of product rows; growing returns a new one, so that ways can be compared."""

    def __init__(self, component, rows=(), known=None):
        self.component = component  # (mu, x, y, z) -> value
        self.rows = list(rows)
        self.known = dict(known or {})  # contraction, also unfinished -> value, or tensor of values
        self.values = rows[-1][3] + 1 if rows else len(component)

    def with_scalar(self, matrix: Matrix) -> "_Builder":
        """Return a builder that knows `matrix` too, by the way that takes the fewest new rows."""
        ways = []
        for order in permutations(range(len(matrix))):
            way = _Builder(self.component, self.rows, self.known)
            way.known[matrix] = way._contract(_renumbered(matrix, order))
            ways.append(way)
        return min(ways, key=lambda way: len(way.rows))

    def _contract(self, matrix: Matrix) -> int:
        """Multiply the moments one after the other and return which value is the scalar."""
        part = _first_part(matrix)
        if len(part) < len(matrix):  # nothing is shared: a product of two scalars known before
            rest = [i for i in range(len(matrix)) if i not in part]
            a, b = (self.known[_canonical(_renumbered(matrix, half))] for half in (part, rest))
            return self._add_value(Counter({(min(a, b), max(a, b)): 1}))
        # An unfinished product is a tensor {open indices: (value, weight)}. The open indices are
        # one (x, y, z) for each later moment that waits for them; it is symmetric in those, so each
        # component stands for `weight` equal ones. It begins as the first moment itself.
        tensor = {
            legs: (
                self.component[(matrix[0][0], *_sum((0, 0, 0), *legs))],
                prod(map(_copies, legs)),
            )
            for legs in product(*map(_exponents, matrix[0][1:]))
        }
        for m in range(1, len(matrix)):
            key = matrix[: m + 1]
            if key not in self.known:
                self.known[key] = self._absorb(tensor, matrix[m][m], matrix[m][m + 1 :])
            tensor = self.known[key]
        return next(iter(tensor.values()))[0]

    def _absorb(self, tensor, mu, shared):
        """Contract `tensor` with the moment it waits for first, which shares with later ones."""
        terms = defaultdict(Counter)
        for (own, *waiting), (value, weight) in tensor.items():
            for new in product(*map(_exponents, shared)):
                legs = tuple(_sum(*pair) for pair in zip(waiting, new, strict=True))
                pair = sorted((value, self.component[(mu, *_sum(own, *new))]))
                terms[legs][tuple(pair)] += weight * prod(map(_copies, new))
        return {legs: (self._add_value(factors), 1) for legs, factors in terms.items()}

    def _add_value(self, factors: Counter) -> int:
        """Add the rows of value = sum of factor * value[i1] * value[i2]; return its number."""
        number = self.values
        self.rows += [(i1, i2, factor, number) for (i1, i2), factor in factors.items()]
        self.values += 1
        return number


def _first_part(matrix: Matrix) -> list[int]:
    """Return the moments that are connected with the first, directly or through others."""
    part = [0]
    for i in part:  # grows as we go
        part += [j for j, n in enumerate(matrix[i]) if n and j not in part]
    return part
