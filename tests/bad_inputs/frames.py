"""What reading, writing, labelling, splitting and checking of frames are given."""

import gzip

import numpy as np
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.calculator import CalculationFailed
from ase.calculators.emt import EMT
from ase.calculators.singlepoint import SinglePointCalculator

from lecture8.fitting import Loss, errors
from lecture8.frames import (
    adopt,
    check,
    check_labels,
    describe,
    duplicates,
    label,
    read,
    split,
    write,
)

from .row import Row

FRAME = """2
Lattice="5 0 0 0 5 0 0 0 5" Properties=species:S:1:pos:R:3:forces:R:3 energy=-3.25 pbc="T T T"
Cu 0.10000000 0.20000000 0.30000000 1.00000000 2.00000000 3.00000000
Cu 1.10000000 2.20000000 2.30000000 -1.00000000 -2.00000000 -3.25000000
"""


def reading(content, name="a.xyz"):
    """Read a file of this content: bytes, or text."""

    def call(folder):
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name).write_bytes(data)
        read(folder / name)

    return call


def checking(change=None, function=check, **keys):
    """Check what a file holds, with other keys in its comment line, and changed."""

    def call(folder):
        text = FRAME
        for old, new in keys.items():
            text = text.replace(old, new)
        (folder / "a.xyz").write_text(text)
        frames = read(folder / "a.xyz")
        if change:
            change(frames[0])
        function(frames)

    return call


def result(name, value):
    return lambda atoms: atoms.calc.results.update({name: value})


def crystals(factor):
    """Check copper whose stresses are multiplied by `factor`."""

    def call(folder):
        rng, frames = np.random.default_rng(0), []
        for _ in range(12):
            atoms = bulk("Cu", cubic=True)
            atoms.positions += 0.1 * rng.normal(size=(4, 3))
            frames.append(atoms)
        frames = label(frames, EMT())
        for atoms in frames:
            atoms.calc.results["stress"] = factor(atoms.calc.results["stress"])
        check(frames)

    return call


def molecule(energy=0.0, positions=((0, 0, 0), (0, 0, 1.0)), forces=None, symbols="H2", **info):
    atoms = Atoms(symbols, positions, info=info)
    forces = np.zeros((len(atoms), 3)) if forces is None else forces
    atoms.calc = SinglePointCalculator(atoms, energy=energy, forces=forces)
    return atoms


def stretched(force):
    """Frames whose energy is x²/2 and whose force on the second atom is `force` times -x."""
    frames = []
    for x in np.linspace(0.01, 0.3, 9):
        forces = [[0, 0, force * x], [0, 0, -force * x]]
        frames.append(molecule(x**2 / 2, ((0, 0, 0), (0, 0, 1 + x)), forces))
    return frames


def splitting(frames=None, **given):
    def call(folder):
        runs = [Atoms("H", info={"run": k // 3}) for k in range(9)] if frames is None else frames
        split(runs, **({"train": 3, "validation": 3, "rng": np.random.default_rng(0)} | given))

    return call


def moved(folder):
    atoms = molecule()
    atoms.positions += 0.1
    write(folder / "out" / "a.xyz", [atoms])


def writing(**info):
    return lambda folder: write(folder / "out" / "a.xyz", [Atoms("H", info=info)])


class Nothing(EMT):
    """A potential whose energy is NaN."""

    def calculate(self, *given):
        super().calculate(*given)
        self.results["energy"] = np.nan


ENERGY = "energy=-3.25"
CUT = "cut short or garbled"
ROWS = [
    Row("frames: no file", lambda f: read(f / "no.xyz"), FileNotFoundError, r"no file .*no\.xyz"),
    Row("frames: a folder", lambda f: read(f), ValueError, "is a folder; give the name"),
    Row("frames: an empty file", reading(""), ValueError, "it is empty"),
    Row("frames: blank lines alone", reading("\n \n"), ValueError, "it is empty"),
    Row("frames: a binary file", reading(b"\x89PNG\0\0\1"), ValueError, "no text, but begins with"),
    Row("frames: a false gz", reading("2\n", "a.xyz.gz"), ValueError, "cannot be unpacked"),
    Row(
        "frames: a gz cut short",
        reading(gzip.compress(FRAME.encode())[:-20], "a.xyz.gz"),
        ValueError,
        "cannot be unpacked.*copy it again",
    ),
    Row(
        "frames: an atom at nan",
        reading(FRAME.replace("2.20000000", "nan")),
        ValueError,
        r"line 4 has the position .*nan.*; leave the frame out",
    ),
    Row(
        "frames: an atom at inf",
        reading(FRAME.replace("1.10000000", "1e400")),
        ValueError,
        r"line 4 has the position .*inf",
    ),
    Row(
        "frames: a cell of nan",
        reading(FRAME.replace("5 0 0 0 5", "5 0 0 0 nan")),
        ValueError,
        r"line 2 has the cell .*nan",
    ),
    Row("frames: prose", reading("hello\nworld\n"), ValueError, f"line 1 is 'hello'.*{CUT}"),
    Row("frames: a row too few", reading(FRAME[:-80]), ValueError, f"lines too early.*{CUT}"),
    Row("frames: half a number", reading(FRAME[:-4]), ValueError, "ends with '-3.25000'.*digits"),
    Row("frames: an exponent cut", reading(FRAME[:-1] + "e-0"), ValueError, "ends with .*e-0'"),
    Row("frames: a count too small", reading("1" + FRAME[1:]), ValueError, "line 4 is 'Cu 1.1"),
    Row("frames: a count too large", reading("3" + FRAME[1:]), ValueError, "to have 3 atoms"),
    Row("frames: a split number", reading(FRAME.replace("0.2", "0. 2")), ValueError, "8 columns"),
    Row("frames: a column gone", reading(FRAME.replace("0.30000000", "")), ValueError, CUT),
    Row("frames: a letter", reading(FRAME.replace("0.2", "O.2")), ValueError, "line 1.*'O.2"),
    Row(
        "frames: species Hx",
        reading(FRAME.replace("Cu 0", "Hx 0")),
        ValueError,
        "'Hx', which is no",
    ),
    Row(
        "frames: species 29",
        reading(FRAME.replace("Cu 0", "29 0")),
        ValueError,
        "'29', which is no",
    ),
    Row(
        "frames: element 200",
        reading(FRAME.replace("species:S", "Z:I").replace("\nCu", "\n200")),
        ValueError,
        "atomic numbers up to 200",
    ),
    Row(
        "frames: species OW",
        reading(FRAME.replace("Cu 0", "OW 0")),
        ValueError,
        "'OW', which is no",
    ),
    Row(
        "frames: six of a stress",
        reading(FRAME.replace(ENERGY, 'stress="1 2 3 4 5 6"')),
        ValueError,
        "stress that is not nine numbers",
    ),
    Row(
        "frames: one of a virial",
        reading(FRAME.replace(ENERGY, "virial=0.0")),
        ValueError,
        "virial that is not nine numbers",
    ),
    Row(
        "frames: a skew stress",
        reading(FRAME.replace(ENERGY, 'stress="1 2 3 4 5 6 7 8 9"')),
        ValueError,
        "stress that is not symmetric",
    ),
    Row(
        "frames: no positions",
        reading(FRAME.replace(":pos:", ":xyz:")),
        ValueError,
        "species and pos",
    ),
    Row(
        "frames: half a column",
        reading(FRAME.replace("forces:R:3", "forces:R")),
        ValueError,
        "Properties=.*no list of name:type:columns",
    ),
    # What carries no labels, or others.
    Row(
        "frames: a key alone",
        checking(**{ENERGY: "energy"}),
        ValueError,
        "energy=True is no number .*key without a value",
    ),
    Row(
        "frames: energy with a unit",
        checking(**{ENERGY: 'energy="-3.0 eV"'}),
        ValueError,
        "energy='-3.0 eV' is no number",
    ),
    Row("frames: energy None", checking(**{ENERGY: "energy=None"}), ValueError, "energy='None'"),
    Row("frames: two energies", checking(**{ENERGY: 'energy="-3 -3"'}), ValueError, "2 values"),
    Row("frames: energy nan", checking(**{ENERGY: "energy=nan"}), ValueError, "energy of nan"),
    Row("frames: forces inf", checking(**{"3.25000000\n": "inf\n"}), ValueError, "forces of -?inf"),
    *(
        Row(
            f"frames: energy as {key}",
            checking(**{ENERGY: f"{key}=-3.25"}),
            ValueError,
            rf'no energy;.*adopt\(frames, energy="{key}"\)',
        )
        for key in ("REF_energy", "dft_energy", "free_energy", "MACE_energy", "Energy", "TotEnergy")
    ),
    *(
        Row(
            f"frames: forces as {key}",
            checking(**{":forces:": f":{key}:"}),
            ValueError,
            rf'no forces;.*adopt\(frames, forces="{key}"\)',
        )
        for key in ("REF_forces", "force", "DFT_forces", "vasp_force")
    ),
    Row("frames: nothing to check", lambda f: check([]), ValueError, "empty list"),
    Row("frames: one structure", lambda f: check(Atoms("Ar")), ValueError, r"Ar; give a list"),
    Row("frames: a path to check", lambda f: check("a.xyz"), ValueError, "'a.xyz'.*read"),
    Row("frames: not all Atoms", lambda f: check_labels([Atoms("H"), 3]), ValueError, "holds 3 as"),
    Row(
        "frames: an element X",
        checking(lambda a: a.symbols.__setitem__(0, "X")),
        ValueError,
        "is X, which is no element",
    ),
    Row("frames: no cell", lambda f: check([Atoms("Ar", pbc=True)]), ValueError, "no cell vector"),
    Row(
        "frames: a position of 1e30",
        lambda f: check([Atoms("H", [[1e30, 0, 0]])]),
        ValueError,
        r"positions of 1e\+30",
    ),
    Row(
        "frames: forces of one atom",
        checking(result("forces", np.zeros((1, 3)))),
        ValueError,
        r"shape \(1, 3\), but must be \(2, 3\)",
    ),
    Row(
        "frames: forces as text",
        checking(result("forces", np.full((2, 3), "a"))),
        ValueError,
        "forces that are no numbers",
    ),
    Row("frames: a stress matrix", checking(result("stress", np.eye(3))), ValueError, r"\(3, 3\)"),
    Row("frames: a stress of nine", checking(result("stress", np.ones(9))), ValueError, r"\(9,\)"),
    Row(
        "frames: a stress with nan",
        checking(result("stress", np.full(6, np.nan))),
        ValueError,
        "stress of nan",
    ),
    Row(
        "frames: two at one place",
        lambda f: check([molecule(positions=np.zeros((2, 3)))]),
        ValueError,
        "atoms 0 and 1 of frame 0 .* same place",
    ),
    Row(
        "frames: an energy in Hartree",
        lambda f: check([molecule(-31.0)] * 3 + [molecule(-31 / 27.211386)]),
        ValueError,
        "frame 3 .*are some in Hartree",
    ),
    Row("frames: forces backwards", lambda f: check(stretched(-1)), ValueError, "wrong sign"),
    Row("frames: forces in kcal/mol", lambda f: check(stretched(23.06)), ValueError, "kcal/mol/Å"),
    Row("frames: stress backwards", crystals(lambda s: -s), ValueError, "opposite sign"),
    Row("frames: stress in GPa", crystals(lambda s: s / units.GPa), ValueError, "in GPa"),
    Row("frames: stress in kbar", crystals(lambda s: 10 * s / units.GPa), ValueError, "in kbar"),
    Row("frames: stress in bar", crystals(lambda s: s / units.bar), ValueError, "in bar"),
    Row("frames: stress as a virial", crystals(lambda s: -47.0 * s), ValueError, "virials, in eV"),
    Row(
        "frames: VASP's order",
        crystals(lambda s: s[[0, 1, 2, 5, 3, 4]]),
        ValueError,
        "in the order xx, yy, zz, xy, yz, xz",
    ),
    # The others.
    Row("adopt: no name", lambda f: adopt([molecule()]), ValueError, "nothing to adopt"),
    Row("adopt: no such name", lambda f: adopt([molecule()], energy="E"), ValueError, "named 'E'"),
    Row(
        "adopt: text",
        lambda f: adopt([molecule(E="-3 eV")], energy="E"),
        ValueError,
        "'-3 eV', but",
    ),
    Row(
        "adopt: a shape",
        lambda f: adopt([molecule(F=np.zeros(3))], forces="F"),
        ValueError,
        r"shape \(3,\), but must be numbers of shape \(2, 3\)",
    ),
    Row(
        "adopt: no volume",
        lambda f: adopt([molecule(v=np.eye(3))], virial="v"),
        ValueError,
        "no volume",
    ),
    Row(
        "adopt: one stress twice",
        lambda f: adopt([molecule()], stress="a", virial="b"),
        ValueError,
        "'a' and virial='b'",
    ),
    Row("label: one structure", lambda f: label(Atoms("Cu"), EMT()), ValueError, "give a list"),
    Row(
        "label: NaN",
        lambda f: label([Atoms("Cu")], Nothing()),
        CalculationFailed,
        "energy of frame 0",
    ),
    Row("describe: nothing", lambda f: describe([]), ValueError, "no frames to describe"),
    Row("describe: a number", lambda f: describe(3), ValueError, "is 3, but must be a list"),
    Row("duplicates: tolerance 0", lambda f: duplicates([], [], tolerance=0), ValueError, "is 0 Å"),
    Row(
        "duplicates: one structure",
        lambda f: duplicates([], Atoms("H")),
        ValueError,
        "H; give a list",
    ),
    Row(
        "write: nothing", lambda f: write(f / "out" / "a.xyz", []), ValueError, "no frames to write"
    ),
    Row("write: a moved frame", moved, ValueError, "frame 0 was changed after it was labelled"),
    Row("write: a key with =", writing(**{"a=b": 1}), ValueError, r"info\['a=b'\] of frame 0"),
    Row("write: an object", writing(a=EMT), ValueError, r"info\['a'\] of frame 0"),
    Row("write: six of a virial", writing(virial=np.zeros(6)), ValueError, "not nine numbers"),
    Row("split: a share", splitting(train=0.8), ValueError, "train is 0.8"),
    Row("split: a float", splitting(validation=3.0), ValueError, "validation is 3.0.*write 3"),
    Row("split: negative", splitting(test=-1), ValueError, "test is -1"),
    Row("split: nothing", splitting(train=0, validation=0), ValueError, "ask for some frames"),
    Row("split: too many", splitting(train=9), ValueError, "= 12 frames, but there are 9"),
    Row(
        "split: one run",
        splitting([Atoms("H", info={"run": 1})] * 6),
        ValueError,
        "at least 2 runs",
    ),
    Row("split: no run", splitting([Atoms("H")] * 6), ValueError, "which run it comes from"),
    Row("split: a seed", splitting(rng=7), ValueError, "rng is 7"),
    Row("errors: nothing", lambda f: errors([], EMT()), ValueError, "no frames to compare"),
    Row(
        "errors: no labels", lambda f: errors([Atoms("Cu")], EMT()), ValueError, "carries no energy"
    ),
    Row(
        "errors: an energy of True",
        checking(result("energy", True), lambda f: errors(f, EMT())),
        ValueError,
        "energy=True is no number",
    ),
    Row(
        "Loss: nothing left",
        lambda f: Loss(energy=np.inf, forces=np.inf),
        ValueError,
        "nothing is left to fit to",
    ),
    Row("Loss: a stress of 0", lambda f: Loss(stress=0), ValueError, "stress is 0"),
]
