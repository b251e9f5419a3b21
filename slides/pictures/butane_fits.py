"""What the pictures of notebook 3 are drawn from: its fits, made once."""

from functools import cache

import numpy as np

from lecture8.datasets import butane_frames, fitted_butane
from lecture8.fitting import Loss, MomentTensor, errors, fit
from lecture8.frames import split, torsion
from lecture8.reference import gfn2_xtb, labelled_dynamics
from lecture8.structures import BUTANE_CHAIN, butane

RATIOS = (1e-3, 1e-2, 1e-1, 1, 1e1, 1e2, 1e3)  # lambda_E / lambda_F, 1/Å²; the notebook's and more


@cache
def parts():
    """Return training, validation and test frames of the notebook's split by run."""
    always_the_same = np.random.default_rng(0)
    return split(butane_frames("500K"), train=400, validation=100, test=400, rng=always_the_same)


@cache
def five_tests():
    """Return force errors (meV/Å) of a fit to one run, by what it is tested on (cell leak)."""
    rng = np.random.default_rng(3)
    run = {"temperature_K": 500, "picoseconds": 1.2, "record_every_fs": 3, "equilibrate_ps": 0.5}
    live = labelled_dynamics(butane(), gfn2_xtb(), **run, rng=rng, run="live")
    order, others = rng.permutation(280), butane_frames("500K")[::6]
    train, validation, between = (
        [live[i] for i in order[part]] for part in (slice(200), slice(200, 230), slice(230, None))
    )
    seen, angles = torsion(live, BUTANE_CHAIN), torsion(others, BUTANE_CHAIN)
    same_well = (angles > seen.min()) & (angles < seen.max())
    tests = {
        "training": train,
        "between": between,
        "after_a_gap": live[320:],
        "same_well": [others[i] for i in np.flatnonzero(same_well)],
        "outside": [others[i] for i in np.flatnonzero(~same_well)],
    }
    potential = fit(train, validation, model=MomentTensor(level=8), rng=rng, progress=False)
    return {name: errors(frames, potential).force_mae for name, frames in tests.items()}


@cache
def weight_sweep():
    """Return test errors of level 6, 50 frames, for each of `RATIOS` (cell weights)."""
    train, validation, test = parts()
    fitted = [
        fit(
            train[::8],
            validation,
            model=MomentTensor(level=6),
            loss=Loss(energy=1 / (14 * ratio**0.5), forces=1.0),
            rng=np.random.default_rng(0),
            progress=False,
        )
        for ratio in RATIOS
    ]
    return [errors(test, potential) for potential in fitted]


@cache
def moment_tensor(level: int):
    """Return the potential of that level, fitted to 100 frames (cell mtp)."""
    train, validation, _ = parts()
    same = np.random.default_rng(0)
    return fit(train[::4], validation, model=MomentTensor(level=level), rng=same, progress=False)


@cache
def test_errors(name: str):
    """Return errors on the test frames: "MTP" (level 10), or a shipped network's."""
    potential = moment_tensor(10) if name == "MTP" else fitted_butane(name.lower())
    return errors(parts()[2], potential)
