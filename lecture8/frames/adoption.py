"""Labels that other programs wrote under names of their own, and how a frame adopts them."""

import re

import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator
from ase.stress import full_3x3_to_voigt_6_stress

from lecture8.frames.labels import is_number
from lecture8.frames.lists import as_list

# What people call them, in any case: REF_energy, TotEnergy, E_dft, DFT_forces, vasp_force, ...
_NAMES = {
    "energy": r"energ|toten|^e$|^e_?(0|tot|pot|ref|dft)|^(dft|ref)_?e$",
    "forces": r"forc|^f$|^f_?(ref|dft)|^(dft|ref)_?f$",
    "stress": r"stress",
    "virial": r"virial",
}
# Names that hold one of these words and mean something else.
_OTHERS = re.compile(
    r"weight|per_?atom|kinetic|formation|binding|cohesi|atomi[sz]|hull|fermi|cut|error|std|var|unc",
    re.IGNORECASE,
)


def adopt(
    frames: list[Atoms],
    *,
    energy: str | None = None,
    forces: str | None = None,
    stress: str | None = None,
    virial: str | None = None,
) -> list[Atoms]:
    """Return copies whose labels are what they hold under other names, such as "REF_energy".

    A name is looked for in ``atoms.info``, ``atoms.arrays`` and the results of the calculator, and
    leaves the first two. Labels that no name is given for stay. Numbers are taken as they are:
    eV, eV/Å and eV/Å3. Constraints are dropped: a label is the whole force.

    Parameters
    ----------
    frames : list of Atoms
    energy : str
        Total energy, one number, eV.
    forces : str
        (N, 3), eV/Å.
    stress : str
        sigma = (1/V) dE/d(strain), eV/Å3; **positive** where the material pulls. (3, 3), its nine
        numbers, or six in ASE's order xx, yy, zz, yz, xz, xy.
    virial : str
        -dE/d(strain) = -V sigma, eV, as QUIP and GPUMD write it; shapes as for `stress`.

    Raises
    ------
    ValueError
        If no name or both stress and virial are given, a frame lacks one, it does not hold numbers
        of that shape, or there is a virial and no volume.
    """
    frames = as_list(frames)
    names = {"energy": energy, "forces": forces, "stress": stress, "virial": virial}
    names = {label: name for label, name in names.items() if name is not None}
    if not names:
        raise ValueError(
            'nothing to adopt; give a name, such as adopt(frames, energy="REF_energy")'
        )
    if {"stress", "virial"} <= names.keys():
        raise ValueError(f"stress={stress!r} and virial={virial!r} are the same label; give one")
    return [_adopted(atoms, names, index) for index, atoms in enumerate(frames)]


def _adopted(atoms: Atoms, names: dict[str, str], index: int) -> Atoms:
    copy = atoms.copy()
    copy.set_constraint()
    old = dict(getattr(atoms.calc, "results", {}))
    kept = {label: old[label] for label in ("energy", "forces", "stress") if label in old}
    for label, name in names.items():
        places = [place for place in (copy.info, copy.arrays, old) if name in place]
        if not places or name in ("numbers", "positions"):
            has = sorted({*copy.info, *copy.arrays, *old} - {"numbers", "positions"})
            raise ValueError(
                f"frame {index} holds nothing named {name!r}; "
                f"it has {', '.join(has) or 'no labels'}"
            )
        which = f"{name} of frame {index}"
        value = places[0].pop(name)
        if label == "energy":
            kept[label] = _number(value, which)
        elif label == "forces":
            kept[label] = _array(value, which, [(len(copy), 3)])
        else:
            kept["stress"] = _voigt(value, which)
        if label == "virial":
            if copy.cell.rank < 3:
                raise ValueError(
                    f"{which} is a virial, but the frame has no volume that makes a stress of it; "
                    "leave out virial, or give the frame its cell"
                )
            kept["stress"] = -kept["stress"] / copy.get_volume()
    copy.calc = SinglePointCalculator(copy, **kept)
    return copy


def other_names(atoms: Atoms) -> dict[str, list[str]]:
    """Return what `atoms` holds that may be labels: label -> names, references before models."""
    results = getattr(atoms.calc, "results", {})
    found = {}
    for label, pattern in _NAMES.items():
        names = [
            name
            for place in (atoms.info, atoms.arrays, results)
            for name, value in place.items()
            if (place is not results or name != label)
            and re.search(pattern, str(name), re.IGNORECASE)
            and not _OTHERS.search(str(name))
            and _fits(value, label, len(atoms))
        ]
        # What a model said of a frame lies beside what the reference said.
        names.sort(key=lambda name: not re.search("ref|dft|vasp|qm", name, re.IGNORECASE))
        if names:
            found[label] = list(dict.fromkeys(names))
    return found


def call_that_adopts(atoms: Atoms) -> str | None:
    """Return the call of `adopt` for the labels that `atoms` lacks, or None if it has no others."""
    results = getattr(atoms.calc, "results", {})
    has = {label for label in results if _fits(results[label], label, len(atoms))}
    names = {label: names[0] for label, names in other_names(atoms).items() if label not in has}
    if "stress" in has | names.keys():
        names.pop("virial", None)
    given = ", ".join(f'{label}="{name}"' for label, name in names.items())
    return f"lecture8.frames.adopt(frames, {given})" if names else None


def _fits(value, label: str, atoms: int) -> bool:
    if label == "energy":
        return is_number(value)
    if label == "forces":
        return np.shape(value) == (atoms, 3)
    return np.shape(value) in [(6,), (9,), (3, 3)]


def _number(value, which: str) -> float:
    if np.size(value) == 1 and is_number(np.reshape(value, ())):
        return float(np.reshape(value, ()))
    what = f"has shape {np.shape(value)}" if np.ndim(value) else f"is {value!r}"
    raise ValueError(f"{which} {what}, but must be one number, in eV")


def _array(value, which: str, shapes) -> np.ndarray:
    array = np.asarray(value)
    if array.shape not in shapes or array.dtype.kind not in "iuf":
        wanted = " or ".join(map(str, shapes))
        what = f"has shape {array.shape}" if array.dtype.kind in "iuf" else f"is {value!r}"
        raise ValueError(f"{which} {what}, but must be numbers of shape {wanted}")
    return array.astype(float)


def _voigt(value, which: str) -> np.ndarray:
    """Return a stress or virial as xx, yy, zz, yz, xz, xy."""
    value = _array(value, which, [(6,), (9,), (3, 3)])
    if value.shape == (6,):
        return value
    tensor = value.reshape(3, 3)
    asymmetry = np.abs(tensor - tensor.T).max()
    if asymmetry > 0.05 * np.abs(tensor).max():  # more than digits and a loose k-mesh would leave
        raise ValueError(
            f"{which} is not symmetric: {tensor.tolist()}; a stress is, so look at its order"
        )
    return full_3x3_to_voigt_6_stress(tensor)
