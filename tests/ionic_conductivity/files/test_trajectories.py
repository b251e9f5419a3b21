"""Files as they come out of VASP, LAMMPS and ASE."""

import bz2
import gzip
import os
import pickle

import numpy as np
import pytest
from ase import Atoms
from ase.io import write

from lecture8.ionic_conductivity import read_trajectory

from ..walks import TRIANGULAR, random_walk, wrap
from .dumps import dump

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


@pytest.mark.parametrize("name", ["run.xyz", "run.traj", "XDATCAR", "run.lammpstrj"])
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_compressed_files(tmp_path, frames, walk, name, pack):
    how = write_as(tmp_path / name, frames, walk)
    suffix = {gzip.compress: "gz", bz2.compress: "bz2"}[pack]
    packed = tmp_path / f"{name}.{suffix}"
    packed.write_bytes(pack((tmp_path / name).read_bytes()))
    if packed.name == "run.xyz.bz2":  # `lecture8.frames` unpacks .gz only
        with pytest.raises(ValueError, match=r"run\.xyz\.bz2"):
            read_trajectory(packed, **how)
    else:
        assert_same(read_trajectory(packed, **how), walk)


def write_as(path, frames, walk) -> dict:
    """Write a trajectory in the format of its name, and return how to read it."""
    if path.suffix == ".lammpstrj":
        path.write_text(dump(walk, CELL))
        return {"timestep_fs": 0.5, "species": ["Li", "P", "S"]}
    write(path, frames, format={".xyz": "extxyz", "": "vasp-xdatcar"}.get(path.suffix))
    return {"interval_fs": 50}


@pytest.mark.parametrize("kind", ["run.xyz", "run.traj", "XDATCAR", "run.lammpstrj"])
@pytest.mark.parametrize("name", ["dump.xyz", "XDATCAR.xyz", "run.traj", "movie.dump", "anything"])
def test_the_content_tells_the_format_and_not_the_name(tmp_path, frames, walk, kind, name):
    how = write_as(tmp_path / kind, frames, walk)
    (tmp_path / kind).rename(tmp_path / name)
    assert_same(read_trajectory(tmp_path / name, **how), walk)


@pytest.mark.parametrize("kind", ["run.xyz", "XDATCAR", "run.lammpstrj"])
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.removesuffix("\n"),
        lambda text: text.rstrip(),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + "\n\n",
        lambda text: between_frames(text, "\n"),
    ],
    ids=["no last end", "no last blank", "BOM", "CRLF", "blank end", "blank between"],
)
def test_what_editors_do_to_a_text_file_does_not_matter(tmp_path, frames, walk, kind, change):
    path = tmp_path / kind
    how = write_as(path, frames, walk)
    path.write_bytes(change(path.read_text()).encode())
    assert_same(read_trajectory(path, **how), walk)


def between_frames(text: str, what: str) -> str:
    """Return a text with something before each frame but the first."""
    for start in ("4\nLattice", "Direct", "ITEM: TIMESTEP"):
        head, found, rest = text.partition(start)
        text = head + found + rest.replace(start, what + start)
    return text


def test_unwrapped_positions_of_gpumd_are_used(tmp_path, walk):
    # Each step is twice as long, so that some exceed half the cell.
    far = walk[0] + 8 * (walk - walk[0])
    frames = [Atoms("Li2PS", positions=wrap(r, CELL), cell=CELL, pbc=True) for r in far]
    for atoms, r in zip(frames, far, strict=True):
        atoms.new_array("unwrapped_position", r)
    write(tmp_path / "dump.xyz", frames, format="extxyz")
    assert_same(read_trajectory(tmp_path / "dump.xyz", interval_fs=50), far)
    with pytest.raises(ValueError, match=r"dump\.xyz has unwrapped positions; leave wrapped out"):
        read_trajectory(tmp_path / "dump.xyz", interval_fs=50, wrapped=True)


@pytest.mark.parametrize(
    ("how", "match"),
    [
        ({}, "give either interval_fs"),
        ({"interval_fs": np.inf}, "interval_fs is inf, but must be a positive number"),
        ({"interval_fs": "50"}, "interval_fs is '50', but must be a positive number"),
        ({"interval_fs": 1, "timestep_fs": 1}, "give either interval_fs"),
        ({"timestep_fs": 1}, "does not number its steps"),
        ({"interval_fs": 0}, "interval_fs is 0, but must be a positive number"),
    ],
)
def test_the_time_between_frames_must_be_given(tmp_path, frames, how, match):
    write(tmp_path / "run.traj", frames)
    with pytest.raises(ValueError, match=match):
        read_trajectory(tmp_path / "run.traj", **how)


def test_files_that_are_no_trajectory_are_refused(tmp_path, frames):
    with pytest.raises(FileNotFoundError, match=r"there is no file .*run\.traj"):
        read_trajectory(tmp_path / "run.traj", interval_fs=1)
    (tmp_path / "run.dcd").write_text("CORD")
    with pytest.raises(ValueError, match=r"the format of run\.dcd is unknown: .* 'CORD'"):
        read_trajectory(tmp_path / "run.dcd", interval_fs=1)
    (tmp_path / "run.traj").write_text("not one")
    with pytest.raises(ValueError, match=r"cannot be read as ASE's \.traj"):
        read_trajectory(tmp_path / "run.traj", interval_fs=1)
    write(tmp_path / "one.traj", frames[0])
    with pytest.raises(ValueError, match="holds 1 frames"):
        read_trajectory(tmp_path / "one.traj", interval_fs=1)
    swapped = [frames[0], frames[1][[2, 0, 1, 3]]]
    write(tmp_path / "swapped.traj", swapped)
    with pytest.raises(ValueError, match=r"frame 1 of swapped\.traj has PLi2S"):
        read_trajectory(tmp_path / "swapped.traj", interval_fs=1)
    opened = [frames[0], frames[1].copy()]
    opened[1].pbc = [True, True, False]
    write(tmp_path / "opened.traj", opened)
    with pytest.raises(ValueError, match=r"frame 1 of opened\.traj has pbc \[True, True, False\]"):
        read_trajectory(tmp_path / "opened.traj", interval_fs=1)


def test_a_run_whose_cell_changes_warns(tmp_path, frames):
    frames[7].set_cell(CELL * 1.01, scale_atoms=True)
    write(tmp_path / "npt.traj", frames)
    with pytest.warns(UserWarning, match="the cell changes"):
        read_trajectory(tmp_path / "npt.traj", interval_fs=50)


def test_a_molecule_without_a_cell_is_read_as_it_is(tmp_path, walk):
    write(tmp_path / "gas.xyz", [Atoms("Li2PS", positions=r) for r in walk], format="extxyz")
    run = read_trajectory(tmp_path / "gas.xyz", interval_fs=50)
    np.testing.assert_allclose(run.positions, walk, atol=1e-7)  # eight digits in the file


class Planted:
    """What makes a folder when it is unpickled."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


@pytest.mark.parametrize("name", ["run.traj", "run.xyz", "XDATCAR", "run.lammpstrj"])
def test_no_file_can_run_code(tmp_path, frames, name):
    planted = pickle.dumps(Planted(tmp_path / "ran"))
    (tmp_path / name).write_bytes(planted)
    with pytest.raises(ValueError, match=name):
        read_trajectory(tmp_path / name, interval_fs=50)
    # A .traj whose positions are said to be objects, which NumPy keeps as pickles.
    write(tmp_path / "run.traj", frames)
    content = (tmp_path / "run.traj").read_bytes().replace(b'"float64"', b'"object" ')
    (tmp_path / "run.traj").write_bytes(content)
    with pytest.raises(ValueError, match="cannot be read as ASE"):
        read_trajectory(tmp_path / "run.traj", interval_fs=50)
    assert not (tmp_path / "ran").exists()
    pickle.loads(planted)  # the control: it would have run
    assert (tmp_path / "ran").exists()
