"""Labels from density functional theory: the real GPAW, where this machine has one.

No notebook, no slide and no other test needs it: the labels are shipped.
"""

import signal
import subprocess
import time

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.io import read, write

from recipes import pbe

PYTHON = "/usr/bin/python3"  # Debian's, which its package gpaw belongs to


@pytest.fixture(scope="module")
def gpaw():
    if subprocess.run([PYTHON, "-c", "import gpaw"], capture_output=True).returncode:
        pytest.skip("GPAW is not installed (Debian: apt install gpaw gpaw-data)")


@pytest.fixture
def queue(tmp_path):
    """Two small cells of Li2S, the second with an atom off its place, and one with a radical."""
    crystal = bulk("Li2S", "fluorite", a=5.71)
    moved = crystal.copy()
    moved.positions[1] += [0.1, 0.05, 0.0]
    write(tmp_path / "queue.xyz", [crystal, moved, Atoms("Li", cell=[4, 4, 4], pbc=True)])
    return tmp_path


def labelling(folder, **options):
    command = [PYTHON, "recipes/pbe.py", folder, "--kpts", "3", "3", "3", "--cutoff-eV", "300"]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options
    )


def test_frames_are_labelled_or_refused_by_name(gpaw, queue):
    said, errors = labelling(queue).communicate(timeout=300)
    assert said.count("\n") == 3, errors  # a line each
    assert sorted(p.name for p in queue.iterdir()) == [
        "000.xyz",
        "001.xyz",
        "002.refused",
        "queue.xyz",
    ]
    assert "cannot be paired" in (queue / "002.refused").read_text()
    crystal, moved = (read(queue / f"00{k}.xyz") for k in range(2))
    assert np.abs(crystal.get_forces()).max() < 0.02  # eV/Å: zero by symmetry, but for the grid
    assert moved.get_potential_energy() > crystal.get_potential_energy()
    # The energy rises against the force. Half of the work is lost in a harmonic well: F.d / 2.
    way = moved.positions - crystal.positions
    rise = moved.get_potential_energy() - crystal.get_potential_energy()
    # 15 %: anharmonic
    assert rise == pytest.approx(-np.sum(moved.get_forces() * way) / 2, rel=0.15)
    assert moved.info["gap_eV"] > 2  # PBE has 3.4 with a fine grid of k-points
    assert moved.get_stress().shape == (6,)


def test_a_killed_run_goes_on_and_leaves_no_half_label(gpaw, queue):
    first = labelling(queue)
    deadline = time.monotonic() + 200
    while not (queue / "000.xyz").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    first.send_signal(signal.SIGKILL)  # while it works on the second
    first.communicate()
    assert not (queue / "001.xyz").exists()
    before = (queue / "000.xyz").read_bytes()
    said, errors = labelling(queue).communicate(timeout=300)
    assert said.count("\n") == 2, errors
    assert (queue / "000.xyz").read_bytes() == before
    assert len(read(queue / "001.xyz")) == 3


def test_two_processes_share_a_queue(gpaw, queue):
    processes = [labelling(queue), labelling(queue)]
    lines = "".join(p.communicate(timeout=300)[0] for p in processes).splitlines()
    assert sorted(line.split()[1] for line in lines) == ["0", "1", "2"]


def test_a_write_that_fails_leaves_nothing(tmp_path):
    def half(path):
        path.write_text("half")
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space"):
        pbe.write_whole(tmp_path / "000.xyz", half)
    assert not list(tmp_path.iterdir())


def test_a_claimed_frame_is_nobody_elses(tmp_path):
    with pbe.claimed(tmp_path / "000.lock") as ours, pbe.claimed(tmp_path / "000.lock") as theirs:
        assert ours
        assert not theirs


def test_an_odd_number_of_electrons_is_refused_before_anything_is_paid():
    with pytest.raises(pbe.Refused, match="3 electrons cannot be paired"):
        pbe.label(Atoms("Li", cell=[4, 4, 4], pbc=True))
