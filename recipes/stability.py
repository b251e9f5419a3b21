"""Make stability.csv: how long each potential of notebook 3 carries butane at 500 K, of 50 ps.

Run: python -m recipes.stability [folder]    (some 10 minutes on 2 cores)

Langevin dynamics with a step of 1 fs, each run from a test frame of its own, for the shipped
networks and for moment tensor potentials that are fitted here, to the same 400 frames.
"""

from pathlib import Path

import numpy as np

from lecture8.datasets import butane_frames, fitted_butane
from lecture8.fitting import MomentTensor, fit
from lecture8.frames import split
from lecture8.integrators import Langevin
from lecture8.structures import butane, thermalise
from lecture8.validation import survival_time
from recipes.gathering import as_far_as_it_goes
from recipes.writing import chosen_folder, on_two_cores, write_rows

# Runs of each; SO3net takes ten times as long as PaiNN.
RUNS = {"so3net": 1, "schnet": 3, "painn": 3, "mtp 12": 3, "mtp 10": 3, "mtp 8": 3, "mtp 6": 3}
PICOSECONDS = 50
COLUMNS = ("potential", "seed", "survived_ps")


def one_run(name: str, seed: int) -> dict:
    """Return a row of the table; a run that was intact at its end survived all 50 ps."""
    import torch

    torch.set_num_threads(1)
    train, validation, test = split(
        butane_frames(), train=400, validation=100, test=400, rng=np.random.default_rng(0)
    )
    rng = np.random.default_rng(seed)
    if name.startswith("mtp"):
        model = MomentTensor(level=int(name.split()[1]))
        potential = fit(
            train, validation, model=model, rng=np.random.default_rng(0), progress=False
        )
    else:
        potential = fitted_butane(name)
    run = as_far_as_it_goes(
        thermalise(test[100 * seed], temperature_K=500, rng=rng),
        potential,
        timestep_fs=1.0,
        picoseconds=PICOSECONDS,
        record_every_fs=10,
        bath=Langevin(temperature_K=500, friction_per_fs=0.002),
        rng=rng,
    )
    survived = survival_time(run, butane())
    return {"potential": name, "seed": seed, "survived_ps": round(min(survived, PICOSECONDS), 3)}


def main(folder: Path) -> None:
    """Write the table into `folder`."""
    jobs = [(name, seed) for name, runs in RUNS.items() for seed in range(runs)]
    write_rows(folder / "stability.csv", COLUMNS, on_two_cores(one_run, jobs))


if __name__ == "__main__":
    main(chosen_folder())
