"""Clips: a still until they are begun, and in the deck pictures that one can stop and play."""

import re
import subprocess
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from slides import build_deck
from slides.pictures.moving import Dot, Stick, Trail, clip

ACTIVE = "svg.bespoke-marp-active"
FIGURES = Path("slides/figures")
CLIPS = [p.stem for p in sorted(FIGURES.glob("*.svg")) if '<g class="moving">' in p.read_text()]
WITH_SLIDER = [name for name in CLIPS if "data-slider" in (FIGURES / f"{name}.svg").read_text()]


@pytest.fixture
def ax():
    """Return axes whose coordinates are points from the upper left corner of the picture."""
    figure = plt.figure(figsize=(2, 1))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 144), ylim=(72, 0))
    axes.axis("off")
    yield axes
    plt.close(figure)


# --- One clip, as it is written


def test_a_dot_stands_where_the_still_has_it_and_goes_through_all_its_places(ax):
    way = np.array([[10, 20], [15, 20], [20, 30]])
    svg = clip(ax.figure, [Dot(ax, way, 3, "#0072B2")], seconds=2, still=1)
    assert '<g transform="translate(15,20)"><animateTransform' in svg
    assert 'values="10,20;15,20;20,30" dur="2s" begin="indefinite"' in svg  # until it is begun
    assert "fill: #0072b2" in svg  # as style.py writes colours, which follow the dark setting


def test_a_dot_that_leaps_stays_until_it_does(ax):
    way = np.array([[10, 20], [15, 20], [95, 20]])
    svg = clip(ax.figure, [Dot(ax, way, 3, "#0072b2", leaps=(2,))], seconds=2)
    assert 'values="10,20;15,20;15,20;95,20"' in svg
    assert 'keyTimes="0;0.5;1;1"' in svg


def test_a_stick_goes_when_it_is_broken(ax):
    ends = np.array([[[0, 0], [9, 9]], [[0, 0], [10, 9]], [[0, 0], [90, 9]]])
    whole = np.array([True, True, False])
    svg = clip(ax.figure, [Stick(ax, ends, 2, "#000000", whole)], seconds=2)
    assert 'values="0,0 9,9;0,0 10,9;0,0 90,9"' in svg
    assert re.search(r'"visibility" values="visible;hidden"[^>]* keyTimes="0;1"', svg)


def test_a_trail_is_drawn_as_far_as_it_goes(ax):
    corners = np.array([[0, 0], [30, 0], [30, 40]])
    svg = clip(ax.figure, [Trail(ax, corners, np.array([0, 1, 2, 3]), 2, "#000000")], seconds=2)
    assert 'stroke-dasharray="70 79"' in svg  # one dash, and a gap as long
    assert '"stroke-dashoffset" values="70;70;40;0"' in svg
    assert '"visibility" values="hidden;visible"' in svg


def test_of_the_choices_the_first_is_shown(ax):
    for choice in ("1", "2"):
        ax.text(9, 9, choice).set_gid(f"choice-{choice}")
    dots = [Dot(ax, np.zeros((2, 2)), 1, "red", choice=choice) for choice in ("1", "2")]
    svg = clip(ax.figure, dots, seconds=1, choices=["1", "2"], slider="step")
    assert svg.count('<g data-choice="1">') == svg.count('<g data-choice="2" display="none">') == 2
    assert '<svg data-slider="step"' in svg


# --- All clips, in a deck of their own


@pytest.fixture(scope="module")
def write(tmp_path_factory):
    """Return a function that builds a deck with one clip on each slide, and one without."""

    def build(*options):
        source = tmp_path_factory.mktemp("clips") / "clips.md"
        slides = [f"# The clip {name}\n\n![](figures/{name}.svg)\n" for name in CLIPS]
        slides.append("# Nothing moves\n")
        source.write_text("---\ntheme: lecture8\nlang: en\n---\n\n" + "\n---\n\n".join(slides))
        command = [build_deck.MARP, "--config", "slides/marp.config.mjs", source, *options]
        subprocess.run(command, check=True, capture_output=True)
        return source.with_suffix(".html")

    return build


@pytest.fixture(scope="module")
def clips(write):
    """Return the path of that deck."""
    return write()


class Shown:
    """One slide of a deck in the browser, and its clip."""

    def __init__(self, chromium, deck, name, **context):
        size = {"width": 1280, "height": 720}
        self.context = chromium.new_context(viewport=size, offline=True, **context)
        self.page = self.context.new_page()
        self.errors = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(f"{deck.as_uri()}#{CLIPS.index(name) + 1}")
        self.page.wait_for_selector(f"{ACTIVE} section")
        # The bar of buttons fades away by itself; while it is there, it lies over the slide.
        self.page.add_style_tag(content=".bespoke-marp-osc { display: none !important }")
        self.figure = self.page.locator(f"{ACTIVE} figure.clip")
        self.button = self.figure.get_by_role("button")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.context.close()
        assert self.errors == []

    def picture(self):
        return self.page.screenshot(clip=self.figure.locator("svg").bounding_box())

    def moves(self):
        """Say whether the picture changes within some seconds."""
        first = self.picture()
        return any(self.later() != first for _ in range(20))

    def later(self):
        self.page.wait_for_timeout(100)
        return self.picture()

    def stands(self):
        """Say whether the picture stays; the edges of what stops are drawn anew, once."""
        shots = []
        for _ in range(15):
            shots = [*shots[-5:], self.later()]
            if len(shots) == 6 and len(set(shots)) == 1:
                return True
        return False

    def number(self):
        return self.page.evaluate("Number(location.hash.slice(1))")

    def clock(self):
        """Return the time of the clip's first movement, and that at which it was begun, s."""
        return self.figure.locator("svg").evaluate(
            "svg => [svg.getCurrentTime(), svg.querySelector('.moving > animate').getStartTime()]"
        )


def test_there_are_clips():
    assert len(CLIPS) >= 7
    assert WITH_SLIDER


@pytest.mark.parametrize("name", CLIPS)
def test_a_clip_is_small_and_names_nothing_but_its_own(name):
    svg = (FIGURES / f"{name}.svg").read_text()
    assert len(svg.encode()) < 500_000
    ids = re.findall(r' id="([^"]+)"', svg)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg)) <= set(ids)


@pytest.mark.parametrize("name", CLIPS)
def test_it_moves_and_stops_and_goes_on_from_there(chromium, clips, name):
    with Shown(chromium, clips, name) as shown:
        assert shown.moves()
        shown.button.focus()
        shown.page.keyboard.press("Space")
        assert shown.button.inner_text() == "Play"
        assert shown.stands()
        stopped, begun = shown.clock()
        shown.page.keyboard.press("Enter")
        assert shown.button.inner_text() == "Pause"
        assert shown.moves()
        later, still_the_same = shown.clock()
        assert later > stopped
        assert still_the_same == begun
        assert shown.number() == CLIPS.index(name) + 1  # both keys were for the button


@pytest.mark.parametrize("name", CLIPS)
def test_who_asked_for_less_motion_sees_the_still_until_they_play_it(chromium, clips, name):
    with Shown(chromium, clips, name, reduced_motion="reduce") as shown:
        assert shown.button.inner_text() == "Play"
        assert shown.stands()
        shown.button.click()
        assert shown.moves()


def test_on_paper_it_is_the_still_without_a_button(chromium, clips, write):
    printed = write("--template", "bare")
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    page.goto(printed.as_uri())
    assert page.locator("figure.clip").count() == len(CLIPS)
    assert page.locator("figure.clip button").count() == 0
    first = page.screenshot()
    page.wait_for_timeout(500)
    assert page.screenshot() == first
    page.close()
    with Shown(chromium, clips, CLIPS[0]) as shown:  # somebody prints the page itself
        begun = shown.clock()[1]
        shown.page.evaluate("dispatchEvent(new Event('beforeprint'))")
        shown.page.emulate_media(media="print")
        assert begun >= 0
        assert shown.stands()
        assert not shown.button.is_visible()


@pytest.mark.parametrize("name", CLIPS)
def test_the_still_is_the_picture_without_its_animations(chromium, clips, name):
    with Shown(chromium, clips, name, reduced_motion="reduce") as shown:
        still = shown.picture()
        shown.figure.locator("svg").evaluate(
            "svg => svg.querySelectorAll('animate, animateTransform').forEach(a => a.remove())"
        )
        assert shown.later() == still


def test_only_the_clip_that_is_shown_runs_and_each_begins_with_its_slide(chromium, clips):
    running = "[...document.querySelectorAll('.clip > svg')].map(s => !s.animationsPaused())"
    with Shown(chromium, clips, CLIPS[0]) as shown:
        assert shown.page.evaluate(running) == [True] + [False] * (len(CLIPS) - 1)
        first = shown.clock()[1]
        shown.page.keyboard.press("End")
        shown.page.wait_for_function(f"location.hash === '#{len(CLIPS) + 1}'")
        assert not any(shown.page.evaluate(running))
        shown.page.keyboard.press("Home")
        shown.page.wait_for_function("location.hash === '#1'")
        assert shown.moves()
        now, begun = shown.clock()
        assert first < begun <= now


def test_no_two_clips_in_a_page_have_a_name_in_common(chromium, clips):
    with Shown(chromium, clips, CLIPS[0]) as shown:
        names = shown.page.evaluate(
            "[...document.querySelectorAll('.clip [id], .clip[id]')].map(e => e.id)"
        )
        assert len(names) > 100
        assert len(names) == len(set(names))
        styles = shown.page.evaluate(
            "[...document.querySelectorAll('.clip style')].map(s => s.textContent).join()"
        )
        assert "*{" not in styles  # a rule for all elements of the page


@pytest.mark.parametrize("name", WITH_SLIDER)
def test_the_slider_changes_the_picture_and_its_keys_turn_no_slide(chromium, clips, name):
    with Shown(chromium, clips, name, reduced_motion="reduce") as shown:
        slider = shown.figure.get_by_role("slider")
        before, chosen = shown.picture(), slider.get_attribute("aria-valuetext")
        slider.focus()
        for key in ("ArrowRight", "ArrowLeft", "ArrowUp", "End"):
            shown.page.keyboard.press(key)
        assert shown.number() == CLIPS.index(name) + 1
        assert slider.get_attribute("aria-valuetext") != chosen
        assert shown.picture() != before
        assert shown.figure.locator("output").inner_text() == slider.get_attribute("aria-valuetext")
        slider.blur()
        shown.page.keyboard.press("ArrowRight")
        shown.page.wait_for_function(f"location.hash === '#{CLIPS.index(name) + 2}'")


@pytest.mark.parametrize("name", WITH_SLIDER)
def test_a_mouse_gives_the_keys_back_to_the_slides(chromium, clips, name):
    with Shown(chromium, clips, name) as shown:
        for control in (shown.button, shown.figure.get_by_role("slider")):
            control.click()
            shown.page.wait_for_function("document.activeElement === document.body")
        shown.page.keyboard.press("PageDown")
        shown.page.wait_for_function(f"location.hash === '#{CLIPS.index(name) + 2}'")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_controls_can_be_read_and_have_names(chromium, clips, scheme):
    with Shown(chromium, clips, WITH_SLIDER[0], color_scheme=scheme) as shown:
        shown.page.evaluate(Path("slides/node_modules/axe-core/axe.min.js").read_text())
        # The letters of pictures are judged in test_figures; axe knows no background of theirs.
        shown.page.add_style_tag(content="figure > svg > * { display: none }")
        found = shown.page.evaluate(
            f"""axe.run('{ACTIVE}', {{runOnly: ['color-contrast', 'button-name', 'label',
            'svg-img-alt', 'target-size', 'duplicate-id-aria']}}).then(
                r => [...r.violations, ...r.incomplete].flatMap(
                    v => v.nodes.map(n => v.id + ' ' + n.html.slice(0, 90))))"""
        )
        assert found == []
