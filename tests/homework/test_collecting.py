"""Of the exchange only what its owner handed in is taken, and one who plays tricks stops nobody."""

import os
import shutil

import nbformat
import pytest

from tests.homework.tiny import ALL, GOOD, answered, nbgrader, scores

TIME, LATER = "2026-11-20 10:00:00.000000 UTC", "2026-11-20 12:00:00.000000 UTC"
# Accounts that every Debian has, and that nobody logs in as.
MAIL, GAMES, NEWS = "mail", "games", "news"

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="only root can hand in for many accounts")


@pytest.fixture(scope="module")
def exchange(course, tmp_path_factory):
    """Return the exchange's inbound folder, in which three accounts handed something in."""
    root = tmp_path_factory.mktemp("exchange")
    root.chmod(0o777)
    nbgrader(course, "release_assignment", "tiny", f"--Exchange.root={root}")
    return root / "lecture8" / "inbound"


def hand_in(exchange, course, name, owner, time=TIME, **answers):
    """Make a folder as `nbgrader submit` does, and return it."""
    folder = exchange / f"{name}+tiny+{time}+{os.urandom(4).hex()}"
    folder.mkdir()
    nbformat.write(answered(course, **{**GOOD, **answers}), folder / "tiny.ipynb")
    (folder / "timestamp.txt").write_text(time)
    (folder / "submission_secret.txt").write_text(os.urandom(64).hex())
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, owner)
    return folder


def collect(exchange, course, *words):
    return nbgrader(course, "collect", "tiny", f"--Exchange.root={exchange.parents[1]}", *words)


def text(course, student):
    path = course / "submitted" / student / "tiny" / "tiny.ipynb"
    return path.read_text() if path.exists() else None


def test_only_what_its_owner_handed_in_is_collected(course, exchange):
    hand_in(exchange, course, MAIL, MAIL, why="the real one")
    # Newer, in another's name: nbgrader warns, and takes it.
    hand_in(exchange, course, MAIL, GAMES, time=LATER, why="the forged one")
    # A link to the instructor's source, a link to another's work, a hard link, a pipe.
    folder = hand_in(exchange, course, GAMES, GAMES)
    (folder / "tiny.ipynb").unlink()
    (folder / "tiny.ipynb").symlink_to(course / "source" / "tiny" / "tiny.ipynb")
    os.link(course / "gradebook.db", folder / "hard.ipynb")
    os.mkfifo(folder / "pipe.ipynb")
    (folder / "data.csv").write_text("1,2")
    # Names that cannot be read, and a folder that is a link.
    odd = ("yesterday+x", "9" * 31 + "h+ab", "2026-11-20 10:00:00 \udcff+x")
    for name in (f"{NEWS}+tiny", *(f"{NEWS}+tiny+{time}" for time in odd)):
        (exchange / name).mkdir()
        shutil.chown(exchange / name, NEWS)
    (exchange / f"{NEWS}+tiny+{TIME}+link").symlink_to(course / "source" / "tiny")
    said = collect(exchange, course)

    assert "the real one" in text(course, MAIL)
    assert f"it says that it is {MAIL}'s, and {GAMES} made it" in said
    assert text(course, GAMES) is None
    for line in (
        "'tiny.ipynb' is a link: it is not collected",
        "'hard.ipynb' belongs to another user: it is not collected",
        "'pipe.ipynb' is no regular file: it is not collected",
        "'data.csv' stays where it is",
        "yesterday",
        "its name is not made by nbgrader",
        "it is no folder",
    ):
        assert line in said
    assert not (course / "submitted" / NEWS).exists()
    for path in (course / "submitted").rglob("*"):
        assert path.is_dir() or (path.is_file() and not path.is_symlink())


def test_a_damaged_time_or_secret_stops_nobody(course, exchange):
    for name, owner in ((MAIL, MAIL), (GAMES, GAMES), (NEWS, NEWS)):
        folder = hand_in(exchange, course, name, owner, time=LATER)
        if name == MAIL:
            (folder / "timestamp.txt").write_text("never")
        if name == GAMES:
            (folder / "submission_secret.txt").unlink()
    collect(exchange, course, "--update")
    nbgrader(course, "autograde", "tiny")
    nbgrader(course, "generate_feedback", "tiny")
    nbgrader(course, "release_feedback", "tiny", f"--Exchange.root={exchange.parents[1]}")
    assert [scores(course, name) for name in (MAIL, GAMES, NEWS)] == [ALL] * 3
    assert len(list((exchange.parent / "feedback").glob("*.html"))) == 3


def test_what_was_put_there_after_its_time_is_said(course, exchange):
    """A folder's name is its maker's; when a file was last changed is the kernel's."""
    hand_in(exchange, course, NEWS, NEWS, time="2026-11-21 12:00:00.000000 UTC")
    said = collect(exchange, course, "--update")
    assert "it says it is from 2026-11-21 12:00:00.000000 UTC, and 'tiny.ipynb' was put" in said
