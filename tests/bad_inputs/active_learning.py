"""What exploration, selection, labelling and the loop around them are given."""

from functools import cache

import numpy as np
from ase import Atoms
from ase.calculators.emt import EMT
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms, FixBondLengths

from lecture8.active_learning import (
    CommitteeGrade,
    DistanceGrade,
    ExtrapolationGrade,
    ReadoutGrade,
    active_learning,
    explore,
    label_in_parallel,
    select,
)
from lecture8.reference import labelled_dynamics, torsion_scan, turn_torsion
from lecture8.structures import BUTANE_CHAIN, butane
from lecture8.workers import LocalProcesses, run_tasks

from .row import Row


class Springs(EMT):
    """Never asked: all is refused before."""

    implemented_properties = ("energy", "forces")

    def calculate(self, *given):
        raise AssertionError("a force was computed")


def exploring(**given):
    def call(folder):
        settings = {
            "start": butane(),
            "potential": Springs(),
            "grader": None,
            "temperature_K": 300,
            "picoseconds": 0.1,
            "threshold": 2.0,
            "rng": np.random.default_rng(0),
        } | {k: v() if callable(v) else v for k, v in given.items()}
        start, potential, grader = (settings.pop(k) for k in ("start", "potential", "grader"))
        return explore(start, potential, grader, **settings)

    return call


def dynamics(**given):
    def call(folder):
        settings = {"temperature_K": 300, "picoseconds": 0.05, "record_every_fs": 5.0}
        settings |= {"rng": np.random.default_rng(0)} | given
        return labelled_dynamics(butane(), Springs(), **settings)

    return call


@cache
def frames():
    made = []
    for k in range(3):
        atoms = butane()
        atoms.rattle(0.01, seed=k)
        atoms.calc = SinglePointCalculator(atoms, energy=0.0, forces=np.zeros((14, 3)))
        made.append(atoms)
    return made


def never(*given, **more):
    raise AssertionError("something was paid for")


def looping(**given):
    def call(folder):
        settings = dict.fromkeys(("fit", "make_grader", "explore", "select", "label"), never)
        settings |= {"budget": 3, "rng": np.random.default_rng(0)}
        settings |= {"frames": frames(), "test": frames()}
        settings |= {k: v(folder) if callable(v) else v for k, v in given.items()}
        return active_learning(settings.pop("frames"), settings.pop("test"), **settings)

    return call


def constrained(folder):
    atoms = frames()[0].copy()
    atoms.calc = SinglePointCalculator(atoms, energy=0.0, forces=np.zeros((14, 3)))
    atoms.set_constraint(FixAtoms([0]))
    return [atoms]


def a_file(folder):
    (folder / "occupied").write_text("")
    return folder / "occupied"


def unkeepable(folder):
    class Peculiar(np.random.PCG64):
        @property
        def state(self):
            return {"bit_generator": "Peculiar", "inside": object()}

    return np.random.Generator(Peculiar(0))


def damaged(folder):
    (folder / "loop").mkdir()
    (folder / "loop" / "state.json").write_text('{"generation": "gen')
    return folder / "loop"


def bonded():
    molecule = butane()
    molecule.set_constraint(FixBondLengths([[0, 1]]))
    return molecule


WHOLE = "but must be a whole number"
POSITIVE = "but must be a positive number"
NOT_NEGATIVE = "cannot be negative"

ROWS = [
    *(
        Row(f"explore with {name} = {value!r}", exploring(**{name: value}), ValueError, sentence)
        for name, value, sentence in (
            ("temperature_K", -1, f"temperature_K is -1, .*{NOT_NEGATIVE}"),
            ("temperature_K", np.nan, f"temperature_K is nan, .*{NOT_NEGATIVE}"),
            ("temperature_K", "hot", f"temperature_K is 'hot', .*{NOT_NEGATIVE}"),
            ("picoseconds", "0.1", f"picoseconds is '0.1', {POSITIVE}"),
            ("picoseconds", 0, f"picoseconds is 0, {POSITIVE}"),
            ("picoseconds", 1e-4, "picoseconds is 0.0001, shorter than the time step of 1.0 fs"),
            ("grade_every_fs", "10", f"grade_every_fs is '10', {POSITIVE}"),
            ("grade_every_fs", 0, f"grade_every_fs is 0, {POSITIVE}"),
            ("grade_every_fs", 2.5, "grade_every_fs is 2.5, but must be a multiple .* would do"),
            ("grade_every_fs", 500, "grade_every_fs is 500, but must not be longer than .* 0.1 ps"),
            ("timestep_fs", 0, f"timestep_fs is 0, {POSITIVE}"),
            ("timestep_fs", np.nan, f"timestep_fs is nan, {POSITIVE}"),
            ("friction_per_fs", -0.1, f"friction_per_fs is -0.1, .*{NOT_NEGATIVE}"),
            ("threshold", 0, f"threshold is 0, {POSITIVE}"),
            ("threshold", np.nan, f"threshold is nan, {POSITIVE}"),
            ("break_threshold", 1.0, "break_threshold 1.0; the second cannot be smaller"),
            ("break_threshold", np.nan, "break_threshold nan; the second cannot be smaller"),
            ("rng", None, r"rng is None, .*numpy.random.default_rng"),
            ("rng", 3, r"rng is 3, .*numpy.random.default_rng"),
        )
    ),
    Row(
        "explore with bonds that are held",
        exploring(start=bonded),
        ValueError,
        r"constraint FixBondLengths, .*FixAtoms alone; .*set_constraint\(\)",
    ),
    *(
        Row(f"labelled dynamics with {n} = {v!r}", dynamics(**{n: v}), ValueError, sentence)
        for n, v, sentence in (
            ("temperature_K", -5, f"temperature_K is -5, .*{NOT_NEGATIVE}"),
            ("picoseconds", "1", f"picoseconds is '1', {POSITIVE}"),
            ("picoseconds", 0.0025, "picoseconds is 0.0025, shorter than the 5 fs from frame to f"),
            ("record_every_fs", 0, f"record_every_fs is 0, {POSITIVE}"),
            ("record_every_fs", 0.7, "record_every_fs is 0.7, but must be a multiple .* would do"),
            ("equilibrate_ps", -1, f"equilibrate_ps is -1, .*{NOT_NEGATIVE}"),
            ("equilibrate_ps", "1", f"equilibrate_ps is '1', .*{NOT_NEGATIVE}"),
            ("timestep_fs", -0.5, f"timestep_fs is -0.5, {POSITIVE}"),
            ("friction_per_fs", np.nan, f"friction_per_fs is nan, .*{NOT_NEGATIVE}"),
            ("rng", None, r"rng is None, .*numpy.random.default_rng"),
        )
    ),
    Row(
        "labelled dynamics with bonds that are held",
        lambda folder: labelled_dynamics(
            bonded(), Springs(), temperature_K=300, picoseconds=0.1, rng=np.random.default_rng(0)
        ),
        ValueError,
        "constraint FixBondLengths, .*FixAtoms alone",
    ),
    Row(
        "a torsion scan of atoms that are held",
        lambda folder: torsion_scan(bonded(), Springs(), chain=BUTANE_CHAIN, angles_deg=[180]),
        ValueError,
        r"constraint FixBondLengths, .*set_constraint\(\)",
    ),
    *(
        Row(f"a loop with {name} = {value!r}", looping(**{name: value}), ValueError, sentence)
        for name, value, sentence in (
            ("budget", -1, f"budget is -1, {WHOLE} of at least 0"),
            ("budget", 5.0, f"budget is 5.0, {WHOLE} of at least 0; write 5"),
            ("generations", 0, f"generations is 0, {WHOLE} of at least 1"),
            ("runs", 2.0, f"runs is 2.0, {WHOLE} of at least 1; write 2"),
            ("rng", 7, r"rng is 7, .*numpy.random.default_rng"),
            ("frames", [], "the first frames are an empty list"),
            ("test", [], "the test frames are an empty list"),
        )
    ),
    Row(
        "a loop from frames without labels",
        looping(frames=lambda folder: [butane()]),
        ValueError,
        "frame 0 of the first frames carries no energy",
    ),
    Row(
        "a loop from frames with constraints",
        looping(frames=constrained),
        ValueError,
        "frame 0 of the first frames carries the constraint FixAtoms, .*set_constraint",
    ),
    Row(
        "a loop kept where a file is",
        looping(folder=a_file),
        OSError,
        "cannot be kept in .*occupied .*give a folder that you may write to",
    ),
    Row(
        "a loop kept below a file",
        looping(folder=lambda folder: a_file(folder) / "deeper"),
        OSError,
        "cannot be kept in .*occupied/deeper .*give a folder",
    ),
    Row(
        "a loop with a generator that no text holds",
        looping(folder=lambda folder: folder / "loop", rng=unkeepable),
        ValueError,
        "generator Peculiar cannot be kept .*numpy.random.default_rng",
    ),
    Row(
        "a loop with a potential that no file holds",
        looping(folder=lambda folder: folder / "loop", fit=lambda folder: lambda *given: Springs()),
        ValueError,
        "`fit` returned a Springs, which cannot be kept .*No label was bought",
    ),
    Row(
        "a loop whose index is damaged",
        looping(folder=damaged),
        ValueError,
        r"state.json is damaged \(JSONDecodeError.*start from them in a new folder",
    ),
    Row(
        "candidates without a grade",
        lambda folder: select([butane()], None, 1),
        ValueError,
        "candidate 0 has no grade and no run and no time_ps in info; .*`explore`",
    ),
    Row(
        "a grade of a potential of another kind",
        lambda folder: ExtrapolationGrade(Springs(), frames()),
        ValueError,
        "needs a moment tensor potential, not .*CommitteeGrade or DistanceGrade",
    ),
    Row(
        "a committee of one",
        lambda folder: CommitteeGrade([Springs()]),
        ValueError,
        "a committee of 1 cannot disagree; give two or more",
    ),
    Row(
        "a distance to no frames",
        lambda folder: DistanceGrade([]),
        ValueError,
        "there are no training frames; give those of the fit",
    ),
    Row(
        "a last layer and no frames",
        lambda folder: ReadoutGrade(Springs(), []),
        ValueError,
        "there are no training frames; give those of the fit",
    ),
    Row("workers, none", lambda folder: LocalProcesses(0), ValueError, f"count is 0, {WHOLE}"),
    Row("workers, 2.0", lambda folder: LocalProcesses(2.0), ValueError, "count is 2.0.*write 2"),
    Row(
        "tasks for nobody",
        lambda folder: run_tasks(abs, [(1,)], executor=None),
        ValueError,
        "executor is None, but must be LocalProcesses",
    ),
    Row(
        "labels in no time",
        lambda folder: label_in_parallel([Atoms("Cu")], EMT, executor=None, timeout_s=0),
        ValueError,
        f"timeout_s is 0, {POSITIVE}",
    ),
    Row(
        "a torsion of atoms that there are not",
        lambda folder: turn_torsion(butane(), (0, 1, 2, 99), 180),
        ValueError,
        r"chain is \(0, 1, 2, 99\), but must be four of the 14 atoms",
    ),
]
