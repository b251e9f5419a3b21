"""Make ngpo_runs.npz: how sodium moves in NGPO with a vacancy, when the pupil drives.

Run: python lecture8/data/make_ngpo_runs.py pupil.npz folder

Not yet run. At 19 µs for an atom and step, measured for a network of this size, 40 runs of 302 ps
take an hour and three quarters on two cores.

Replicas at constant temperature (2 fs, Langevin, friction 1/ps, after 2 ps that are thrown away) of
Na5Ge12(PO4)18: the hexagonal cell of 108 atoms without one of its six Na, in the cell that CHGNet
relaxed, whatever the temperature. In the full crystal nothing moves: an Na needs an empty M1 to go
to. One vacancy in six is far more than a crystal has, and no charge is balanced: what is measured
is how fast Na goes *with so many vacancies*; D for another share c of empty sites is about that
times c / (1/6), as long as vacancies do not meet. This cell has one, and its images 8.3 Å away.

Kept every ps, as seen from the framework: the positions of Na, and the mean squared displacement of
Ge, P and O. Each temperature has a file of its own in `folder` until all are there; a script that
was stopped goes on with the next.
"""

import runpy
import sys
from pathlib import Path

import numpy as np

from lecture8.fitting.moment_network_potential import MomentNetworkPotential
from lecture8.ionic_conductivity import fast_mean_squared_displacement, remove_drift
from lecture8.ionic_conductivity.replicas import run_replicas
from lecture8.ionic_conductivity.shipped import pack
from lecture8.structures import ngpo
from lecture8.workers import LocalProcesses

structure = runpy.run_path(str(Path(__file__).with_name("make_ngpo.py")))

TEMPERATURES_K = (1300, 1000, 1600, 1150, 1450)
REPLICAS, PICOSECONDS, INTERVAL_PS = 8, 300, 1.0
UNIT = 0.05  # Å, of the packed positions; rounding adds 0.001 Å2 to an MSD
FRAMEWORK = ("Ge", "P", "O")


def crystal():
    """Return the cell of the runs: Na5Ge12P18O72, 107 atoms."""
    return structure["vacant"](structure["hexagonal"](ngpo()))


def case(temperature_K: int, pupil, executor) -> dict[str, np.ndarray]:
    """Return what is kept of the replicas at one temperature."""
    runs = run_replicas(
        crystal(),
        pupil,
        temperatures_K=[temperature_K],
        replicas=REPLICAS,
        picoseconds=PICOSECONDS,
        executor=executor,
        seed=107,
        record_every_fs=1000 * INTERVAL_PS,
    )[temperature_K]
    if runs.failures:
        raise RuntimeError(f"at {temperature_K} K: {runs.failures}")
    symbols = runs.symbols
    positions = [remove_drift(x.astype(float), symbols != "Na") for x in runs.positions]
    framework = [
        [fast_mean_squared_displacement(x[:, symbols == s]) for x in positions] for s in FRAMEWORK
    ]  # 3 elements, R replicas, L lags
    return {
        f"positions_{temperature_K}K": pack([x[:, symbols == "Na"] for x in positions], UNIT),
        f"temperatures_{temperature_K}K": runs.kinetic_temperatures_K.astype(np.float32),
        f"framework_{temperature_K}K": np.mean(framework, axis=1).astype(np.float32),
    }


def main(pupil, folder: Path, out: Path, executor) -> None:
    """Run what is missing in `folder`, and pack all of it into `out`."""
    arrays = {"interval_ps": INTERVAL_PS, "unit_A": UNIT, "cell_A": crystal().cell.array}
    for temperature_K in TEMPERATURES_K:
        file = folder / f"ngpo_runs_{temperature_K}K.npz"
        if not file.exists():
            save(file, case(temperature_K, pupil, executor))
            print(f"{file.name} is done", flush=True)
        arrays |= dict(np.load(file))
    save(out / "ngpo_runs.npz", arrays)


def save(file: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write the arrays, or nothing."""
    partial = file.with_suffix(".partial.npz")
    np.savez_compressed(partial, **arrays)
    partial.replace(file)


if __name__ == "__main__":
    driver = MomentNetworkPotential.load(sys.argv[1])
    with LocalProcesses(2) as workers:
        main(driver, Path(sys.argv[2]), Path(__file__).parent, workers)
