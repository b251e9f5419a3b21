"""Frames say what they are."""

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.emt import EMT

from lecture8.frames import describe, label, torsion
from lecture8.structures import BUTANE_CHAIN, butane
from tests.frames.planted import Broken


def test_describe_says_what_there_is(butanes, copper):
    text = describe([*butanes, *label([copper], EMT()), Atoms("Ar")])
    assert "42 frames, 1 of them periodic" in text
    assert "3: C4H10 (40), Cu4 (1), Ar (1)" in text
    assert "6: 0 (10), 1 (10), 2 (10), 3 (10), cold (1), unnamed (1)" in text
    assert "energy 41, forces 41, stress 1" in text
    nearest = min(atoms.get_all_distances()[np.triu_indices(14, 1)].min() for atoms in butanes)
    assert f"{nearest:.3f} Å" in text
    energies = [atoms.get_potential_energy() / 14 for atoms in butanes]
    alone = describe(butanes)
    assert f"{np.mean(energies):.4f} eV/atom" in alone
    rms = np.sqrt(np.mean([atoms.get_forces() ** 2 for atoms in butanes]))
    assert f"{rms:.3f} eV/Å" in alone
    assert len(text.splitlines()) < 12


def test_describe_counts_only_labels_that_are_numbers_of_these_positions(butanes):
    frames = label(butanes[:4], Broken("energy"))
    frames[0].calc.results["energy"] = True  # what ASE makes of a key without a value
    frames[1].calc.results["energy"] = "-3.0 eV"
    frames[2].positions += 0.1
    text = describe(atoms for atoms in frames)
    assert "labels    energy 1, forces 3, stress 0" in text


def test_describe_refuses_nothing():
    with pytest.raises(ValueError, match="no frames to describe"):
        describe([])


def test_torsion_is_180_for_trans_and_0_for_cis():
    cis = butane()
    cis.set_dihedral(*BUTANE_CHAIN, 0, indices=[3])
    # Rounded coordinates of the molecule: 1e-6 degrees. Zero may come out as 360.
    angles = torsion([butane(), cis], BUTANE_CHAIN)
    np.testing.assert_allclose(np.cos(np.radians(angles)), [-1, 1], atol=1e-9)
    assert angles[0] == pytest.approx(180, abs=1e-4)
