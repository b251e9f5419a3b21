"""Homework 1 on the hub, from release to feedback: as jupyterhub/README.md says, in real browsers.

Alice answers one task and the open question. The teacher, who is not root, collects and grades her
work in the sandbox, reads and grades the open question in Formgrader, and returns feedback.
"""

import re

import nbformat
import pytest
from playwright.sync_api import expect

from .browser import menu, open_notebook, run_all
from .classroom import ROOT, wait_for
from .conftest import HW1

ANSWER = """import os

print("This ran on", os.uname().nodename)

def buckingham(r, A, b, C):
    repulsion = A * np.exp(-b * r)
    return repulsion - C / r**6, b * repulsion - 6 * C / r**7"""
# In a browser that shows it as it came, it would give the page another title.
OPEN_ANSWER = "The wall has a top. <img src='nowhere' onerror='document.title = &quot;Mine&quot;'>"


def shown_cell(page, text):
    """Return the cell with some text, scrolling to it: JupyterLab only shows what is in view."""
    cell = page.locator(".jp-Cell", has_text=text).first
    scroller = page.locator(".jp-WindowedPanel-outer").first
    for fraction in (0, 0.2, 0.4, 0.6, 0.8, 1):
        if cell.count():
            break
        scroller.evaluate("(e, f) => e.scrollTo(0, f * e.scrollHeight)", fraction)
        page.wait_for_timeout(300)
    cell.scroll_into_view_if_needed()
    return cell


def rewrite(page, cell, text):
    """Replace what stands in a cell that can be edited."""
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


@pytest.fixture(scope="package")
def handed_in(classroom, alice, course):
    """Alice has fetched homework 1, answered a part of it and handed it in."""
    menu(alice, "Nbgrader", "Assignment List")
    alice.locator("#released_assignments_list").get_by_role("button", name="Fetch").click()
    fetched = alice.locator("#fetched_assignments_list")
    expect(fetched.get_by_role("button", name="Submit")).to_be_visible()

    open_notebook(alice, classroom, "alice", f"hw1/{HW1}.ipynb")
    rewrite(alice, shown_cell(alice, "def buckingham"), ANSWER)
    run_all(alice)
    expect(alice.get_by_text("This ran on")).to_have_count(2)  # in the cell and below it
    question = shown_cell(alice, "Your answer goes here.")
    question.locator(".jp-RenderedMarkdown").dblclick()
    rewrite(alice, question, OPEN_ANSWER)
    alice.keyboard.press("Control+s")
    saved = classroom.home("alice") / "hw1" / f"{HW1}.ipynb"
    wait_for(lambda: "The wall has a top" in saved.read_text(), "saved notebook", 30)

    menu(alice, "Nbgrader", "Assignment List")
    fetched.get_by_role("button", name="Submit").click()
    expect(alice.locator("#submitted_assignments_list").get_by_text("hw1").first).to_be_visible()


@pytest.fixture(scope="package")
def graded(classroom, handed_in):
    """The teacher has collected and graded by machine."""
    collected = classroom.nbgrader("collect", "hw1")
    print(collected)
    assert "Collecting submission" in collected
    print(classroom.nbgrader("autograde", "hw1"))  # pytest shows it with a test that fails


def test_what_a_student_fetched_has_no_solution(classroom, handed_in):
    notebook = (classroom.home("alice") / "hw1" / f"{HW1}.ipynb").read_text()
    assert "HIDDEN" not in notebook
    assert "BEGIN SOLUTION" not in notebook


def test_another_student_cannot_replace_what_was_handed_in(classroom, handed_in):
    (handed,) = (classroom.folder / "exchange" / "lecture8" / "inbound").iterdir()
    for command in (["mv", handed, f"{handed}-moved"], ["rm", "-r", handed]):
        assert classroom.as_user("bob", *command).returncode != 0  # even who knows its name
    assert (handed / f"{HW1}.ipynb").exists()


def test_it_is_graded_in_the_sandbox(classroom, course, graded):
    name = classroom.name("alice")
    outcome = nbformat.read(course / "autograded" / name / "hw1" / f"{HW1}.ipynb", 4)
    cells = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in outcome.cells
        if cell.metadata.get("nbgrader")
    }
    assert cells["buckingham"].source == ANSWER
    assert cells["buckingham"].outputs[0].text == "This ran on submission\n"
    assert not [o for o in cells["test-buckingham"].outputs if o.output_type == "error"]
    assert [o for o in cells["test-temperature"].outputs if o.output_type == "error"]


@pytest.fixture(scope="package")
def graded_by_hand(classroom, teacher, graded):
    """The teacher has clicked through Formgrader to Alice's open question and given 4 points."""
    formgrader = f"{classroom.address}/user/{classroom.name('teacher')}/formgrader"
    teacher.goto(f"{formgrader}/gradebook/hw1/{HW1}")
    teacher.get_by_role("link", name="Submission #1").click()
    teacher.wait_for_load_state("networkidle")  # until it has the points it listens to nobody
    score = teacher.locator("input.score#question-answer")
    with teacher.expect_response(re.compile("/formgrader/api/grade/")) as answer:
        score.fill("4")
        score.press("Tab")  # it is saved when one leaves the field
    assert answer.value.ok
    return formgrader


def test_formgrader_shows_the_course(classroom, teacher, graded_by_hand):
    teacher.goto(f"{graded_by_hand}/manage_assignments")
    expect(teacher.get_by_role("link", name="hw1").first).to_be_visible()


def test_formgrader_shows_no_html_of_a_student(classroom, teacher, graded_by_hand):
    teacher.goto(f"{graded_by_hand}/gradebook/hw1/{HW1}")
    teacher.get_by_role("link", name="Submission #1").click()
    expect(teacher.get_by_text("The wall has a top.")).to_be_visible()
    assert teacher.locator("img[onerror]").count() == 0
    assert teacher.title() != "Mine"


def test_formgrader_grades_in_the_sandbox_too(classroom, course, teacher, graded_by_hand):
    outcome = course / "autograded" / classroom.name("alice") / "hw1" / f"{HW1}.ipynb"
    before = outcome.stat().st_mtime_ns
    teacher.goto(f"{graded_by_hand}/manage_submissions/hw1")
    teacher.locator("td.autograde a").first.click()
    expect(teacher.get_by_text("Successfully autograded")).to_be_visible()
    assert outcome.stat().st_mtime_ns > before
    assert "This ran on submission" in outcome.read_text()


def test_feedback_shows_the_points(classroom, alice, graded_by_hand):
    classroom.nbgrader("generate_feedback", "hw1")
    classroom.nbgrader("release_feedback", "hw1")
    menu(alice, "Nbgrader", "Assignment List")
    submitted = alice.locator("#submitted_assignments_list")
    submitted.get_by_role("button", name="Fetch Feedback").click()
    expect(submitted.get_by_text("(view feedback)")).to_be_visible()
    (feedback,) = (classroom.home("alice") / "hw1" / "feedback").glob(f"*/{HW1}.html")
    text = feedback.read_text()
    # 2 points for Task 1, and 4 by hand.
    assert re.search(r"Score:\s*6\.0\s*/\s*25\.0", text)
    assert str(classroom.home("teacher")) not in text
    assert str(ROOT) not in text
