"""Make lgps_teacher.npz and lgps_teacher_frames.xyz.gz: LGPS as CHGNet itself moves it.

Run: python -m recipes.lgps_teacher folder temperature_K seed   (800 and 1000 K, seeds
0 to 2, and 600 K, 0 and 1: twelve minutes each on one core), then with the folder alone, to pack.

20 ps of the 50-atom cell of Li10GeP2S12 at constant temperature (`integrators.langevin_baoab`,
2 fs, friction 1/ps), after 2 ps that are thrown away. A run that was stopped goes on from its last
picosecond. Packed: the unwrapped positions of all atoms every 40 fs, and thirty frames of each run,
labelled by CHGNet.

The thermostat makes the whole cell wander; take the framework's motion away before anything is said
about diffusion. Seed 0 at 1000 K was run with the library's own calculator, the others with
`foundation_models.chgnet_potential`; their forces agree to 5e-5 eV/Å.
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np
from ase import units

from lecture8.foundation_models import load
from lecture8.frames import label, write
from lecture8.integrators import langevin_baoab, simulate
from lecture8.packed_positions import pack
from lecture8.structures import lgps, thermalise

TIMESTEP_FS = 2.0
KEEP_EVERY = 10  # steps
EQUILIBRATE_PS, PICOSECONDS = 2, 20
PACK_EVERY, FRAMES = 2, 30  # kept positions; labelled frames of each run
UNIT = 0.01  # Å, of the packed positions: a tenth of what an atom rattles


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


def run(folder: Path, temperature_K: int, seed: int) -> None:
    """Run picosecond by picosecond, and keep what there is after each."""
    file = folder / f"lgps_teacher_{temperature_K}K_{seed}.npz"
    rng = np.random.default_rng([temperature_K, seed])
    teacher = load("chgnet")
    atoms = thermalise(lgps(), temperature_K=temperature_K, rng=rng)
    kept, done = [], 0
    if file.exists():
        old = np.load(file)
        atoms.positions = old["last_positions"]
        atoms.set_velocities(old["last_velocities"])
        kept, done = list(old["positions_mA"]), int(old["ps"])
        rng = np.random.default_rng([temperature_K, seed, done])
    for picosecond in range(done, EQUILIBRATE_PS + PICOSECONDS):
        trajectory = one_picosecond(atoms, teacher, temperature_K, rng)
        if picosecond >= EQUILIBRATE_PS:
            kept += list(np.rint(1e3 * trajectory.positions[1:]).astype(np.int32))
        atoms.positions = trajectory.positions[-1]
        atoms.set_velocities(trajectory.velocities[-1])
        partial_file = file.with_suffix(".partial.npz")
        np.savez_compressed(
            partial_file,
            positions_mA=np.array(kept, np.int32),
            last_positions=trajectory.positions[-1],
            last_velocities=trajectory.velocities[-1],
            ps=picosecond + 1,
        )
        partial_file.replace(file)
        print(f"{temperature_K} K, seed {seed}: {picosecond + 1} ps", flush=True)


def pack_runs(folder: Path, out: Path) -> None:
    """Write both shipped files into `out`, from all runs in `folder` that are complete."""
    teacher, frames = load("chgnet"), []
    arrays = {"interval_ps": PACK_EVERY * KEEP_EVERY * TIMESTEP_FS / 1000, "unit_A": UNIT}
    files = sorted(folder.glob("lgps_teacher_*K_?.npz"))
    for temperature in sorted({name(file)[0] for file in files}):
        runs = []
        for file in files:
            if name(file)[0] != temperature or np.load(file)["ps"] < EQUILIBRATE_PS + PICOSECONDS:
                continue
            positions = np.load(file)["positions_mA"] / 1e3  # (T, N, 3)
            runs.append(positions[::PACK_EVERY])
            every = len(positions) // FRAMES
            for snapshot in positions[every // 2 :: every][:FRAMES]:
                frames.append(lgps())
                frames[-1].positions = snapshot
                frames[-1].info.update(temperature_K=temperature, seed=name(file)[1])
        arrays[f"positions_{temperature}K"] = pack(runs, UNIT)
    partial_file = out / "lgps_teacher.partial.npz"
    np.savez_compressed(partial_file, **arrays)
    partial_file.replace(out / "lgps_teacher.npz")
    write(out / "lgps_teacher_frames.xyz.gz", label(frames, teacher, progress=True))


def name(file: Path) -> tuple[int, int]:
    """Return temperature and seed of a run from the name of its file."""
    temperature, seed = file.stem.removeprefix("lgps_teacher_").split("K_")
    return int(temperature), int(seed)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        pack_runs(Path(sys.argv[1]), Path(__file__).parent)
    else:
        run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
