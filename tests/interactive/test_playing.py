"""Sliders on a page: moved in a real browser."""

import matplotlib.pyplot as plt
import pytest

from lecture8.interactive import play


def flat(height):
    figure, ax = plt.subplots(figsize=(2, 1))
    ax.axhline(height)
    return figure


def test_each_slider_changes_the_picture_and_says_its_value(opened):
    box = opened.locator(".lecture8-play")
    sliders, picture = box.locator("input"), box.locator("img")
    pictures = {picture.get_attribute("src")}
    assert box.locator("output").all_text_contents() == ["1", "Euler"]
    for slider, said in ((1, ["1", "Verlet"]), (0, ["2.5", "Verlet"])):
        sliders.nth(slider).focus()
        opened.keyboard.press("ArrowRight")
        assert box.locator("output").all_text_contents() == said
        pictures.add(picture.get_attribute("src"))
    assert len(pictures) == 3
    assert picture.get_attribute("alt") == "a line"


def test_figures_are_closed_and_the_same_each_time():
    before = plt.get_fignums()
    first, second = (play(flat, "a level", height=[0, 1])._repr_html_() for _ in range(2))
    assert plt.get_fignums() == before
    assert first == second


def test_nothing_to_choose_and_too_much_are_refused():
    with pytest.raises(ValueError, match="name at least one list of values"):
        play(flat, "a level")
    with pytest.raises(ValueError, match="name at least one list of values"):
        play(flat, "a level", height=[])
    with pytest.raises(ValueError, match="101 pictures are too many for a page: 100 at most"):
        play(flat, "a level", height=list(range(101)))
