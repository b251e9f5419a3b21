"""Collect what students handed in: only what is theirs, and only regular files of bounded size.

nbgrader's own `collect` follows links, takes the newest folder that bears a name whoever made it,
and stops at the first name that it cannot read.
"""

import os
import pwd
import re
import shutil
import stat
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bounded import MOST_NOTES, Refused, printable, read_regular
from nbgrader.exchange.default import ExchangeCollect
from nbgrader.utils import parse_utc
from receiving import MOST_LINE, MOST_NOTEBOOK

MOST_NOTEBOOKS = 20
HANDED_IN = re.compile(
    r"(?P<username>.+?)\+(?P<assignment>[^+]+)"
    r"\+(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [A-Z]{1,5})(\+[A-Za-z0-9_-]*)?"
)
LATER = timedelta(minutes=10)  # by which a file may be younger than its folder's name says


class CollectTheirOwn(ExchangeCollect):
    """nbgrader's collect, but for which folders it takes, and how it copies one."""

    def _path_to_record(self, path):
        """Return what a folder's name says; what cannot be read belongs to nobody, long ago."""
        name = os.path.basename(path)
        try:
            said = HANDED_IN.fullmatch(name)
            if said is None:
                raise Refused("its name is not made by nbgrader")
            if (owner := owner_of(path)) != said["username"]:
                raise Refused(f"it says that it is {said['username']}'s, and {owner} made it")
            return {"username": owner, "filename": name, "timestamp": parse_utc(said["time"])}
        except (Refused, OSError, ValueError, ArithmeticError) as why:
            self.log.warning("%s is not collected: %s", ascii(name), printable(why))
            return {"username": None, "filename": name, "timestamp": datetime(1970, 1, 1)}

    def init_src(self):
        """Find the submissions, and forget those that are nobody's."""
        super().init_src()
        self.src_records = [r for r in self.src_records if r["username"] is not None]

    def do_copy(self, src, dest, log=None):
        """Copy a submission, whole or not at all, and say what was left."""
        Path(dest).parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=Path(dest).parent) as partial:
            new = Path(partial) / "new"
            new.mkdir()
            try:
                notes = copy_of_their_own(Path(src), new)
            except OSError as why:  # it is closed to us, or gone
                self.log.warning("'%s' is not collected: %s", os.path.basename(src), why.strerror)
                return
            for note in notes[:MOST_NOTES]:
                self.log.warning("'%s': %s", os.path.basename(src), printable(note))
            shutil.move(new, dest)


def owner_of(path) -> str:
    """Return the name of the user who made a folder; Refused if it is a link or a file."""
    about = os.lstat(path)
    if not stat.S_ISDIR(about.st_mode):
        raise Refused("it is no folder")
    try:
        return pwd.getpwuid(about.st_uid).pw_name
    except KeyError:
        return f"user {about.st_uid}"


def copy_of_their_own(folder: Path, new: Path) -> list[str]:
    """Copy a submission's notebooks, time and secret into `new`; return in words what was odd."""
    notes, notebooks = [], 0
    time = HANDED_IN.fullmatch(folder.name)["time"]
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        owner = os.fstat(descriptor).st_uid
        for name in sorted(os.listdir(descriptor)):
            notebook = name.endswith(".ipynb") and notebooks < MOST_NOTEBOOKS
            if name == "timestamp.txt":
                continue
            if not notebook and name != "submission_secret.txt":
                notes.append(f"'{name[:80]}' stays where it is: only notebooks are collected")
                continue
            try:
                most = MOST_NOTEBOOK if notebook else MOST_LINE
                content = read_regular(name, most=most, folder=descriptor, owner=owner)
                changed = os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_ctime
            except (Refused, OSError) as why:
                notes.append(f"'{name[:80]}' {why}: it is not collected")
                continue
            (new / name).write_bytes(content)
            notebooks += notebook
            written = datetime.fromtimestamp(changed, UTC).replace(tzinfo=None)
            if written > parse_utc(time) + LATER:
                notes.append(f"it says it is from {time}, and '{name}' was put there {written}")
    finally:
        os.close(descriptor)
    (new / "timestamp.txt").write_text(time)
    return notes
