"""Structure files: read whatever wrote them, or refused with the right sentence."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from ase.io import write as ase_write

from lecture8.conductivity import read_crystal
from lecture8.structures import lgps
from tests.conductivity.crystals import ARGYRODITE, SHARED


def rng():
    return np.random.default_rng(1)


@pytest.fixture
def cif(tmp_path):
    """Return a function that writes a CIF, with some of it replaced."""

    def write(text=ARGYRODITE, **replaced):
        for old, new in replaced.pop("replace", []):
            assert old in text
            text = text.replace(old, new)
        file = tmp_path / "crystal.cif"
        file.write_text(text)
        return file

    return write


@pytest.fixture(scope="module")
def argyrodite(tmp_path_factory):
    file = tmp_path_factory.mktemp("cif") / "Li6PS5Cl.cif"
    file.write_text(ARGYRODITE)
    return read_crystal(file, ion="Li", orderings=2, rng=rng())


def test_half_filled_sites_become_whole_atoms(argyrodite):
    assert argyrodite.charges == {"Li": 1, "P": 5, "S": -2, "Cl": -1}
    for atoms in argyrodite.orderings:
        assert atoms.get_chemical_formula() == "Cl4Li24P4S20"
        assert list(dict.fromkeys(atoms.symbols)) == ["Li", "P", "S", "Cl"]
        distances = atoms.get_all_distances(mic=True)
        lithium = distances[:24, :24][np.triu_indices(24, 1)]
        assert lithium.min() > 2  # sites are 1.9 Å apart: no pair of them is filled


def test_what_was_chosen_is_said(argyrodite):
    assert argyrodite.notes[0] == "formal charges: Li +1, P +5, S -2, Cl -1"
    assert "sites are filled in part or shared (24 Li on 48 sites)" in argyrodite.notes[1]
    assert "the 2 lowest were taken" in argyrodite.notes[1]


def test_orderings_differ(argyrodite):
    one, other = argyrodite.orderings
    assert not np.allclose(np.sort(one.positions, axis=0), np.sort(other.positions, axis=0))


def test_ions_that_share_a_site_are_placed_one_by_one(cif):
    crystal = read_crystal(cif(SHARED), ion="Na", rng=rng())
    assert crystal.orderings[0].get_chemical_formula() == "Cl4KNa3"


def test_a_cell_is_repeated_for_whole_numbers(cif):
    text = SHARED.replace("0.75", "0.875").replace("0.25\n", "0.125\n")
    crystal = read_crystal(cif(text), ion="Na", rng=rng())
    assert crystal.orderings[0].get_chemical_formula() == "Cl8KNa7"
    assert "repeated" in crystal.notes[1]


def test_rounded_occupancies_stay_neutral(cif):
    text = ARGYRODITE.replace("0.024 0.5", "0.024 0.49").replace("'Li6 P S5 Cl'", "?")
    crystal = read_crystal(cif(text), ion="Li", rng=rng())
    assert crystal.orderings[0].get_chemical_formula() == "Cl4Li24P4S20"


@pytest.mark.parametrize(
    ("name", "form"),
    [("POSCAR", "vasp"), ("x.extxyz", "extxyz"), ("x.xsf", "xsf"), ("x.cif", "cif")],
)
def test_formats(tmp_path, name, form):
    ase_write(tmp_path / name, lgps(), format=form)
    atoms = read_crystal(tmp_path / name, ion="Li", rng=rng()).orderings[0]
    assert atoms.get_chemical_formula() == lgps().get_chemical_formula()
    assert atoms.get_volume() == pytest.approx(lgps().get_volume(), rel=1e-3)


@pytest.mark.parametrize(
    ("changes", "ion", "sentence"),
    [
        ([], "Na", "holds no Na; it is made of Li, P, S, Cl"),
        (
            [("0.183 -0.183 0.024 0.5", "0.183 -0.183 0.024 1")],
            "Li",
            "sites of .* give Li12PS5Cl, but",
        ),
        ([("0.024 0.5", "0.024 0,5")], "Li", "Li1 has the occupancy '0,5'; write a number from 0"),
        ([("0.75 1", "0.75 -1")], "Li", "S2 has the occupancy '-1'"),
        ([("'Li6 P S5 Cl'", "?"), ("0.024 0.5", "0.024 0.4")], "Li", "charges .* do not add up"),
        ([("0.1197 -0.1197 0.6197", "0.03 -0.03 0.53")], "Li", "apart, nearer than any bond"),
        ([("_cell_length_a 9.859\n", "")], "Li", "cannot be read as CIF"),
    ],
)
def test_what_is_wrong_is_said(cif, changes, ion, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_crystal(cif(replace=changes), ion=ion, rng=rng())


def test_the_formula_that_you_know_is_held_to(cif):
    with pytest.raises(ValueError, match="you say Li7PS6"):
        read_crystal(cif(), ion="Li", formula="Li7PS6", rng=rng())
    with pytest.raises(ValueError, match="cannot be read"):
        read_crystal(cif(), ion="Li", formula="Li6(PS", rng=rng())


def test_no_crystal(tmp_path):
    ase_write(tmp_path / "water.extxyz", molecule("H2O"))
    with pytest.raises(ValueError, match="no crystal"):
        read_crystal(tmp_path / "water.extxyz", ion="H", rng=rng())
    ase_write(tmp_path / "run.extxyz", [lgps(), lgps()])
    with pytest.raises(ValueError, match="2 frames"):
        read_crystal(tmp_path / "run.extxyz", ion="Li", rng=rng())
    ase_write(tmp_path / "li.cif", bulk("Li"))
    with pytest.raises(ValueError, match="nothing but Li"):
        read_crystal(tmp_path / "li.cif", ion="Li", rng=rng())
    ase_write(
        tmp_path / "twice.cif", Atoms("LiCl", [[0, 0, 0], [0.1, 0, 0]], cell=[5] * 3, pbc=True)
    )
    with pytest.raises(ValueError, match="apart"):
        read_crystal(tmp_path / "twice.cif", ion="Li", rng=rng())


def test_files_that_are_none(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file"):
        read_crystal(tmp_path / "none.cif", ion="Li", rng=rng())
    for name, content in [
        ("a.py", "import os"),
        ("a.bin", b"\x80\x04\x95".decode("latin1")),
        ("b.cif", ""),
    ]:
        (tmp_path / name).write_text(content)
        with pytest.raises(ValueError, match=r"unknown|cannot be read|; give|0 structures"):
            read_crystal(tmp_path / name, ion="Li", rng=rng())


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("'F m -3 m'\n_symmetry_Int_Tables_number 225", "'F m m m m'", "does not say its symmetry"),
        (
            "data_salt",
            "data_salt\n_cell_formula_units_Z 8\n_chemical_formula_sum 'Na3 K Cl4'",
            "Z = 8",
        ),
        ("5.64", "56.4", "Å³ for each atom"),
        ("K1 K 0 0 0 0.25", "X1 X 0 0 0 0.25", "cannot be read|no element"),
    ],
)
def test_symmetry_number_and_unit_are_looked_at(cif, old, new, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_crystal(cif(SHARED, replace=[(old, new)]), ion="Na", rng=rng())


def test_blocks_without_atoms_are_skipped_and_marks_too(tmp_path):
    text = "data_global\n_journal_year 2020\n" + SHARED
    for name, content in [
        ("global.cif", text.encode()),
        ("bom.cif", b"\xef\xbb\xbf" + SHARED.encode()),
        ("wide.cif", SHARED.encode("utf-16")),
        ("a@b.cif", SHARED.encode()),
    ]:
        (tmp_path / name).write_bytes(content)
        crystal = read_crystal(tmp_path / name, ion="Na", rng=rng())
        assert len(crystal.orderings[0]) == 8
    (tmp_path / "two.cif").write_text(SHARED + SHARED.replace("data_salt", "data_other"))
    with pytest.raises(ValueError, match="2 structures"):
        read_crystal(tmp_path / "two.cif", ion="Na", rng=rng())
