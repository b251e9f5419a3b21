"""What a moment tensor potential is before it is fitted, and the table that its scalars come from.

The library motep reads and writes the file format of MLIP, and holds table and coefficients.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from ase.data import atomic_numbers

from lecture8.arguments import check_positive, check_whole
from lecture8.fitting.common.description import Description, silent
from lecture8.fitting.common.loss import Loss
from lecture8.fitting.moment_tensors.basis import basis_table
from lecture8.imports import whole_import

with whole_import():
    from motep.potentials.mtp.data import BasisData, MTPData

LEVELS = range(2, 18, 2)


@dataclass(frozen=True)
class MomentTensor(Description):
    """The description of an untrained moment tensor potential.

    Parameters
    ----------
    level : int
        2, 4 ... 16: which contractions of moments are in the basis (`basis`). They number 1, 2, 5,
        9, 16, 29, 52, 92.
    cutoff : float
        Å.
    radial_size : int
        Chebyshev polynomials in a radial function, at least 2.

    Raises
    ------
    ValueError
        For a value outside these.
    """

    # It goes through the frames a few times, in large steps.
    defaults: ClassVar = {"epochs": 100, "patience": 5}
    no_others: ClassVar = (
        "a moment tensor potential is fitted to all frames at once, with a step that it finds "
        "itself"
    )
    # On the 14 atoms of butane, 0.1 Å^-2 for the square of an energy against that of a force.
    default_loss: ClassVar = Loss(energy=0.01, forces=0.0443)

    level: int = 8
    cutoff: float = 5.0
    radial_size: int = 8

    def __post_init__(self):
        check_whole("level", self.level, 2)
        if self.level not in LEVELS:
            raise ValueError(f"level is {self.level}, but must be one of {list(LEVELS)}")
        check_positive("cutoff", self.cutoff)
        check_whole("radial_size", self.radial_size, 2)

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
        """Fit by damped Gauss-Newton steps, on one core; see `Description.fit`.

        An epoch is a step. Stress labels are not used. Without energies in the loss, those of the
        elements are fitted last, on their own. `patience` counts steps with all frames that
        together lowered the validation loss by less than 0.1 %.
        """
        from lecture8.fitting.moment_tensors.fit import fit_moment_tensor

        loss, settings = self.checked(
            train, validation, rng=rng, start=start, loss=loss, seconds=seconds, settings=settings
        )
        return fit_moment_tensor(
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


def blank(description: MomentTensor, elements: list[str], shortest_distance: float) -> MTPData:
    """Return motep's data of what a `MomentTensor` describes, all coefficients zero."""
    table, count = basis_table(description.level), len(elements)
    functions = int(table.components[:, 0].max()) + 1
    data = MTPData(
        version="1.1.0",
        potential_name="MTP1m",
        radial_basis=BasisData(
            "RBChebyshev", shortest_distance, description.cutoff, description.radial_size
        ),
        radial_funcs_count=functions,
        radial_coeffs=np.zeros((count, count, functions, description.radial_size)),
        alpha_moments_count=table.values,
        alpha_index_basic_count=len(table.components),
        alpha_index_basic=table.components,
        alpha_index_times_count=len(table.products),
        alpha_index_times=table.products,
        alpha_scalar_moments=len(table.scalars),
        alpha_moment_mapping=table.scalars,
        species_coeffs=np.zeros(count),
        moment_coeffs=np.zeros(len(table.scalars)),
    )
    data.species = [atomic_numbers[symbol] for symbol in elements]
    return data
