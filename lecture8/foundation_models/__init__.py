"""Foundation models (notebook 5): potentials that somebody else has trained, for most elements.

`load` returns one as an ASE calculator, `available` says which there are. Inside: what is known of
each model (`catalogue`); the file with its weights, checked before it is opened (`weights`); from a
name to a calculator (`loading`), which looks at its input before it answers (`potential`), also at
the memory that is left (`memory`); the table (`availability`). `fine_tune` trains SevenNet-0
further on frames of your own (`fine_tuning`, `further_training`), and `TunedModel.load` brings the
result back from a file (`tuned_model`).
"""

from lecture8.foundation_models.availability import available
from lecture8.foundation_models.catalogue import MODELS, Model
from lecture8.foundation_models.fine_tuning import energy_shift, fine_tune
from lecture8.foundation_models.loading import load
from lecture8.foundation_models.potential import FoundationModel
from lecture8.foundation_models.tuned_model import TunedModel

__all__ = [
    "MODELS",
    "FoundationModel",
    "Model",
    "TunedModel",
    "available",
    "energy_shift",
    "fine_tune",
    "load",
]
