"""Make butane_300K.xyz.gz, butane_500K.xyz.gz and butane_800K.xyz.gz: ten minutes on 2 cores.

Run: python -m recipes.butane [folder]

Independent runs of butane under GFN2-xTB (tblite), each from its own conformer (trans, gauche+ or
gauche-) and its own velocities: 1 ps to forget them, then 5 ps with a frame each 100 fs.
"""

from itertools import chain
from pathlib import Path

import numpy as np

from lecture8.frames import write
from lecture8.reference import gfn2_xtb, labelled_dynamics, turn_torsion
from lecture8.structures import BUTANE_CHAIN, butane
from recipes.writing import chosen_folder, on_two_cores

RUNS = {300: 4, 500: 24, 800: 4}
CONFORMERS_DEG = (180, 65, 295)


def one_run(temperature_K: int, run: int, picoseconds: float = 5):
    """Return the frames of one run; its seed is made of temperature and number."""
    start = turn_torsion(butane(), BUTANE_CHAIN, CONFORMERS_DEG[run % 3])
    return labelled_dynamics(
        start,
        gfn2_xtb(),
        temperature_K=temperature_K,
        picoseconds=picoseconds,
        record_every_fs=100,
        rng=np.random.default_rng([temperature_K, run]),
        run=f"{temperature_K}K-{run:02d}",
    )


def main(folder: Path) -> None:
    """Write the three files into `folder`."""
    for temperature_K, runs in RUNS.items():
        jobs = [(temperature_K, run) for run in range(runs)]
        frames = list(chain.from_iterable(on_two_cores(one_run, jobs)))
        write(folder / f"butane_{temperature_K}K.xyz.gz", frames)
        print(f"{temperature_K} K: {len(frames)} frames of {runs} runs", flush=True)


if __name__ == "__main__":
    main(chosen_folder())
