"""A class votes on the hub: `vote` and `show_votes` in the servers of students and teacher."""

import stat

from .browser import in_a_notebook, output

VOTE = "from lecture8.interactive import vote\nvote('start-text', '{}')"
COUNT = "from lecture8.interactive.voting import count_votes\nprint(count_votes('start-text'))"


def test_students_vote_and_the_teacher_sees_numbers(classroom, alice, bob, teacher):
    for page, person, answers in ((alice, "alice", "AC"), (bob, "bob", "B")):
        for answer in answers:
            in_a_notebook(classroom, page, person, "vote", VOTE.format(answer))
            output(page, f"Your vote on start-text is {answer}.")
    in_a_notebook(classroom, teacher, "teacher", "count", COUNT)
    output(teacher, "{'B': 1, 'C': 1}")
    in_a_notebook(classroom, bob, "bob", "count", COUNT)
    output(bob, "PermissionError")


def test_nobody_lists_the_votes_but_who_teaches(classroom, alice):
    votes = classroom.folder / "exchange" / "lecture8" / "votes"
    assert stat.S_IMODE(votes.stat().st_mode) == 0o1733
    assert votes.owner() == classroom.name("teacher")
    assert "Permission denied" in classroom.as_user("alice", "ls", votes).stderr
    assert classroom.as_user("teacher", "ls", votes).returncode == 0
