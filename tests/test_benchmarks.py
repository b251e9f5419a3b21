"""The contests take turns, and the report says what they measured."""

import importlib
import json
import multiprocessing
import os
import statistics
from pathlib import Path

import pytest

BENCHMARKS = Path("benchmarks")


@pytest.fixture
def modules(monkeypatch):
    monkeypatch.syspath_prepend("benchmarks")
    return importlib.import_module("contest"), importlib.import_module("report")


def made(contest, values, atoms=None, subject="work"):
    return contest.Contest(subject, "s", values, atoms)


def tables(*contests):
    return {
        "lennard_jones": {
            "title": "t",
            "settings": "how",
            "notes": "but",
            "contests": [c._asdict() for c in contests],
        }
    }


def test_every_contestant_has_a_turn_each_round_and_another_one_begins(modules):
    contest, _ = modules
    order = []

    def turn(name):
        return lambda: order.append(name) or float(len(order))

    found = contest.take_turns("work", "s", {n: turn(n) for n in "abc"}, rounds=3)
    assert order == list("abc") + list("bca") + list("cab")
    assert found.values == {"a": [1, 6, 8], "b": [2, 4, 9], "c": [3, 5, 7]}


def test_each_round_may_have_a_process_of_its_own(modules, tmp_path, monkeypatch):
    contest, _ = modules
    (tmp_path / "planted_round.py").write_text(
        "import multiprocessing, os\n"
        "from contest import Contest\n"
        "def one_round(turn):\n"
        "    values = {'turn': [turn], 'process': [os.getpid()]}\n"
        "    values['starts'] = [multiprocessing.get_start_method()]\n"
        "    return [Contest('work', 's', values), Contest('more', 's', {'ours': [2.0]}, 5)]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    one_round = importlib.import_module("planted_round").one_round
    work, more = contest.in_new_processes(one_round, 3)
    assert work.values["turn"] == [0, 1, 2]
    assert len({os.getpid(), *work.values["process"]}) == 4
    # What a round starts itself starts as in a script: a loader that is spawned costs seconds.
    assert work.values["starts"] == [multiprocessing.get_start_method()] * 3
    assert more == made(contest, {"ours": [2.0] * 3}, 5, subject="more")


def test_ratios_are_those_within_a_round(modules):
    contest, report = modules
    # The machine is ten times slower in the second round: medians hardly say so, ratios do.
    found = made(contest, {"ours": [1.0, 10.0, 1.0], "peer": [2.0, 20.0, 2.2]})
    assert found.ratios("peer") == pytest.approx([2.0, 2.0, 2.2])
    before = made(contest, {"ours": [1.0, 1.0], "peer": [3.0, 4.0]})
    (table,) = tables(found).values()
    lines = report.section(table, tables(before), {})
    assert "| work | ours | 1.00 (1.00 to 10.0) | 1 | 1 |" in lines
    peer = "| work | peer | 2.20 (2.00 to 20.0) | 2.00 (2.00 to 2.20) |"
    assert f"{peer} 3.50 (3.00 to 4.00) |" in lines
    assert f"{peer} - |" in report.section(table, {}, {})


def test_contestants_with_unequal_rounds_are_refused(modules):
    contest, _ = modules
    with pytest.raises(ValueError, match="longer"):
        made(contest, {"ours": [1.0, 1.0], "peer": [2.0]}).ratios("peer")


def test_the_exponent_is_that_of_a_whole_step(modules):
    contest, report = modules
    # Per atom: constant for a linear program, proportional to N for one that takes all pairs.
    contests = [
        made(
            contest,
            {"ours": [2.0], "pairs": [0.1 * n], "rare": [1.0]}
            if n < 900
            else {"ours": [2.0], "pairs": [0.1 * n]},
            n,
        )
        for n in (100, 300, 900)
    ]
    found = report.exponents(contests)
    assert set(found) == {"ours", "pairs"}  # two sizes make no line
    assert found["ours"] == (pytest.approx(1), 3, 100, 900)
    assert found["pairs"][0] == pytest.approx(2)


def test_two_runs_agree_where_their_rounds_overlap_or_nearly_do(modules):
    contest, _ = modules
    two_runs = importlib.import_module("two_runs")
    then = {"ours": [1.0, 1.0], "over": [2.0, 2.4], "near": [3.0, 3.1], "far": [3.0, 3.1]}
    now = {"ours": [2.0, 2.0], "over": [4.6, 5.4], "near": [6.4, 6.6], "far": [7.0, 7.2]}
    before = tables(made(contest, then | {"gone": [1.0, 1.0]}))
    found = two_runs.changes(tables(made(contest, now)), before)
    assert [change.what for change in found] == ["work, far", "work, over", "work, near"]
    assert [change.agrees for change in found] == [False, True, True]
    run = {"tables": tables(made(contest, now)), "before": {"tables": before}}
    run["before"]["machine"] = {"date": "then", "processor": "there"}
    text = "\n".join(two_runs.two_runs(run))
    assert "2 of 3 do" in text
    assert text.endswith("- work, far: 3.05 before, 3.55 now\n")
    assert two_runs.changes(tables(made(contest, now)), {}) == []


def test_how_much_longer_ours_took_leaves_errors_out(modules):
    contest, _ = modules
    two_runs = importlib.import_module("two_runs")

    def run(*seconds):
        times = [made(contest, {"ours": [s]}, subject=f"work {k}") for k, s in enumerate(seconds)]
        return tables(*times, contest.Contest("error", "meV/Å", {"ours": [sum(seconds)]}))

    assert two_runs.slower(run(2.0, 3.0, 9.0), run(1.0, 1.0, 1.0)) == 3.0


def test_tables_are_kept_whole_and_a_missing_one_is_named(modules, tmp_path, monkeypatch):
    contest, report = modules
    monkeypatch.setattr(contest, "RESULTS", tmp_path / "results")
    contest.keep("lennard_jones", "Title", " how\n it was ", [made(contest, {"ours": [1.0]}, 10)])
    assert [file.name for file in contest.RESULTS.iterdir()] == ["lennard_jones.json"]
    table = json.loads((contest.RESULTS / "lennard_jones.json").read_text())
    assert table["settings"] == "how it was"
    assert report.contests_of(table)[0].values == {"ours": [1.0]}
    with pytest.raises(SystemExit, match=r"neighbour_lists\.json is missing: run benchmarks"):
        report.read_tables(contest.RESULTS)


def test_readme_and_report_say_what_the_last_run_measured(modules):
    _, report = modules
    run = json.loads((BENCHMARKS / "results.json").read_text())
    readme = Path("README.md").read_text()
    assert report.with_short_table(readme, run["tables"]) == readme
    assert report.as_markdown(run) == (BENCHMARKS / "results.md").read_text()


def test_the_short_table_prints_the_ratio_within_rounds_and_who_wins_in_bold(modules, monkeypatch):
    contest, _ = modules
    short = importlib.import_module("short_table")
    line = short.Short("a liquid", "lennard_jones", "work", "ours", {"A": "a", "B": "b"})
    monkeypatch.setattr(short, "SHORT", [line])
    # In the slow second round all are: B is half as expensive as ours in each.
    values = {"first": [9.0] * 3, "ours": [1.0, 40.0, 2.0], "a": [3.0] * 3, "b": [0.5, 20.0, 1.0]}
    text = "before\n\n| the same work | ours | peers, relative to ours |\n| old |\n\nafter"
    new = short.with_short_table(text, tables(made(contest, values)))
    assert new.startswith("before\n\n| the same work")
    assert new.endswith("|\n\nafter")
    assert new.splitlines()[4] == "| a liquid | 2.0 s | A 1.5, **B 0.50** |"
    assert "old" not in new


def test_a_gpu_has_a_column_with_the_ratio_on_its_machine(modules):
    contest, report = modules
    (table,) = tables(made(contest, {"ours": [1.0], "peer": [20.0]})).values()
    gpu = tables(made(contest, {"ours": [2.0], "peer": [5.0], "only there": [1.0]}))
    lines = report.section(table, {}, gpu)
    assert "| what | who | s | relative to ours | in the run before | with a GPU |" in lines
    ends = [line.split(" | ")[-1] for line in lines if line.startswith("| work")]
    assert ends == ["2.00; 1 |", "5.00; 2.50 (2.50 to 2.50) |", "1.00; 0.500 (0.500 to 0.500) |"]
    assert "| work | only there | - | - | - | 1.00; 0.500 (0.500 to 0.500) |" in lines


def test_without_a_gpu_the_column_stays_as_it_was(modules, tmp_path):
    _, report = modules
    before = {"tables": {}, "gpu": {"machine": {"GPU": "an old one"}}}
    assert report.gpu_run(tmp_path / "gpu.json", before) == {"machine": {"GPU": "an old one"}}
    assert "gpu" not in before  # once is enough
    (tmp_path / "gpu.json").write_text('{"machine": {"GPU": "a new one"}}')
    assert report.gpu_run(tmp_path / "gpu.json", before) == {"machine": {"GPU": "a new one"}}
    assert report.gpu_run(tmp_path / "none.json", None) is None


def test_readme_says_what_a_gpu_changes(modules):
    contest, _ = modules
    two = importlib.import_module("short_table").two
    gpu = json.loads((BENCHMARKS / "results.json").read_text())["gpu"]
    readme = Path("README.md").read_text()
    paragraph = readme[readme.index("With a GPU") :].split("\n\n")[0]
    assert gpu["machine"]["GPU"].split()[-1] in paragraph
    found = {c.subject: c for table in gpu["tables"].values() for c in contest.contests_of(table)}
    for subject, who in (
        ("12,800 atoms", "SevenNet-0"),
        ("12,800 atoms", "MACE-MP-0 medium's size"),
        ("200 atoms", "SevenNet-0"),
        ("200 atoms", "MACE-MP-0 medium's size"),
        ("training PaiNN on butane", "SchNetPack"),
        ("painn, 112 atoms", "SchNetPack's MD"),
        ("painn, butane", "SchNetPack's MD"),
    ):
        assert two(statistics.median(found[subject].ratios(who))) in paragraph, (subject, who)


def test_readme_says_by_how_much_ratios_change_between_days(modules):
    two_runs = importlib.import_module("two_runs")
    run = json.loads((BENCHMARKS / "results.json").read_text())
    found = two_runs.changes(run["tables"], run["before"]["tables"])
    half, most = (f"{x:.0%}".replace("%", " %") for x in two_runs.spread(found))
    readme = " ".join(Path("README.md").read_text().split())
    assert f"half of the {len(found)} ratios were within {half} of these" in readme
    assert f"nine of ten within {most}" in readme


def test_the_processor_has_family_and_model_where_the_system_says_them(modules, tmp_path):
    processor = importlib.import_module("machine").processor
    said = tmp_path / "cpuinfo"
    said.write_text("cpu family\t: 25\nmodel\t\t: 1\nmodel name\t: AMD EPYC\n\nprocessor : 1\n")
    assert processor(said) == "AMD EPYC (family 25, model 1)"
    said.write_text("model name : some Arm\n")
    assert processor(said) == "some Arm"
    assert processor(tmp_path / "none")
