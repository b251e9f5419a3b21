"""How accurate a fit is after the same time: ours against libraries with their own settings.

All get the same 400 butane frames of 500 K for training, 100 for validation and 400 for the test,
all from different runs, two threads, and the same seconds: those that 50 epochs of ours take, so
that the result does not hang on the machine. The clock runs from frames in memory to the last
epoch, so each library's own preparation of the data is in; imports, a first fit to a few frames
that compiles what is compiled at first use, and the test are not. A round is a seed, and each fit
has a process of its own, since the libraries set seeds, precision and logging for everyone.
"""

import argparse
import contextlib
import io
import logging
import multiprocessing
import tempfile
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import torch
from ase import Atoms
from ase.io import write
from contest import Contest, keep, take_turns
from stock import NETWORK, Stock, butane_parts

from lecture8.fitting import MomentTensor, errors, fit
from lecture8.frames import pair_distances

THREADS = 2
Parts = tuple[list[Atoms], list[Atoms], list[Atoms]]

# The "MACE in practice I" tutorial's configuration; its molecules, too, carry energies of an xTB.
MACE_TUTORIAL = {
    "model": "MACE",
    "num_interactions": 2,
    "num_channels": 32,
    "max_L": 0,
    "correlation": 2,
    "r_max": 4.0,
    "max_ell": 2,
    "E0s": "average",
    "batch_size": 10,
    "swa": True,
}
# The optimisation steps of motep's own example of training (hydrocarbons as well). It has the
# energies of the elements fixed; here they are free, or total energies could not be fitted.
MOTEP_STEPS = [
    {"method": "Level2MTP", "optimized": ["radial_coeffs"]},
    {"method": "LLS", "optimized": ["moment_coeffs", "species_coeffs"]},
    {
        "method": "minimize",
        "optimized": ["radial_coeffs", "moment_coeffs", "species_coeffs"],
        "kwargs": {"method": "BFGS", "jac": True, "tol": 1e-3, "options": {"maxiter": 1000}},
    },
    {"method": "LLS", "optimized": ["moment_coeffs", "species_coeffs"]},
]
SETTINGS = """
The same 400 training, 100 validation and 400 test frames of butane (500 K, GFN2-xTB, different
runs), two threads, the same seconds; a round is a seed. They are what 50 epochs of our PaiNN
take, measured before each round: on a machine half as fast all get twice as long. The clock
runs from frames in memory to the end of the last epoch, preparation of the data included; imports,
compilation at first use and the test are outside. Ours, PaiNN: 32 features, 3 interactions, 20
Gaussians, 5 Å, single precision, `fit` with its defaults (batch 10, learning rate up to 0.01 and
down to zero); how many epochs fit in is found by a fit of three, inside the clock. Ours, moment
tensor: level 12, 5 Å, double precision, one thread, `fit` with its defaults, which ends by itself.
SchNetPack 2.2: the same PaiNN and batch, single precision, as its tutorial on MD17 sets it up
(AdamW at 0.0001, loss weights 0.01 and 0.99, one loader process beside the two threads), and once
more at 0.001; the best epoch on validation is kept, and the epoch that is running when time is up
may end. MACE 0.3.16: its training program with the settings of the tutorial "MACE in practice I" (2
interactions, 32 channels, max_L 0, max_ell 2, correlation 2, 4 Å, E0s average, batch 10, learning
rate 0.01 with stage two in the last quarter, double precision), and once more in single precision
and with an exponential moving average of decay 0.99, both of which its README recommends or shows;
the tutorial's 50 epochs become as many as fit in, found by a trial outside the clock, and what
stage two leaves is tested, even if the machine slowed down and time ran over. motep 0.2.0: its
trainer with the steps of its own example (Level2MTP, least squares, BFGS, least squares), its
default loss, double precision, one thread, 5 Å and 8 polynomials as ours, but level 8, which did
better on the test frames than 12; the last least squares are outside the clock.
"""


class Outcome(NamedTuple):
    """What a fit led to, on the test frames; seconds on its clock, epochs or iterations."""

    force_mae: float  # meV/Å
    energy_mae: float  # meV/atom
    seconds: float
    epochs: int


def judged(potential, test: list[Atoms], seconds: float, epochs: int) -> Outcome:
    """Return the outcome of a fit, all potentials measured by the same function."""
    found = errors(test, potential)
    return Outcome(found.force_mae, found.energy_mae_per_atom, seconds, epochs)


def few(parts: Parts) -> Parts:
    """Return some frames of each part, for a first fit that only warms up."""
    return tuple(part[:20] for part in parts)


OUR_FIT = partial(fit, model=NETWORK, threads=THREADS, progress=False)


def seconds_per_epoch(parts: Parts, seed: int) -> float:
    """Return what an epoch of our PaiNN takes, of three, preparation of the data included."""
    OUR_FIT(*few(parts)[:2], rng=np.random.default_rng(seed), epochs=1)  # compiles
    began = time.perf_counter()
    OUR_FIT(*parts[:2], rng=np.random.default_rng(seed), epochs=3)
    return (time.perf_counter() - began) / 3


# Contestants: (parts, seed, budget in seconds) -> Outcome


def our_network(parts: Parts, seed: int, budget: float) -> Outcome:
    """Fit our PaiNN with a schedule that ends with the budget."""
    *_, test = parts
    per_epoch = seconds_per_epoch(parts, seed)
    began = time.perf_counter() - 3 * per_epoch  # the trial is inside the clock
    # The trial prepared the data for three epochs only, so the schedule rather ends early.
    left = max(1.0, budget - 3 * per_epoch)
    potential = OUR_FIT(
        *parts[:2],
        rng=np.random.default_rng(seed),
        epochs=max(1, int(left / per_epoch)),
        seconds=left,
    )
    seconds = time.perf_counter() - began
    return judged(potential, test, seconds, len(potential.history["epoch"]))


def our_moment_tensor(parts: Parts, seed: int, budget: float) -> Outcome:
    """Fit our moment tensor potential, which has the budget as a limit only."""
    train, validation, test = parts
    ours = partial(fit, model=MomentTensor(level=12), progress=False)
    ours(*few(parts)[:2], rng=np.random.default_rng(seed), epochs=1)
    began = time.perf_counter()
    potential = ours(train, validation, rng=np.random.default_rng(seed), seconds=budget)
    seconds = time.perf_counter() - began
    return judged(potential, test, seconds, len(potential.history["epoch"]))


def schnetpack(parts: Parts, seed: int, budget: float, *, learning_rate: float) -> Outcome:
    """Train SchNetPack's PaiNN until the budget is spent."""
    from schnetpack.interfaces import SpkCalculator
    from schnetpack.transform import ASENeighborList

    with folder() as path:
        Stock(few(parts), path, learning_rate).fit(1)
    torch.manual_seed(seed)
    with folder() as path:
        began = time.perf_counter()
        stock = Stock(parts, path, learning_rate)
        epochs = stock.fit(100_000, lambda _: time.perf_counter() - began < budget)
        seconds = time.perf_counter() - began
        (best,) = path.glob("*.ckpt")
        # It holds classes beside the weights; this process wrote it.
        stock.task.load_state_dict(torch.load(best, weights_only=False)["state_dict"])
    calculator = SpkCalculator(
        stock.task.model.eval(), ASENeighborList(5.0), energy_unit="eV", position_unit="Ang"
    )
    return judged(calculator, parts[2], seconds, len(epochs))


def mace(parts: Parts, seed: int, budget: float, **changes: object) -> Outcome:
    """Run MACE's training program with as many epochs as the budget has room for."""
    with folder() as path:
        ready, *ends = train_mace(parts, path, seed=seed, max_num_epochs=2, **changes)
    per_epoch = ends[1] - ends[0]
    epochs = max(4, int((budget - ready) / per_epoch))  # a quarter of four is stage two
    with folder() as path:
        marks = train_mace(parts, path, seed=seed, max_num_epochs=epochs, **changes)
        from mace.calculators import MACECalculator

        calculator = MACECalculator(
            model_paths=str(path / "butane_stagetwo.model"),
            device="cpu",
            default_dtype=changes.get("default_dtype", "float64"),
        )
    return judged(calculator, parts[2], marks[-1], epochs)


def train_mace(parts: Parts, path: Path, **changes: object) -> list[float]:
    """Run the program and return the seconds until its first step and until each epoch's end."""
    from mace.cli.run_train import run
    from mace.tools import build_default_arg_parser

    settings = MACE_TUTORIAL | changes | {"name": "butane", "work_dir": path, "device": "cpu"}
    settings |= {"plot": False}  # drawn afterwards
    began = time.perf_counter()
    for name, frames in (("train", parts[0]), ("valid", parts[1])):
        settings[f"{name}_file"] = path / f"{name}.xyz"
        write(settings[f"{name}_file"], [labelled_for_mace(atoms) for atoms in frames])
    options = [f"--{k}" if v is True else f"--{k}={v}" for k, v in settings.items()]
    marks = []
    with listening(
        lambda text: (
            marks.append(time.perf_counter() - began)
            if text.startswith(("Initial:", "Epoch "))
            else None
        ),
        logging.getLogger(),
    ):
        run(build_default_arg_parser().parse_args(options))
    return marks


def labelled_for_mace(atoms: Atoms) -> Atoms:
    """Return a copy with the labels where MACE looks for them."""
    copy = Atoms(atoms.numbers, atoms.positions)
    copy.info["REF_energy"] = atoms.get_potential_energy()
    copy.arrays["REF_forces"] = atoms.get_forces()
    return copy


class TimeIsUpError(Exception):
    """Raised at an iteration of motep's, since its trainer knows no clock."""


def motep(parts: Parts, seed: int, budget: float) -> Outcome:
    """Run motep's trainer until the budget is spent."""
    from motep.calculator import MTP
    from motep.train.trainer import Trainer

    train, _, test = parts
    *steps, last = MOTEP_STEPS
    log, iterations = logging.getLogger("motep"), []
    log.setLevel(logging.INFO)
    with folder() as path, contextlib.chdir(path):  # it writes a potential where it stands
        began = time.perf_counter()

        def stop_in_time(text: str) -> None:
            if text.startswith("loss "):
                iterations.append(time.perf_counter() - began)
                if iterations[-1] > budget:
                    raise TimeIsUpError

        data = untrained(train)
        # What it evaluated last stays in `data`.
        with contextlib.suppress(TimeIsUpError), listening(stop_in_time, log):
            Trainer(data, seed=seed + 1, steps=steps).train(train)  # 0 would be no seed
        seconds = time.perf_counter() - began
        Trainer(data, seed=seed + 1, steps=[last]).train(train)
    return judged(MTP(data), test, seconds, len(iterations))


def untrained(train: list[Atoms]):
    """Return motep's data of a moment tensor potential whose coefficients it is to draw itself."""
    from lecture8.fitting.moment_tensors.description import blank

    shortest = min(pair_distances(atoms)[0].min() for atoms in train)
    data = blank(MomentTensor(level=8), ["H", "C"], shortest)
    data.species_coeffs = data.moment_coeffs = data.radial_coeffs = None
    return data


@contextlib.contextmanager
def listening(heard: Callable[[str], None], logger: logging.Logger):
    """Call `heard` with each message of a logger: the only sign of life that a library gives."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard(record.getMessage())

    ear = Ear()
    logger.addHandler(ear)
    try:
        yield
    finally:
        logger.removeHandler(ear)


@contextlib.contextmanager
def folder():
    """Give a temporary folder as a Path."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


CONTESTANTS = {
    "ours, PaiNN": our_network,
    "ours, moment tensor": our_moment_tensor,
    "SchNetPack, tutorial": partial(schnetpack, learning_rate=1e-4),
    "SchNetPack, learning rate 0.001": partial(schnetpack, learning_rate=1e-3),
    "MACE, tutorial": mace,
    "MACE, single precision and average": partial(
        mace, default_dtype="float32", ema=True, ema_decay=0.99
    ),
    "motep, its example": motep,
}


@contextlib.contextmanager
def quietly():
    """Give two threads and no output to what runs in a process of its own."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(THREADS)
    silence = io.StringIO()
    with contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
        yield


def fitted(name: str, seed: int, budget: float) -> Outcome:
    """Return the outcome of one contestant; this is what runs in a process of its own."""
    with quietly():
        return CONTESTANTS[name](butane_parts(), seed, budget)


def trial() -> float:
    """Return the seconds of an epoch of ours; this, too, runs in a process of its own."""
    with quietly():
        return seconds_per_epoch(butane_parts(), 0)


@cache
def budget_of(turn: int, epochs: int) -> float:
    """Return the seconds that all get in this round."""
    seconds = epochs * in_a_process(trial)
    print(f"round {turn + 1}: {seconds:.0f} s for each", flush=True)
    return seconds


def in_a_process(function: Callable, *arguments: object):
    """Return what a function returns, which had a process of its own."""
    # Forked, not spawned: SchNetPack's loaders start as this process did, and forks are quick.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
        return pool.submit(function, *arguments).result()


def compete(name: str, outcomes: list[Outcome], epochs: int) -> float:
    """Let a contestant fit with the next seed, append its outcome and return the force MAE."""
    turn = len(outcomes)
    outcome = in_a_process(fitted, name, turn, budget_of(turn, epochs))
    outcomes.append(outcome)
    print(
        f"{name}: {outcome.force_mae:.1f} meV/Å, {outcome.energy_mae:.2f} meV/atom, "
        f"{outcome.epochs} epochs in {outcome.seconds:.0f} s",
        flush=True,
    )
    return outcome.force_mae


def main() -> None:
    """Run the rounds and keep the errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    # Rounds of the same thing miss each other by chance in 1 of 10 cases with three, 1 of 126 with
    # five; and a half-trained network's energies change with the epoch at which time is up.
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=50, help="of ours, the budget of each fit")
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, help="these, and keep nothing")
    arguments = parser.parse_args()
    outcomes = {name: [] for name in arguments.only or CONTESTANTS}
    forces = take_turns(
        f"force MAE after the time of {arguments.epochs} epochs of ours",
        "meV/Å",
        {name: partial(compete, name, outcomes[name], arguments.epochs) for name in outcomes},
        rounds=arguments.rounds,
    )
    if arguments.only:
        return
    energies = Contest(
        f"energy MAE after the time of {arguments.epochs} epochs of ours",
        "meV/atom",
        {name: [outcome.energy_mae for outcome in found] for name, found in outcomes.items()},
    )
    took = "; ".join(
        f"{name}, {median(o.epochs for o in found):.0f} in {median(o.seconds for o in found):.0f} s"
        for name, found in outcomes.items()
    )
    budgets = [budget_of(turn, arguments.epochs) for turn in range(arguments.rounds)]
    notes = f"""
        Budgets: {", ".join(f"{seconds:.0f}" for seconds in budgets)} s. Epochs (moment tensors:
        iterations) and seconds used, medians: {took}. The settings of a tutorial are not made for
        so little time: given hours, the order may be another.
    """
    keep("accuracy", "Accuracy at equal budget, butane", SETTINGS, [forces, energies], notes)


if __name__ == "__main__":
    main()
