"""Fitting (notebook 3): from labelled frames to a potential, for networks and moment tensors alike.

`fit` takes frames and returns a potential; `load` brings one back from a file; `errors` says how
far it is from labels. Inside: what all share (`common`), and for each kind of model a folder with
its description, its fit and its potential (`networks`, `moment_tensors`, `moment_networks`).
"""

from importlib import import_module
from typing import TYPE_CHECKING

from lecture8.fitting.common.errors import Errors, errors
from lecture8.fitting.common.loss import Loss
from lecture8.fitting.interface import fit, load
from lecture8.fitting.moment_networks.description import MomentNetwork
from lecture8.fitting.moment_networks.potential import MomentNetworkPotential
from lecture8.fitting.moment_tensors.description import MomentTensor
from lecture8.fitting.moment_tensors.potential import MomentTensorPotential
from lecture8.fitting.networks.description import Network
from lecture8.imports import whole_import

if TYPE_CHECKING:
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
    "errors",
    "fit",
    "load",
]


def __getattr__(name: str):
    """Import what brings torch, seconds and 200 MB, when it is asked for."""
    if name != "NetworkPotential":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with whole_import():
        return import_module(f"{__name__}.networks.potential").NetworkPotential


def __dir__():
    return __all__
