"""Votes of a class: counted once each, by the instructor alone, whatever a student tries."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from lecture8.interactive import show_votes, vote, voting
from lecture8.interactive.voting import count_votes

ROOT = os.getuid() == 0
TEACHER, ALICE, BOB = 47001, 47002, 47003  # numbers of users; they need no names
needs_root = pytest.mark.skipif(not ROOT, reason="to become several users one must be root")


@pytest.fixture
def votes(monkeypatch):
    """Return a folder as the hub makes it: students write into it and do not list it."""
    folder = Path(tempfile.mkdtemp(prefix="votes-"))  # not pytest's, which is root's alone
    if ROOT:
        os.chown(folder, TEACHER, TEACHER)
    folder.chmod(0o1733)
    monkeypatch.setenv(voting.FOLDER, str(folder))
    yield folder
    shutil.rmtree(folder)


def as_user(number, does):
    """Return what a function returns in a process of that user, or the error as text."""
    reads, writes = os.pipe()
    if child := os.fork():
        os.close(writes)
        said = os.fdopen(reads).read()
        os.waitpid(child, 0)
        return said
    try:
        os.setgroups([])
        os.setgid(number)
        os.setuid(number)
        said = str(does())
    except BaseException as error:
        said = f"{type(error).__name__}: {error}"
    os.write(writes, said.encode())
    os._exit(0)


def counted(question="torsion"):
    return as_user(TEACHER, lambda: count_votes(question))


def test_without_a_class_nothing_is_kept_and_that_is_said(monkeypatch, capsys, tmp_path):
    monkeypatch.delenv(voting.FOLDER, raising=False)
    monkeypatch.chdir(tmp_path)
    vote("torsion", "B")
    assert "no class here: your vote was not kept" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="LECTURE8_VOTES is not set"):
        show_votes("torsion")


@pytest.mark.parametrize("question", ["", "../torsion", "a.b", "A", "x" * 65, "torsion\n"])
def test_what_is_no_name_of_a_question_is_refused(votes, question):
    with pytest.raises(ValueError, match="no name of a question"):
        vote(question, "A")
    assert not list(votes.iterdir())


@pytest.mark.parametrize("answer", ["", "I", "AB", "../A", "1"])
def test_what_is_no_letter_is_refused(votes, answer):
    with pytest.raises(ValueError, match="must be a letter from A to H"):
        vote("torsion", answer)
    assert not list(votes.iterdir())


def test_the_last_vote_of_one_person_counts_and_questions_are_apart(votes):
    for answer in ("A", "c", "B"):
        vote("torsion", answer)
    vote("torsion-2", "D")
    assert count_votes("torsion") == {"B": 1}
    assert count_votes("torsion-2") == {"D": 1}
    assert count_votes("tors") == {}


def test_a_vote_names_nobody(votes):
    vote("torsion", "A")
    (kept,) = votes.iterdir()
    assert kept.stat().st_size == 0
    parts = voting.NAME.fullmatch(kept.name)
    assert parts.group(1, 2) == ("torsion", "A")


def test_a_chart_says_how_many_chose_what(votes, monkeypatch):
    monkeypatch.setattr(voting, "count_votes", lambda question: {"A": 3, "C": 1})
    shown = []
    monkeypatch.setattr(voting.plotting, "show", lambda figure, text: shown.append((figure, text)))
    show_votes("torsion")
    (figure, text), (ax,) = shown[0], shown[0][0].axes
    assert text == "3 A, 0 B, 1 C."
    assert [bar.get_height() for bar in ax.patches] == [3, 0, 1]
    voting.plt.close(figure)


def test_what_vote_did_not_make_is_no_vote(votes):
    vote("torsion", "A")
    (kept,) = votes.iterdir()
    *_, when, token = kept.name.split(".")
    later = int(when) + 1
    (votes / f"torsion.B.{later}.{token}").symlink_to("/etc/hostname")
    (votes / f"torsion.C.{later}.{token}").mkdir()
    os.mkfifo(votes / f"torsion.D.{later}.{token}")
    (votes / f"torsion.E.{later}.{token}").write_text("import os")
    (votes / f"torsion.F.{later}").touch()
    assert count_votes("torsion") == {"A": 1}
    (votes / f"torsion.G.{later}.{token}").touch()  # this is what one looks like
    assert count_votes("torsion") == {"G": 1}
    (votes / f"torsion.H.{later + 1}.{token}").hardlink_to(kept)  # then it is no longer one
    assert count_votes("torsion") == {"G": 1}


def test_a_flood_is_told_and_not_counted(votes, monkeypatch):
    monkeypatch.setattr(voting, "MOST_FILES", 2)
    for _ in range(2):
        vote("torsion", "A")
    assert count_votes("torsion") == {"A": 1}
    (votes / "anything").touch()
    with pytest.raises(ValueError, match=r"more than 2 files .* somebody floods"):
        count_votes("torsion")


def test_a_vote_that_cannot_be_kept_is_told(votes, monkeypatch):
    monkeypatch.setenv(voting.FOLDER, str(votes / "none"))
    with pytest.raises(OSError, match=r"could not be kept \(No such file or directory\)"):
        vote("torsion", "A")


@needs_root
def test_a_class_votes_and_the_teacher_counts(votes):
    for person, answer in ((ALICE, "A"), (BOB, "A"), (TEACHER, "C"), (BOB, "B")):
        assert as_user(person, lambda a=answer: vote("torsion", a)) == "None"
    assert counted() == "{'A': 1, 'B': 1, 'C': 1}"


@needs_root
def test_a_thousand_votes_of_one_student_are_one(votes):
    as_user(ALICE, lambda: vote("torsion", "A"))
    as_user(BOB, lambda: [vote("torsion", "B") for _ in range(1000)])
    assert len(list(votes.iterdir())) == 1001
    assert counted() == "{'A': 1, 'B': 1}"


@needs_root
def test_a_student_can_neither_list_count_read_nor_remove_votes(votes):
    as_user(ALICE, lambda: vote("torsion", "A"))
    (kept,) = votes.iterdir()
    assert as_user(BOB, lambda: os.listdir(votes)).startswith("PermissionError")
    assert "only the owner" in as_user(BOB, lambda: count_votes("torsion"))
    # Not even one that learned its name.
    for attempt in (
        kept.read_text,
        kept.unlink,
        lambda: kept.rename(votes / "elsewhere"),
        lambda: os.chown(kept, BOB, BOB),
        lambda: (votes / "of-bob").touch() or (votes / "of-bob").rename(kept),
    ):
        assert as_user(BOB, attempt).startswith("PermissionError"), attempt
    assert counted() == "{'A': 1}"
    assert as_user(ALICE, kept.unlink) == "None"  # her own she may


@needs_root
def test_in_a_folder_that_is_not_sticky_a_student_could(votes):
    """The twin of the test above: with nbgrader's own mode of such a folder a vote is lost."""
    votes.chmod(0o733)
    as_user(ALICE, lambda: vote("torsion", "A"))
    (kept,) = votes.iterdir()
    assert as_user(BOB, kept.unlink) == "None"
    assert counted() == "{}"
