"""A file gives back what was written, or is refused."""

import gzip

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT

from lecture8.frames import check, label, read, write
from tests.frames.planted import Broken


@pytest.mark.parametrize("name", ["frames.xyz", "frames.xyz.gz"])
def test_a_file_gives_back_what_was_written(tmp_path, butanes, copper, name):
    frames = [*butanes[:3], *label([copper], EMT())]
    write(tmp_path / name, frames)
    back = read(tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert len(back) == len(frames)
    for a, b in zip(frames, back, strict=True):
        assert b.info == a.info
        assert a.symbols.get_chemical_formula() == b.symbols.get_chemical_formula()
        np.testing.assert_array_equal(a.numbers, b.numbers)
        np.testing.assert_array_equal(a.pbc, b.pbc)
        np.testing.assert_array_equal(a.cell.array, b.cell.array)
        # Eight decimals: half of the last is 5e-9.
        np.testing.assert_allclose(b.positions, a.positions, atol=5.1e-9, rtol=0)
        np.testing.assert_allclose(
            b.calc.results["forces"], a.calc.results["forces"], atol=5.1e-9, rtol=0
        )
        assert b.get_potential_energy() == a.get_potential_energy()
    np.testing.assert_array_equal(back[-1].get_stress(), frames[-1].get_stress())
    check(back)


def test_the_same_frames_give_the_same_bytes_at_any_time(tmp_path, butanes, monkeypatch):
    write(tmp_path / "a.xyz.gz", butanes)
    monkeypatch.setattr("time.time", lambda: 1e9)
    write(tmp_path / "b.xyz.gz", butanes)
    assert (tmp_path / "a.xyz.gz").read_bytes() == (tmp_path / "b.xyz.gz").read_bytes()
    # 2 x 8 decimals of 14 atoms in 3 dimensions: 40 frames in less than a byte per digit.
    assert (tmp_path / "a.xyz.gz").stat().st_size < 40 * 14 * 60


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, butanes, monkeypatch):
    path = tmp_path / "frames.xyz"
    write(path, butanes[:1])
    whole = path.read_bytes()

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="no space left"):
        write(path, butanes)
    assert path.read_bytes() == whole
    assert list(tmp_path.iterdir()) == [path]


def test_write_refuses_nothing_and_labels_of_other_positions(tmp_path, butanes):
    with pytest.raises(ValueError, match="no frames to write"):
        write(tmp_path / "a.xyz", [])
    calculator = EMT()
    shared = [bulk("Cu", a=a) for a in (3.6, 3.7)]
    for atoms in shared:
        atoms.calc = calculator  # it remembers the last structure only
        atoms.get_potential_energy()
    with pytest.raises(ValueError, match="frame 0 was changed after"):
        write(tmp_path / "a.xyz", shared)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_file_cut_anywhere_is_refused(tmp_path, suffix):
    molecules = [Atoms("OH", [[0, 0, 0], [0, 0, d]], info={"run": 1}) for d in (0.97, 1.0)]
    path = tmp_path / f"cut.xyz{suffix}"
    write(path, label(molecules, Broken("energy")))
    whole = path.read_bytes()
    passed = []
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        try:
            passed.append((length, len(read(path))))
        except ValueError as error:
            assert "cut.xyz" in str(error)  # noqa: PT017
    # Plain text that ends with a whole frame, with or without the end of its last line, is a whole
    # file of fewer frames.
    first = whole.find(b"\n2\n")
    assert passed == ([] if suffix else [(first, 1), (first + 1, 1), (len(whole) - 1, 2)])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("0.97", "0.9x", 1),
        lambda text: text.replace("0.97", "0. 97", 1),
        lambda text: text.replace("\nH ", "\n\nH ", 1),
        lambda text: text.replace("\n2\n", "\n3\n", 1),
        lambda text: text + "O 0 0 0\n",
        lambda text: "hello\n",
    ],
)
def test_a_garbled_file_is_refused(tmp_path, spoil):
    path = tmp_path / "a.xyz"
    write(path, [Atoms("OH", [[0, 0, 0], [0, 0, 0.97]])] * 2)
    path.write_text(spoil(path.read_text()))
    with pytest.raises(ValueError, match=r"a\.xyz: .*cut short or garbled: copy it again"):
        read(path)


def test_a_missing_file_and_a_false_gz_are_refused(tmp_path, butanes):
    with pytest.raises(FileNotFoundError, match=r"there is no file .*nowhere\.xyz"):
        read(tmp_path / "nowhere.xyz")
    write(tmp_path / "a.xyz", butanes[:1])
    (tmp_path / "a.xyz").rename(tmp_path / "a.xyz.gz")
    with pytest.raises(ValueError, match=r"cannot be unpacked \(BadGzipFile"):
        read(tmp_path / "a.xyz.gz")
    (tmp_path / "a.xyz.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(ValueError, match="0 whole frames"):
        read(tmp_path / "a.xyz.gz")
