"""The table of a moment tensor basis against published counts, NumPy's einsum and rotation."""

from itertools import count

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from lecture8.fitting.moment_tensors.basis import basis_table, contractions, level_of

# Level: scalars, components of moments, product rows, as in the untrained potentials that MLIP-2
# ships (02.mtp ... 16.mtp: alpha_scalar_moments, alpha_index_basic_count, alpha_index_times_count).
PUBLISHED = {
    2: (1, 1, 0),
    4: (2, 1, 1),
    6: (5, 5, 5),
    8: (9, 11, 14),
    10: (16, 25, 42),
    12: (29, 46, 117),
    14: (52, 81, 348),
    16: (92, 130, 969),
}


def surroundings(seed=0, neighbours=7):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(neighbours, 3))
    # Radial functions: any numbers, one per neighbour and mu.
    return vectors / np.linalg.norm(vectors, axis=1)[:, None], rng.uniform(0.5, 1, (4, neighbours))


def table_values(table, units, radial, products=None):
    values = np.zeros(table.values)
    for a, (mu, x, y, z) in enumerate(table.components):
        values[a] = np.sum(radial[mu] * units[:, 0] ** x * units[:, 1] ** y * units[:, 2] ** z)
    for i1, i2, factor, i3 in table.products if products is None else products:
        values[i3] += factor * values[i1] * values[i2]
    return values[table.scalars]


def einsum_value(matrix, units, radial):
    """The contraction as the definition says it: full tensors, one letter for each shared index."""
    letter = count()
    shared = {
        (i, j): [next(letter) for _ in range(matrix[i][j])]
        for i in range(len(matrix))
        for j in range(i)
    }
    operands = []
    for i, row in enumerate(matrix):
        letters = [x for pair in shared for x in shared[pair] if i in pair]
        tensor = radial[row[i]]
        for _ in letters:
            tensor = tensor[:, ..., None] * units.reshape(len(units), *[1] * (tensor.ndim - 1), 3)
        operands += [tensor.sum(axis=0), letters]
    return float(np.einsum(*operands, []))


@pytest.mark.parametrize("level", PUBLISHED)
def test_as_many_scalars_and_components_as_published(level):
    table = basis_table(level)
    scalars, components, products = PUBLISHED[level]
    assert len(table.scalars) == len(set(table.scalars.tolist())) == scalars
    assert len(table.components) == components
    assert len(table.products) <= products  # ours may be shorter, and is from level 14 on


def test_a_basis_holds_the_one_of_a_lower_level():
    assert set(contractions(8)) < set(contractions(10))
    assert max(level_of(matrix) for matrix in contractions(10)) == 10


@pytest.mark.parametrize("level", [8, 12, 16])
def test_the_table_computes_the_contractions(level):
    table, (units, radial) = basis_table(level), surroundings()
    expected = [einsum_value(matrix, units, radial) for matrix in table.contractions]
    # The same sums of up to some thousand terms, in another order.
    np.testing.assert_allclose(table_values(table, units, radial), expected, rtol=1e-11)


def test_without_the_multiplicities_it_would_not():
    """The twin of the test above: each different component counted once."""
    table, (units, radial) = basis_table(8), surroundings()
    products = table.products.copy()
    products[:, 2] = 1
    expected = [einsum_value(matrix, units, radial) for matrix in table.contractions]
    assert not np.allclose(table_values(table, units, radial, products), expected, rtol=1e-3)


def test_scalars_do_not_turn_with_the_surroundings():
    table, (units, radial) = basis_table(16), surroundings()
    turned = units @ Rotation.random(rng=3).as_matrix().T
    # Rounding in sums of up to some thousand terms.
    np.testing.assert_allclose(
        table_values(table, turned, radial), table_values(table, units, radial), rtol=1e-11
    )


def test_no_scalar_is_a_combination_of_the_others():
    table = basis_table(12)
    values = np.array([table_values(table, *surroundings(seed)) for seed in range(80)])
    singular = np.linalg.svd(values / np.linalg.norm(values, axis=0), compute_uv=False)
    # A dependent column would leave rounding, 1e-16; independent ones of like sign leave 1e-6.
    assert singular[-1] > 1e-9


def test_each_product_uses_what_is_complete():
    """Values are read only after their last row, so that the table can also be read backwards."""
    for level in PUBLISHED:
        products = basis_table(level).products
        assert np.all(np.diff(products[:, 3]) >= 0)
        assert np.all(products[:, :2] < products[:, 3:])
