"""How this run and the one before agree, which may have had another day and another processor."""

from typing import NamedTuple

import numpy as np
from contest import contests_of, same_work, summary, three

BETWEEN_RUNS = 0.10  # what runs of the same programs on the same processor differed by


class Change(NamedTuple):
    """A ratio in both runs: its medians, and whether its rounds overlap."""

    what: str
    was: float
    now: float
    overlap: bool

    @property
    def factor(self) -> float:
        """By what it grew or shrank, 1 or more."""
        return max(self.now / self.was, self.was / self.now)

    @property
    def agrees(self) -> bool:
        """Whether rounds overlap or medians are near."""
        return self.overlap or self.factor <= 1 + BETWEEN_RUNS


def changes(tables: dict[str, dict], before: dict[str, dict]) -> list[Change]:
    """Return all ratios that both runs have, those that changed most first."""
    found = []
    for contest in (c for table in tables.values() for c in contests_of(table)):
        then = same_work(contest, before)
        for who in list(contest.values)[1:]:
            if then and who in then.values:
                now, low, high = summary(contest.ratios(who))
                was, least, most = summary(then.ratios(who))
                what = f"{contest.subject}, {who}"
                found.append(Change(what, was, now, low <= most and high >= least))
    return sorted(found, key=lambda change: -change.factor)


def spread(found: list[Change]) -> tuple[float, float]:
    """Return by how much half of the ratios changed at most, and nine of ten."""
    half, nine_of_ten = np.quantile([change.factor - 1 for change in found], [0.5, 0.9])
    return float(half), float(nine_of_ten)


def slower(tables: dict[str, dict], before: dict[str, dict]) -> float:
    """Return how many times longer ours took than in another run, the median of all contests."""
    factors = []
    for contest in (c for table in tables.values() for c in contests_of(table)):
        then = same_work(contest, before)
        if then and "eV" not in contest.unit:
            now, was = (summary(next(iter(c.values.values())))[0] for c in (contest, then))
            factors.append(now / was)
    return float(np.median(factors))


def two_runs(run: dict) -> list[str]:
    """Return in Markdown how this run and the one before agree."""
    then, tables = run["before"]["machine"], (run["tables"], run["before"]["tables"])
    found = changes(*tables)
    apart = [change for change in found if not change.agrees]
    typical, nine_of_ten = spread(found)
    lines = [
        "## Two runs",
        "",
        f"The run before is of {then['date']} ({then['processor']}). Rounds of one run share "
        "the memory that a process got and the neighbours on its server, so runs differ by more "
        "than rounds do. Two ratios agree if their rounds overlap, or their medians differ by less "
        f"than {BETWEEN_RUNS:.0%}: {len(found) - len(apart)} of {len(found)} do. Half of the "
        f"medians changed by less than {typical:.0%}, nine of ten by less than {nine_of_ten:.0%}. "
        f"Ours took {slower(*tables):.2f} times as long as then, the median of all contests in "
        "which time is measured.",
    ]
    if apart:
        lines += ["Not these:", ""]
        lines += [f"- {c.what}: {three(c.was)} before, {three(c.now)} now" for c in apart]
    return [*lines, ""]
