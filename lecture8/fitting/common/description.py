"""What a model is before it is fitted: its numbers, its defaults, and its `fit`."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from ase import Atoms

from lecture8.arguments import check_generator, check_positive, check_whole
from lecture8.fitting.common.fitted_potential import FittedPotential
from lecture8.fitting.common.loss import Loss
from lecture8.frames import check_labels

Report = Callable[[int, float, float], None]


def silent(epoch: int, train: float, validation: float) -> None:
    """Report nothing."""


class Description:
    """A subclass holds the numbers of a model and writes `fit`.

    Attributes
    ----------
    defaults, warm_defaults : dict
        The settings that its fit has, and those that differ for the fit of a fitted potential.
    no_others : str
        Why there are no others: the middle of a sentence.
    default_loss : Loss
    """

    defaults: ClassVar[dict[str, float]]
    warm_defaults: ClassVar[dict[str, float]] = {}
    no_others: ClassVar[str] = "this model has no such setting"
    default_loss: ClassVar[Loss]

    def fit(
        self,
        train: list[Atoms],
        validation: list[Atoms],
        *,
        rng: np.random.Generator,
        start: FittedPotential | None = None,
        loss: Loss | None = None,
        seconds: float | None = None,
        threads: int = 1,
        report: Report = silent,
        **settings,
    ) -> FittedPotential:
        """Fit to the labels of `train` and return the best seen on `validation`.

        `lecture8.fitting.fit` looks at the frames, shows a bar, and calls this.

        Parameters
        ----------
        train, validation : list of Atoms
            With energy (eV) and forces (eV/Å).
        rng : numpy Generator
            Draws the first parameters and the order of the frames.
        start : fitted potential, optional
            Go on from its parameters; it is not changed itself.
        loss, seconds, threads
            As for `lecture8.fitting.fit`.
        report : function
            Called as report(epoch, train_loss, validation_loss) after each epoch.
        settings
            Those of `defaults`.

        Raises
        ------
        ValueError
            For no frames, a frame without finite energy and forces, an element that `train` (or
            the `start`) does not have, a setting that makes no sense, or a validation loss that
            was never finite.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say how it is fitted")

    def checked(self, train, validation, *, rng, start, loss, seconds, settings) -> tuple:
        """Return the loss and all settings of a fit, or raise ValueError."""
        check_generator("rng", rng)
        if seconds is not None:
            check_positive("seconds", seconds)
        if loss is not None and not isinstance(loss, Loss):
            raise ValueError(f"loss is {loss}, but must be a Loss(...) (lecture8.fitting.Loss)")
        for name, value in settings.items():
            if name == "learning_rate":
                check_positive(name, value)
            else:  # no epochs at all: a start stays what it is
                check_whole(name, value, 0 if name == "epochs" and start is not None else 1)
            if name not in self.defaults:
                raise ValueError(f"{name} is {value}, but {self.no_others}; leave out {name}")
        if start is not None and start.description != self:
            raise ValueError(
                f"the model is {self}, but the start is a {start.description}; call the fit of the "
                "start, or start from nothing"
            )
        check_labels(train, name="the training frames")
        check_labels(validation, name="the validation frames")
        warm = {} if start is None else self.warm_defaults
        return loss or self.default_loss, self.defaults | warm | settings
