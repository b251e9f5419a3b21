"""The recipe of what lies outside the interval, in small."""

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from ase.io import read

from lecture8.datasets import fitted_lgps
from lecture8.structures import lgps
from recipes import lgps_systematics
from recipes.lgps_pbe import FOLDER


@pytest.fixture
def small(monkeypatch):
    """Some replicas of some picoseconds, few orderings."""
    for name, value in {
        "REPLICAS": 4,
        "PICOSECONDS": {900: 50},
        "EQUILIBRATE_PS": 1,
        "ORDERINGS": 3,
        "RELAXATIONS": 1,
    }.items():
        monkeypatch.setattr(lgps_systematics, name, value)
    return lgps_systematics


def test_a_volume_is_that_asked_for_and_scales_all_axes_alike():
    atoms = lgps_systematics.at_volume(960.2)
    assert atoms.get_volume() == pytest.approx(960.2)
    shrunk = atoms.cell.lengths() / lgps().cell.lengths()
    np.testing.assert_allclose(shrunk, shrunk[0])


def test_another_ordering_has_germanium_elsewhere_in_the_same_cell(small):
    atoms = small.other_ordering(fitted_lgps("SevenNet-0"))
    np.testing.assert_allclose(atoms.cell.array, lgps().cell.array)
    assert atoms.get_chemical_formula() == lgps().get_chemical_formula()
    assert small._germanium(atoms) != small._germanium(lgps())


@pytest.mark.filterwarnings("ignore")  # four runs of 50 ps deserve each of them
def test_a_row_is_kept_and_not_run_again(small, tmp_path, monkeypatch):
    pupil = fitted_lgps()
    with ThreadPoolExecutor(1) as executor:
        found = small.row("200 atoms", lgps(), 900, pupil, executor)
    assert tuple(found) == small.COLUMNS
    assert 0.2 < float(found["D_A2_ps"]) < 4
    (tmp_path / "200-atoms-900K.json").write_text(json.dumps(found))
    monkeypatch.setattr(small, "cases", lambda potential: {"200 atoms": (lgps(), (900,), {})})
    monkeypatch.setattr(small, "row", lambda *_, **__: pytest.fail("it was there"))
    small.main(tmp_path, tmp_path)
    assert (tmp_path / "lgps_systematics.csv").read_text().count("\n") == 2


def test_the_cell_with_germanium_elsewhere_lies_lower_for_pbe_and_for_its_pupil():
    ours, other = (read(FOLDER / "orderings" / f"{k:03d}.xyz") for k in (0, 1))
    pupil = fitted_lgps("PBE")
    by_pbe = other.get_potential_energy() - ours.get_potential_energy()
    by_pupil = pupil.get_potential_energy(other) - pupil.get_potential_energy(ours)
    assert by_pbe == pytest.approx(-0.20, abs=0.01)  # eV per cell
    assert by_pupil == pytest.approx(by_pbe, abs=0.05)
    for atoms in (ours, other):
        assert np.abs(atoms.get_forces()).max() < 0.3  # eV/Å: both at rest, for the pupil
