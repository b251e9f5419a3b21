"""Examining a pupil: its own runs, and the teacher's labels afterwards.

Frames that no fit has seen, where the pupil goes by itself: nothing else would show one that is
right about its training set and lost elsewhere.
"""

from dataclasses import asdict, dataclass

import numpy as np
from ase import Atoms

from lecture8.active_learning import calibrated_threshold, explore
from lecture8.fitting import errors

TOLERANCE = 0.15  # of the forces' own spread: the force RMSE that a pupil may have
PER_EXAMINATION = 24  # labels
NOTHING = 1e-12  # a threshold that every frame exceeds
TIMESTEP_FS, GRADE_EVERY_FS = 2.0, 100.0


@dataclass(frozen=True)
class Examination:
    """What came out when a pupil was examined.

    Parameters
    ----------
    frames : int
        How many were known, those included that only watched the fit.
    labels : int
        Spent so far, after the first frames.
    force_rmse, spread : float
        On its own runs, labelled afterwards, meV/Å; and of the forces themselves.
    ion_rmse, ion_spread : float
        The same of the ions alone.
    energy_rmse : float
        meV/atom, of the same frames.
    survived : float
        The share of its runs that finished.
    threshold : float
        The grade up to which it was right.
    largest_grade : float
    by_temperature : dict, temperature (K) -> float
        Force RMSE, meV/Å.
    """

    frames: int
    labels: int
    force_rmse: float
    spread: float
    ion_rmse: float
    ion_spread: float
    energy_rmse: float
    survived: float
    threshold: float
    largest_grade: float
    by_temperature: dict[float, float]

    @property
    def passed(self) -> bool:
        """Whether all runs finished, and forces are right to `TOLERANCE`, of all and of ions."""
        right = self.force_rmse <= TOLERANCE * self.spread
        return self.survived == 1 and right and self.ion_rmse <= TOLERANCE * self.ion_spread

    def as_numbers(self) -> dict:
        """Return it as plain numbers."""
        return asdict(self) | {"passed": self.passed}

    def __str__(self) -> str:
        return (
            f"{self.frames} frames, {self.labels} more labels: force RMSE {self.force_rmse:.0f} of "
            f"{self.spread:.0f} meV/Å on its own runs (of the ions {self.ion_rmse:.0f} of "
            f"{self.ion_spread:.0f}), of which {100 * self.survived:.0f} % finished; in doubt from "
            f"gamma {self.threshold:.2g} on"
        )


def runs_of_its_own(
    crystal, pupil, grader, temperatures_K, picoseconds: float, rng
) -> tuple[list[Atoms], float]:
    """Return frames of the pupil's own runs, one at each temperature, evenly spaced.

    Also the share of the runs that finished. info has "grade" and "temperature_K".
    """
    runs = [
        explore(
            crystal,
            pupil,
            grader,
            temperature_K=T,
            picoseconds=picoseconds,
            threshold=NOTHING,
            break_threshold=np.inf,
            grade_every_fs=GRADE_EVERY_FS,
            timestep_fs=TIMESTEP_FS,
            rng=rng,
            run=f"examined at {T:g} K",
        )
        for T in temperatures_K
    ]
    each, chosen = max(2, PER_EXAMINATION // len(runs)), []
    for run in runs:
        last = len(run.candidates) - 1
        # The beginning still remembers the crystal.
        places = np.linspace(last // 5, last, each).round().astype(int) if last >= 0 else []
        chosen += [run.candidates[k] for k in np.unique(places)]
    return chosen, float(np.mean([run.reason == "finished" for run in runs]))


def judged(pupil, own: list[Atoms], ion: str, frames: int, spent: int) -> Examination:
    """Return how right the pupil was on its own runs."""
    found = errors(own, pupil)
    each = np.array([errors([atoms], pupil).force_rmse for atoms in own])
    of_ions = found.symbols == ion
    spread, ion_spread = 1e3 * found.force_labels.std(), 1e3 * found.force_labels[of_ions].std()
    off = 1e3 * (found.forces - found.force_labels)[of_ions]
    grades = np.array([atoms.info["grade"] for atoms in own])
    T = np.array([atoms.info["temperature_K"] for atoms in own])
    return Examination(
        frames=frames,
        labels=spent,
        force_rmse=found.force_rmse,
        spread=float(spread),
        ion_rmse=float(np.sqrt(np.mean(off**2))),
        ion_spread=float(ion_spread),
        energy_rmse=found.energy_rmse_per_atom,
        survived=float(own[0].info["survived"]),
        threshold=calibrated_threshold(grades, each, tolerance=TOLERANCE * spread),
        largest_grade=float(grades.max()),
        by_temperature={float(t): float(np.sqrt(np.mean(each[t == T] ** 2))) for t in np.unique(T)},
    )
