"""Labels under other names are named, and adopted with their sign."""

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.emt import EMT
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms
from ase.stress import voigt_6_to_full_3x3_stress

from lecture8.frames import adopt, check, check_labels, label, read, write


@pytest.fixture
def renamed(copper):
    """A labelled crystal, and a function that hides its labels under other names."""
    (labelled,) = label([copper], EMT())

    def rename(**names):
        atoms = copper.copy()
        values = dict(labelled.calc.results)
        values["virial"] = -values["stress"] * copper.get_volume()
        for kind, name in names.items():
            place = atoms.arrays if kind == "forces" else atoms.info
            place[name] = values[kind]
        return atoms

    return labelled, rename


@pytest.mark.parametrize(
    ("energy", "forces"),
    [
        ("REF_energy", "REF_forces"),
        ("dft_energy", "DFT_forces"),
        ("Energy", "force"),
        ("TotEnergy", "vasp_force"),
        ("MACE_energy", "MACE_forces"),
        ("energy", "forces"),  # put there by hand, into info and arrays
    ],
)
def test_the_message_is_the_call_that_adopts(renamed, energy, forces):
    labelled, rename = renamed
    frames = [rename(energy=energy, forces=forces, stress="REF_stress")]
    with pytest.raises(ValueError, match="frame 0 of F carries no energy and no forces") as caught:
        check_labels(frames, name="F")
    call = str(caught.value).split("lecture8.frames.")[1].split(" adopts")[0]
    assert call == f'adopt(frames, energy="{energy}", forces="{forces}", stress="REF_stress")'
    (adopted,) = eval(call)
    check([adopted])
    for name, value in labelled.calc.results.items():
        np.testing.assert_array_equal(adopted.calc.results[name], value)
    assert energy not in adopted.info
    assert forces not in adopted.arrays
    assert frames[0].calc is None
    assert energy in frames[0].info


def test_references_come_before_what_a_model_said(renamed):
    _, rename = renamed
    atoms = rename(energy="MACE_energy", forces="MACE_forces")
    atoms.info["REF_energy"] = 1.0
    atoms.info["energy_weight"] = 2.0
    with pytest.raises(ValueError, match='energy="REF_energy", forces="MACE_forces"'):
        check_labels([atoms])


@pytest.mark.parametrize("shape", ["voigt", "nine", "matrix"])
def test_a_virial_is_minus_v_sigma(renamed, shape):
    labelled, rename = renamed
    atoms = rename(energy="e", forces="f", virial="virial")
    full = voigt_6_to_full_3x3_stress(atoms.info["virial"])
    if shape != "voigt":
        atoms.info["virial"] = full if shape == "matrix" else full.ravel()
    (adopted,) = adopt([atoms], energy="e", forces="f", virial="virial")
    # The sign: EMT's own stress, times V and divided by it again.
    np.testing.assert_allclose(adopted.get_stress(), labelled.get_stress(), rtol=1e-12)


def test_an_adopted_force_is_the_whole_force_and_other_labels_stay(renamed):
    labelled, rename = renamed
    atoms = rename(forces="REF_forces")
    atoms.set_constraint(FixAtoms([0]))
    atoms.calc = SinglePointCalculator(atoms, energy=-1.0)
    (adopted,) = adopt([atoms], forces="REF_forces")
    np.testing.assert_array_equal(adopted.get_forces(), labelled.get_forces())
    assert adopted.get_potential_energy() == -1.0
    assert len(atoms.constraints) == 1


def test_labels_of_a_file_under_other_names_are_adopted(tmp_path, renamed):
    labelled, rename = renamed
    atoms = rename(energy="REF_energy", forces="force", virial="virial")
    atoms.info["virial"] = voigt_6_to_full_3x3_stress(atoms.info["virial"])
    write(tmp_path / "a.xyz", [atoms])
    frames = read(tmp_path / "a.xyz")
    (adopted,) = adopt(frames, energy="REF_energy", forces="force", virial="virial")
    np.testing.assert_allclose(adopted.calc.results["stress"], labelled.get_stress(), rtol=1e-12)
    assert adopted.get_potential_energy() == labelled.get_potential_energy()


def test_a_virial_that_no_fit_would_see_is_warned_of(renamed):
    _, rename = renamed
    atoms = rename(virial="virial")
    atoms.calc = SinglePointCalculator(atoms, energy=0.0, forces=np.zeros((4, 3)))
    with pytest.warns(UserWarning, match=r'frame 0 of F hold .*\.adopt\(frames, virial="virial"\)'):
        check([atoms], name="F")


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({}, "nothing to adopt"),
        ({"energy": "dft"}, "frame 0 holds nothing named 'dft'; it has .*e, f"),
        ({"energy": "positions"}, "nothing named 'positions'"),
        ({"energy": "f"}, r"f of frame 0 has shape \(4, 3\), but must be one number, in eV"),
        ({"energy": "text"}, "text of frame 0 is '-3 eV', but must be one number"),
        ({"energy": "flag"}, "flag of frame 0 is True, but must be one number"),
        ({"forces": "e"}, r"e of frame 0 has shape \(\), but must be numbers of shape \(4, 3\)"),
        ({"stress": "four"}, r"four of frame 0 has shape \(4,\), but must be .*\(9,\)"),
        ({"stress": "skew"}, "skew of frame 0 is not symmetric"),
        ({"stress": "four", "virial": "four"}, "are the same label; give one"),
    ],
)
def test_adopt_refuses(renamed, names, message):
    _, rename = renamed
    atoms = rename(energy="e", forces="f")
    atoms.info |= {"text": "-3 eV", "flag": True, "four": np.ones(4), "skew": np.arange(9.0)}
    with pytest.raises(ValueError, match=message):
        adopt([atoms], **names)


def test_a_virial_without_a_volume_is_refused():
    atoms = Atoms("Ar", info={"virial": np.zeros(9)})
    with pytest.raises(ValueError, match=r"virial of frame 0 is a virial, but .* no volume"):
        adopt([atoms], virial="virial")
