"""Make the pupil that drives NAGP: CHGNet's frames of it, and a moment network fitted to them.

Run: python -m recipes.nagp_pupil folder   (goes on from what is in `folder`)

All frames are labelled by CHGNet. The stages, a file of `folder` each:

- ``run_*``: CHGNet's dynamics of NGPO and of two cells of NAGP;
- ``strained``: the crystals in strained cells, atoms off their places;
- ``pupil_0.npz``: the first fit; then, n = 1, 2, ...: ``explored_n``, where that pupil goes, and
  ``pupil_n.npz``, fitted to all there is by then.

``unseen_*`` is a run that nothing is fitted to. In the end the last pupil is held to it, and, at
each temperature, to CHGNet's forces where it went itself.
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
from ase import Atoms

from lecture8.conductivity.first_frames import as_far_as_it_goes, believable, strained
from lecture8.fitting import MomentNetwork, errors
from lecture8.fitting.moment_networks.potential import MomentNetworkPotential
from lecture8.foundation_models import load
from lecture8.frames import label, read, write
from lecture8.integrators import Langevin, simulate
from lecture8.structures import moved_to, nagp, ngpo, thermalise
from lecture8.workers import Failed, LocalProcesses, run_tasks
from recipes.ngpo import doped

RUNS = (  # cell, K, ps
    ("full 36", 1500, 1),
    ("doped 37", 800, 2),
    ("doped 37", 1200, 2.5),
    ("doped 37", 1800, 2.5),
    ("doped 74", 1400, 1.5),
    ("doped 74", 2000, 1),
)
UNSEEN = ("doped 74", 1100, 1.5)
FRAMES_PER_PS = 25
STRAINED = 60
# Longer and longer: a hole of the potential may be found only after ten picoseconds. After the
# second, an Na that had come too near to an Al stayed there.
EXPLORED_PS = (6, 6, 20, 20)
EXPLORED = {"temperatures_K": (900, 1200, 1500, 1800), "runs": 20, "frames": 12}
JUDGED = {"runs": 2, "picoseconds": 20, "frames": 20}
FIRST_FIT = {"epochs": 80, "learning_rate": 3e-3}
LATER_FIT = {"epochs": 50, "learning_rate": 2e-3}
LARGEST_FORCE = 20.0  # eV/Å; beyond it CHGNet itself extrapolates
PROCESSES = 2


def cell(name: str) -> Atoms:
    """Return "full 36", "doped 37" or "doped 74": name and number of atoms."""
    return {"full 36": ngpo, "doped 37": lambda: doped(ngpo(), 1), "doped 74": nagp}[name]()


def teacher_run(name: str, temperature_K: int, picoseconds: float) -> list[Atoms]:
    """Return frames of CHGNet's own dynamics, from the crystal on."""
    rng = np.random.default_rng([temperature_K, len(cell(name))])
    # The crystal has no potential energy to share: half of what it gets goes there.
    start = thermalise(cell(name), temperature_K=2 * temperature_K, rng=rng)
    run = simulate(
        start,
        load("chgnet"),
        timestep_fs=2.0,
        picoseconds=picoseconds,
        record_every_fs=2.0 * max(1, round(500 / FRAMES_PER_PS)),
        bath=Langevin(temperature_K=temperature_K, friction_per_fs=0.01),
        rng=rng,
    )
    return [moved_to(positions, start) for positions in run.positions[2:]]


def strained_frames(number: int) -> list[Atoms]:
    """Return the crystals in strained cells."""
    rng = np.random.default_rng(7)
    cells = [cell(("doped 74", "doped 37", "full 36")[k % 3]) for k in range(number)]
    return [strained(atoms, rng, scale=0.01, widths=[0.03, 0.06, 0.1]) for atoms in cells]


def explored(pupil, stage: int, *, temperatures_K, runs, picoseconds, frames) -> list[Atoms]:
    """Return where the pupil goes in some runs of all cells at all temperatures."""
    rng, seen = np.random.default_rng([8, stage]), []
    names = ("doped 74", "doped 37", "doped 74", "full 36", "doped 37")
    for k in range(runs):
        temperature_K = temperatures_K[k % len(temperatures_K)]
        start = cell(names[k % len(names)])
        start.set_cell(start.cell.array * (1 + rng.uniform(-0.01, 0.01)), scale_atoms=True)
        start = thermalise(start, temperature_K=2 * temperature_K, rng=rng)
        steps = round(500 * picoseconds)
        run = as_far_as_it_goes(
            start,
            pupil,
            timestep_fs=2.0,
            steps=steps,
            record_every_fs=2.0 * max(1, steps // frames),
            bath=Langevin(temperature_K=temperature_K, friction_per_fs=0.01),
            rng=rng,
        )
        seen += [moved_to(positions, start) for positions in run.positions[1:]]
    return seen


def make(file: Path, function, *arguments) -> str:
    """Write labelled frames, those with absurd forces left out, unless the file exists."""
    if not file.exists():
        frames = label(function(*arguments), load("chgnet"))
        write(file, believable(frames, LARGEST_FORCE))
    return file.name


def first_tasks(folder: Path) -> list[tuple]:
    """Return the arguments of `make` of everything that needs no pupil, the longest first."""
    tasks = []
    for kind, case in [("run", case) for case in RUNS] + [("unseen", UNSEEN)]:
        name = f"{kind}_{case[0].replace(' ', '_')}_{case[1]}K.xyz.gz"
        tasks.append((folder / name, teacher_run, *case))
    return [*tasks, (folder / "strained.xyz.gz", strained_frames, STRAINED)]


def known(folder: Path, stage: int) -> tuple[list[Atoms], list[Atoms]]:
    """Return frames to fit to and frames to watch, as far as there are before the fit `stage`."""
    files = [*sorted(folder.glob("run_*")), folder / "strained.xyz.gz"]
    files += [folder / f"explored_{k}.xyz.gz" for k in range(1, stage + 1)]
    frames = [atoms for file in files for atoms in read(file)]
    held = frames[7::20]
    return [a for a in frames if not any(a is b for b in held)], held


def fitted(folder: Path, stage: int) -> MomentNetworkPotential:
    """Return the pupil of a stage, from its file or fitted now."""
    file = folder / f"pupil_{stage}.npz"
    if not file.exists():
        train, held = known(folder, stage)
        how = LATER_FIT if stage else FIRST_FIT
        model = fitted(folder, stage - 1) if stage else MomentNetwork()
        rng = np.random.default_rng([9, stage])
        pupil = model.fit(train, held, rng=rng, report=progress_of(stage, len(train)), **how)
        pupil.save(file)
    return MomentNetworkPotential.load(file)


def progress_of(stage: int, number: int):
    """Return what prints every tenth pass of a fit."""

    def report(epoch, train, held):
        if epoch % 10 == 0:
            print(
                f"fit {stage}, {number} frames, pass {epoch}: {train:.3f}, {held:.3f}", flush=True
            )

    return report


def judge(folder: Path, pupil) -> None:
    """Print how far the pupil's forces are from CHGNet's on what it has not seen."""
    seen = [(file.name, read(file)) for file in sorted(folder.glob("unseen_*"))]
    for temperature_K in EXPLORED["temperatures_K"]:
        its_own = explored(pupil, 100, temperatures_K=[temperature_K], **JUDGED)
        seen.append((f"its own runs at {temperature_K} K", label(its_own, load("chgnet"))))
    for name, frames in seen:
        spread = 1e3 * np.concatenate([a.get_forces() for a in frames]).std()
        rmse = errors(frames, pupil).force_rmse
        print(f"{name}: force RMSE {rmse:.0f} of {spread:.0f} meV/Å", flush=True)


def main(folder: Path) -> None:
    """Do what is missing in `folder`."""
    with LocalProcesses(PROCESSES) as executor:
        for outcome in run_tasks(make, first_tasks(folder), executor=executor):
            if isinstance(outcome, Failed):
                raise RuntimeError(f"{outcome}; the other stages are kept, run this again")
    for stage in range(len(EXPLORED_PS) + 1):
        if stage:
            pupil = fitted(folder, stage - 1)
            file = folder / f"explored_{stage}.xyz.gz"
            how_long = {"picoseconds": EXPLORED_PS[stage - 1]}
            make(file, partial(explored, pupil, stage, **how_long, **EXPLORED))
        pupil = fitted(folder, stage)
        print(f"pupil {stage} is there", flush=True)
    judge(folder, pupil)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
