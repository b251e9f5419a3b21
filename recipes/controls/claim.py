"""What a control is: a sentence of the course, and a number that could prove it wrong."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Control:
    """A function of the seed, beside the sentence that it puts to the test.

    Attributes
    ----------
    claim : str
        What the course says, in one sentence.
    where : str
        Where it says so: "notebook 3, The split", "slide 52", "INSTRUCTORS.md".
    control : str
        What is done instead or besides: first sentence of the function's docstring.
    measure : callable
        seed -> a number.
    low, high : float
        The claim holds if the number lies between.
    unit : str
        Of the number.
    seeds : tuple of int
        Those it is tried with; one for what has no chance in it (a closed form, an ablation).
    """

    claim: str
    where: str
    control: str
    measure: Callable[[int], float]
    low: float
    high: float
    unit: str
    seeds: tuple[int, ...]

    @property
    def name(self) -> str:
        """The name of the function."""
        return self.measure.__name__

    def holds(self, value: float) -> bool:
        """Say whether the claim survives this number."""
        return self.low <= value <= self.high


CONTROLS: list[Control] = []


def control(
    claim: str,
    *,
    where: str,
    low: float = float("-inf"),
    high: float = float("inf"),
    unit: str = "",
    seeds: int | tuple[int, ...] = 5,
):
    """Return a decorator that lists a function of the seed as the control of a claim."""
    if low == -float("inf") and high == float("inf"):
        raise ValueError("give low, high or both: a control that cannot fail is none")

    def listed(measure: Callable[[int], float]) -> Callable[[int], float]:
        what = " ".join(measure.__doc__.split("\n\n")[0].split())
        chosen = tuple(range(seeds)) if isinstance(seeds, int) else seeds
        CONTROLS.append(Control(claim, where, what, measure, low, high, unit, chosen))
        return measure

    return listed
