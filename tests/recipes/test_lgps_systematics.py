"""The recipe of what lies outside the interval, in small."""

import sys
from collections import Counter

import numpy as np
import pytest
from ase.io import read

from lecture8.datasets import fitted_lgps
from lecture8.structures import lgps
from recipes import lgps_systematics
from recipes.lgps_pbe import FOLDER


@pytest.fixture
def small(monkeypatch):
    """One case of four runs of 50 ps at 900 K, few orderings."""
    for name, value in {
        "EQUILIBRATE_PS": 1,
        "STIR_PS": 1,
        "ORDERINGS": 8,
        "RELAXATIONS": 1,
    }.items():
        monkeypatch.setattr(lgps_systematics, name, value)
    case = lgps_systematics.Case(lambda k: lgps(), {900: 50}, replicas=4, stirred=True)
    monkeypatch.setattr(lgps_systematics, "cases", lambda: {"200 atoms": case})
    return lgps_systematics


def test_a_volume_is_that_asked_for_and_scales_all_axes_alike():
    atoms = lgps_systematics.at_volume(960.2)
    assert atoms.get_volume() == pytest.approx(960.2)
    shrunk = atoms.cell.lengths() / lgps().cell.lengths()
    np.testing.assert_allclose(shrunk, shrunk[0])


def test_another_pair_has_germanium_elsewhere_in_the_same_cell(small):
    atoms = small.lowest_with(7.87, fitted_lgps("SevenNet-0"))
    np.testing.assert_allclose(atoms.cell.array, lgps().cell.array)
    assert atoms.get_chemical_formula() == lgps().get_chemical_formula()
    assert abs(small.apart_by(lgps())[2]) == pytest.approx(6.37, abs=0.1)  # along c
    assert np.linalg.norm(small.apart_by(atoms)) == pytest.approx(7.87, abs=0.2)


def test_at_random_differs_from_run_to_run_and_keeps_the_formula():
    first, second = (lgps_systematics.at_random(k) for k in (0, 1))
    for atoms in (first, second):
        assert Counter(atoms.symbols) == Counter((lgps() * (2, 2, 1)).symbols)
    assert (first.symbols == "Ge").sum() == 8
    assert (first.numbers != second.numbers).sum() >= 2
    swapped = first.numbers != (lgps() * (2, 2, 1)).numbers
    assert set(first.symbols[swapped]) == {"Ge", "P"}


@pytest.mark.filterwarnings("ignore")  # four runs of 50 ps deserve each of them
def test_runs_are_kept_and_packed_beside_what_is_shipped(small, tmp_path, monkeypatch):
    shipped = {
        (x["changed"], x["temperature_K"]): x
        for x in small.rows_shipped()
        if x["changed"] == "200 atoms"
    }
    small.work(tmp_path, there=set())
    assert len(list(tmp_path.glob("200-atoms_900K_?.npz"))) == 4
    monkeypatch.setattr(small, "run", lambda *_: pytest.fail("it was there"))
    small.work(tmp_path, there=set())
    (found,) = small.packed(tmp_path)
    assert tuple(found) == small.COLUMNS
    assert 0.05 < float(found["D_A2_ps"]) < 1  # Å2/ps; 0.45 in long runs
    assert ("200 atoms", "400") in shipped


def test_a_row_whose_runs_are_missing_is_that_which_is_shipped(tmp_path):
    assert lgps_systematics.packed(tmp_path) == lgps_systematics.rows_shipped()


def test_to_pack_writes_the_table(tmp_path, monkeypatch):
    monkeypatch.setattr(lgps_systematics, "DATA", tmp_path)
    rows = [dict.fromkeys(lgps_systematics.COLUMNS, "1")]
    monkeypatch.setattr(lgps_systematics, "packed", lambda folder: rows)
    monkeypatch.setattr(sys, "argv", ["lgps_systematics", str(tmp_path / "runs"), "--pack"])
    lgps_systematics.main()
    assert (tmp_path / "lgps_systematics.csv").read_text().count("\n") == 2


@pytest.mark.parametrize(("number", "lower"), [(1, 0.20), (2, 0.08)])
def test_the_other_pairs_of_sites_lie_lower_for_pbe_and_for_its_pupil(number, lower):
    ours, other = (read(FOLDER / "orderings" / f"{k:03d}.xyz") for k in (0, number))
    pupil = fitted_lgps("PBE")
    by_pbe = other.get_potential_energy() - ours.get_potential_energy()
    by_pupil = pupil.get_potential_energy(other) - pupil.get_potential_energy(ours)
    assert by_pbe == pytest.approx(-lower, abs=0.01)  # eV per cell
    assert by_pupil == pytest.approx(by_pbe, abs=0.05)
    for atoms in (ours, other):
        assert np.abs(atoms.get_forces()).max() < 0.4  # eV/Å: both at rest, for the pupil
