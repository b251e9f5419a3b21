"""Wrapped without saying so, and unwrapped without saying so."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.io import write

from lecture8.ionic_conductivity import read_trajectory, unwrap

from .walks import TRIANGULAR, random_walk, wrap

BOX = np.diag([9.0, 10.0, 11.0])
SYMBOLS = "Li12S8"


def run_of(path, positions, cell=None, pbc=False, symbols=SYMBOLS, **how):
    frames = [Atoms(symbols, positions=r, cell=cell, pbc=pbc) for r in positions]
    write(path / "run.xyz", frames, format="extxyz")
    return read_trajectory(path / "run.xyz", interval_fs=100, **how)


def crystal(cell, *, seed=0, frames=300):
    """Return the truth (T, 20, 3): ions walk, the framework rattles; all over the cell."""
    rng = np.random.default_rng(seed)
    start = rng.random((1, 20, 3)) @ cell
    return start + np.concatenate(
        [
            random_walk(rng, frames, 12, D=0.3),
            0.1 * rng.standard_normal((frames, 8, 3)),
        ],
        axis=1,
    )


PRIMITIVE = 8.0 * (1 - np.eye(3))  # of a cube's face centres: no vector along an axis


TURNED = BOX @ np.linalg.qr(np.random.default_rng(3).standard_normal((3, 3)))[0]


@pytest.mark.parametrize("cell", [BOX, TRIANGULAR, PRIMITIVE, TRIANGULAR @ PRIMITIVE / 11, TURNED])
@pytest.mark.parametrize("with_cell", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_wrapped_positions_that_lost_their_pbc_are_asked_about(cell, with_cell, seed):
    wrapped = wrap(crystal(cell, seed=seed), cell)
    with pytest.raises(ValueError, match=r"not periodic, but atom .* wrapped=True"):
        unwrap(wrapped, with_cell * cell, periodic=[False] * 3)


def test_the_question_has_two_answers(tmp_path):
    true = crystal(TRIANGULAR)
    wrapped = wrap(true, TRIANGULAR)
    for cell in (TRIANGULAR, None):
        with pytest.raises(ValueError, match="wrapped=True"):
            run_of(tmp_path, wrapped, cell)
        with pytest.warns(UserWarning, match=r"you say .* is unwrapped, but .* jumps by"):
            same = run_of(tmp_path, wrapped, cell, wrapped=False)
        np.testing.assert_allclose(same.positions, wrapped, atol=1e-7)
    run = run_of(tmp_path, wrapped, TRIANGULAR, wrapped=True)
    moved = run.positions - run.positions[0]
    np.testing.assert_allclose(moved, true - true[0], atol=1e-5)  # eight digits, 300 steps
    with pytest.raises(ValueError, match="no cell to unwrap with"):
        run_of(tmp_path, wrapped, None, wrapped=True)
    with pytest.raises(ValueError, match="wrapped is 'yes', but must be True, False"):
        run_of(tmp_path, wrapped, TRIANGULAR, wrapped="yes")


@pytest.mark.parametrize("axis", range(3))
def test_one_direction_that_lost_its_pbc_is_enough(axis):
    true = crystal(BOX)
    pbc = np.arange(3) != axis
    with pytest.raises(ValueError, match=f"direction {axis} is not periodic"):
        unwrap(wrap(true, BOX), BOX, periodic=pbc)
    # A slab that is open there: those positions run on.
    slab = wrap(true, BOX)
    slab[..., axis] = true[..., axis]
    unwrapped = unwrap(slab, BOX, periodic=pbc)
    np.testing.assert_allclose(unwrapped - unwrapped[0], true - true[0], atol=1e-9)  # rounding


def test_an_array_of_pbc_is_doubted_and_a_plain_false_is_not():
    wrapped = wrap(crystal(BOX), BOX)
    with pytest.raises(ValueError, match="is not periodic"):
        unwrap(wrapped, BOX, periodic=[False] * 3)
    np.testing.assert_array_equal(unwrap(wrapped, BOX, periodic=False), wrapped)


def test_ions_that_fly_far_in_an_unwrapped_file_are_asked_about(tmp_path):
    rng = np.random.default_rng(1)
    true = crystal(BOX)
    hops = (rng.random((300, 12)) < 0.05)[..., None] * rng.choice([-6.5, 0, 6.5], (300, 12, 3))
    true[:, :12] += np.cumsum(hops, axis=0)
    with pytest.raises(ValueError, match=r"above 0.4 nobody knows .* wrapped=False"):
        run_of(tmp_path, true, BOX, True)
    with pytest.raises(ValueError, match=r"where wrapping cannot put them; .* wrapped=False"):
        run_of(tmp_path, true, BOX, True, limit=0.5)
    run = run_of(tmp_path, true, BOX, True, wrapped=False)
    np.testing.assert_allclose(run.positions, true, atol=1e-7)
    # The planted bug: each hop of 6.5 Å folded into 2.5, 3.5 or 4.5.
    folded = unwrap(wrap(true, BOX), BOX, limit=0.5)
    assert np.ptp(folded[:, :12], axis=0).mean() < 0.7 * np.ptp(true[:, :12], axis=0).mean()


def test_molecules_that_are_wrapped_whole_are_unwrapped(tmp_path):
    rng = np.random.default_rng(2)
    centres = random_walk(rng, 300, 5, D=0.5) + rng.random((1, 5, 3)) @ BOX
    arms = 2.0 * rng.standard_normal((1, 5, 4, 3))
    true = (centres[:, :, None] + arms).reshape(300, 20, 3)
    shift = wrap(centres, BOX) - centres
    whole = true + np.repeat(shift, 4, axis=1)
    run = run_of(tmp_path, whole, BOX, True)
    np.testing.assert_allclose(run.positions - run.positions[0], true - true[0], atol=1e-5)


def tumbling(name, rng, frames, *, turn, speed):
    """Return a molecule (T, N, 3) that flies, and turns at random by `turn` rad in each frame."""
    atoms = molecule(name)
    out = []
    for t in range(frames):
        atoms.rotate(np.degrees(turn * rng.standard_normal()), rng.standard_normal(3), "COM")
        out.append(atoms.positions + speed * t * np.array([1.0, 0.3, 0.0]))
    return np.array(out)


@pytest.mark.parametrize("name", ["H2", "H2O", "CH4", "C6H6", "CH3CH2OH"])
@pytest.mark.parametrize("turn", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("box", [0.0, 12.0])
def test_molecules_in_the_open_stay_as_they_are(name, turn, box):
    for speed in (0.0, 0.2):
        true = tumbling(name, np.random.default_rng(3), 200, turn=turn, speed=speed)
        same = unwrap(true, box * np.eye(3), periodic=[False] * 3)
        np.testing.assert_array_equal(same, true)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("atoms", [1, 2, 13])
@pytest.mark.parametrize("frames", [2, 5, 50, 500])
def test_walkers_in_the_open_stay_as_they_are(seed, atoms, frames):
    true = random_walk(np.random.default_rng(seed), frames, atoms, D=0.5)
    same = unwrap(true, np.zeros((3, 3)), periodic=[False] * 3)
    np.testing.assert_array_equal(same, true)


def test_an_atom_that_leaves_a_cluster_faster_than_its_box_is_wide_stays():
    true = random_walk(np.random.default_rng(4), 30, 5, D=0.01)
    true[:, 0, 0] += 3.0 * np.arange(30)
    np.testing.assert_array_equal(unwrap(true, 5 * np.eye(3), periodic=[False] * 3), true)
