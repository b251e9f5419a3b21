"""The whole way, from a file to a report, with a fast potential; killed in the middle, too."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from lecture8.conductivity import BUDGETS, conductivity
from lecture8.conductivity.__main__ import main
from lecture8.datasets import fitted_lgps
from lecture8.datasets.files import path_of
from lecture8.frames import label, write
from lecture8.structures import lgps, moved_to

PUPIL = path_of("lgps_moment_network.npz")  # a fast teacher
HOT, HOTTER = 600, 800
COMMAND = f"lgps.xyz --ion Li --budget trial --labels labels.xyz --temperatures {HOT} {HOTTER}"


def prepare(folder) -> None:
    """Write a crystal, and labels that are stiffer than the teacher."""
    write(folder / "lgps.xyz", [lgps()])
    rng = np.random.default_rng(3)
    shaken = [
        moved_to(lgps().positions + 0.1 * rng.standard_normal((50, 3)), lgps()) for _ in range(6)
    ]
    stiff = label(shaken, fitted_lgps())
    for atoms in stiff:
        atoms.calc.results["forces"] = atoms.calc.results["forces"] / 0.8
    write(folder / "labels.xyz", stiff)


def whole_study(folder, report=lambda text: None):
    """Do the same as `COMMAND`, by a call."""
    return conductivity(
        folder / "lgps.xyz",
        ion="Li",
        folder=folder / "lgps-study",
        teacher=PUPIL,
        budget="trial",
        temperatures_K=(HOT, HOTTER),
        labels=folder / "labels.xyz",
        report=report,
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return a study of LGPS, its folder, and what it said."""
    folder, said = tmp_path_factory.mktemp("whole"), []
    prepare(folder)
    return whole_study(folder, said.append), folder, said


def test_each_step_is_said(finished):
    _, _, said = finished
    assert said[0].startswith("formal charges: Li +1")
    assert "s a label of 50 atoms" in said[1]
    assert any("first frames are labelled" in text for text in said)
    assert said[-1].endswith("report.html")


def test_the_report_says_what_the_study_knows(finished):
    study, folder, _ = finished
    page = (folder / "lgps-study" / "report.html").read_text()
    assert study.outcome.verdict in page
    for warning in study.warnings:
        assert warning.split(":")[0].replace("'", "&#39;") in page
    numbers = json.loads((folder / "lgps-study" / "study.json").read_text())
    assert numbers["verdict"] == study.outcome.verdict
    assert numbers["settings"]["seed"] == 1
    assert set(numbers["diffusion_A2_per_ps"]) == {str(HOT), str(HOTTER)}
    assert numbers["examinations"][-1]["labels"] <= BUDGETS["trial"].labels
    assert {"relaxing", "doubting", "teaching", "running"} <= set(numbers["seconds"])


def test_a_teacher_that_is_softer_than_the_labels_is_doubted(finished):
    study, _, _ = finished
    assert study.doubt.force_slopes["Li"] == pytest.approx(0.8, abs=1e-6)
    assert any("too soft" in warning for warning in study.warnings)


def test_an_examination_is_of_frames_that_no_fit_has_seen(finished):
    study, _, _ = finished
    first, *later = study.examinations
    assert first.force_rmse > 0
    assert all(x.frames > first.frames for x in later)  # they were learnt only afterwards


def test_the_same_call_again_computes_nothing(finished):
    study, folder, _ = finished
    kept = [folder / "lgps-study" / name for name in ("crystal.xyz", "doubt.json")]
    kept += [
        file for name in ("teaching", "runs") for file in (folder / "lgps-study" / name).rglob("*")
    ]
    before = {file: file.stat().st_mtime_ns for file in kept}
    again = whole_study(folder)
    assert again.outcome.verdict == study.outcome.verdict
    assert again.examinations == study.examinations
    assert {file: file.stat().st_mtime_ns for file in kept} == before


def test_a_folder_is_of_one_study(finished):
    _, folder, _ = finished
    with pytest.raises(ValueError, match=r"holds a study with ion 'Li', not 'S'"):
        conductivity(folder / "lgps.xyz", ion="S", folder=folder / "lgps-study", teacher=PUPIL)
    with pytest.raises(ValueError, match="is of no study"):
        conductivity(folder / "lgps.xyz", ion="Li", folder=folder, teacher=PUPIL)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["none.xyz", "--ion", "Li"], "there is no file none.xyz"),
        (["lgps.xyz", "--ion", "Na"], "holds no Na"),
        (["lgps.xyz", "--ion", "Li", "--teacher", "gpt"], "there is no teacher 'gpt'"),
        (["lgps.xyz", "--ion", "Li", "--temperatures", "300"], "a line needs two"),
        (["lgps.xyz", "--ion", "Li", "--temperatures", "-3", "300"], "a temperature is -3"),
        (["lgps.xyz", "--ion", "Li", "--charges", "Fe=2"], "charges name Fe"),
        (["lgps.xyz", "--ion", "Li", "--tune"], "give --labels ..., and sevennet-0"),
        (["lgps.xyz", "--ion", "Li", "--labels", "no.xyz"], "there is no file no.xyz"),
        (["lgps.xyz", "--ion", "Li", "--least-length", "40"], "has 5000 atoms, 600 at most"),
    ],
)
def test_mistakes_are_sentences_and_cost_nothing(tmp_path, monkeypatch, capsys, words, sentence):
    monkeypatch.chdir(tmp_path)
    write("lgps.xyz", [lgps()])
    assert main(words) == 2
    error = capsys.readouterr().err
    assert sentence in error
    assert "Traceback" not in error
    assert not (tmp_path / "lgps-study").exists()


def run_command(folder) -> subprocess.Popen:
    """Start the command in a group of processes of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "lecture8.conductivity", *COMMAND.split(), "--teacher", str(PUPIL)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_a_command_that_was_killed_twice_goes_on(finished, tmp_path):
    prepare(tmp_path)
    folder = tmp_path / "lgps-study"
    for file in ("teaching/examined-0.xyz", f"runs/{HOTTER}K-0.npz"):
        process = run_command(tmp_path)
        while not (folder / file).exists():
            assert process.poll() is None, process.stdout.read()
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    process = run_command(tmp_path)
    output, _ = process.communicate()
    assert process.returncode == 0, output
    assert not list(folder.rglob("*.partial"))
    whole, killed = (
        json.loads((one / "study.json").read_text()) for one in (finished[1] / "lgps-study", folder)
    )
    # The same random numbers: fits and labels agree to rounding, until chaos shows it.
    for one, other in zip(whole["examinations"], killed["examinations"], strict=True):
        assert one["frames"] == other["frames"]
        assert one["force_rmse"] == pytest.approx(other["force_rmse"], rel=1e-3)
    assert whole["settings"] == killed["settings"]
    np.testing.assert_allclose(whole["cell_A"], killed["cell_A"])
