"""Make lgps_runs.npz: how lithium moves in LGPS when the pupil drives, and the data of sigma.

Run: python -m recipes.lgps_runs [folder]   (an hour on two cores)

Ten replicas of 100 ps (2 fs, Langevin, friction 1/ps, after 2 ps that are thrown away) of
`fitted_lgps`: 100 atoms at 500 to 1000 K, and 50 atoms at 600, 800 and 1000 K, all in the cell of
`structures.lgps`, whatever the temperature. Kept every ps, as seen from the framework: the
positions of Li, and the mean squared displacement of P, S and Ge. Each case has a file of its own
in `folder` until all are there; a script that was stopped goes on with the next.
"""

import sys
from pathlib import Path

import numpy as np

from lecture8.datasets import fitted_lgps
from lecture8.ionic_conductivity import fast_mean_squared_displacement, remove_drift
from lecture8.ionic_conductivity.replicas import run_replicas
from lecture8.packed_positions import pack
from lecture8.structures import lgps
from lecture8.workers import LocalProcesses

CELLS = {50: (1, 1, 1), 100: (2, 1, 1)}
CASES = [
    (800, 50),
    (1000, 50),
    (800, 100),
    (600, 100),
    (1000, 100),
    (500, 100),
    (700, 100),
    (600, 50),
    (900, 100),
]
REPLICAS, PICOSECONDS, INTERVAL_PS = 10, 100, 1.0
UNIT = 0.05  # Å, of the packed positions; rounding adds 0.001 Å2 to an MSD


def case(temperature_K: int, atoms: int, executor) -> dict[str, np.ndarray]:
    """Return what is kept of ten replicas."""
    crystal = lgps() * CELLS[atoms]
    runs = run_replicas(
        crystal,
        fitted_lgps(),
        temperatures_K=[temperature_K],
        replicas=REPLICAS,
        picoseconds=PICOSECONDS,
        executor=executor,
        seed=atoms,
        record_every_fs=1000 * INTERVAL_PS,
    )[temperature_K]
    if runs.failures:
        raise RuntimeError(f"at {temperature_K} K, {atoms} atoms: {runs.failures}")
    symbols = runs.symbols
    positions = [remove_drift(x.astype(float), symbols != "Li") for x in runs.positions]
    name = f"{temperature_K}K_{atoms}"
    framework = [
        [fast_mean_squared_displacement(x[:, symbols == s]) for x in positions]
        for s in ("P", "S", "Ge")
    ]  # 3 elements, R replicas, L lags
    return {
        f"positions_{name}": pack([x[:, symbols == "Li"] for x in positions], UNIT),
        f"temperatures_{name}": runs.kinetic_temperatures_K.astype(np.float32),
        f"framework_{name}": np.mean(framework, axis=1).astype(np.float32),
    }


def main(folder: Path) -> None:
    """Run what is missing in `folder`, and pack all of it beside this script."""
    arrays = {"interval_ps": INTERVAL_PS, "unit_A": UNIT}
    with LocalProcesses(2) as executor:
        for temperature_K, atoms in CASES:
            file = folder / f"lgps_runs_{temperature_K}K_{atoms}.npz"
            if not file.exists():
                save(file, case(temperature_K, atoms, executor))
                print(f"{file.name} is done", flush=True)
            arrays |= dict(np.load(file))
    save(Path(__file__).parent / "lgps_runs.npz", arrays)


def save(file: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write the arrays, or nothing."""
    partial = file.with_suffix(".partial.npz")
    np.savez_compressed(partial, **arrays)
    partial.replace(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
