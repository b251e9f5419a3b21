"""The Lennard-Jones liquid in GROMACS (Debian package gromacs), where it is installed.

Argon's numbers stand for the reduced ones. The list, its reach and its life are settings: those of
ours, and those that GROMACS finds best for a drift of 0.005 kJ/mol/ps an atom, with which it may
miss pairs.
"""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from ase import Atoms

SIGMA, EPSILON, MASS = 0.34, 0.997, 39.948  # nm, kJ/mol, u
PS = np.sqrt(MASS * SIGMA**2 / EPSILON)  # ps, of the reduced unit of time
TOPOLOGY = """[ defaults ]
1 2 no 1 1
[ atomtypes ]
AR {mass} 0 A {sigma} {epsilon}
[ moleculetype ]
AR 1
[ atoms ]
1 AR 1 AR AR 1 0 {mass}
[ system ]
liquid
[ molecules ]
AR {number}
"""
SETTINGS = {
    "integrator": "md",
    "dt": 0.005 * PS,
    "cutoff-scheme": "Verlet",
    "vdwtype": "cut-off",
    "vdw-modifier": "None",
    "rvdw": 2.5 * SIGMA,
    "rcoulomb": 2.5 * SIGMA,
    "coulombtype": "cut-off",
    "comm-mode": "None",
    "nstenergy": 0,
    "nstlog": 0,
}
LISTS = {  # ours lasts seven or eight steps
    "list of ours": {"verlet-buffer-tolerance": -1, "rlist": 2.8 * SIGMA, "nstlist": 8},
    "its own list": {"verlet-buffer-tolerance": 0.005, "nstlist": 20},
}


def is_installed() -> bool:
    """Say whether there is a `gmx`."""
    return shutil.which("gmx") is not None


def run(liquid: Atoms, melt: int, steps: int, threads: int, which: str) -> float:
    """Return seconds per step after `melt` steps, by GROMACS' own clock; `liquid` is reduced."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder, liquid, SETTINGS | LISTS[which] | {"nsteps": melt + steps})
        prepare = "gmx -quiet grompp -f run.mdp -c start.gro -p liquid.top -o run.tpr -maxwarn 9"
        subprocess.run(prepare.split(), cwd=folder, check=True, capture_output=True)
        simulate = (
            f"gmx -quiet mdrun -s run.tpr -nb cpu -ntmpi 1 -ntomp {threads} -pin off "
            f"-resetstep {melt} -noconfout -g run.log"
        )
        subprocess.run(simulate.split(), cwd=folder, check=True, capture_output=True)
        log = (folder / "run.log").read_text()
    return float(re.search(r"Time:\s+[\d.]+\s+([\d.]+)", log)[1]) / steps


def _write(folder: Path, liquid: Atoms, settings: dict) -> None:
    """Write start.gro, liquid.top and run.mdp."""
    places, speeds = SIGMA * liquid.positions, SIGMA / PS * liquid.get_velocities()
    lines = ["liquid", f"{len(liquid):d}"]
    for k, (r, v) in enumerate(zip(places, speeds, strict=True)):
        one = (k + 1) % 100_000
        numbers = "".join(f"{x:8.3f}" for x in r) + "".join(f"{x:8.4f}" for x in v)
        lines.append(f"{one:5d}AR      AR{one:5d}{numbers}")
    lines.append("".join(f"{SIGMA * x:10.5f}" for x in liquid.cell.lengths()))
    (folder / "start.gro").write_text("\n".join(lines) + "\n")
    numbers = {"mass": MASS, "sigma": SIGMA, "epsilon": EPSILON, "number": len(liquid)}
    (folder / "liquid.top").write_text(TOPOLOGY.format(**numbers))
    text = "\n".join(f"{key} = {value}" for key, value in settings.items())
    (folder / "run.mdp").write_text(text + "\n")
