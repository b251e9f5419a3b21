"""Clips: keyframes that say where a dot is, and a still for who asked for less motion."""

import numpy as np

from slides.pictures.moving import Dot, clip


def test_a_dot_begins_at_its_first_place_and_leaps_where_the_way_is_far():
    way = np.array([[10, 20], [15, 20], [95, 20]])
    svg = clip(100, 100, [Dot(way, 3, "#0072b2")], seconds=2, behind="<rect/>")
    assert ".d0{transform:translate(10.0px,20.0px);animation:k0 2s linear infinite}" in svg
    assert "50.00%{transform:translate(15.0px,20.0px)}" in svg
    # It stays until just before it leaps, instead of sliding through the picture.
    assert "99.99%{transform:translate(15.0px,20.0px)}100.00%{transform:translate(95.0px" in svg
    assert svg.index("<rect/>") < svg.index("<circle")


def test_it_stands_still_for_who_asked_for_less_motion():
    svg = clip(9, 9, [Dot(np.zeros((2, 2)), 1, "red")], seconds=1)
    assert "(prefers-reduced-motion: reduce), print\n{ circle { animation: none" in svg
