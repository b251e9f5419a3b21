"""Frames: labelled structures, what every potential is fitted to and judged by (notebooks 3 to 5).

Frames are a ``list[ase.Atoms]``. Each carries the energy (eV) and forces (eV/Å) of a reference
potential and, if periodic, its stress (eV/Å³) in a `SinglePointCalculator`; on disk, extended XYZ.
``atoms.info["run"]`` names the independent simulation that a frame comes from.
"""

from lecture8.frames.adoption import adopt
from lecture8.frames.checks import check
from lecture8.frames.complete import check_labels
from lecture8.frames.copies import duplicates, group_by, pair_distances
from lecture8.frames.description import describe, torsion
from lecture8.frames.files import read, write
from lecture8.frames.labels import changed_since_labelled, label
from lecture8.frames.splitting import split

__all__ = [
    "adopt",
    "changed_since_labelled",
    "check",
    "check_labels",
    "describe",
    "duplicates",
    "group_by",
    "label",
    "pair_distances",
    "read",
    "split",
    "torsion",
    "write",
]
