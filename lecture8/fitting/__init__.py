"""Fitting (notebook 3): from labelled frames to a potential, for networks and moment tensors alike.

`fit` takes frames and returns a potential; `load` brings one back from a file; `errors` says how
far it is from labels. Inside: the loss (`loss`), frames as tensors (`batches`), networks
(`networks`, `network_fit`, `training`, `network_potential`, `compiled_painn`), moment tensor
potentials (`moment_tensor_basis`, `moment_tensor`) and moment networks (`moment_network`).
"""

from importlib import import_module
from typing import TYPE_CHECKING

from lecture8.fitting.interface import fit, load
from lecture8.fitting.loss import Errors, Loss, Weights, errors
from lecture8.fitting.moment_network import MomentNetwork
from lecture8.fitting.moment_network_potential import MomentNetworkPotential
from lecture8.fitting.moment_tensor import MomentTensor, MomentTensorPotential
from lecture8.imports import whole_import

if TYPE_CHECKING:
    from lecture8.fitting.moment_network_fit import fit_moment_network
    from lecture8.fitting.network_potential import NetworkPotential
    from lecture8.fitting.networks import Network

__all__ = [
    "Errors",
    "Loss",
    "MomentNetwork",
    "MomentNetworkPotential",
    "MomentTensor",
    "MomentTensorPotential",
    "Network",
    "NetworkPotential",
    "Weights",
    "errors",
    "fit",
    "fit_moment_network",
    "load",
]

# These bring torch: seconds and 200 MB that a worker with a moment network at work does without.
_NEED_TORCH = {
    "Network": "networks",
    "NetworkPotential": "network_potential",
    "fit_moment_network": "moment_network_fit",
}


def __getattr__(name: str):
    if name not in _NEED_TORCH:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with whole_import():
        module = import_module(f"{__name__}.{_NEED_TORCH[name]}")
    return getattr(module, name)


def __dir__():
    return __all__
