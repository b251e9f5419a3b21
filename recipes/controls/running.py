"""Run controls, keep what they found in outcomes.csv, and write the table, README.md.

Run: python -m recipes.controls.running [NOTEBOOK or NAME ...]   (all: two hours on two cores)

Numbers of the others stay. A control that fails stands in the table as such: mend the sentence, not
the bounds.
"""

import csv
import re
import sys
from importlib import import_module
from pathlib import Path

import numpy as np

from lecture8.replacing import replacing
from recipes.controls.claim import CONTROLS, Control
from recipes.writing import on_two_cores

FOLDER = Path(__file__).parent
OUTCOMES = FOLDER / "outcomes.csv"
COLUMNS = ("control", "seed", "value")
HEAD = """# What the course claims, and what became of it

Each row: a sentence of notebooks, slides or instructors' pages, the control that could have proved
it wrong, what it found with each seed, and within which bounds the sentence holds. Made by
`python -m recipes.controls.running`; one row again by `python -m recipes.controls.running NAME`.
One seed: there is no chance in it, or the control takes many seeds by itself.

Whether the notebooks' own assertions hold by luck: `python -m recipes.controls.other_seeds`
executes each notebook three times with other random numbers (other_seeds.csv). One fails there, and
should: notebook 4 looks at how number 4 of five potentials breaks, chosen because it does.
"""


def found(name: str, seed: int) -> float:
    """Return what a control finds with a seed, in a process of its own."""
    import torch

    torch.set_num_threads(1)
    (control,) = (c for c in every() if c.name == name)
    return float(control.measure(seed))


def every() -> list[Control]:
    """Return all controls, those of notebook 1 first."""
    for file in sorted(FOLDER.glob("notebook_*.py")):
        import_module(f"recipes.controls.{file.stem}")
    return CONTROLS


def outcomes() -> dict[tuple[str, int], float]:
    """Return what is kept: (name, seed) -> number."""
    if not OUTCOMES.exists():
        return {}
    with open(OUTCOMES, newline="") as file:
        return {(r["control"], int(r["seed"])): float(r["value"]) for r in csv.DictReader(file)}


def chosen(words: list[str]) -> list[Control]:
    """Return the controls of these notebooks, or of these names; all if there are no words."""
    names_of = {c.name: {c.name, c.measure.__module__[-1]} for c in every()}
    unknown = set(words) - set().union(*names_of.values())
    if unknown:
        known = ", ".join(names_of)
        raise SystemExit(f"no control is called {' or '.join(sorted(unknown))}; there are {known}")
    return [c for c in every() if not words or names_of[c.name] & set(words)]


def written(values: list[float]) -> str:
    """Return three significant digits of each."""
    return ", ".join(f"{value:.3g}" for value in values)


def bounds(control: Control) -> str:
    """Return the bounds in words."""
    if np.isinf(control.low):
        return f"at most {control.high:g}"
    return (
        f"at least {control.low:g}"
        if np.isinf(control.high)
        else (f"{control.low:g} to {control.high:g}")
    )


def table(kept: dict[tuple[str, int], float]) -> str:
    """Return the page."""
    rows = [
        "| claim | where | control | found | holds within | seeds |",
        "|---|---|---|---|---|---|",
    ]
    for c in every():
        values = [kept[c.name, seed] for seed in c.seeds if (c.name, seed) in kept]
        good = sum(map(c.holds, values))
        unit = f" {c.unit}" if c.unit else ""
        rows.append(
            f"| {c.claim} | {c.where} | {c.control} (`{c.name}`) | {written(values)}{unit} "
            f"| {bounds(c)} | {good} of {len(c.seeds)} |"
        )
    return HEAD + "\n" + "\n".join(rows) + "\n"


def listed_on_disk() -> set[str]:
    """Return the names of all functions in the files as they are now.

    While this ran, somebody may have added a control and its numbers: they are no leftovers.
    """
    files = sorted(FOLDER.glob("notebook_*.py"))
    return set(re.findall(r"^def (\w+)\(", "".join(f.read_text() for f in files), flags=re.M))


def main(words: list[str]) -> None:
    """Run the chosen ones, and write both files after each."""
    kept = outcomes()
    jobs = [(c.name, seed) for c in chosen(words) for seed in c.seeds]
    for job, value in zip(jobs, on_two_cores(found, jobs), strict=True):
        print(*job, f"{value:.4g}", flush=True)
        kept = outcomes() | {job: value}  # others may have written meanwhile
        place = {c.name: number for number, c in enumerate(every())}
        lines = sorted(
            (key for key in kept if key[0] in listed_on_disk()),
            key=lambda key: (place.get(key[0], len(place)), key),
        )
        with replacing(OUTCOMES) as partial, open(partial, "w", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(COLUMNS)
            writer.writerows((*key, f"{kept[key]:.6g}") for key in lines)
        with replacing(FOLDER / "README.md") as partial:
            partial.write_text(table(kept))


if __name__ == "__main__":
    main(sys.argv[1:])
