"""A /tmp, /var/tmp and /dev/shm that no other student sees."""

import ctypes
import os

PLACES = ("/tmp", "/var/tmp", "/dev/shm")
libc = ctypes.CDLL(None, use_errno=True)  # loaded before the fork, after which little may be done
# <sched.h> and <sys/mount.h> of Linux; Python has os.unshare only from 3.12 on.
CLONE_NEWNS = 0x20000
MS_NOSUID, MS_NODEV, MS_REC, MS_SLAVE = 2, 4, 16384, 1 << 19


def own_temporary_folders(size: int) -> None:
    """Give this process, and all that it will start, temporary folders of its own, as root.

    They lie in memory, count as the student's, and are gone with the last of the processes.

    Parameters
    ----------
    size : int
        Bytes that each of them may hold.

    Raises
    ------
    OSError
        If this machine does not let us.
    """
    _succeeds(libc.unshare(CLONE_NEWNS))
    # What the system mounts later (a disk, a network folder) appears here; not the other way round.
    _succeeds(libc.mount(b"none", b"/", None, ctypes.c_ulong(MS_REC | MS_SLAVE), None))
    for place in PLACES:
        options = f"size={size},mode=1777".encode()
        flags = ctypes.c_ulong(MS_NOSUID | MS_NODEV)
        _succeeds(libc.mount(b"tmpfs", place.encode(), b"tmpfs", flags, options))


def _succeeds(returned: int) -> None:
    if returned:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
