"""Make butane_torsions_600K.csv: how often is butane gauche? About 15 minutes on one core.

Run: python -m recipes.butane_torsions [folder]

Eight runs of 50 ps of GFN2-xTB dynamics at 600 K, four from trans and two from either gauche. Each
column of the table is a run, each row an instant, 50 fs apart; the numbers are the dihedral angle
of the four carbon atoms in degrees. 416,000 calls of GFN2-xTB: the reference that notebook 4 holds
its potential's populations to.
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from ase import units

from lecture8.frames import torsion
from lecture8.integrators import langevin_baoab, simulate
from lecture8.reference import gfn2_xtb, turn_torsion
from lecture8.structures import BUTANE_CHAIN, butane, thermalise

TEMPERATURE_K = 600
STARTS_DEG = (180, 65, 180, 295, 180, 65, 180, 295)
PICOSECONDS, EQUILIBRATE_PS = 50, 2
RECORD_EVERY = 50  # steps of 1 fs


def one_run(seed: int) -> np.ndarray:
    """Return the dihedral angle, in whole degrees, each 50 fs."""
    rng = np.random.default_rng([600, seed])
    start = turn_torsion(butane(), BUTANE_CHAIN, STARTS_DEG[seed])
    step = partial(
        langevin_baoab,
        thermal_energy=units.kB * TEMPERATURE_K,
        friction=0.005 / units.fs,
        rng=rng,
    )
    trajectory = simulate(
        thermalise(start, temperature_K=TEMPERATURE_K, rng=rng),
        gfn2_xtb(),
        timestep=1 * units.fs,
        steps=round(1000 * (PICOSECONDS + EQUILIBRATE_PS)),
        record_every=RECORD_EVERY,
        step=step,
    )
    first = round(1000 * EQUILIBRATE_PS) // RECORD_EVERY + 1
    frames = [start.copy() for _ in trajectory.positions[first:]]
    for atoms, positions in zip(frames, trajectory.positions[first:], strict=True):
        atoms.positions = positions
    return np.rint(torsion(frames, BUTANE_CHAIN)).astype(int) % 360


def main(folder: Path) -> None:
    """Write the table into `folder`."""
    with ProcessPoolExecutor(2) as pool:
        runs = list(pool.map(one_run, range(len(STARTS_DEG))))
    file = folder / "butane_torsions_600K.csv"
    header = ",".join(f"run_{k}" for k in range(len(runs)))
    np.savetxt(f"{file}.partial", np.transpose(runs), "%d", ",", header=header, comments="")
    Path(f"{file}.partial").replace(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
