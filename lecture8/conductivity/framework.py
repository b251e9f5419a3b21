"""The framework, watched: whether it stays where it was, and whether its bonds hold."""

from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii

from lecture8.ionic_conductivity import Replicas, remove_drift
from lecture8.pairs import pairs_within

BONDED, BROKEN = 1.25, 1.6  # in sums of two covalent radii; a hot bond swings from 0.8 to 1.3
WANDERS = 1.5  # Å: a vibration of 0.5 Å is hot already
BREAKS = 0.02  # of the bonds


@dataclass(frozen=True)
class Framework:
    """What became of the framework in the runs at one temperature.

    Parameters
    ----------
    wandered : dict, element -> float
        Root mean square of how far its atoms got from where they were in the first frame, over the
        last quarter of the run in which they got farthest, Å. A crystal's stay near 0.5 Å.
    still_wandering : dict, element -> float
        What of it came in the second half: the same after the whole run less that after half, Å.
    broken : float
        Share of the bonds between framework atoms that were gone, over the last quarter of the
        run in which most were.
    warnings : list of str
        In sentences, none if all is well.
    """

    wandered: dict[str, float]
    still_wandering: dict[str, float]
    broken: float
    warnings: list[str]


def watch(runs: Replicas, ion: str) -> Framework:
    """Return what became of the framework: all atoms but the ions.

    A bond is a pair of different elements that was nearer than 1.25 times the sum of their covalent
    radii in the first frame, and is broken beyond 1.6 times. Tetrahedra that turn break none.
    """
    symbols = np.asarray(runs.symbols)
    frame = symbols != ion
    positions = [remove_drift(x.astype(float), frame)[:, frame] for x in runs.positions]
    symbols = symbols[frame]
    frames = len(positions[0])
    late, half = slice(3 * frames // 4, None), slice(3 * frames // 8, frames // 2)
    wandered, more = {}, {}
    for element in dict.fromkeys(symbols):
        of = symbols == element
        ends, halves = (
            np.array(
                [np.sqrt(((x[part] - x[0])[:, of] ** 2).sum(axis=2).mean()) for x in positions]
            )
            for part in (late, half)
        )
        worst = int(np.argmax(ends))
        wandered[str(element)] = float(ends[worst])
        more[str(element)] = float((ends - halves)[worst])
    pairs = zip(positions, runs, strict=True)
    broken = max(_broken(x, late, symbols, run.cell) for x, run in pairs)
    return Framework(wandered, more, broken, _warnings(runs.temperature_K, wandered, more, broken))


def _broken(positions, late: slice, symbols, cell) -> float:
    """Return the share of the first frame's bonds that are gone in the late ones."""
    radii = covalent_radii[[atomic_numbers[x] for x in symbols]]
    first = Atoms(symbols, positions[0], cell=cell, pbc=True)
    i, j, shift = pairs_within(first, 2 * BONDED * radii.max())
    reach = radii[i] + radii[j]
    distances = np.linalg.norm(positions[0][j] + shift - positions[0][i], axis=1)
    bonded = (symbols[i] != symbols[j]) & (distances < BONDED * reach)
    i, j, shift, reach = (x[bonded] for x in (i, j, shift, reach))
    if not len(i):
        return 0.0
    # Positions run on through the faces of the cell, so that a bond keeps its image.
    lengths = np.linalg.norm(positions[late][:, j] + shift - positions[late][:, i], axis=-1)
    return float((lengths > BROKEN * reach).mean())


def _warnings(temperature_K, wandered, more, broken) -> list[str]:
    said = []
    # Tetrahedra that turn take their corners along, but not their centres.
    moved = [x for x, d in wandered.items() if d > WANDERS and more[x] > 0.1 * d]
    if len(moved) == len(wandered):
        far = ", ".join(f"{x} by {wandered[x]:.1f} Å" for x in moved)
        said.append(
            f"at {temperature_K:g} K the framework wanders ({far}): it melts, or it conducts, too; "
            "run cooler, and do not trust D there"
        )
    if broken > BREAKS:
        said.append(
            f"at {temperature_K:g} K {100 * broken:.0f} % of the framework's bonds are broken: the "
            "crystal decomposes, or the potential does not know it; look at the frames"
        )
    return said
