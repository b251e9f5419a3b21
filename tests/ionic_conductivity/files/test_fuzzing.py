"""A short run of `tests.fuzz_readers`, which can run for an hour: damage ends in a cause."""

import pytest

from tests import fuzz_readers


@pytest.mark.parametrize("index", range(25))
def test_damaged_files_end_in_a_cause_or_in_the_right_trajectory(index):
    cases = range(index * 20, index * 20 + 20)
    outcomes = {case: fuzz_readers.run_case(7, case) for case in cases}
    assert not {case: out for case, out in outcomes.items() if out[2].startswith("FAILED")}


def test_undamaged_files_of_all_kinds_are_right():
    for index, kind in enumerate(fuzz_readers.kinds()):
        assert fuzz_readers.truth(index).shape == (fuzz_readers.FRAMES, 6, 3), kind.name
