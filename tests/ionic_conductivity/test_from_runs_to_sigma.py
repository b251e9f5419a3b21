"""The whole way from runs to sigma: on walks whose sigma is known, and on the shipped runs.

Notebook 6 and the slides say the same numbers, and they are these.
"""

import ast
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase import units

from lecture8.datasets import long_runs, pupil_runs
from lecture8.integrators import Trajectory
from lecture8.ionic_conductivity import (
    Replicas,
    arrhenius_fit,
    conductivity_of_runs,
    diffusion_coefficient,
    haven_ratio,
    milli_siemens_per_cm,
    nernst_einstein,
)
from lecture8.measured import pooled, ratio
from slides import make_figures

from .walks import correlated_pairs

E_A, D_700, CORRELATION = 0.2, 0.5, 0.5  # eV, Å2/ps at 700 K, of the steps of partners
EDGE, PAIRS, REPLICAS, FRAMES = 10.0, 8, 6, 300


def diffusion_at(T):
    return D_700 * np.exp(-E_A / units.kB * (1 / T - 1 / 700))


TRACER = nernst_einstein(  # S/m, at 300 K
    diffusion_at(300), number_density=2 * PAIRS / EDGE**3, charge=1, temperature_K=300
)
SIGMA = TRACER * (1 + CORRELATION)  # H = 1 / (1 + correlation)


def walks(rng, *, temperatures=(500, 700, 900)) -> dict:
    """Return walks at these temperatures, by Arrhenius' law, of pairs that go together."""
    runs = {}
    for T in temperatures:
        steps = correlated_pairs(rng, FRAMES, PAIRS, correlation=CORRELATION, replicas=REPLICAS)
        scale = np.sqrt(diffusion_at(T) / 0.5)  # these walks have D = 0.5
        describe = {
            "times": 0.1 * np.arange(FRAMES),
            "masses": np.full(2 * PAIRS, 7.0),
            "symbols": np.array(["Li"] * 2 * PAIRS),
            "cell": EDGE * np.eye(3),
        }
        each = tuple(Trajectory(positions=scale * x, **describe) for x in steps)
        runs[T] = Replicas(each, T, np.full(REPLICAS, float(T)), [])
    return runs


@pytest.mark.filterwarnings("ignore:300 K is", "ignore:the points miss")
def test_a_planted_conductivity_is_recovered_and_its_interval_covers():
    answers = [
        conductivity_of_runs(walks(np.random.default_rng(seed)), ion="Li", haven_lag_ps=3, bend=0)
        for seed in range(40)
    ]
    for planted, found in ((TRACER, "tracer"), (SIGMA, "sigma")):
        off = np.log([getattr(a, found).value / planted for a in answers])
        assert abs(off.mean()) < 4 * off.std() / np.sqrt(len(off))
        covered = [getattr(a, found).low < planted < getattr(a, found).high for a in answers]
        assert np.mean(covered) > 0.85  # 95 %, to 3.4 % by 40 answers
    # Without H, the interval misses what is a half more.
    assert np.mean([a.tracer.low < SIGMA < a.tracer.high for a in answers]) < 0.85


def test_the_charge_counts_twice_and_the_temperature_is_that_asked_for():
    runs = walks(np.random.default_rng(0))
    once, twice = (
        conductivity_of_runs(runs, ion="Li", charge=z, temperature_K=700) for z in (1, -2)
    )
    assert twice.sigma.value == pytest.approx(4 * once.sigma.value)
    assert once.number_density == pytest.approx(2 * PAIRS / EDGE**3)
    at_700 = nernst_einstein(
        once.arrhenius.diffusion(700), number_density=0.016, charge=1, temperature_K=700
    )
    assert once.tracer.value == pytest.approx(at_700.value)


def test_ions_are_taken_from_the_framework_that_drifts():
    """Atoms that stand still are added, and then all move on: nothing changes."""
    runs = walks(np.random.default_rng(1))
    drift = np.linspace(0, 50, FRAMES)[:, None, None] * np.array([1.0, 0, 0])

    def crystal(run):
        still = np.zeros((FRAMES, 3, 3))
        return replace(
            run,
            positions=np.concatenate([run.positions, still], axis=1) + drift,
            symbols=np.append(run.symbols, ["S"] * 3),
            masses=np.append(run.masses, [32.0] * 3),
        )

    drifting = {T: run.each(crystal) for T, run in runs.items()}
    alone, inside = (conductivity_of_runs(x, ion="Li", haven_lag_ps=3) for x in (runs, drifting))
    for name in ("value", "low", "high"):
        found, wanted = getattr(inside.sigma, name), getattr(alone.sigma, name)
        assert found == pytest.approx(wanted, rel=1e-6)


def test_the_line_may_bend_unless_told_not_to():
    runs = walks(np.random.default_rng(2))
    runs[700] = runs[700].each(lambda run: replace(run, positions=1.5 * run.positions))
    bent = conductivity_of_runs(runs, ion="Li", haven_lag_ps=3, temperature_K=400)
    with pytest.warns(UserWarning, match="the points miss the line"):
        line = conductivity_of_runs(runs, ion="Li", haven_lag_ps=3, temperature_K=400, bend=0)
    assert bent.tracer.error / bent.tracer.value > 2 * line.tracer.error / line.tracer.value


def test_runs_of_two_densities_or_of_none_are_refused():
    runs = walks(np.random.default_rng(3))
    wide = {**runs, 900: runs[900].each(lambda run: replace(run, cell=1.1 * run.cell))}
    with pytest.raises(ValueError, match="different numbers of ions per Å3"):
        conductivity_of_runs(wide, ion="Li")
    free = {**runs, 900: runs[900].each(lambda run: replace(run, cell=None))}
    with pytest.raises(ValueError, match="the run at 900 K has no cell"):
        conductivity_of_runs(free, ion="Li")
    with pytest.raises(ValueError, match="the ion is 'Na'"):
        conductivity_of_runs(runs, ion="Na")


# The number of the course ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def notebook():
    """What notebook 6 has in `whole`, `direct` and `line`, by its own statements."""
    cells = json.loads(Path("notebooks/06_ionic_conductivity.ipynb").read_text())["cells"]
    code = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    names = {
        "pupil_runs": pupil_runs,
        "long_runs": long_runs,
        "conductivity_of_runs": conductivity_of_runs,
        "diffusion_coefficient": diffusion_coefficient,
    }
    for wanted in ("temperatures", "runs", "whole", "COLD", "cold", "direct"):
        (statement,) = (
            node
            for source in code
            for node in ast.parse(source).body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == wanted
        )
        exec(ast.unparse(statement), names)
    return names


def test_the_interval_of_the_extrapolation_holds_what_was_measured_there(notebook):
    """That of the line that may bend does; that of the line, which is narrow, does not."""
    direct, curve = notebook["direct"], notebook["whole"].arrhenius.diffusion(300)
    with pytest.warns(UserWarning, match="300 K is 1.5 times as far"):
        line = arrhenius_fit(notebook["whole"].diffusion).diffusion(300)
    assert curve.low < direct.low < direct.high < curve.high
    assert line.high < direct.low
    assert (line.value, line.low, line.high) == pytest.approx((0.042, 0.036, 0.050), abs=5e-4)


def test_the_slides_say_what_the_notebook_says(notebook):
    at = {
        "number_density": notebook["whole"].number_density,
        "charge": 1,
        "temperature_K": 300,
    }
    tracer = milli_siemens_per_cm(nernst_einstein(notebook["direct"], **at))
    whole, cold = notebook["whole"], notebook["cold"]
    haven = pooled(haven_ratio(long_runs("CHGNet", T), window=d.window) for T, d in cold.items())
    catalogue = json.loads(make_figures.CATALOGUE.read_text())
    said = catalogue["ionic_conductivity"]["pictures"]["arrhenius"]["numbers"]
    for name, measured, form in (
        ("sigma", tracer, ",.0f"),
        ("sigma_haven", ratio(tracer, haven), ",.0f"),
        ("d_300", whole.arrhenius.diffusion(300), ".3f"),
        ("d_300_direct", notebook["direct"], ".3f"),
    ):
        for end in ("value", "low", "high"):
            key = name if end == "value" else f"{name}_{end}"
            assert said[key] == format(getattr(measured, end), form)
