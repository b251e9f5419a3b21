"""Make butane_torsions_600K.csv: how often is butane gauche? Half an hour on one core.

Run: python -m recipes.butane_torsions [folder]

Sixteen runs of 50 ps of GFN2-xTB dynamics at 600 K, eight from trans and four from either gauche.
Each column of the table is a run, each row an instant, 50 fs apart; the numbers are the dihedral
angle of the four carbon atoms in degrees. 832,000 calls of GFN2-xTB: the reference that notebook 4
holds its potential's populations to.
"""

from pathlib import Path

import numpy as np

from lecture8.frames import torsion
from lecture8.integrators import Langevin, simulate
from lecture8.reference import gfn2_xtb, turn_torsion
from lecture8.replacing import replacing
from lecture8.structures import BUTANE_CHAIN, butane, moved_to, thermalise
from recipes.writing import chosen_folder, on_two_cores

TEMPERATURE_K = 600
STARTS_DEG = 4 * (180, 65, 180, 295)
PICOSECONDS, EQUILIBRATE_PS = 50, 2
RECORD_FS = 50


def one_run(seed: int) -> np.ndarray:
    """Return the dihedral angle, in whole degrees, each 50 fs."""
    rng = np.random.default_rng([600, seed])
    start = turn_torsion(butane(), BUTANE_CHAIN, STARTS_DEG[seed])
    trajectory = simulate(
        thermalise(start, temperature_K=TEMPERATURE_K, rng=rng),
        gfn2_xtb(),
        timestep_fs=1.0,
        picoseconds=PICOSECONDS + EQUILIBRATE_PS,
        record_every_fs=RECORD_FS,
        bath=Langevin(temperature_K=TEMPERATURE_K, friction_per_fs=0.005),
        rng=rng,
    )
    first = round(1000 * EQUILIBRATE_PS) // RECORD_FS + 1
    frames = [moved_to(positions, start) for positions in trajectory.positions[first:]]
    return np.rint(torsion(frames, BUTANE_CHAIN)).astype(int) % 360


def main(folder: Path) -> None:
    """Write the table into `folder`."""
    runs = list(on_two_cores(one_run, [(seed,) for seed in range(len(STARTS_DEG))]))
    header = ",".join(f"run_{k}" for k in range(len(runs)))
    with replacing(folder / "butane_torsions_600K.csv") as partial:
        np.savetxt(partial, np.transpose(runs), "%d", ",", header=header, comments="")


if __name__ == "__main__":
    main(chosen_folder())
