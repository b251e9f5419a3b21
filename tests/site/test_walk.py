"""Every link of the site leads somewhere, and a walk over them finds one that does not."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lecture8.site.walk import served, unlinked, walk

SECOND = "notebooks/02_second.html"


def plant(site, text, page=SECOND):
    path = site / page
    path.write_text(path.read_text().replace("</main>", f"{text}</main>"))


def test_every_link_leads_somewhere_and_every_file_is_linked(site):
    met = walk(site)
    assert met.wrong == []
    assert unlinked(site, met) == []
    pages = {"index.html", "notebooks/01_first.html", SECOND, "slides/lecture8.html"}
    assert pages < set(met.places)
    assert len([name for name in met.places if name.startswith("homework/")]) == 3
    assert met.links > 100


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ('<a href="03_third.html">x</a>', "links 03_third.html, which is not there"),
        ('<a href="01_first.html#cell-id=gone">x</a>', "a page that has no such place"),
        ('<a href="#nowhere">x</a>', "links #nowhere, a page that has no such place"),
        ('<img src="figure.png">', "links figure.png, which is not there"),
        ('<img srcset="small.png 1x, data:image/gif;base64,R0 2x">', "links small.png"),
        ('<svg><use xlink:href="#shape"/></svg>', "links #shape"),
        ('<p style="background: url(ground.png)">', "links ground.png"),
        ("<style>@import 'more.css';</style>", "links more.css"),
        ('<a href="../slides/">x</a>', "links ../slides/, which is not there"),
        # Where the site lies below a name, as on a host of pages, these leave it.
        ('<a href="/index.html">x</a>', "links /index.html, which is not in the site"),
        ('<a href="../../index.html">x</a>', "links ../../index.html, which is not in the site"),
        ('<a href="file:///home/ada/index.html">x</a>', "which is not in the site"),
        # What a page loads from elsewhere.
        ('<script src="https://example.org/a.js"></script>', "loads or links https://example.org"),
        ('<link rel="stylesheet" href="//example.org/a.css">', "loads or links //example.org"),
        ("<p style=\"background: url('https://example.org/a.png')\">", "loads or links https://"),
    ],
)
def test_a_broken_link_is_found(copy, planted, said):
    plant(copy, planted)
    (wrong,) = walk(copy).wrong
    assert wrong.startswith(SECOND)
    assert said in wrong


def test_what_leads_elsewhere_is_left_to_the_reader(copy):
    plant(copy, '<a href="https://example.org/no">x</a> <a href="mailto:ada@example.org">y</a>')
    plant(copy, '<a href="#">top</a> <a id="a b" href="#a%20b">here</a> <a href="?q=1">again</a>')
    assert walk(copy).wrong == []


def test_a_file_that_nobody_links_is_found(copy):
    (copy / "student").mkdir()
    (copy / "student/notes.txt").write_text("left behind")
    assert unlinked(copy, walk(copy)) == ["student/notes.txt"]


def run(folder, *options):
    command = [sys.executable, "-m", "lecture8.site", str(folder), *options]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_command_says_what_is_wrong_and_fails(copy):
    done = run(copy, "--nothing-else")
    assert done.returncode == 0
    assert "none broken" in done.stdout
    (copy / "more.txt").write_text("left behind")
    assert run(copy).returncode == 0
    done = run(copy, "--nothing-else")
    assert (done.returncode, done.stdout) == (1, "no page leads to more.txt\n")
    plant(copy, '<a href="gone.html">x</a>')
    done = run(copy)
    assert done.returncode == 1
    assert done.stdout == f"{SECOND} links gone.html, which is not there\n"


def test_a_folder_without_a_site_is_a_sentence(tmp_path):
    done = run(tmp_path)
    assert done.returncode == 1
    assert "index.html; run `make course`." in done.stdout


def test_it_is_served_to_this_machine_alone(site):
    with served(site) as home:
        assert home.startswith("http://127.0.0.1:")


# How it is published.


def workflow():
    return yaml.safe_load(Path(".github/workflows/pages.yml").read_text())


def test_the_workflow_publishes_the_default_branch_and_on_demand():
    told = workflow()
    assert told[True] == {"push": {"branches": ["main"]}, "workflow_dispatch": None}  # "on"
    assert told["permissions"] == {"contents": "read"}
    assert told["jobs"]["publish"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert "permissions" not in told["jobs"]["build"]
    assert told["jobs"]["publish"]["needs"] == "build"


def test_the_workflow_uploads_the_course_after_its_links_were_walked():
    steps = workflow()["jobs"]["build"]["steps"]
    does = [step.get("run") or step["uses"] for step in steps]
    upload = does.index("actions/upload-pages-artifact@v3")
    walked = does.index(".venv/bin/python -m lecture8.site build --nothing-else")
    assert does.index("make course") < walked < upload == len(does) - 1
    assert steps[upload]["with"] == {"path": "build"}
    assert not any("if" in step or "continue-on-error" in step for step in steps)


def test_the_workflows_take_the_same_versions_of_actions():
    used = {}
    for path in Path(".github/workflows").glob("*.yml"):
        for job in yaml.safe_load(path.read_text())["jobs"].values():
            for step in filter(lambda step: "uses" in step, job["steps"]):
                name, version = step["uses"].split("@")
                used.setdefault(name, set()).add(version)
    assert {name: versions for name, versions in used.items() if len(versions) > 1} == {}
