"""`fit` and `load`: one way in for networks and moment tensor potentials."""

import warnings
from pathlib import Path

import numpy as np
from ase import Atoms
from tqdm.auto import tqdm

from lecture8.fitting.batches import to_batch
from lecture8.fitting.loss import Loss
from lecture8.fitting.moment_network_potential import MomentNetworkPotential, is_moment_network
from lecture8.fitting.moment_tensor import MomentTensor, MomentTensorPotential
from lecture8.fitting.moment_tensor_fit import fit_moment_tensor
from lecture8.fitting.network_potential import NetworkPotential
from lecture8.fitting.networks import EnergyNetwork, Network, initialise, reference_energies
from lecture8.fitting.training import train_network
from lecture8.frame_checks import check
from lecture8.frames import duplicates
from lecture8.threads import torch_threads

Potential = NetworkPotential | MomentTensorPotential | MomentNetworkPotential

# A network goes through the frames many times in small steps, a moment tensor potential a few times
# in large ones.
NETWORK_DEFAULTS = {"epochs": 100, "patience": 30, "batch_size": 10, "learning_rate": 1e-2}
# Smaller steps where there is something to lose.
WARM_NETWORK_DEFAULTS = NETWORK_DEFAULTS | {"learning_rate": 2e-3}
MOMENT_TENSOR_DEFAULTS = {"epochs": 100, "patience": 5}


def fit(
    train: list[Atoms],
    validation: list[Atoms],
    *,
    model: Network | MomentTensor | NetworkPotential | MomentTensorPotential,
    rng: np.random.Generator,
    loss: Loss | None = None,
    epochs: int | None = None,
    patience: int | None = None,
    seconds: float | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    threads: int = 1,
    progress: bool = True,
) -> Potential:
    """Fit a potential to the energies and forces of `train`, and keep the one best on `validation`.

    An interrupt (the stop button of the notebook) ends the fit and returns the best so far. The
    same seed gives the same numbers on the same machine, with one thread, unless `seconds` cuts
    the fit short.

    Parameters
    ----------
    train, validation : list of Atoms
        Labelled frames; no run in both (`frames.split`).
    model : Network, MomentTensor, or a fitted potential
        A description starts from nothing, a fitted potential from its parameters (it is not
        changed itself).
    rng : numpy Generator
        Draws the first parameters and the order of the frames.
    loss : Loss, optional
        The weights of energy and forces; `Loss()` if left out.
    epochs : int
        Passes through `train`: one step each for a moment tensor potential, many for a
        network; at most 100.
    patience : int
        Stop after so many epochs without a better validation loss.
    seconds : float
        Stop after the epoch in which so much time has passed.
    batch_size, learning_rate : optional
        Networks only: frames per step (10) and the highest learning rate
        (0.01; from a fitted potential 0.002).
    threads : int
        Networks only: cores to use. Two gain a quarter on an idle machine, and lose nearly
        everything on one where others want the second.
    progress : bool
        Show a bar with the losses.

    Returns
    -------
    potential
        A calculator; `history` holds the losses of each epoch.

    Raises
    ------
    ValueError
        For frames that no potential should be fitted to (`frame_checks.check`), an element of
        `validation` that `train` lacks, or a setting that makes no sense.

    Warns
    -----
    UserWarning
        If a validation frame is a copy of a training frame.
    """
    check_train_and_validation(train, validation)
    is_network = isinstance(model, Network | NetworkPotential)
    if not is_network and not isinstance(model, MomentTensor | MomentTensorPotential):
        raise ValueError(
            f"model is {model!r}; give a Network(...), a MomentTensor(...) or a fitted potential"
        )
    given = {
        "epochs": epochs,
        "patience": patience,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
    }
    given = {name: value for name, value in given.items() if value is not None}
    defaults = NETWORK_DEFAULTS if is_network else MOMENT_TENSOR_DEFAULTS
    if isinstance(model, NetworkPotential):
        defaults = WARM_NETWORK_DEFAULTS
    others = {"threads": threads} | ({} if seconds is None else {"seconds": seconds})
    for name, value in (given | others).items():
        if name in given and name not in defaults:
            raise ValueError(
                f"{name} is {value}, but a moment tensor potential is fitted to all frames at "
                f"once, with a step that it finds itself; leave out {name}"
            )
        if not value > 0:
            raise ValueError(f"{name} is {value}, but must be positive")
    settings = defaults | given
    with tqdm(total=settings["epochs"], disable=not progress, unit="epoch") as bar:

        def report(epoch: int, train_loss: float, validation_loss: float) -> None:
            bar.update()
            bar.set_postfix_str(f"loss {train_loss:.2e}, on validation {validation_loss:.2e}")

        common = {"loss": loss or Loss(), "seconds": seconds, "rng": rng, "report": report}
        if is_network:
            with torch_threads(threads):
                return _fit_network(train, validation, model, **common, **settings)
        settings["iterations"] = settings.pop("epochs")
        return fit_moment_tensor(train, validation, model=model, **common, **settings)


def load(path: str | Path) -> Potential:
    """Return a potential that its `save` wrote: networks (.npz) or an MLIP file (.mtp).

    Nothing in the file is executed: it holds numbers and text.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is neither, is cut short, or was changed since it was written.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"there is no file {path}; check the name and the folder")
    with open(path, "rb") as file:
        is_archive = file.read(2) == b"PK"
    if not is_archive:
        return MomentTensorPotential.load(path)
    return (MomentNetworkPotential if is_moment_network(path) else NetworkPotential).load(path)


def _fit_network(train, validation, model, *, rng, **settings) -> NetworkPotential:
    if isinstance(model, NetworkPotential):
        description, offsets = model.description, model.reference_energies
        network = EnergyNetwork(description)
        network.load_state_dict(model.network.state_dict())
        for atoms in train:
            model.check_elements(atoms)
    else:
        description, offsets = model, reference_energies(train)
        network = initialise(description, rng)
    dtype = next(network.parameters()).dtype
    train, validation = (
        [to_batch(a, description.cutoff, reference_energies=offsets, dtype=dtype) for a in part]
        for part in (train, validation)
    )
    history = train_network(network, train, validation, rng=rng, **settings)
    return NetworkPotential(description, network, offsets, history=history)


def check_train_and_validation(train: list[Atoms], validation: list[Atoms]) -> None:
    """Raise ValueError or warn if the two sets do not make a fit."""
    for name, part in (("training", train), ("validation", validation)):
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
