"""A contest: contestants do the same work in turns, round after round.

A shared machine changes speed as it pleases, but hardly within one round. So what counts is the
ratio to ours *within* a round: its median over the rounds, and its smallest and largest value as
its spread. The first contestant is ours, the ratio 1; above 1 we are faster (or more accurate).
"""

import argparse
import json
import multiprocessing
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from lecture8.replacing import replacing

RESULTS = Path(__file__).parent.parent / "build" / "bench" / "results"


class Contest(NamedTuple):
    """What each contestant needed for the same work, one value a round; less is better.

    Parameters
    ----------
    subject : str
        The work, "864 atoms".
    unit : str
        Of the values, "µs per atom and step".
    values : dict of str to list of float
        Contestant -> one value a round, the same number of rounds for all; the first is ours.
    atoms : int, optional
        Where the cost is to be seen against the size.
    """

    subject: str
    unit: str
    values: dict[str, list[float]]
    atoms: int | None = None

    def ratios(self, contestant: str) -> list[float]:
        """Return contestant / ours of each round."""
        ours = next(iter(self.values.values()))
        return [a / b for a, b in zip(self.values[contestant], ours, strict=True)]


def contests_of(table: dict) -> list[Contest]:
    """Return the contests of one table."""
    return [Contest(**contest) for contest in table["contests"]]


def same_work(contest: Contest, tables: dict[str, dict]) -> Contest | None:
    """Return the contest of another run that was about the same, if there is one."""
    for table in tables.values():
        for other in contests_of(table):
            if (other.subject, other.unit) == (contest.subject, contest.unit):
                return other
    return None


def take_turns(
    subject: str,
    unit: str,
    contestants: dict[str, Callable[[], float]],
    *,
    rounds: int,
    begin_at: int = 0,
    atoms: int | None = None,
    scale: float = 1.0,
) -> Contest:
    """Return `scale` times what each contestant measured; every round another one begins."""
    names = list(contestants)
    values = {name: [] for name in names}
    for k in range(begin_at, begin_at + rounds):
        begins = k % len(names)
        for name in names[begins:] + names[:begins]:
            values[name].append(scale * contestants[name]())
        print(f"  {subject}: round {k + 1}", file=sys.stderr, flush=True)
    return Contest(subject, unit, values, atoms)


def in_new_processes(one_round: Callable[[int], list[Contest]], rounds: int) -> list[Contest]:
    """Return the contests of ``one_round(k)``, each round of which had a process of its own.

    A process keeps the memory and the threads that it got; where that makes a difference, it
    belongs into the spread. What it starts itself (loaders of data) starts as it would in a script.
    """
    spawn, usual = multiprocessing.get_context("spawn"), multiprocessing.get_start_method()
    how = {"initializer": _start_others, "initargs": (usual,)}
    found = []
    for k in range(rounds):
        with ProcessPoolExecutor(1, mp_context=spawn, **how) as process:
            found.append(process.submit(one_round, k).result())
    return [
        contests[0]._replace(
            values={name: [c.values[name][0] for c in contests] for name in contests[0].values}
        )
        for contests in zip(*found, strict=True)
    ]


def _start_others(how: str) -> None:
    multiprocessing.set_start_method(how, force=True)


def seconds_of(function: Callable[[], object]) -> float:
    """Return how long a call takes."""
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def summary(values: list[float]) -> tuple[float, float, float]:
    """Return median, smallest and largest."""
    return statistics.median(values), min(values), max(values)


def three(value: float) -> str:
    """Return a number with three digits, without an exponent."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:#.3g}".rstrip(".")


def write(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file) as partial:
        partial.write_text(text)


def told(doc: str, rounds: int, **numbers: int) -> argparse.Namespace:
    """Return --rounds and other whole numbers from the command line, by default these."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    for name, default in {"rounds": rounds, **numbers}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    return parser.parse_args()


def keep(name: str, title: str, settings: str, contests: list[Contest], notes: str = "") -> None:
    """Write the contests of one table where report.py looks for them, whole or not at all."""
    table = {
        "title": title,
        "settings": " ".join(settings.split()),
        "notes": " ".join(notes.split()),
        "contests": [contest._asdict() for contest in contests],
    }
    write(RESULTS / f"{name}.json", json.dumps(table, ensure_ascii=False, indent=1))
    print(f"{title}: {len(contests)} contests kept", flush=True)
