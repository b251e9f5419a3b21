"""The moment network: a small network on the moments of an atom's surroundings.

Between a moment tensor potential, linear in thousands of contractions, and a message-passing
network, slow for all it can express. Three factors, each small enough to look at:

    A_kc(i) = sum_j R_k(r_ij; z_i, z_j) s_c(r_ij^)          moments, K channels of 16 components
    R_k(r; z, z') = sum_n C_kn^{zz'} t_n(r)                 learned mixtures of fixed functions
    q(i) = { A_k0 } + { sum_m A_klm A_k'lm } + { v_k Q_k' v_k, det Q_k }        2-, 3-, 4-body
    E_i = e_z + a_z.q + b_z.tanh(W_z q + c_z)               a network for each element z

v and Q are the moments of l = 1 and l = 2, written as a vector and as a traceless matrix. A
rotation turns all A and leaves every q alone; the order of neighbours drops out of the sum.

`model` is this in torch, for the fit; `compiled` the same for use.

The form is that of the neuroevolution potential, Fan et al., Phys. Rev. B 104, 104309 (2021), with
products between channels, and fitted by gradients rather than by evolution.
"""

from dataclasses import dataclass
from typing import ClassVar

from lecture8.arguments import check_positive, check_whole
from lecture8.fitting.common.description import Description, silent
from lecture8.fitting.common.loss import Loss
from lecture8.imports import whole_import
from lecture8.threads import torch_settings


@dataclass(frozen=True)
class MomentNetwork(Description):
    """The description of an untrained moment network.

    Parameters
    ----------
    cutoff : float
        Å.
    channels : int
        K, learned radial functions for each pair of elements.
    radial_size : int
        Chebyshev polynomials in a radial function.
    neurons : int
        tanh neurons in the hidden layer of each element.

    Raises
    ------
    ValueError
        For a number that is not positive or, but for the cutoff, not whole.
    """

    defaults: ClassVar = {"epochs": 200, "batch_size": 4, "learning_rate": 2e-3}
    warm_defaults: ClassVar = {"learning_rate": 1e-3}
    no_others: ClassVar = (
        "a moment network is ready when its learning rate has fallen to zero, at the end of all "
        "epochs or seconds"
    )
    default_loss: ClassVar = Loss(energy=0.01, forces=0.05, stress=0.005)

    cutoff: float = 5.0
    channels: int = 8
    radial_size: int = 10
    neurons: int = 24

    def __post_init__(self):
        check_positive("cutoff", self.cutoff)
        for name in ("channels", "radial_size", "neurons"):
            check_whole(name, getattr(self, name), 1)

    @property
    def features(self) -> int:
        """How many invariants q an atom has."""
        k = self.channels
        return k + 3 * k * (k + 1) // 2 + k * k + k

    def fit(
        self,
        train,
        validation,
        *,
        rng,
        start=None,
        loss=None,
        seconds=None,
        threads=1,
        report=silent,
        **settings,
    ):
        """Fit by Adam, to stresses too where they are known, on one core; see `Description.fit`.

        What is kept is the end of the fit, to which the learning rate falls. The repulsive cores of
        a start shrink where a frame has atoms nearer to each other, and never grow.
        """
        loss, settings = self.checked(
            train, validation, rng=rng, start=start, loss=loss, seconds=seconds, settings=settings
        )
        with whole_import():
            from lecture8.fitting.moment_networks.fit import fit_moment_network

        with torch_settings(1):  # more gain nothing on matrices this small
            return fit_moment_network(
                self,
                train,
                validation,
                start=start,
                loss=loss,
                rng=rng,
                seconds=seconds,
                report=report,
                **settings,
            )
