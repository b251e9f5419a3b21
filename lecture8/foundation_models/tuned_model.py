"""A fine-tuned foundation model: what it is, and how it outlives its kernel."""

from dataclasses import replace
from pathlib import Path

from ase import Atoms

from lecture8.foundation_models.catalogue import MODELS
from lecture8.foundation_models.loading import load
from lecture8.foundation_models.potential import FoundationModel
from lecture8.potential import Interaction

START = "sevennet-0"
FORMAT = "lecture8 fine-tuned 1"


class TunedModel(FoundationModel):
    """E = E_network + sum_i shift(element of i), F = -dE/dr, which no shift changes.

    Parameters
    ----------
    start : FoundationModel
        SevenNet-0, with the weights that it has now.
    shift : dict of int to float
        Atomic number -> eV; zero for elements that are not in it.
    history : dict of lists
        "epoch", from 0, the model as it came; "train" and "validation", the losses; and
        "force_mae" on the validation frames, meV/Å. The loss on the training frames is the mean
        over the epoch, so there is none (NaN) for epoch 0.
    """

    def __init__(self, start: FoundationModel, *, shift: dict[int, float], history: dict):
        model = replace(start.model, name=f"{START}, fine-tuned")
        super().__init__(model, start.library, start.species, threads=start.threads)
        self.shift, self.history = dict(shift), history

    def evaluate(self, atoms: Atoms) -> Interaction:
        """Return what the network says, and the shift."""
        interaction = super().evaluate(atoms)
        offset = sum(self.shift.get(int(z), 0.0) for z in atoms.numbers)
        return interaction._replace(energy=interaction.energy + offset)

    def save(self, path: str | Path) -> None:
        """Write weights, shift and history to `path` (.npz: numbers and text, no code)."""
        from lecture8.fitting.common.archive import write_archive  # as in `fine_tune`

        header = {
            "format": FORMAT,
            "start": MODELS[START].sha256,
            "shift": self.shift,
            "history": self.history,
        }
        weights = self.library.model.state_dict()
        write_archive(path, header, {name: weight.numpy() for name, weight in weights.items()})

    @classmethod
    def load(cls, path: str | Path, *, threads: int = 1) -> "TunedModel":
        """Return the model that `TunedModel.save` wrote; nothing in the file is executed.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is not one of ours, is cut short, or was changed since it was written, or if
            its weights were trained from others than those of the installed SevenNet-0.
        """
        from lecture8.fitting.common.archive import read_archive, unusable

        header, arrays = read_archive(path, form=FORMAT, what="fine-tuned model")
        if header["start"] != MODELS[START].sha256:
            raise unusable(
                path,
                f"it was tuned from weights with the checksum {header['start']}, not from those of "
                f"{START} here, {MODELS[START].sha256}",
            )
        start = load(START, threads=threads)
        import torch

        weights = {name: torch.from_numpy(array) for name, array in arrays.items()}
        start.library.model.load_state_dict(weights)
        shift = {int(z): energy for z, energy in header["shift"].items()}
        return cls(start, shift=shift, history=header["history"])
