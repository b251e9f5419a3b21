"""What a fit, a fitted potential and their files are given."""

from functools import cache

import numpy as np
from ase import Atoms
from ase.calculators.calculator import CalculationFailed
from ase.calculators.singlepoint import SinglePointCalculator

from lecture8.active_learning.maxvol import maxvol
from lecture8.datasets import fitted_butane, fitted_lgps
from lecture8.datasets.files import table
from lecture8.fitting import (
    Loss,
    MomentNetwork,
    MomentNetworkPotential,
    MomentTensor,
    MomentTensorPotential,
    Network,
    NetworkPotential,
    fit,
    load,
)
from lecture8.fitting.networks.model import initialise
from lecture8.structures import butane
from tests.fitting.moment_tensors.planted import planted, planted_frames

from .row import Row

TINY = Network("painn", features=4, interactions=1, radial=4, cutoff=3.0)
MODELS = {
    "network": TINY,
    "moment tensor": MomentTensor(level=2, cutoff=3.0),
    "moment network": MomentNetwork(channels=2, cutoff=3.0),
}


@cache
def frames():
    return planted_frames(6)


@cache
def network():
    return NetworkPotential(TINY, initialise(TINY, np.random.default_rng(0)), {1: 0.0, 6: 0.0})


POTENTIALS = {"network": network, "moment tensor": planted, "moment network": fitted_lgps}


def fitting(model="network", train=None, validation=None, **settings):
    """Return a call of `fit` with these settings, all others being good."""

    def call(folder):
        known, held = frames()[:4] if train is None else train(), frames()[4:]
        held = held if validation is None else validation()
        given = {"rng": np.random.default_rng(0), "epochs": 1, "progress": False} | settings
        return fit(known, held, model=MODELS.get(model, model), **given)

    return call


def relabelled(**results):
    atoms = butane()
    good = {"energy": -370.0, "forces": np.zeros((14, 3))}
    atoms.calc = SinglePointCalculator(atoms, **(good | results))
    return [atoms]


def asked(name, change, how="energy"):
    """Return a call that asks a potential for atoms that `change` has changed."""

    def call(folder):
        potential = POTENTIALS[name]()
        atoms = Atoms("Li2", [[0, 0, 0], [0, 0, 2.0]]) if name == "moment network" else butane()
        changed = change(atoms)
        atoms = atoms if changed is None else changed
        return potential.predict([atoms]) if how == "predict" else potential.get_forces(atoms)

    return call


def put(value, index=1):
    def change(atoms):
        atoms.positions[index, 1] = value

    return change


def overlap(atoms):
    atoms.positions[1] = atoms.positions[0]


def other_element(atoms):
    atoms.symbols[1] = "Xe"


def flat_cell(atoms):
    atoms.cell, atoms.pbc = [[5, 0, 0], [9, 0, 0], [0, 0, 7]], True


def cell_of(value):
    def change(atoms):
        atoms.cell, atoms.pbc = [9, value, 9], True

    return change


def file_of(content, loader=load):
    def call(folder):
        (folder / "potential").write_bytes(content)
        return loader(folder / "potential")

    return call


def saved(name, change, loader=load):
    """Return a call that loads the file of a potential after `change` of its bytes."""

    def call(folder):
        POTENTIALS[name]().save(folder / "potential")
        content = (folder / "potential").read_bytes()
        (folder / "potential").write_bytes(change(content))
        return loader(folder / "potential")

    return call


def half(content):
    return content[: len(content) // 2]


ROWS = [
    # Descriptions
    Row("network of no architecture", lambda _: Network("nequip"), ValueError, "'nequip'; choose"),
    Row("features of a half", lambda _: Network(features=32.5), ValueError, "features is 32.5"),
    Row("features as text", lambda _: Network(features="32"), ValueError, "features is '32'"),
    Row("interactions of none", lambda _: Network(interactions=0), ValueError, "interactions is 0"),
    Row("lmax as a float", lambda _: Network(lmax=2.0), ValueError, r"lmax is 2\.0.*write 2"),
    Row("one radial function", lambda _: Network(radial=1), ValueError, "radial is 1.*least 2"),
    Row("cutoff of a network below zero", lambda _: Network(cutoff=-1), ValueError, "cutoff is -1"),
    Row("cutoff that is NaN", lambda _: Network(cutoff=np.nan), ValueError, "cutoff is nan"),
    Row("odd level", lambda _: MomentTensor(level=7), ValueError, r"level is 7.*\[2, 4"),
    Row("level as a float", lambda _: MomentTensor(level=8.0), ValueError, r"level is 8\.0.*write"),
    Row("radial size", lambda _: MomentTensor(radial_size=1), ValueError, "radial_size is 1"),
    Row("infinite cutoff", lambda _: MomentTensor(cutoff=np.inf), ValueError, "cutoff is inf"),
    Row("neurons", lambda _: MomentNetwork(neurons=2.5), ValueError, r"neurons is 2\.5.*whole"),
    Row("channels", lambda _: MomentNetwork(channels=0), ValueError, "channels is 0"),
    Row("text as cutoff", lambda _: MomentNetwork(cutoff="5"), ValueError, "cutoff is '5'"),
    # Tolerances of the loss
    Row("NaN in the loss", lambda _: Loss(energy=np.nan), ValueError, "energy is nan"),
    Row("text in the loss", lambda _: Loss(forces="1"), ValueError, "forces is '1'"),
    Row("loss of nothing", lambda _: Loss(np.inf, np.inf), ValueError, "nothing is left to fit to"),
    Row("negative tolerance", lambda _: Loss(energy=-1), ValueError, "energy is -1"),
    Row("NaN of forces", lambda _: Loss(forces=np.nan), ValueError, "forces is nan"),
    Row("no tolerance", lambda _: Loss(stress=None), ValueError, "stress is None"),
    Row("tolerance of zero", lambda _: Loss(energy=0), ValueError, "energy is 0.*counts as one"),
    *(
        Row(
            f"loss by name, {model}",
            fitting(model, loss="mse"),
            ValueError,
            r"loss is mse, but must be .*Loss\(",
        )
        for model in MODELS
    ),
    # Settings
    *(
        Row(
            f"{setting} of {value!r}, {model}",
            fitting(model, **{setting: value}),
            ValueError,
            f"{setting} is {str(value)!r}" if isinstance(value, str) else f"{setting} is {value}",
        )
        for model in MODELS
        for setting, value in [("epochs", 2.5), ("seconds", -1), ("rng", 0)]
    ),
    Row("epochs in powers of ten", fitting(epochs=1e2), ValueError, r"epochs is 100\.0.*write 100"),
    Row("batch size of a half", fitting(batch_size=2.5), ValueError, r"batch_size is 2\.5"),
    Row("patience of none", fitting(patience=0), ValueError, "patience is 0"),
    Row("learning rate NaN", fitting(learning_rate=np.nan), ValueError, "learning_rate is nan"),
    Row("threads below one", fitting(threads=-2), ValueError, "threads is -2"),
    Row("seconds as text", fitting(seconds="60"), ValueError, "seconds is '60'"),
    Row(
        "batches of a moment tensor",
        fitting("moment tensor", batch_size=5),
        ValueError,
        "batch_size is 5, but a moment tensor potential",
    ),
    Row(
        "patience of a moment network",
        fitting("moment network", patience=5),
        ValueError,
        "patience is 5, but a moment network",
    ),
    Row("a model by name", fitting("painn"), ValueError, r"model is 'painn'; give a Network"),
    Row("a model's class", fitting(Network), ValueError, "model is <class .*Network'>; give a"),
    Row(
        "half an epoch of a description",
        lambda _: MODELS["moment tensor"].fit(
            frames()[:4], frames()[4:], rng=np.random.default_rng(0), epochs=0.5
        ),
        ValueError,
        r"epochs is 0\.5",
    ),
    Row(
        "a start of another description",
        lambda _: MomentTensor(level=2).fit(
            frames()[:4], frames()[4:], rng=np.random.default_rng(0), start=planted()
        ),
        ValueError,
        r"level=2.*but the start is a .*level=6",
    ),
    Row(
        "a rate that ruins",
        fitting(learning_rate=1e30, epochs=2),
        ValueError,
        r"loss on the validation frames is nan .*below 1e\+30",
    ),
    # Frames
    Row("no frames to train", fitting(train=list), ValueError, "the training set is empty"),
    Row("no frames to validate", fitting(validation=list), ValueError, "validation set is empty"),
    Row(
        "one frame, not a list",
        fitting(train=lambda: frames()[0]),
        ValueError,
        "training set is one C4H10, but must be a list",
    ),
    Row("a frame without labels", fitting(train=lambda: [butane()]), ValueError, "carries no"),
    Row("NaN as energy", fitting(train=lambda: relabelled(energy=np.nan)), ValueError, "nan"),
    Row(
        "inf in the forces",
        fitting(train=lambda: relabelled(forces=np.full((14, 3), np.inf))),
        ValueError,
        "inf",
    ),
    Row(
        "a new element in validation",
        fitting("moment network", validation=lambda: [planted_xenon()]),
        ValueError,
        "contains Xe, which no training frame does",
    ),
    # Atoms
    *(
        Row(f"{name}, {what}, {how}", asked(name, change, how), error, sentence)
        for name in POTENTIALS
        for how in ("energy", "predict")
        for what, change, error, sentence in [
            ("position NaN", put(np.nan), CalculationFailed, r"atom 1 \(.*nan"),
            ("position inf", put(-np.inf), CalculationFailed, r"atom 1 \(.*-inf"),
            ("position of 1e30", put(1e30), CalculationFailed, r"atom 1 \(.*1e\+30"),
            ("cell NaN", cell_of(np.nan), CalculationFailed, "the cell is .*nan"),
            ("flat cell", flat_cell, ValueError, r"\[9.0, 0.0, 0.0\].*span no volume"),
            ("two on one spot", overlap, CalculationFailed, "two atoms sit on the same spot"),
            ("xenon", other_element, ValueError, "Xe was not in the training set"),
            ("no atoms", lambda atoms: atoms[:0], ValueError, "holds no atoms"),
        ]
        if (what, how) != ("no atoms", "energy")  # ASE answers that one
    ),
    *(
        Row(
            f"{name}, one frame to predict",
            lambda _, name=name: POTENTIALS[name]().predict(butane()),
            ValueError,
            "no frame; give a list of Atoms",
        )
        for name in POTENTIALS
    ),
    Row(
        "skin below zero",
        lambda _: NetworkPotential(TINY, network().network, {1: 0.0}, skin=-1),
        ValueError,
        "skin is -1",
    ),
    Row(
        "skin NaN",
        lambda _: MomentTensorPotential(MomentTensor(level=2), ["H"], 1.0, skin=np.nan),
        ValueError,
        "skin is nan",
    ),
    Row(
        "skin of none",
        lambda _: MomentNetworkPotential(
            fitted_lgps().description, [3], fitted_lgps().coefficients, skin=0
        ),
        ValueError,
        "skin is 0",
    ),
    # Files
    Row(
        "a missing potential",
        lambda folder: load(folder / "none.npz"),
        FileNotFoundError,
        r"there is no file .*none\.npz; check the name",
    ),
    Row(
        "a folder as potential", lambda folder: load(folder), FileNotFoundError, "there is no file"
    ),
    *(
        Row(
            f"a missing {name}",
            lambda folder, name=name: type(POTENTIALS[name]()).load(folder / "none"),
            FileNotFoundError,
            "there is no file .*none; check the name",
        )
        for name in POTENTIALS
    ),
    Row(
        "an empty file as potential",
        file_of(b""),
        ValueError,
        "potential cannot be used: it is cut short",
    ),
    Row("a picture", file_of(b"\x89PNG\r\n\x1a\n" + bytes(99)), ValueError, "no potential of ours"),
    Row("a zip of nothing", file_of(b"PK\x05\x06" + bytes(18)), ValueError, "no saved network"),
    Row("a text", file_of("Grüße".encode()), ValueError, "no potential of ours"),
    *(
        Row(f"half a {name}", saved(name, half), ValueError, "potential cannot be used: it is cut")
        for name in POTENTIALS
    ),
    Row(
        "a moment tensor as network",
        saved("moment tensor", bytes, NetworkPotential.load),
        ValueError,
        "no saved network",
    ),
    Row(
        "a network as moment network",
        saved("network", bytes, MomentNetworkPotential.load),
        ValueError,
        "its format is 'lecture8 network 1', but that of a moment network",
    ),
    Row(
        "a moment tensor with another number",
        saved(
            "moment tensor",
            lambda content: content.replace(b"species_coeffs = {", b"species_coeffs = {1"),
        ),
        ValueError,
        "changed after it was written",
    ),
    *(
        Row(
            f"nowhere to save a {name}",
            lambda folder, name=name: POTENTIALS[name]().save(
                folder / "out" / "none" / "potential"
            ),
            FileNotFoundError,
            "there is no folder .*none",
        )
        for name in POTENTIALS
    ),
    Row("shipped by no name", lambda _: fitted_butane("nequip"), ValueError, "'nequip'; choose"),
    Row("a table of no name", lambda _: table("none.csv"), FileNotFoundError, r"none\.csv"),
    # MaxVol
    Row("too few rows", lambda _: maxvol(np.eye(3)[:2]), ValueError, "2 rows cannot span 3"),
    Row("rows of NaN", lambda _: maxvol([[1, 0], [0, np.nan]]), ValueError, "row 1 has nan in col"),
    Row("rows in a line", lambda _: maxvol([1.0, 2.0]), ValueError, r"shape \(2,\)"),
    Row("a column that is another", lambda _: maxvol(np.ones((5, 2))), ValueError, "no volume"),
    Row(
        "a start beyond the rows",
        lambda _: maxvol(np.eye(2), start=[0, 7]),
        ValueError,
        r"start is \[0, 7\].*of 2 rows",
    ),
    Row(
        "a tolerance below zero",
        lambda _: maxvol(np.eye(2), tolerance=-1),
        ValueError,
        "tolerance is -1",
    ),
]


def planted_xenon():
    atoms = Atoms("Xe")
    atoms.calc = SinglePointCalculator(atoms, energy=0.0, forces=np.zeros((1, 3)))
    return atoms
