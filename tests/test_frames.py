"""Frames keep what they carry, a bad label does not pass, and a split does not leak."""

import gzip

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.calculator import CalculationFailed, Calculator
from ase.calculators.emt import EMT
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms

from lecture8 import frames as frames_module
from lecture8.frame_checks import check
from lecture8.frames import describe, duplicates, label, read, split, torsion, write
from lecture8.structures import BUTANE_CHAIN, butane
from lecture8.validation import numerical_stress

KCAL = units.mol / units.kcal


def relabelled(frames, *, energy=1.0, forces=1.0):
    """Copies whose labels are multiplied by `energy` and `forces`."""
    out = []
    for atoms in frames:
        copy, labels = atoms.copy(), atoms.calc.results
        copy.calc = SinglePointCalculator(
            copy, energy=labels["energy"] * energy, forces=labels["forces"] * forces
        )
        out.append(copy)
    return out


# label -------------------------------------------------------------------------------------------


def test_a_label_is_what_the_potential_says_and_the_original_is_untouched(copper):
    before = copper.positions.copy()
    (labelled,) = label([copper], EMT())
    assert copper.calc is None
    np.testing.assert_array_equal(copper.positions, before)
    assert labelled.info == {"run": "cold"}
    assert labelled.get_potential_energy() == EMT().get_potential_energy(copper)
    np.testing.assert_array_equal(labelled.get_forces(), EMT().get_forces(copper))
    # Central differences of a strain of 1e-5 know a stress of 0.1 eV/Å3 to about 1e-8.
    np.testing.assert_allclose(
        labelled.get_stress(voigt=False), numerical_stress(copper, EMT()), atol=1e-7
    )


def test_only_a_crystal_has_a_stress(butanes, copper):
    slab = copper.copy()
    slab.pbc = [True, True, False]
    assert "stress" not in label([slab], EMT())[0].calc.results
    assert set(butanes[0].calc.results) == {"energy", "forces"}


def test_a_constraint_does_not_hide_forces(copper):
    copper.set_constraint(FixAtoms([0]))
    (labelled,) = label([copper], EMT())
    assert np.linalg.norm(labelled.get_forces()[0]) > 0.1
    assert len(copper.constraints) == 1


class Broken(Calculator):
    """Energy and forces zero, until the x of atom 0 passes 1."""

    implemented_properties = ("energy", "forces")

    def __init__(self, failure):
        super().__init__()
        self.failure = failure

    def calculate(self, atoms=None, properties=(), system_changes=()):
        super().calculate(atoms, properties, system_changes)
        self.results = {"energy": 0.0, "forces": np.zeros((len(self.atoms), 3))}
        if self.atoms.positions[0, 0] > 1:
            if isinstance(self.failure, Exception):
                raise self.failure
            self.results[self.failure] = self.results[self.failure] + np.nan


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (CalculationFailed("no convergence"), "failed at frame 1: no convergence"),
        (RuntimeError("no convergence"), "failed at frame 1: no convergence"),
        ("energy", "the energy of frame 1 contains NaN"),
        ("forces", "the forces of frame 1 contains NaN"),
    ],
)
def test_a_failed_label_names_its_frame(failure, message):
    frames = [Atoms("Ar", [[0, 0, 0]]), Atoms("Ar", [[2, 0, 0]])]
    with pytest.raises(CalculationFailed, match=message):
        label(frames, Broken(failure))


# write and read ----------------------------------------------------------------------------------


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

    monkeypatch.setattr(frames_module.os, "replace", full)
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
    # Plain text that ends with a whole frame is a whole file of fewer frames.
    assert passed == ([] if suffix else [(whole.index(b"\n2\n") + 1, 1)])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("H ", "Hx ", 1),
        lambda text: text.replace("0.97", "0.9x", 1),
        lambda text: text.replace("\n2\n", "\n\n2\n", 1),  # a blank line hides what follows
        lambda text: text.replace("\n2\n", "\n3\n", 1),
        lambda text: text + "O 0 0 0\n",
        lambda text: "hello\n",
    ],
)
def test_a_garbled_file_is_refused(tmp_path, spoil):
    path = tmp_path / "a.xyz"
    write(path, [Atoms("OH", [[0, 0, 0], [0, 0, 0.97]])] * 2)
    path.write_text(spoil(path.read_text()))
    with pytest.raises(ValueError, match=r"a\.xyz is cut short or garbled.*copy it again"):
        read(path)


def test_a_missing_file_and_a_false_gz_are_refused(tmp_path, butanes):
    with pytest.raises(ValueError, match=r"there is no file .*nowhere\.xyz"):
        read(tmp_path / "nowhere.xyz")
    write(tmp_path / "a.xyz", butanes[:1])
    (tmp_path / "a.xyz").rename(tmp_path / "a.xyz.gz")
    with pytest.raises(ValueError, match=r"garbled \(BadGzipFile"):
        read(tmp_path / "a.xyz.gz")
    (tmp_path / "a.xyz.gz").write_bytes(gzip.compress(b""))
    with pytest.raises(ValueError, match="0 whole frames"):
        read(tmp_path / "a.xyz.gz")


# duplicates --------------------------------------------------------------------------------------


def disguised(atoms, rng):
    """The same structure, turned, moved and with like atoms renumbered."""
    copy = atoms.copy()
    copy.rotate(77, [1, 2, 3], rotate_cell=True)
    copy.positions += rng.normal(size=3)
    if copy.pbc.any():
        copy.wrap()
    return copy[rng.permutation(len(copy))]


def test_a_disguised_copy_is_a_duplicate_and_a_neighbour_is_not(butanes, copper):
    rng = np.random.default_rng(0)
    pool = [*butanes[:6], copper]
    copies = [disguised(atoms, rng) for atoms in pool]
    assert duplicates(pool, copies) == [(i, i) for i in range(7)]
    assert duplicates(copies, pool[2:4]) == [(2, 0), (3, 1)]
    for atoms in copies:
        atoms.positions[3] += [0.006, -0.006, 0.005]  # 0.01 Å
    assert duplicates(pool, copies) == []
    # Two atoms 0.01 Å nearer: no distance changes by more.
    assert duplicates(pool, copies, tolerance=0.01) == [(i, i) for i in range(7)]


def test_a_mirror_image_is_a_duplicate(butanes):
    mirrored = butanes[0].copy()
    mirrored.positions[:, 0] *= -1
    assert duplicates([mirrored], butanes[:2]) == [(0, 0)]


def test_crystals_differ_by_their_cell_alone():
    cells = [bulk("Cu", a=a) for a in (3.6, 3.61)]  # one atom: no distance at all
    assert duplicates(cells, cells) == [(0, 0), (1, 1)]
    square, rhombus = Atoms("Cu", cell=[3, 3, 3], pbc=True), Atoms("Cu", pbc=True)
    rhombus.cell = [[3, 0, 0], [3 * np.cos(1.2), 3 * np.sin(1.2), 0], [0, 0, 3]]
    assert duplicates([square], [rhombus]) == []
    other_basis = square.copy()
    other_basis.cell = [[3, 0, 0], [3, 3, 0], [0, -3, 3]]  # the same lattice
    assert duplicates([square], [other_basis]) == [(0, 0)]
    assert duplicates([square], [Atoms("Cu")]) == []
    assert duplicates([Atoms("Cu")], [Atoms("Cu", [[1, 1, 1]])]) == [(0, 0)]


def test_the_elements_of_a_pair_matter():
    # The same three distances, between other elements.
    a = Atoms("HOF", [[0, 0, 0], [1, 0, 0], [2.5, 0, 0]])
    b = Atoms("HFO", [[0, 0, 0], [1, 0, 0], [2.5, 0, 0]])
    assert duplicates([a], [b]) == []


def test_duplicates_refuses_a_tolerance_of_zero():
    with pytest.raises(ValueError, match="tolerance is 0"):
        duplicates([], [], tolerance=0)


# split -------------------------------------------------------------------------------------------


def neighbours_in_time(a, b):
    """How many frames of b are 1 fs from a frame of a of the same run."""
    times = {(atoms.info["run"], round(1000 * atoms.info["time_ps"])) for atoms in a}
    return sum(
        bool(
            {(atoms.info["run"], round(1000 * atoms.info["time_ps"]) + d) for d in (-1, 1)} & times
        )
        for atoms in b
    )


def test_a_random_split_leaks_and_a_split_by_run_does_not(butanes):
    sizes = {"train": 15, "validation": 8, "test": 7}
    for seed in range(20):
        parts = split(butanes, **sizes, rng=np.random.default_rng(seed))
        assert [len(part) for part in parts] == [15, 8, 7]
        runs = [{atoms.info["run"] for atoms in part} for part in parts]
        assert sum(len(r) for r in runs) == len(set.union(*runs)) == 4
        assert neighbours_in_time(*parts[:2]) == 0
        leaky = split(butanes, **sizes, rng=np.random.default_rng(seed), by=None)
        assert [len(part) for part in leaky] == [15, 8, 7]
        # Planted bug: of 8 frames, about 8 (1 - (1 - 15/40)^2) = 5 have a neighbour in training.
        assert neighbours_in_time(*leaky[:2]) > 0


@pytest.mark.parametrize("by", ["run", None])
def test_no_frame_is_in_two_parts_nor_twice_in_one(butanes, by):
    parts = split(butanes, train=18, validation=9, test=9, rng=np.random.default_rng(3), by=by)
    everything = [atoms for part in parts for atoms in part]
    assert len({id(atoms) for atoms in everything}) == len(everything) == 36
    assert {id(atoms) for atoms in everything} <= {id(atoms) for atoms in butanes}
    for a, b in ((0, 1), (0, 2), (1, 2)):
        assert duplicates(parts[a], parts[b]) == []


def test_a_copy_in_another_part_is_found_and_named(butanes):
    """Under another run's name, turned and renumbered: only its shape gives it away."""
    copy = disguised(butanes[3], np.random.default_rng(0))
    copy.info["run"] = "another"
    frames = [*butanes[:10], copy, *butanes[10:20]]
    with pytest.warns(UserWarning, match=r"frame 3 \(\w+\) is frame 10 \(\w+\)"):
        split(frames, train=10, validation=1, test=10, rng=np.random.default_rng(0))


def test_a_split_is_the_seed_s(butanes):
    def ids(seed):
        parts = split(butanes, train=20, validation=10, rng=np.random.default_rng(seed))
        return [[id(atoms) for atoms in part] for part in parts]

    assert ids(1) == ids(1)
    assert any(ids(1) != ids(seed) for seed in range(2, 8))


def test_every_run_is_used_and_thinned_evenly(butanes):
    train, validation, test = split(butanes, train=15, validation=5, rng=np.random.default_rng(0))
    assert test == []
    # Four runs are dealt 3 : 1, and every other frame of each is kept.
    assert len({atoms.info["run"] for atoms in train}) == 3
    assert len({atoms.info["run"] for atoms in validation}) == 1
    times = np.array([atoms.info["time_ps"] for atoms in validation])
    np.testing.assert_allclose(np.diff(times), 0.002, atol=1e-9)


def made(lengths):
    """Two atoms at a distance of their own in each frame."""
    runs = np.repeat(np.arange(len(lengths)), lengths)
    far = [[[0, 0, 0], [0, 0, 1 + 0.01 * k]] for k in range(len(runs))]
    return [Atoms("Ar2", far[k], info={"run": int(run)}) for k, run in enumerate(runs)]


def test_runs_of_unequal_length_are_dealt_in_an_order_that_fits():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        parts = split(made([10, 10, 100, 100]), train=90, validation=90, test=5, rng=rng)
        assert [len(part) for part in parts] == [90, 90, 5]


def test_a_run_named_1_and_one_named_by_text_are_the_same():
    frames = [Atoms("Ar", info={"run": run}) for run in (1, "1", "1", 1)]
    with pytest.raises(ValueError, match="but there are 1: 1; make more"):
        split(frames, train=1, validation=1, rng=np.random.default_rng(0))


@pytest.mark.parametrize(
    ("lengths", "sizes", "message"),
    [
        ([5, 5], (-1, 1, 0), r"are \[-1, 1, 0\]; none can be negative"),
        ([5, 5], (6, 3, 2), r"needs 6 \+ 3 \+ 2 = 11 frames, but there are 10; ask for fewer"),
        ([5, 5], (2, 2, 2), "needs at least 3 runs, but there are 2: 0, 1; make more"),
        ([9, 1, 1], (5, 3, 0), "3 runs of 9, 1, 1 frames cannot be dealt whole into parts of 5, 3"),
    ],
)
def test_split_refuses(lengths, sizes, message):
    train, validation, test = sizes
    with pytest.raises(ValueError, match=message):
        split(
            made(lengths),
            train=train,
            validation=validation,
            test=test,
            rng=np.random.default_rng(0),
        )


def test_split_refuses_frames_without_a_run():
    frames = [Atoms("Ar", info={"run": 0}), Atoms("Ar")]
    with pytest.raises(ValueError, match=r'frame 1 does not say .* set atoms\.info\["run"\]'):
        split(frames, train=1, validation=1, rng=np.random.default_rng(0))


# describe, torsion -------------------------------------------------------------------------------


def test_describe_says_what_there_is(butanes, copper):
    text = describe([*butanes, *label([copper], EMT()), Atoms("Ar")])
    assert "42 frames, 1 of them periodic" in text
    assert "3: C4H10 (40), Cu4 (1), Ar (1)" in text
    assert "6: 0 (10), 1 (10), 2 (10), 3 (10), cold (1), unnamed (1)" in text
    assert "energy 41, forces 41, stress 1" in text
    nearest = min(atoms.get_all_distances()[np.triu_indices(14, 1)].min() for atoms in butanes)
    assert f"{nearest:.3f} Å" in text
    energies = [atoms.get_potential_energy() / 14 for atoms in butanes]
    alone = describe(butanes)
    assert f"{np.mean(energies):.4f} eV/atom" in alone
    rms = np.sqrt(np.mean([atoms.get_forces() ** 2 for atoms in butanes]))
    assert f"{rms:.3f} eV/Å" in alone
    assert len(text.splitlines()) < 12


def test_describe_refuses_nothing():
    with pytest.raises(ValueError, match="no frames to describe"):
        describe([])


def test_torsion_is_180_for_trans_and_0_for_cis():
    cis = butane()
    cis.set_dihedral(*BUTANE_CHAIN, 0, indices=[3])
    # Rounded coordinates of the molecule: 1e-6 degrees. Zero may come out as 360.
    angles = torsion([butane(), cis], BUTANE_CHAIN)
    np.testing.assert_allclose(np.cos(np.radians(angles)), [-1, 1], atol=1e-9)
    assert angles[0] == pytest.approx(180, abs=1e-4)
