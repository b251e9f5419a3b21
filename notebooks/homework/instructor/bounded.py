"""Reading what students wrote: so many bytes of a regular file, in a process with limits.

A file is opened without following a link, and looked at when it is open. What is read is parsed by
a child process, which may run out of memory, time or room; then it costs its student alone.
"""

import errno
import json
import os
import resource
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent


MOST_NOTES = 50  # on one submission


class Refused(Exception):
    """Something of a student's that is not taken, and why."""


def printable(note) -> str:
    """Return a note for the log: whatever a student named there, it is one line of letters."""
    return "".join(c if c.isprintable() else "?" for c in str(note))[:500]


def read_regular(name, *, most: int, folder: int | None = None, owner: int | None = None) -> bytes:
    """Return the bytes of a regular file.

    Parameters
    ----------
    name : str or Path
    most : int
        Bytes that it may have.
    folder : int, optional
        Descriptor of the folder that `name` lies in.
    owner : int, optional
        The user it must belong to: a hard link to somebody else's file is a regular file, too.

    Raises
    ------
    Refused
        If it is a link, a pipe, a device, a folder, somebody else's, too large or not there.
    """
    try:
        # Not blocking: opening a pipe would wait for a writer.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        descriptor = os.open(name, flags, dir_fd=folder)
    except OSError as error:
        link = error.errno == errno.ELOOP
        raise Refused("is a link" if link else error.strerror.lower()) from None
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise Refused("is no regular file")
        if owner is not None and about.st_uid != owner:
            raise Refused("belongs to another user")
        with open(descriptor, "rb", closefd=False) as file:
            content = file.read(most + 1)
    finally:
        os.close(descriptor)
    if len(content) > most:
        raise Refused(f"is larger than {most / 1e6:g} MB")
    return content


def limits(*, memory: int, seconds: int, room: int, processes: int | None = None) -> None:
    """Bound this process and all that it starts.

    memory : bytes of a process. seconds : of processor time. room : bytes of a file.
    processes : how many processes and threads its user may have.
    """
    if processes is not None:
        resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def in_child(program: str, content: bytes, *arguments: str, most: int, seconds: int = 30) -> dict:
    """Run a program of this folder on some bytes, and return the JSON that it writes.

    Raises
    ------
    Refused
        If it fails, takes more than `seconds` or 1 GB, or writes more than `most` bytes.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as made:
        given.write(content)
        given.seek(0)
        try:
            ended = subprocess.run(
                [sys.executable, str(HERE / program), *arguments],
                stdin=given,
                stdout=made,
                stderr=subprocess.DEVNULL,
                timeout=4 * seconds,  # the processor may be shared
                preexec_fn=lambda: limits(memory=2**30, seconds=seconds, room=most),
            )
        except subprocess.TimeoutExpired:
            raise Refused("takes too long to read") from None
        if ended.returncode:
            raise Refused("cannot be read as a notebook of bounded size")
        made.seek(0)
        return json.loads(made.read(most))
