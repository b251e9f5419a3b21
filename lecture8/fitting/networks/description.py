"""What a network is before it has learned anything; without torch, which it needs only to learn."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from lecture8.arguments import check_positive, check_whole
from lecture8.fitting.common.description import Description, silent
from lecture8.fitting.common.loss import Loss
from lecture8.imports import whole_import
from lecture8.threads import torch_settings

ARCHITECTURES = ("schnet", "painn", "so3net")


@dataclass(frozen=True)
class Network(Description):
    """What a network looks like before it has learned anything.

    Parameters
    ----------
    architecture : str
        "schnet": messages made of distances, features that are numbers (invariant).
        "painn": features that are numbers and vectors, which turn with the molecule (equivariant).
        "so3net": features of all orders up to `lmax`, multiplied by Clebsch-Gordan tensor products;
        the idea of NequIP, and its price.
    features : int
        Numbers kept per atom (and, if equivariant, vectors, tensors).
    interactions : int
        Rounds of messages; what an atom can know of reaches `interactions` times the cutoff.
    cutoff : float
        Å.
    radial : int
        Gaussian functions in which a distance is expanded.
    lmax : int
        Highest order of so3net's features; the other two do not use it.

    Raises
    ------
    ValueError
        For an unknown architecture, or a number that is not positive or, but for the cutoff, not
        whole.

    Notes
    -----
    Schütt et al., J. Chem. Phys. 148, 241722 (2018); Schütt, Unke, Gastegger, ICML 2021 (PaiNN);
    Batzner et al., Nat. Commun. 13, 2453 (2022) (NequIP); Schütt et al., J. Chem. Phys. 158,
    144801 (2023) (SchNetPack 2).
    """

    # A network goes through the frames many times in small steps; smaller ones where there is
    # something to lose.
    defaults: ClassVar = {"epochs": 100, "patience": 30, "batch_size": 10, "learning_rate": 1e-2}
    warm_defaults: ClassVar = {"learning_rate": 2e-3}
    # On the 14 atoms of butane, 0.1 Å^-2 for the square of an energy against that of a force.
    default_loss: ClassVar = Loss(energy=0.01, forces=0.0443)

    architecture: Literal["schnet", "painn", "so3net"] = "painn"
    features: int = 32
    interactions: int = 3
    cutoff: float = 5.0
    radial: int = 20
    lmax: int = 1

    def __post_init__(self):
        if self.architecture not in ARCHITECTURES:
            raise ValueError(
                f"architecture is {self.architecture!r}; choose one of {', '.join(ARCHITECTURES)}"
            )
        check_positive("cutoff", self.cutoff)
        check_whole("radial", self.radial, 2)  # their width is the distance of two
        for name in ("features", "interactions", "lmax"):
            check_whole(name, getattr(self, name), 1)

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
        """Fit by Adam, in small batches; see `Description.fit`."""
        loss, settings = self.checked(
            train, validation, rng=rng, start=start, loss=loss, seconds=seconds, settings=settings
        )
        with whole_import():
            from lecture8.fitting.networks.fit import fit_network

        with torch_settings(threads):
            return fit_network(
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
