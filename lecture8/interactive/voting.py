"""What a class on a hub expects, counted: `vote` is for students, `show_votes` for who teaches."""

import os
import re
import secrets
import stat
import time
from pathlib import Path

import matplotlib.pyplot as plt

from lecture8 import plotting

FOLDER = "LECTURE8_VOTES"  # the environment variable in which the hub names the class's folder
MOST_FILES = 50_000  # a hundred students and all questions, ten times over
QUESTION, ANSWER = r"[a-z0-9-]{1,64}", "[A-H]"
# A vote is an empty file: its name says all, and to count it nothing has to be opened.
NAME = re.compile(rf"({QUESTION})\.({ANSWER})\.(\d{{19}})\.[0-9a-f]{{32}}")


def vote(question: str, answer: str) -> None:
    """Tell the class which answer you expect; only the last vote on a question counts.

    Who teaches sees how many chose what, no names, and other students see nothing. It is not
    secret from the system: the file is yours, so who administers the machine, or lists the folder
    with its owners, can find out.

    Parameters
    ----------
    question : str
        Its name, the id of its cell, say "start-text".
    answer : str
        A letter: "A" for the first of the list.

    Raises
    ------
    ValueError
        If that is no name of a question or no letter from A to H.
    OSError
        If the vote cannot be kept.
    """
    answer = answer.upper()
    if not re.fullmatch(QUESTION, question):
        raise ValueError(f"{question!r} is no name of a question: small letters, digits and '-'")
    if not re.fullmatch(ANSWER, answer):
        raise ValueError(f"the answer is {answer!r}, and must be a letter from A to H")
    if FOLDER not in os.environ:
        print("There is no class here: your vote was not kept. On the hub of a class it is.")
        return
    # A random end, so that nobody can take the name before you, or find the file.
    name = f"{question}.{answer}.{time.time_ns()}.{secrets.token_hex(16)}"
    path = Path(os.environ[FOLDER]) / name
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError as error:
        raise OSError(f"your vote could not be kept ({error.strerror}): tell who teaches") from None
    print(f"Your vote on {question} is {answer}.")


def count_votes(question: str) -> dict[str, int]:
    """Return how many chose each letter: one vote for each owner of files, the last one.

    Raises
    ------
    ValueError
        If there is no class here, or more than `MOST_FILES` files.
    PermissionError
        If the folder is not yours.
    """
    if FOLDER not in os.environ:
        raise ValueError(f"there is no class here: {FOLDER} is not set, as it is on the hub")
    folder, last = os.environ[FOLDER], {}  # owner -> (when, answer)
    try:
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number == MOST_FILES:
                    raise ValueError(
                        f"there are more than {MOST_FILES:,} files in {folder}: somebody floods "
                        "it. `ls -l` says whose they are; remove them"
                    )
                parts = NAME.fullmatch(entry.name)
                if parts and parts[1] == question and (owner := _owner_of_vote(entry)) is not None:
                    this = (int(parts[3]), parts[2])
                    last[owner] = max(last.get(owner, this), this)
    except PermissionError:
        raise PermissionError(f"only the owner of {folder}, who teaches, may count") from None
    answers = [answer for _, answer in last.values()]
    return {letter: answers.count(letter) for letter in sorted(set(answers))}


def _owner_of_vote(entry: os.DirEntry) -> int | None:
    """Return who owns the file, or None if `vote` did not make it."""
    try:
        about = entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # removed since it was listed
        return None
    # A second name (hard link) or a content: a file of somebody else that was brought here.
    made_here = stat.S_ISREG(about.st_mode) and about.st_size == 0 and about.st_nlink == 1
    return about.st_uid if made_here else None


def show_votes(question: str) -> None:
    """Draw how the class has chosen. Raises as `count_votes` does."""
    counts = count_votes(question)
    letters = [chr(k) for k in range(ord("A"), max(map(ord, counts), default=ord("A")) + 1)]
    numbers = [counts.get(letter, 0) for letter in letters]
    figure, ax = plt.subplots(figsize=(5, 2.6))
    bars = ax.bar(letters, numbers, color=plotting.BLUE)
    ax.bar_label(bars)
    ax.set(ylabel="votes", yticks=[], title=f"{question}: {sum(numbers)} votes")
    said = ", ".join(f"{n} {letter}" for letter, n in zip(letters, numbers, strict=True))
    plotting.show(figure, f"{said}.")
