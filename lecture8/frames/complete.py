"""Whether frames carry the labels that a fit needs, as numbers of the right shape."""

import numpy as np
from ase import Atoms

from lecture8.frames.adoption import call_that_adopts
from lecture8.frames.labels import changed_since_labelled, is_number
from lecture8.frames.lists import as_list

REMEDY = "label it with lecture8.frames.label(frames, potential)"
_FARTHEST = 1e8  # Å, a centimetre: no simulated atom gets that far


def check_labels(frames: list[Atoms], *, name: str = "the frames") -> None:
    """Refuse frames without finite energy and forces, made for the positions that they have now.

    A stress may be missing, but not be something else than six finite numbers.

    Raises
    ------
    ValueError
        If there are no frames, or one of them is not so; names the frame and the value.
    """
    frames = as_list(frames, name)
    if not frames:
        raise ValueError(f"{name} are an empty list; give at least one labelled frame")
    for index, atoms in enumerate(frames):
        which = f"frame {index} of {name}"
        if not len(atoms):
            raise ValueError(f"{which} has no atoms; leave it out")
        _check_structure(atoms, which)
        if missing := _missing(atoms):
            call = call_that_adopts(atoms)
            remedy = f"it has labels under other names: {call} adopts them" if call else REMEDY
            raise ValueError(
                f"{which} carries {' and '.join(missing)}; a fit needs an energy and forces for "
                f"every frame: {remedy}"
            )
        if changed_since_labelled(atoms):
            raise ValueError(f"{which} was changed after it was labelled; {REMEDY}")
        results = atoms.calc.results
        _check_shape("forces", results["forces"], (len(atoms), 3), which)
        if "stress" in results:
            _check_shape("stress", results["stress"], (6,), which)
            if atoms.cell.rank < 3:
                raise ValueError(
                    f"{which} has a stress, but its cell {atoms.cell.array.tolist()} has no "
                    'volume; give it its cell, or remove atoms.calc.results["stress"]'
                )
        for what in ("energy", "forces", "stress"):
            value = np.ravel(results.get(what, 0.0))
            if not np.all(np.isfinite(value)):
                bad = value[~np.isfinite(value)][0]
                raise ValueError(f"{which} has {what} of {bad}; leave it out")


def _check_structure(atoms: Atoms, which: str) -> None:
    far = atoms.positions[~(np.abs(atoms.positions) < _FARTHEST)]  # NaN is not less
    if len(far):
        raise ValueError(f"{which} has positions of {far[0]}, in Å; leave it out")
    if not np.all(np.isfinite(atoms.cell.array)):
        raise ValueError(f"{which} has a cell of {atoms.cell.array.tolist()}; leave it out")
    if not atoms.numbers.all():
        raise ValueError(
            f"atom {np.flatnonzero(atoms.numbers == 0)[0]} of {which} is X, which is no element; "
            "name its element, or remove it"
        )
    open_ended = atoms.pbc & ~atoms.cell.any(1)
    if open_ended.any():
        raise ValueError(
            f"{which} is periodic along {', '.join('abc'[k] for k in np.flatnonzero(open_ended))} "
            f"(pbc {atoms.pbc.tolist()}), but has no cell vector there; set its cell or its pbc"
        )


def _missing(atoms: Atoms) -> list[str]:
    """Return what is said to be missing: "no energy", "no forces"."""
    results = getattr(atoms.calc, "results", {})
    missing = [f"no {label}" for label in ("energy", "forces") if results.get(label) is None]
    energy = results.get("energy")
    if energy is not None and not is_number(energy):
        if isinstance(energy, bool | np.bool_):
            why = "a key without a value is read as True"
        elif isinstance(energy, str):
            why = "text; give the number alone, in eV"
        else:
            why = f"{np.size(energy)} values in shape {np.shape(energy)}, where one number must be"
        missing.insert(0, f"no energy, since energy={energy!r} is no number ({why})")
    return missing


def _check_shape(what: str, value, shape: tuple, which: str) -> None:
    value = np.asarray(value)
    if value.dtype.kind not in "iuf":
        raise ValueError(f"{which} has {what} that are no numbers, {value.ravel()[:3]}; {REMEDY}")
    if value.shape != shape:
        remedy = REMEDY
        if what == "stress":
            remedy = (
                "xx, yy, zz, yz, xz, xy in eV/Å3; of a matrix lecture8.frames.adopt(frames, "
                'stress="stress") makes them'
            )
        raise ValueError(
            f"the {what} of {which} {'have' if what == 'forces' else 'has'} shape {value.shape}, "
            f"but must be {shape}; {remedy}"
        )
