"""Whether stresses have ASE's sign, unit and order: energies and forces of the same frames tell.

Two witnesses, both with a margin so wide that right labels pass. They say nothing where nothing
can be known: frames without forces in cells that do not change, or fewer than six.

- Energies: from one cell to another the energy changes by V sigma : strain, less the work of the
  forces (`work_of_strain`).
- Forces: what pulls atoms together pulls the cell together. Forces between pairs, fitted to the
  labelled ones, have a virial whose changes follow those of V sigma (`virial_of_pairs`).
"""

import numpy as np
from ase import Atoms, units

from lecture8.frames.pair_forces import virial_of_pairs
from lecture8.frames.strain_work import work_of_strain

# Where ASE's xx, yy, zz, yz, xz, xy stand in the orders of others.
_ORDERS = {
    "xx, yy, zz, yz, xz, xy": [0, 1, 2, 3, 4, 5],
    "xx, yy, zz, xy, yz, xz": [0, 1, 2, 4, 5, 3],
    "xx, yy, zz, xy, xz, yz": [0, 1, 2, 5, 4, 3],
    "xx, xy, xz, yy, yz, zz": [0, 3, 5, 4, 2, 1],
}
_ASE = "xx, yy, zz, yz, xz, xy"
# What one eV/Å3 is in other units, and what makes one of them of it.
_UNITS = {
    "GPa": (1 / units.GPa, "ase.units.GPa"),
    "kbar": (10 / units.GPa, "0.1 * ase.units.GPa"),
    "bar": (1 / units.bar, "ase.units.bar"),
    "Pa": (1 / units.Pascal, "ase.units.Pascal"),
    "Hartree/Bohr3": (units.Bohr**3 / units.Hartree, "ase.units.Hartree / ase.units.Bohr**3"),
}
_DEFINITION = "it is (1/V) dE/d(strain) in eV/Å3, positive where the material pulls"
_LARGEST = 60.0  # eV: sigma V of an atom. Iron at 1.5 TPa has 40, diamond pulled apart 10.


def check_stress(frames: list[Atoms], name: str) -> None:
    """Refuse stresses whose sign, unit or order is wrong beyond doubt.

    Raises
    ------
    ValueError
        Says how far they are off, and the likely cause.
    """
    frames = [atoms for atoms in frames if "stress" in atoms.calc.results]
    if not frames:
        return
    volume = np.array([atoms.get_volume() for atoms in frames])  # (B,) Å3
    stress = np.array([atoms.calc.results["stress"] for atoms in frames])  # (B, 6) eV/Å3
    sizes = np.array([len(atoms) for atoms in frames])
    if not stress.any():
        return
    for evidence, witness in (
        (virial_of_pairs(frames), "their forces ask for"),
        (work_of_strain(frames), "their energies, as the cell changes, ask for"),
    ):
        if evidence is not None:
            _judge(evidence, volume[:, None] * stress, witness, np.median(volume), name)
    typical = np.median(np.abs(stress).max(1) * volume / sizes)
    if typical > _LARGEST:
        raise ValueError(
            f"the stresses of {name} are {np.median(np.abs(stress).max(1)):.4g} eV/Å3 (median of "
            f"the largest component), {typical:.3g} eV for each atom, and no material bears "
            f"more than {_LARGEST:g}: are they in kbar, bar or GPa, or virials? For a stress, "
            f"{_DEFINITION}"
        )


def _judge(evidence, strain_energy: np.ndarray, witness: str, volume: float, name: str) -> None:
    """Hold V sigma (B, 6) to what a witness says, in the order that suits it best."""
    alike = {order: _alike(evidence, strain_energy[:, k]) for order, k in _ORDERS.items()}
    best = max(alike, key=alike.get)
    unexplained = 1 - alike[best] ** 2
    if alike[best] > evidence.doubt and unexplained < evidence.share * (1 - alike[_ASE] ** 2):
        raise ValueError(
            f"the stresses of {name} follow what {witness} in the order {best} (correlation "
            f"{alike[best]:.2f}), not in ASE's, {_ASE} ({alike[_ASE]:.2f}); take "
            f"stress[{_ORDERS[best]}] of each"
        )
    ours, theirs = evidence.compare(strain_energy)
    norm = np.sum(theirs**2)
    if not norm or abs(np.sum(ours * theirs)) < evidence.doubt * np.sqrt(norm * np.sum(ours**2)):
        return
    times = norm / np.sum(ours * theirs)
    if not 1 / 12 < times < 12:
        raise ValueError(
            f"the stresses of {name} are {times:.3g} times what {witness} ({evidence.basis}): "
            f"{_cause(times, volume)}. For a stress, {_DEFINITION}"
        )


def _alike(evidence, strain_energy: np.ndarray) -> float:
    """Return the size of the correlation, of the shears alone if there are several components."""
    ours, theirs = evidence.compare(strain_energy)
    if ours.ndim == 2:
        ours, theirs = ours[:, 3:], theirs[:, 3:]
    norm = np.sqrt(np.sum(ours**2) * np.sum(theirs**2))
    return abs(np.sum(ours * theirs)) / norm if norm > 0 else 0.0


def _cause(times: float, volume: float) -> str:
    if -12 < times < -1 / 12:
        return "they have the opposite sign, so multiply them by -1"
    causes = {f"in {unit}": (size, f"{to}") for unit, (size, to) in _UNITS.items()}
    causes["virials, in eV"] = (volume, "1 / V")
    # A virial is -V sigma; what is printed as a pressure has the other sign, too.
    off = {cause: abs(np.log(abs(times) / size)) for cause, (size, _) in causes.items()}
    near = sorted(off, key=off.get)[:2]
    # The nearest within a factor of 5, and another that is as likely.
    near = [c for c, most in zip(near, (5, 2), strict=True) if off[c] < np.log(most)]
    if not near:
        return "they are in another unit"
    sign = "-" if times < 0 else ""
    also = ", with the opposite sign" if times < 0 else ""
    return " or ".join(f"they are {c}{also}? (multiply by {sign}{causes[c][1]})" for c in near)
