"""What a run recorded: its energies, and the ions as their framework sees them."""

from dataclasses import replace

import numpy as np
import pytest

from lecture8.integrators import Trajectory

RNG = np.random.default_rng(0)
SYMBOLS = np.array(["S", "Li", "P", "Li"])


def crystal():
    """Four atoms, 5 instants: ions that walk in a framework that shakes about its centre."""
    positions = RNG.standard_normal((5, 4, 3))
    framework = SYMBOLS != "Li"
    centre = positions[:, framework].mean(axis=1, keepdims=True)
    positions[:, framework] -= centre - centre[0]
    return Trajectory(
        times=np.arange(5.0),
        positions=positions,
        velocities=RNG.standard_normal((5, 4, 3)),
        masses=np.array([32.0, 7.0, 31.0, 7.0]),
        potential_energies=np.zeros(5),
        symbols=SYMBOLS,
        cell=8 * np.eye(3),
    )


def test_the_ions_are_seen_from_the_framework():
    still = crystal()
    ions = still.of("Li")
    # The framework does not drift: nothing but a sum of four is rounded.
    np.testing.assert_allclose(ions.positions, still.positions[:, [1, 3]], atol=1e-14)
    drifting = replace(still, positions=still.positions + np.arange(5.0)[:, None, None])
    np.testing.assert_allclose(drifting.of("Li").positions, ions.positions, atol=1e-14)
    # The heavy framework counts each atom once: no centre of mass.
    pushed = still.positions.copy()
    pushed[1:, 0] += [2.0, 0, 0]  # one of two
    moved = replace(still, positions=pushed).of("Li").positions
    np.testing.assert_allclose(moved[1:] - ions.positions[1:], [[[-1.0, 0, 0]] * 2] * 4, atol=1e-14)


def test_ions_keep_what_belongs_to_them():
    ions = crystal().of("Li")
    assert ions.symbols.tolist() == ["Li", "Li"]
    assert ions.masses.tolist() == [7.0, 7.0]
    assert ions.velocities.shape == (5, 2, 3)
    np.testing.assert_array_equal(ions.cell, 8 * np.eye(3))
    np.testing.assert_array_equal(ions.times, np.arange(5.0))
    # An energy belongs to all atoms, and from the ions alone no run goes on.
    assert ions.potential_energies is None
    assert ions.last is None
    bare = replace(crystal(), velocities=None, masses=None).of("Li")
    assert bare.velocities is None
    assert bare.masses is None


@pytest.mark.parametrize(
    ("symbols", "ion", "message"),
    [
        (SYMBOLS, "Na", "the ion is 'Na', but the run has Li, P, S; name an element that moves"),
        (np.array(["Li"] * 4), "Li", "the ion is 'Li', but the run has Li; name an element"),
        (None, "Li", "the ion is 'Li', but the run has no names of elements"),
    ],
)
def test_ions_without_a_framework_are_refused(symbols, ion, message):
    with pytest.raises(ValueError, match=message):
        replace(crystal(), symbols=symbols).of(ion)


def test_energies_that_were_not_recorded_are_refused():
    with pytest.raises(ValueError, match="recorded no velocities"):
        _ = replace(crystal(), velocities=None).kinetic_energies
    with pytest.raises(ValueError, match="recorded no potential energy"):
        _ = replace(crystal(), potential_energies=None).total_energies
