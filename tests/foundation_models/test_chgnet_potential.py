"""One backward pass gives what the library's own calculator computes in two."""

import warnings

import numpy as np
import pytest
from ase.stress import full_3x3_to_voigt_6_stress

from lecture8.foundation_models.chgnet_potential import CHGNetPotential
from lecture8.structures import lgps


@pytest.fixture(scope="module")
def distorted():
    rng = np.random.default_rng(0)
    atoms = lgps()
    atoms.set_cell(atoms.cell.array @ (np.eye(3) + rng.normal(scale=0.02, size=(3, 3))), True)
    atoms.positions += rng.normal(scale=0.1, size=atoms.positions.shape)
    return atoms


@pytest.fixture(scope="module")
def both(distorted):
    from chgnet.model import CHGNet, CHGNetCalculator

    model = CHGNet.load(model_name="0.3.0", use_device="cpu", verbose=False)
    ours, library = CHGNetPotential(model), CHGNetCalculator(model, use_device="cpu")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Converting a tensor with requires_grad=True")
        for potential in (ours, library):
            potential.calculate(distorted)
    theirs = library.results | {"stress": full_3x3_to_voigt_6_stress(library.results["stress"])}
    return ours.results, theirs


def test_it_says_what_the_library_says(both):
    ours, library = both
    # Single precision: 1e-7 of an energy of 200 eV, and what it leaves of differences.
    assert ours["energy"] == pytest.approx(float(library["energy"]), abs=1e-4)
    np.testing.assert_allclose(ours["forces"], library["forces"], atol=5e-5)
    np.testing.assert_allclose(ours["stress"], library["stress"], atol=1e-6)


def test_a_cell_taken_for_its_transpose_would_show(both, distorted):
    """The planted bug: in a skew cell, h and h^T give other forces, by more than the tolerance."""
    cell = distorted.cell.array
    wrong = both[0]["forces"] @ cell.T @ np.linalg.inv(cell)
    assert np.abs(wrong - both[1]["forces"]).max() > 100 * 5e-5
