"""Write results.md, results.json, results.svg and README's table from what the contests kept.

Where there is a results.json from before, each ratio stands beside the one that it held, and the
report says which of them do not agree.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from contest import RESULTS, Contest, contests_of, same_work, summary, three, write
from machine import machine
from short_table import with_short_table
from two_runs import two_runs

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
TABLES = (
    "lennard_jones",
    "neighbour_lists",
    "networks",
    "lgps",
    "transport",
    "short_runs",
    "accuracy",
)


def read_tables(folder: Path) -> dict[str, dict]:
    """Return the tables that contests kept, with a Contest for each of their contests."""
    tables = {}
    for name in TABLES:
        file = folder / f"{name}.json"
        if not file.exists():
            raise SystemExit(f"{file} is missing: run benchmarks/{name}.py, or make bench")
        tables[name] = json.loads(file.read_text())
    return tables


def gpu_run(file: Path, before: dict | None) -> dict | None:
    """Return what was measured with a GPU, by this run or, where it had none, earlier."""
    earlier = before.pop("gpu", None) if before else None
    return json.loads(file.read_text()) if file.exists() else earlier


def relative(contest: Contest | None, who: str) -> str:
    """Return the ratio to ours with its spread, for a table."""
    if contest is None or who not in contest.values:
        return "-"
    if who == next(iter(contest.values)):
        return "1"
    middle, low, high = map(three, summary(contest.ratios(who)))
    return f"{middle} ({low} to {high})"


def cost(contest: Contest, who: str) -> str:
    """Return what it took, with its spread, for a table."""
    if who not in contest.values:
        return "-"
    middle, low, high = map(three, summary(contest.values[who]))
    return f"{middle} ({low} to {high})"


def row(cells: list[str]) -> str:
    """Return a line of a table in Markdown."""
    return f"| {' | '.join(cells)} |"


def on_gpu(contest: Contest | None, who: str) -> str:
    """Return cost and ratio to ours on the machine with the GPU, for a table."""
    if contest is None or who not in contest.values:
        return "-"
    return f"{three(summary(contest.values[who])[0])}; {relative(contest, who)}"


def section(table: dict, before: dict[str, dict], gpu: dict[str, dict]) -> list[str]:
    """Return one table in Markdown, by unit, with its settings and notes."""
    column = any(same_work(contest, gpu) for contest in contests_of(table))
    lines = [f"## {table['title']}", "", table["settings"]]
    unit = None
    for contest in contests_of(table):
        if contest.unit != unit:
            unit = contest.unit
            heads = ["what", "who", unit, "relative to ours", "in the run before"]
            heads += ["with a GPU"] * column
            lines += ["", row(heads), "|" + "---|" * len(heads)]
        then, there = same_work(contest, before), same_work(contest, gpu)
        for who in contest.values | (there.values if there else {}):
            cells = [contest.subject, who, cost(contest, who)]
            cells += [relative(contest, who), relative(then, who)]
            lines.append(row(cells + [on_gpu(there, who)] * column))
    return [*lines, "", table["notes"], ""]


def exponents(contests: list[Contest]) -> dict[str, tuple[float, int, int, int]]:
    """Return contestant -> exponent of the cost of a step against N, sizes, smallest, largest."""
    cost = {}
    for contest in contests:
        for name, values in contest.values.items():
            total = np.median(values) * contest.atoms  # µs a step
            cost.setdefault(name, []).append((contest.atoms, total))
    found = {}
    for name, points in cost.items():
        if len(points) >= 3:
            sizes, totals = np.array(points).T
            slope = np.polyfit(np.log(sizes), np.log(totals), 1)[0]
            found[name] = (slope, len(points), int(sizes.min()), int(sizes.max()))
    return found


def size_section(tables: dict[str, dict]) -> list[str]:
    """Return the exponents in Markdown."""
    lines = [
        "## Cost against size",
        "",
        "The time of a step as N to some power, a line through the logarithms of the medians; 1 is "
        "proportional. Small systems pay for what does not grow (starting threads, Python), "
        "which makes an exponent smaller than 1; large ones leave the caches, which makes it "
        "larger.",
        "",
        "| what | who | atoms | exponent |",
        "|---|---|---|---|",
    ]
    for table in (tables["lennard_jones"], tables["lgps"]):
        for name, (slope, sizes, low, high) in exponents(contests_of(table)).items():
            what = f"{low:,} to {high:,}, {sizes} sizes"
            lines.append(f"| {table['title'].split(':')[0]} | {name} | {what} | {slope:.2f} |")
    return [*lines, ""]


def gpu_section(where: dict[str, str]) -> list[str]:
    """Return in Markdown what the column "with a GPU" is about."""
    named = "; ".join(f"{key}: {value}" for key, value in where.items())
    return [
        "With a GPU: the peers on it, ours on the processor of the same machine (one core, networks"
        f" on two). The same work, median cost and the ratio to ours. {named}.",
        "",
    ]


def as_markdown(run: dict) -> str:
    """Return results.md."""
    text = [
        "# Side by side with the peers",
        "",
        "Written by `make bench`. The contestants take turns, round after round; given are medians "
        "over the rounds, in brackets the least and the most, and the ratio to ours within each "
        "round. Above 1 ours is faster, or more accurate. The machine is shared and noisy: ratios "
        "are what counts.",
        "",
        *(f"- {key}: {value}" for key, value in run["machine"].items()),
        "",
        "![Cost of an atom and step against the number of atoms](results.svg)",
        "",
    ]
    before, gpu = (run[other]["tables"] if run[other] else {} for other in ("before", "gpu"))
    if gpu:
        text += gpu_section(run["gpu"]["machine"])
    for table in run["tables"].values():
        text += section(table, before, gpu)
    text += size_section(run["tables"])
    if run["before"]:
        text += two_runs(run)
    return "\n".join(text)


def draw(tables: dict[str, dict], gpu: dict[str, dict], file: Path) -> None:
    """Draw the cost of an atom and step against the number of atoms."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "lecture8"  # the same numbers make the same file
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(1, 2, figsize=(10, 4.2), layout="constrained")
    for ax, name in zip(axes, ("lennard_jones", "lgps"), strict=True):
        contests = contests_of(tables[name])
        for k, who in enumerate(contests[0].values):
            points = [(c.atoms, c.values[who]) for c in contests if who in c.values]
            sizes = [atoms for atoms, _ in points]
            middle, low, high = np.array([summary(values) for _, values in points]).T
            style = {"marker": "o", "ms": 4, "capsize": 2, "color": f"C{k}", "label": who}
            style |= {"lw": 2.5, "zorder": 3} if who.startswith("ours") else {"lw": 1}
            ax.errorbar(sizes, middle, [middle - low, high - middle], **style)
            dashed = [c for c in contests_of(gpu.get(name, {"contests": []})) if who in c.values]
            if dashed and not who.startswith("ours"):
                medians = [summary(c.values[who])[0] for c in dashed]
                style |= {"ls": "--", "marker": ".", "label": f"{who}, with a GPU"}
                ax.errorbar([c.atoms for c in dashed], medians, **style)
        ax.set(xscale="log", yscale="log", xlabel="atoms", title=tables[name]["title"])
        ax.set_ylabel("µs per atom and step")
        ax.grid(alpha=0.3)
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(fontsize=7, frameon=False)
    fig.savefig(file, metadata={"Date": None})


def main() -> None:
    """Write the three files, and README's table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", type=Path, default=HERE / "results.json", help="earlier run")
    arguments = parser.parse_args()
    before = None
    if arguments.against.exists():
        before = json.loads(arguments.against.read_text()) | {"before": None}  # not all of history
    run = {"machine": machine(), "tables": read_tables(RESULTS), "before": before}
    run["gpu"] = gpu_run(RESULTS / "gpu.json", before)
    contents = {
        HERE / "results.md": as_markdown(run),
        HERE / "results.json": json.dumps(run, ensure_ascii=False) + "\n",
        README: with_short_table(README.read_text(), run["tables"]),
    }
    draw(run["tables"], run["gpu"]["tables"] if run["gpu"] else {}, HERE / "results.svg")
    for file, content in contents.items():
        write(file, content)
    print(f"written: {HERE / 'results.md'}")


if __name__ == "__main__":
    main()
