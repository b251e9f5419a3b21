"""XDATCAR as VASP's versions write it, held to the truth and to ASE's reader."""

import numpy as np
import pytest
from ase.io import read
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lecture8.ionic_conductivity import read_trajectory

from ..walks import TRIANGULAR, random_walk, wrap

CELL = 2 * TRIANGULAR
FRAMES = 30
DIGITS = FRAMES * 2e-7  # Å: eight digits of a cell of 20 Å, added up over the frames


def xdatcar(
    walk,
    cells=CELL,
    *,
    names="Li P S",
    counts="2 1 1",
    scale="1.0",
    comment="a comment",
    every_header=False,
    number="{:6d}",
) -> str:
    """Return positions (T, 4, 3) as VASP writes them."""
    text = ""
    for k, (r, cell) in enumerate(
        zip(walk, np.broadcast_to(cells, (len(walk), 3, 3)), strict=True)
    ):
        if k == 0 or every_header:
            rows = ["".join(f" {x:21.16f}" for x in row) for row in cell]
            head = [
                comment,
                f"  {scale}",
                *rows,
                *([f"   {names}"] if names else []),
                f"  {counts}",
            ]
            text += "\n".join(head) + "\n"
        text += "Direct configuration=" + number.format(k + 1) + "\n"
        fractional = wrap(r, cell) @ np.linalg.inv(cell)
        text += "".join("".join(f"{x:12.8f}" for x in row) + "\n" for row in fractional)
    return text


@pytest.fixture
def walk():
    return random_walk(np.random.default_rng(0), FRAMES, 4, D=0.8)


def reading(path, text, **how):
    path.write_text(text)
    return read_trajectory(path, **{"interval_fs": 20} | how)


def assert_moves(run, true, symbols=("Li", "Li", "P", "S")):
    np.testing.assert_allclose(run.positions - run.positions[0], true - true[0], atol=DIGITS)
    assert run.symbols.tolist() == list(symbols)


@pytest.mark.parametrize(
    "names",
    [
        "Li P S",
        "Li_sv P S",
        "Li_sv/1a2b3c P/0123abcd S/deadbeef",
        "Li/ P/ S/",
        "Li_sv_GW P_GW S.pbe",
        "Li_AE_GW/9ff P_h S_s",
    ],
)
def test_names_of_potentials_are_their_elements(tmp_path, walk, names):
    assert_moves(reading(tmp_path / "XDATCAR", xdatcar(walk, names=names)), walk)


def test_an_element_may_come_twice(tmp_path, walk):
    run = reading(tmp_path / "XDATCAR", xdatcar(walk, names="Li S Li", counts="1 2 1"))
    assert_moves(run, walk, ["Li", "S", "S", "Li"])


def test_names_that_are_no_elements_are_the_cause_and_species_the_remedy(tmp_path, walk):
    path = tmp_path / "XDATCAR"
    for names, cause in (("A P S", "'A P S'"), ("Lithium P S", "'Lithium P S'"), ("", "no names")):
        text = xdatcar(walk, names=names)
        with pytest.raises(ValueError, match=f"{cause} for 3 kinds of atoms, .*give them"):
            reading(path, text)
        assert_moves(reading(path, text, species=["Li", "P", "S"]), walk)
        with pytest.raises(ValueError, match=r"species names 2 elements, .* has 3 kinds of atoms"):
            reading(path, text, species=["Li", "P"])
    with pytest.raises(ValueError, match="names its elements, Li P S; leave species out"):
        reading(path, xdatcar(walk), species=["Li", "P", "S"])
    with pytest.raises(ValueError, match="the names 'Li P' for 3 kinds of atoms"):
        reading(path, xdatcar(walk, names="Li P"))


@pytest.mark.parametrize("comment", ["", "   ", "Li P S", "12", "1.0 2.0 3.0", "Direct"])
@pytest.mark.parametrize("every_header", [False, True])
def test_any_comment_will_do(tmp_path, walk, comment, every_header):
    text = xdatcar(walk, comment=comment, every_header=every_header)
    assert_moves(reading(tmp_path / "XDATCAR", text), walk)


def test_the_scale_is_a_factor_three_factors_or_a_volume(tmp_path, walk):
    path = tmp_path / "XDATCAR"
    assert_moves(reading(path, xdatcar(walk / 2, CELL / 2, scale="2.0")), walk)
    stretched = reading(path, xdatcar(walk, scale="1.0 2.0 3.0"))
    assert_moves(stretched, walk * [1, 2, 3])
    np.testing.assert_allclose(stretched.cell, CELL * [1, 2, 3], atol=1e-12)
    volume = 8 * np.linalg.det(CELL)
    assert_moves(reading(path, xdatcar(walk, scale=f"{-volume:.10f}")), 2 * walk)
    for scale in ("0.0", "1 2", "-1 2 3"):
        with pytest.raises(ValueError, match=f"the scale is '{scale}', but must be one number"):
            reading(path, xdatcar(walk, scale=scale))


def test_at_constant_pressure_each_frame_has_its_cell(tmp_path, walk):
    breath = (1 + 0.01 * np.sin(np.arange(FRAMES)))[:, None, None]
    fractional = walk @ np.linalg.inv(CELL)
    text = xdatcar(fractional @ (breath * CELL), breath * CELL, every_header=True)
    with pytest.warns(UserWarning, match="the cell changes"):
        run = reading(tmp_path / "XDATCAR", text)
    np.testing.assert_allclose(run.cell, (breath * CELL).mean(axis=0), atol=1e-9)
    # Of the way from the corner to the atom, at most 20 Å, 1 % each way and each frame.
    assert np.abs(np.diff(run.positions - walk, axis=0)).max() < 20 * 0.02


def test_blank_lines_between_frames_do_not_matter(tmp_path, walk):
    text = xdatcar(walk).replace("Direct", "\n\nDirect")
    assert_moves(reading(tmp_path / "XDATCAR", text), walk)


def test_the_numbers_of_the_frames_show_what_is_missing(tmp_path, walk):
    path, text = tmp_path / "XDATCAR", xdatcar(walk)
    parts = text.split("Direct configuration=")
    with pytest.raises(ValueError, match="unevenly: 2 follows 1, but 8 follows 6"):
        reading(path, "Direct configuration=".join(parts[:7] + parts[8:]))
    # Stars for a number that is too long, and a run that was started again.
    assert_moves(reading(path, xdatcar(walk, number="******")), walk)
    again = np.concatenate([walk, walk])
    run = reading(path, text + xdatcar(walk))
    np.testing.assert_allclose(run.positions - run.positions[0], again - again[0], atol=2 * DIGITS)


@settings(
    deadline=None,
    derandomize=True,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 2**32), st.booleans(), st.sampled_from(["1.0", "2.5"]))
def test_random_files_agree_with_ase_and_with_the_truth(tmp_path, seed, every_header, scale):
    rng = np.random.default_rng(seed)
    turned = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    tilt = np.tril(rng.uniform(-0.8, 0.8, (3, 3)), -1)
    cell = rng.uniform(6, 14, 3)[:, None] * (np.eye(3) + tilt) @ turned
    true = rng.random((1, 4, 3)) @ cell + random_walk(rng, FRAMES, 4, D=0.1)
    factor = float(scale)
    path = tmp_path / "XDATCAR"
    text = xdatcar(true / factor, cell / factor, scale=scale, every_header=every_header)
    run = reading(path, text)
    assert_moves(run, true)
    frames = read(path, index=":", format="vasp-xdatcar")
    np.testing.assert_allclose(run.cell, frames[0].cell.array, atol=1e-9)
    shift = (run.positions - [atoms.positions for atoms in frames]) @ np.linalg.inv(cell)
    np.testing.assert_allclose(shift, np.round(shift), atol=1e-9)


LINES = xdatcar(random_walk(np.random.default_rng(0), FRAMES, 4, D=0.8)).splitlines(keepends=True)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda lines: lines[:-2], "line 3 of the 4 of frame 29 is ''"),
        (lambda lines: [*lines[:-1], lines[-1][:-3]], "last line has no end"),
        (
            lambda lines: [*lines[:9], *lines[10:]],
            "frame 0: could not convert string to float: 'Direct'",
        ),
        (lambda lines: [*lines[:9], lines[9], *lines[9:]], "starts no frame|garbled"),
        (lambda lines: [*lines[:3], *lines[4:]], "the header has not the lines|do not make"),
        (lambda lines: lines[:-5] + lines[:7], "starts no frame"),
        (lambda lines: [x.replace("2 1 1", "2 1 x") for x in lines], "number of atoms is 'x'"),
        (lambda lines: [x.replace("2 1 1", "2 1 -1") for x in lines], r"atoms are \[2, 1, -1\]"),
        (lambda lines: [*lines[:8], "nan 0 0\n", *lines[9:]], "atom 0 in frame 0"),
        (lambda lines: [*lines[:8], "0.1 a 0\n", *lines[9:]], "convert string to float: 'a'"),
        (lambda lines: [*lines[:8], "1_0 0 0\n", *lines[9:]], "'1_0 0 0' is no number"),
        (lambda lines: lines[:7], "no line 'Direct configuration=', so no frames"),
    ],
)
def test_damaged_files_are_refused_with_the_line(tmp_path, change, match):
    with pytest.raises(ValueError, match=match):
        reading(tmp_path / "XDATCAR", "".join(change(list(LINES))))


def test_runs_of_other_atoms_in_one_file_are_refused(tmp_path, walk):
    text = xdatcar(walk) + xdatcar(walk, counts="1 1 2")
    with pytest.raises(ValueError, match="has other atoms than the first"):
        reading(tmp_path / "XDATCAR", text)
