"""Make lithium_sulfide.xyz.gz: some 8 minutes on one core.

Run: python -m recipes.lithium_sulfide [folder]

Li2S, antifluorite, 12 atoms, at another level of theory than SevenNet-0 was trained on (PBE): the
labels are CHGNet's after its training on r2SCAN. They stand in for your own DFT, which takes hours
where this takes minutes; a fit sees no difference.

Twenty independent runs under SevenNet-0 at 800 K, each with its own lattice constant (drawn within
2 % of the measured one) and velocities: 0.12 ps to forget the crystal, then five frames, 30 fs
apart.
"""

from pathlib import Path

import numpy as np
from ase.spacegroup import crystal

from lecture8 import foundation_models
from lecture8.frames import label, write
from lecture8.reference import labelled_dynamics
from recipes.writing import chosen_folder

RUNS = 20
# Å, measured: Bührer et al., J. Phys.: Condens. Matter 3, 1055 (1991).
LATTICE_CONSTANT = 5.71


def one_run(run: int, potential, *, equilibrate_ps: float = 0.12, frames: int = 5) -> list:
    """Return the frames of one run, labelled by `potential`; its seed is its number."""
    rng = np.random.default_rng([800, run])
    a = LATTICE_CONSTANT * (1 + rng.uniform(-0.02, 0.02))
    sites = [(0, 0, 0), (0.25, 0.25, 0.25)]
    cell = crystal(["S", "Li"], sites, spacegroup=225, cellpar=[a, a, a, 90, 90, 90])
    return labelled_dynamics(
        cell,
        potential,
        temperature_K=800,
        picoseconds=0.03 * frames,
        record_every_fs=30,
        equilibrate_ps=equilibrate_ps,
        timestep_fs=2.0,
        friction_per_fs=0.02,
        rng=rng,
        run=f"800K-{run:02d}",
    )


def main(folder: Path, runs: int = RUNS, **settings) -> None:
    """Write the file into `folder`."""
    sevennet, chgnet = foundation_models.load(), foundation_models.load("chgnet-r2scan")
    frames = []
    for run in range(runs):
        frames += label(one_run(run, sevennet, **settings), chgnet)
        print(f"run {run}: {len(frames)} frames", flush=True)
    write(folder / "lithium_sulfide.xyz.gz", frames)


if __name__ == "__main__":
    main(chosen_folder())
