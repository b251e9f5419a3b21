"""Gradient descent on the weights of SevenNet-0, from where its authors left them."""

import math

import numpy as np
from ase import Atoms

from lecture8.imports import whole_import

# Which weights learn, by the first letters of their names. The last of the five convolutions, with
# the readout, takes two thirds of the time of all: the gradient need not go back any further.
TRAINABLE = {"all": "", "last": ("4_", "reduce_")}
LARGEST_GRADIENT = 5000.0  # one bad frame must not throw the weights away


def train_further(
    network,
    known: list,
    validation: list,
    *,
    loss,
    trainable: str,
    **settings,
) -> dict[str, list[float]]:
    """Train `network`, in place, and leave it with the best weights that were seen.

    Parameters
    ----------
    known, validation : list
        Of what `labelled_graph` returns.
    settings
        Those of `fitting.common.trainer.train`.

    Returns
    -------
    dict of lists
        The `history` of `TunedModel`.

    Raises
    ------
    ValueError
        If the validation loss was finite after no epoch.
    """
    with whole_import():
        from lecture8.fitting.common.trainer import train

    weights, seen = _choose(network, trainable), []

    def gradient(part) -> float:
        losses = []
        # One frame after the other: together they take as long, and more memory.
        for k in part:
            value, _ = frame_loss(network, known[k], loss)
            # Without `inputs`, torch would also compute the gradient of every pair vector.
            (value / len(part)).backward(inputs=weights)
            losses.append(value.item())
        return float(np.mean(losses))

    def judge(network) -> float:
        seen.append(validate(network, validation, loss))  # of the model as it came, too
        return seen[-1][0]

    history = train(
        network,
        len(known),
        gradient=gradient,
        judge=judge,
        warm=True,
        largest_gradient=LARGEST_GRADIENT,
        **settings,
    )
    epochs = len(history["epoch"]) + 1
    losses, force_mae = zip(*seen[:epochs], strict=True)
    return {
        "epoch": [0, *history["epoch"]],
        "train": [math.nan, *history["train"]],
        "validation": list(losses),
        "force_mae": list(force_mae),
    }


def _choose(network, trainable: str) -> list:
    """Return the weights that learn; the others get no gradient from here on."""
    chosen = []
    for name, weight in network.named_parameters():
        # What the authors kept fixed, scales and shifts of the elements, stays so.
        weight.requires_grad_(weight.requires_grad and name.startswith(TRAINABLE[trainable]))
        if weight.requires_grad:
            chosen.append(weight)
    return chosen


def labelled_graph(atoms: Atoms, cutoff: float, shift: dict[int, float]):
    """Return the library's graph of a frame, its energy (1,) less the shift, eV, and its forces."""
    import torch

    with whole_import():
        from sevenn.atom_graph_data import AtomGraphData
        from sevenn.train.dataload import unlabeled_atoms_to_graph

    graph = AtomGraphData.from_numpy_dict(unlabeled_atoms_to_graph(atoms, cutoff))
    energy = atoms.calc.results["energy"] - sum(shift.get(int(z), 0.0) for z in atoms.numbers)
    forces = torch.tensor(np.asarray(atoms.calc.results["forces"]), dtype=torch.float32)
    return graph, torch.tensor([energy], dtype=torch.float32), forces


def frame_loss(network, labelled, loss):
    """Return the lecture's loss of one frame, and its forces (N, 3), eV/Å."""
    import torch

    graph, energy, forces = labelled
    answer = network(graph.clone())  # it writes into the graph
    predicted = answer["inferred_force"]
    value = loss(
        answer["inferred_total_energy"].reshape(1) - energy,
        predicted - forces,
        torch.zeros(len(forces), dtype=torch.long),
        torch.tensor([len(forces)]),
    )
    return value, predicted


def validate(network, frames, loss) -> tuple[float, float]:
    """Return the mean loss, and the mean absolute error of the force components in meV/Å."""
    network.eval()
    losses, differences = [], []
    for labelled in frames:
        value, predicted = frame_loss(network, labelled, loss)
        losses.append(value.item())
        differences.append((predicted - labelled[2]).detach().numpy())
    return float(np.mean(losses)), 1e3 * float(np.abs(np.concatenate(differences)).mean())
