"""Make lgps_teacher_*.npz: how lithium moves when CHGNet itself drives. Half an hour a run.

Run: python lecture8/data/make_lgps_teacher.py folder temperature_K seed

20 ps of the 50-atom cell of Li10GeP2S12 at constant temperature (`integrators.langevin_baoab`,
2 fs, friction 1/ps), after 2 ps that are thrown away. Each 20 fs the unwrapped positions of all
atoms are kept, in thousandths of an Å; of every fifth of these also the forces, in meV/Å. A run
that was stopped goes on from its last picosecond.

The thermostat makes the whole cell wander; take its centre of mass away before anything is said
about diffusion.
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
from ase import units

from lecture8.foundation_models import load
from lecture8.integrators import langevin_baoab, simulate
from lecture8.structures import lgps, thermalise

TIMESTEP_FS = 2.0
KEEP_EVERY, FORCES_EVERY = 10, 5  # steps; kept positions
EQUILIBRATE_PS, PICOSECONDS = 2, 20


def one_picosecond(atoms, teacher, temperature_K: int, rng):
    """Return the trajectory of the next picosecond."""
    step = partial(
        langevin_baoab,
        thermal_energy=units.kB * temperature_K,
        friction=1e-3 / units.fs,
        rng=rng,
    )
    return simulate(
        atoms,
        teacher,
        timestep=TIMESTEP_FS * units.fs,
        steps=round(1000 / TIMESTEP_FS),
        record_every=KEEP_EVERY,
        step=step,
    )


def main(folder: Path, temperature_K: int, seed: int) -> None:
    """Run picosecond by picosecond, and keep what there is after each."""
    file = folder / f"lgps_teacher_{temperature_K}K_{seed}.npz"
    rng = np.random.default_rng([temperature_K, seed])
    teacher = load("chgnet")
    atoms = thermalise(lgps(), temperature_K=temperature_K, rng=rng)
    kept, forces, done = [], [], 0
    if file.exists():
        old = np.load(file)
        atoms.positions = old["last_positions"]
        atoms.set_velocities(old["last_velocities"])
        kept, forces, done = list(old["positions_mA"]), list(old["forces_meV_A"]), int(old["ps"])
        rng = np.random.default_rng([temperature_K, seed, done])
    for picosecond in range(done, EQUILIBRATE_PS + PICOSECONDS):
        run = one_picosecond(atoms, teacher, temperature_K, rng)
        if picosecond >= EQUILIBRATE_PS:
            kept += list(np.rint(1e3 * run.positions[1:]).astype(np.int32))
            for positions in run.positions[FORCES_EVERY::FORCES_EVERY]:
                atoms.positions = positions
                forces.append(np.rint(1e3 * teacher.get_forces(atoms)).astype(np.int16))
        atoms.positions = run.positions[-1]
        atoms.set_velocities(run.velocities[-1])
        partial_file = file.with_suffix(".partial.npz")
        np.savez_compressed(
            partial_file,
            positions_mA=np.array(kept, np.int32),
            forces_meV_A=np.array(forces, np.int16),
            last_positions=run.positions[-1],
            last_velocities=run.velocities[-1],
            ps=picosecond + 1,
        )
        partial_file.replace(file)
        print(f"{temperature_K} K, seed {seed}: {picosecond + 1} ps", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
