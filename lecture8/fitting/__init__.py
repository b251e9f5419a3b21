"""Fitting (notebook 3): from labelled frames to a potential, for networks and moment tensors alike.

`fit` takes frames and returns a potential; `load` brings one back from a file; `errors` says how
far it is from labels. Inside: what all share (`common`), and for each kind of model a folder with
its description, its fit and its potential (`networks`, `moment_tensors`, `moment_networks`).
"""

from importlib import import_module
from typing import TYPE_CHECKING

from lecture8.fitting.common.loss import Errors, Loss, Weights, errors
from lecture8.fitting.interface import fit, load
from lecture8.fitting.moment_networks.description import MomentNetwork
from lecture8.fitting.moment_networks.potential import MomentNetworkPotential
from lecture8.fitting.moment_tensors.potential import MomentTensor, MomentTensorPotential
from lecture8.imports import whole_import

if TYPE_CHECKING:
    from lecture8.fitting.moment_networks.fit import fit_moment_network
    from lecture8.fitting.networks.model import Network
    from lecture8.fitting.networks.potential import NetworkPotential

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
    "Network": "networks.model",
    "NetworkPotential": "networks.potential",
    "fit_moment_network": "moment_networks.fit",
}


def __getattr__(name: str):
    if name not in _NEED_TORCH:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with whole_import():
        module = import_module(f"{__name__}.{_NEED_TORCH[name]}")
    return getattr(module, name)


def __dir__():
    return __all__
