"""Make nagp_runs.npz: how sodium moves in NAGP, Na1.5Al0.5Ge1.5(PO4)3, when the pupil drives.

Run: python -m recipes.nagp_runs pupil.npz folder   (an hour on two cores)

Replicas at constant temperature (2 fs, Langevin, friction 1/ps, after 4 ps that are thrown away) of
`nagp`, 74 atoms, in the cell that CHGNet relaxed, whatever the temperature. The colder, the longer:
after 100 ps at 1000 K the mean squared displacement still bent. NaGe2(PO4)3 itself would not do:
with all sites M1 full no Na moves, and with one of six taken out none got as far as the next site
in 80 ps, at 1000 K or at 1600 K.

Kept every half ps, as seen from the framework: the positions of Na, and the mean squared
displacement of Al, Ge, P and O. Each temperature has a file of its own in `folder` until all are
there; a script that was stopped goes on with the next.
"""

import sys
from pathlib import Path

import numpy as np

from lecture8.fitting.moment_networks.potential import MomentNetworkPotential
from lecture8.ionic_conductivity import fast_mean_squared_displacement, remove_drift
from lecture8.ionic_conductivity.replicas import run_replicas
from lecture8.packed_positions import pack
from lecture8.structures import nagp
from lecture8.workers import LocalProcesses

# Temperature (K) -> length (ps). At 1350 K one of eight blew up after 60 ps.
PICOSECONDS = {1200: 100, 1100: 100, 1000: 400, 900: 400}
REPLICAS, INTERVAL_PS = 8, 0.5
EQUILIBRATE_PS = 4
UNIT = 0.05  # Å, of the packed positions; rounding adds 0.001 Å2 to an MSD
FRAMEWORK = ("Al", "Ge", "P", "O")


def case(temperature_K: int, pupil, executor) -> dict[str, np.ndarray]:
    """Return what is kept of the replicas at one temperature."""
    runs = run_replicas(
        nagp(),
        pupil,
        temperatures_K=[temperature_K],
        replicas=REPLICAS,
        picoseconds=PICOSECONDS[temperature_K],
        equilibrate_ps=EQUILIBRATE_PS,
        executor=executor,
        seed=74,
        record_every_fs=1000 * INTERVAL_PS,
    )[temperature_K]
    if runs.failures:
        raise RuntimeError(f"at {temperature_K} K: {runs.failures}")
    symbols = runs.symbols
    positions = [remove_drift(x.astype(float), symbols != "Na") for x in runs.positions]
    framework = [
        [fast_mean_squared_displacement(x[:, symbols == s]) for x in positions] for s in FRAMEWORK
    ]  # 4 elements, R replicas, L lags
    return {
        f"positions_{temperature_K}K": pack([x[:, symbols == "Na"] for x in positions], UNIT),
        f"temperatures_{temperature_K}K": runs.kinetic_temperatures_K.astype(np.float32),
        f"framework_{temperature_K}K": np.mean(framework, axis=1).astype(np.float32),
    }


def main(pupil, folder: Path, out: Path, executor) -> None:
    """Run what is missing in `folder`, and pack all of it into `out`."""
    arrays = {"interval_ps": INTERVAL_PS, "unit_A": UNIT, "cell_A": nagp().cell.array}
    for temperature_K in PICOSECONDS:
        file = folder / f"nagp_runs_{temperature_K}K.npz"
        if not file.exists():
            save(file, case(temperature_K, pupil, executor))
            print(f"{file.name} is done", flush=True)
        arrays |= dict(np.load(file))
    save(out / "nagp_runs.npz", arrays)


def save(file: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write the arrays, or nothing."""
    partial = file.with_suffix(".partial.npz")
    np.savez_compressed(partial, **arrays)
    partial.replace(file)


if __name__ == "__main__":
    driver = MomentNetworkPotential.load(sys.argv[1])
    with LocalProcesses(2) as workers:
        main(driver, Path(sys.argv[2]), Path(__file__).parent, workers)
