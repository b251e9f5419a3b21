"""Make lgps_pbe.npz: the pupil of PBE for LGPS, the third of notebook 6's three teachers.

Run: python -m recipes.lgps_pbe_pupil [folder]   (some minutes on one core)

It begins with what SevenNet-0 taught its pupil with 1,244 labels (`lgps_sevennet`), and goes on
with PBE's (`pbe_frames`), of which there are a tenth as many.
"""

from pathlib import Path

import numpy as np
from ase import Atoms

from lecture8.datasets import fitted_lgps
from lecture8.fitting import MomentNetworkPotential, errors
from recipes.pbe_frames import packed
from recipes.writing import chosen_folder

FIT = {"epochs": 100, "learning_rate": 1e-3, "batch_size": 4}
HELD = 16  # every so many frames are for validation


def refitted(frames: list[Atoms]) -> MomentNetworkPotential:
    """Return SevenNet-0's pupil after it has seen these frames."""
    train = [atoms for k, atoms in enumerate(frames) if k % HELD]
    rng = np.random.default_rng(9)
    return fitted_lgps("SevenNet-0").fit(train, frames[::HELD], rng=rng, **FIT)


def main(folder: Path) -> None:
    """Write the pupil into `folder`, and say how near to its teacher it is."""
    frames = packed("lgps")
    train = [atoms for atoms in frames if "test" not in atoms.info["run"]]
    test = [atoms for atoms in frames if "test" in atoms.info["run"]]
    pupil = refitted(train)
    pupil.save(folder / "lgps_pbe.npz")
    print(
        f"{len(train)} frames: force RMSE {errors(test, pupil).force_rmse:.0f} meV/Å on {len(test)}"
    )


if __name__ == "__main__":
    main(chosen_folder())
