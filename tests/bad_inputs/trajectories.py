"""Trajectories, and what is measured of them."""

import gzip

import numpy as np
from ase import Atoms
from ase.io import write

from lecture8.ionic_conductivity import (
    arrhenius_fit,
    charge_displacement,
    density_grid,
    diffusion_coefficient,
    diffusive_window,
    fast_mean_squared_displacement,
    haven_ratio,
    log_log_slope,
    mean_squared_displacement,
    nernst_einstein,
    non_gaussian_parameter,
    read_trajectory,
    remove_drift,
    unwrap,
    van_hove_self,
)
from lecture8.measured import from_error, from_samples, paired_ratio, pooled, ratio

from .row import Row

CELL = 8.0 * np.eye(3)
TRUE = np.random.default_rng(0).random((1, 6, 3)) * 8 + np.cumsum(
    0.2 * np.random.default_rng(1).standard_normal((200, 6, 3)), axis=0
)
WRAPPED = TRUE % 8.0
TIMES = 0.1 * np.arange(200)
SPECIES = ["Li", "S"]
STILL = np.zeros((200, 2, 3))


# Files --------------------------------------------------------------------------------------------


def frames(positions=WRAPPED, cell=CELL, pbc=True):
    return [Atoms("Li3S3", positions=r, cell=cell, pbc=pbc) for r in positions[:40]]


def ase_file(name, change=lambda images: images, kind=None, interval_fs=50, **how):
    """Return a call that writes changed frames and reads them."""

    def call(folder):
        write(folder / name, change(frames()), format=kind)
        return read_trajectory(folder / name, interval_fs=interval_fs, **how)

    return call


def text_file(name, text, **how):
    """Return a call that writes text and reads it."""

    def call(folder):
        (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return read_trajectory(folder / name, **({"interval_fs": 50} | how))

    return call


def dump(columns="id type x y z", bounds="pp pp pp", old="", new=""):
    text = ""
    for k in range(4):
        text += f"ITEM: TIMESTEP\n{100 * k}\nITEM: NUMBER OF ATOMS\n2\n"
        text += f"ITEM: BOX BOUNDS {bounds}\n0 8\n0 8\n0 8\nITEM: ATOMS {columns}\n"
        for i in (1, 2):
            values = {"id": i, "type": i, "element": SPECIES[i - 1], "mass": 999}
            text += " ".join(str(values.get(c, f"{i}.{k:06d}")) for c in columns.split()) + " \n"
    return text.replace(old, new) if old else text


def xdatcar(names="Li S", counts="1 1", scale="1.0", old="", new=""):
    text = f"a comment\n{scale}\n8.0 0.0 0.0\n0.0 8.0 0.0\n0.0 0.0 8.0\n"
    text += f"{names}\n{counts}\n" if names else f"{counts}\n"
    for k in range(4):
        text += f"Direct configuration= {k + 1:5d}\n0.1 0.2 0.3\n0.5 0.5 0.{k}5\n"
    return text.replace(old, new) if old else text


LAMMPS = {"timestep_fs": 1.0, "interval_fs": None, "species": SPECIES}


def with_pbc(pbc):
    return lambda images: [Atoms(image, pbc=pbc) for image in images]


def without_cell(images):
    return [Atoms(image.symbols, positions=image.positions) for image in images]


def flat(images):
    return [Atoms(image, cell=[8, 8, 0]) for image in images]


def one_nan(images):
    images[17].positions[3, 1] = np.nan
    return images


def swapped(images):
    return [images[0], images[1][::-1]]


def missing(folder):
    return read_trajectory(folder / "XDATCAR_900K", interval_fs=1)


FILES = [
    Row("a trajectory that is not there", missing, FileNotFoundError, "no file .*XDATCAR_900K"),
    Row("a folder for a trajectory", lambda f: read_trajectory(f), FileNotFoundError, "no file"),
    Row(
        "a format that nobody knows",
        text_file("run.dcd", "CORD 12"),
        ValueError,
        r"format of run\.dcd is unknown: it begins with 'CORD 12'",
    ),
    Row("an empty file", text_file("anything", ""), ValueError, "format of anything is unknown"),
    Row("an empty .lammpstrj", text_file("a.lammpstrj", "", **LAMMPS), ValueError, "holds no line"),
    Row("a .traj of text", text_file("a.traj", "atoms"), ValueError, r"as ASE's \.traj"),
    Row(
        "a .gz that is cut",
        text_file("XDATCAR.gz", gzip.compress(xdatcar().encode())[:-20]),
        ValueError,
        r"XDATCAR\.gz .*(unpacked|cannot be read)",
    ),
    Row("one frame", ase_file("a.traj", lambda x: x[:1]), ValueError, "holds 1 frames.*two"),
    Row("no time", ase_file("a.traj", interval_fs=None), ValueError, "give either interval_fs"),
    Row("two times", ase_file("a.traj", timestep_fs=1), ValueError, "give either interval_fs"),
    Row("an interval of 0", ase_file("a.traj", interval_fs=0), ValueError, "interval_fs is 0"),
    Row(
        "an interval of NaN",
        ase_file("b.xyz", interval_fs=np.nan),
        ValueError,
        "interval_fs is nan",
    ),
    Row(
        "an interval of text", ase_file("a.traj", interval_fs="2"), ValueError, "interval_fs is '2'"
    ),
    Row(
        "a time step where frames have no numbers",
        ase_file("a.traj", interval_fs=None, timestep_fs=1),
        ValueError,
        "does not number its steps",
    ),
    Row("species of a .traj", ase_file("a.traj", species=SPECIES), ValueError, "leave species out"),
    Row("a limit of 0.7", ase_file("a.traj", limit=0.7), ValueError, "limit is 0.7.*0 and 0.5"),
    Row("a limit of 0", ase_file("a.traj", limit=0), ValueError, "limit is 0, but must be a pos"),
    Row(
        "wrapped='no'", ase_file("a.traj", wrapped="no"), ValueError, "wrapped is 'no'.*True, False"
    ),
    Row("NaN in one frame", ase_file("a.traj", one_nan), ValueError, "atom 3 in frame 17.*nan"),
    Row(
        "atoms that change places", ase_file("a.traj", swapped), ValueError, "frame 1 .*same order"
    ),
    Row(
        "wrapped, and pbc F F F",
        ase_file("a.xyz", with_pbc(False), "extxyz"),
        ValueError,
        "direction 0 is not periodic, but atom .*wrapped=True",
    ),
    Row(
        "wrapped, and pbc T T F",
        ase_file("a.traj", with_pbc([True, True, False])),
        ValueError,
        "direction 2 is not periodic, but atom .*wrapped=True",
    ),
    Row(
        "wrapped, and no cell",
        ase_file("a.xyz", without_cell, "extxyz"),
        ValueError,
        "not periodic, but atom .*needs the cell",
    ),
    Row(
        "wrapped=True without a cell",
        ase_file("a.xyz", without_cell, "extxyz", wrapped=True),
        ValueError,
        "no cell to unwrap with",
    ),
    Row("a periodic cell without volume", ase_file("a.traj", flat), ValueError, "span no volume"),
    Row(
        "an extended XYZ that is cut",
        text_file("a.xyz", "2\nenergy=1\nLi 0 0 0\n"),
        ValueError,
        "cut short|garbled",
    ),
]

DUMPS = [
    Row(name, text_file("run.lammpstrj", text, **(LAMMPS | how)), ValueError, sentence)
    for name, text, how, sentence in (
        ("a dump without species", dump(), {"species": None}, r'give them .*species=\["Li"'),
        ("species too few", dump(), {"species": ["Li"]}, r"1 elements, .*types up to 2 \(1, 2\)"),
        ("species too many", dump(), {"species": ["Li", "S", "P"]}, "3 elements, .*up to 2"),
        ("species as text", dump(), {"species": "LiS"}, "species is 'LiS', but must be a list"),
        ("species of no element", dump(), {"species": ["Li", "Sz"]}, "'Sz', which is no element"),
        ("type 0", dump(old="\n1 1 ", new="\n1 0 "), {}, r"types up to 2 \(0, 2\)"),
        ("species twice", dump("id element x y z"), {}, "names its elements; leave species out"),
        (
            "an element that is none",
            dump("id element x y z", old="Li", new="Lx"),
            {"species": None},
            "element 'Lx', which is none",
        ),
        ("a mass of 999", dump("id mass x y z"), {"species": None}, "mass 999, which no element"),
        ("no id", dump("type x y z"), {}, "no id.*dump them with id"),
        ("no positions", dump("id type vx vy vz"), {}, "no positions; dump x y z"),
        ("xu alone", dump("id type xu y z"), {}, "column xu, but not yu zu"),
        ("x y z, and ix alone", dump("id type x y z ix"), {}, "column ix, but not iy iz"),
        ("xs ys, and no zs", dump("id type xs ys"), {}, "column xs ys, but not zs"),
        ("a column twice", dump("id type x y z x"), {}, "column twice"),
        ("two boundary flags", dump(bounds="pp pp"), {}, "titled 'pp pp', not pp pp pp"),
        ("a box in reverse", dump(old="\n0 8\n0", new="\n8 0\n0"), {}, "ends before it begins"),
        ("a box of no volume", dump(old="\n0 8\n0", new="\n8 8\n0"), {}, "span no volume"),
        ("a NaN in a dump", dump(old="2.000003", new="nan"), {}, "atom 1 in frame 3.*nan"),
        ("1e400 in a dump", dump(old="2.000003", new="1e400"), {}, "atom 1 in frame 3.*inf"),
        ("a letter in a dump", dump(old="2.000003", new="2.0O3"), {}, "float: '2.0O3'"),
        ("an id twice", dump(old="\n2 2 ", new="\n1 2 "), {}, "2 atoms have 1 different ids"),
        ("units lj", "ITEM: UNITS\nlj\n" + dump(), {}, "units lj, in which lengths are not in Å"),
        ("a step missing", dump(old="\n200\n", new="\n250\n"), {}, "not evenly spaced"),
        ("a step twice", dump(old="\n200\n", new="\n100\n"), {}, "step 100, after step 100"),
        ("a dump of bonds", dump(old="ITEM: ATOMS", new="ITEM: ENTRIES"), {}, "'ITEM: ENTRIES"),
        ("a dump that is cut", dump()[:-20], {}, "cut short or garbled after line 44"),
        ("more atoms than lines", dump(old="\n2\n", new="\n3\n"), {}, "line 3 of the 3"),
    )
]

XDATCARS = [
    Row(name, text_file("XDATCAR", text, **how), ValueError, sentence)
    for name, text, how, sentence in (
        ("names that are no elements", xdatcar("A B"), {}, "names 'A B' .*give them in this order"),
        ("no names", xdatcar(""), {}, "has no names for 2 kinds.*give them"),
        ("one name for two numbers", xdatcar("Li"), {}, "names 'Li' for 2 kinds"),
        ("species beside names", xdatcar(), {"species": SPECIES}, "Li S; leave species out"),
        ("species of another length", xdatcar(""), {"species": ["Li"]}, "1 elements.*2 kinds"),
        ("a scale of 0", xdatcar(scale="0"), {}, "scale is '0', but must be"),
        ("two scales", xdatcar(scale="1 2"), {}, "scale is '1 2', but must be"),
        ("numbers of atoms as text", xdatcar(counts="1 one"), {}, "number of atoms is 'one'"),
        ("no atoms", xdatcar(counts="0 0"), {}, r"numbers of atoms are \[0, 0\]"),
        (
            "a cell of two numbers",
            xdatcar(old="8.0 0.0 0.0", new="8.0 0.0"),
            {},
            "three cell vectors",
        ),
        ("a missing frame", xdatcar(old="=     3", new="=     4"), {}, "but 4 follows 2"),
        ("an XDATCAR that is cut", xdatcar()[:-12], {}, "after line 19: line 2 of the 2"),
        ("a last number that is cut", xdatcar()[:-3], {}, "last line has no end"),
        ("NaN in an XDATCAR", xdatcar(old="0.35", new="nan"), {}, "atom 1 in frame 3.*nan"),
        ("a number that is none", xdatcar(old="0.35", new="0.3S"), {}, "float: '0.3S'"),
    )
]


# Arrays -------------------------------------------------------------------------------------------


def call(function, *arguments, **named):
    return lambda folder: function(*arguments, **named)


SIGMA = {"number_density": 0.01, "charge": 1, "temperature_K": 300}
WITH_NAN = np.where(np.arange(18).reshape(1, 6, 3) == 7, np.nan, WRAPPED)

ARRAYS = [
    Row(name, call(function, *arguments, **named), ValueError, sentence)
    for name, function, arguments, named, sentence in (
        ("unwrap: one frame", unwrap, (WRAPPED[0], CELL), {}, r"shape \(6, 3\).*two frames"),
        ("unwrap: NaN", unwrap, (WITH_NAN, CELL), {}, "atom 2 in frame 0.*nan.*cut"),
        ("unwrap: 1e30", unwrap, (WRAPPED * 1e30, CELL), {}, "frame 0 .*e[+].*cut"),
        ("unwrap: a cell of 2", unwrap, (WRAPPED, np.eye(2)), {}, r"cell has shape \(2, 2\)"),
        ("unwrap: no cell", unwrap, (WRAPPED, 0 * CELL), {}, "span no volume.*periodic=False"),
        ("unwrap: a cell of NaN", unwrap, (WRAPPED, np.nan * CELL), {}, "cell of frame 0 is .*nan"),
        ("unwrap: limit of text", unwrap, (WRAPPED, CELL), {"limit": "0.4"}, "limit is '0.4', but"),
        ("unwrap: limit", unwrap, (WRAPPED, CELL), {"limit": 1}, "limit is 1,.*0 and 0.5"),
        (
            "unwrap: a cell that is halved",
            unwrap,
            (TRUE, np.repeat([CELL, CELL / 2.5], 100, axis=0)),
            {},
            "between frames 99 and 100, which no barostat does",
        ),
        (
            "unwrap: half a cell",
            unwrap,
            (TRUE, CELL / 8),
            {},
            "of a cell vector between frames .*record frames more often",
        ),
        (
            "unwrap: pbc F F F",
            unwrap,
            (WRAPPED, CELL),
            {"periodic": [False] * 3},
            "direction 0 is not periodic, but atom",
        ),
        ("drift: no framework", remove_drift, (TRUE, []), {}, 'has 0 of 6 atoms.*symbols != "Li"'),
        ("drift: all atoms", remove_drift, (TRUE, range(6)), {}, "has 6 of 6 atoms"),
        ("drift: atom 9", remove_drift, (TRUE, [9]), {}, "do not exist; there are 6"),
        ("drift: a symbol", remove_drift, (TRUE, ["S"]), {}, r"\['S'\].*indices or a mask"),
        ("drift: a short mask", remove_drift, (TRUE, [True]), {}, r"mask is \(1,\).*\(6,\)"),
        ("charges: too few", charge_displacement, (TRUE, [1, 2]), {}, r"shape \(2,\).*\(6,\)"),
        ("charges: all 0", charge_displacement, (TRUE, [0] * 6), {}, "not all 0"),
        ("charges: NaN", charge_displacement, (TRUE, [np.nan] * 6), {}, "one number per ion"),
        ("MSD: max_lag 0", mean_squared_displacement, (TRUE,), {"max_lag": 0}, "max_lag is 0"),
        (
            "MSD: max_lag 5.0",
            fast_mean_squared_displacement,
            (TRUE,),
            {"max_lag": 5.0},
            "max_lag is 5.0 frames, but must be a whole number",
        ),
        ("MSD: max_lag 200", mean_squared_displacement, (TRUE,), {"max_lag": 200}, "is 200.*199"),
        ("MSD: no atoms", mean_squared_displacement, (TRUE[:, :0],), {}, r"\(200, 0, 3\)"),
        ("van Hove: lag 0", van_hove_self, (TRUE, 0, [0, 1]), {}, "lag is 0 frames"),
        ("van Hove: lag 1.5", van_hove_self, (TRUE, 1.5, [0, 1]), {}, "lag is 1.5.*whole number"),
        (
            "van Hove: edges fall",
            van_hove_self,
            (TRUE, 1, [1, 0]),
            {},
            r"edges are \[1. 0.\].*rise",
        ),
        ("alpha_2: nothing moves", non_gaussian_parameter, (STILL, 1), {}, "ions that move"),
        ("alpha_2: two directions", non_gaussian_parameter, (TRUE[..., :2], 1), {}, "three dir"),
        ("density: no volume", density_grid, (TRUE, 0 * CELL), {}, "spans no volume"),
        ("density: a plane", density_grid, (TRUE, np.diag([8, 8, 0])), {}, "spans no volume"),
        ("density: a cell of NaN", density_grid, (TRUE, np.nan * CELL), {}, "spans no volume"),
        ("density: a box", density_grid, (TRUE, [8, 8, 8]), {}, "three cell vectors"),
        ("density: spacing 0", density_grid, (TRUE, CELL, 0), {}, "spacing is 0, but must be"),
        (
            "density: spacing 1e-4",
            density_grid,
            (TRUE, CELL, 1e-4),
            {},
            "spacing is 0.0001.*memory",
        ),
        (
            "sigma: density 0",
            nernst_einstein,
            (1.0,),
            SIGMA | {"number_density": 0},
            "is 0, .*cell",
        ),
        (
            "sigma: ions over no volume",
            nernst_einstein,
            (1.0,),
            SIGMA | {"number_density": np.inf},  # of a cell of volume 0
            "number_density is inf.*volume of a cell",
        ),
        ("sigma: 0 K", nernst_einstein, (1.0,), SIGMA | {"temperature_K": 0}, "temperature_K is 0"),
        ("sigma: text", nernst_einstein, (1.0,), SIGMA | {"temperature_K": "hot"}, "is 'hot'"),
        ("sigma: charge 0", nernst_einstein, (1.0,), SIGMA | {"charge": 0}, "charge is 0.*neutral"),
        ("sigma: D of NaN", nernst_einstein, (np.nan,), SIGMA, "coefficient is nan"),
        ("D: times too few", diffusion_coefficient, (TRUE, TIMES[:9]), {}, "there are 9 times"),
        ("D: uneven times", diffusion_coefficient, (TRUE, TIMES**2), {}, "not evenly spaced"),
        ("D: NaN in times", diffusion_coefficient, (TRUE, TIMES * np.nan), {}, "NaN or inf"),
        ("D: one block", diffusion_coefficient, (TRUE, TIMES), {"blocks": 1}, "blocks is 1, "),
        ("D: blocks 8.0", diffusion_coefficient, (TRUE, TIMES), {"blocks": 8.0}, "is 8.0.*write 8"),
        ("D: short blocks", diffusion_coefficient, (TRUE, TIMES), {"blocks": 50}, "too few .*409"),
        ("D: axis 3", diffusion_coefficient, (TRUE, TIMES), {"axes": 3}, r"axes are \[3\]"),
        (
            "D: a long window",
            diffusion_coefficient,
            (TRUE, TIMES),
            {"window": (1, 90)},
            "1 to 90 ps",
        ),
        (
            "D: window of one",
            diffusion_coefficient,
            (TRUE, TIMES),
            {"window": 2.0},
            "window is 2.0",
        ),
        ("D: NaN", diffusion_coefficient, (WITH_NAN, TIMES), {}, "atom 2 in frame 0"),
        ("H: window of one", haven_ratio, (TRUE, TIMES), {"window": [1]}, r"window is \[1\]"),
        ("H: charges", haven_ratio, (TRUE, TIMES), {"charges": [1]}, r"shape \(1,\).*\(6,\)"),
        ("a slope at lag 0", log_log_slope, ([0, 1], [0, 1]), {}, "leave out lag 0"),
        (
            "a window of 3 lags",
            diffusive_window,
            ([0, 1, 2], np.ones((2, 3))),
            {},
            "9 or more lags",
        ),
        ("one sample", from_samples, ([1.0],), {}, r"shape \(1,\).*two or more"),
        ("a sample of NaN", from_samples, ([1.0, np.nan],), {}, r"\[1.0, nan\].*must be finite"),
        ("Arrhenius: one T", arrhenius_fit, ({300: from_error(1, 0.1, 4)},), {}, "one temp"),
        (
            "Arrhenius: D < 0",
            arrhenius_fit,
            ({300: from_error(-1, 0.1, 4), 600: from_error(1, 0.1, 4)},),
            {},
            "-1",
        ),
        (
            "Arrhenius: 0 K",
            arrhenius_fit,
            ({0: from_error(1, 0.1, 4), 600: from_error(1, 0.1, 4)},),
            {},
            "0.*K",
        ),
        (
            "Arrhenius: 1 sample",
            arrhenius_fit,
            ({3: from_error(1, 1, 1), 6: from_error(1, 1, 1)},),
            {},
            "samples is 1",
        ),
        (
            "a ratio to 0",
            ratio,
            (from_error(1.0, 0.1, 4), from_error(0.0, 0.1, 4)),
            {},
            "number is 0.0, .*positive",
        ),
        ("a ratio of one pair", paired_ratio, ([1.0], [1.0]), {}, r"shape \(2, 1\).*two samples"),
        ("a ratio of NaN", paired_ratio, ([1.0, np.nan], [1.0, 1.0]), {}, "not positive"),
        ("nothing to pool", pooled, ([],), {}, r"errors are \[\].*one or more"),
        ("an exact one to pool", pooled, ([from_error(1.0, 0.0, 4)],), {}, "without error"),
        ("MSD without times", diffusion_coefficient, (TRUE,), {}, "times are missing"),
        ("unwrap without a cell", unwrap, (WRAPPED,), {}, "cell is missing"),
    )
]

ROWS = [*FILES, *DUMPS, *XDATCARS, *ARRAYS]
