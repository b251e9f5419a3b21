"""Make learning_curves.csv and butane_<architecture>.npz: some 25 minutes on 2 cores.

Run: python -m recipes.learning_curves [folder]

SchNet, PaiNN and SO3net (32 features, 3 interactions, 5 Å; SO3net to order 1) fitted to 25 ... 400
frames of butane at 500 K, in 1,000 to 4,000 steps of ten frames: a small set is seen more often, a
large one longer. Validation: 100 frames, test: 400, all three from different runs. The fit of the
first seed to 400 frames is kept as the shipped potential.
"""

import time
from itertools import product
from pathlib import Path

import numpy as np

from lecture8.datasets import butane_frames
from lecture8.fitting import Network, errors, fit
from lecture8.frames import split
from recipes.writing import chosen_folder, on_two_cores, write_rows

ARCHITECTURES = ("so3net", "painn", "schnet")  # the slowest first
SIZES = (400, 200, 100, 50, 25)
SEEDS = (0, 1)
COLUMNS = (
    "architecture",
    "frames",
    "seed",
    "parameters",
    "force_mae_meV_A",
    "energy_mae_meV",
    "seconds_one_core",
)


def one_fit(architecture: str, size: int, seed: int, folder: Path) -> dict:
    """Fit, and return a row of the table."""
    import torch

    torch.set_num_threads(1)
    rng = np.random.default_rng([seed, size])
    train, validation, test = split(
        butane_frames(), train=400, validation=100, test=400, rng=np.random.default_rng(0)
    )
    chosen = rng.choice(len(train), size, replace=False)
    began = time.perf_counter()
    potential = fit(
        [train[k] for k in chosen],
        validation,
        model=Network(architecture),
        rng=rng,
        epochs=(800 + 8 * size) * 10 // size,
        patience=1000,
        progress=False,
    )
    seconds = time.perf_counter() - began
    if size == max(SIZES) and seed == 0:
        potential.save(folder / f"butane_{architecture}.npz")
    found = errors(test, potential)
    return {
        "architecture": architecture,
        "frames": size,
        "seed": seed,
        "parameters": potential.number_of_parameters,
        "force_mae_meV_A": round(found.force_mae, 2),
        "energy_mae_meV": round(found.energy_mae, 2),
        "seconds_one_core": round(seconds),
    }


def main(folder: Path) -> None:
    """Write the table and the potentials into `folder`."""
    jobs = [
        (architecture, size, seed, folder)
        for seed, architecture, size in product(SEEDS, ARCHITECTURES, SIZES)
    ]
    write_rows(folder / "learning_curves.csv", COLUMNS, on_two_cores(one_fit, jobs))


if __name__ == "__main__":
    main(chosen_folder())
