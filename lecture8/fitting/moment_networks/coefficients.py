"""From the fit of a moment network to its potential, and back to where a fit can go on.

The fit sees each invariant shifted and scaled, (q - centre) scale: Adam's steps are alike for all
parameters, and so must be what they act on. The potential sees q itself, with both folded into

    W' = scale W,   c' = c - W'.centre,   a' = scale a,   e' = e - a'.centre,

which is the same function. `coefficients_of` folds, `continue_from` unfolds with the centre and
scale of other atoms.
"""

import numpy as np
import torch

from lecture8.fitting.moment_networks.atom import Coefficients
from lecture8.fitting.moment_networks.model import EnergyModel


@torch.no_grad()
def coefficients_of(model: EnergyModel, offsets: np.ndarray, core: np.ndarray) -> Coefficients:
    """Return what the compiled potential needs, with shift and scale of the invariants folded in.

    Parameters
    ----------
    offsets : array (Z,)
        Energies of the elements that `prepare` had taken away, eV.
    core : array (Z, Z)
        Radii of the repulsive cores, Å.
    """
    numbers = {k: v.double().numpy() for k, v in model.state_dict().items()}
    elements, channels, _ = numbers["mixing"].shape
    scale, centre = numbers["scale"], numbers["centre"]
    hidden = numbers["hidden"].swapaxes(1, 2) * scale[:, None]  # (Z, H, D)
    linear = numbers["linear"] * scale
    return Coefficients(
        model.description.cutoff,
        numbers["mixing"].reshape(elements, channels, elements, -1).transpose(0, 2, 3, 1),
        hidden,
        numbers["bias"] - np.einsum("zhd,zd->zh", hidden, centre),
        numbers["readout"],
        linear,
        numbers["offset"] + offsets - np.einsum("zd,zd->z", linear, centre),
        core,
    )


@torch.no_grad()
def continue_from(
    model: EnergyModel,
    coefficients: Coefficients,
    offsets: np.ndarray,
    sums: torch.Tensor,
    kinds: torch.Tensor,
) -> None:
    """Give `model` the energies of `coefficients`, less `offsets`, and the scales of other atoms.

    An element without atoms here keeps its coefficients as they are.

    Parameters
    ----------
    offsets : array (Z,)
        Energies of the elements that `prepare` takes away, eV.
    sums : tensor (N, 16, Z n)
    kinds : tensor (N,)
        Of all atoms that `model` will be fitted to.
    """
    p = coefficients
    mixing = p.mixing.transpose(0, 3, 1, 2)  # (Z, K, Z, n)
    model.mixing.copy_(torch.tensor(mixing.reshape(model.mixing.shape)))
    model.standardise(sums, kinds)
    scale, centre = model.scale.double().numpy(), model.centre.double().numpy()
    numbers = {
        "hidden": (p.hidden / scale[:, None]).swapaxes(1, 2),
        "bias": p.bias + np.einsum("zhd,zd->zh", p.hidden, centre),
        "readout": p.readout,
        "linear": p.linear / scale,
        "offset": p.offset - offsets + np.einsum("zd,zd->z", p.linear, centre),
    }
    for name, values in numbers.items():
        getattr(model, name).copy_(torch.tensor(values))
