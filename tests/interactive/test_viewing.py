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
        box.locator("canvas").first.wait_for(timeout=60_000)
    drawn = "document.querySelectorAll('.lecture8-view[data-drawn]').length == 2"
    page.wait_for_function(drawn, timeout=60_000)


def test_both_views_are_drawn_once_seen_and_the_page_has_the_library_once(built, opened):
    assert opened.locator(".lecture8-view[data-drawn]").count() == 0
    draw(opened)
    assert built.read_text().count(LIBRARY) == 1
    assert built.stat().st_size < 8e6
    assert opened.locator(".lecture8-waiting").count() == 0
    assert opened.get_by_role("group", name="it turns").count() == 1


def test_another_frame_changes_the_picture(opened):
    draw(opened)
    turning = opened.locator(".lecture8-view").first
    turning.scroll_into_view_if_needed()
    atoms = turning.locator(".lecture8-view-structure")
    before, still = None, atoms.screenshot()
    for _ in range(40):  # a slow machine draws for a while
        if before == still:
            break
        opened.wait_for_timeout(500)
        before, still = still, atoms.screenshot()
    assert before == still
    # Move the slider of the frames, which lives in a shadow tree.
    moved = opened.evaluate(
        """() => {
          const info = document.querySelector('.lecture8-view-info');
          const find = (root) => {
            for (const x of root.querySelectorAll('*')) {
              if (x.tagName === 'INPUT' && x.type === 'range') return x;
              const inner = x.shadowRoot && find(x.shadowRoot);
              if (inner) return inner;
            }
          };
          const slider = find(info);
          slider.value = 5;
          slider.dispatchEvent(new Event('change'));
          slider.dispatchEvent(new Event('input'));
          return Number(slider.max);
        }"""
    )
    assert moved == 11
    for _ in range(40):
        if atoms.screenshot() != still:
            return
        opened.wait_for_timeout(500)
    raise AssertionError("the picture is the same after the slider was moved")


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
