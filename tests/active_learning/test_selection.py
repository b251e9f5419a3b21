"""Selection buys no frame twice, and finds the one that is far away."""

import pytest

from lecture8.active_learning import DistanceGrade, ExtrapolationGrade, ReadoutGrade, select
from lecture8.datasets import fitted_lgps
from lecture8.structures import butane, lgps
from tests.active_learning.conftest import rattled


@pytest.fixture
def grader(cold, fitted):
    return ExtrapolationGrade(fitted, cold)


def graded(frames, grader):
    for atoms, grade in zip(frames, grader(frames), strict=True):
        atoms.info["grade"] = grade
    return frames


@pytest.mark.parametrize("kind", ["extrapolation", "distance"])
def test_a_planted_far_frame_is_selected_first(kind, cold, fitted):
    grader = ExtrapolationGrade(fitted, cold) if kind == "extrapolation" else DistanceGrade(cold)
    candidates = rattled(8, by=0.04, seed=5)
    candidates.insert(3, rattled(1, by=0.2, seed=6)[0])
    chosen = select(graded(candidates, grader), grader, 1)
    assert chosen == [candidates[3]]


def trajectory(grader):
    """Ten pictures of one slow movement, 10 fs apart, and one of another run."""
    first, last = rattled(2, by=0.15, seed=1)
    frames = []
    for k in range(10):
        frames.append(first.copy())
        frames[-1].positions += 0.01 * k * (last.positions - first.positions)
        frames[-1].info |= {"run": "slow", "time_ps": 0.01 * k}
    return graded([*frames, *rattled(1, by=0.15, seed=2)], grader)


def test_neighbours_in_time_are_bought_once(cold):
    grader = DistanceGrade(cold)
    chosen = select(trajectory(grader), grader, 10, tolerance=0)
    assert sorted(a.info["run"] for a in chosen) == ["rattled-0.15-0", "slow"]


def test_alike_are_bought_once(cold):
    grader = DistanceGrade(cold)
    chosen = select(trajectory(grader), grader, 10, apart_ps=0)
    assert len(chosen) == 2


def test_without_the_filter_the_same_frame_is_bought_ten_times(cold):
    """The twin."""
    grader = DistanceGrade(cold)
    chosen = select(trajectory(grader), grader, 10, tolerance=0, apart_ps=0)
    assert sum(a.info["run"] == "slow" for a in chosen) >= 9


def test_maxvol_alone_sees_that_a_copy_adds_nothing(grader):
    candidates = trajectory(grader)
    copies = [candidates[0].copy() for _ in range(5)]
    for k, atoms in enumerate(copies):
        atoms.rotate(20 * k, "z")
        atoms.info |= {"run": f"copy-{k}"}
    assert len(select(graded(copies, grader), grader, 5, tolerance=0, apart_ps=0)) == 1


def test_what_is_known_is_not_bought(grader):
    candidates = graded(rattled(3, by=0.2, seed=4), grader)
    turned = candidates[1].copy()
    turned.rotate(70, (1, 1, 0))
    chosen = select(candidates, grader, 3, known=[turned])
    assert candidates[1] not in chosen
    assert candidates[0] in chosen


def test_at_most_so_many_and_the_most_doubtful_first(cold):
    grader = DistanceGrade(cold)
    candidates = graded(rattled(6, by=0.2, seed=4), grader)
    chosen = select(candidates, grader, 4)
    grades = [a.info["grade"] for a in chosen]
    assert len(chosen) == 4
    assert grades == sorted(grades, reverse=True)
    assert max(a.info["grade"] for a in candidates) == grades[0]
    assert select(candidates, grader, 0) == select([], grader, 5) == []


def test_what_is_left_out_lies_between_what_is_taken(cold, fitted, grader):
    candidates = graded(rattled(20, by=0.08, seed=4), grader)
    chosen = select(candidates, grader, 20)
    grades = ExtrapolationGrade(fitted, cold + chosen)(candidates)
    # Two ways to an active set, the second from all rows anew; each is a local optimum.
    assert grades.max() < 1.5 < 3 < min(a.info["grade"] for a in candidates)
    assert 0 < len(select(candidates, grader, 20, threshold=5)) < len(chosen) < 20


def test_a_network_by_its_last_layer_buys_a_batch_too():
    """Three copies of one frame: once the first is in, what its copies add is nothing."""
    potential = fitted_lgps()
    frames = []
    for k in range(4):
        frames.append(lgps())
        frames[-1].rattle(0.02, seed=k)
    grader = ReadoutGrade(potential, frames[:2])
    far = lgps()
    far.rattle(0.3, seed=9)
    copies = [far.copy() for _ in range(3)]
    for k, atoms in enumerate(copies):
        atoms.info = {"run": f"copy-{k}", "time_ps": 0.0}
    graded(copies, grader)
    assert grader([far])[0] > 2
    assert grader.most_doubtful(copies, 3) == [0]
    assert select(copies, grader, 3, tolerance=0, threshold=1.0) == copies[:1]
    assert grader.most_doubtful(frames[:2], 2) == []  # what it was fitted to


def test_candidates_must_say_what_they_are(grader):
    bare = butane()
    with pytest.raises(ValueError, match="candidate 0 has no grade and no run and no time_ps"):
        select([bare], grader, 1)
