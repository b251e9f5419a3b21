"""From hot to cool: as far down as ions are seen, and three points on a line."""

import pytest

from lecture8.conductivity import run_from_hot_to_cool, study
from lecture8.conductivity.budget import BUDGETS
from lecture8.ionic_conductivity.running import NoReplica
from tests.conductivity.planted import walking_lgps


@pytest.fixture
def descend(monkeypatch, tmp_path):
    """Return a function that gives the temperatures that were run, where D is planted."""

    def planted(*rest, temperature_K, picoseconds, **settings):
        D = descend.planted.get(temperature_K)
        if D is NoReplica:
            raise NoReplica("all replicas were lost")
        return walking_lgps(temperature_K, D=D, seed=3)

    def descend(planted, *, temperatures_K, at_K=300):
        descend.planted = planted
        runs, said = run_from_hot_to_cool(
            None,
            None,
            ion="Li",
            charge=1,
            temperatures_K=temperatures_K,
            at_K=at_K,
            budget=BUDGETS["usual"],
            executor=None,
            seed=1,
            folder=tmp_path / "runs",
            report=lambda text: None,
        )
        return list(runs), said

    monkeypatch.setattr(study, "run_until_known", planted)
    return descend


def test_down_to_the_temperature_that_is_asked_for(descend):
    assert descend({}, temperatures_K=(700, 850, 1000), at_K=600)[0] == [1000, 850, 700, 600]


def test_where_nothing_diffuses_it_ends(descend):
    runs, said = descend({600: 0}, temperatures_K=(500, 600, 700, 850, 1000))
    assert runs == [1000, 850, 700, 600]
    assert said == ["nothing diffuses at 600 K, and cooler runs would show less"]


def test_two_points_get_a_third_between_them(descend):
    runs, _ = descend({500: 0}, temperatures_K=(500, 600, 800))
    assert runs == [800, 600, 500, 686]  # 1 / 686 is in the middle of 1 / 600 and 1 / 800


def test_one_point_is_left_alone(descend):
    assert descend({700: 0}, temperatures_K=(600, 700, 1000))[0] == [1000, 700]


def test_what_is_lost_is_left_out(descend):
    runs, said = descend({1000: NoReplica}, temperatures_K=(700, 850, 1000), at_K=700)
    assert runs == [850, 700, 768]
    assert said[0].startswith("nothing at 1000 K")
