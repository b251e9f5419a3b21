"""Run every notebook as in a Binder pod: one core, 2 GB, and no more.

``python benchmarks/binder.py [notebook ...]`` needs Linux and root: the limit is the kernel's own
(cgroups, version 1 or 2), as a pod has it. Prints a table: time, peak memory of the notebook's
kernel with all that it starts and the files that they keep cached, and whether it came to its end.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

# Where a group is made, and what its limit, its peak and its count of kills are called.
VERSIONS = {
    Path("/sys/fs/cgroup"): ("memory.max", "memory.peak", "memory.events"),
    Path("/sys/fs/cgroup/memory"): (
        "memory.limit_in_bytes",
        "memory.max_usage_in_bytes",
        "memory.oom_control",
    ),
}
LIMIT = 2 * 10**9  # bytes
RUN = """
import sys
import nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(notebook, timeout=600, resources={"metadata": {"path": "notebooks"}}).execute()
"""


def run(notebook: Path, group: Path, peak_name: str, events: str) -> tuple[float, int, str]:
    """Return the seconds, the peak in bytes, and "ok" or the last line of what went wrong."""

    def enter():
        (group / "cgroup.procs").write_text(str(os.getpid()))
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    began = time.perf_counter()
    command = [sys.executable, "-c", RUN, str(notebook)]
    ended = subprocess.run(command, preexec_fn=enter, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    peak = int((group / peak_name).read_text())
    killed = int(dict(line.split() for line in (group / events).open()).get("oom_kill", 0))
    if killed:
        return seconds, peak, f"killed for memory, {killed} times"
    return seconds, peak, "ok" if ended.returncode == 0 else ended.stderr.strip().splitlines()[-1]


def main() -> int:
    """Measure the notebooks that are named, or all."""
    writable = {root: names for root, names in VERSIONS.items() if (root / "cgroup.procs").exists()}
    if os.geteuid() != 0 or not writable:
        print("This needs Linux with cgroups, as root: it sets a real limit on memory.")
        return 1
    root, (limit, peak_name, events) = writable.popitem()
    named = [Path(name) for name in sys.argv[1:]]
    failed = 0
    print("notebook                        time / s   peak / GB of 2.0   end")
    for notebook in named or sorted(Path("notebooks").glob("*.ipynb")):
        group = root / f"lecture8-{os.getpid()}-{notebook.stem}"
        group.mkdir()
        try:
            (group / limit).write_text(str(LIMIT))
            seconds, peak, end = run(notebook, group, peak_name, events)
        finally:
            time.sleep(0.5)  # the last process has to be gone
            group.rmdir()
        failed += end != "ok"
        print(f"{notebook.stem:30s}{seconds:10.0f}{peak / 1e9:15.2f}         {end}", flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
