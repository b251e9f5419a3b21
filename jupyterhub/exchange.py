"""The folders in which nbgrader hands out and collects and a class votes: owner and modes."""

import grp
import os
import pwd
from pathlib import Path

COURSE = "lecture8"  # course_id in nbgrader_config.py
VOTES = f"{COURSE}/votes"  # of lecture8.interactive.vote


def make_exchange(root: Path, instructors: str) -> None:
    """Make nbgrader's folders before a student can; the first instructor owns those of the course.

    Parameters
    ----------
    root : Path
        nbgrader's ``Exchange.root``. nbgrader wants it open to everyone.
    instructors : str
        A group of the system.

    Raises
    ------
    ValueError
        If nobody is in that group, or the course's folders belong to somebody else.
    """
    try:
        members = grp.getgrnam(instructors).gr_mem
    except KeyError:
        raise ValueError(f"There is no group '{instructors}': groupadd {instructors}") from None
    if not members:
        raise ValueError(
            f"Nobody is in the group '{instructors}': usermod --append --groups {instructors} NAME"
        )
    root.mkdir(parents=True, exist_ok=True)
    root.chmod(0o1777)  # sticky: nobody may remove what belongs to others
    # Students may write into `inbound` and `votes`, and not list them. nbgrader makes `inbound`
    # without the sticky bit, so that who learned the name of a submission could replace it.
    inbound = f"{COURSE}/inbound"
    for name, mode in ((COURSE, 0o755), (inbound, 0o1733), (VOTES, 0o1733)):
        folder = root / name
        if not os.path.lexists(folder):
            folder.mkdir()
            owner = pwd.getpwnam(members[0])
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        elif folder.is_symlink() or folder.owner() not in members:
            raise ValueError(f"{folder} is {folder.owner()}'s, who is not in '{instructors}'.")
        folder.chmod(mode)
