"""An eye on a sandbox from outside: its processes, memory and time, and what is left for others."""

import os
import re
import time
from pathlib import Path

import psutil


def watch(process, *, seconds: float, processes: int, memory: int, left: int) -> str:
    """Wait for the end of a process; stop it, and say why, if it and its children take too much.

    Parameters
    ----------
    process : subprocess.Popen
        The first process of a sandbox, which takes all others with it.
    seconds : float
    processes : int
        Processes and threads.
    memory : int
        Bytes, of all together.
    left : int
        Bytes that must be left for others: some kinds of memory are no process's.
    """
    end, parent = time.monotonic() + seconds, psutil.Process(process.pid)
    why = ""
    while process.poll() is None and not why:
        number, taken = _taken(parent)
        if time.monotonic() > end:
            why = f"it did not end within {seconds:.0f} s"
        elif number > processes:
            why = f"it had more than {processes} processes and threads"
        elif taken > memory:
            why = f"its processes took more than {memory / 2**30:.0f} GB together"
        elif _left() < left:
            why = f"it left less than {left / 2**20:.0f} MB of the memory there is"
        time.sleep(0.1)
    if why:
        process.kill()
    process.wait()
    return why


def _left() -> int:
    """Return the bytes of memory that are left, of the machine's and of what a hub allows us."""
    left = psutil.virtual_memory().available
    groups = Path("/proc/self/cgroup")  # of Linux
    text = groups.read_text() if groups.exists() else ""
    for tree, group in re.findall(r"^\d+:(|memory):(.*)$", text, re.M):
        folder = Path("/sys/fs/cgroup") / tree / group.lstrip("/")
        version_1, version_2 = ("limit_in_bytes", "usage_in_bytes"), ("max", "current")
        names = [f"memory.{name}" for name in (version_1 if tree else version_2)]
        try:
            most, used = (int((folder / name).read_text()) for name in names)
            stat = (folder / "memory.stat").read_text()
        except (OSError, ValueError):  # there is no bound, or it says "max"
            continue
        cached = re.search(r"^(?:total_)?inactive_file (\d+)$", stat, re.M)
        left = min(left, most - used + int(cached[1] if cached else 0))
    return left


def threads_of_mine() -> int:
    """Return how many processes and threads this user has."""
    return sum(_threads(process) for process in psutil.process_iter() if _mine(process))


def _mine(process) -> bool:
    try:
        return process.uids().real == os.getuid()
    except psutil.Error:
        return False


def _threads(process) -> int:
    # Not psutil's number: it reads a text in which a process can write its own.
    try:
        return len(os.listdir(f"/proc/{process.pid}/task"))
    except OSError:  # it has just ended
        return 1


def _taken(parent) -> tuple[int, int]:
    """Return the number of threads and the bytes of a process and all its descendants."""
    number = memory = 0
    try:
        family = [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return 0, 0
    for process in family:
        number += _threads(process)
        try:
            memory += process.memory_info().rss
        except psutil.Error:
            continue
    return number, memory
