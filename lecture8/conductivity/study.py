"""`conductivity`: from a structure file to a number with its error, in the course's own verbs."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import psutil
from ase import Atoms

from lecture8.active_learning.labelling import lent
from lecture8.arguments import check_positive, check_whole
from lecture8.conductivity.budget import BUDGETS, Budget
from lecture8.conductivity.crystal_files import Crystal, read_crystal
from lecture8.conductivity.doubting import Doubt, doubt
from lecture8.conductivity.estimate import estimate
from lecture8.conductivity.framework import watch
from lecture8.conductivity.keeping import read_json, write_json
from lecture8.conductivity.long_runs import diffusion_or_reason, run_until_known
from lecture8.conductivity.measuring import Outcome, length_needed, measure
from lecture8.conductivity.relaxing import CELLS, large_enough, relax
from lecture8.conductivity.teachers import teacher_of, tuned
from lecture8.conductivity.teaching import Examination, teach
from lecture8.foundation_models.fine_tuning import START
from lecture8.frames import check_labels, read, write
from lecture8.ionic_conductivity import Replicas
from lecture8.ionic_conductivity.running import NoReplica
from lecture8.replacing import existing
from lecture8.workers import Failed, LocalProcesses, run_tasks

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
        As many processes of this machine as it has cores and memory for, 1.2 GB each, if left out.
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
    budget = _budget(budget)
    temperatures_K = _checked(temperatures_K, at_K, cell, least_length, seed)
    make_teacher = teacher_of(teacher)
    if tune and (labels is None or teacher != START):
        raise ValueError(
            f"tune is True, with labels {labels!r} and the teacher {teacher!r}; give labels=..., "
            f"and {START}, which alone can be trained further"
        )
    if not 0 <= ordering < orderings:
        raise ValueError(f"ordering is {ordering}, but must be one of {orderings}, counted from 0")
    if labels is not None:
        check_labels(read(existing(labels)), name=f"the frames of {labels}")
    crystal = read_crystal(
        path,
        ion=ion,
        formula=formula,
        charges=charges,
        orderings=orderings,
        rng=np.random.default_rng([seed, 0]),
    )
    size = len(large_enough(crystal.orderings[0], least_length))
    if size > LARGEST:
        raise ValueError(
            f"the cell that runs has {size} atoms, {LARGEST} at most: a study of more would take "
            "days. Give the primitive cell, or a smaller least_length (--least-length)"
        )
    folder = Path(folder)
    settings = {
        "file": Path(path).name,
        "sha256": _checksum(path),
        "ion": ion,
        "teacher": _name(teacher),
        "teacher_sha256": _checksum_of_teacher(teacher),
        "budget": asdict(budget),
        "temperatures_K": temperatures_K,
        "at_K": at_K,
        "cell": cell,
        "least_length": least_length,
        "orderings": orderings,
        "ordering": ordering,
        "formula": formula,
        "charges": crystal.charges,
        "labels": None if labels is None else _checksum(labels),
        "tune": tune,
        "seed": seed,
    }
    _begin(folder, settings)
    for note in crystal.notes:
        report(note)
    clock = _Clock(folder)
    crowd = nullcontext(executor) if executor is not None else LocalProcesses(_processes())
    with crowd as executor:
        report(estimate(crystal, make_teacher, budget, temperatures_K, least_length, executor))
        if tune:
            with clock("tuning the teacher"):
                make_teacher = tuned(labels, folder / "tuned.npz", seed=seed)
        with clock("relaxing"):
            crystals = _relaxed(crystal, make_teacher, cell, least_length, executor, folder)
        notes = crystal.notes + _changes(crystal.orderings[0], crystals, ordering)
        for note in notes[len(crystal.notes) :]:
            report(note)
        with clock("doubting"):
            doubts = _doubts(crystals[ordering], make_teacher, labels, executor, seed, folder)
        for warning in doubts.warnings:
            report(warning)
        common = {"budget": budget, "executor": executor, "seed": seed, "report": report}
        with clock("teaching"):
            taught = teach(
                crystals[ordering],
                make_teacher,
                ion=ion,
                temperatures_K=sorted({*temperatures_K, at_K}),
                folder=folder / "teaching",
                **common,
            )
        with clock("running"):
            runs, said = run_from_hot_to_cool(
                crystals[ordering],
                taught.potential,
                ion=ion,
                charge=crystal.charges[ion],
                temperatures_K=temperatures_K,
                at_K=at_K,
                folder=folder / "runs",
                **common,
            )
    with clock("measuring"):
        outcome = measure(runs, ion=ion, charge=crystal.charges[ion], temperature_K=at_K)
    study = Study(
        settings,
        crystals[ordering],
        notes + said,
        doubts,
        taught.examinations,
        runs,
        outcome,
        clock.seconds,
    )
    from lecture8.conductivity.report import write_report

    write_report(study, folder)
    report(str(study))
    report(f"all of it is in {folder / 'report.html'}")
    return study


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
    the line through the hotter ones says that no ion gets far enough within the budget.
    """
    folder.mkdir(parents=True, exist_ok=True)
    runs, notes, length = {}, [], budget.picoseconds

    def note(text: str) -> None:
        notes.append(text)
        report(text)

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
            continue
        still = isinstance(diffusion_or_reason(runs[T], ion), str)
        if still and not watch(runs[T], ion).warnings:
            note(f"nothing diffuses at {T:g} K, and cooler runs would show less")
            break
    if not runs:
        raise RuntimeError(
            f"no replica arrived at any temperature, since the pupil does not know where it goes "
            f"({notes[-1]}); give a larger budget, or lower temperatures"
        )
    return runs, notes


# -- Steps, kept in the folder ---------------------------------------------------------------------


def _relaxed(
    crystal: Crystal, make_teacher, cell, least_length, executor, folder: Path
) -> list[Atoms]:
    file = folder / "crystal.xyz"
    if not file.is_file():
        larger = [large_enough(atoms, least_length) for atoms in crystal.orderings]
        tasks = [(atoms, make_teacher, cell) for atoms in larger]
        relaxed = run_tasks(_relax, tasks, executor=executor)
        if lost := [x for x in relaxed if isinstance(x, Failed)]:
            raise RuntimeError(f"the crystal could not be relaxed: {lost[0]}")
        relaxed.sort(key=lambda atoms: atoms.info["relaxed_energy"])
        write(file, relaxed)
    return read(file)


def _relax(atoms: Atoms, make_teacher, cell: str) -> Atoms:
    """Relax on a worker."""
    with lent(make_teacher) as teacher:
        return relax(atoms, teacher, cell=cell)


def _changes(before: Atoms, relaxed: list[Atoms], ordering: int) -> list[str]:
    """Say what relaxing did to the crystal that runs, and how much higher the others lie."""
    after, lowest = relaxed[ordering], relaxed[0].info["relaxed_energy"]
    above = [f"{atoms.info['relaxed_energy'] - lowest:.2f}" for atoms in relaxed]
    said = [_change_of_cell(before, after)]
    if len(relaxed) > 1:
        said.append(
            f"the orderings lie {', '.join(above)} eV above the lowest; number {ordering}, counted "
            "from 0, is run, and the interval knows nothing of the others"
        )
    return said


def _change_of_cell(before: Atoms, after: Atoms) -> str:
    per_atom = [atoms.get_volume() / len(atoms) for atoms in (before, after)]
    lengths = ", ".join(f"{x:.2f}" for x in after.cell.lengths())
    angles = ", ".join(f"{x:.1f}" for x in after.cell.angles())
    return (
        f"{len(after)} atoms in a cell of {lengths} Å ({angles}°), the volume of the file times "
        f"{per_atom[1] / per_atom[0]:.3f}; energy {after.info['relaxed_energy']:.2f} eV, "
        f"largest force {after.info['largest_force']:.3f} eV/Å"
    )


def _doubts(atoms, make_teacher, labels, executor, seed, folder: Path) -> Doubt:
    file = folder / "doubt.json"
    if not file.is_file():
        found = doubt(atoms, make_teacher, labels=labels, executor=executor, seed=seed)
        write_json(file, found.as_numbers())
    return Doubt.from_numbers(read_json(file))


class _Clock:
    """Seconds of each step, added up over all calls."""

    def __init__(self, folder: Path):
        self.file = folder / "seconds.json"
        self.seconds = read_json(self.file) if self.file.is_file() else {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[step] = self.seconds.get(step, 0.0) + time.monotonic() - began
            write_json(self.file, self.seconds)


def _begin(folder: Path, settings: dict) -> None:
    """Make the folder of a study, or see that it is of this one."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.rglob("*.partial"):  # by a process that was killed
            if not psutil.pid_exists(int(left.name.split(".")[-2])):
                left.unlink()
        file = folder / "settings.json"
        if not file.is_file():
            if any(folder.iterdir()):
                raise ValueError(
                    f"{folder} holds files and is of no study; give a new or empty folder"
                )
            write_json(file, settings)
    except OSError as cause:
        raise ValueError(
            f"nothing can be written to {folder} ({cause.strerror or cause}); give a folder that "
            "you may write to"
        ) from None
    before = read_json(file)
    for name, value in json.loads(json.dumps(settings)).items():
        if before.get(name) != value:
            raise ValueError(
                f"{folder} holds a study with {name} {before.get(name)!r}, not {value!r}; give it "
                "another folder, or the same settings"
            )


# -- What was asked for ----------------------------------------------------------------------------


def _budget(budget) -> Budget:
    if isinstance(budget, Budget):
        return budget
    if budget not in BUDGETS:
        raise ValueError(f"budget is {budget!r}; choose {', '.join(BUDGETS)}, or give a Budget")
    return BUDGETS[budget]


def _checked(temperatures_K, at_K, cell, least_length, seed) -> list[float]:
    temperatures_K = sorted({float(T) for T in np.atleast_1d(temperatures_K)})
    for T in [*temperatures_K, at_K]:
        check_positive("a temperature", T, ", in K")
    if len(temperatures_K) < 2:
        raise ValueError(f"temperatures_K is {temperatures_K}; a line needs two, better three")
    if cell not in CELLS:
        raise ValueError(f"cell is {cell!r}; choose one of {', '.join(CELLS)}")
    check_positive("least_length", least_length, ", in Å")
    check_whole("seed", seed, 0)
    return temperatures_K


def _checksum(path: str | Path) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _checksum_of_teacher(teacher) -> str | None:
    """Return that of its file, if it has one: another teacher may come by the same name."""
    is_file = not callable(teacher) and Path(teacher).is_file()
    return _checksum(teacher) if is_file else None


def _name(teacher) -> str:
    if callable(teacher):
        return f"{teacher.__module__}.{teacher.__qualname__}"
    return str(teacher)


def _processes() -> int:
    """Return how many workers this machine has room for: a teacher takes 1 GB."""
    room = psutil.virtual_memory().available / 1.2e9 - 1  # one for what fits the pupil
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return int(max(1, min(room, cores or 1)))
