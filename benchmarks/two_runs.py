"""How this run and the one before agree, which may have had another day and another processor."""

import numpy as np
from contest import contests_of, same_work, summary, three

BETWEEN_RUNS = 0.10  # what runs of the same programs on the same processor differed by


def agreement(tables: dict[str, dict], before: dict[str, dict]) -> tuple[int, list[str]]:
    """Return how many ratios both runs have, and those that do not agree, farthest first."""
    number, apart = 0, []
    for table in tables.values():
        for contest in contests_of(table):
            then = same_work(contest, before)
            for who in list(contest.values)[1:]:
                if then is None or who not in then.values:
                    continue
                number += 1
                middle, low, high = summary(contest.ratios(who))
                was, least, most = summary(then.ratios(who))
                far = abs(np.log(middle / was))
                if (low > most or high < least) and far > np.log(1 + BETWEEN_RUNS):
                    line = f"- {contest.subject}, {who}: {three(was)} before, {three(middle)} now"
                    apart.append((far, line))
    return number, [line for _, line in sorted(apart, reverse=True)]


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
    number, apart = agreement(run["tables"], run["before"]["tables"])
    then = run["before"]["machine"]
    factor = slower(run["tables"], run["before"]["tables"])
    lines = [
        "## Two runs",
        "",
        f"The run before is of {then['date']} ({then['processor']}). Rounds of one run share "
        "the memory that a process got and the neighbours on its server, so runs differ by more "
        "than rounds do. Two ratios agree if their rounds overlap, or their medians differ by less "
        f"than {BETWEEN_RUNS:.0%}: {number - len(apart)} of {number} do. Ours took {factor:.2f} "
        "times as long as then, the median of all contests in which time is measured.",
    ]
    if apart:
        lines += ["Not these:", "", *apart]
    return [*lines, ""]
