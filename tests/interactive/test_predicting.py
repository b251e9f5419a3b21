"""Predictions on a page: what came out stays hidden until there is an answer."""


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


def test_without_scripts_everything_is_there(built):
    assert 'class="lecture8-later' not in built.read_text()
