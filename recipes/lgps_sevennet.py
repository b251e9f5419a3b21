"""Make lgps_sevennet.npz: SevenNet-0's pupil for LGPS, the second of notebook 6's three teachers.

Run: python -m recipes.lgps_sevennet [folder]   (some forty minutes on one core)

The frames are those that CHGNet's pupil was fitted to (`lgps_frames`), with SevenNet-0's labels
instead of CHGNet's; the fit begins with CHGNet's pupil.
"""

from pathlib import Path

import numpy as np
from ase import Atoms

from lecture8 import foundation_models
from lecture8.conductivity.first_frames import believable
from lecture8.datasets import fitted_lgps, lgps_frames
from lecture8.fitting import MomentNetworkPotential, errors
from lecture8.frames import label
from recipes.lgps_frames import LARGEST_FORCE
from recipes.writing import chosen_folder

FIT = {"epochs": 80, "learning_rate": 2e-3}
HELD = 40  # every so many frames are for validation


def relabelled() -> list[Atoms]:
    """Return the frames of `lgps_frames` with SevenNet-0's labels."""
    frames = [atoms.copy() for atoms in lgps_frames()]
    return believable(label(frames, foundation_models.load("sevennet-0")), LARGEST_FORCE)


def pupil_of(frames: list[Atoms]) -> MomentNetworkPotential:
    """Return what CHGNet's pupil becomes on them."""
    start = fitted_lgps()
    train = [atoms for k, atoms in enumerate(frames) if k % HELD]
    rng = np.random.default_rng(8)
    return start.fit(train, frames[::HELD], rng=rng, report=progress, **FIT)


def progress(epoch: int, train: float, validation: float) -> None:
    """Print a line every tenth epoch."""
    if epoch % 10 == 0:
        print(f"epoch {epoch}: loss {train:.3g}, on validation {validation:.3g}", flush=True)


def main(folder: Path) -> None:
    """Write the pupil into `folder`, and say how near to its teacher it is."""
    frames = relabelled()
    print(f"{len(frames)} frames are labelled", flush=True)
    pupil = pupil_of(frames)
    pupil.save(folder / "lgps_sevennet.npz")
    print(f"force RMSE {errors(frames[::HELD], pupil).force_rmse:.0f} meV/Å on {HELD}th frames")


if __name__ == "__main__":
    main(chosen_folder())
