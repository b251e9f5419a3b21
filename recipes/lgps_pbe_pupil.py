"""Make lgps_pbe.npz: the pupil of PBE for LGPS, the third of notebook 6's three teachers.

Run: python -m recipes.lgps_pbe_pupil folder   (an hour on one core; keeps what it has made on the
way in the folder, and goes on from there. Then copy lgps_pbe.npz into lecture8/data.)

PBE's frames (`pbe_frames`) are few, so they are used twice. SevenNet-0 is fine-tuned to them, and
labels the 1,244 frames of `lgps_sevennet` again: SevenNet-0's pupil goes on with those, and then
with PBE's own. The shorter way, from SevenNet-0's pupil to PBE's frames at once, is a tenth worse
(79 beside 71 meV/Å, one fit each); more passes through PBE's frames than 30 are, too (100: 77).
"""

from pathlib import Path

import numpy as np
from ase import Atoms

from lecture8.conductivity.first_frames import believable
from lecture8.datasets import fitted_lgps, lgps_frames
from lecture8.fitting import MomentNetworkPotential, errors, load
from lecture8.foundation_models import TunedModel, fine_tune
from lecture8.frames import label, read, write
from recipes.lgps_frames import LARGEST_FORCE
from recipes.lgps_sevennet import progress
from recipes.pbe_frames import packed
from recipes.writing import chosen_folder

TUNING = {"epochs": 10, "batch_size": 2}
DISTILLING = {"epochs": 40, "learning_rate": 2e-3}
REFITTING = {"epochs": 30, "learning_rate": 3e-4, "batch_size": 4}
HELD_OF_LABELS, HELD = 40, 16  # every so many frames are for validation


def parts(frames: list[Atoms], every: int) -> tuple[list[Atoms], list[Atoms]]:
    """Return frames for training and for validation."""
    return [atoms for k, atoms in enumerate(frames) if k % every], frames[::every]


def tuned(frames: list[Atoms]) -> TunedModel:
    """Return SevenNet-0 after it has seen these frames."""
    rng = np.random.default_rng(10)
    return fine_tune(*parts(frames, HELD), rng=rng, progress=False, **TUNING)


def distilled(labelled: list[Atoms]) -> MomentNetworkPotential:
    """Return what SevenNet-0's pupil becomes on many labels of a tuned SevenNet-0."""
    train, validation = parts(labelled, HELD_OF_LABELS)
    rng = np.random.default_rng(8)
    start = fitted_lgps("SevenNet-0")
    return start.fit(train, validation, rng=rng, report=progress, **DISTILLING)


def refitted(
    start: MomentNetworkPotential, frames: list[Atoms], **settings
) -> MomentNetworkPotential:
    """Return what a pupil becomes on PBE's own frames."""
    rng = np.random.default_rng(9)
    return start.fit(*parts(frames, HELD), rng=rng, **REFITTING | settings)


def main(folder: Path) -> None:
    """Write the pupil into `folder`, and say how near to its teacher each step has come."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = packed("lgps")
    train = [atoms for atoms in frames if "test" not in atoms.info["run"]]
    test = [atoms for atoms in frames if "test" in atoms.info["run"]]

    def say(what: str, potential) -> None:
        found = errors(test, potential)
        print(
            f"{what}: {found.force_rmse:.0f} meV/Å on {len(test)} test frames, slope on Li "
            f"{found.force_slope('Li'):.3f}",
            flush=True,
        )

    file = folder / "sevennet_tuned.npz"
    if not file.exists():
        tuned(train).save(file)
    teacher = TunedModel.load(file)
    say(f"SevenNet-0 tuned to {len(train)} frames", teacher)
    file = folder / "lgps_relabelled.xyz.gz"
    if not file.exists():
        unlabelled = [atoms.copy() for atoms in lgps_frames()]
        write(file, believable(label(unlabelled, teacher), LARGEST_FORCE))
    again = folder / "lgps_distilled.npz"
    if not again.exists():
        distilled(read(file)).save(again)
    say("its pupil", load(again))
    pupil = refitted(load(again), train)
    pupil.save(folder / "lgps_pbe.npz")
    say("that, refitted", pupil)


if __name__ == "__main__":
    main(chosen_folder())
