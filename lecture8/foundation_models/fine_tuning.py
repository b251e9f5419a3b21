"""Fine-tuning: a foundation model goes on learning, on a few frames of your own."""

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator
from tqdm.auto import tqdm

from lecture8.arguments import check_generator, check_positive, check_whole
from lecture8.foundation_models.catalogue import MODELS
from lecture8.foundation_models.further_training import TRAINABLE, labelled_graph, train_further
from lecture8.foundation_models.loading import load
from lecture8.foundation_models.memory import available_memory_MB
from lecture8.foundation_models.tuned_model import START, TunedModel
from lecture8.imports import whole_import
from lecture8.pairs import pairs_within
from lecture8.threads import torch_settings

# Memory of one frame's loss and its gradient, measured on 16, 54 and 128 atoms of silicon.
TRAINING_MB_PER_PAIR = 0.27


def fine_tune(
    frames: list[Atoms],
    validation: list[Atoms],
    *,
    rng: np.random.Generator,
    loss=None,
    epochs: int = 4,
    learning_rate: float = 2e-3,
    batch_size: int = 1,
    shift: bool = True,
    trainable: str = "all",
    threads: int = 1,
    progress: bool = True,
) -> TunedModel:
    """Train SevenNet-0 further on `frames`, and keep the epoch that is best on `validation`.

    Adam, with the learning rate of `fit`: up within a tenth of the steps, then down to zero. An
    interrupt (the stop button of the notebook) ends it and returns the best so far: before the end
    of the first epoch, the model as it was, with the shift. The same seed gives the same numbers on
    the same machine, with one thread. `load` still gives the model as it was. One core
    needs some 0.7 ms for each pair of atoms within 5 Å, frame and epoch: a third of a second for 12
    atoms of Li2S.

    Parameters
    ----------
    frames, validation : list of Atoms
        Labelled by *one* other level of theory; no run in both (`frames.split`).
    rng : numpy Generator
        Draws the order of the frames.
    loss : fitting.Loss, optional
        Which error of energy and of forces counts as one; 12 meV per atom and 44 meV/Å if left out.
    epochs : int
        Passes through `frames`. With 0 nothing is trained, and only the shift is found.
    learning_rate : float
        The highest; that of `fit` for a warm start, a fifth of what random weights get.
    batch_size : int
        Frames per step.
    shift : bool
        Before training, add the difference of the two levels' atomic energies, `energy_shift`.
        Without, the network has to learn it, and forgets what it knew of forces.
    trainable : str
        "all" weights, or the "last" convolution and the readout.
    threads : int
        Cores to use, here and by the result.
    progress : bool
        Show a bar with the losses.

    Raises
    ------
    ValueError
        For frames that no potential should be fitted to (`frames.check`), an element that
        SevenNet-0 does not know or only `validation` has, a setting that makes no sense, or if the
        validation loss was finite after no epoch.
    MemoryError
        If the largest frame does not fit.

    Warns
    -----
    UserWarning
        If a validation frame is a copy of a training frame.
    """
    # Here, since a table of the models must not wait for the fitting room.
    with whole_import():
        from lecture8.fitting.common.loss import Loss
        from lecture8.fitting.interface import check_train_and_validation

    check_generator("rng", rng)
    check_whole("epochs", epochs, 0)  # 0 finds the shift only
    check_whole("batch_size", batch_size, 1)
    check_whole("threads", threads, 1)
    check_positive("learning_rate", learning_rate)
    if trainable not in TRAINABLE:
        raise ValueError(f"trainable is {trainable!r}; choose {' or '.join(map(repr, TRAINABLE))}")
    if loss is not None and not isinstance(loss, Loss):
        raise ValueError(f"loss is {loss}, but must be a Loss(...) (lecture8.fitting.common.loss)")
    # Read from the wheel again, so that no weight is shared with a model that somebody uses.
    start = load(START, threads=threads)
    for atoms in [*frames, *validation]:
        start.check_atoms(atoms)
    check_train_and_validation(frames, validation)
    _check_memory([*frames, *validation])
    shifts = energy_shift(frames, start) if shift else {}
    network = start.library.model
    hidden = not progress or epochs == 0
    with tqdm(total=epochs, disable=hidden, unit="epoch") as bar, torch_settings(threads):

        def report(epoch: int, train_loss: float, validation_loss: float) -> None:
            bar.update()
            bar.set_postfix_str(f"loss {train_loss:.2e}, on validation {validation_loss:.2e}")

        train, held_out = (
            [labelled_graph(a, start.model.cutoff, shifts) for a in part]
            for part in (frames, validation)
        )
        history = train_further(
            network,
            train,
            held_out,
            loss=loss or Loss(energy=0.0117, forces=0.0443),
            epochs=epochs,
            learning_rate=learning_rate,
            batch_size=batch_size,
            trainable=trainable,
            rng=rng,
            report=report,
        )
    return TunedModel(start, shift=shifts, history=history)


def energy_shift(frames: list[Atoms], potential: Calculator) -> dict[int, float]:
    """Return dE0 (atomic number -> eV), the difference of two levels of theory, atom by atom.

    Least squares on E_label - E_potential = sum_z n_z dE0_z, n_z the number of atoms of element z.
    Frames of one formula determine only the sum; the solution of smallest norm shares it out, so
    that **energies of other formulas, and with them reaction energies, mean nothing** until
    frames of as many formulas as elements are there.

    Parameters
    ----------
    frames : list of Atoms
        With an energy (eV) each.
    potential : Calculator

    Raises
    ------
    ValueError
        If there are no frames, or one has no energy.
    """
    with whole_import():
        from lecture8.fitting.common.element_energies import reference_energies

    if not frames:
        raise ValueError("there are no frames to find a shift from; give at least one")
    for index, atoms in enumerate(frames):
        if atoms.calc is None or "energy" not in atoms.calc.results:
            raise ValueError(
                f"frame {index} carries no energy; label it with lecture8.frames.label"
            )
    differences = [
        atoms.calc.results["energy"] - potential.get_potential_energy(atoms.copy())
        for atoms in frames
    ]
    return reference_energies(frames, differences)


def _check_memory(frames: list[Atoms]) -> None:
    cutoff = MODELS[START].cutoff
    pairs = [len(pairs_within(atoms, cutoff)[0]) for atoms in frames]
    needed, left = TRAINING_MB_PER_PAIR * max(pairs), available_memory_MB()
    if needed > left:
        largest = int(np.argmax(pairs))
        raise MemoryError(
            f"training on {len(frames[largest])} atoms needs about {needed:.0f} MB, and {left:.0f} "
            "MB are left; take frames with smaller cells, or close other notebooks"
        )
