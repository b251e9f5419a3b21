"""The framework, watched: crystals pass, melts and decompositions do not."""

from dataclasses import replace

import numpy as np
import pytest

from lecture8.conductivity.framework import watch
from lecture8.integrators import Trajectory
from lecture8.ionic_conductivity import Replicas
from lecture8.structures import lgps
from tests.ionic_conductivity.walks import random_walk

FRAMES = 80


def runs(change) -> Replicas:
    """Return two runs of LGPS whose atoms rattle, and what `change` does to positions besides."""
    made = []
    for seed in range(2):
        rng = np.random.default_rng(seed)
        positions = lgps().positions + 0.15 * rng.standard_normal((FRAMES, 50, 3))
        positions[0] = lgps().positions
        positions[:, :20] += random_walk(rng, FRAMES, 20)  # lithium may go where it likes
        made.append(
            Trajectory(
                times=0.1 * np.arange(FRAMES),
                positions=change(positions, rng),
                symbols=np.array(lgps().get_chemical_symbols()),
                cell=lgps().cell.array,
            )
        )
    return Replicas(tuple(made), 900.0, np.full(2, 900.0), [])


def test_a_crystal_stays():
    seen = watch(runs(lambda x, rng: x), "Li")
    assert seen.warnings == []
    assert seen.broken == 0
    assert seen.wandered["S"] == pytest.approx(0.15 * np.sqrt(3), rel=0.1)


def test_a_crystal_that_drifts_as_a_whole_stays():
    assert (
        watch(runs(lambda x, rng: x + 0.1 * np.arange(FRAMES)[:, None, None]), "Li").warnings == []
    )


def test_a_melt_wanders():
    def melt(x, rng):
        x[:, 20:] += random_walk(rng, FRAMES, 30)
        return x

    seen = watch(runs(melt), "Li")
    assert "the framework wanders" in seen.warnings[0]
    assert seen.wandered["S"] > 1.5


def test_a_tetrahedron_that_loses_its_corner_is_broken():
    def lose(x, rng):
        phosphorus = np.flatnonzero(lgps().symbols == "P")
        x[FRAMES // 2 :, phosphorus[0]] += [1.8, 0, 0]
        return x

    seen = watch(runs(lose), "Li")
    assert seen.broken > 0.02
    assert "bonds are broken" in seen.warnings[-1]


def test_tetrahedra_that_turn_break_nothing():
    def turn(x, rng):
        # All sulphur of the first PS4 changes places in a ring: each goes to its neighbour's.
        atoms = lgps()
        phosphorus = int(np.flatnonzero(atoms.symbols == "P")[0])
        others = np.flatnonzero(atoms.symbols == "S")
        vectors = atoms.get_distances(phosphorus, others, mic=True, vector=True)
        near = np.argsort(np.linalg.norm(vectors, axis=1))[:4]
        places = vectors[near]
        x[FRAMES // 2 :, others[near]] += np.roll(places, 1, axis=0) - places
        return x

    seen = watch(runs(turn), "Li")
    assert seen.broken == 0
    assert seen.warnings == []


def test_one_molten_run_of_several_is_noticed():
    many = runs(lambda x, rng: x)
    molten = many[0].positions.copy()
    molten[:, 20:] += random_walk(np.random.default_rng(5), FRAMES, 30)
    mixed = replace(
        many, trajectories=(replace(many[0], positions=molten), *many.trajectories[1:] * 7)
    )
    assert "wanders" in watch(mixed, "Li").warnings[0]
