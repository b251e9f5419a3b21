"""Bounds for each student that the kernel of Linux keeps, whatever the student's code does."""

import os
import resource
import subprocess
from pathlib import Path

from jupyterhub.spawner import LocalProcessSpawner
from own_folders import own_temporary_folders
from traitlets import Bool, Int

CGROUPS = Path("/sys/fs/cgroup")
GROUP = "lecture8-hub"
# Bytes that one process may reserve beyond `mem_limit` without using them: PySCF, whose gradients
# notebook 2 computes, asks for 3.2 GB in each of two threads and touches next to none of it.
RESERVED = 8 * 2**30


class LimitedSpawner(LocalProcessSpawner):
    """Run a student's server as that student, within `mem_limit`, `cpu_limit` and `task_limit`.

    LocalProcessSpawner only tells the server about the first two; it enforces none. The server has
    a /tmp of its own, too.
    """

    task_limit = Int(500, config=True, help="Processes and threads of one student.")
    unbounded = Bool(False, config=True, help="Start where the limits cannot be set, too.")

    def make_preexec_fn(self, name):
        """Return what the new process does between fork and exec: enter the bounds, drop root."""
        become_student = super().make_preexec_fn(name)
        one_process, tasks = self.mem_limit + RESERVED, self.task_limit
        try:
            groups = control_groups(name, self.mem_limit, self.cpu_limit, tasks)
        except OSError:
            if not self.unbounded:
                raise
            groups = []

        def preexec():
            for group in groups:
                (group / "cgroup.procs").write_text(str(os.getpid()))
            try:
                own_temporary_folders(self.mem_limit // 2)
            except OSError:
                if not self.unbounded:
                    raise
            # A process that asks for far too much gets a MemoryError, which a student can read; the
            # control group counts what all processes together use, and can only kill one.
            resource.setrlimit(resource.RLIMIT_DATA, (one_process, one_process))
            resource.setrlimit(resource.RLIMIT_NPROC, (tasks, tasks))
            become_student()
            os.umask(0o077)
            os.chmod(".", 0o700)  # the home folder

        return preexec


def control_groups(student: str, memory: int, cores: float, tasks: int) -> list[Path]:
    """Make the control groups of a student, set their limits, and return their folders.

    Parameters
    ----------
    student : str
    memory : int
        Bytes of all processes together, their files in /tmp included.
    cores, tasks : float, int
        Cores, and processes and threads, of all processes together.

    Raises
    ------
    OSError
        If this machine does not let us write them.
    """
    quota = int(cores * 100_000)  # in 100,000 microseconds
    if (CGROUPS / "cgroup.controllers").exists():  # version 2, as on all newer systems
        (CGROUPS / GROUP).mkdir(exist_ok=True)
        for folder in (CGROUPS, CGROUPS / GROUP):
            (folder / "cgroup.subtree_control").write_text("+memory +cpu +pids")
        limits = {".": {"memory.max": memory, "cpu.max": f"{quota} 100000", "pids.max": tasks}}
    else:
        limits = {
            "memory": {"memory.limit_in_bytes": memory},
            "cpu": {"cpu.cfs_quota_us": quota},
            "pids": {"pids.max": tasks},
        }
    folders = {CGROUPS / tree / GROUP / student: values for tree, values in limits.items()}
    for folder, values in folders.items():
        folder.mkdir(parents=True, exist_ok=True)
        for name, value in values.items():
            (folder / name).write_text(str(value))
    return list(folders)


def missing_bounds() -> str:
    """Return in words what keeps this machine from bounding its students, or nothing."""
    try:
        for folder in control_groups("hub-tries-it-out", 2**30, 1, 100):
            folder.rmdir()
    except OSError as error:
        return (
            f"no limit on the sum of a student's processes: control groups cannot be set ({error})"
        )
    try:
        subprocess.run(["true"], preexec_fn=lambda: own_temporary_folders(2**20), check=True)
    except subprocess.SubprocessError:
        return "no /tmp of a student's own: folders cannot be mounted (CAP_SYS_ADMIN is wanting)"
    return ""
