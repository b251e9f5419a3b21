"""Homework 1: the reference gets everything, the untouched release nothing, a mistake its share."""

import nbformat
import numpy as np
import pytest
from ase import units

from tests.homework.in_process import lost, module_of_checks, points, source_of
from tests.homework.wrong_answers_hw1 import RIGHT_ANSWERS, WRONG_ANSWERS

SOURCE, HIDDEN = source_of("hw1"), module_of_checks("hw1")
GRADED = points(SOURCE)


def test_the_reference_gets_everything(capsys):
    assert lost(SOURCE, HIDDEN.CHECKS) == {}
    assert "waiting" not in capsys.readouterr().out


def test_the_untouched_release_runs_to_the_end_and_gets_nothing(capsys):
    assert lost(SOURCE, HIDDEN.CHECKS, release=True) == GRADED
    assert capsys.readouterr().out == "Nothing to see yet: waiting for tasks 1 and 2.\n"


@pytest.mark.parametrize("answer", WRONG_ANSWERS + RIGHT_ANSWERS, ids=lambda answer: answer.name)
def test_an_answer_loses_exactly_what_it_should(answer):
    assert lost(SOURCE, HIDDEN.CHECKS, cells=answer.cells, figures=False) == answer.loses


def test_a_picture_says_what_a_wrong_answer_gave_it(capsys):
    cells = {"buckingham": "def buckingham(r, A, b, C):\n    return r + np.zeros(7)\n"}
    lost(SOURCE, HIDDEN.CHECKS, cells=cells)
    said = capsys.readouterr().out
    assert "waiting for tasks 1 and 2, whose answers gave: ValueError(" in said


def test_every_graded_cell_is_lost_by_some_wrong_answer():
    assert set().union(*(answer.loses for answer in WRONG_ANSWERS)) == set(GRADED)


def test_the_given_pair_and_the_one_of_the_checks_are_the_same():
    """And its force is minus the slope of its energy."""
    given = {cell.id: cell.source for cell in nbformat.read(SOURCE, as_version=4).cells}
    namespace = {}
    exec(given["soft-pair"], namespace)
    for r in (0.4, 1.3, 1.9, 2.4, 2.7):
        V, F = namespace["soft_pair"](r)
        pair = np.array([[0.0, 0.0, 0.0], [r, 0.0, 0.0]])
        energy, forces = HIDDEN.soft_box(pair, np.array([9.0, 9.0, 9.0]))
        assert np.isclose(energy, V)
        assert np.isclose(forces[1, 0], F)
        h = 1e-5
        slope = (namespace["soft_pair"](r + h)[0] - namespace["soft_pair"](r - h)[0]) / (2 * h)
        assert np.isclose(F, -slope, atol=1e-7)  # h^2 times the third derivative, and rounding


def test_thresholds_of_the_last_task_lie_in_a_wide_gap():
    """Sound runs stay far below three times the swing, faulty ones far above; but for one run."""
    for number, cases in HIDDEN.RUNS.items():
        for verdict, fault, seed, how in cases:
            times, _, v, m, V = HIDDEN.run_of_beads(fault, seed, **how)
            energy = V + 0.5 * np.einsum("i,tia->t", m, v**2)
            slope, offset = np.polyfit(times, energy, 1)
            rise = abs(slope) * np.ptp(times)
            ratio = rise / np.std(energy - slope * times - offset)
            momentum = np.einsum("i,tia->ta", m, v)
            scale = (m[:, None] * abs(v[0])).sum()
            change = np.ptp(momentum, axis=0).max() / scale
            if fault == "cools" and number == "9.5":  # about the line it drifts, not about the mean
                assert 4 < ratio < 5
                assert rise / np.std(energy) < 2.9
            else:
                assert ratio > 6 if verdict == "energy drifts" else ratio < 1.5
            assert change > 0.1 if verdict == "momentum changes" else change < 1e-10
            if number == "9.7":  # who looks at the two ends sees nothing
                assert abs(momentum[-1] - momentum[0]).max() < 1e-10 * scale


def test_numbers_of_the_open_question():
    """The wall of Buckingham's krypton: 60.7 eV at 1.09 Å, and a well of 200 K near 4.0 Å."""
    r = np.linspace(0.5, 6.0, 55001)
    V = 4270.0 * np.exp(-3.117 * r) - 137.8 / r**6
    assert abs(V.max() - 60.7) < 0.05
    assert abs(r[V.argmax()] - 1.09) < 0.01
    assert abs(V[r > 2].min() / units.kB + 200) < 0.5


def closest_approach_and_energy(energy_eV, timestep_fs):
    """Head-on collision of two krypton atoms, one of them at rest: closest r, energy at the end."""
    A, b, C, mu, dt = 4270.0, 3.117, 137.8, 83.798 / 2, timestep_fs * units.fs

    def force(r):
        s = abs(r)
        return np.sign(r) * (A * b * np.exp(-b * s) - 6 * C / s**7)

    r, v, closest = 8.0, -np.sqrt(2 * energy_eV / 83.798), 8.0
    while abs(r) <= 8.0:
        v += dt / 2 * force(r) / mu
        r += dt * v
        v += dt / 2 * force(r) / mu
        closest = min(closest, abs(r))
    return closest, mu * v**2 / 2


@pytest.mark.parametrize("timestep_fs", [0.1, 0.05, 0.025])
def test_the_story_of_the_open_question(timestep_fs):
    closest, energy = closest_approach_and_energy(100, timestep_fs)
    assert closest > 1.2  # turned round before the top
    assert abs(energy - 50) < 0.1
    closest, energy = closest_approach_and_energy(200, timestep_fs)
    assert closest < 0.5
    assert energy > 1e6  # eV


def test_what_needs_no_physics_passes_no_hidden_test():
    """Also where the visible lines, which would stop it, are forged."""

    def stands_still(r, v, m, k, g, dt, steps):
        return np.array([r] + [0.0] * steps), np.zeros(steps), np.zeros(steps + 1)

    def always_drifts(*run):
        return "energy drifts"

    checks = HIDDEN.CHECKS
    passed = [n for n in checks if n[:2] == "5." and checks[n].test(stands_still)]
    passed += [n for n in checks if n[:2] == "9." and checks[n].test(always_drifts)]
    assert passed == ["9.3"]  # two runs that do drift
