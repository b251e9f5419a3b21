"""Structure files that can be read, and a finished study that holds together."""

import numpy as np
import pytest

from lecture8.conductivity import read_crystal
from lecture8.datasets import first_examination, first_pupil, structure_file, study
from lecture8.datasets.own_crystals import STRUCTURES
from lecture8.fitting import errors


@pytest.mark.parametrize("name", STRUCTURES)
def test_the_structures_can_be_read_and_run(name):
    ion = "Na" if name.startswith("Na") else "Li"
    crystal = read_crystal(structure_file(name), ion=ion, rng=np.random.default_rng(1))
    atoms = crystal.orderings[0]
    assert len(atoms) <= 130
    assert sum(crystal.charges[x] for x in atoms.symbols) == 0
    assert structure_file(name).read_text().startswith("# ")  # where it is from


def test_no_such_crystal():
    with pytest.raises(ValueError, match="no structure 'Fe'; choose one of Li6PS5Cl"):
        structure_file("Fe")
    with pytest.raises(ValueError, match="no study of 'Fe'"):
        study("Fe")


def test_the_first_pupil_is_the_one_that_was_examined():
    examination = study("Li6PS5Cl")["examinations"][0]
    seen = errors(first_examination(), first_pupil())
    assert seen.force_rmse == pytest.approx(examination["force_rmse"], rel=1e-3)
    assert 1e3 * seen.force_labels.std() == pytest.approx(examination["spread"], rel=1e-3)


def test_pbe_labelled_the_same_frames():
    by_teacher, by_electrons = first_examination(), first_examination("pbe")
    for a, b in zip(by_teacher, by_electrons, strict=True):
        np.testing.assert_allclose(a.positions, b.positions, atol=1e-6)
        assert a.info["temperature_K"] == b.info["temperature_K"]
        assert abs(b.get_forces().sum(axis=0)).max() < 0.03  # eV/Å, of the whole cell
    with pytest.raises(ValueError, match="labels is 'r2scan'"):
        first_examination("r2scan")


@pytest.mark.parametrize("name", ["Li6PS5Cl_ordered", "NaCl"])
def test_other_studies_have_a_verdict(name):
    finished = study(name)
    assert finished["verdict"]
    assert finished["examinations"][-1]["passed"]
    said = {"Li6PS5Cl_ordered": "sigma(300 K) is not known", "NaCl": "no diffusion seen"}
    assert finished["verdict"].startswith(said[name])


def test_the_pupil_that_ran_had_passed():
    finished = study("Li6PS5Cl")
    assert finished["examinations"][-1]["passed"]
    assert finished["settings"]["teacher"] == "sevennet-0"
    sigma = finished["sigma_S_per_m"]
    assert sigma["low"] < sigma["value"] < sigma["high"]
