"""Runs that somebody has made: any format, one or several at a temperature."""

import json

import pytest
from ase import Atoms
from ase.io import write as ase_write

from lecture8.conductivity import conductivity_of_trajectories
from lecture8.conductivity.__main__ import main
from lecture8.ionic_conductivity import nernst_einstein
from lecture8.structures import lgps
from tests.conductivity.planted import diffusion, walking_lgps

TEMPERATURES = (700, 850, 1000)


def frames_of(run) -> list[Atoms]:
    return [Atoms(run.symbols, x, cell=run.cell, pbc=True) for x in run.positions]


def write_runs(folder, *, replicas: int, form: str) -> dict:
    """Write runs as files of their own, wrapped as most programs do."""
    files = {}
    for T in TEMPERATURES:
        for k, run in enumerate(walking_lgps(T, replicas=replicas)):
            file = folder / f"{T}K-{k}.{form}"
            frames = frames_of(run)
            for atoms in frames:
                atoms.wrap()
            ase_write(file, frames, format={"xyz": "extxyz", "xdatcar": "vasp-xdatcar"}[form])
            files.setdefault(T, []).append(file)
    return files


def expected() -> float:
    rho = 20 / lgps().get_volume()
    return nernst_einstein(diffusion(300), number_density=rho, charge=1, temperature_K=300)


@pytest.mark.parametrize(("replicas", "form"), [(1, "xyz"), (3, "xyz"), (1, "xdatcar")])
def test_files_give_what_was_planted(tmp_path, replicas, form):
    files = write_runs(tmp_path, replicas=replicas, form=form)
    study = conductivity_of_trajectories(
        files, ion="Li", folder=tmp_path / "study", interval_fs=200, report=lambda text: None
    )
    assert study.outcome.charge == 1
    assert study.outcome.tracer.low < expected() < study.outcome.tracer.high
    assert (tmp_path / "study" / "report.html").is_file()
    numbers = json.loads((tmp_path / "study" / "study.json").read_text())
    assert numbers["tracer_sigma_S_per_m"]["value"] == pytest.approx(study.outcome.tracer.value)


def test_runs_of_different_length_are_cut(tmp_path):
    files = write_runs(tmp_path, replicas=2, form="xyz")
    short = frames_of(walking_lgps(700, frames=300)[0])
    ase_write(files[700][0], short, format="extxyz")
    study = conductivity_of_trajectories(files, ion="Li", interval_fs=200, report=lambda text: None)
    assert "cut to the 59.8 ps of the shortest" in study.notes[0]
    assert len(study.runs[700].times) == 300
    assert len(study.runs[850].times) == 400  # lengths may differ between temperatures


def test_the_command(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = write_runs(tmp_path, replicas=1, form="xyz")
    words = [f"{file}:{T}" for T, paths in files.items() for file in paths]
    status = main(["--trajectories", *words, "--interval-fs", "200", "--ion", "Li"])
    assert status == 0
    assert "sigma(300 K) " in capsys.readouterr().out
    assert (tmp_path / "trajectories-study" / "report.html").is_file()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--trajectories", "x.xyz", "--ion", "Li"], "names no temperature; write 800K.xyz:800"),
        (
            ["--trajectories", "none.xyz:300", "--ion", "Li", "--interval-fs", "1"],
            "there is no file",
        ),
        (["{0}:700", "--ion", "Na", "--interval-fs", "200"], "the runs have Li, Ge, P, S"),
        (["{0}:700", "--ion", "Li"], "give either --interval-fs, the time"),
        (["{0}:-5", "--ion", "Li", "--interval-fs", "200"], "a temperature is -5"),
        (["{0}:700", "--ion", "Li", "--interval-fs", "200", "--charges", "Li"], "write Fe=2.5"),
        (
            ["{0}:700", "--ion", "Li", "--interval-fs", "200", "--charges", "Li=9"],
            "do not add up to zero",
        ),
    ],
)
def test_mistakes_are_sentences(tmp_path, capsys, monkeypatch, words, sentence):
    monkeypatch.chdir(tmp_path)
    ase_write("run.xyz", frames_of(walking_lgps(700, replicas=1, frames=50)[0]), format="extxyz")
    if words[0] != "--trajectories":
        words = ["--trajectories", words[0].format("run.xyz"), *words[1:]]
    assert main(words) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    "words",
    [["--trajectories", "a:600", "--teacher", "chgnet"], ["my.cif", "--interval-fs", "100"]],
)
def test_options_of_the_other_way(capsys, words):
    with pytest.raises(SystemExit):
        main([*words, "--ion", "Li"])
    assert f"{words[-2]} is for what comes from" in capsys.readouterr().err


def test_words_of_the_command_line(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frames = frames_of(walking_lgps(700, replicas=1)[0])
    for atoms in frames:
        atoms.wrap()
        atoms.pbc = False
    ase_write("a.xyz", frames, format="extxyz")
    asked = ["--trajectories", "a.xyz:700", "--ion", "Li", "--interval-fs", "200"]
    assert main(asked) == 2
    assert "say --positions wrapped" in capsys.readouterr().err
    assert main([*asked, "--positions", "wrapped"]) == 0
    with pytest.warns(UserWarning, match=r"you say that a\.xyz is unwrapped, but direction 0"):
        main([*asked, "--positions", "unwrapped", "--folder", "wrong"])


def test_a_file_that_is_no_list():
    with pytest.raises(ValueError, match=r"must be as \{600"):
        conductivity_of_trajectories({600: "600K.xyz"}, ion="Li", interval_fs=200)


def test_different_atoms_are_refused(tmp_path):
    one = frames_of(walking_lgps(700, replicas=1, frames=50)[0])
    ase_write(tmp_path / "a.xyz", one, format="extxyz")
    ase_write(tmp_path / "b.xyz", [atoms[:-1] for atoms in one], format="extxyz")
    with pytest.raises(ValueError, match="different atoms"):
        conductivity_of_trajectories(
            {700: [tmp_path / "a.xyz", tmp_path / "b.xyz"]}, ion="Li", interval_fs=200
        )


def test_nothing_given():
    with pytest.raises(ValueError, match="no trajectories"):
        conductivity_of_trajectories({}, ion="Li", interval_fs=200)


def test_a_file_without_a_cell_needs_one(tmp_path):
    frames = frames_of(walking_lgps(700, replicas=1)[0])
    for atoms in frames:
        atoms.cell, atoms.pbc = None, False
    ase_write(tmp_path / "cp2k-pos-1.xyz", frames, format="xyz")
    files = {700: [tmp_path / "cp2k-pos-1.xyz"]}
    with pytest.raises(ValueError, match="have no cell"):
        conductivity_of_trajectories(files, ion="Li", interval_fs=200)
    study = conductivity_of_trajectories(
        files, ion="Li", interval_fs=200, cell=lgps().cell.array, report=lambda text: None
    )
    assert study.outcome.number_density == pytest.approx(20 / lgps().get_volume())
    with pytest.raises(ValueError, match="three lengths or three vectors"):
        conductivity_of_trajectories(files, ion="Li", interval_fs=200, cell=[1, 2])


def test_runs_that_do_not_belong_together(tmp_path):
    frames = frames_of(walking_lgps(700, replicas=1, frames=60)[0])
    ase_write(tmp_path / "a.xyz", frames, format="extxyz")
    read = {"ion": "Li", "interval_fs": 200, "report": lambda text: None}
    with pytest.raises(ValueError, match=r"a\.xyz is given twice"):
        conductivity_of_trajectories({700: [tmp_path / "a.xyz"], 800: [tmp_path / "a.xyz"]}, **read)
    for atoms in frames:
        atoms.symbols[atoms.symbols == "Ge"] = "Si"
    ase_write(tmp_path / "b.xyz", frames, format="extxyz")
    with pytest.raises(ValueError, match="of other atoms than those at 700 K"):
        conductivity_of_trajectories({700: [tmp_path / "a.xyz"], 800: [tmp_path / "b.xyz"]}, **read)
    for atoms in frames:
        atoms.symbols[atoms.symbols == "Si"] = "Ge"
        atoms.set_cell(1.2 * atoms.cell.array)
    ase_write(tmp_path / "c.xyz", frames, format="extxyz")
    with pytest.raises(ValueError, match="different cells"):
        conductivity_of_trajectories({700: [tmp_path / "a.xyz", tmp_path / "c.xyz"]}, **read)


def test_a_report_is_not_overwritten(tmp_path):
    ase_write(tmp_path / "a.xyz", frames_of(walking_lgps(700, replicas=1)[0]), format="extxyz")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "report.html").write_text("mine")
    with pytest.raises(ValueError, match="holds something already"):
        conductivity_of_trajectories(
            {700: [tmp_path / "a.xyz"]}, ion="Li", interval_fs=200, folder=tmp_path / "old"
        )


def test_a_cell_that_is_too_small_for_wrapped_positions(tmp_path):
    frames = frames_of(walking_lgps(700, replicas=1, frames=60)[0])
    for atoms in frames:
        atoms.wrap()
        atoms.cell, atoms.pbc = None, False
    ase_write(tmp_path / "pos.xyz", frames, format="xyz")
    with pytest.raises(ValueError, match=r"span 2\.\d times the cell"):
        conductivity_of_trajectories(
            {700: [tmp_path / "pos.xyz"]},
            ion="Li",
            interval_fs=200,
            wrapped=True,
            cell=lgps().cell.array / 2,
        )
