"""Label frames with density functional theory (PBE, plane waves, GPAW): one file a frame.

Run, as often as there are cores, with a Python that has GPAW and ASE (Debian: packages gpaw and
gpaw-data, /usr/bin/python3); libopenblas0 makes it faster:

    export OMP_NUM_THREADS=1
    nice -n 19 /usr/bin/python3 recipes/pbe.py recipes/pbe/lgps
    nice -n 19 /usr/bin/python3 recipes/pbe.py recipes/pbe/li2s --kpts 2 2 2
    nice -n 19 /usr/bin/python3 recipes/pbe.py recipes/pbe/solids --kpts 3 3 3 --cutoff-eV 600

`recipes/pbe/lgps/queue.xyz` holds the frames. Frame 7 becomes ``007.xyz`` in the same folder, with
energy (eV), forces (eV/Å), stress (eV/Å³) and what it cost; or ``007.refused``, a line that says
why. A frame that has either is done; one that another process works on is locked. A process can be
killed at any moment: what is not finished leaves no file but its lock, which dies with it.

PBE, 400 eV, no spin, no smearing: LGPS and Li2S are insulators, and a frame without a gap is
refused. The PAW data sets are those of GPAW 0.9.20000, but for Li, whose 1s electrons take part:
frozen, they make forces on Li four per cent too large. GPAW's own generator makes that set. LGPS
has one k-point, the mean-value point (1/4, 1/4, 1/4): Gamma alone would cost 35 meV/Å.
`convergence.csv` beside the queues says what each of these settings costs (`pbe_convergence.py`);
`lgps_pbe.py` makes the queues. Only ASE, NumPy and GPAW are imported: the Python that has GPAW need
not have the course.

Notes
-----
Mean-value point: Baldereschi, Phys. Rev. B 7, 5212 (1973). GPAW: Mortensen et al., J. Chem. Phys.
160, 092503 (2024).
"""

import argparse
import contextlib
import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import read, write

# eV/Å of the whole cell; 0.005 to 0.015 in most frames. More comes from electrons that are not
# quite converged: then forces are wrong by up to 0.02 eV/Å, and so they go on, to TIGHTER.
NET_FORCE = 0.03
TIGHTER = 1e-5  # electrons per valence electron by which the density may still change
GAP = 0.1  # eV. PBE has some 2 for LGPS; hot frames go down to 0.25
ITERATIONS = 60  # eleven are usual
MEAN_VALUE_POINT = ((0.25, 0.25, 0.25),)
DATA_SETS = Path(__file__).parent / "pbe" / "setups"


class Refused(Exception):
    """A label that cannot be trusted, and why."""


def label(atoms, *, cutoff_eV=400.0, kpts=MEAN_VALUE_POINT, density=5e-4, log=None, **more):
    """Return a copy of `atoms` that carries PBE's energy, forces and stress.

    Parameters
    ----------
    cutoff_eV : float
        Of the plane waves.
    kpts : three int, or array (K, 3)
        Monkhorst-Pack grid, or the points themselves, in units of the reciprocal cell.
    density : float
        Electrons per valence electron by which the density may still change.
    log : path, optional
        GPAW's own account.
    more
        Other settings of GPAW, for the table of convergence.

    Raises
    ------
    Refused
        If the electrons do not converge, leave no gap, or leave a net force on the cell.
    """
    electrons = atoms.numbers.sum()
    if electrons % 2:
        raise Refused(f"{electrons} electrons cannot be paired: a charge, or a radical")
    from gpaw import GPAW, PW, FermiDirac, KohnShamConvergenceError, Mixer

    find_data_set("Li", 3)
    started = time.monotonic()
    settings = {
        "mode": PW(cutoff_eV),
        "xc": "PBE",
        "setups": {"Li": "3"},
        "kpts": {"size": tuple(kpts)} if np.ndim(kpts) == 1 else np.array(kpts),
        "occupations": FermiDirac(0.0),
        # A broad mixer converges an insulator in 11 iterations; GPAW's cautious default takes 25.
        "mixer": Mixer(0.25, 8, weight=50.0),
        "convergence": {"density": density, "eigenstates": 1e-6, "energy": 2e-5},
        "maxiter": ITERATIONS,
        "symmetry": {"point_group": False},
        "txt": log,
    }
    labelled = atoms.copy()
    labelled.set_constraint()
    labelled.calc = GPAW(**settings | more)
    iterations = 0
    for change in (density, TIGHTER):
        labelled.calc.set(convergence=settings["convergence"] | {"density": change})
        try:
            energy = labelled.get_potential_energy()
        except KohnShamConvergenceError as failure:
            raise Refused(f"the electrons did not converge: {failure}") from failure
        forces = labelled.get_forces()
        iterations += labelled.calc.get_number_of_iterations()
        net = float(np.abs(forces.sum(axis=0)).max())
        if net <= NET_FORCE:
            break
    stress = labelled.get_stress()
    homo, lumo = labelled.calc.get_homo_lumo()
    if not np.isfinite([energy, net, *stress]).all():
        raise Refused(f"energy {energy} eV, net force {net} eV/Å, stress {stress}: not finite")
    if lumo - homo < GAP:
        raise Refused(f"the gap is {lumo - homo:.2f} eV, less than {GAP}: no insulator")
    if net > NET_FORCE:
        raise Refused(f"the net force is {net:.3f} eV/Å, more than {NET_FORCE}")
    labelled.calc = SinglePointCalculator(labelled, energy=energy, forces=forces, stress=stress)
    labelled.info.update(
        gap_eV=round(float(lumo - homo), 3),
        net_force_eV_A=round(net, 4),
        iterations=int(iterations),
        seconds=round(time.monotonic() - started),
    )
    return labelled


def find_data_set(symbol: str, electrons: int) -> None:
    """Let GPAW's generator make a data set with that many electrons, once, and GPAW find it."""
    from gpaw import setup_paths

    DATA_SETS.mkdir(exist_ok=True)
    name = f"{symbol}.{electrons}.PBE"
    with open(DATA_SETS / f"{name}.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # the others wait
        if not (DATA_SETS / name).exists():
            how = f"dataset {symbol} -f PBE -e {electrons} -t {electrons} -s -w -b".split()
            part = DATA_SETS / f".{name}"
            part.mkdir(exist_ok=True)
            subprocess.run(
                [sys.executable, "-m", "gpaw", *how], cwd=part, check=True, capture_output=True
            )
            for made in sorted(part.iterdir(), key=lambda path: path.name == name):  # it comes last
                os.replace(made, DATA_SETS / made.name)
    if str(DATA_SETS) not in setup_paths:
        setup_paths.insert(0, str(DATA_SETS))


@contextlib.contextmanager
def claimed(path: Path):
    """Say whether this process has `path` to itself; the kernel lets go when the process dies."""
    with open(path, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def write_whole(path: Path, put) -> None:
    """Let `put(path)` write a file that is there whole or not at all."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        put(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def work(folder: Path, **settings) -> None:
    """Label every frame of the queue that is not done and that nobody else has."""
    queue = read(folder / "queue.xyz", index=":")
    for index, atoms in enumerate(queue):
        done, refused = folder / f"{index:03d}.xyz", folder / f"{index:03d}.refused"
        lock = folder / f"{index:03d}.lock"
        if done.exists() or refused.exists():
            continue
        with claimed(lock) as ours:
            if not ours or done.exists() or refused.exists():
                continue
            try:
                labelled = label(atoms, log=os.devnull, **settings)
            except Refused as reason:
                text = f"{reason}\n"
                write_whole(refused, lambda path, text=text: path.write_text(text))
                print(f"frame {index} of {len(queue)}: refused, {reason}", flush=True)
            else:
                labelled.info["frame"] = index
                write_whole(done, lambda path, a=labelled: write(path, a, format="extxyz"))
                print(
                    f"frame {index} of {len(queue)} ({labelled.info.get('run', '')}): "
                    + ", ".join(f"{k} {labelled.info[k]}" for k in ("seconds", "iterations"))
                    + f", net force {labelled.info['net_force_eV_A']} eV/Å",
                    flush=True,
                )
            lock.unlink(missing_ok=True)


def main(arguments) -> None:
    """Read the command line and work through the queue."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="with queue.xyz; the labels come beside it")
    parser.add_argument(
        "--kpts", type=int, nargs=3, default=MEAN_VALUE_POINT, help="grid of k-points"
    )
    parser.add_argument("--cutoff-eV", type=float, default=400.0, help="of the plane waves")
    options = parser.parse_args(arguments)
    if not (options.folder / "queue.xyz").is_file():
        parser.error(
            f"there is no {options.folder / 'queue.xyz'}; make it with recipes/lgps_pbe.py"
        )
    work(options.folder, cutoff_eV=options.cutoff_eV, kpts=options.kpts)


if __name__ == "__main__":
    main(sys.argv[1:])
