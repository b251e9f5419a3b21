"""The checklist: ask every question, judge the answers, write them side by side."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from ase import Atoms
from ase.calculators.calculator import BaseCalculator
from tqdm.auto import tqdm

from lecture8.arguments import check_generator, check_whole
from lecture8.frames import label
from lecture8.trust.consistency import nve_drift
from lecture8.trust.extremes import softening
from lecture8.trust.limits import CHECKS, Check
from lecture8.trust.measurement import Measurement, NotApplicable


class Finding(NamedTuple):
    """One line of the checklist, filled in; `verdict` is green, yellow, red or n/a."""

    check: str
    value: float
    unit: str
    verdict: str
    consequence: str
    error: float = 0.0

    @property
    def number(self) -> str:
        """The value as text, with its error if it has one."""
        if np.isnan(self.value):
            return "-"
        error = f" ± {self.error:.1g}" if self.error else ""
        return f"{self.value:.2g}{error}".replace("inf", "∞")


def trust(
    atoms: Atoms,
    potential: BaseCalculator,
    *,
    rng: np.random.Generator,
    reference: BaseCalculator | list[Atoms] | None = None,
    nve_steps: int = 100,
    checks: Sequence[Check] = CHECKS,
    progress: bool = False,
) -> list[Finding]:
    """Go through the checklist for one material and one potential.

    The atoms are displaced by 0.05 Å first: in a perfect crystal all forces vanish, and nothing
    could be wrong with them. The NVE run takes half of the roughly 200 energies; each further pair
    of elements adds 20 of two atoms alone. The same seed asks two potentials the same questions.

    A line is green or red only if its number is so by two standard errors, and yellow in between.
    A check in which the potential raises or returns NaN is red, and the others go on.

    Parameters
    ----------
    atoms : Atoms
        Two or more, of your material; some 50 in the periodic cell are plenty.
    potential : calculator
    rng : numpy Generator
    reference : calculator or list of Atoms, optional
        What softening is measured against. A calculator labels five more displaced frames; frames
        carry labels already, best from a run at your highest temperature.
    nve_steps : int
        At least 24; the more, the smaller the error of the drift.
    checks : sequence of Check
        A part of `CHECKS`, or your own.
    progress : bool
        Show a progress bar.

    Returns
    -------
    list of Finding
        One for each check, in their order.

    Raises
    ------
    ValueError
        For fewer than two atoms, too short a run, or a reference without forces.
    """
    if len(atoms) < 2:
        raise ValueError(
            f"there is {len(atoms)} atom, which no force can be seen on; give two or more, "
            "for example atoms * (2, 2, 2)"
        )
    check_whole("nve_steps", nve_steps, 24)  # or the drift has no error
    check_generator("rng", rng)
    # A stream for each, so that a check that fails leaves the numbers of the others alone.
    first, second, *streams = rng.spawn(2 + len(checks))
    moved = _displaced(atoms, first)
    options = {
        nve_drift: {"steps": nve_steps},
        softening: {"reference": _labelled(reference, atoms, second)},
    }
    return [
        _find(check, moved, potential, stream, **options.get(check.measure, {}))
        for check, stream in zip(
            tqdm(checks, disable=not progress, unit="check"), streams, strict=True
        )
    ]


def table(findings_by_model: dict[str, list[Finding]]) -> str:
    """Return the findings as text: a row for each check, a column for each model, then risks."""
    models = list(findings_by_model)
    found = {(f.check, m): f for m, findings in findings_by_model.items() for f in findings}
    rows = [["", *models]]
    for name, unit in dict.fromkeys((f.check, f.unit) for f in found.values()):
        cells = [found.get((name, m)) for m in models]
        rows.append([f"{name} / {unit}", *(f"{f.number} {f.verdict}" if f else "" for f in cells)])
    widths = [max(len(row[k]) for row in rows) for k in range(len(models) + 1)]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows]
    lines = [line.rstrip() for line in lines] + [""]
    for model, findings in findings_by_model.items():
        for f in findings:
            if f.verdict != "green":
                lines.append(f"{model}, {f.check} ({f.verdict}): {f.consequence}")
    return "\n".join(lines)


def _find(check: Check, atoms: Atoms, potential, rng, **options) -> Finding:
    """Measure and judge; whatever goes wrong in there becomes a red line."""
    nothing = Finding(check.name, np.nan, check.unit, "red", "")
    try:
        with np.errstate(all="ignore"):  # NaN is judged below
            found = check.measure(atoms, potential, rng, **options)
    except NotApplicable as why:
        return nothing._replace(verdict="n/a", consequence=str(why))
    except Exception as error:  # calculators raise what they like
        return nothing._replace(consequence=f"it raised {type(error).__name__}: {error}")
    verdict, consequence = _verdict(found, check), check.consequence
    if verdict != _verdict(found._replace(error=0.0), check):
        consequence = "not known well enough to say: take a longer run, or more reference frames"
    if np.isnan(found.value):
        consequence = "it is not a number (NaN), and nor will be the next step of a run"
    if found.note:
        consequence += f" ({found.note})"
    return Finding(check.name, found.value, check.unit, verdict, consequence, found.error)


def _verdict(found: Measurement, check: Check) -> str:
    sign = 1 if check.green < check.red else -1
    # Too soft and too stiff, heating and cooling are equally wrong.
    bad = sign * abs(found.value)
    if bad + 2 * found.error <= sign * check.green:
        return "green"
    return "yellow" if bad - 2 * found.error < sign * check.red else "red"


def _displaced(atoms: Atoms, rng: np.random.Generator) -> Atoms:
    moved = atoms.copy()
    moved.set_constraint()  # a check needs the whole force
    moved.positions += 0.05 * rng.standard_normal((len(atoms), 3))
    return moved


def _labelled(reference, atoms: Atoms, rng) -> list[Atoms]:
    """Return the frames that softening is measured on, or raise: that is not the model's fault."""
    if isinstance(reference, BaseCalculator):
        return label([_displaced(atoms, rng) for _ in range(5)], reference)
    for index, frame in enumerate(reference or []):
        if frame.calc is None or "forces" not in frame.calc.results:
            raise ValueError(
                f"reference frame {index} carries no forces; label the frames first "
                "(lecture8.frames.label), or give a calculator"
            )
    return list(reference or [])
