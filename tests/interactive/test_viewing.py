"""Atoms on a page: drawn, turned and played in a real browser, without a network."""

import json
import re

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule

from lecture8.integrators import Trajectory
from lecture8.interactive import view
from lecture8.interactive.viewing import LIBRARY, MOST_FRAMES
from lecture8.structures import lgps


def data_of(element):
    """Return what chemiscope is given."""
    found = re.search(
        r'<script type="application/json">(.*?)</script>', element._repr_html_(), re.S
    )
    return json.loads(found[1])


def draw(page):
    """Scroll to each view, and wait until it is drawn."""
    for box in page.locator(".lecture8-view").all():
        box.scroll_into_view_if_needed()
        box.locator("canvas").first.wait_for()
    drawn = "document.querySelectorAll('.lecture8-view[data-drawn]').length == 2"
    page.wait_for_function(drawn)


def test_both_views_are_drawn_once_seen_and_the_page_has_the_library_once(built, opened):
    assert opened.locator(".lecture8-view[data-drawn]").count() == 0
    draw(opened)
    assert built.read_text().count(LIBRARY) == 1
    assert built.stat().st_size < 8e6
    assert opened.locator(".lecture8-waiting").count() == 0
    assert opened.get_by_role("group", name="it turns").count() == 1


def still(atoms):
    """Wait until the picture of the atoms is the same twice, and return it."""
    before = None
    for _ in range(60):  # a slow machine draws for a while
        now = atoms.screenshot()
        if now == before:
            return now
        before = now
        atoms.page.wait_for_timeout(500)
    raise AssertionError("the picture does not come to rest")


def wait_for_another(atoms, before):
    """Wait until the picture of the atoms is another one."""
    for _ in range(60):
        if atoms.screenshot() != before:
            return
        atoms.page.wait_for_timeout(500)
    raise AssertionError("the picture is the same")


@pytest.fixture
def turning(opened):
    """Return the view with a curve, drawn and in sight, and its atoms."""
    draw(opened)
    view_with_curve = opened.locator(".lecture8-view").first
    view_with_curve.scroll_into_view_if_needed()
    return view_with_curve, view_with_curve.locator(".lecture8-view-structure")


def frame(view_with_curve):
    """Return the number that stands beside the slider."""
    return int(view_with_curve.locator(".chsp-info-number").input_value())


def test_another_frame_changes_the_picture(turning):
    view_with_curve, atoms = turning
    before = still(atoms)
    slider = view_with_curve.locator(".chsp-structure-slider")
    assert slider.get_attribute("max") == "11"
    slider.fill("5")
    slider.dispatch_event("change")
    wait_for_another(atoms, before)


def test_the_play_button_moves_the_atoms_until_it_is_pressed_again(turning):
    view_with_curve, atoms = turning
    first, before = frame(view_with_curve), still(atoms)
    # Not `click`, nor a picture while they move: both wait for what does not come to rest.
    press = view_with_curve.locator(".chsp-play-button").dispatch_event
    seen = [first]
    press("click")
    for _ in range(240):
        if seen[-1] != frame(view_with_curve):
            seen.append(frame(view_with_curve))
        if len(seen) > 3 and seen[-1] != first:
            break
        atoms.page.wait_for_timeout(100)
    press("click")
    assert len(seen) > 3, f"frames {seen}"
    after = still(atoms)
    stopped = frame(view_with_curve)
    assert (after != before) == (stopped != first)
    atoms.page.wait_for_timeout(1000)
    assert frame(view_with_curve) == stopped


def test_a_click_on_a_dot_of_the_curve_shows_its_frame(turning):
    view_with_curve, atoms = turning
    first, before = frame(view_with_curve), still(atoms)
    curve = view_with_curve.locator(".js-plotly-plot")
    place = curve.evaluate(  # of frame 6 on the screen, from the axes
        """(plot) => {
          const { xaxis, yaxis } = plot._fullLayout;
          const { left, top } = plot.getBoundingClientRect();
          return [left + xaxis._offset + xaxis.d2p(120), top + yaxis._offset + yaxis.d2p(36)];
        }"""
    )
    atoms.page.mouse.move(*place, steps=5)
    atoms.page.wait_for_timeout(500)  # the dot under the mouse is looked for
    atoms.page.mouse.click(*place)
    wait_for_another(atoms, before)
    assert frame(view_with_curve) - first == 6


def test_a_run_becomes_frames_that_are_few_enough_and_short():
    times = np.arange(1000.0)
    positions = np.zeros((1000, 2, 3))
    positions[:, 1, 0] = 1.23456 + times
    run = Trajectory(times=times, positions=positions, symbols=np.array(["Ar", "Ar"]))
    data = data_of(view(run, "they part", curve={"t / ps": times, "d / Å": times**2}))
    assert len(data["structures"]) == MOST_FRAMES
    assert data["structures"][-1]["x"][1] == 1000.23
    assert "cell" not in data["structures"][0]
    assert data["properties"]["d / Å"]["values"][-1] == 999**2 // 100 * 100  # four digits


def test_a_frame_is_seen_from_where_the_one_before_was():
    data = data_of(view([Atoms("H2"), Atoms("H2")], "two"))
    assert data["settings"]["structure"][0]["keepOrientation"] is True


def test_a_crystal_has_its_cell_paths_and_cloud():
    data = data_of(view([lgps(), lgps()], "still", paths=[0], cloud=np.ones((4, 3))))
    assert data["settings"]["structure"][0]["unitCell"] is True
    assert set(data["shapes"]) == {"path", "cloud"}
    assert data["settings"]["structure"][0]["shape"] == "path,cloud"


def test_bonds_are_of_the_elements_that_were_named_alone():
    structure = data_of(view(lgps(), "tetrahedra", bonds=[("P", "S"), ("S", "Ge")]))["structures"][
        0
    ]
    joined = {frozenset(structure["names"][k] for k in pair) for *pair, _ in structure["bonds"]}
    assert joined == {frozenset("PS"), frozenset(("Ge", "S"))}
    assert 8 <= len(structure["bonds"]) < 24  # six tetrahedra, some across the faces of the cell


def test_one_number_an_atom_colours_all_frames_alike():
    water = molecule("H2O")
    data = data_of(view([water, water], "water", colour=("charge / e", [-0.8, 0.4, 0.4])))
    assert data["properties"]["charge / e"]["values"] == [-0.8, 0.4, 0.4] * 2
    colour = data["settings"]["structure"][0]["color"]
    assert (colour["min"], colour["max"]) == (-0.8, 0.4)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"curve": {"t": [0.0, 1.0], "E": [0.0]}}, r"'E' needs one number for each frame"),
        ({"curve": {"t": [0.0, 1.0]}}, "a curve has two labels, x and y, not 1"),
        ({"colour": ("gamma", [1.0])}, "'gamma' needs one number for each atom of a frame"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        view([Atoms("H2"), Atoms("H2")], "two", **wrong)


def test_no_frame_and_a_run_without_elements_are_refused():
    with pytest.raises(ValueError, match="there is no frame to show"):
        view([], "nothing")
    bare = Trajectory(times=np.zeros(1), positions=np.zeros((1, 1, 3)))
    with pytest.raises(ValueError, match="which elements its particles are: give Atoms"):
        view(bare, "balls")
