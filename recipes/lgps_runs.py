"""Make lgps_runs.npz: how lithium moves in LGPS when the pupil drives, and the data of sigma.

Run: python -m recipes.lgps_runs [folder]   (an hour on two cores)

Ten replicas of 100 ps (2 fs, Langevin, friction 1/ps, after 2 ps that are thrown away) of
`fitted_lgps`: 100 atoms at 500 to 1000 K, and 50 atoms at 600, 800 and 1000 K, all in the cell of
`structures.lgps`, whatever the temperature. Kept every ps, as seen from the framework: the
positions of Li, and the mean squared displacement of P, S and Ge. Each case has a file of its own
in `folder` until all are there; a script that was stopped goes on with the next.

The shipped runs are from before `run_replicas` took an rng: made anew, they have other random
numbers, and the same means within their errors.
"""

import sys
from functools import partial
from pathlib import Path

import numpy as np

from lecture8.datasets import fitted_lgps
from lecture8.structures import lgps
from lecture8.workers import LocalProcesses
from recipes.ion_runs import UNIT, kept_of_replicas
from recipes.writing import DATA, kept_arrays, write_arrays

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


def case(temperature_K: int, atoms: int, executor) -> dict[str, np.ndarray]:
    """Return what is kept of ten replicas."""
    return kept_of_replicas(
        lgps() * CELLS[atoms],
        fitted_lgps(),
        temperature_K=temperature_K,
        ion="Li",
        framework=("P", "S", "Ge"),
        name=f"{temperature_K}K_{atoms}",
        replicas=REPLICAS,
        picoseconds=PICOSECONDS,
        executor=executor,
        rng=np.random.default_rng(atoms),
        record_every_fs=1000 * INTERVAL_PS,
    )


def main(folder: Path, out: Path = DATA) -> None:
    """Run what is missing in `folder`, and pack all of it into `out`."""
    arrays = {"interval_ps": INTERVAL_PS, "unit_A": UNIT}
    with LocalProcesses(2) as executor:
        for temperature_K, atoms in CASES:
            file = folder / f"lgps_runs_{temperature_K}K_{atoms}.npz"
            arrays |= kept_arrays(file, partial(case, temperature_K, atoms, executor))
    write_arrays(out / "lgps_runs.npz", **arrays)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
