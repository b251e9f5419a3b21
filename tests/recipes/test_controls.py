"""The list of claims and controls: complete, holding, and with controls that can fail."""

import pytest

from recipes.controls import running
from recipes.controls.claim import CONTROLS, control

ALL = running.every()


def test_every_control_has_a_number_for_each_seed():
    kept = running.outcomes()
    missing = [(c.name, seed) for c in ALL for seed in c.seeds if (c.name, seed) not in kept]
    assert not missing, f"run python -m recipes.controls.running for {missing}"


@pytest.mark.parametrize("listed", ALL, ids=lambda c: c.name)
def test_the_claim_holds_with_every_seed(listed):
    kept = running.outcomes()
    found = [kept[listed.name, seed] for seed in listed.seeds]
    assert all(map(listed.holds, found)), f"{listed.claim} {found}"


def test_the_page_is_that_of_the_numbers():
    page = (running.FOLDER / "README.md").read_text()
    assert page == running.table(running.outcomes())


def test_names_are_distinct_and_claims_have_a_place():
    names = [c.name for c in ALL]
    assert len(names) == len(set(names))
    assert all(c.claim.endswith(".") and c.where for c in ALL)


def test_a_control_that_cannot_fail_is_refused():
    with pytest.raises(ValueError, match="cannot fail"):
        control("All is well.", where="nowhere")


def test_a_control_outside_its_bounds_is_seen():
    listed = CONTROLS[0]
    assert not listed.holds(listed.low - 1) or not listed.holds(listed.high + 1)


def test_running_one_again_finds_what_is_kept():
    kept = running.outcomes()["tolerated_drift_in_kelvin", 0]
    found = running.found("tolerated_drift_in_kelvin", 0)
    assert found == pytest.approx(kept, rel=1e-5)  # six digits are kept


def test_numbers_of_controls_that_came_later_are_no_leftovers():
    """A long run knows those of its start only; what is in the files by its end counts."""
    assert {c.name for c in ALL} <= running.listed_on_disk()
    assert "no_such_control" not in running.listed_on_disk()


def test_a_name_that_is_no_control_is_named():
    with pytest.raises(SystemExit, match="no control is called nonsense; there are"):
        running.chosen(["5", "nonsense"])
    assert {c.name for c in running.chosen(["tolerated_drift_in_kelvin"])} == {
        "tolerated_drift_in_kelvin"
    }
