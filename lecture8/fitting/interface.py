"""`fit` and `load`: one way in for networks, moment tensor potentials and moment networks.

What needs torch is imported where it is used: a fitted potential may do without.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from ase import Atoms
from tqdm.auto import tqdm

from lecture8.arguments import check_generator, check_whole
from lecture8.fitting.common.description import Description
from lecture8.fitting.common.fitted_potential import FittedPotential
from lecture8.fitting.common.loss import Loss
from lecture8.fitting.moment_networks.potential import MomentNetworkPotential, is_moment_network
from lecture8.fitting.moment_tensors.potential import MomentTensorPotential
from lecture8.frames import check, duplicates
from lecture8.imports import whole_import
from lecture8.replacing import existing


def fit(
    train: list[Atoms],
    validation: list[Atoms],
    *,
    model: Description | FittedPotential,
    rng: np.random.Generator,
    loss: Loss | None = None,
    epochs: int | None = None,
    patience: int | None = None,
    seconds: float | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    threads: int = 1,
    progress: bool = True,
) -> FittedPotential:
    """Fit a potential to the energies and forces of `train`, and keep the one best on `validation`.

    A moment network learns from stresses, too, and what is kept is the end of its fit, to which the
    learning rate falls; `validation` only watches.

    An interrupt (the stop button of the notebook) ends the fit and returns the best so far: of a
    fitted potential, at least what it was; of a description, nothing before the end of the first
    epoch, and the interrupt is passed on. The same seed gives the same numbers on the same machine,
    with one thread, unless `seconds` cuts the fit short.

    Parameters
    ----------
    train, validation : list of Atoms
        Labelled frames; no run in both (`frames.split`).
    model : Network, MomentTensor, MomentNetwork, or a fitted potential
        A description starts from nothing, a fitted potential from its parameters (it is not
        changed itself).
    rng : numpy Generator
        Draws the first parameters and the order of the frames.
    loss : Loss, optional
        Which error of energy, of forces and (for a moment network) of stress counts as one; if left
        out, that of the model: 10 meV per atom and 44 meV/Å, for a moment network 50 meV/Å.
    epochs : int
        Passes through `train`: one step each for a moment tensor potential, many for a
        network; at most 100 (200 for a moment network).
    patience : int
        Stop after so many epochs without a better validation loss; not for a moment network.
    seconds : float
        Stop after the epoch in which so much time has passed. The learning rate has fallen to zero
        by then.
    batch_size, learning_rate : optional
        Networks only: frames per step (10; moment networks 4) and the highest learning rate
        (0.01, from a fitted potential 0.002; moment networks 0.002 and 0.001).
    threads : int
        For a Network: cores to use. Two gain a quarter on an idle machine, and lose nearly
        everything on one where others want the second. The others use one.
    progress : bool
        Show a bar with the losses.

    Returns
    -------
    potential
        A calculator; `history` holds the losses of each epoch.

    Raises
    ------
    ValueError
        For frames that no potential should be fitted to (`frames.check`), an element of
        `validation` that `train` lacks, a setting that makes no sense, or a fit whose validation
        loss was never finite.

    Warns
    -----
    UserWarning
        If a validation frame is a copy of a training frame.
    """
    check_generator("rng", rng)
    check_train_and_validation(train, validation)
    if not isinstance(model, Description | FittedPotential):
        raise ValueError(
            f"model is {model!r}; give a Network(...), a MomentTensor(...), a MomentNetwork(...) "
            "or a fitted potential"
        )
    check_whole("threads", threads, 1)
    if epochs is None:
        epochs = getattr(model, "description", model).defaults["epochs"]
    check_whole("epochs", epochs, 1)
    settings = {
        "epochs": epochs,
        "patience": patience,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
    }
    with tqdm(total=epochs, disable=not progress, unit="epoch") as bar:

        def report(epoch: int, train_loss: float, validation_loss: float) -> None:
            bar.update()
            bar.set_postfix_str(f"loss {train_loss:.2e}, on validation {validation_loss:.2e}")

        return model.fit(
            train,
            validation,
            rng=rng,
            loss=loss,
            seconds=seconds,
            threads=threads,
            report=report,
            **{name: value for name, value in settings.items() if value is not None},
        )


def load(path: str | Path) -> FittedPotential:
    """Return a potential that its `save` wrote: networks (.npz) or an MLIP file (.mtp).

    Nothing in the file is executed: it holds numbers and text.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is neither, is cut short, or was changed since it was written.
    """
    with open(existing(path), "rb") as file:
        is_archive = file.read(2) == b"PK"
    if not is_archive:
        return MomentTensorPotential.load(path)
    if is_moment_network(path):
        return MomentNetworkPotential.load(path)
    with whole_import():
        from lecture8.fitting.networks.potential import NetworkPotential

    return NetworkPotential.load(path)


def check_train_and_validation(train: list[Atoms], validation: list[Atoms]) -> None:
    """Raise ValueError or warn if the two sets do not make a fit."""
    for name, part in (("training", train), ("validation", validation)):
        if isinstance(part, Atoms):
            raise ValueError(f"the {name} set is one {part.symbols}, but must be a list of frames")
        if not part:
            raise ValueError(f"the {name} set is empty; see lecture8.frames.split")
    # Together, so that a validation set in other units is found as well.
    check(train + validation, name="the training and validation frames")
    known = {symbol for atoms in train for symbol in atoms.symbols}
    for index, atoms in enumerate(validation):
        if new := sorted(set(atoms.symbols) - known):
            raise ValueError(
                f"validation frame {index} contains {new[0]}, which no training frame does "
                f"({', '.join(sorted(known))}); add frames with it to the training set"
            )
    if same := duplicates(train, validation):
        warnings.warn(
            f"{len(same)} validation frames are copies of training frames (training frame "
            f"{same[0][0]} is validation frame {same[0][1]}): their errors measure memory; "
            "split by independent runs, lecture8.frames.split(frames, ..., by='run')",
            stacklevel=3,
        )
