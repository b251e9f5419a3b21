"""Gradient descent on the weights of SevenNet-0, from where its authors left them."""

import copy
import math
from collections.abc import Callable

import numpy as np
from ase import Atoms

from lecture8.imports import whole_import

# Which weights learn, by the first letters of their names. The last of the five convolutions, with
# the readout, takes two thirds of the time of all: the gradient need not go back any further.
TRAINABLE = {"all": "", "last": ("4_", "reduce_")}


def train_further(
    network,
    train: list,
    validation: list,
    *,
    loss,
    epochs: int,
    learning_rate: float,
    batch_size: int,
    trainable: str,
    rng: np.random.Generator,
    report: Callable[[float, float], None],
) -> dict[str, list[float]]:
    """Train `network`, in place, and leave it with the best weights that were seen.

    Parameters
    ----------
    train, validation : list
        Of what `labelled_graph` returns.
    report : callable
        Is told the loss on both sets after each epoch.

    Returns
    -------
    dict of lists
        The `history` of `TunedModel`.

    Raises
    ------
    ValueError
        If the validation loss was finite after no epoch.
    """
    import torch

    with whole_import():
        from lecture8.fitting.fitted_potential import nothing_fitted
        from lecture8.fitting.networks.training import one_cycle

    weights = _choose(network, trainable)
    optimiser = torch.optim.Adam(weights, lr=learning_rate)
    steps = epochs * math.ceil(len(train) / batch_size)
    # Counted from 1: at 0 and `steps` the rate is nearly nothing, and these steps are few.
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: one_cycle((step + 1) / (steps + 1))
    )
    best_loss, force_mae = validate(network, validation, loss)
    best = copy.deepcopy(network.state_dict())
    rows = [(0, math.nan, best_loss, force_mae)]
    try:
        for epoch in range(1, epochs + 1):
            order = rng.permutation(len(train))
            network.train()
            losses = []
            for start in range(0, len(train), batch_size):
                part = [train[k] for k in order[start : start + batch_size]]
                losses += _step(network, part, loss, optimiser, weights)
                schedule.step()
            held_out, force_mae = validate(network, validation, loss)
            if held_out < best_loss:
                best, best_loss = copy.deepcopy(network.state_dict()), held_out
            rows.append((epoch, float(np.mean(losses)), held_out, force_mae))
            report(*rows[-1][1:3])
    except KeyboardInterrupt:
        pass  # the model as it came is worth something
    if len(rows) > 1 and not np.isfinite([row[2] for row in rows[1:]]).any():
        raise nothing_fitted(len(rows) - 1, rows[-1][2], learning_rate)
    network.load_state_dict(best)
    network.eval()
    names = ("epoch", "train", "validation", "force_mae")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def _choose(network, trainable: str) -> list:
    """Return the weights that learn; the others get no gradient from here on."""
    chosen = []
    for name, weight in network.named_parameters():
        # What the authors kept fixed, scales and shifts of the elements, stays so.
        weight.requires_grad_(weight.requires_grad and name.startswith(TRAINABLE[trainable]))
        if weight.requires_grad:
            chosen.append(weight)
    return chosen


def _step(network, part: list, loss, optimiser, weights: list) -> list[float]:
    """Move the weights once, and return the loss of each frame of `part` before."""
    import torch

    optimiser.zero_grad()
    losses = []
    # One frame after the other: together they take as long, and more memory.
    for labelled in part:
        value, _ = frame_loss(network, labelled, loss)
        # Without `inputs`, torch would also compute the gradient of every pair vector.
        (value / len(part)).backward(inputs=weights)
        losses.append(value.item())
    # One bad frame must not throw the weights away.
    torch.nn.utils.clip_grad_norm_(weights, 10.0)
    optimiser.step()
    return losses


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
    frame_of_atom = torch.zeros(len(forces), dtype=torch.long)
    predicted = answer["inferred_force"]
    value = loss(
        answer["inferred_total_energy"].reshape(1),
        energy,
        predicted,
        forces,
        frame_of_atom,
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
