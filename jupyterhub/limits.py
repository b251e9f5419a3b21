"""Bounds for each student that the kernel of Linux keeps, whatever the student's code does."""

import os
import resource
from pathlib import Path

from jupyterhub.spawner import LocalProcessSpawner
from traitlets import Int

CGROUPS = Path("/sys/fs/cgroup")
GROUP = "lecture8-hub"
# Bytes that one process may reserve beyond `mem_limit` without using them: PySCF, whose gradients
# notebook 2 computes, asks for 3.2 GB in each of two threads and touches next to none of it.
RESERVED = 8 * 2**30


class LimitedSpawner(LocalProcessSpawner):
    """Run a student's server as that student, within `mem_limit`, `cpu_limit` and `task_limit`.

    LocalProcessSpawner only tells the server about the first two; it enforces none.
    """

    task_limit = Int(500, config=True, help="Processes and threads of one student.")

    def make_preexec_fn(self, name):
        """Return what the new process does between fork and exec: enter the bounds, drop root."""
        become_student = super().make_preexec_fn(name)
        one_process, tasks = self.mem_limit + RESERVED, self.task_limit
        try:
            groups = self.control_groups(name)
        except OSError as error:
            groups = []
            self.log.error(
                f"NO LIMIT ON THE SUM of the processes of {name}, nor on their CPU: this machine "
                f"lets us write no control groups ({error}). Each process alone is still bounded."
            )

        def preexec():
            for group in groups:
                (group / "cgroup.procs").write_text(str(os.getpid()))
            # A process that asks for far too much gets a MemoryError, which a student can read; the
            # control group counts what all processes together use, and can only kill one.
            resource.setrlimit(resource.RLIMIT_DATA, (one_process, one_process))
            resource.setrlimit(resource.RLIMIT_NPROC, (tasks, tasks))
            become_student()
            os.umask(0o077)
            os.chmod(".", 0o700)  # the home folder

        return preexec

    def control_groups(self, student: str) -> list[Path]:
        """Make the control groups of a student, set their limits, and return their folders."""
        memory, quota = self.mem_limit, int(self.cpu_limit * 100_000)  # in 100,000 microseconds
        if (CGROUPS / "cgroup.controllers").exists():  # version 2, as on all newer systems
            (CGROUPS / GROUP).mkdir(exist_ok=True)
            for folder in (CGROUPS, CGROUPS / GROUP):
                (folder / "cgroup.subtree_control").write_text("+memory +cpu +pids")
            limits = {
                ".": {
                    "memory.max": memory,
                    "cpu.max": f"{quota} 100000",
                    "pids.max": self.task_limit,
                }
            }
        else:
            limits = {
                "memory": {"memory.limit_in_bytes": memory},
                "cpu": {"cpu.cfs_quota_us": quota},
                "pids": {"pids.max": self.task_limit},
            }
        folders = {CGROUPS / tree / GROUP / student: values for tree, values in limits.items()}
        for folder, values in folders.items():
            folder.mkdir(parents=True, exist_ok=True)
            for name, value in values.items():
                (folder / name).write_text(str(value))
        return list(folders)
