"""The checklist finds one planted bug a line, blames no other line, and passes what is healthy."""

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import bulk, fcc111
from ase.calculators.calculator import Calculator
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms
from ase.stress import voigt_6_to_full_3x3_stress

from lecture8.frames import label
from lecture8.integrators import simulate
from lecture8.potentials import LennardJones
from lecture8.reference import gfn2_xtb
from lecture8.structures import ARGON, argon_box, butane, thermalise
from lecture8.trust import CHECKS, Check, Measurement, table, trust
from lecture8.trust.consistency import _conserved, force_error
from lecture8.validation import order_of_convergence
from tests.planted_potentials import (
    ByIndex,
    CutOff,
    Hole,
    InfiniteRange,
    LonelyAtom,
    MissingHalf,
    Morse,
    NoImages,
    NoNumber,
    NotASlope,
    PrefersZ,
    Refuses,
    Soft,
    Stiff,
    StressSign,
    Superextensive,
    Wanders,
    WrongSign,
)


def copper():
    return bulk("Cu", cubic=True) * (2, 2, 2)


def cluster():
    return Atoms("Cu4", positions=2.6 * np.array([[0, 0, 0], [1, 0, 0], [0.5, 0.8, 0], [0, 0, 1]]))


def examine(atoms, potential, **options):
    """Return the findings by the name of what was measured."""
    findings = trust(atoms, potential, rng=np.random.default_rng(0), **options)
    return dict(zip([check.measure.__name__ for check in CHECKS], findings, strict=True))


def not_green(findings):
    return {name for name, found in findings.items() if found.verdict not in ("green", "n/a")}


@pytest.mark.parametrize(
    ("potential", "line", "others"),
    [
        # Whatever compares the energy with the forces sees these too.
        (WrongSign(), "force_error", {"nve_drift", "largest_jump", "softening"}),
        (NotASlope(), "force_error", {"nve_drift", "largest_jump", "softening"}),
        (StressSign(), "stress_error", set()),
        (MissingHalf(), "stress_error", set()),
        # 1 meV between any two energies; and twice what was added so far is not what was added.
        (
            Wanders(),
            "nve_drift",
            {"force_error", "stress_error", "largest_jump", "size_error", "isolated_error"},
        ),
        # An anisotropic crystal is another one than the reference.
        (PrefersZ(), "rotation_error", {"softening"}),
        # Pairs through a face are missing, which are fewer in the doubled cell, and no reference's.
        (NoImages(), "translation_error", {"size_error", "softening"}),
        (ByIndex(), "permutation_error", {"softening"}),
        (Superextensive(), "size_error", set()),
        # A displacement or a strain, too, can push a pair over the edge.
        (CutOff(), "largest_jump", {"force_error", "stress_error", "nve_drift", "softening"}),
        (Hole(), "wall_height", set()),
        (NoNumber(), "wall_height", set()),
        (LonelyAtom(), "isolated_error", set()),
        (Refuses(), "isolated_error", set()),
        (Soft(), "softening", set()),
        (Stiff(), "softening", set()),
    ],
    ids=lambda x: type(x).__name__ if isinstance(x, Calculator) else "",
)
def test_a_planted_bug_is_red_in_its_line_and_leaves_unrelated_lines_green(potential, line, others):
    findings = examine(copper(), potential, reference=Morse())
    assert findings[line].verdict == "red"
    assert not_green(findings) <= {line} | others


def test_an_interaction_without_end_is_red_for_free_atoms_and_two_molecules():
    findings = examine(cluster(), InfiniteRange())
    # 10 eV Å / 15 Å, shared by two; and the force that goes with it is no bug of its own.
    assert findings["isolated_error"].value == pytest.approx(1e4 / 15 / 2, rel=1e-6)
    assert findings["isolated_error"].verdict == "red"
    assert not_green(findings) == {"isolated_error", "size_error"}


@pytest.mark.parametrize(
    ("atoms", "potential"),
    [
        (copper(), Morse()),
        (cluster(), Morse()),
        (copper(), EMT()),
        (fcc111("Cu", (2, 2, 3), vacuum=6.0, periodic=False), EMT()),
        (argon_box(4), LennardJones(**ARGON, cutoff=8.5, onset=7.0)),
        (butane(), gfn2_xtb()),
    ],
    ids=["pairs", "cluster", "copper", "slab", "argon", "butane"],
)
def test_what_is_healthy_is_green_everywhere(atoms, potential):
    before = atoms.copy()
    findings = examine(atoms, potential, reference=potential)
    assert not_green(findings) == set()
    # Only a cell that is periodic all round has a stress.
    expected = set() if atoms.pbc.all() else {"stress_error"}
    assert {name for name, found in findings.items() if found.verdict == "n/a"} == expected
    assert atoms == before
    assert atoms.calc is None


class Single(EMT):
    """What a network gives in single precision: 8 digits of an energy that is large."""

    def calculate(self, *args, **kwargs):
        super().calculate(*args, **kwargs)
        energy = self.results["energy"] - 4.0 * len(self.atoms)
        self.results["energy"] = np.float32(energy)
        self.results["forces"] = self.results["forces"].astype(np.float32)
        if "stress" in self.results:  # and the whole matrix, as CHGNet does
            stress = voigt_6_to_full_3x3_stress(self.results["stress"])
            self.results["stress"] = stress.astype(np.float32)

    def get_stress(self, atoms=None, **kwargs):
        return self.get_property("stress", atoms)


def test_single_precision_is_green():
    assert not_green(examine(copper(), Single(), reference=EMT())) == set()


def test_sevennet_in_its_single_precision_passes_the_first_lines():
    from sevenn.calculator import SevenNetCalculator

    salt = bulk("NaCl", "rocksalt", a=5.69, cubic=True)
    salt.rattle(0.05, seed=0)
    first = [check for check in CHECKS if check.measure.__name__ not in ("nve_drift", "softening")]
    sevennet = SevenNetCalculator("7net-0", device="cpu")
    findings = trust(salt, sevennet, rng=np.random.default_rng(0), checks=first[:6])
    assert [found.verdict for found in findings] == ["green"] * 6
    assert findings[0].value > 1e-6  # a number of its own, not the zero of no comparison


def test_nan_and_errors_everywhere_lose_no_line():
    class Nothing(Morse):
        def tamper(self, results):
            results["energy"], results["forces"] = np.nan, results["forces"] * np.nan
            results["stress"] = np.full(6, np.nan)

    class Broken(Morse):
        def calculate(self, *args, **kwargs):
            raise MemoryError("no room for the graph")

    for potential, reason in ((Nothing(), "NaN"), (Broken(), "MemoryError: no room for the graph")):
        findings = examine(copper(), potential, reference=Morse())
        assert {found.verdict for found in findings.values()} == {"red"}
        assert all(np.isnan(found.value) for found in findings.values())
        assert reason in findings["rotation_error"].consequence


def test_a_check_that_fails_leaves_the_numbers_of_the_others_alone():
    healthy, refuses = examine(copper(), Morse()), examine(copper(), Refuses())
    for name in healthy:
        if name != "isolated_error":
            # Not to the last bit: the sum over threads of torch is not ordered.
            assert refuses[name].value == pytest.approx(healthy[name].value, abs=1e-9, nan_ok=True)
    assert refuses["isolated_error"].consequence == "it raised RuntimeError: the graph has no edges"
    assert examine(copper(), NoNumber())["wall_height"].consequence.endswith("is not a number)")


def test_constraints_hide_nothing():
    atoms = copper()
    atoms.set_constraint(FixAtoms(range(len(atoms))))
    assert examine(atoms, WrongSign())["force_error"].verdict == "red"


def test_softening_is_measured_on_labelled_frames_as_well():
    frames = [copper() for _ in range(3)]
    for seed, frame in enumerate(frames):
        frame.rattle(0.1, seed=seed)
    soft = examine(copper(), Soft(), reference=label(frames, Morse()))["softening"]
    assert soft.value == pytest.approx(20, abs=1e-9)  # all forces, by the same factor
    assert examine(copper(), Stiff(), reference=Morse())["softening"].value == pytest.approx(-20)
    other = examine(copper(), EMT(), reference=label(frames, Morse()))["softening"]
    assert other.error > 0.1  # EMT's forces are no multiple of Morse's


def test_a_calculator_without_stress_is_no_failure():
    class NoStress(EMT):
        implemented_properties = ("energy", "forces")

    found = examine(copper(), NoStress())["stress_error"]
    assert found.verdict == "n/a"
    assert "constant volume" in found.consequence


def judged(value, error=0.0, green=1.0, red=10.0):
    check = Check("x", lambda *_: Measurement(value, error), "eV", green, red, "", "it melts")
    (found,) = trust(cluster(), Morse(), rng=np.random.default_rng(0), checks=[check])
    return found


@pytest.mark.parametrize(
    ("value", "error", "verdict"),
    [
        (1.0, 0, "green"),
        (-1.1, 0, "yellow"),
        (-10.0, 0, "red"),
        (0.5, 0.2, "green"),
        (0.9, 0.1, "yellow"),
        (12.0, 0.9, "red"),
        (12.0, 3.0, "yellow"),
        (0.0, 50.0, "yellow"),
        (np.nan, 0, "red"),
    ],
)
def test_a_verdict_needs_two_standard_errors(value, error, verdict):
    found = judged(value, error)
    assert found.verdict == verdict
    unsure = verdict == "yellow" and error > 0
    assert ("not known well enough" in found.consequence) == unsure


def test_where_more_is_better_the_limits_are_the_other_way_round():
    verdicts = [judged(x, green=10.0, red=2.0).verdict for x in (np.inf, 10, 5, 2, 0, np.nan)]
    assert verdicts == ["green", "green", "yellow", "red", "red", "red"]


def test_the_energy_whose_drift_is_measured_is_kept_to_fourth_order():
    atoms = thermalise(copper(), temperature_K=300, rng=np.random.default_rng(0))
    timesteps, raw, kept = np.array([2.0, 4.0, 8.0]), [], []
    for timestep in timesteps:
        run = simulate(atoms, EMT(), timestep_fs=timestep, picoseconds=0.4)
        raw.append(run.total_energies[2:-2].std())
        kept.append(_conserved(run, timestep * units.fs).total_energies.std())
    # From three points over a factor of 4; the next order is two higher.
    assert order_of_convergence(timesteps, raw).value == pytest.approx(2, abs=0.2)
    assert order_of_convergence(timesteps, kept).value == pytest.approx(4, abs=0.4)


def test_every_limit_has_its_reason_and_its_consequence():
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    for check in CHECKS:
        assert check.green != check.red
        assert len(check.reason) > 20
        assert len(check.consequence) > 20


def test_trust_refuses():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="there is 1 atom"):
        trust(copper()[:1], Morse(), rng=rng)
    with pytest.raises(ValueError, match="nve_steps is 23, but"):
        trust(copper(), Morse(), rng=rng, nve_steps=23)
    with pytest.raises(ValueError, match="reference frame 0 carries no forces; label"):
        trust(copper(), Morse(), rng=rng, reference=[copper()])
    drift = [check for check in CHECKS if check.measure.__name__ == "nve_drift"]
    assert trust(cluster(), Morse(), rng=rng, nve_steps=24, checks=drift)[0].verdict == "green"


def test_table_has_a_row_for_each_check_a_column_for_each_model_and_then_the_risks():
    first, second = judged(0.5), judged(12.0, 0.25)
    text = table({"good": [first], "bad": [second, second._replace(check="y", value=np.nan)]})
    assert text.splitlines() == [
        "        good       bad",
        "x / eV  0.5 green  12 ± 0.2 red",
        "y / eV             - red",
        "",
        "bad, x (red): it melts",
        "bad, y (red): it melts",
    ]
    assert judged(np.inf, green=10.0, red=2.0).number == "∞"


@pytest.mark.parametrize("seed", range(3))
def test_forces_that_are_five_per_cent_too_large_are_found_to_be_so(seed):
    class TooLarge(EMT):
        def calculate(self, *args, **kwargs):
            super().calculate(*args, **kwargs)
            self.results["forces"] = 1.05 * self.results["forces"]

    atoms = copper()
    atoms.rattle(0.05, seed=seed)
    found = force_error(atoms, TooLarge(), np.random.default_rng(seed))
    assert found.value == pytest.approx(100 * 0.05 / 1.05, abs=0.1)
