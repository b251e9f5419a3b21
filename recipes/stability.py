"""Make stability.csv: how long moment tensor potentials carry butane at 500 K, of 50 ps.

Run: python -m recipes.stability [folder]    (some 15 minutes on 2 cores)

Each level is fitted five times to the same 400 frames, from other first parameters, so that the
luck of one fit is seen. A row is a run: Langevin dynamics with a step of 0.5 fs, less than a
twentieth of the period of a C-H bond. Runs of one number begin from the same test frame with the
same kicks, whatever the potential.
"""

from itertools import chain
from pathlib import Path

import numpy as np

from lecture8.conductivity.first_frames import as_far_as_it_goes
from lecture8.datasets import butane_frames
from lecture8.fitting import MomentTensor, errors, fit
from lecture8.frames import split
from lecture8.integrators import Langevin
from lecture8.structures import butane, thermalise
from lecture8.validation import survival_time
from recipes.writing import chosen_folder, on_two_cores, write_rows

LEVELS = (12, 10, 8, 6)
FITS, RUNS = 5, 3  # of each level; of each fit
FRAMES = {"train": 400, "validation": 100, "test": 400}
PICOSECONDS = 50
COLUMNS = ("potential", "fit", "run", "parameters", "force_mae_meV_A", "survived_ps")


def survived(potential, start, number: int) -> float:
    """Return how long run `number` at 500 K stays in one piece, ps."""
    rng = np.random.default_rng(number)
    run = as_far_as_it_goes(
        thermalise(start, temperature_K=500, rng=rng),
        potential,
        timestep_fs=0.5,
        picoseconds=PICOSECONDS,
        record_every_fs=10,
        bath=Langevin(temperature_K=500, friction_per_fs=0.002),
        rng=rng,
    )
    # A run that blew up between two records lived until the last of them.
    return round(float(min(survival_time(run, butane()), run.times[-1])), 3)


def one_fit(level: int, number: int) -> list[dict]:
    """Return a row for each run; one that was intact at its end survived all 50 ps."""
    train, validation, test = split(butane_frames(), **FRAMES, rng=np.random.default_rng(0))
    model, rng = MomentTensor(level=level), np.random.default_rng(number)
    potential = fit(train, validation, model=model, rng=rng, progress=False)
    row = {
        "potential": f"mtp {level}",
        "fit": number,
        "parameters": potential.number_of_parameters,
        "force_mae_meV_A": round(errors(test, potential).force_mae, 2),
    }
    return [
        row | {"run": run, "survived_ps": survived(potential, test[100 * run % len(test)], run)}
        for run in range(RUNS)
    ]


def main(folder: Path) -> None:
    """Write the table into `folder`."""
    jobs = [(level, number) for number in range(FITS) for level in LEVELS]
    rows = chain.from_iterable(on_two_cores(one_fit, jobs))
    write_rows(folder / "stability.csv", COLUMNS, rows)


if __name__ == "__main__":
    main(chosen_folder())
