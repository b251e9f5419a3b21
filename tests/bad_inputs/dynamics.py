"""What integrators, compiled loops, replicas and what measures a run are given."""

import numpy as np
from ase import Atoms
from ase.build import bulk, molecule
from ase.constraints import FixAtoms, FixCom, Hookean

from lecture8.correlated_samples import autocorrelation, block_average, correlation_time
from lecture8.deploy import export_lammps, run_lammps
from lecture8.equation_of_state import equation_of_state
from lecture8.integrators import Langevin, initial_state, langevin_baoab, simulate
from lecture8.ionic_conductivity import run_replicas
from lecture8.potentials import FastLennardJones, Harmonic, LennardJones
from lecture8.quasi_harmonic import quasi_harmonic
from lecture8.structures import ARGON, argon_box, argon_cluster, butane, thermalise
from lecture8.trust import trust
from lecture8.validation import (
    energy_drift,
    numerical_forces,
    numerical_stress,
    order_of_convergence,
    survival_time,
)
from lecture8.vibrations import vibrational_frequencies

from .row import Row

READABLE = LennardJones(**ARGON, cutoff=5.0)
FAST = FastLennardJones(**ARGON, cutoff=5.0)
RUN = {"timestep_fs": 1.0, "steps": 1}
WHOLE = "but must be a whole number"
POSITIVE = "but must be a positive number"
NOT_NEGATIVE = "cannot be negative"


def with_constraint(constraint):
    box = argon_box(2)
    box.set_constraint(constraint)
    return box


def readable(start, **given):
    return simulate(start, READABLE, **RUN | given)


def compiled(start, **given):
    return simulate(start, FAST, **RUN | given)


def model(**given):
    return simulate(state(), Harmonic(), **{"timestep": 0.1, "steps": 1} | given)


def replicas(start, **given):
    plan = {"temperatures_K": [30], "replicas": 1, "picoseconds": 1, "executor": None}
    plan |= {"rng": np.random.default_rng(0)}
    return run_replicas(start, FAST, **plan | given)


def state(**given):
    good = {"positions": np.eye(3), "velocities": np.zeros((3, 3)), "masses": np.ones(3)}
    return initial_state(**{"potential": Harmonic()} | good | given)


def bath(**given):
    good = {"thermal_energy": 1.0, "friction": 1.0, "rng": np.random.default_rng(0)}
    return langevin_baoab(state(), Harmonic(), 0.1, **good | given)


def exported(folder, **given):
    settings = {"timestep_fs": 5.0, "picoseconds": 1.0} | given
    atoms = settings.pop("atoms", None) or thermalise(
        argon_box(2), temperature_K=30, rng=np.random.default_rng(0)
    )
    return export_lammps(atoms, FAST, folder / "out", **settings)


def short_run():
    return readable(argon_cluster(2), steps=5)


WARM = Langevin(temperature_K=300, friction_per_fs=0.01)
PLAIN = Langevin(thermal_energy=1.0, friction=0.1)

LOOPS = {"simulate": readable, "the compiled loop": compiled}
RUNS = LOOPS | {"replicas": replicas}

ROWS = [
    *(
        Row(
            f"{where} of atoms under {type(constraint).__name__}",
            lambda folder, run=run, c=constraint: run(with_constraint(c)),
            ValueError,
            rf"constraint {type(constraint).__name__}, .*FixAtoms alone; .*set_constraint\(\)",
        )
        for where, run in RUNS.items()
        for constraint in (FixCom(), Hookean(0, 1, 5.0, rt=4.0))
    ),
    *(
        Row(
            f"{where} with {name} = {value!r}",
            lambda folder, run=run, given={name: value}: run(argon_box(2), **given),
            ValueError,
            sentence,
        )
        for where, run in LOOPS.items()
        for name, value, sentence in (
            ("timestep_fs", 0, f"timestep_fs is 0, {POSITIVE}"),
            ("timestep_fs", np.nan, f"timestep_fs is nan, {POSITIVE}"),
            ("timestep_fs", -1.0, rf"timestep_fs is -1.0, {POSITIVE}; .*state.reversed\(\)"),
            ("timestep_fs", "5 fs", f"timestep_fs is '5 fs', {POSITIVE}"),
            ("timestep_fs", [1.0], rf"timestep_fs is \[1.0\], {POSITIVE}"),
            ("timestep_fs", None, "timestep_fs is None and timestep is None; give one of the two"),
            ("timestep", 1.0, "timestep_fs is 1.0 and timestep is 1.0; give one of the two"),
            ("steps", 1e1, f"steps is 10.0, {WHOLE} of at least 0; write 10"),
            ("steps", -1, f"steps is -1, {WHOLE} of at least 0"),
            ("steps", "10", f"steps is '10', {WHOLE} of at least 0"),
            ("steps", None, "picoseconds is None and steps is None; give one of the two"),
            ("picoseconds", 1.0, "picoseconds is 1.0 and steps is 1; give one of the two"),
            ("record_every", 2, "record_every is 2 steps; for atoms give record_every_fs"),
            ("record_every_fs", 2.5, "record_every_fs is 2.5, but must be a multiple .* would do"),
            ("record_every_fs", 0, f"record_every_fs is 0, {POSITIVE}"),
            ("bath", 300, r"bath is 300, but must be a Langevin\(...\)"),
        )
    ),
    *(
        Row(
            f"{where} {length} long",
            lambda folder, run=run, ps=length: run(argon_box(2), steps=None, picoseconds=ps),
            ValueError,
            sentence,
        )
        for where, run in LOOPS.items()
        for length, sentence in (
            (0, f"picoseconds is 0, {POSITIVE}"),
            ("1 ps", f"picoseconds is '1 ps', {POSITIVE}"),
            (1e-4, "picoseconds is 0.0001, shorter than the time step of 1.0 fs; run longer"),
        )
    ),
    *(
        Row(
            f"{where} in a bath with rng = {rng!r}",
            lambda folder, run=run, rng=rng: run(argon_box(2), bath=WARM, rng=rng),
            ValueError,
            rf"rng is {rng}, .*numpy.random.default_rng",
        )
        for where, run in LOOPS.items()
        for rng in (None, 4)
    ),
    *(
        Row(
            f"{where} of atoms in a bath without units",
            lambda folder, run=run: run(argon_box(2), bath=PLAIN, rng=np.random.default_rng(0)),
            ValueError,
            "the bath is Langevin.*atoms need temperature_K and friction_per_fs",
        )
        for where, run in LOOPS.items()
    ),
    *(
        Row(
            f"a model system with {name} = {value!r}",
            lambda folder, given={name: value}: model(rng=np.random.default_rng(0), **given),
            ValueError,
            sentence,
        )
        for name, value, sentence in (
            ("timestep", -0.1, rf"timestep is -0.1, {POSITIVE}; .*state.reversed\(\)"),
            ("timestep", "0.1", f"timestep is '0.1', {POSITIVE}"),
            ("timestep_fs", 1.0, "timestep_fs is 1.0 and timestep is 0.1; give one of the two"),
            ("record_every", 2.0, f"record_every is 2.0, {WHOLE} of at least 1; write 2"),
            ("record_every", 0, f"record_every is 0, {WHOLE} of at least 1"),
            ("record_every_fs", 1, "timestep is 0.1, a number without a unit"),
            ("bath", WARM, "the bath is Langevin.*needs thermal_energy and friction"),
        )
    ),
    Row(
        "a model system in femtoseconds",
        lambda folder: model(timestep=None, timestep_fs=1.0),
        ValueError,
        "timestep_fs is 1.0, but the start has no species, .*give timestep",
    ),
    Row(
        "atoms in no unit",
        lambda folder: readable(argon_box(2), timestep_fs=None, timestep=1.0),
        ValueError,
        "the start is made of atoms, whose time has a unit; give timestep_fs",
    ),
    *(
        Row(
            f"the compiled loop with {name} = {value!r}",
            lambda folder, given={name: value}: FastLennardJones(**ARGON, cutoff=5.0, **given),
            ValueError,
            sentence,
        )
        for name, value, sentence in (
            ("renew_every", -5, f"renew_every is -5, {WHOLE} of at least 1"),
            ("renew_every", 10.0, f"renew_every is 10.0, {WHOLE} of at least 1; write 10"),
            ("renew_every", 0, f"renew_every is 0, {WHOLE} of at least 1"),
            ("threads", 0, f"threads is 0, {WHOLE} of at least 1"),
            ("threads", 1.0, f"threads is 1.0, {WHOLE} of at least 1; write 1"),
        )
    ),
    *(
        Row(
            f"a bath made of {given}",
            lambda folder, given=given: Langevin(**given),
            ValueError,
            sentence,
        )
        for given, sentence in (
            ({}, "a bath got nothing; give temperature_K and friction_per_fs"),
            ({"temperature_K": 300}, "a bath got temperature_K; give"),
            ({"temperature_K": 300, "friction": 1}, "a bath got friction, temperature_K; give"),
            (
                {"temperature_K": -1, "friction_per_fs": 0.1},
                f"temperature_K is -1, .*{NOT_NEGATIVE}",
            ),
            (
                {"temperature_K": 300, "friction_per_fs": np.nan},
                f"friction_per_fs is nan, .*{NOT_NEGATIVE}",
            ),
            ({"thermal_energy": -1, "friction": 0.1}, f"thermal_energy is -1, .*{NOT_NEGATIVE}"),
            (
                {"thermal_energy": np.nan, "friction": 0.1},
                f"thermal_energy is nan, .*{NOT_NEGATIVE}",
            ),
            ({"thermal_energy": 1, "friction": -0.1}, f"friction is -0.1, .*{NOT_NEGATIVE}"),
        )
    ),
    *(
        Row(
            f"a step in a bath with {name} = {value!r}",
            lambda folder, given={name: value}: bath(**given),
            ValueError,
            sentence,
        )
        for name, value, sentence in (
            ("thermal_energy", -1.0, f"thermal_energy is -1.0, .*{NOT_NEGATIVE}"),
            ("thermal_energy", "300 K", f"thermal_energy is '300 K', .*{NOT_NEGATIVE}"),
            ("friction", np.nan, f"friction is nan, .*{NOT_NEGATIVE}"),
            ("rng", None, r"rng is None, .*numpy.random.default_rng"),
            ("rng", 0, r"rng is 0, .*numpy.random.default_rng"),
        )
    ),
    *(
        Row(
            f"replicas with {name} = {value!r}",
            lambda folder, given={name: value}: replicas(argon_box(2), **given),
            ValueError,
            sentence,
        )
        for name, value, sentence in (
            ("temperatures_K", [], r"temperatures_K is \[\]; give one or more"),
            (
                "temperatures_K",
                [30, -5],
                r"temperatures_K are \[-5.0, 30.0\], but must be positive",
            ),
            ("temperatures_K", ["warm"], r"temperatures_K is \['warm'\]; give numbers"),
            ("temperatures_K", [np.nan], r"temperatures_K are \[nan\], but must be positive"),
            ("temperatures_K", [30, 30.2], "round to the same kelvin"),
            ("replicas", 2.0, f"replicas is 2.0, {WHOLE} of at least 1; write 2"),
            ("replicas", 0, f"replicas is 0, {WHOLE} of at least 1"),
            ("rng", None, r"rng is None, .*numpy.random.default_rng"),
            ("rng", 0, r"rng is 0, .*numpy.random.default_rng"),
            ("picoseconds", 0, f"picoseconds is 0, {POSITIVE}"),
            ("picoseconds", "20", f"picoseconds is '20', {POSITIVE}"),
            ("timestep_fs", np.nan, f"timestep_fs is nan, {POSITIVE}"),
            ("friction_per_fs", 0, f"friction_per_fs is 0, {POSITIVE}"),
            ("equilibrate_ps", -1, f"equilibrate_ps is -1, .*{NOT_NEGATIVE}"),
            ("equilibrate_ps", np.nan, f"equilibrate_ps is nan, .*{NOT_NEGATIVE}"),
            (
                "record_every_fs",
                25.0,
                "record_every_fs is 25.0, but must be a multiple .* would do",
            ),
            ("executor", None, "executor is None, but must be LocalProcesses"),
        )
    ),
    *(
        Row(
            f"a start with {name}",
            lambda folder, given=given: state(**given),
            ValueError,
            sentence,
        )
        for name, given, sentence in (
            ("one row", {"positions": [1.0, 2.0]}, r"positions have shape \(2,\).*one row per"),
            ("two velocities", {"velocities": np.zeros((2, 3))}, r"velocities have shape \(2, 3\)"),
            ("two masses", {"masses": [1, 2]}, r"masses have shape \(2,\), .* one mass for each"),
            ("a mass of zero", {"masses": [1, 0, 1]}, "particle 1 has mass 0.0; .* positive"),
            ("a mass of inf", {"masses": [1, np.inf, 1]}, "particle 1 has mass inf; .* positive"),
            (
                "a position of NaN",
                {"positions": np.diag([1, np.nan, 1])},
                "cannot start: the positions contain NaN or inf, those of particle 1",
            ),
            (
                "a velocity of inf",
                {"velocities": np.diag([1, 1, np.inf])},
                "cannot start: the velocities contain NaN or inf, those of particle 2",
            ),
            ("no potential", {"potential": None}, "potential is None, but must be an ASE calc"),
            ("a class", {"potential": LennardJones}, "potential is <class .* must be an ASE calc"),
            ("no atoms", {"potential": READABLE}, "needs species and a cell; start the run from"),
        )
    ),
    Row(
        "a start from a trajectory",
        lambda folder: simulate(short_run(), READABLE, **RUN),
        ValueError,
        r"start is a Trajectory, .*give its `last`",
    ),
    Row(
        "a start from two atoms on one spot",
        lambda folder: readable(Atoms("Ar2", np.zeros((2, 3)))),
        ValueError,
        "cannot start: .*two atoms sit on the same spot",
    ),
    *(
        Row(f"thermalise {name}", call, ValueError, sentence)
        for name, call, sentence in (
            (
                "to -5 K",
                lambda folder: thermalise(
                    argon_box(1), temperature_K=-5, rng=np.random.default_rng(0)
                ),
                f"temperature_K is -5, .*{NOT_NEGATIVE}",
            ),
            (
                "with a seed",
                lambda folder: thermalise(argon_box(1), temperature_K=5, rng=1),
                r"rng is 1, .*numpy.random.default_rng",
            ),
            (
                "a mass of zero",
                lambda folder: thermalise(
                    Atoms("Ar", masses=[0.0]), temperature_K=5, rng=np.random.default_rng(0)
                ),
                "atom 0 has the mass 0.0 u; a mass must be positive",
            ),
        )
    ),
    Row(
        "a box of 2.0 cells",
        lambda folder: argon_box(2.0),
        ValueError,
        f"repeat is 2.0, {WHOLE} of at least 1; write 2",
    ),
    Row(
        "a box of density NaN",
        lambda folder: argon_box(2, density_g_cm3=np.nan),
        ValueError,
        f"density_g_cm3 is nan, {POSITIVE}",
    ),
    *(
        Row(f"measured: {name}", call, ValueError, sentence)
        for name, call, sentence in (
            (
                "forces of a displacement of zero",
                lambda folder: numerical_forces(argon_cluster(2), READABLE, displacement=0),
                f"displacement is 0, {POSITIVE}",
            ),
            (
                "forces of positions, with a calculator",
                lambda folder: numerical_forces(np.eye(3), READABLE),
                "needs species and a cell; give Atoms",
            ),
            (
                "forces without an energy",
                lambda folder: numerical_forces(np.eye(3), lambda r: -r),
                r"returns forces only; let it return \(energy, forces\)",
            ),
            (
                "the stress of a molecule",
                lambda folder: numerical_stress(butane(), READABLE),
                r"pbc is \[False, False, False\] .*a stress needs a periodic cell",
            ),
            (
                "the stress for a strain of NaN",
                lambda folder: numerical_stress(argon_box(2), READABLE, strain=np.nan),
                f"strain is nan, {POSITIVE}",
            ),
            (
                "the drift of five steps",
                lambda folder: energy_drift(short_run()),
                "6 instants cannot be cut into 10 blocks .*run longer",
            ),
            (
                "the drift in 3.0 blocks",
                lambda folder: energy_drift(short_run(), blocks=3.0),
                f"blocks is 3.0, {WHOLE} of at least 3; write 3",
            ),
            (
                "an order of two steps",
                lambda folder: order_of_convergence([1, 2], [1, 2]),
                "got 2 time steps and 2 errors",
            ),
            (
                "an order with an error of zero",
                lambda folder: order_of_convergence([1, 2, 3], [0, 1, 2]),
                r"the errors are \[0.0, 1.0, 2.0\], .*logarithm",
            ),
            (
                "an order of equal steps",
                lambda folder: order_of_convergence([1, 1, 1], [1, 2, 3]),
                "time steps are all 1.0; a slope needs different ones",
            ),
            (
                "a mean of NaN",
                lambda folder: block_average([1.0, np.nan] * 20),
                "samples contain NaN or inf, first at 1: nan",
            ),
            (
                "a mean of too few",
                lambda folder: block_average([1.0, 2.0]),
                "2 samples cannot fill 20 blocks",
            ),
            (
                "a correlation of two series",
                lambda folder: autocorrelation(np.ones((2, 5))),
                r"samples have shape \(2, 5\), but must be one series",
            ),
            (
                "a correlation of a constant",
                lambda folder: autocorrelation(np.ones(5)),
                "all equal; a constant has no fluctuations",
            ),
            (
                "a correlation beyond the series",
                lambda folder: autocorrelation(np.arange(5.0), max_lag=7),
                "max_lag is 7, but must be from 0 to 4",
            ),
            (
                "a correlation time of five samples",
                lambda folder: correlation_time(np.arange(5.0)),
                "5 samples are too few for a correlation time; give ten",
            ),
            (
                "the survival of other atoms",
                lambda folder: survival_time(short_run(), butane()),
                "run has 13 particles in 3 dimensions, but there are 14 atoms",
            ),
            (
                "survival at a stretch of 1",
                lambda folder: survival_time(short_run(), argon_cluster(2), stretch=1.0),
                "stretch is 1.0, but must be larger than 1",
            ),
            (
                "survival without bonds",
                lambda folder: survival_time(short_run(), argon_cluster(2)),
                "no two atoms of Ar13 are bonded; give a molecule",
            ),
            (
                "vibrations of a linear molecule",
                lambda folder: vibrational_frequencies(
                    Atoms("Ar3", [[0, 0, 0], [0, 0, 3.8], [0, 0, 7.6]]), LennardJones(**ARGON)
                ),
                "Ar3 is linear: it has 3N - 5 vibrations",
            ),
            (
                "vibrations of two atoms",
                lambda folder: vibrational_frequencies(molecule("H2"), READABLE),
                "there are 2 atoms; give a molecule of three or more",
            ),
            (
                "vibrations of a crystal",
                lambda folder: vibrational_frequencies(argon_box(1), READABLE),
                r"pbc is \[True, True, True\] .*pbc = False",
            ),
            (
                "vibrations of atoms that are held",
                lambda folder: vibrational_frequencies(with_constraint(FixAtoms([0])), READABLE),
                r"constraint FixAtoms, but all atoms vibrate; .*set_constraint\(\)",
            ),
            (
                "an equation of state of a molecule",
                lambda folder: equation_of_state(butane(), READABLE),
                r"pbc is \[False, False, False\] .*set atoms.cell",
            ),
            (
                "an equation of state from 7.0 points",
                lambda folder: equation_of_state(bulk("Ar"), READABLE, points=7.0),
                f"points is 7.0, {WHOLE} of at least 5; write 7",
            ),
            (
                "an equation of state with a strain of 2",
                lambda folder: equation_of_state(bulk("Ar"), READABLE, strain=2),
                "strain is 2, but must lie between 0 and 0.5",
            ),
            (
                "thermal expansion below zero",
                lambda folder: quasi_harmonic(bulk("Ar"), READABLE, temperatures_K=[-1]),
                r"temperatures are \[-1.\] K; .*none below 0",
            ),
            (
                "thermal expansion in an even supercell",
                lambda folder: quasi_harmonic(
                    bulk("Ar"), READABLE, temperatures_K=[10], supercell=4
                ),
                "supercell is 4, but must be odd",
            ),
            (
                "trust in one atom",
                lambda folder: trust(Atoms("Ar"), READABLE, rng=np.random.default_rng(0)),
                "there is 1 atom, .*give two or more",
            ),
            (
                "trust without an rng",
                lambda folder: trust(argon_box(1), READABLE, rng=None),
                r"rng is None, .*numpy.random.default_rng",
            ),
            (
                "trust in a run of 10 steps",
                lambda folder: trust(
                    argon_box(1), READABLE, rng=np.random.default_rng(0), nve_steps=10
                ),
                f"nve_steps is 10, {WHOLE} of at least 24",
            ),
        )
    ),
    *(
        Row(
            f"exported with {name} = {value!r}",
            lambda folder, given={name: value}: exported(folder, **given),
            ValueError,
            sentence,
        )
        for name, value, sentence in (
            ("timestep_fs", 0, f"timestep_fs is 0, {POSITIVE}"),
            ("picoseconds", np.nan, f"picoseconds is nan, {POSITIVE}"),
            ("record_every_fs", 12, "record_every_fs is 12, but must be a multiple .* would do"),
            ("replicate", (1, 0, 1), r"replicate is \(1, 0, 1\), but must be three integers"),
        )
    ),
    Row(
        "exported with atoms that are held",
        lambda folder: exported(folder, atoms=with_constraint(FixAtoms([0]))),
        ValueError,
        r"constraint FixAtoms, which the deck would not keep; .*set_constraint\(\)",
    ),
    Row(
        "a deck that is not there",
        lambda folder: run_lammps(folder / "in.lammps"),
        FileNotFoundError,
        "there is no file .*in.lammps; check the name and the folder you run in",
    ),
]
