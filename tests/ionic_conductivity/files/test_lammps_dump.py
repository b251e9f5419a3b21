"""LAMMPS dumps: all columns, boxes and orders, held to the truth and to ASE's reader."""

from itertools import pairwise

import numpy as np
import pytest
from ase.io import read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lecture8.ionic_conductivity import (
    diffusion_coefficient,
    mean_squared_displacement,
    read_trajectory,
)

from ..walks import TRIANGULAR, random_walk
from .dumps import dump

CELL = 2 * TRIANGULAR
SPECIES = ["Li", "P", "S"]
WRAPPED = ["x y z", "xs ys zs"]
UNWRAPPED = ["xu yu zu", "xsu ysu zsu", "x y z ix iy iz", "ix iy iz xs ys zs", "x y z xu yu zu"]
ROUNDING = 1e-9  # Å: sums of some hundred steps in double precision


@pytest.fixture
def walk():
    return random_walk(np.random.default_rng(0), 40, 4, D=0.8)


def reading(path, text, **how):
    path.write_text(text)
    how = {"timestep_fs": 0.5} | ({"species": SPECIES} if " type " in text else {}) | how
    return read_trajectory(path, **how)


def assert_moves(run, true, atol=ROUNDING):
    np.testing.assert_allclose(run.positions - run.positions[0], true - true[0], atol=atol)


@pytest.mark.parametrize("columns", WRAPPED + UNWRAPPED)
@pytest.mark.parametrize("what", ["type", "element"])
def test_all_columns_give_the_truth_in_a_tilted_box(tmp_path, walk, columns, what):
    run = reading(tmp_path / "run.lammpstrj", dump(walk, CELL, f"id {what} mol {columns}"))
    assert_moves(run, walk)
    assert run.symbols.tolist() == ["Li", "Li", "P", "S"]
    np.testing.assert_allclose(run.cell, CELL, atol=1e-12)
    np.testing.assert_allclose(run.times, 0.05 * np.arange(40))
    again = read_trajectory(
        tmp_path / "run.lammpstrj",
        interval_fs=50,
        species=SPECIES if what == "type" else None,
    )
    np.testing.assert_allclose(again.times, run.times)


@pytest.mark.parametrize("columns", UNWRAPPED)
def test_ions_that_fly_more_than_half_a_cell_are_right_where_the_dump_is_unwrapped(
    tmp_path, columns
):
    # A walk of 3 Å per axis and frame in a box of 9 Å: D = 3^2 / (2 * 0.05 ps) = 90 Å2/ps.
    true = random_walk(np.random.default_rng(1), 1001, 4, D=90, interval=0.05)
    text = dump(true, 9 * np.eye(3), f"id type {columns}", title="")
    run = reading(tmp_path / "fast.lammpstrj", text)
    assert_moves(run, true)
    measured = diffusion_coefficient(run.positions, run.times, window=(0.05, 0.5))
    assert measured.low < 90 < measured.high  # the interval holds for this seed; 95 % do
    with pytest.raises(ValueError, match="nobody knows through which face"):
        reading(tmp_path / "x.lammpstrj", dump(true, 9 * np.eye(3), "id type x y z", title=""))


@pytest.mark.parametrize("columns", WRAPPED + UNWRAPPED)
@pytest.mark.parametrize("title", ["", "xy xz yz", "abc origin"])
@pytest.mark.parametrize("flags", ["", "pp pp pp"])
def test_a_box_that_does_not_say_it_is_periodic_counts_as_periodic(
    tmp_path, walk, columns, title, flags
):
    cell = CELL if title else np.diag(np.diag(CELL))
    text = dump(walk, cell, f"id type {columns}", title=title, flags=flags, origin=(-3, 2, 7))
    assert_moves(reading(tmp_path / "old.lammpstrj", text), walk)


@pytest.mark.parametrize("columns", WRAPPED + UNWRAPPED)
def test_open_directions_are_left_alone(tmp_path, walk, columns):
    walk[..., 2] += 2.0 * np.arange(40)[:, None]  # an atom that leaves
    how = {"flags": "pp pp ff", "periodic": (True, True, False), "title": ""}
    text = dump(walk, np.diag([11.0, 12.0, 90.0]), f"id type {columns}", **how)
    assert_moves(reading(tmp_path / "slab.lammpstrj", text), walk)


@pytest.mark.parametrize("columns", WRAPPED)
def test_flags_that_call_a_wrapped_direction_open_are_asked_about(tmp_path, columns):
    rng = np.random.default_rng(2)
    true = rng.random((1, 4, 3)) * 8 + random_walk(rng, 400, 4, D=0.5)
    text = dump(true, 8 * np.eye(3), f"id type {columns}", title="", flags="ff ff ff")
    with pytest.raises(ValueError, match="direction 0 is not periodic, but atom"):
        reading(tmp_path / "run.lammpstrj", text)
    assert_moves(reading(tmp_path / "run.lammpstrj", text, wrapped=True), true)


@pytest.mark.parametrize("columns", WRAPPED + UNWRAPPED)
@pytest.mark.filterwarnings("ignore:the cell changes")
def test_in_a_box_that_breathes_all_columns_show_the_same_diffusion(tmp_path, columns):
    rng = np.random.default_rng(3)
    fractional = random_walk(rng, 200, 4, D=0.001) + rng.integers(-5, 5, (1, 4, 3))
    cells = CELL * (1 + 0.01 * np.sin(np.arange(200)))[:, None, None]
    text = dump(fractional @ cells, cells, f"id type {columns}")
    msd = mean_squared_displacement(reading(tmp_path / "npt.lammpstrj", text).positions, max_lag=1)
    still = mean_squared_displacement(fractional @ CELL, max_lag=1)
    # Inside the cell, breathing of 1 % moves an atom by 0.1 Å, beside 0.5 Å of its own.
    assert msd[1] == pytest.approx(still[1], rel=0.15)
    # The planted bug: images that breathe.
    assert mean_squared_displacement(fractional @ cells, max_lag=1)[1] > 1.5 * still[1]


@pytest.mark.parametrize("columns", WRAPPED + UNWRAPPED)
@pytest.mark.filterwarnings("ignore:the cell changes")
def test_a_box_that_is_flipped_is_the_same_lattice(tmp_path, columns):
    # Sheared until xy exceeds lx / 2, LAMMPS takes xy - lx: another box of the same lattice.
    rng = np.random.default_rng(4)
    tilt = 4.5 * np.sin(np.arange(100) / 10)
    flipped = tilt - 8 * np.round(tilt / 8)
    assert np.abs(np.diff(flipped)).max() > 7
    sheared, cells = np.repeat(8 * np.eye(3)[None, None], 100, axis=1).repeat(2, axis=0)
    sheared[:, 1, 0], cells[:, 1, 0] = tilt, flipped
    fractional = random_walk(rng, 100, 4, D=0.0002) + rng.integers(-3, 3, (1, 4, 3))
    text = dump(fractional @ sheared, cells, f"id type {columns}")
    steps = np.diff(reading(tmp_path / "sheared.lammpstrj", text).positions, axis=0)
    # Shear moves an atom in the cell by up to 0.45 Å a frame, and four sigma of its own are 0.3;
    # a flip that is missed moves it by 8 Å times its image.
    assert np.abs(steps).max() < 0.8


def test_scaled_positions_in_a_box_whose_corner_moves_are_where_lammps_had_them(tmp_path, walk):
    # ASE's reader leaves the corner out: atoms of a slab would move with it.
    how = {"flags": "ss ss ss", "periodic": (False,) * 3, "title": ""}
    parts = [
        dump(
            r[None], np.diag([40.0, 50.0, 60 + 5 * k]), "id type xs ys zs", origin=(0, 0, -k), **how
        )
        for k, r in enumerate(walk)
    ]
    text = "".join(
        p.replace("TIMESTEP\n0\n", f"TIMESTEP\n{100 * k}\n") for k, p in enumerate(parts)
    )
    run = reading(tmp_path / "run.lammpstrj", text)
    np.testing.assert_allclose(run.positions, walk, atol=ROUNDING)


def test_units_of_the_dump_are_turned_into_angstrom(tmp_path, walk):
    text = dump(walk, CELL)
    for style, angstrom in (("metal", 1.0), ("real", 1.0), ("nano", 10.0), ("electron", 0.529177)):
        run = reading(tmp_path / "run.lammpstrj", f"ITEM: UNITS\n{style}\n{text}")
        assert_moves(run, angstrom * walk, atol=1e-5)  # digits of the bohr above
        np.testing.assert_allclose(run.cell, angstrom * CELL, rtol=1e-6)
    with pytest.raises(ValueError, match="the dump has units lj"):
        reading(tmp_path / "run.lammpstrj", f"ITEM: UNITS\nlj\n{text}")


def test_times_in_the_dump_must_be_even_where_steps_are(tmp_path, walk):
    parts = dump(walk, CELL).split("ITEM: TIMESTEP")[1:]
    even = "".join(f"ITEM: TIME\n{0.05 * k}\nITEM: TIMESTEP{p}" for k, p in enumerate(parts))
    assert_moves(reading(tmp_path / "run.lammpstrj", even), walk)
    uneven = "".join(f"ITEM: TIME\n{0.001 * k**2}\nITEM: TIMESTEP{p}" for k, p in enumerate(parts))
    with pytest.raises(ValueError, match="the time step changes"):
        reading(tmp_path / "run.lammpstrj", uneven)


def test_masses_name_elements(tmp_path, walk):
    text = dump(walk, CELL, "id type x y z").replace("id type", "id mass")
    for kind, mass in ((1, 6.94), (2, 30.97), (3, 32.06)):
        text = "\n".join(
            f"{w[0]} {mass} {' '.join(w[2:])}" if len(w) == 5 and w[1] == str(kind) else line
            for line, w in ((line, line.split()) for line in text.split("\n"))
        )
    run = reading(tmp_path / "run.lammpstrj", text)
    assert run.symbols.tolist() == ["Li", "Li", "P", "S"]
    with pytest.raises(ValueError, match="an atom of mass 1000, which no element has"):
        reading(tmp_path / "run.lammpstrj", text.replace(" 32.06 ", " 1000 "))


@st.composite
def boxes(draw):
    """Return a lower triangular cell (3, 3), Å, tilted as far as LAMMPS likes, and its title."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    cell = np.diag(rng.uniform(6, 14, 3))
    title = draw(st.sampled_from(["", "xy xz yz"]))
    if title:
        cell[1, 0], cell[2, 0] = rng.uniform(-0.5, 0.5, 2) * cell[0, 0]
        cell[2, 1] = rng.uniform(-0.5, 0.5) * cell[1, 1]
    return cell, title


@settings(
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    boxes(),
    st.sampled_from(WRAPPED + UNWRAPPED),
    st.sampled_from(["pp pp pp", "pp ff pp", "ff pp sm"]),
    st.booleans(),
    st.integers(0, 2**32),
)
def test_random_dumps_agree_with_ase_and_with_the_truth(tmp_path, box, columns, flags, order, seed):
    rng = np.random.default_rng(seed)
    cell, title = box
    periodic = np.array(["p" in flag for flag in flags.split()])
    true = rng.random((1, 4, 3)) @ cell + random_walk(rng, 25, 4, D=0.1)
    path = tmp_path / "run.lammpstrj"
    how = {"title": title, "flags": flags, "periodic": periodic, "shuffle": order}
    run = reading(path, dump(true, cell, f"id type {columns}", **how))
    assert_moves(run, true)
    frames = read(path, index=":", format="lammps-dump-text", specorder=SPECIES)
    assert run.symbols.tolist() == frames[0].get_chemical_symbols()
    np.testing.assert_allclose(run.cell, frames[0].cell.array, atol=1e-9)
    # ASE knows no images: the same place within the cell. (It does not add the corner, here 0.)
    shift = (run.positions - [atoms.positions for atoms in frames]) @ np.linalg.inv(cell)
    np.testing.assert_allclose(shift, np.round(shift), atol=1e-9)
    assert not shift[..., ~periodic].any() or np.abs(shift[..., ~periodic]).max() < 1e-9


LINES = dump(random_walk(np.random.default_rng(0), 40, 4, D=0.8), CELL).splitlines(keepends=True)


@pytest.mark.parametrize(
    ("old", "new", "how", "match"),
    [
        ("", "", {"species": None}, "numbers its types and does not name"),
        ("", "", {"species": ["Li"]}, r"1 elements, \['Li'\], but .* types up to 3 \(1, 2, 3\)"),
        ("", "", {"species": [*SPECIES, "Cl"]}, r"4 elements, .* types up to 3"),
        ("", "", {"species": "LiPS"}, "species is 'LiPS', but must be a list"),
        ("", "", {"species": ["Li", "P", "Sx"]}, "species holds 'Sx', which is no element"),
        ("TIMESTEP\n500\n", "TIMESTEP\n550\n", {}, "not evenly spaced"),
        ("TIMESTEP\n500\n", "TIMESTEP\n400\n", {}, "frame 5 is of step 400, after step 400"),
        ("TIMESTEP\n500\n", "TIMESTEP\n5e2\n", {}, "TIMESTEP is '5e2', but must be a whole number"),
        ("ATOMS id", "ATOMS mol", {}, "dump them with id"),
        ("type x y z", "type xu y z", {}, "has the column xu, but not yu zu"),
        ("type x y z", "type vx vy vz", {}, "and no positions; dump x y z"),
        ("id type x", "id mol x", {"species": None}, "no element, mass or type"),
        ("\n4\n", "\n5\n", {}, "line 5 of the 5 of the atoms of step 0 is 'ITEM: TIMESTEP'"),
        ("BOX BOUNDS xy xz yz pp pp pp", "BOX BOUNDS xy xz yz pp pp", {}, "not pp pp pp"),
        ("BOX BOUNDS xy xz yz pp pp pp", "BOX BOUNDS pp pp pp", {}, None),
        ("ITEM: ATOMS", "ITEM: ENTRIES", {}, "'ITEM: ENTRIES id type x y z' is no item"),
    ],
)
def test_dumps_that_cannot_be_trusted_are_refused(tmp_path, old, new, how, match):
    text = "".join(LINES).replace(old, new) if old else "".join(LINES)
    if match is None:  # an old header: the third column is the tilt
        assert reading(tmp_path / "run.dump", text, **how)
        return
    with pytest.raises(ValueError, match=match):
        reading(tmp_path / "run.dump", text, **how)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda lines: lines[:-2], "line 3 of the 4 of the atoms of step 3900"),
        (lambda lines: [*lines[:-1], lines[-1][:-17]], "last line has no end"),
        (lambda lines: [*lines[:-1], lines[-1][:8]], "must have 5 columns"),
        (lambda lines: [*lines[:9], lines[9], *lines[9:12], *lines[13:]], "different ids"),
        (lambda lines: [*lines[:5], *lines[6:]], "the box"),
        (lambda lines: [*lines[:13], *lines[26:]], "not evenly spaced"),
        (lambda lines: lines[1:], "'0' is no item of a dump"),
        (lambda lines: [line.replace("ATOMS", "ATOMS\x00") for line in lines], "is no item"),
    ],
)
def test_damaged_dumps_are_refused_with_the_line(tmp_path, change, match):
    with pytest.raises(ValueError, match=match):
        reading(tmp_path / "run.dump", "".join(change(list(LINES))))


def test_a_dump_that_names_its_elements_needs_no_species(tmp_path, walk):
    text = dump(walk, CELL, "id element x y z")
    with pytest.raises(ValueError, match="leave species out"):
        reading(tmp_path / "run.dump", text, species=SPECIES)
    with pytest.raises(ValueError, match="has the element 'Xx', which is none"):
        reading(tmp_path / "run.dump", text.replace(" S ", " Xx "))


def test_frames_of_other_atoms_are_refused(tmp_path, walk):
    for old, new in (("4 3 ", "5 3 "), ("4 3 ", "4 2 ")):
        first, *rest = dump(walk, CELL).split("ITEM: TIMESTEP")[1:]
        changed = [part.replace(f"\n{old}", f"\n{new}") for part in rest]
        text = "".join(f"ITEM: TIMESTEP{part}" for part in [first, *changed])
        with pytest.raises(ValueError, match="frame 1 has other atoms than frame 0"):
            reading(tmp_path / "run.dump", text)


def test_the_lines_of_the_tests_are_those_of_one_frame():
    starts = [k for k, line in enumerate(LINES) if line == "ITEM: TIMESTEP\n"]
    assert {b - a for a, b in pairwise(starts)} == {13}
