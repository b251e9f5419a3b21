"""What foundation models are given: names, files, atoms, frames to tune on."""

import errno
from functools import cache
from pathlib import Path
from unittest.mock import patch

import numpy as np
from ase import Atoms
from ase.build import bulk, fcc111
from ase.calculators.calculator import CalculationFailed

from lecture8.datasets import lithium_sulfide_frames
from lecture8.fitting.common.archive import write_archive
from lecture8.foundation_models import TunedModel, energy_shift, fine_tune, load
from lecture8.foundation_models.catalogue import MODELS

from .row import Row

MACE = "mace-mp-0-small"
model = cache(load)
frames = cache(lithium_sulfide_frames)


def asked(name, atoms, change=lambda atoms: None):
    """Return a call that asks a model for `atoms`, after a change of them."""

    def call(folder):
        asked_for = atoms.copy()
        change(asked_for)
        return model(name).get_potential_energy(asked_for)

    return call


def put(value):
    def change(atoms):
        atoms.positions[1, 0] = value

    return change


def widened(value):
    def change(atoms):
        atoms.cell[0, 0] = value

    return change


def overlap(atoms):
    atoms.positions[1] = atoms.positions[0] + [0, 0, 0.01]


def open_cell(atoms):
    atoms.pbc = [True, True, False]


def no_cell(atoms):
    atoms.cell = np.zeros((3, 3))


def polonium(atoms):
    atoms.symbols[1] = "Po"


def mace(**options):
    """Return a call that loads a MACE model with an empty cache in the folder's "cache"."""

    def call(folder):
        given = {k: folder / v if k == "weights" else v for k, v in options.items()}
        (folder / "mine.model").write_bytes(b"no model")
        with patch.dict("os.environ", XDG_CACHE_HOME=str(folder / "cache")):
            return load(MACE, **given)

    return call


def full_disk(folder):
    with patch.dict("os.environ", XDG_CACHE_HOME=str(folder / "cache")):
        full = OSError(errno.ENOSPC, "No space left on device")
        with patch.object(Path, "mkdir", side_effect=full):
            return load(MACE)


def tuning(train=None, **settings):
    def call(folder):
        known = frames()[:1] if train is None else train()
        given = {"rng": np.random.default_rng(0), "epochs": 1, "progress": False} | settings
        return fine_tune(known, frames()[50:51], **given)

    return call


def tuned_file(content):
    def call(folder):
        (folder / "tuned.npz").write_bytes(content)
        return TunedModel.load(folder / "tuned.npz")

    return call


def tuned_from_another(folder):
    header = {"format": "lecture8 fine-tuned 1", "start": "5a", "shift": {}, "history": {}}
    write_archive(folder / "tuned.npz", header, {"weight": np.zeros(3)})
    return TunedModel.load(folder / "tuned.npz")


def other_format(folder):
    write_archive(folder / "tuned.npz", {"format": "another"}, {"weight": np.zeros(3)})
    return TunedModel.load(folder / "tuned.npz")


SALT = bulk("NaCl", "rocksalt", a=5.64, cubic=True)

ROWS = [
    # Names and options
    Row(
        "a model that is none", lambda _: load("m3gnet"), ValueError, "'m3gnet'; choose one of sev"
    ),
    Row("a model by number", lambda _: load(0), ValueError, "no model 0; choose"),
    Row(
        "a size that is none", lambda _: load("mace-mp-0", size="large"), ValueError, "'large', but"
    ),
    Row(
        "a size twice", lambda _: load(MACE, size="medium"), ValueError, "size is 'medium', an opt"
    ),
    Row("a size of CHGNet", lambda _: load("chgnet", size="small"), ValueError, "not of chgnet"),
    Row(
        "a dtype of SevenNet", lambda _: load(dtype="float64"), ValueError, "dtype is 'float64', an"
    ),
    Row("a dtype that is none", lambda _: load(MACE, dtype="half"), ValueError, "dtype is 'half'"),
    Row("no thread", lambda _: load(threads=0), ValueError, "threads is 0, but must be a whole"),
    Row("half a thread", lambda _: load("chgnet", threads=0.5), ValueError, r"threads is 0\.5"),
    # Files with weights
    Row(
        "weights that are missing",
        mace(weights="none.model"),
        FileNotFoundError,
        r"there is no file .*none\.model; give the path",
    ),
    Row("a folder as weights", mace(weights="out"), FileNotFoundError, "there is no file .*out;"),
    Row(
        "weights of another",
        mace(weights="mine.model"),
        ValueError,
        r"mine\.model \(8 bytes\) has the checksum .*not opened",
    ),
    Row("a checksum cut short", mace(sha256="5a"), ValueError, "sha256 is '5a', but .*64"),
    Row(
        "an address that is none", mace(url="nowhere"), ConnectionError, "nowhere cannot be reached"
    ),
    Row(
        "a file that the server lacks",
        mace(url="file:///no/such.model"),
        ConnectionError,
        r"such\.model cannot be reached",
    ),
    Row(
        "a full disk for the weights", full_disk, OSError, "the disk is full; make room.*XDG_CACHE"
    ),
    # Atoms
    *(
        Row(f"{name}, {what}", asked(name, SALT, change), error, sentence)
        for name in ("sevennet-0", "chgnet")
        for what, change, error, sentence in [
            (
                "position NaN",
                put(np.nan),
                CalculationFailed,
                r"atom 1 \(Na\) are nan|atom 1 .* nan",
            ),
            ("position inf", put(np.inf), CalculationFailed, r"atom 1 \(\w+\) are inf"),
            ("position of 1e30", put(1e30), CalculationFailed, r"atom 1 \(\w+\) are 1e\+30"),
            ("cell NaN", widened(np.nan), CalculationFailed, r"the cell is \[\[nan"),
            ("two on one spot", overlap, CalculationFailed, r"are 0\.010 Å apart"),
            ("polonium", polonium, ValueError, "has never seen Po; it knows 89"),
            ("no cell", no_cell, ValueError, "the cell .*span no volume; set atoms.cell"),
        ]
    ),
    Row(
        "CHGNet, a slab",
        asked("chgnet", fcc111("Cu", (1, 1, 3), vacuum=5.0), open_cell),
        ValueError,
        r"\[True, True, False\]; use sevennet-0",
    ),
    Row(
        "CHGNet, a lone atom",
        asked("chgnet", Atoms("Ar", cell=[20, 20, 20], pbc=True)),
        CalculationFailed,
        r"atom 0 \(Ar\) has no neighbour",
    ),
    # Tuning
    Row("tuning on nothing", tuning(train=list), ValueError, "the training set is empty"),
    Row(
        "tuning on a frame without labels",
        tuning(train=lambda: [frames()[0].copy()]),
        ValueError,
        "carries no energy",
    ),
    Row("tuning with a seed", tuning(rng=0), ValueError, r"rng is 0, .*default_rng"),
    Row("tuning below zero", tuning(epochs=-1), ValueError, "epochs is -1"),
    Row("tuning in powers of ten", tuning(epochs=1e1), ValueError, r"epochs is 10\.0.*write 10"),
    Row("tuning by half a frame", tuning(batch_size=0.5), ValueError, r"batch_size is 0\.5"),
    Row("tuning at no rate", tuning(learning_rate=0), ValueError, "learning_rate is 0"),
    Row("tuning at a rate of text", tuning(learning_rate="1e-3"), ValueError, "rate is '1e-3'"),
    Row("tuning of the head", tuning(trainable="head"), ValueError, "trainable is 'head'; choose"),
    Row("tuning on no thread", tuning(threads=0), ValueError, "threads is 0"),
    Row("tuning with a loss by name", tuning(loss="mse"), ValueError, r"loss is mse.*Loss\("),
    Row(
        "a shift from nothing",
        lambda _: energy_shift([], model("sevennet-0")),
        ValueError,
        "no frames to find a shift from",
    ),
    Row(
        "a shift from no labels",
        lambda _: energy_shift([SALT.copy()], model("sevennet-0")),
        ValueError,
        "frame 0 carries no energy",
    ),
    Row(
        "a tuned model that is missing",
        lambda folder: TunedModel.load(folder / "none.npz"),
        FileNotFoundError,
        r"there is no file .*none\.npz; check",
    ),
    Row("a tuned model of nothing", tuned_file(b""), ValueError, "no saved fine-tuned model"),
    Row("a tuned model of text", tuned_file(b"weights"), ValueError, "no saved fine-tuned model"),
    Row("a tuned model of another kind", other_format, ValueError, "format is 'another', but that"),
    Row(
        "a tuned model of another start",
        tuned_from_another,
        ValueError,
        rf"checksum 5a, not from .*{MODELS['sevennet-0'].sha256[:9]}",
    ),
]
