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

The shipped runs are from before `run_replicas` took an rng: made anew, they have other random
numbers, and the same means within their errors.
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np

from lecture8.fitting import load
from lecture8.structures import nagp
from lecture8.workers import LocalProcesses
from recipes.ion_runs import UNIT, kept_of_replicas
from recipes.writing import DATA, kept_arrays, write_arrays

# Temperature (K) -> length (ps). At 1350 K one of eight blew up after 60 ps.
PICOSECONDS = {1200: 100, 1100: 100, 1000: 400, 900: 400}
REPLICAS, INTERVAL_PS = 8, 0.5
EQUILIBRATE_PS = 4


def case(temperature_K: int, pupil, executor) -> dict[str, np.ndarray]:
    """Return what is kept of the replicas at one temperature."""
    return kept_of_replicas(
        nagp(),
        pupil,
        temperature_K=temperature_K,
        ion="Na",
        framework=("Al", "Ge", "P", "O"),
        name=f"{temperature_K}K",
        replicas=REPLICAS,
        picoseconds=PICOSECONDS[temperature_K],
        equilibrate_ps=EQUILIBRATE_PS,
        executor=executor,
        rng=np.random.default_rng(74),
        record_every_fs=1000 * INTERVAL_PS,
    )


def main(pupil, folder: Path, out: Path, executor) -> None:
    """Run what is missing in `folder`, and pack all of it into `out`."""
    arrays = {"interval_ps": INTERVAL_PS, "unit_A": UNIT, "cell_A": nagp().cell.array}
    for temperature_K in PICOSECONDS:
        file = folder / f"nagp_runs_{temperature_K}K.npz"
        arrays |= kept_arrays(file, partial(case, temperature_K, pupil, executor))
    write_arrays(out / "nagp_runs.npz", **arrays)


if __name__ == "__main__":
    driver = load(sys.argv[1])
    with LocalProcesses(2) as workers:
        main(driver, Path(sys.argv[2]), DATA, workers)
