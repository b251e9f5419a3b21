"""Atoms coloured by a number, seen in a real browser."""

import io

import numpy as np
from PIL import Image


def yellow(view):
    """Return how many pixels are as yellow as the upper end of the scale, beside its bar."""
    pixels = np.asarray(Image.open(io.BytesIO(view.screenshot())).convert("RGB")).astype(int)
    red, green, blue = pixels[:, : int(0.75 * pixels.shape[1])].transpose(2, 0, 1)
    return np.count_nonzero((red > 120) & (green > 120) & (blue < 0.5 * red))


def test_atoms_have_the_colour_of_their_number_not_of_their_element(opened):
    """The oxygen of ethanol has the largest number; by its element it would be red."""
    coloured, plain = opened.locator(".lecture8-view").all()
    shown = {}
    for name, box in (("coloured", coloured), ("plain", plain)):
        box.scroll_into_view_if_needed()
        opened.wait_for_function("box => box.dataset.drawn", arg=box.element_handle())
        opened.wait_for_timeout(1000)  # a frame or two of the drawing itself
        shown[name] = yellow(box.locator(".lecture8-view-structure"))
    assert shown["coloured"] > 100
    assert shown["plain"] == 0
