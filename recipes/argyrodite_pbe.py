"""Queue the frames of the first examination of Li6PS5Cl for PBE: recipes/pbe/argyrodite/queue.xyz.

Run: python -m recipes.argyrodite_pbe   (seconds; then `pbe.py`, two hours on one core, whose labels
`pbe_frames.py` packs)

Every sixth frame first, so that any beginning of the queue has all temperatures.
"""

from ase import Atoms
from ase.io import write

from lecture8.datasets import first_examination
from recipes.lgps_pbe import FOLDER


def queue() -> list[Atoms]:
    """Return the bare frames, with their places in the examination."""
    frames = first_examination()
    queued = []
    for place in [k for start in range(6) for k in range(start, len(frames), 6)]:
        atoms = frames[place].copy()
        T = frames[place].info["temperature_K"]
        atoms.info = {"run": f"examined-{T:g}K", "examined": place}
        queued.append(atoms)
    return queued


if __name__ == "__main__":
    write(FOLDER / "argyrodite" / "queue.xyz", queue(), format="extxyz")
