"""A label is what the potential says, and a bad one does not pass."""

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.calculator import CalculationFailed
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms

from lecture8.frames import label, read, write
from lecture8.validation import numerical_stress
from tests.frames.planted import Broken


def test_a_label_is_what_the_potential_says_and_the_original_is_untouched(copper):
    before = copper.positions.copy()
    (labelled,) = label([copper], EMT())
    assert copper.calc is None
    np.testing.assert_array_equal(copper.positions, before)
    assert labelled.info == {"run": "cold"}
    assert labelled.get_potential_energy() == EMT().get_potential_energy(copper)
    np.testing.assert_array_equal(labelled.get_forces(), EMT().get_forces(copper))
    # Central differences of a strain of 1e-5 know a stress of 0.1 eV/Å3 to about 1e-8.
    np.testing.assert_allclose(
        labelled.get_stress(voigt=False), numerical_stress(copper, EMT()), atol=1e-7
    )


def test_only_a_crystal_has_a_stress(butanes, copper):
    slab = copper.copy()
    slab.pbc = [True, True, False]
    assert "stress" not in label([slab], EMT())[0].calc.results
    assert set(butanes[0].calc.results) == {"energy", "forces"}


def test_a_constraint_does_not_hide_forces(copper):
    copper.set_constraint(FixAtoms([0]))
    (labelled,) = label([copper], EMT())
    assert np.linalg.norm(labelled.get_forces()[0]) > 0.1
    assert len(copper.constraints) == 1


def test_the_whole_force_comes_back_from_a_file(tmp_path, copper):
    copper.set_constraint(FixAtoms([0]))
    write(tmp_path / "a.xyz", label([copper], EMT()))
    (back,) = read(tmp_path / "a.xyz")
    copper.set_constraint()
    # Eight decimals: half of the last is 5e-9.
    np.testing.assert_allclose(back.get_forces(), EMT().get_forces(copper), atol=5.1e-9)


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (CalculationFailed("no convergence"), "failed at frame 1: no convergence"),
        (RuntimeError("no convergence"), "failed at frame 1: no convergence"),
        ("energy", "the energy of frame 1 contains NaN"),
        ("forces", "the forces of frame 1 contains NaN"),
    ],
)
def test_a_failed_label_names_its_frame(failure, message):
    frames = [Atoms("Ar", [[0, 0, 0]]), Atoms("Ar", [[2, 0, 0]])]
    with pytest.raises(CalculationFailed, match=message):
        label(frames, Broken(failure))
