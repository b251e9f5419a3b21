"""Files as they come out of VASP, LAMMPS and ASE."""

import gzip

import numpy as np
import pytest
from ase import Atoms
from ase.io import write

from lecture8.ionic_conductivity import read_trajectory

from .walks import TRIANGULAR, random_walk, wrap

CELL = 2 * TRIANGULAR
FRAMES = 40


@pytest.fixture
def walk():
    """Return the unwrapped truth (T, 4, 3), Å."""
    return random_walk(np.random.default_rng(0), FRAMES, 4, D=0.8)


@pytest.fixture
def frames(walk):
    return [Atoms("Li2PS", positions=wrap(r, CELL), cell=CELL, pbc=True) for r in walk]


def assert_same(run, walk, *, interval_ps=0.05, digits=1e-6):
    """`digits` is what the format keeps; it adds up over the steps."""
    moved = run.positions - run.positions[0]
    np.testing.assert_allclose(moved, walk - walk[0], atol=FRAMES * digits)
    np.testing.assert_allclose(run.times, interval_ps * np.arange(FRAMES))
    np.testing.assert_allclose(run.cell, CELL, atol=1e-6)
    assert run.symbols.tolist() == ["Li", "Li", "P", "S"]
    ions = run.positions[:, run.symbols == "Li"]
    assert ions.shape == (FRAMES, 2, 3)


@pytest.mark.parametrize("name", ["run.traj", "run.xyz", "run.extxyz", "XDATCAR"])
def test_what_ase_writes_comes_back_unwrapped(tmp_path, frames, walk, name):
    kind = {"run.xyz": "extxyz", "XDATCAR": "vasp-xdatcar"}.get(name)
    write(tmp_path / name, frames, format=kind)
    assert_same(read_trajectory(tmp_path / name, interval_fs=50), walk)


def test_compressed_xyz(tmp_path, frames, walk):
    write(tmp_path / "run.xyz", frames, format="extxyz")
    (tmp_path / "run.xyz.gz").write_bytes(gzip.compress((tmp_path / "run.xyz").read_bytes()))
    assert_same(read_trajectory(tmp_path / "run.xyz.gz", interval_fs=50), walk)


def xdatcar():
    """Return five frames as VASP writes them, the first ion on its way along x by 0.8 Å each."""
    vectors = ["  8.0 0.0 0.0", "  0.0 8.0 0.0", "  0.0 0.0 8.0"]
    lines = ["a comment", "  1.0", *vectors, " Li P", " 1 1"]
    for k in range(5):
        lines += [f"Direct configuration= {10 * k + 10:5d}"]
        lines += [f"  {(0.8 + 0.1 * k) % 1:.8f}  0.00000000  0.50000000", "  0.5  0.5  0.5"]
    return "\n".join(lines) + "\n"


def test_an_xdatcar_as_vasp_writes_it(tmp_path):
    (tmp_path / "XDATCAR_700K").write_text(xdatcar())
    run = read_trajectory(tmp_path / "XDATCAR_700K", interval_fs=20)
    np.testing.assert_allclose(run.positions[:, 0, 0], 6.4 + 0.8 * np.arange(5))
    assert run.symbols.tolist() == ["Li", "P"]
    assert run.times[-1] == pytest.approx(0.08)


def test_an_xdatcar_with_a_blank_line_is_refused(tmp_path):
    # ASE's reader stops there and says nothing.
    (tmp_path / "XDATCAR").write_text(
        xdatcar().replace("Direct configuration=    40", "\nDirect configuration= 40")
    )
    with pytest.raises(ValueError, match="of 5 frames that it starts, 3 can be read"):
        read_trajectory(tmp_path / "XDATCAR", interval_fs=20)


@pytest.mark.parametrize("damage", [lambda text: text[:-1], lambda text: text[:-3]])
def test_an_xdatcar_of_a_job_that_was_killed_is_refused(tmp_path, frames, damage):
    path = tmp_path / "XDATCAR"
    write(path, frames, format="vasp-xdatcar")
    path.write_text(damage(path.read_text()))
    with pytest.raises(ValueError, match="is cut short or garbled"):
        read_trajectory(path, interval_fs=50)


def dump(walk, *, columns="id type x y z", every=100, element=False, shuffle=True):
    """Return the text of a LAMMPS dump in a tilted box, atoms in any order."""
    (lx, _, _), (xy, ly, _), (xz, yz, lz) = CELL
    low, high = min(0, xy, xz, xy + xz), lx + max(0, xy, xz, xy + xz)
    text = ""
    for k, r in enumerate(walk):
        text += f"ITEM: TIMESTEP\n{every * k}\nITEM: NUMBER OF ATOMS\n4\n"
        text += "ITEM: BOX BOUNDS xy xz yz pp pp pp\n"
        text += f"{low} {high} {xy}\n{min(0, yz)} {ly + max(0, yz)} {xz}\n0 {lz} {yz}\n"
        text += f"ITEM: ATOMS {columns}\n"
        order = np.random.default_rng(k).permutation(4) if shuffle else range(4)
        shown = wrap(r, CELL)
        for i in order:
            kind = ["Li", "Li", "P", "S"][i] if element else [1, 1, 2, 3][i]
            place = shown[i] @ np.linalg.inv(CELL) if "xs" in columns else shown[i]
            place = r[i] if "xu" in columns else place
            text += " ".join(map(str, [i + 1, kind, *place])) + "\n"
    return text


@pytest.mark.parametrize("columns", ["id type x y z", "id type xs ys zs", "id type xu yu zu"])
def test_a_lammps_dump_numbers_its_steps_and_its_types(tmp_path, walk, columns):
    path = tmp_path / "run.lammpstrj"
    path.write_text(dump(walk, columns=columns))
    species = ["Li", "P", "S"]
    assert_same(read_trajectory(path, timestep_fs=0.5, species=species), walk)
    assert_same(read_trajectory(path, interval_fs=50, species=species), walk)


def test_a_lammps_dump_that_names_its_elements(tmp_path, walk):
    path = tmp_path / "dump.lgps"
    path.write_text(dump(walk, columns="id element x y z", element=True))
    assert_same(read_trajectory(path, timestep_fs=0.5), walk)
    with pytest.raises(ValueError, match="leave species out"):
        read_trajectory(path, timestep_fs=0.5, species=["Li", "P", "S"])


@pytest.mark.parametrize(
    ("change", "how", "match"),
    [
        (lambda text: text, {"timestep_fs": 1}, "numbers its types and does not name"),
        (lambda text: text, {"timestep_fs": 1, "species": ["Li"]}, "cannot be read as lammps"),
        (lambda text: text[:-200], {"timestep_fs": 1, "species": ["Li", "P", "S"]}, "be read as"),
        (
            lambda text: text.replace("TIMESTEP\n500\n", "TIMESTEP\n550\n"),
            {"timestep_fs": 1, "species": ["Li", "P", "S"]},
            "not evenly spaced",
        ),
        (
            lambda text: text.replace("ATOMS id", "ATOMS mol"),
            {"timestep_fs": 1, "species": ["Li", "P", "S"]},
            "dump them with id",
        ),
    ],
)
def test_dumps_that_cannot_be_trusted_are_refused(tmp_path, walk, change, how, match):
    path = tmp_path / "run.dump"
    path.write_text(change(dump(walk)))
    with pytest.raises(ValueError, match=match):
        read_trajectory(path, **how)


@pytest.mark.parametrize(
    ("how", "match"),
    [
        ({}, "give either interval_fs"),
        ({"interval_fs": 1, "timestep_fs": 1}, "give either interval_fs"),
        ({"timestep_fs": 1}, "does not number its steps"),
        ({"interval_fs": 0}, "0 fs, but must be positive"),
    ],
)
def test_the_time_between_frames_must_be_given(tmp_path, frames, how, match):
    write(tmp_path / "run.traj", frames)
    with pytest.raises(ValueError, match=match):
        read_trajectory(tmp_path / "run.traj", **how)


def test_files_that_are_no_trajectory_are_refused(tmp_path, frames):
    with pytest.raises(ValueError, match="there is no file"):
        read_trajectory(tmp_path / "run.traj", interval_fs=1)
    (tmp_path / "run.dcd").write_text("CORD")
    with pytest.raises(ValueError, match=r"the format of run\.dcd is unknown"):
        read_trajectory(tmp_path / "run.dcd", interval_fs=1)
    (tmp_path / "run.traj").write_text("not one")
    with pytest.raises(ValueError, match="cannot be read as traj"):
        read_trajectory(tmp_path / "run.traj", interval_fs=1)
    write(tmp_path / "one.traj", frames[0])
    with pytest.raises(ValueError, match="holds 1 frames"):
        read_trajectory(tmp_path / "one.traj", interval_fs=1)
    swapped = [frames[0], frames[1][[2, 0, 1, 3]]]
    write(tmp_path / "swapped.traj", swapped)
    with pytest.raises(ValueError, match=r"frame 1 of swapped\.traj has PLi2S"):
        read_trajectory(tmp_path / "swapped.traj", interval_fs=1)


def test_a_run_whose_cell_changes_warns(tmp_path, frames):
    frames[7].set_cell(CELL * 1.01, scale_atoms=True)
    write(tmp_path / "npt.traj", frames)
    with pytest.warns(UserWarning, match="the cell changes"):
        read_trajectory(tmp_path / "npt.traj", interval_fs=50)


def test_a_molecule_without_a_cell_is_read_as_it_is(tmp_path, walk):
    write(tmp_path / "gas.xyz", [Atoms("Li2PS", positions=r) for r in walk], format="extxyz")
    run = read_trajectory(tmp_path / "gas.xyz", interval_fs=50)
    np.testing.assert_allclose(run.positions, walk, atol=1e-7)  # eight digits in the file
