"""A crystal from its file, ready to run, or a sentence on why it is not."""

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io import read as ase_read
from ase.io.formats import UnknownFileTypeError, filetype

from lecture8.active_learning.exploration import TOO_CLOSE, too_close
from lecture8.arguments import check_generator, check_whole
from lecture8.conductivity.charges import formal_charges, unusual
from lecture8.conductivity.ordering import order
from lecture8.conductivity.whole_numbers import symbol

# Text, of which none runs code. CIF is read by pymatgen, the others by ASE.
FORMATS = {
    "cif": "CIF",
    "vasp": "POSCAR",
    "extxyz": "extended XYZ",
    "xsf": "XSF",
    "espresso-in": "Quantum Espresso's input",
    "aims": "FHI-aims' geometry.in",
}
SITES_TOO_CLOSE = 0.4  # sums of covalent radii; Li-Li 1.0 Å, which a relaxation parts
MOST_ROOM = 80  # Å3 an atom; CsI has 48
SAME_FORMULA = 0.02  # of an atom per formula unit's atom: occupancies are rounded


@dataclass(frozen=True, eq=False)  # == of arrays is an array
class Crystal:
    """A crystal from a file.

    Parameters
    ----------
    orderings : list of Atoms
        Without a choice to make, one; else those that were chosen, the best guess first.
    charges : dict, element -> float
        Formal, in units of e.
    notes : list of str
        What was chosen on the way, in sentences.
    """

    orderings: list[Atoms]
    charges: dict[str, float]
    notes: list[str]


def read_crystal(
    path: str | Path,
    *,
    ion: str,
    formula: str | None = None,
    charges: dict[str, float] | None = None,
    orderings: int = 1,
    rng: np.random.Generator,
) -> Crystal:
    """Return the crystal of a file, its atoms one by one.

        crystal = read_crystal("Li6PS5Cl.cif", ion="Li", rng=np.random.default_rng(1))

    Where sites are filled in part, or shared by elements, an ordering is chosen by electrostatics
    (`whole_numbers`, `ordering`), and `notes` say so.

    Parameters
    ----------
    path : str or Path
        CIF; POSCAR and CONTCAR; extended XYZ and other text that ASE reads, of one frame.
    ion : str
        The element that is to move.
    formula : str, optional
        What the crystal is made of, if you know: "Li6PS5Cl". Left out, what a CIF says of itself
        (_chemical_formula_sum) is compared with its sites.
    charges : dict, element -> float, optional
        Where the usual oxidation states are wrong (`charges.formal_charges`).
    orderings : int
        How many, at most.
    rng : numpy Generator

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no crystal, has another formula, charges that do not add up, no such ion, or atoms
        too close to each other; or no ordering can be found.
    """
    check_generator("rng", rng)
    check_whole("orderings", orderings, 1)
    path = Path(path)
    structure, stated = _structure(path)
    amounts = _amounts(structure)
    _check_formula(
        path.name, amounts, formula or stated, "the file says" if not formula else "you say"
    )
    if ion not in amounts:
        raise ValueError(
            f"{path.name} holds no {ion}; it is made of {', '.join(amounts)}: name one of these"
        )
    if len(amounts) == 1 or amounts[ion] == sum(amounts.values()):
        raise ValueError(
            f"{path.name} holds nothing but {ion}; an ionic conductor has a framework, too"
        )
    charges = formal_charges(amounts, charges)
    if charges[ion] == 0:
        raise ValueError(f"{ion} has no charge in {path.name}, and so carries no current")
    notes, found = (
        [f"formal charges: {', '.join(f'{x} {q:+g}' for x, q in charges.items())}"],
        [structure],
    )
    if strange := unusual(charges):
        notes.append(
            f"unusual charges: {', '.join(strange)}; is an atom, or an occupancy, missing in the "
            "file?"
        )
    if not structure.is_ordered:
        found, said = order(structure, charges, ion=ion, number=orderings, rng=rng)
        notes += said
    crystals = [_atoms(one, ion) for one in found]
    for atoms in crystals:
        _check_volume(path.name, atoms)
        _check_distances(path.name, atoms, TOO_CLOSE if structure.is_ordered else SITES_TOO_CLOSE)
    return Crystal(crystals, charges, notes)


def _structure(path: Path):
    """Return a pymatgen Structure, and the formula that the file states, or None."""
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no file {path}; check the name and the folder you run in"
        )
    try:
        kind = "cif" if path.suffix.lower() == ".cif" else filetype(str(path))
    except (UnknownFileTypeError, OSError, UnicodeDecodeError):
        kind = None
    if kind not in FORMATS:
        raise ValueError(
            f"{path.name} is {'of an unknown format' if kind is None else kind}; give "
            f"{', '.join(FORMATS.values())}, which ase.io.write can make of many others"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what they warn of is checked here
            return _from_cif(path) if kind == "cif" else (_from_ase(path, kind), None)
    except _NoCrystal:
        raise
    except Exception as cause:  # a parser can stumble in any way
        raise ValueError(
            f"{path.name} cannot be read as {FORMATS[kind]} ({type(cause).__name__}: "
            f"{str(cause).strip()[:200]}); is it cut short, damaged, or another format?"
        ) from cause


class _NoCrystal(ValueError):
    """The file was read, and holds something else."""


def _from_cif(path: Path):
    from pymatgen.io.cif import CifParser

    parser = CifParser.from_str(_text(path), occupancy_tolerance=1.01)
    # What a journal adds before and after has no atoms.
    parser._cif.data = {k: x for k, x in parser._cif.data.items() if "_atom_site_label" in x.data}
    blocks = [block.data for block in parser._cif.data.values()]
    if len(blocks) != 1:
        raise _NoCrystal(
            f"{path.name} holds {len(blocks)} structures; give a file with the one you mean"
        )
    _check_occupancies(path.name, blocks[0])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        (structure,) = parser.parse_structures(primitive=False, on_error="raise", check_occu=True)
    if any("Defaulting to P1" in str(warning.message) for warning in caught):
        raise _NoCrystal(
            f"{path.name} does not say its symmetry in a way that can be read, so that only the "
            "atoms that it lists would be there; give the operations (_symmetry_equiv_pos_as_xyz), "
            "or the usual short symbol, such as 'F m -3 m' or 'P 1'"
        )
    _check_number(path.name, structure, blocks[0])
    return structure, blocks[0].get("_chemical_formula_sum")


def _check_occupancies(name: str, block) -> None:
    """Raise if an occupancy is no number from 0 to 1; the parser would take 1, or no site."""
    for label, text in zip(
        block["_atom_site_label"], block.get("_atom_site_occupancy", ()), strict=False
    ):
        try:
            occupancy = 1.0 if text in ("?", ".") else float(text.partition("(")[0])
        except ValueError:
            occupancy = np.nan
        if not 0 <= occupancy <= 1.01:
            raise _NoCrystal(
                f"in {name}, {label} has the occupancy {text!r}; write a number from 0 to 1, "
                "with a decimal point"
            )


def _text(path: Path) -> str:
    """Return the text of a file, with whatever mark it begins."""
    content = path.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    return content.decode("utf-8-sig", "replace")


def _check_number(name: str, structure, block) -> None:
    """Raise if the cell does not have as many atoms as its formula and Z say."""
    from pymatgen.core import Composition

    stated, Z = block.get("_chemical_formula_sum"), block.get("_cell_formula_units_Z")
    try:
        expected = Composition(stated).num_atoms * float(Z)
    except Exception:  # it says nothing that could be held against it
        return
    found = structure.composition.num_atoms
    if abs(found - expected) > 0.1 * expected:
        raise _NoCrystal(
            f"{name} says Z = {Z} of {stated}, {expected:g} atoms in a cell, but its sites and "
            f"symmetry give {found:g}; is the symmetry right, and is each site listed once?"
        )


def _from_ase(path: Path, kind: str):
    from pymatgen.io.ase import AseAtomsAdaptor

    frames = ase_read(path, index=":", format=kind, do_not_split_by_at_sign=True)
    if len(frames) != 1:
        raise _NoCrystal(
            f"{path.name} holds {len(frames)} frames; give a file with the one you mean, or, for "
            "runs that were made already, --trajectories"
        )
    atoms = frames[0]
    if not atoms.pbc.all() or atoms.cell.rank < 3:
        raise _NoCrystal(
            f"{path.name} is no crystal: periodic is {atoms.pbc.tolist()}, the cell vectors are "
            f"{atoms.cell.array.tolist()}; it needs three that are"
        )
    return AseAtomsAdaptor.get_structure(
        Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=True)
    )


def _amounts(structure) -> dict[str, float]:
    """Return how many atoms of each element the cell has, in the order of the file."""
    amounts: dict[str, float] = {}
    for site in structure:
        for species, amount in site.species.items():
            amounts[symbol(species)] = amounts.get(symbol(species), 0.0) + amount
    return amounts


def _check_formula(name: str, amounts: dict[str, float], stated: str | None, who: str) -> None:
    from pymatgen.core import Composition

    if stated is None or stated.strip() in ("", "?", "."):
        return
    try:
        expected = Composition(stated).fractional_composition
    except Exception as cause:
        raise ValueError(
            f"the formula {stated!r} cannot be read ({cause}); write Li6PS5Cl"
        ) from None
    found = Composition(amounts).fractional_composition
    elements = {*expected, *found}
    if max(abs(expected[x] - found[x]) for x in elements) > SAME_FORMULA:
        raise ValueError(
            f"the sites of {name} give {Composition(amounts).reduced_formula}, but {who} "
            f"{stated}: are atoms, or occupancies, missing? If the sites are right, say so with "
            "formula=..."
        )


def _atoms(structure, ion: str) -> Atoms:
    """Return the atoms, the ion first and the rest in the order of the file, wrapped."""
    symbols = [symbol(next(iter(site.species))) for site in structure]
    atoms = Atoms(
        symbols, scaled_positions=structure.frac_coords % 1, cell=structure.lattice.matrix, pbc=True
    )
    first = list(dict.fromkeys([ion, *symbols]))
    return atoms[np.argsort([first.index(x) for x in symbols], kind="stable")]


def _check_volume(name: str, atoms: Atoms) -> None:
    room = atoms.get_volume() / len(atoms)
    if room > MOST_ROOM:
        raise ValueError(
            f"{name} has {room:.0f} Å³ for each atom, where crystals have 10 to 40: is the unit Å, "
            "and is it a crystal, not a molecule or a slab in a box?"
        )


def _check_distances(name: str, atoms: Atoms, limit: float) -> None:
    if too_close(atoms, limit):
        distances = atoms.get_all_distances(mic=True) + 1e3 * np.eye(len(atoms))
        i, j = np.unravel_index(np.argmin(distances), distances.shape)
        raise ValueError(
            f"in {name}, {atoms.symbols[i]} {i} and {atoms.symbols[j]} {j} are "
            f"{distances[i, j]:.2f} Å apart, nearer than any bond; is the unit Å, and is each site "
            "listed once?"
        )
