"""`conductivity`: from a structure file to a number with its error, in the course's own verbs."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms

from lecture8.conductivity.asking import budget_of, number_of_processes, settings_of
from lecture8.conductivity.budget import Budget
from lecture8.conductivity.crystal_files import Crystal, read_crystal
from lecture8.conductivity.doubting import Doubt, doubt
from lecture8.conductivity.estimate import estimate
from lecture8.conductivity.examining import Examination
from lecture8.conductivity.framework import watch
from lecture8.conductivity.keeping import Clock, begin
from lecture8.conductivity.long_runs import diffusion_or_reason, run_until_known
from lecture8.conductivity.measuring import Outcome, length_needed, measure
from lecture8.conductivity.relaxing import changes, large_enough, relaxed_orderings
from lecture8.conductivity.report import write_report
from lecture8.conductivity.teachers import teacher_of, tuned
from lecture8.conductivity.teaching import teach
from lecture8.ionic_conductivity import Replicas
from lecture8.ionic_conductivity.running import NoReplica
from lecture8.workers import LocalProcesses

TEMPERATURES_K = (400, 500, 600, 800, 1000)
LARGEST = 600  # atoms
FAR_FROM_REST = 0.3  # eV per atom; ions on their sites, badly ordered, gain 0.1


@dataclass(frozen=True, eq=False)
class Study:
    """A study, all of it: what `report.write_report` writes down.

    Parameters
    ----------
    settings : dict
        As they were given.
    crystal : Atoms or None
        Relaxed, as it was run.
    notes : list of str
        What was chosen on the way.
    doubt : Doubt or None
    examinations : list of Examination
    runs : dict, temperature (K) -> Replicas
    outcome : Outcome
    seconds : dict, step -> float
        On this machine, interrupted ones left out.
    """

    settings: dict
    crystal: Atoms | None
    notes: list[str]
    doubt: Doubt | None
    examinations: list[Examination]
    runs: dict[float, Replicas]
    outcome: Outcome
    seconds: dict[str, float]

    @property
    def warnings(self) -> list[str]:
        """Everything that whoever uses the numbers should know."""
        said = list(self.doubt.warnings if self.doubt else [])
        gained = self.crystal.info["gained_per_atom"] if self.crystal else 0.0
        if gained > FAR_FROM_REST:
            said.append(
                f"relaxing gained {gained:.2f} eV per atom, as much as a bond: are the places of "
                "the atoms in the file right?"
            )
        if self.examinations and not self.examinations[-1].passed:
            last = self.examinations[-1]
            said.append(
                f"the pupil is not as good as it should be: {last}. A larger budget teaches it more"
            )
        return said + self.outcome.warnings

    def __str__(self) -> str:
        return f"{self.outcome}"


def conductivity(
    path: str | Path,
    *,
    ion: str,
    folder: str | Path,
    teacher: str | Path | Callable = "sevennet-0",
    budget: str | Budget = "usual",
    temperatures_K=TEMPERATURES_K,
    at_K: float = 300,
    cell: str = "relaxed",
    least_length: float = 8.0,
    orderings: int = 1,
    ordering: int = 0,
    formula: str | None = None,
    charges: dict[str, float] | None = None,
    labels: str | Path | None = None,
    tune: bool = False,
    seed: int = 1,
    executor=None,
    processes: int | None = None,
    report: Callable[[str], None] = print,
) -> Study:
    """Return the ionic conductivity of a crystal from its file, and all that led to it.

        study = conductivity("my.cif", ion="Li", folder="my-study")
        print(study)

    Read, relax, doubt the teacher, teach a pupil, run it from hot to cool, measure, report:
    `folder` then has ``report.html`` and ``study.json``. Whatever is finished is kept there, so
    that the same call goes on where it was stopped, and with the same numbers.

    Parameters
    ----------
    path : str or Path
        A structure file: `crystal_files.read_crystal`.
    ion : str
        The element that is to move.
    folder : str or Path
        Of this study; it is made.
    teacher : str, Path or function
        A foundation model ("sevennet-0", "chgnet", ...), the file of a fitted or tuned potential,
        or a function that returns a calculator and can be imported.
    budget : str or Budget
        "trial", "small", "usual" or "large": `budget.BUDGETS`.
    temperatures_K : sequence of float
    at_K : float
        Where sigma is wanted.
    cell : str
        "relaxed" by the teacher, or that of the "file".
    least_length : float
        Å between opposite faces of the cell that runs.
    orderings, ordering : int
        Where sites are shared or filled in part: how many of the possible crystals to relax, and
        which one to run, counted from that of the lowest energy, 0. (Run another in a folder of its
        own: an interval of replicas knows nothing of the orderings that were not run.)
    formula, charges
        What you know better than the file: `read_crystal`.
    labels : path, optional
        Frames of this crystal with labels of your own, say from density functional theory
        (extended XYZ): the teacher is held to them.
    tune : bool
        Train the teacher (SevenNet-0 alone) further on these labels first.
    seed : int
    executor : LocalProcesses, dask.distributed.Client or concurrent.futures.Executor, optional
        Processes of this machine if left out.
    processes : int, optional
        How many of them; as many as there are cores and memory for, 1.2 GB each, if left out.
    report : function
        Is told of each step.

    Raises
    ------
    FileNotFoundError, ValueError
        Before anything is spent: for a file that is no crystal (`read_crystal`) or holds no labels,
        a teacher that is not there, a setting that makes no sense, a folder with another study.
    RuntimeError
        If a step cannot be done: the teacher or all replicas fail.
    """
    budget, make_teacher = budget_of(budget), teacher_of(teacher)
    settings = settings_of(
        path,
        ion=ion,
        teacher=teacher,
        budget=budget,
        temperatures_K=temperatures_K,
        at_K=at_K,
        cell=cell,
        least_length=least_length,
        orderings=orderings,
        ordering=ordering,
        formula=formula,
        charges=charges,
        labels=labels,
        tune=tune,
        seed=seed,
    )
    temperatures_K = settings["temperatures_K"]
    rng = np.random.default_rng([seed, 0])
    file = read_crystal(
        path, ion=ion, formula=formula, charges=charges, orderings=orderings, rng=rng
    )
    _check_size(file, ordering, least_length)
    folder = Path(folder)
    begin(folder, settings)
    for note in file.notes:
        report(note)
    clock = Clock(folder)
    count = number_of_processes(processes)
    crowd = nullcontext(executor) if executor else LocalProcesses(count)
    with crowd as executor:
        report(estimate(file, make_teacher, budget, temperatures_K, least_length, executor))
        if tune:
            with clock("tuning the teacher"):
                make_teacher = tuned(labels, folder / "tuned.npz", seed=seed)
        with clock("relaxing"):
            relaxed = relaxed_orderings(
                file.orderings,
                make_teacher,
                cell=cell,
                least_length=least_length,
                executor=executor,
                file=folder / "crystal.xyz",
            )
        crystal, choices = relaxed[ordering], changes(file.orderings[0], relaxed, ordering)
        for note in choices:
            report(note)
        with clock("doubting"):
            doubts = doubt(
                crystal,
                make_teacher,
                labels=labels,
                executor=executor,
                seed=seed,
                file=folder / "doubt.json",
            )
        for warning in doubts.warnings:
            report(warning)
        common = {"budget": budget, "executor": executor, "seed": seed, "report": report}
        with clock("teaching"):
            taught = teach(
                crystal,
                make_teacher,
                ion=ion,
                temperatures_K=sorted({*temperatures_K, at_K}),
                folder=folder / "teaching",
                **common,
            )
        with clock("running"):
            runs, said = run_from_hot_to_cool(
                crystal,
                taught.potential,
                ion=ion,
                charge=file.charges[ion],
                temperatures_K=temperatures_K,
                at_K=at_K,
                folder=folder / "runs",
                **common,
            )
    with clock("measuring"):
        outcome = measure(runs, ion=ion, charge=file.charges[ion], temperature_K=at_K)
    study = Study(
        settings,
        crystal,
        file.notes + choices + said,
        doubts,
        taught.examinations,
        runs,
        outcome,
        clock.seconds,
    )
    write_report(study, folder)
    report(str(study))
    report(f"all of it is in {folder / 'report.html'}")
    return study


def _check_size(file: Crystal, ordering: int, least_length: float) -> None:
    """Raise ValueError if the ordering to run was not found, or would be too large."""
    if ordering >= len(file.orderings):
        raise ValueError(
            f"ordering is {ordering}, counted from 0, but only {len(file.orderings)} were found"
        )
    size = len(large_enough(file.orderings[0], least_length))
    if size > LARGEST:
        raise ValueError(
            f"the cell that runs has {size} atoms, {LARGEST} at most: a study of more would take "
            "days. Give the primitive cell, or a smaller least_length (--least-length)"
        )


def run_from_hot_to_cool(
    crystal: Atoms,
    potential,
    *,
    ion: str,
    charge: float,
    temperatures_K,
    at_K: float,
    budget: Budget,
    executor,
    seed: int,
    folder: Path,
    report: Callable[[str], None],
) -> tuple[dict[float, Replicas], list[str]]:
    """Return the runs of each temperature, and of `at_K` itself, as far down as ions are seen.

    And why it ended, in sentences. A temperature at which no replica arrives is left out. Where
    nothing diffuses in a framework that holds it ends, since cooler runs would show less; and where
    the line through the hotter ones says that no ion gets far enough within the budget. If two
    points are all that the line has then, it gets a third between them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    runs, notes, length = {}, [], budget.picoseconds

    def note(text: str) -> None:
        notes.append(text)
        report(text)

    def run(T: float) -> None:
        try:
            runs[T] = run_until_known(
                crystal,
                potential,
                ion=ion,
                temperature_K=T,
                replicas=budget.replicas,
                picoseconds=length,
                most_picoseconds=budget.most_picoseconds,
                factor=budget.factor,
                executor=executor,
                seed=seed,
                folder=folder,
                report=report,
            )
        except NoReplica as lost:
            note(f"nothing at {T:g} K: {lost}")

    for T in sorted({*temperatures_K, at_K}, reverse=True):
        outcome = measure(runs, ion=ion, charge=charge) if runs else None
        if outcome and outcome.arrhenius:
            needed = length_needed(outcome.arrhenius, T)
            if needed > budget.most_picoseconds / budget.replicas:
                note(f"at {T:g} K a run would need {needed:.0f} ps, more than the budget has")
                break
            while length < needed:
                length *= 2
        elif min(temperatures_K) > T:  # only a line can say whether it pays
            break
        run(T)
        still = T in runs and isinstance(diffusion_or_reason(runs[T], ion), str)
        if still and not watch(runs[T], ion).warnings:
            note(f"nothing diffuses at {T:g} K, and cooler runs would show less")
            break
    line = measure(runs, ion=ion, charge=charge).on_the_line if runs else []
    if len(line) == 2:
        run(float(round(2 / (1 / line[0] + 1 / line[1]))))  # in the middle of 1 / T
    if not runs:
        raise RuntimeError(
            f"no replica arrived at any temperature, since the pupil does not know where it goes "
            f"({notes[-1]}); give a larger budget, or lower temperatures"
        )
    return runs, notes
