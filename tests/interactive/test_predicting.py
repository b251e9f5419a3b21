"""Predictions: what came out stays hidden until there is an answer, and most can be chosen."""

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted(Path("notebooks").glob("*.ipynb"))
# A question is a paragraph; its answers are the list right below.
QUESTION = re.compile(r"\*\*Predict\.\*\*.*\n*((?:^- .*\n?)*)", flags=re.M)


def answers(text):
    """Return the answers to each question of a text, none where something is to be written."""
    return [re.findall("^- (.*)", found, flags=re.M) for found in QUESTION.findall(text)]


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def texts(request):
    cells = nbformat.read(request.param, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "markdown"]


def test_answers_are_found():
    asked = "**Predict.** Which?\n\n- this\n- that one\n\nText.\n\n- no answer\n\n**Predict.** Why?"
    assert answers(asked) == [["this", "that one"], []]


def test_most_questions_have_three_or_four_answers_to_choose_from(texts):
    asked = [found for text in texts for found in answers(text)]
    chosen = [found for found in asked if found]
    assert 2 * len(chosen) >= len(asked) > 0
    for found in chosen:
        assert 3 <= len(found) == len(set(found)) <= 4, found


def test_each_question_is_written_so_that_a_page_finds_it(texts):
    for text in texts:
        assert not re.search(r"\*\*Predict(?!\.\*\*)", text), text


def seen(opened, text):
    return opened.get_by_text(text, exact=True).is_visible()


def test_an_answer_that_is_chosen_shows_what_came_out_up_to_the_next_heading(opened):
    assert not seen(opened, "it goes left")
    assert not seen(opened, "far away")
    assert opened.get_by_role("heading", name="Then").is_visible()
    box = opened.locator(".lecture8-predict").first
    box.get_by_role("button").click()
    assert "Decide first" in box.get_by_role("status").inner_text()
    assert not seen(opened, "it goes left")
    box.get_by_label("to the right").check()
    box.get_by_role("button").click()
    assert seen(opened, "it goes left")
    assert not seen(opened, "far away")
    assert box.get_by_label("to the left").is_disabled()


def test_a_film_strip_of_an_answer(opened):
    box = opened.locator(".lecture8-predict").first
    height = "document.body.scrollHeight"
    pictures, heights = [opened.screenshot()], [opened.evaluate(height)]
    for step in (box.get_by_label("to the left").check, box.get_by_role("button").click):
        step()
        pictures.append(opened.screenshot())
        heights.append(opened.evaluate(height))
    assert len(set(pictures)) == 3
    assert heights[0] == heights[1] < heights[2]


def test_an_answer_that_is_written_shows_it_up_to_the_end_of_the_next_question(opened):
    assert not seen(opened, "So far it was.")  # the moral of what came out
    assert not opened.get_by_text("And back?").is_visible()
    box = opened.locator(".lecture8-predict").nth(1)
    box.get_by_role("textbox").fill("a metre")
    box.get_by_role("button").click()
    for text in ("far away", "So far it was."):
        assert seen(opened, text)
    assert opened.get_by_text("And back?").is_visible()
    assert not seen(opened, "never")
    last = opened.locator(".lecture8-predict").nth(2)
    last.get_by_role("textbox").fill("no")
    last.get_by_role("button").click()
    assert seen(opened, "never")


def test_a_question_that_is_answered_further_down_asks_all_the_same(opened):
    box = opened.locator(".lecture8-predict").last
    assert opened.get_by_role("heading", name="End").is_visible()
    box.get_by_role("radio").last.check()
    box.get_by_role("button").click()
    assert "Now look" in box.get_by_role("status").inner_text()


def test_without_scripts_everything_is_there(built):
    assert 'class="lecture8-later' not in built.read_text()
