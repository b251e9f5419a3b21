"""Doubting the teacher: a checklist, and how it compares with labels from electrons."""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from ase import Atoms

from lecture8.active_learning.labelling import lent
from lecture8.conductivity.keeping import read_json, write_json
from lecture8.fitting import errors
from lecture8.frames import read
from lecture8.trust import Finding, trust
from lecture8.workers import Failed, run_tasks

SOFT = (
    0.1  # of the slope of forces; one barrier of 0.3 eV is off by 30 meV then, a factor 3 at 300 K
)


@dataclass(frozen=True)
class Doubt:
    """What the teacher is to be doubted for.

    Parameters
    ----------
    findings : list of Finding
        The checklist of notebook 5.
    force_slopes : dict, element -> float
        The teacher's forces beside the labels that were given: 1 where they agree, less where it is
        too soft. Empty without labels.
    energy_slope : float or None
        The same of energies per atom, from frame to frame.
    force_rmse : float or None
        meV/Å.
    """

    findings: list[Finding]
    force_slopes: dict[str, float]
    energy_slope: float | None = None
    force_rmse: float | None = None

    @property
    def warnings(self) -> list[str]:
        """What to know, in sentences."""
        said = [
            f"the teacher, {x.check}: {x.number} {x.unit}, {x.consequence}"
            for x in self.findings
            if x.verdict == "red"
        ]
        for element, slope in self.force_slopes.items():
            if abs(slope - 1) > SOFT:
                kind = "soft" if slope < 1 else "stiff"
                said.append(
                    f"the teacher's forces on {element} are {slope:.2f} times those of your "
                    f"labels: it is too {kind}, and barriers are about as much too "
                    f"{'low' if slope < 1 else 'high'}; tune it to your labels (--tune)"
                )
        return said

    def as_numbers(self) -> dict:
        """Return all of it as plain numbers and text."""
        return asdict(self) | {"findings": [x._asdict() for x in self.findings]}

    @classmethod
    def from_numbers(cls, numbers: dict) -> "Doubt":
        """Return what `as_numbers` gave."""
        return cls(**numbers | {"findings": [Finding(**x) for x in numbers["findings"]]})


def doubt(
    atoms: Atoms, make_teacher, *, labels: Path | None, executor, seed: int, file: Path
) -> Doubt:
    """Go through the checklist, and compare with labels where there are some, on a worker.

    What was found is kept in `file`.

    Raises
    ------
    RuntimeError
        If the teacher cannot be had, or not be asked.
    """
    if file.is_file():
        return Doubt.from_numbers(read_json(file))
    frames = [] if labels is None else read(labels)
    (found,) = run_tasks(_doubt, [(atoms, make_teacher, frames, seed)], executor=executor)
    if isinstance(found, Failed):
        raise RuntimeError(f"the teacher could not be doubted: {found}")
    write_json(file, found.as_numbers())
    return found


def _doubt(atoms: Atoms, make_teacher, frames: list[Atoms], seed: int) -> Doubt:
    with lent(make_teacher) as teacher:
        findings = trust(atoms, teacher, rng=np.random.default_rng(seed), nve_steps=50)
        if not frames:
            return Doubt(findings, {})
        found = errors(frames, teacher)
    sizes = np.array([len(frame) for frame in frames])
    own, given = (x - x.mean() for x in (found.energies / sizes, found.energy_labels / sizes))
    return Doubt(
        findings,
        {element: found.force_slope(element) for element in found.by_element},
        float(own @ given / (given @ given)) if np.any(given) else None,
        found.force_rmse,
    )
