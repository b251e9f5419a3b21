"""How much memory is left, also where a container gives less than the machine has."""

from pathlib import Path

import psutil

# Binder and JupyterHub set their limits here: version 2 of Linux's control groups, or version 1.
CGROUPS = Path("/sys/fs/cgroup")
LAYOUTS = (
    ("memory.max", "memory.current", "memory.stat", "inactive_file"),
    (
        "memory/memory.limit_in_bytes",
        "memory/memory.usage_in_bytes",
        "memory/memory.stat",
        "total_inactive_file",
    ),
)


def available_memory_MB() -> float:
    """Return how much more this process can take before the machine or its container says no."""
    left = psutil.virtual_memory().available
    for layout in LAYOUTS:
        limit, used, statistics, cache = layout
        try:
            maximum = (CGROUPS / limit).read_text().strip()
            if maximum == "max":
                continue
            lines = (CGROUPS / statistics).read_text().splitlines()
            # Pages of files that were read long ago count as used, but are given up on demand.
            cached = int(dict(line.split() for line in lines).get(cache, 0))
            left = min(left, int(maximum) - int((CGROUPS / used).read_text()) + cached)
        except OSError:  # no such group, or not Linux
            continue
    return left / 2**20
