"""Make lgps_frames.xyz.gz and lgps_moment_network.npz: CHGNet's LGPS, and a pupil fitted to it.

Run: python lecture8/data/make_lgps_frames.py lgps_teacher_1000K_0.npz [folder]

The frames, all labelled by CHGNet; `info["run"]` says which is which:

- ``teacher-1000K``: every 60 fs of 9 ps of the teacher's own run (`make_lgps_teacher.py`);
- ``strained``: some of these, and the crystal, in strained cells, atoms displaced at random;
- ``teacher-650K``: 0.8 ps of its dynamics from the crystal;
- ``supercell``: two different displacements of one snapshot side by side, 100 atoms;
- ``explored-1``, ``explored-2``: where the pupil itself goes, at 500 to 1300 K and in strained
  cells, once it was fitted to the frames before;
- ``test-600K``, ``test-1200K``: the teacher's dynamics again, from the crystal and from a later
  snapshot of its own run, never fitted to. Both begin with twice the kinetic energy, and half of it
  is too much for the second, which has its share of potential energy already: it is hotter than
  its name for most of its 0.6 ps.

The files shipped were made by a draft of this script: the same steps, another order of random
numbers, four test frames to watch instead of the last at 650 K (nothing was chosen by them), and
after the last fit another 290 s from where it ended, with a learning rate of 1.5e-3. A new run
gives other frames of the same kind. The limits on time make the fits depend on the machine.
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
from ase import Atoms, units

from lecture8 import foundation_models
from lecture8.fitting.moment_network import MomentNetwork
from lecture8.fitting.moment_network_fit import fit_moment_network
from lecture8.frames import label, write
from lecture8.integrators import BlowUp, langevin_baoab, simulate
from lecture8.structures import lgps, thermalise

TRAINED_ON = 450  # of the teacher's positions, 20 fs apart; what comes after is for tests
TEMPERATURES_K = (500, 700, 900, 1000, 1100, 1300)
LARGEST_FORCE = 15.0  # eV/Å; beyond it CHGNet itself extrapolates


def snapshot(positions) -> Atoms:
    """Return LGPS with other positions (Å)."""
    atoms = lgps()
    atoms.positions = positions
    return atoms


def strained(positions, rng, number: int = 80) -> list[Atoms]:
    """Return frames in cells of up to some per cent of strain, with atoms off their places."""
    frames = []
    for k in range(number):
        atoms = snapshot(positions[rng.integers(len(positions))]) if k % 4 else lgps()
        strain = rng.normal(scale=0.015, size=(3, 3))
        strain = (strain + strain.T) / 2 + np.eye(3) * (1 + rng.uniform(-0.03, 0.03))
        atoms.set_cell(atoms.cell.array @ strain, scale_atoms=True)
        width = rng.choice([0.03, 0.08, 0.15])
        atoms.positions += rng.normal(scale=width, size=atoms.positions.shape)
        frames.append(atoms)
    return frames


def dynamics(
    potential, rng, *, start=None, temperature_K=650, steps=400, skip=40, every=10
) -> list[Atoms]:
    """Return frames of the teacher's dynamics, from the crystal if no `start` is given."""
    step = partial(
        langevin_baoab,
        thermal_energy=temperature_K * units.kB,
        friction=0.01 / units.fs,
        rng=rng,
    )
    # The crystal has no potential energy to share: half of what it gets goes there.
    start = thermalise(start or lgps(), temperature_K=2 * temperature_K, rng=rng)
    run = simulate(
        start, potential, timestep=2 * units.fs, steps=steps, record_every=every, step=step
    )
    return [snapshot(x) for x in run.positions[1 + skip // every :]]


def supercells(positions, rng, number: int = 16) -> list[Atoms]:
    """Return cells of 100 atoms, in which the two halves differ."""
    frames = []
    for k in range(number):
        atoms = snapshot(positions[rng.integers(len(positions))])
        atoms = atoms * ((1, 1, 2) if k % 2 else (2, 1, 1))
        atoms.positions += rng.normal(scale=0.1, size=atoms.positions.shape)
        frames.append(atoms)
    return frames


def explored(pupil, rng, runs: int) -> list[Atoms]:
    """Return where the pupil goes in 6 ps each, in cells of its own and at six temperatures."""
    frames = []
    for k in range(runs):
        temperature_K = TEMPERATURES_K[k % len(TEMPERATURES_K)]
        strain = np.eye(3) * (1 + rng.uniform(-0.02, 0.025)) + rng.normal(scale=0.006, size=(3, 3))
        strain = (strain + strain.T) / 2
        atoms = lgps()
        atoms.set_cell(atoms.cell.array @ strain, scale_atoms=True)
        large = k % len(TEMPERATURES_K) == len(TEMPERATURES_K) - 1
        if large:
            atoms = atoms * ((1, 1, 2) if rng.random() < 0.5 else (2, 1, 1))
        start = thermalise(atoms, temperature_K=min(2 * temperature_K, 1600), rng=rng)
        try:
            run = pupil.simulate(
                start,
                timestep=2 * units.fs,
                steps=3000,
                record_every=1500 if large else 500,
                thermal_energy=temperature_K * units.kB,
                friction=0.01 / units.fs,
                rng=rng,
            )
        except BlowUp as error:  # what it saw before is worth learning
            run = error.trajectory
        for positions in run.positions[1:]:
            frames.append(atoms.copy())
            frames[-1].positions = positions
    return frames


def labelled(frames, teacher, run: str) -> list[Atoms]:
    """Return the frames with labels, those with absurd forces left out."""
    frames = label(frames, teacher)
    for atoms in frames:
        atoms.info["run"] = run
    return [a for a in frames if np.abs(a.get_forces()).max() < LARGEST_FORCE]


def main(teacher_run: Path, folder: Path) -> None:
    """Write both files into `folder`."""
    teacher, rng = foundation_models.load("chgnet"), np.random.default_rng(7)
    positions = np.load(teacher_run)["positions_mA"] / 1e3
    later, positions = snapshot(positions[TRAINED_ON + 50]), positions[:TRAINED_ON]
    frames = labelled([snapshot(x) for x in positions[2::3]], teacher, "teacher-1000K")
    frames += labelled(strained(positions, rng), teacher, "strained")
    cool = labelled(dynamics(teacher, rng), teacher, "teacher-650K")
    frames += labelled(supercells(positions, rng), teacher, "supercell")
    # The last frames of the run at 650 K watch; the others train.
    frames, held = frames + cool[:-4], cool[-4:]
    for exploration, (runs, seconds) in enumerate(((42, 150), (24, 150), (0, 540))):
        pupil = fit_moment_network(
            frames, held, model=MomentNetwork(), rng=rng, epochs=10**6, seconds=seconds
        )
        new = explored(pupil, rng, runs)
        if new:
            frames += labelled(new, teacher, f"explored-{exploration + 1}")
        print(f"fit {exploration}: {len(frames)} frames", flush=True)
    brief = {"every": 25, "skip": 100}
    cool = dynamics(teacher, rng, temperature_K=600, steps=350, **brief)
    hot = dynamics(teacher, rng, start=later, temperature_K=1200, steps=300, **brief | {"skip": 50})
    tests = labelled(cool, teacher, "test-600K") + labelled(hot, teacher, "test-1200K")
    write(folder / "lgps_frames.xyz.gz", frames + held + tests)
    pupil.save(folder / "lgps_moment_network.npz")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent)
