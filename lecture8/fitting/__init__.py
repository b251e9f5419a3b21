"""Fitting (notebook 3): from labelled frames to a potential, for networks and moment tensors alike.

`fit` takes frames and returns a potential; `load` brings one back from a file; `errors` says how
far it is from labels. Inside: the loss (`loss`), frames as tensors (`batches`), networks
(`networks`, `training`, `network_potential`, `compiled_painn`), moment tensor potentials
(`moment_tensor_basis`, `moment_tensor`) and moment networks (`moment_network`).
"""

from lecture8.fitting.interface import fit, load
from lecture8.fitting.loss import Errors, Loss, Weights, errors
from lecture8.fitting.moment_network import MomentNetwork
from lecture8.fitting.moment_network_fit import fit_moment_network
from lecture8.fitting.moment_network_potential import MomentNetworkPotential
from lecture8.fitting.moment_tensor import MomentTensor, MomentTensorPotential
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
