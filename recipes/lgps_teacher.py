"""Make lgps_teacher.npz and lgps_teacher_frames.xyz.gz: LGPS as CHGNet itself moves it.

Run: python -m recipes.lgps_teacher folder temperature_K seed   (800 and 1000 K, seeds
0 to 2, and 600 K, 0 and 1: twelve minutes each on one core), then with the folder alone, to pack.

20 ps of the 50-atom cell of Li10GeP2S12 at constant temperature (`integrators.Langevin`,
2 fs, friction 1/ps), after 2 ps that are thrown away. A run that was stopped goes on from its last
picosecond. Packed: the unwrapped positions of all atoms every 40 fs, and thirty frames of each run,
labelled by CHGNet.

The thermostat makes the whole cell wander; take the framework's motion away before anything is said
about diffusion. Seed 0 at 1000 K was run with the library's own calculator, the others with
`foundation_models.chgnet_potential`; their forces agree to 5e-5 eV/Å.
"""

import sys
from pathlib import Path

import numpy as np

from lecture8.foundation_models import load
from lecture8.frames import label, write
from lecture8.integrators import Langevin, simulate
from lecture8.packed_positions import pack
from lecture8.structures import lgps, moved_to, thermalise
from recipes.writing import DATA, write_arrays

TIMESTEP_FS, KEEP_EVERY_FS = 2.0, 20.0
EQUILIBRATE_PS, PICOSECONDS = 2, 20
PACK_EVERY, FRAMES = 2, 30  # kept positions; labelled frames of each run
UNIT = 0.01  # Å, of the packed positions: a tenth of what an atom rattles


def one_picosecond(atoms, teacher, temperature_K: int, rng):
    """Return the trajectory of the next picosecond."""
    return simulate(
        atoms,
        teacher,
        timestep_fs=TIMESTEP_FS,
        picoseconds=1,
        record_every_fs=KEEP_EVERY_FS,
        bath=Langevin(temperature_K=temperature_K, friction_per_fs=1e-3),
        rng=rng,
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
        write_arrays(
            file,
            positions_mA=np.array(kept, np.int32),
            last_positions=trajectory.positions[-1],
            last_velocities=trajectory.velocities[-1],
            ps=picosecond + 1,
        )
        print(f"{temperature_K} K, seed {seed}: {picosecond + 1} ps", flush=True)


def pack_runs(folder: Path, out: Path) -> None:
    """Write both shipped files into `out`, from all runs in `folder` that are complete."""
    teacher, frames = load("chgnet"), []
    arrays = {"interval_ps": PACK_EVERY * KEEP_EVERY_FS / 1000, "unit_A": UNIT}
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
                frames.append(moved_to(snapshot, lgps()))
                frames[-1].info.update(temperature_K=temperature, seed=name(file)[1])
        arrays[f"positions_{temperature}K"] = pack(runs, UNIT)
    write_arrays(out / "lgps_teacher.npz", **arrays)
    write(out / "lgps_teacher_frames.xyz.gz", label(frames, teacher, progress=True))


def name(file: Path) -> tuple[int, int]:
    """Return temperature and seed of a run from the name of its file."""
    temperature, seed = file.stem.removeprefix("lgps_teacher_").split("K_")
    return int(temperature), int(seed)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        pack_runs(Path(sys.argv[1]), DATA)
    else:
        run(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
