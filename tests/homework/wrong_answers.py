"""What a plausible wrong answer is, and what it must lose."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WrongAnswer:
    """A submission with one mistake that students do make.

    name: what the mistake is. cells: grade_id of a solution cell -> the whole source that the
    student has there. loses: grade_ids of exactly the test cells that must fail; all others pass.
    """

    name: str
    cells: dict[str, str]
    loses: set[str]
