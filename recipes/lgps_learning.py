"""Make lgps_learning.csv: what PBE's frames buy, and where it is best to begin.

Run: nice -n 19 python -m recipes.lgps_learning FOLDER [OUT]   (an hour of one core; each fit leaves
its row in FOLDER, and a script that was stopped goes on with the next)

A pupil for LGPS that goes on from what SevenNet-0 or CHGNet taught it with 10 ... 100 frames of
PBE, three draws each, judged by the frames with "test" in their run; and SevenNet-0 itself,
fine-tuned with the first draw.
"""

import json
import sys
from pathlib import Path

import numpy as np

from lecture8.datasets import fitted_lgps, pbe_frames
from lecture8.fitting import errors
from lecture8.foundation_models import fine_tune
from lecture8.replacing import replacing
from recipes.writing import DATA, on_two_cores, write_rows

SIZES = (10, 25, 100)
SEEDS = (0, 1, 2)
FIT = {"epochs": 100, "learning_rate": 1e-3, "batch_size": 4}
HELD = 8  # frames of the training set that validate
TUNING_EPOCHS = {10: 16, 25: 10, 100: 6}
COLUMNS = (
    "begins_with",
    "frames",
    "seed",
    "force_rmse_meV_A",
    "slope_li",
    "energy_scatter_meV_atom",
)


def fitted(begins_with: str, train, held, rng):
    """Return the potential of one fit."""
    if begins_with == "SevenNet-0 itself":
        return fine_tune(train, held, rng=rng, epochs=TUNING_EPOCHS[len(train)], progress=False)
    return fitted_lgps(begins_with).fit(train, held, rng=rng, **FIT)


def row(folder: Path, begins_with: str, frames: int, seed: int) -> dict:
    """Return a row of the table, from `folder` if it was there."""
    file = folder / f"{begins_with.replace(' ', '-')}_{frames}_{seed}.json"
    if not file.exists():
        found = one_fit(begins_with, frames, seed)
        with replacing(file) as partial:
            partial.write_text(json.dumps(found))
    return json.loads(file.read_text())


def one_fit(begins_with: str, frames: int, seed: int) -> dict:
    """Fit, and return a row of the table."""
    import torch

    torch.set_num_threads(1)
    known = [atoms for atoms in pbe_frames() if "test" not in atoms.info["run"]]
    test = [atoms for atoms in pbe_frames() if "test" in atoms.info["run"]]
    order = np.random.default_rng(seed).permutation(len(known))  # each set in the next
    held, train = ([known[k] for k in part] for part in (order[:HELD], order[HELD:][:frames]))
    potential = fitted(begins_with, train, held, np.random.default_rng([seed, frames]))
    found = errors(test, potential)
    off = (found.energies - found.energy_labels) / len(test[0])
    return {
        "begins_with": begins_with,
        "frames": frames,
        "seed": seed,
        "force_rmse_meV_A": round(found.force_rmse, 1),
        "slope_li": round(found.force_slope("Li"), 3),
        "energy_scatter_meV_atom": round(1e3 * off.std(), 2),
    }


def main(folder: Path, out: Path = DATA) -> None:
    """Write the table into `out`."""
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [
        (folder, begins_with, frames, seed)
        for begins_with in ("SevenNet-0", "CHGNet")
        for frames in SIZES
        for seed in SEEDS
    ]
    jobs += [(folder, "SevenNet-0 itself", frames, 0) for frames in SIZES]
    write_rows(out / "lgps_learning.csv", COLUMNS, on_two_cores(row, jobs))


if __name__ == "__main__":
    main(*(Path(name) for name in sys.argv[1:3]))
