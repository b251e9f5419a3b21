"""Which models there are, what they are worth, and how fast they are here."""

import time

from ase.build import bulk

from lecture8.foundation_models.catalogue import MODELS
from lecture8.foundation_models.loading import load
from lecture8.foundation_models.potential import FoundationModel
from lecture8.foundation_models.weights import is_here


class Table(list):
    """Rows of text, the first of them the titles."""

    def __repr__(self) -> str:
        widths = [max(map(len, column)) for column in zip(*self, strict=True)]
        lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in self]
        return "\n".join(line.rstrip() for line in lines)


def available(*, measure: bool = False) -> Table:
    """Return a table of the models: size, training set, licence, and whether they work offline.

    Parameters
    ----------
    measure : bool
        Load each model whose weights are here and time it on 64 atoms of silicon and one core; it
        takes some 15 s.

    Returns
    -------
    Table
        "offline": whether the weights are here. If measured, "ms per atom": of one step.
    """
    titles = ["name", "parameters", "trained on", "licence", "offline"]
    table = Table([[*titles, "ms per atom"] if measure else titles])
    for name, model in MODELS.items():
        installed = is_here(model)
        row = [name, f"{model.parameters:,}", model.trained_on, model.licence]
        row.append("yes" if installed else "no")
        if measure:
            row.append(f"{milliseconds_per_atom(load(name)):.1f}" if installed else "-")
        table.append(row)
    return table


def milliseconds_per_atom(potential: FoundationModel, *, calls: int = 3) -> float:
    """Return the time of one step of molecular dynamics, per atom, on 64 atoms of silicon."""
    atoms = bulk("Si", cubic=True) * (2, 2, 2)
    potential.get_forces(atoms)  # the first call also warms up
    started = time.perf_counter()
    for call in range(calls):
        atoms.rattle(0.01, seed=call)  # else ASE returns the forces that it has
        potential.get_forces(atoms)
    return 1e3 * (time.perf_counter() - started) / calls / len(atoms)
