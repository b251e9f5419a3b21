"""Li2S in motion: the frames that `pbe.py` labels for notebook 5, four minutes on one core.

Li2S, antifluorite, 12 atoms. Independent runs under SevenNet-0 at 800 K, each with its own lattice
constant (drawn within 2 % of the measured one) and velocities: 0.12 ps to forget the crystal, then
five frames, 30 fs apart. `lgps_pbe.py` puts them into a queue, `pbe.py` labels them (PBE, 2 x 2 x 2
k-points), `pbe_frames.py` packs them into the package.
"""

import numpy as np
from ase.spacegroup import crystal

from lecture8.reference import labelled_dynamics

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
