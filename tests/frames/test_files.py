"""A file gives back what was written, or is refused."""

import gzip

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.calculators.singlepoint import SinglePointCalculator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

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


FRAME = """2
Lattice="5 0 0 0 5 0 0 0 5" Properties=species:S:1:pos:R:3:forces:R:3 energy=-3.25 pbc="T T T"
{} 0.10000000 0.20000000 0.30000000 1.00000000 2.00000000 3.00000000
Cu 1.10000000 2.20000000 2.30000000 -1.00000000 -2.00000000 -3.25000000
"""


@pytest.mark.parametrize(
    "dress",
    [
        lambda text: text.rstrip("\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\n2\n", "\n\n  \n2\n") + "\n\n",
        lambda text: "\n" + text,
        lambda text: text.replace("2\n", "  2 \n").replace("\nCu", "\n   Cu"),
        lambda text: text.replace("Lattice", "lattice").replace("Properties", "properties"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_what_other_programs_and_systems_do_to_a_file_changes_nothing(tmp_path, dress, encoding):
    path = tmp_path / "a.xyz"
    path.write_bytes(dress(2 * FRAME.format("Cu")).encode(encoding))
    frames = read(path)
    assert len(frames) == 2
    for atoms in frames:
        assert str(atoms.symbols) == "Cu2"
        assert atoms.pbc.all()
        assert atoms.get_volume() == pytest.approx(125, abs=1e-9)  # rounding
        np.testing.assert_array_equal(atoms.positions[1], [1.1, 2.2, 2.3])
        np.testing.assert_array_equal(atoms.calc.results["forces"][1], [-1, -2, -3.25])
        assert atoms.calc.results["energy"] == -3.25


def test_a_comment_in_another_encoding_and_a_gz_of_another_name_are_read(tmp_path):
    text = FRAME.format("Cu").replace("pbc=", 'remark="Ångström" pbc=')
    (tmp_path / "a.xyz").write_bytes(gzip.compress(text.encode("latin-1")))
    assert read(tmp_path / "a.xyz")[0].info["remark"] == "Ångström"


@pytest.mark.parametrize(
    ("species", "symbol"),
    [("Cu1+", "Cu"), ("CU", "Cu"), ("cu", "Cu"), ("O2-", "O"), ("Li_sv", "Li"), ("Li/5e8d", "Li")],
)
def test_a_species_is_read_as_its_element(tmp_path, species, symbol):
    (tmp_path / "a.xyz").write_text(FRAME.format(species))
    assert read(tmp_path / "a.xyz")[0].symbols[0] == symbol


def test_deuterium_is_hydrogen_of_twice_the_mass(tmp_path):
    (tmp_path / "a.xyz").write_text(FRAME.format("D"))
    (atoms,) = read(tmp_path / "a.xyz")
    assert atoms.symbols[0] == "H"
    np.testing.assert_allclose(atoms.get_masses(), [2.0141, 63.546], atol=1e-4)  # u


@pytest.mark.parametrize("species", ["Hx", "29", "OW", "CA1", "2H", "Vac"])
def test_a_species_that_is_no_element_is_named(tmp_path, species):
    (tmp_path / "a.xyz").write_text(FRAME.format(species))
    with pytest.raises(ValueError, match=f"line 3 has the species '{species}', which is no elem"):
        read(tmp_path / "a.xyz")


@pytest.mark.parametrize("digits", range(1, 10))
def test_a_last_number_that_was_cut_is_refused(tmp_path, digits):
    (tmp_path / "a.xyz").write_text(FRAME.format("Cu").rstrip("\n")[:-digits])
    with pytest.raises(ValueError, match="line 4 "):
        read(tmp_path / "a.xyz")


values = st.one_of(
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=12),
    st.none(),
    st.booleans(),
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=4),
)


@settings(
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    info=st.dictionaries(st.from_regex(r"[a-z]{1,5}_x", fullmatch=True), values, max_size=3),
    seed=st.integers(0, 1000),
    size=st.integers(1, 5),
    pbc=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    labelled=st.booleans(),
)
def test_anything_comes_back_from_a_file(tmp_path, info, seed, size, pbc, labelled):
    rng = np.random.default_rng(seed)
    atoms = Atoms(
        rng.integers(1, 90, size), 9 * rng.normal(size=(size, 3)), cell=rng.normal(size=(3, 3))
    )
    atoms.pbc, atoms.info = pbc, dict(info)
    if labelled:
        labels = {"energy": rng.normal(), "forces": rng.normal(size=(size, 3))}
        atoms.calc = SinglePointCalculator(atoms, **labels, stress=rng.normal(size=6))
    write(tmp_path / "a.xyz", [atoms, atoms])
    for back in read(tmp_path / "a.xyz"):
        np.testing.assert_array_equal(back.numbers, atoms.numbers)
        np.testing.assert_array_equal(back.pbc, atoms.pbc)
        np.testing.assert_array_equal(back.cell.array, atoms.cell.array)
        # Eight decimals: half of the last is 5e-9.
        np.testing.assert_allclose(back.positions, atoms.positions, atol=5.1e-9, rtol=0)
        assert back.info.keys() == atoms.info.keys()
        for key, value in info.items():
            np.testing.assert_array_equal(back.info[key], value)
            assert isinstance(back.info[key], str) == isinstance(value, str)
        if labelled:
            for name, value in atoms.calc.results.items():
                np.testing.assert_allclose(back.calc.results[name], value, atol=5.1e-9, rtol=0)


@pytest.mark.filterwarnings("ignore:Skipping unhashable information")
def test_what_would_not_come_back_is_not_written(tmp_path, butanes):
    for key, value in (("a=b", 1), ("thing", object()), ("virial", np.zeros(6))):
        atoms = butanes[0].copy()
        atoms.info[key] = value
        with pytest.raises(ValueError, match="frame 0"):
            write(tmp_path / "a.xyz", [atoms])
    assert not list(tmp_path.iterdir())
    write(tmp_path / "a.xyz", (atoms for atoms in butanes[:2]))
    assert len(read(tmp_path / "a.xyz")) == 2


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
