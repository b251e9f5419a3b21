"""Hidden tests of all assignments: neutral, hinted, asked once, and passed by nothing worthless."""

import re

import nbformat
import numpy as np
import pytest

from tests.homework.in_process import (
    HOMEWORK,
    asked,
    checks_of,
    nbgrader_of,
    passes,
    plain,
    points,
    references,
    source_of,
)
from tests.homework.wrong_answers import SPOILT, WORTHLESS, spoilt

ASSIGNMENTS = ("hw1", "hw2", "hw3")
EVERY = [(a, number, name) for a in ASSIGNMENTS for number, name in asked(source_of(a))]
CHECKS = {assignment: checks_of(assignment) for assignment in ASSIGNMENTS}
REFERENCES = {assignment: references(source_of(assignment)) for assignment in ASSIGNMENTS}

every_assignment = pytest.mark.parametrize("assignment", ASSIGNMENTS)
every_check = pytest.mark.parametrize(("assignment", "number", "name"), EVERY)


@every_assignment
def test_twenty_points_by_code_and_five_by_hand(assignment):
    assert sum(points(source_of(assignment)).values()) == 20
    cells = nbformat.read(source_of(assignment), as_version=4).cells
    by_hand = [c for c in cells if c.cell_type == "markdown" and nbgrader_of(c).get("grade")]
    assert [nbgrader_of(cell)["points"] for cell in by_hand] == [5]


@every_assignment
def test_every_check_is_asked_once(assignment):
    # The grader keeps the first verdict on a number: a second cell with it would share it.
    assert [number for number, _ in asked(source_of(assignment))] == list(CHECKS[assignment])


@every_assignment
def test_numbers_say_task_and_place_and_nothing_else(assignment):
    places = {}
    for number in CHECKS[assignment]:
        task, place = map(int, re.fullmatch(r"([1-9])\.([1-9])", number).groups())
        places.setdefault(task, []).append(place)
    assert list(places) == list(range(1, 10))
    assert all(found == list(range(1, len(found) + 1)) for found in places.values())


@every_assignment
def test_hints_are_sentences_that_differ(assignment):
    hints = [check.hint for check in CHECKS[assignment].values()]
    assert all(20 < len(hint) < 160 and hint[-1] in ".?" for hint in hints)


@every_assignment
def test_agree_is_the_only_comparison(assignment):
    text = (HOMEWORK / "instructor" / "checks" / f"{assignment}.py").read_text()
    assert re.findall(r"allclose|isclose|array_equal|approx|testing", text) == []


@every_assignment
def test_marks_and_stored_form(assignment):
    notebook = nbformat.read(source_of(assignment), as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        mark = nbgrader_of(cell)
        assert mark.get("grade_id", cell.id) == cell.id
        assert mark.get("schema_version", 3) == 3
        assert ("### BEGIN SOLUTION" in cell.source) == mark.get("solution", False)
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
            tested = mark.get("grade", False)
            assert ("### BEGIN HIDDEN TESTS" in cell.source) == tested
            assert not tested or mark["locked"]
            # JupyterLab goes on after an error in a cell with this tag, and only there.
            assert cell.metadata.get("tags", []) == (["raises-exception"] if tested else [])


@every_check
def test_the_reference_passes(assignment, number, name):
    assert passes(CHECKS[assignment][number], REFERENCES[assignment][name])


@every_check
def test_nothing_worthless_passes(assignment, number, name):
    passed = []
    for what, value in WORTHLESS.items():
        answers = [value, lambda *_, v=value, **__: v, lambda *_, v=value, **__: [v, v]]
        answers += [lambda *_, v=value, k=k, **__: (v,) * k for k in range(1, 4)]
        passed += [what for answer in answers if passes(CHECKS[assignment][number], answer)]
    assert passed == []


@every_check
@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")  # of sums over what is not finite
def test_right_numbers_in_a_wrong_shape_do_not_pass(assignment, number, name):
    solution, check = REFERENCES[assignment][name], CHECKS[assignment][number]
    assert [what for what, how in SPOILT.items() if passes(check, spoilt(solution, how))] == []


@every_check
def test_an_answer_that_spoils_its_arguments_disturbs_no_check(assignment, number, name):
    """In reality the arguments are copied on their way into the sandbox, here by `proxy`."""
    solution = REFERENCES[assignment][name]

    def careless(*arguments, **named):
        result = solution(*plain(arguments), **named)
        for argument in arguments:
            for array in argument if isinstance(argument, list) else [argument]:
                if isinstance(array, np.ndarray):
                    array[...] = 0
        return result

    assert passes(CHECKS[assignment][number], careless)


@every_check
def test_no_argument_holds_what_is_expected(assignment, number, name):
    heard = []
    solution = REFERENCES[assignment][name]

    def listening(*arguments, **named):
        result = solution(*arguments, **named)
        known = numbers_in(arguments[:1]) if name == "leapfrog" else set()  # where it starts
        heard.append((numbers_in(arguments), numbers_in(result) - known))
        return result

    assert passes(CHECKS[assignment][number], listening)
    # Whole numbers, such as zeros and indices, may occur on both sides.
    assert all(not (given & found) for given, found in heard)


def numbers_in(value) -> set[float]:
    """All numbers in a value that are not whole."""
    if isinstance(value, tuple | list):
        return set().union(*map(numbers_in, value))
    if isinstance(value, str) or value is None:
        return set()
    array = np.asarray(value, float).ravel()
    return {float(x) for x in array if x != round(x)}


@every_assignment
def test_shares_are_worth_a_fair_part(assignment):
    """No test of a cell is worth more than a point, and none less than a tenth of one."""
    notebook = nbformat.read(source_of(assignment), as_version=4)
    for cell in notebook.cells:
        if numbers := re.findall(r'check\("(.+?)"', cell.source):
            assert 0.1 <= nbgrader_of(cell)["points"] / len(numbers) <= 1
