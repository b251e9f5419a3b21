"""Make lgps_long_runs.npz: lithium in LGPS from 900 K down to room temperature, by three pupils.

Run, as often as there are cores: nice -n 19 python -m recipes.lgps_long_runs FOLDER
those of some pupils alone:       python -m recipes.lgps_long_runs FOLDER --of CHGNet PBE
at any time, what is there:       python -m recipes.lgps_long_runs FOLDER --pack
and to begin from nothing:        add --anew to each

Ten replicas of each pupil (`fitted_lgps` of CHGNet, SevenNet-0 and PBE) at each temperature of
`NANOSECONDS`: 50 atoms in the cell of `structures.lgps`, whatever the temperature; Langevin,
friction 1/ps, steps of 4 fs after 20 ps that are thrown away. A replica is run in pieces of
0.25 ns; each piece leaves a file in FOLDER with the state in which the next begins, so that whoever
is killed loses half a minute. Pieces of all temperatures and replicas take turns. What is packed
ends with such states, too: who raises `NANOSECONDS` goes on from the shipped file.

Kept of each piece: the positions of Li as seen from the framework, every 2.5 ps or, in the cold,
every 5 or 10; kinetic temperature, mean potential energy, and how far the atoms of the framework
are from where they were when the run began.
"""

import argparse
from pathlib import Path

import numpy as np
from ase import units

from lecture8.datasets import fitted_lgps
from lecture8.integrators import Langevin, Trajectory, initial_state, simulate
from lecture8.packed_positions import pack, unpack
from lecture8.structures import lgps, thermalise
from recipes.ion_runs import UNIT
from recipes.pbe import claimed
from recipes.writing import DATA, write_arrays

REPLICAS, PIECE_PS, EQUILIBRATE_PS, TIMESTEP_FS, FRICTION_PER_FS = 10, 250, 20, 4.0, 1e-3
# Of each replica. Where D is small, more is needed for the same error.
COLD = {300: 0.5, 350: 0.25, 400: 0.25, 450: 0.25}
HOT = dict.fromkeys((500, 600, 700, 800, 900), 0.25)
NANOSECONDS = {
    "CHGNet": COLD,  # hotter: lgps_runs.py
    "SevenNet-0": COLD | HOT,
    "PBE": COLD | HOT | {300: 1, 350: 0.5, 400: 0.5},
}
# What is kept as its mean over a run, and as what.
MEANS = {"kinetic_K": "temperatures", "potential_energy": "energies", "rattle": "framework"}
SHIPPED = DATA / "lgps_long_runs.npz"
FRAMEWORK = ("P", "S", "Ge")
INTERVALS_PS = {300: 10, 350: 10, 400: 5, 450: 5}  # of what is kept; hotter: 2.5 ps


def pieces(teachers) -> list[tuple[str, int, int, int]]:
    """Return teacher, temperature, replica and number of each piece, in the order of work."""
    every = [
        (number, temperature_K, replica, teacher)
        for teacher in teachers
        for temperature_K, nanoseconds in NANOSECONDS[teacher].items()
        for number in range(round(1000 * nanoseconds / PIECE_PS))
        for replica in range(REPLICAS)
    ]
    return [(teacher, T, replica, number) for number, T, replica, teacher in sorted(every)]


def file_of(folder: Path, teacher: str, temperature_K: int, replica: int, number: int) -> Path:
    """Return where a piece is kept."""
    return folder / f"{teacher}_{temperature_K}K_{replica}_{number:02d}.npz"


def moved(start, potential, temperature_K: int, picoseconds, interval_ps, rng) -> Trajectory:
    """Return a run in the bath."""
    return simulate(
        start,
        potential,
        timestep_fs=TIMESTEP_FS,
        picoseconds=picoseconds,
        record_every_fs=1000 * interval_ps,
        bath=Langevin(temperature_K=temperature_K, friction_per_fs=FRICTION_PER_FS),
        rng=rng,
    )


def shipped() -> dict[str, np.ndarray]:
    """Return what is packed already."""
    with np.load(SHIPPED) as arrays:
        return dict(arrays)


def pieces_in(arrays: dict, name: str) -> int:
    """Return how many pieces of a teacher and temperature are packed."""
    if f"positions_{name}" not in arrays:
        return 0
    frames = arrays[f"positions_{name}"].shape[1]
    return round(frames * float(arrays[f"interval_ps_{name}"]) / PIECE_PS)


def start_of(before, potential, temperature_K: int, rng):
    """Return the state in which the piece before ended, or that of a crystal that is warm.

    `before` holds positions and velocities, (2, N, 3), or is None.
    """
    if before is not None:
        return initial_state(*before, lgps().get_masses(), potential, atoms=lgps())
    # The crystal has no potential energy to share: half of what it gets goes there.
    cold = thermalise(lgps(), temperature_K=2 * temperature_K, rng=rng)
    return moved(cold, potential, temperature_K, EQUILIBRATE_PS, EQUILIBRATE_PS, rng).last


def piece(start, potential, temperature_K: int, rng) -> dict[str, np.ndarray]:
    """Return what is kept of a piece."""
    interval_ps = INTERVALS_PS.get(temperature_K, 2.5)
    run = moved(start, potential, temperature_K, PIECE_PS, interval_ps, rng)
    crystal = lgps()
    framework = ~(crystal.symbols == "Li")
    drift = run.positions[:, framework].mean(axis=1) - crystal.positions[framework].mean(axis=0)
    seen = run.positions - drift[:, None]
    rattle = ((seen - crystal.positions) ** 2).sum(axis=-1).mean(axis=0)  # (N,), Å2
    kinetic = 0.5 * (run.masses[:, None] * run.velocities**2).sum(axis=(1, 2)).mean()
    return {
        "lithium": np.rint(seen[1:, ~framework] / UNIT).astype(np.int16),
        "kinetic_K": kinetic / (1.5 * len(crystal) * units.kB),
        "potential_energy": run.potential_energies[1:].mean(),
        "rattle": [rattle[crystal.symbols == symbol].mean() for symbol in FRAMEWORK],
        "end": np.stack([run.last.positions, run.last.velocities]),
    }


def work(folder: Path, teachers=None, there: dict | None = None) -> None:
    """Run what is missing and nobody else has, as far as the pieces before it are there."""
    there = there or {}
    teachers = teachers or tuple(NANOSECONDS)
    pupils = {teacher: fitted_lgps(teacher) for teacher in teachers}
    for teacher, temperature_K, replica, number in pieces(teachers):
        file = file_of(folder, teacher, temperature_K, replica, number)
        packed_pieces = pieces_in(there, f"{teacher}_{temperature_K}K")
        if file.exists() or number < packed_pieces:
            continue
        lock = file.with_suffix(".lock")
        with claimed(lock) as ours:
            before = file_of(folder, teacher, temperature_K, replica, number - 1)
            if not ours or file.exists() or (number > packed_pieces and not before.exists()):
                continue
            end = None
            if number > packed_pieces:
                end = np.load(before)["end"]
            elif number:
                if f"ends_{teacher}_{temperature_K}K" not in there:
                    raise ValueError(
                        f"the packed runs of {teacher} at {temperature_K} K are too short, and do "
                        "not say how they ended: run with --anew, or lower NANOSECONDS"
                    )
                end = there[f"ends_{teacher}_{temperature_K}K"][replica].astype(float)
            rng = np.random.default_rng([temperature_K, replica, number])
            potential = pupils[teacher]
            start = start_of(end, potential, temperature_K, rng)
            write_arrays(file, **piece(start, potential, temperature_K, rng))
            lock.unlink(missing_ok=True)
        print(file.name, flush=True)


def packed(folder: Path, teacher: str, temperature_K: int, there=None) -> dict[str, np.ndarray]:
    """Return what the data set holds of a temperature: the pieces that all replicas have."""
    there, name = there or {}, f"{teacher}_{temperature_K}K"
    before = pieces_in(there, name)
    rows = []  # of the pieces of all replicas
    for number in range(before, round(1000 * NANOSECONDS[teacher][temperature_K] / PIECE_PS)):
        files = [file_of(folder, teacher, temperature_K, k, number) for k in range(REPLICAS)]
        if not all(file.exists() for file in files):
            break
        pieces = [dict(np.load(file)) for file in files]
        rows.append({key: np.array([piece[key] for piece in pieces]) for key in pieces[0]})
    if not rows:
        return {key: there[key] for key in there if key.endswith(f"_{name}")}
    print(f"{name}: {(before + len(rows)) * PIECE_PS / 1000} ns", flush=True)
    lithium, weights = [row["lithium"] * UNIT for row in rows], [1] * len(rows)
    means = {key: [row[key] for row in rows] for key in MEANS}
    if before:
        lithium.insert(0, unpack(there[f"positions_{name}"], UNIT))
        weights.insert(0, before)
        for key, kept_as in MEANS.items():
            means[key].insert(0, there[f"{kept_as}_{name}"])
    return {
        f"positions_{name}": pack(np.concatenate(lithium, axis=1), UNIT),
        f"interval_ps_{name}": INTERVALS_PS.get(temperature_K, 2.5),
        f"ends_{name}": rows[-1]["end"].astype(np.float32),
    } | {
        f"{kept_as}_{name}": np.average(means[key], axis=0, weights=weights)
        for key, kept_as in MEANS.items()  # (R,), (R,) and (R, 3)
    }


def main() -> None:
    """Work, or pack."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the pieces are kept")
    parser.add_argument("--of", nargs="+", choices=NANOSECONDS, help="which pupils")
    parser.add_argument("--pack", action="store_true", help="write the data set instead")
    parser.add_argument("--anew", action="store_true", help="as if nothing was shipped")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    there = {} if options.anew else shipped()
    if not options.pack:
        return work(options.folder, options.of, there)
    arrays = {}
    for teacher, lengths in NANOSECONDS.items():
        for temperature_K in lengths:
            arrays |= packed(options.folder, teacher, temperature_K, there)
    write_arrays(SHIPPED, unit_A=UNIT, **arrays)


if __name__ == "__main__":
    main()
