"""The recipes of the homework's runs go on where they stopped, with tiny settings."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from ase.calculators.calculator import Calculator, all_changes

from lecture8.frames import read
from lecture8.packed_positions import unpack
from lecture8.structures import nagp
from recipes import nagp_pupil, nagp_runs


class Springs(Calculator):
    """Each atom on a spring to where it was first seen: a crystal that cannot fall apart."""

    implemented_properties = ("energy", "forces")
    home = None

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        if self.home is None:
            self.home = atoms.positions.copy()
        moved = atoms.positions - self.home
        self.results = {"energy": 0.5 * 5 * np.sum(moved**2), "forces": -5 * moved}


@pytest.fixture
def small(monkeypatch):
    for name, value in {
        "RUNS": (("doped 37", 600, 0.02),),
        "UNSEEN": ("full 36", 600, 0.02),
        "FRAMES_PER_PS": 250,
        "STRAINED": 24,
        "EXPLORED": {"temperatures_K": (300,), "runs": 2, "frames": 2},
        "FIRST_FIT": {"epochs": 2, "learning_rate": 1e-3},
        "LATER_FIT": {"epochs": 1, "learning_rate": 1e-3},
        "EXPLORED_PS": (0.02,),
    }.items():
        monkeypatch.setattr(nagp_pupil, name, value)


def test_the_pupils_stages_are_kept_and_not_made_again(tmp_path, small):
    for arguments in nagp_pupil.first_tasks(tmp_path):
        nagp_pupil.make(*arguments)
    files = {file.name for file in tmp_path.iterdir()}
    assert files == {
        "run_doped_37_600K.xyz.gz",
        "unseen_full_36_600K.xyz.gz",
        "strained.xyz.gz",
    }
    strained = (tmp_path / "strained.xyz.gz").read_bytes()
    first = nagp_pupil.fitted(tmp_path, 0)
    explored = partial(
        nagp_pupil.explored,
        first,
        1,
        picoseconds=0.02,
        **nagp_pupil.EXPLORED,
    )
    nagp_pupil.make(tmp_path / "explored_1.xyz.gz", explored)
    second = nagp_pupil.fitted(tmp_path, 1)
    assert not np.allclose(second.coefficients.readout, first.coefficients.readout)
    # Again: everything is there, and is taken as it is.
    again = nagp_pupil.fitted(tmp_path, 1)
    np.testing.assert_array_equal(again.coefficients.readout, second.coefficients.readout)
    for arguments in nagp_pupil.first_tasks(tmp_path):
        nagp_pupil.make(*arguments)
    assert (tmp_path / "strained.xyz.gz").read_bytes() == strained
    assert not list(tmp_path.glob("*partial*"))
    train, held = nagp_pupil.known(tmp_path, 0)
    fitted_to = ("run_doped_37_600K.xyz.gz", "strained.xyz.gz")
    assert len(train) + len(held) == sum(len(read(tmp_path / name)) for name in fitted_to)


def test_the_runs_are_kept_by_temperature_and_packed(tmp_path, monkeypatch):
    for name, value in {"PICOSECONDS": {300: 2, 200: 1}, "REPLICAS": 2}.items():
        monkeypatch.setattr(nagp_runs, name, value)
    with ThreadPoolExecutor(1) as executor:
        nagp_runs.main(Springs(), tmp_path, tmp_path, executor)
        first = (tmp_path / "nagp_runs_300K.npz").read_bytes()
        (tmp_path / "nagp_runs_200K.npz").unlink()
        nagp_runs.main(Springs(), tmp_path, tmp_path, executor)
    assert (tmp_path / "nagp_runs_300K.npz").read_bytes() == first
    assert (tmp_path / "nagp_runs_200K.npz").exists()
    packed = np.load(tmp_path / "nagp_runs.npz")
    ions = unpack(packed["positions_300K"], float(packed["unit_A"]))
    assert ions.shape == (2, 5, 6, 3)
    assert packed["positions_200K"].shape == (2, 3, 6, 3)
    crystal = nagp()
    assert np.linalg.det(packed["cell_A"]) == pytest.approx(crystal.get_volume())
    # On springs of 5 eV/Å2 at 300 K an atom is 0.1 Å from home.
    moved = ions[:, 1] - crystal.positions[crystal.symbols == "Na"]
    assert np.sqrt(np.mean(moved**2)) < 0.3
    assert packed["framework_300K"].shape == (4, 3)
    assert not list(tmp_path.glob("*partial*"))
