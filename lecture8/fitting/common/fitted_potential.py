"""What all fitted potentials share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lecture8.potential import Potential

if TYPE_CHECKING:
    from lecture8.fitting.common.description import Description


class FittedPotential(Potential):
    """A potential that was fitted: it knows its description, its elements, and its losses.

    Attributes
    ----------
    description : Description
    species : array (Z,) of int
        Atomic numbers of the elements in the training set, in increasing order.
    history : dict of lists
        "epoch", and the losses "train" and "validation".
    """

    implemented_properties = (*Potential.implemented_properties, "energies")
    description: Description
    history: dict[str, list[float]]

    def fit(self, train, validation, **settings) -> FittedPotential:
        """Return a potential that went on learning from where this one, unchanged, is."""
        return self.description.fit(train, validation, start=self, **settings)
